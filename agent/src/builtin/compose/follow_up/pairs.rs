//! "By lift instead", "and the confidence?": another figure of the pairs that were listed.

use query::metrics::{Direction, FilterOp, FilterValue, MetricFilter, MetricQuery, OrderBy};

use super::{super::Question, cues::Cues, topic::Topic};
use crate::builtin::{
    analytics::Fragment,
    intent::{Intent, MetricIntent, Shape},
};

/// Rows of a ranking where nobody says how many.
const DEFAULT_RANKING: u32 = 10;

/// Words of a figure of pairs, with its metric.
const FIGURES: &[(&str, &str)] = &[
    ("lift", "pair_lift"),
    ("strength", "pair_lift"),
    ("strongest", "pair_lift"),
    ("confidence", "pair_confidence"),
    ("support", "pair_support"),
    ("leverage", "pair_leverage"),
    ("joint", "joint_orders"),
    ("often", "joint_orders"),
    ("frequency", "joint_orders"),
    ("frequent", "joint_orders"),
    ("count", "joint_orders"),
];
/// Words around the figure that say nothing more.
const AROUND: &[&str] = &[
    "the",
    "by",
    "their",
    "its",
    "instead",
    "in",
    "order",
    "of",
    "orders",
    "ranked",
    "rank",
    "most",
    "highest",
    "top",
    "strongest",
    "with",
    "on",
    "value",
    "values",
    "rather",
    "than",
    "what",
    "is",
    "are",
    "measured",
    ",",
    "number",
    "how",
    "together",
    "largest",
    "show",
    "please",
];

/// The products that go with one, as figures of its pairs; staff who ask for a figure are shown it.
fn of_related(before: &Intent) -> Option<MetricIntent> {
    let Intent::Related(args) = before else { return None };
    let Some([id]) = args.product_ids.as_deref() else { return None };
    let place = |field: &str, name: &Option<String>| {
        let values = vec![name.as_deref()?.into()];
        Some(MetricFilter { field: field.into(), op: FilterOp::Eq, values })
    };
    let mut filters = vec![MetricFilter {
        field: "antecedent_id".into(),
        op: FilterOp::Eq,
        values: vec![i64::from(*id).into()],
    }];
    filters.extend(place("companion_aisle", &args.aisle));
    filters.extend(place("companion_department", &args.department));
    let query = MetricQuery {
        dimensions: vec!["companion".to_owned()],
        filters,
        limit: args.limit.or(Some(DEFAULT_RANKING)),
        ..MetricQuery::default()
    };
    Some(MetricIntent { query, shape: Shape::Ranking, chart: false })
}

/// How many rows a ranking of what goes with a product had, where that is what was asked a moment ago.
pub(crate) fn pair_length(question: &Question<'_>, product: i64) -> Option<u32> {
    let topic = Topic::of(question.asked.history);
    let before = topic.turns.first()?.plan.single()?.clone();
    let related = of_related(&before);
    let limit = match (&before, &related) {
        (Intent::Related(args), Some(_)) => args.limit,
        (Intent::Metric(metric), _) => metric.query.limit,
        _ => None,
    };
    let metric = match (&before, &related) {
        (Intent::Metric(metric), _) | (_, Some(metric)) => metric,
        _ => return None,
    };
    let same = |filter: &MetricFilter| {
        filter.field == "antecedent_id" && filter.values == [FilterValue::Integer(product)]
    };
    limit.filter(|limit| *limit > 1 && metric.query.filters.iter().any(same))
}

/// The question about pairs with another figure; `None` where it was about none, or more is said.
pub(super) fn edit(before: &Intent, fragment: &Fragment, cues: &Cues, staff: bool) -> Option<Intent> {
    let related = of_related(before).filter(|_| staff);
    let metric = match (before, &related) {
        (Intent::Metric(metric), _) | (_, Some(metric)) => metric,
        _ => return None,
    };
    let of_pairs =
        metric.query.dimensions.iter().any(|name| matches!(name.as_str(), "companion" | "antecedent"));
    if !of_pairs {
        return None;
    }
    let figure = |word: &str| FIGURES.iter().find(|(known, _)| *known == word).map(|(_, metric)| *metric);
    let named = cues.tokens.iter().find_map(|token| figure(&token.text))?;
    let only = cues.tokens.iter().all(|token| {
        figure(&token.text).is_some() || AROUND.contains(&token.text.as_str()) || token.number.is_some()
    });
    let same = !metric.query.metrics.is_empty() && metric.query.metrics.iter().all(|known| known == named);
    if !only || same {
        return None;
    }
    let query = MetricQuery {
        limit: fragment.limit.or(metric.query.limit),
        metrics: vec![named.to_owned()],
        order_by: vec![OrderBy { field: named.to_owned(), direction: Some(Direction::Desc) }],
        ..metric.query.clone()
    };
    Some(Intent::Metric(MetricIntent { query, ..metric.clone() }))
}
