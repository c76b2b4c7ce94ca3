//! Questions about numbers: metrics by dimensions with filters, order and limit.

use std::collections::BTreeSet;

use domain::answer::{Clarify, ClarifyOption, Refusal};
use query::metrics::{FilterOp, FilterValue, MetricFilter, MetricQuery, Summary};

use super::{Candidate, Question, Who, contradiction, shopping, which_customer};
use crate::{
    builtin::{
        analytics::{self, Outcome},
        intent::{Intent, MetricIntent, Shape},
        lexicon::Cue,
        link_metrics::CUSTOMER,
        vocabulary::{Name, NameKind},
    },
    draft::Draft,
};

/// How sure a figure is beside words that other readers know: theirs comes first.
const BESIDE_GOODS: f64 = 0.85;

/// Reads a question about numbers.
pub(crate) fn metric(question: &Question<'_>) -> Option<Candidate> {
    let asks_for_goods = [Cue::Recommend, Cue::Together, Cue::Definition, Cue::Usual, Cue::WillBuy];
    let goods = asks_for_goods.into_iter().any(|cue| question.has(cue));
    // Staff who count something want figures, whatever is usual or will be.
    let only_habits =
        [Cue::Recommend, Cue::Together, Cue::Definition].into_iter().all(|cue| !question.has(cue));
    // "how many have yet to buy it", "the hours along with their orders": what is counted is no wish for goods.
    let counts = question.measures.how_many || !question.measures.metrics.is_empty();
    let said_by_the_way = question.role().is_staff() && counts && !question.has(Cue::Definition);
    if goods && !(question.role().is_staff() && only_habits) && !said_by_the_way {
        return None;
    }
    let reading = analytics::read(question.asked.message, question.tokens, question.vocabulary);
    if question.role().is_staff() && lacks_correlation(question, &reading.outcome) {
        let all = (0..question.spans.len()).collect();
        return Some(Candidate::draft(no_correlation(), all, 0.97));
    }
    if goods && !reading.names_figure {
        return None;
    }
    let mut used = question.spans_of(&reading.explained);
    if let Some((tokens, names)) = &reading.ambiguous
        && !matches!(reading.outcome, Outcome::None)
    {
        used.extend(question.spans_touching(tokens));
        return Some(Candidate::draft(ambiguity(question, tokens, names), used, 0.8));
    }
    match reading.outcome {
        Outcome::None => None,
        // "Rank what I buy by how often": of a shopper their own products.
        Outcome::ByWhat(..) if !question.role().is_staff() && question.entities.myself => None,
        Outcome::ByWhat(metric, highest) => {
            let draft = not_for_role(question).unwrap_or_else(|| by_what(question, &metric, highest));
            Some(Candidate::draft(draft, used, 0.8))
        }
        Outcome::Query(query, _) if asks_about_one(question, &query, reading.names_figure) => None,
        Outcome::Query(query, _) if question.role().is_staff() && contradiction::impossible(&query) => {
            Some(Candidate::draft(contradiction::nothing_meets(question), used, 0.96))
        }
        Outcome::Query(..) if reading.beyond_average.is_some() && question.role().is_staff() => {
            let queries = reading.beyond_average.unwrap_or_default();
            let intent = |query| Intent::Metric(MetricIntent { query, shape: Shape::Single, chart: false });
            Some(Candidate::plans(queries.into_iter().map(intent).collect(), used, 0.97))
        }
        Outcome::Query(query, _) if !reading.names_figure && places_goods(question, &query) => None,
        Outcome::Query(mut query, shape) => {
            if let Some(draft) = not_for_role(question) {
                return Some(Candidate::draft(draft, used, 0.85));
            }
            if let Err(draft) = whose(question, reading.myself, &mut query) {
                return Some(Candidate::draft(*draft, used, 0.95));
            }
            let intent = MetricIntent { query: *query, shape, chart: reading.chart };
            // Staff who name a figure get it, whatever tool knows the things beside it.
            let ranks = intent.query.limit.is_some() || !intent.query.dimensions.is_empty();
            let base = match (question.role().is_staff(), reading.names_figure, ranks) {
                _ if goods && !only_habits => BESIDE_GOODS,
                (true, true, true) => 0.97,
                // "how many loyal customers have bought X" is counted, whatever is popular among them.
                (true, true, false)
                    if question.has(Cue::HowMany) && intent.query.metrics == ["customers"] =>
                {
                    0.965
                }
                (true, true, false) | (true, false, true) => 0.93,
                _ => 0.9,
            };
            if reading.more.is_empty() {
                return Some(Candidate::plan(Intent::Metric(intent), used, base));
            }
            let mut plans = vec![Intent::Metric(intent)];
            for (mut query, shape) in reading.more {
                if let Err(draft) = whose(question, reading.myself, &mut query) {
                    return Some(Candidate::draft(*draft, used, 0.95));
                }
                plans.push(Intent::Metric(MetricIntent { query, shape, chart: false }));
            }
            Some(Candidate::plans(plans, used, base))
        }
    }
}

