//! Questions about figures, read by what their words do.
//!
//! ```text
//! tokens ─scan─> marks ─numbers─times─things─conditions─> fewer, fuller marks ─frame─> what is asked ─query─> MetricQuery
//! ```
//! Every pass is a file and works on what the one before left; none looks at whole sentences. Input: the tokens of a
//! message and the words of the run. Output: a typed query with the tokens that it explains.

mod all_named;
mod announced;
mod as_one;
mod average;
mod bands;
mod bought_again;
mod cart_places;
mod carts;
mod classes;
mod conditions;
mod exclusions;
mod first_times;
mod fragment;
mod frame;
mod gaps;
mod headings;
mod item;
mod kept;
mod lapse;
mod last_order;
mod leftover;
mod never_again;
mod numbers;
mod of_one;
mod order_bounds;
mod order_counts;
mod owners;
mod part_words;
mod people;
mod query;
mod scan;
mod sides;
mod single_items;
mod story;
mod telegram;
mod than_named;
mod things;
mod times;
mod times_bought;
mod told_rows;
mod whose_purchases;
pub(crate) mod words;

use std::collections::BTreeSet;

pub(crate) use self::headings::{Whole, behind_heading, without_glosses};
pub(crate) use self::story::{
    asked_alone, asking_sentences, asks_figure, names_figure, names_measure, names_thing, points_at_nothing,
};

use ::query::metrics::{Direction, FilterOp, FilterValue, MetricFilter, MetricQuery, Summary};

use self::{
    frame::View,
    item::{Items, Mark, Noun},
    query::Missing,
};
use super::{
    intent::Shape,
    normalise::Token,
    vocabulary::{Name, Vocabulary},
};

pub(crate) use self::{
    fragment::{Fragment, Stated, fragment},
    query::{CUSTOMER_METRICS, LINE_FIELDS, ORDER_METRICS, correlation::says_correlation},
    scan::EVERYDAY_NAMES,
    times_bought::times,
};

/// A question about figures as it was read.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    /// The query, or why there is none.
    pub(crate) outcome: Outcome,
    /// The tokens that the reading explains.
    pub(crate) explained: BTreeSet<usize>,
    /// Whether a picture was asked for.
    pub(crate) chart: bool,
    /// Whether a figure is named, rather than implied by verbs.
    pub(crate) names_figure: bool,
    /// Whether "I" or "my" stands in it.
    pub(crate) myself: bool,
    /// Further figures that are told beside the query.
    pub(crate) more: Vec<(MetricQuery, Shape)>,
    /// Queries that are told in place of the one, where what lies beyond a mean is asked for.
    pub(crate) beyond_average: Option<Vec<MetricQuery>>,
    /// A word that several aisles or departments share, with its tokens.
    pub(crate) ambiguous: Option<(BTreeSet<usize>, Vec<Name>)>,
}

/// Metrics that count and are no average of anything.
const PLAIN_COUNTS: [&str; 6] = ["items", "orders", "customers", "products", "products_bought", "reorders"];

/// What came of reading.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// A query and how it is told.
    Query(Box<MetricQuery>, Shape),
    /// A ranking of nothing in particular: the metric, and whether the highest are wanted.
    ByWhat(String, bool),
    /// No question about figures.
    None,
}

/// Reads a message.
pub(crate) fn read(message: &str, tokens: &[Token], vocabulary: &Vocabulary) -> Reading {
    let Some(whole) = telegram::in_whole_words(tokens) else {
        return read_tokens(message, tokens, vocabulary);
    };
    let (places, words): (Vec<usize>, Vec<Token>) = whole.into_iter().unzip();
    let mut reading = read_tokens(message, &words, vocabulary);
    let place = |at: &usize| places.get(*at).copied();
    reading.explained = reading.explained.iter().filter_map(place).collect();
    if let Some((tokens, _)) = &mut reading.ambiguous {
        *tokens = tokens.iter().filter_map(place).collect();
    }
    reading
}

