//! Questions about numbers: metrics by dimensions with filters, order and limit.

use std::collections::BTreeSet;

use domain::answer::{Clarify, ClarifyOption, Refusal};
use query::metrics::{Direction as Sorted, FilterOp, FilterValue, MetricFilter, MetricQuery, OrderBy};

use super::{Candidate, Question, Who, which_customer};
use crate::{
    builtin::{
        intent::{Intent, MetricIntent, Shape},
        lexicon::Cue,
        link_entities::Ambiguous,
        link_metrics::{CUSTOMER, DAY, Direction, HOUR, ITEMS, ORDERS, PRODUCT},
        vocabulary::NameKind,
    },
    draft::Draft,
};

/// Rows of a ranking where nobody says how many.
const DEFAULT_RANKING: u32 = 10;
/// The dimension that numbers a customer's orders.
const ORDER_NUMBER: &str = "order_number";

/// Reads a question about numbers.
pub(crate) fn metric(question: &Question<'_>) -> Option<Candidate> {
    let measures = question.measures;
    let asks = measures.how_many
        || measures.share
        || measures.share_of.is_some()
        || measures.direction.is_some()
        || !measures.metrics.is_empty()
        || !measures.dimensions.is_empty();
    let searching = question.has(Cue::Search) && !measures.how_many && measures.direction.is_none();
    if !asks
        || searching
        || question.has(Cue::Recommend)
        || question.has(Cue::Together)
        || question.has(Cue::Definition)
    {
        return None;
    }
    let mut used = measures.used.clone();
    used.extend(question.entity_spans());
    used.extend(question.positions(&[
        Cue::Which,
        Cue::Show,
        Cue::Buy,
        Cue::Contains,
        Cue::Search,
        Cue::Only,
        Cue::Chart,
        Cue::AsTable,
        Cue::Myself,
    ]));
    if let Some(draft) = ambiguity(question) {
        used.extend(question.entities.ambiguous.iter().map(|word| word.span));
        return Some(Candidate::draft(draft, used, 0.8));
    }
    // "top products by department" wants a ranking in each group, which is not built.
    if measures.direction.is_some()
        && measures.dimensions.len() > 1
        && measures.dimensions.iter().any(|d| d == PRODUCT)
    {
        return None;
    }
    let mut query = MetricQuery { metrics: metrics(question)?, ..MetricQuery::default() };
    query.dimensions.clone_from(&measures.dimensions);
    if let Some(span) = measures.average
        && query.metrics.iter().all(|metric| is_average(question, metric))
    {
        used.insert(span);
    }
    match add_filters(question, &mut query, &mut used) {
        Ok(()) => {}
        Err(refusal) => return Some(Candidate::draft(*refusal, used, 0.95)),
    }
    add_share(question, &mut query);
    add_thresholds(question, &mut query, &mut used);
    if let Some(draft) = not_for_role(question) {
        return Some(Candidate::draft(draft, used, 0.85));
    }
    let Some(shape) = shape(question, &mut query) else {
        return Some(Candidate::draft(by_what(question, &query), used, 0.8));
    };
    let chart = question.has(Cue::Chart);
    Some(Candidate::plan(Intent::Metric(MetricIntent { query, shape, chart }), used, 0.9))
}

/// The metrics that are named, else the one that the words imply.
fn metrics(question: &Question<'_>) -> Option<Vec<String>> {
    let measures = question.measures;
    if let Some(metric) = &measures.share_of
        && measures.metrics.is_empty()
    {
        return Some(vec![metric.clone()]);
    }
    if !measures.metrics.is_empty() {
        return Some(measures.metrics.clone());
    }
    let by_orders = measures.by_orders || question.has(Cue::When);
    let of_orders = measures.dimensions.iter().any(|name| [HOUR, DAY, CUSTOMER].contains(&name.as_str()));
    let implied = if by_orders || (of_orders && question.entities.named.is_empty()) { ORDERS } else { ITEMS };
    let bought = question.has(Cue::Buy) || question.has(Cue::Popular);
    let ranked = measures.direction.is_some() && (!measures.dimensions.is_empty() || by_orders);
    let share_of_thing = measures.share && !question.entities.named.is_empty();
    let counted = measures.how_many && bought && !question.entities.named.is_empty();
    (ranked || share_of_thing || counted || (bought && !measures.dimensions.is_empty()))
        .then(|| vec![implied.to_owned()])
}