/// "Tell me the aisle for peanut butter" of a shopper: goods or their place, and no figure of them.
fn places_goods(question: &Question<'_>, query: &MetricQuery) -> bool {
    let figures = [
        Cue::Highest,
        Cue::Lowest,
        Cue::HowMany,
        Cue::HowOften,
        Cue::Share,
        Cue::Average,
        Cue::Busiest,
        Cue::Compare,
    ];
    !question.role().is_staff()
        && !question.measures.how_many
        && question.measures.direction.is_none()
        && question.measures.metrics.iter().all(|metric| matches!(metric.as_str(), "aisles" | "departments"))
        && query.dimensions.iter().all(|dimension| shopping::of_goods(dimension))
        && !figures.iter().any(|cue| question.has(*cue))
        && !query.filters.is_empty()
}

/// Whether a correlation is asked for that was not read.
fn lacks_correlation(question: &Question<'_>, outcome: &Outcome) -> bool {
    let told = matches!(outcome, Outcome::Query(query, _) if query.summary == Some(Summary::Correlation));
    !told && question.tokens.iter().any(analytics::says_correlation)
}

fn no_correlation() -> Draft {
    Draft::refused(Refusal {
        code: "not_understood".into(),
        text: "A correlation holds a figure against another of the same customers, products, aisles or departments; name both."
            .into(),
        nearest_question: Some("Correlation between number of orders and basket size across customers".into()),
    })
}

/// "Which aisle is banana in", "which segment is customer 42 in", "the chance that customer 42 buys milk": not a figure
/// of many, and another reader's.
fn asks_about_one(question: &Question<'_>, query: &MetricQuery, names_figure: bool) -> bool {
    let picks = |fields: &[&str]| {
        query
            .filters
            .iter()
            .any(|filter| fields.contains(&filter.field.as_str()) && filter.op == FilterOp::Eq)
    };
    let lists = |fields: &[&str]| query.dimensions.iter().any(|name| fields.contains(&name.as_str()));
    let one_product = picks(&["product_name", "product_id"]);
    let plain = !names_figure && query.order_by.is_empty() && query.limit.is_none();
    let chance = question.tokens.iter().any(|token| {
        matches!(token.text.as_str(), "probability" | "chance" | "chances" | "likelihood" | "likely" | "odds")
    });
    (plain && one_product && lists(&["aisle", "department"]))
        || (plain && picks(&["user_id"]) && lists(&["segment_name"]))
        || (chance
            && one_product
            && query.metrics.iter().all(|metric| metric == "reorders" || metric == "items"))
}