/// Reads tokens that leave nothing out.
fn read_tokens(message: &str, tokens: &[Token], vocabulary: &Vocabulary) -> Reading {
    let items = marks(tokens, vocabulary);
    let frame = frame::frame(&items, tokens);
    let view = View { items: &items, tokens };
    let (mut told, mut more) = (Vec::new(), Vec::new());
    let outcome = match query::query(&items, &view, &frame) {
        Ok(asked) => {
            told = asked.told;
            more = asked.more;
            Outcome::Query(Box::new(asked.query), asked.shape)
        }
        Err(Missing::ByWhat(metric, highest)) => Outcome::ByWhat(metric, highest),
        Err(Missing::NoFigure) => Outcome::None,
    };
    let mut explained = leftover::explained(&items, tokens, message, vocabulary);
    if let Outcome::Query(query, _) = &outcome {
        for item in items.0.iter().filter(|item| {
            !is_accounted_for(&item.mark, query)
                && !more.iter().any(|(query, _)| is_accounted_for(&item.mark, query))
        }) {
            for token in item.from..item.to {
                explained.remove(&token);
            }
        }
    }
    // "average orders per hour" is no count of orders: an average that no figure is stays unexplained.
    if let Outcome::Query(query, _) = &outcome
        && query.summary.is_none()
        && query.slices.is_empty()
        && query.metrics.iter().all(|metric| PLAIN_COUNTS.contains(&metric.as_str()))
    {
        for item in
            items.0.iter().filter(|item| matches!(item.mark, Mark::Agg(item::Agg::Mean | item::Agg::Median)))
        {
            for token in item.from..item.to {
                explained.remove(&token);
            }
        }
    }
    // A median that no figure is must not be told as a mean.
    if let Outcome::Query(query, _) = &outcome
        && query.summary != Some(::query::metrics::Summary::Median)
        && !query.metrics.iter().any(|metric| metric.starts_with("median_"))
    {
        for item in items.0.iter().filter(|item| item.mark == Mark::Agg(item::Agg::Median)) {
            for token in item.from..item.to {
                explained.remove(&token);
            }
        }
    }
    if let Outcome::Query(query, _) = &outcome {
        explained.extend(cut_words(&items, query));
        denials(&items, query, &mut explained);
    }
    let outcome = judged(outcome, tokens);
    explained.extend(told.iter().filter_map(|at| items.0.get(*at)).flat_map(|item| item.from..item.to));
    // "lift", "over-index": what a contrast tells, whatever product names hold the word.
    if matches!(&outcome, Outcome::Query(query, _) if query.contrast) {
        let words =
            ["lift", "lifts", "over", "index", "indexes", "indexed", "represented", "overrepresented"];
        explained.extend(
            (0..tokens.len())
                .filter(|at| tokens.get(*at).is_some_and(|token| words.contains(&token.text.as_str()))),
        );
    }
    let whole = matches!(&outcome, Outcome::Query(query, _) if query.part_cohorts.is_empty());
    let beyond_average = average::beyond_average(&items, &view).filter(|_| whole);
    let averaged = beyond_average.is_some();
    if averaged && more.is_empty() {
        for item in items.0.iter().filter(|item| {
            matches!(
                item.mark,
                Mark::Agg(_) | Mark::Cmp(_) | Mark::More(_) | Mark::Than | Mark::AboveOverall(_)
            )
        }) {
            explained.extend(item.from..item.to);
        }
    }
    Reading {
        beyond_average: beyond_average.filter(|_| more.is_empty()),
        more,
        explained,
        names_figure: !frame.metrics.is_empty()
            || frame.share.is_some()
            || frame
                .nouns
                .iter()
                .any(|placed| matches!(placed.role, frame::Role::Amount | frame::Role::Counted)),
        chart: items.any(|mark| *mark == Mark::Chart),
        myself: about_me(&items, &view),
        ambiguous: items.0.iter().find_map(|item| match &item.mark {
            Mark::Part(names) => Some(((item.from..item.to).collect(), names.clone())),
            _ => None,
        }),
        outcome,
    }
}

/// Figures of which little is good.
pub(crate) fn is_better_low(metric: &str) -> bool {
    metric.contains("risk") || metric.contains("recency") || metric.contains("never_bought")
}

/// Whether rows are judged rather than measured: "the worst", "best of all".
pub(crate) fn judges(tokens: &[Token]) -> bool {
    tokens.iter().any(|token| matches!(token.text.as_str(), "worst" | "best" | "poorest"))
}

/// "which segment has the worst churn risk": the highest.
fn judged(outcome: Outcome, tokens: &[Token]) -> Outcome {
    let Outcome::Query(mut query, shape) = outcome else { return outcome };
    if let Some(order) = query.order_by.first_mut()
        && is_better_low(&order.field)
        && judges(tokens)
    {
        order.direction = match order.direction {
            Some(Direction::Asc) => Some(Direction::Desc),
            _ => Some(Direction::Asc),
        };
    }
    // "how many days did I wait at most": the longest of the gaps.
    let at_most = tokens.windows(2).enumerate().any(|(at, pair)| {
        matches!(pair, [at, most] if at.text == "at" && matches!(most.text.as_str(), "most" | "longest"))
            && tokens.get(at + 2).is_none_or(|token| token.number.is_none())
    });
    if at_most && query.metrics == ["avg_days_between_orders"] && query.dimensions.is_empty() {
        query.dimensions = vec!["order_id".to_owned()];
        query.summary = Some(Summary::Max);
    }
    // "the longest gap": the end of all gaps, not of the first ten.
    if query.dimensions == ["order_id"] && matches!(query.summary, Some(Summary::Max | Summary::Min)) {
        query.limit = None;
        query.order_by.clear();
    }
    Outcome::Query(query, shape)
}