/// "average orders per hour" is no metric of ours: only averages may be called so.
fn is_average(question: &Question<'_>, metric: &str) -> bool {
    let model = question.asked.semantic;
    model.metric(metric).is_some_and(|metric| {
        let words = [&metric.label].into_iter().chain(&metric.synonyms);
        let named_so = words.into_iter().any(|w| ["average", "mean"].iter().any(|a| w.contains(a)));
        named_so || matches!(metric.format, domain::answer::Format::Percent | domain::answer::Format::Decimal)
    })
}

/// Things, customers and times become filters.
fn add_filters(
    question: &Question<'_>,
    query: &mut MetricQuery,
    used: &mut BTreeSet<usize>,
) -> Result<(), Box<Draft>> {
    let entities = question.entities;
    for kind in [NameKind::Department, NameKind::Aisle, NameKind::Product] {
        let field = match kind {
            NameKind::Department => "department",
            NameKind::Aisle => "aisle",
            NameKind::Product | NameKind::Segment => PRODUCT,
        };
        let names = |excluded: bool| -> Vec<FilterValue> {
            let of_kind = entities.named.iter().filter(|n| n.name.kind == kind && n.excluded == excluded);
            of_kind.map(|n| n.name.text.as_str().into()).collect()
        };
        push_filter(query, field, FilterOp::Eq, FilterOp::In, names(false));
        push_filter(query, field, FilterOp::Ne, FilterOp::NotIn, names(true));
        // "milk or eggs": side by side.
        if names(false).len() > 1 && !query.dimensions.iter().any(|d| d == field) {
            query.dimensions.push(field.to_owned());
        }
    }
    push_filter(query, "product_id", FilterOp::Eq, FilterOp::In, ids(&entities.product_ids));
    let customer = match question.who()? {
        Who::Customer(id) => Some(id),
        Who::Own => question.asked.principal.user_id().map(|id| id.0),
        Who::Missing => return Err(Box::new(which_customer("How many orders has customer 1 placed?"))),
        Who::Nobody => None,
    };
    let customers = match entities.customers.len() {
        0 | 1 => ids(customer.as_slice()),
        _ => ids(&entities.customers),
    };
    push_filter(query, CUSTOMER, FilterOp::Eq, FilterOp::In, customers);
    if let Some((from, to)) = entities.hours {
        let (op, values) =
            if from == to { (FilterOp::Eq, ids(&[from])) } else { (FilterOp::Between, ids(&[from, to])) };
        query.filters.push(MetricFilter { field: HOUR.into(), op, values });
    }
    if let Some(day) = entities.day {
        query.filters.push(MetricFilter { field: DAY.into(), op: FilterOp::Eq, values: ids(&[day]) });
        query.dimensions.retain(|dimension| dimension != DAY);
    }
    if let Some(at) = question.position(Cue::FirstOrder) {
        query.filters.push(MetricFilter { field: ORDER_NUMBER.into(), op: FilterOp::Eq, values: ids(&[1]) });
        used.insert(at);
    }
    Ok(())
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

/// "share of items by department"; "what share of items is produce": the compiler takes the total over everything
/// where the thing is both grouped by and filtered on.
fn add_share(question: &Question<'_>, query: &mut MetricQuery) {
    let measures = question.measures;
    if !measures.share && measures.share_of.is_none() {
        return;
    }
    let metric = measures.share_of.clone().or_else(|| query.metrics.first().cloned());
    let Some(metric) = metric.filter(|metric| has_share(question, metric)) else { return };
    if !query.metrics.contains(&metric) {
        query.metrics.push(metric);
    }
    query.share_of_total = true;
    let things = ["department", "aisle", PRODUCT];
    let thing =
        query.filters.iter().find(|filter| things.contains(&filter.field.as_str())).map(|f| f.field.clone());
    if let (Some(thing), true) = (thing, query.dimensions.is_empty()) {
        query.dimensions.push(thing);
    }
}

fn has_share(question: &Question<'_>, metric: &str) -> bool {
    question.asked.semantic.metric(metric).is_some_and(|metric| metric.share.is_some())
}

/// "with at least 100 purchases": only where there are rows to keep or to drop.
fn add_thresholds(question: &Question<'_>, query: &mut MetricQuery, used: &mut BTreeSet<usize>) {
    if query.dimensions.is_empty() {
        return;
    }
    for threshold in &question.entities.thresholds {
        let [cue, number] = threshold.spans;
        let behind = (number + 1..number + 3).find_map(|at| {
            let span = question.spans.get(at)?;
            Some((at, span.metric()?.to_owned()))
        });
        // "a reorder rate above 70 %": the metric stands before.
        let before = || {
            let earlier = question.spans.get(..cue)?.iter().rposition(|span| span.metric().is_some())?;
            Some((earlier, question.spans.get(earlier)?.metric()?.to_owned()))
        };
        let Some((at, metric)) = behind.or_else(before) else { continue };
        let op = match threshold.cue {
            Cue::AtLeast => FilterOp::Ge,
            Cue::MoreThan => FilterOp::Gt,
            Cue::AtMost => FilterOp::Le,
            _ => FilterOp::Lt,
        };
        let percent = question.spans.get(number + 1).is_some_and(|span| span.is(Cue::Share));
        let value = if percent { threshold.value / 100.0 } else { threshold.value };
        let value = if value.fract() == 0.0 {
            FilterValue::Integer(value as i64)
        } else {
            FilterValue::Number(value)
        };
        query.filters.push(MetricFilter { field: metric.clone(), op, values: vec![value] });
        used.extend([cue, number, at]);
        // The bound's own metric is no metric of the question unless it is the only one.
        if query.metrics.len() > 1 && at > number {
            query.metrics.retain(|name| *name != metric);
        }
    }
}

/// How the rows are ordered, cut and told; `None` where a ranking has nothing to rank.
fn shape(question: &Question<'_>, query: &mut MetricQuery) -> Option<Shape> {
    let measures = question.measures;
    let first = query.metrics.first()?.clone();
    let limit = question.entities.limit;
    let Some(direction) = measures.direction.filter(|_| !is_superlative_metric(question)) else {
        if let Some(limit) = limit {
            query.limit = Some(limit);
            query.order_by = vec![OrderBy { field: first, direction: Some(Sorted::Desc) }];
            return (!query.dimensions.is_empty()).then_some(Shape::Ranking);
        }
        return Some(if query.dimensions.is_empty() { Shape::Single } else { Shape::Breakdown });
    };
    if query.dimensions.is_empty() {
        if !measures.by_orders {
            return None;
        }
        query.dimensions.push(HOUR.to_owned());
    }
    let sorted = if direction == Direction::Highest { Sorted::Desc } else { Sorted::Asc };
    query.order_by = vec![OrderBy { field: first, direction: Some(sorted) }];
    let grouped_by = question.spans.iter().any(|span| span.is(Cue::By));
    let (limit, shape) = match limit {
        Some(limit) => (Some(limit), if limit == 1 { Shape::Extreme } else { Shape::Ranking }),
        None if measures.singular || (measures.by_orders && measures.dimensions.is_empty()) => {
            (Some(1), Shape::Extreme)
        }
        None if grouped_by => (None, Shape::Breakdown),
        None => (Some(DEFAULT_RANKING), Shape::Ranking),
    };
    query.limit = limit;
    Some(shape)
}

/// "largest basket" is a metric, not a ranking by one.
fn is_superlative_metric(question: &Question<'_>) -> bool {
    let covers = |metric: &String| metric.starts_with("max_") || metric.starts_with("min_");
    question.measures.dimensions.is_empty() && question.measures.metrics.iter().any(covers)
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
fn ambiguity(question: &Question<'_>) -> Option<Draft> {
    let Ambiguous { word, names, .. } = question.entities.ambiguous.first()?;
    let message = question.asked.message;
    let options = names
        .iter()
        .map(|name| {
            let kind = if name.kind == NameKind::Department { "department" } else { "aisle" };
            ClarifyOption {
                label: format!("{} ({kind})", name.text),
                question: replace_word(message, word, &format!("{} {kind}", name.text)),
            }
        })
        .take(6)
        .collect();
    Some(Draft::clarify(Clarify {
        question: format!("Several aisles or departments are called “{word}”. Which one do you mean?"),
        options,
    }))
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
fn by_what(question: &Question<'_>, query: &MetricQuery) -> Draft {
    let model = question.asked.semantic;
    let label = query
        .metrics
        .first()
        .and_then(|name| model.metric(name))
        .map_or("items", |metric| metric.label.as_str());
    let word = if question.measures.direction == Some(Direction::Lowest) { "lowest" } else { "highest" };
    let option = |dimension: &str| ClarifyOption {
        label: dimension.to_owned(),
        question: format!("Which {dimension} has the {word} {label}?"),
    };
    Draft::clarify(Clarify {
        question: format!("The {word} {label} of what: a department, an aisle or a product?"),
        options: ["department", "aisle", "product"].into_iter().map(option).collect(),
    })
}