/// "I" and "my" are the principal's own customer; a customer by number is for staff.
fn whose(question: &Question<'_>, myself: bool, query: &mut MetricQuery) -> Result<(), Box<Draft>> {
    let named = query.filters.iter().any(|filter| filter.field == CUSTOMER);
    if named || !(myself && question.entities.myself) {
        return Ok(());
    }
    match question.who()? {
        Who::Own => {
            let own: Vec<u32> = question.asked.principal.user_id().map(|id| id.0).into_iter().collect();
            push_filter(query, CUSTOMER, FilterOp::Eq, FilterOp::In, ids(&own));
            Ok(())
        }
        Who::Missing => Err(Box::new(which_customer("How many orders has customer 1 placed?"))),
        Who::Customer(_) | Who::Nobody => Ok(()),
    }
}

/// Whole numbers as values of a filter.
pub(crate) fn ids(numbers: &[u32]) -> Vec<FilterValue> {
    numbers.iter().map(|number| i64::from(*number).into()).collect()
}

fn push_filter(
    query: &mut MetricQuery,
    field: &str,
    one: FilterOp,
    many: FilterOp,
    values: Vec<FilterValue>,
) {
    let op = match values.len() {
        0 => return,
        1 => one,
        _ => many,
    };
    query.filters.push(MetricFilter { field: field.to_owned(), op, values });
}

/// Guests see no figures of orders, shoppers only their own.
fn not_for_role(question: &Question<'_>) -> Option<Draft> {
    let refusal = |text: &str, nearest: &str| {
        Draft::refused(Refusal {
            code: "not_allowed".into(),
            text: text.into(),
            nearest_question: Some(nearest.into()),
        })
    };
    match question.role() {
        domain::principal::Role::Guest => Some(refusal(
            "Figures about orders and customers are for the shop's staff.",
            "What are the most popular products?",
        )),
        domain::principal::Role::Shopper if !question.entities.myself && !question.entities.the_customer => {
            Some(refusal(
                "Figures about the whole shop are for its staff; you can ask about your own orders.",
                "How many orders have I placed?",
            ))
        }
        _ => None,
    }
}

/// A word that several aisles or departments share.
fn ambiguity(question: &Question<'_>, tokens: &BTreeSet<usize>, names: &[Name]) -> Draft {
    let message = question.asked.message;
    let texts = tokens.iter().filter_map(|at| question.tokens.get(*at)).map(|token| token.text.as_str());
    let word = texts.collect::<Vec<_>>().join(" ");
    let options = names
        .iter()
        .map(|name| {
            let kind = if name.kind == NameKind::Department { "department" } else { "aisle" };
            ClarifyOption {
                label: format!("{} ({kind})", name.text),
                question: replace_word(message, &word, &format!("{} {kind}", name.text)),
            }
        })
        .take(6)
        .collect();
    Draft::clarify(Clarify {
        question: format!("Several aisles or departments are called “{word}”. Which one do you mean?"),
        options,
    })
}

/// The question with another word in one place, whatever its case.
fn replace_word(message: &str, word: &str, by: &str) -> String {
    let lower = message.to_lowercase();
    match lower.find(word).filter(|_| lower.len() == message.len()) {
        Some(at) => {
            let (before, after) = (message.get(..at), message.get(at + word.len()..));
            format!("{}{by}{}", before.unwrap_or_default(), after.unwrap_or_default())
        }
        None => format!("{message} ({by})"),
    }
}

/// A ranking without saying of what.
fn by_what(question: &Question<'_>, metric: &str, highest: bool) -> Draft {
    let label = question.asked.semantic.metric(metric).map_or("items", |metric| metric.label.as_str());
    let word = if highest { "highest" } else { "lowest" };
    let option = |dimension: &str| ClarifyOption {
        label: dimension.to_owned(),
        question: format!("Which {dimension} has the {word} {label}?"),
    };
    Draft::clarify(Clarify {
        question: format!("The {word} {label} of what: a department, an aisle or a product?"),
        options: ["department", "aisle", "product"].into_iter().map(option).collect(),
    })
}