/// "do not contain", "never bought": a denial is explained by what has none of it, and by nothing else.
fn denials(items: &Items, query: &MetricQuery, explained: &mut BTreeSet<usize>) {
    let slices = query.slices.iter().flat_map(|slice| &slice.cohorts);
    let without = query.cohorts.iter().chain(&query.part_cohorts).chain(slices).any(|cohort| cohort.not);
    let turned = |filter: &MetricFilter| {
        matches!(
            filter.op,
            FilterOp::Ne | FilterOp::NotIn | FilterOp::NotContains | FilterOp::Le | FilterOp::Lt
        ) || filter.values.first().is_some_and(|value| value.as_number() == Some(0.0))
    };
    let filters = query.filters.iter().chain(&query.part);
    let having = query
        .cohorts
        .iter()
        .chain(&query.part_cohorts)
        .flat_map(|cohort| cohort.having.iter().chain(&cohort.bought));
    let told = without
        || filters.chain(having).any(turned)
        || query.slices.iter().any(|slice| slice.filters.iter().any(turned))
        || query.metrics.iter().any(|metric| metric.contains("never") || metric == "new_customers");
    for item in &items.0 {
        match item.mark {
            Mark::Not if without => explained.extend(item.from..item.to),
            Mark::Never if !told => (item.from..item.to).for_each(|token| {
                explained.remove(&token);
            }),
            _ => {}
        }
    }
}

/// The words that say where a cut is: "the top fifth", "outside the top 1,000", "at least", before a fraction.
fn cut_words(items: &Items, query: &MetricQuery) -> BTreeSet<usize> {
    let cut = query.limit_share.is_some() || query.skip.is_some();
    let says = |mark: &Mark| match mark {
        Mark::Ordinal(_) | Mark::Not | Mark::Rest => cut,
        Mark::Cmp(_) => query.cumulative_to.is_some(),
        Mark::Bound(..) => query.cumulative_to.is_some() && query.limit.is_some(),
        Mark::Percent(_) => cut || query.cumulative_to.is_some(),
        _ => false,
    };
    items.0.iter().filter(|item| says(&item.mark)).flat_map(|item| item.from..item.to).collect()
}

/// Whether a condition that was read restricts or groups the query: none may be dropped in silence.
fn is_accounted_for(mark: &Mark, query: &MetricQuery) -> bool {
    let conditions: &[MetricFilter] = match mark {
        Mark::Where(filters) => filters,
        Mark::Having(filter) => std::slice::from_ref(filter),
        Mark::Bands(..) => {
            let rows = ["size_band", "order_size", "customer_orders", "customer_items", "order_number"];
            let own = |name: &String| {
                rows.contains(&name.as_str()) || query.filters.iter().any(|filter| filter.field == *name)
            };
            return !query.slices.is_empty() || query.dimensions.iter().any(own);
        }
        Mark::Among(cohort) => {
            let slices = query.slices.iter().flat_map(|slice| &slice.cohorts);
            return query
                .cohorts
                .iter()
                .chain(&query.part_cohorts)
                .chain(slices)
                .any(|known| known == &**cohort);
        }
        _ => return true,
    };
    // "how many small orders have more than 30 items": no row meets both, so one of them was meant in another way.
    let contradicted = conditions
        .iter()
        .filter(|condition| !matches!(condition.field.as_str(), "order_hour_of_day" | "order_dow"))
        .any(|condition| query.filters.iter().any(|known| query::sides::contradict(condition, known)));
    if contradicted {
        return false;
    }
    let cohorts = query.cohorts.iter().chain(&query.part_cohorts);
    let slices = query.slices.iter();
    let sliced = slices.clone().flat_map(|slice| &slice.cohorts).chain(cohorts);
    let sliced = sliced.flat_map(|cohort| cohort.bought.iter().chain(&cohort.part).chain(&cohort.having));
    let rows = query.filters.iter().chain(&query.part).chain(slices.flat_map(|slice| &slice.filters));
    let used: Vec<&str> = rows.chain(sliced).map(|filter| filter.field.as_str()).collect();
    let dimensions: Vec<&str> = query.dimensions.iter().map(String::as_str).collect();
    let overall = |condition: &MetricFilter| matches!(condition.values.as_slice(), [FilterValue::Text(of)] if !of.starts_with("of "));
    conditions.iter().filter(|condition| matches!(mark, Mark::Where(_)) || !overall(condition)).all(
        |condition| {
            let field = condition.field.as_str();
            let same = |known: &&str| {
                *known == field
                    || matches!(
                        (*known, field),
                        ("size_band", "order_size")
                            | ("order_kind", "order_number")
                            | ("day_part", "order_hour_of_day")
                    )
            };
            used.iter().any(same) || dimensions.iter().any(same) || query.cumulative_to.is_some()
        },
    )
}

/// The passes that make marks.
fn marks(tokens: &[Token], vocabulary: &Vocabulary) -> Items {
    let mut items = scan::scan(tokens, vocabulary);
    of_one::of_one(&mut items, tokens);
    people::people(&mut items, tokens);
    bought_again::bought_again(&mut items, tokens);
    carts::carts(&mut items, tokens);
    kept::kept(&mut items, tokens);
    never_again::nothing_such(&mut items, tokens);
    times_bought::times_bought(&mut items, tokens);
    numbers::numbers(&mut items, tokens);
    part_words::part_words(&mut items, tokens);
    sides::comparatives(&mut items, tokens);
    sides::ratios(&mut items, tokens);
    classes::classes(&mut items, tokens);
    cart_places::cart_places(&mut items, tokens);
    last_order::last_order(&mut items, tokens);
    people::times_ordered(&mut items, tokens);
    gaps::gaps(&mut items, tokens);
    times::times(&mut items, tokens);
    order_bounds::order_bounds(&mut items, tokens);
    things::things(&mut items, tokens, vocabulary);
    announced::announced_lists(&mut items, tokens);
    as_one::as_one(&mut items, tokens);
    bands::sizes(&mut items);
    conditions::conditions(&mut items);
    people::own_bounds(&mut items);
    people::runs(&mut items, tokens);
    people::days_between(&mut items, tokens);
    numbers::tidy(&mut items);
    times::left_over_ordinals(&mut items);
    conditions::grouped_figures(&mut items);
    than_named::than_named(&mut items, tokens);
    owners::owners(&mut items, tokens);
    first_times::first_times(&mut items);
    all_named::all_named(&mut items, tokens);
    gaps::steps(&mut items, tokens);
    order_counts::order_counts(&mut items, tokens);
    single_items::single_items(&mut items, tokens);
    told_rows::told_rows(&mut items, tokens);
    never_again::never_again(&mut items, tokens);
    sides::sides(&mut items, tokens);
    whose_purchases::whose_purchases(&mut items, tokens);
    items
}

/// "my orders", "do I buy": the asker's own; "my boss", "I need" are not.
fn about_me(items: &Items, view: &View<'_>) -> bool {
    // "when I take only these", "I start with the largest": how somebody works.
    let works = |at: usize| {
        matches!(view.text(at).as_str(), "take" | "go" | "get" | "keep" | "start" | "add" | "look" | "put")
            && items.any(|mark| matches!(mark, Mark::Rank(..) | Mark::HowMany | Mark::Which | Mark::Share))
            && items.any(|mark| {
                matches!(mark, Mark::Noun(Noun::Customer | Noun::Segment | Noun::Aisle | Noun::Department))
            })
    };
    items.places(|mark| *mark == Mark::Me).into_iter().any(|at| {
        !works(at + 1)
            && matches!(
                items.mark(at + 1),
                // "my departments", "my customers": the shop's.
                Some(
                    Mark::Noun(
                        Noun::Item | Noun::Product | Noun::Order | Noun::Hour | Noun::Day | Noun::DayPart
                    ) | Mark::Verb(_)
                        | Mark::Metric(_)
                        | Mark::Rank(..)
                        | Mark::Agg(_)
                        | Mark::Where(_)
                        | Mark::Last
                )
            )
    })
}

/// The passes' result, for a look at what was understood.
#[cfg(test)]
pub(crate) fn explain(tokens: &[Token], vocabulary: &Vocabulary) -> String {
    let items = marks(tokens, vocabulary);
    let view = View { items: &items, tokens };
    let frame = frame::frame(&items, tokens);
    let marks: Vec<String> = (0..items.len())
        .filter(|at| items.mark(*at) != Some(&Mark::Skip))
        .map(|at| format!("{}={:?}", view.text(at), items.mark(at)))
        .collect();
    let columns = query::columns::explain(&items, &view, &frame);
    format!("{}\n  {:?}\n  columns: {columns:#?}", marks.join(" | "), frame.nouns)
}
