//! "Put the three side by side", "both in one chart": the answers of the last turns as one.
//!
//! Turns that ask the same of different things (the same figures, groups and conditions, but one value of one field) →
//! one query with a row for each of the things, in the order in which they were asked about.

use query::metrics::{Cohort, CohortOf, FilterOp, FilterValue, MetricFilter, MetricQuery, Slice};

use super::{
    metric::label,
    topic::{PlannedTurn, Topic},
};
use crate::builtin::intent::{Intent, MetricIntent, Shape};

/// Fields of what an order holds.
const OF_LINES: [&str; 4] = ["product_name", "product_id", "aisle", "department"];
/// Fields of the two products of a pair.
const PAIRED: [&str; 2] = ["antecedent_id", "companion_id"];
/// The most things that stand side by side.
const MOST: usize = 8;

/// The last answers together: `count` of them, or as many as ask the same; `None` where fewer than two do.
pub(super) fn gather(topic: &Topic<'_>, count: Option<usize>) -> Option<MetricIntent> {
    let (latest, things) = things(topic, count)?;
    Some(MetricIntent { query: union(&latest.query, &things)?, shape: Shape::Breakdown, chart: latest.chart })
}

/// "how do the two compare on items sold?", behind rankings that each gave one row: those rows.
pub(super) fn rows(topic: &Topic<'_>, count: Option<usize>) -> Option<MetricIntent> {
    let latest = topic.turns.first()?;
    if let Some(rows) = compared_rows(latest, count) {
        return Some(rows);
    }
    let count = count.unwrap_or(2);
    let kind = latest.row_kind()?;
    let things: Vec<FilterValue> = topic
        .turns
        .iter()
        .take(count)
        .map(|turn| match turn.rows(kind).as_slice() {
            [row] if turn.row_kind() == Some(kind) && turn.is_ranking() => Some(row.value()),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let alike = things.windows(2).any(|pair| pair.first() == pair.last());
    let Some(Intent::Metric(metric)) = latest.plan.single().filter(|_| things.len() == count && !alike)
    else {
        return None;
    };
    let mut query = metric.query.clone();
    query.filters.retain(|filter| filter.field != kind.column());
    query.filters.push(MetricFilter { field: kind.column().into(), op: FilterOp::In, values: things });
    query.order_by.clear();
    query.limit = None;
    query.skip = None;
    Some(MetricIntent { query, shape: Shape::Breakdown, chart: metric.chart })
}

/// "what share do both of them have?", behind two things side by side: those.
fn compared_rows(latest: &PlannedTurn<'_>, count: Option<usize>) -> Option<MetricIntent> {
    let Some(Intent::Metric(metric)) = latest.plan.single() else { return None };
    let query = &metric.query;
    let held = |filter: &MetricFilter| {
        filter.op == FilterOp::In
            && query.dimensions.contains(&filter.field)
            && count.is_none_or(|count| count == filter.values.len())
    };
    let slices = query.slices.len() > 1 && count.is_none_or(|count| count == query.slices.len());
    let alike = query.limit.is_none() && query.summary.is_none();
    (alike && (slices || query.filters.iter().any(held))).then(|| metric.clone())
}

/// Which of the things of the last answers an order or a customer must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Jointly {
    /// "both together".
    All,
    /// "either of them".
    Any,
    /// "and neither?".
    None,
}

/// The orders or customers of the last answers that hold all of their things, or none.
pub(super) fn jointly(topic: &Topic<'_>, which: Jointly, in_one_order: bool) -> Option<MetricIntent> {
    let found = held_before(topic)
        .or_else(|| paired(topic))
        .or_else(|| things(topic, None))
        .or_else(|| compared(topic));
    let (latest, things) = found?;
    let of_pair = latest.query.filters.iter().any(|filter| PAIRED.contains(&filter.field.as_str()));
    let metric = if of_pair { "orders" } else { latest.query.metrics.first()?.as_str() };
    let of = match metric {
        "customers" if !in_one_order => CohortOf::Customers,
        "customers" | "orders" => CohortOf::Orders,
        _ => return None,
    };
    if !things.iter().all(|thing| thing.op.picks() && OF_LINES.contains(&thing.field.as_str())) {
        return None;
    }
    let about = |filter: &MetricFilter| things.iter().any(|thing| thing.field == filter.field);
    let mut query = if of_pair {
        MetricQuery { metrics: vec!["orders".to_owned()], ..MetricQuery::default() }
    } else {
        latest.query.clone()
    };
    let of_part = query.has_part() || query.share_of_total;
    query.filters.retain(|filter| !about(filter));
    query.part.retain(|filter| !about(filter));
    query.dimensions.retain(|name| !things.iter().any(|thing| thing.field == *name));
    query.cohorts.retain(|cohort| !cohort.bought.iter().any(about));
    query.part_cohorts.retain(|cohort| !cohort.bought.iter().any(about));
    query.slices.clear();
    query.order_by.clear();
    query.limit = None;
    query.share_of_total = false;
    if which == Jointly::Any {
        let first = things.first()?;
        if things.iter().any(|thing| thing.field != first.field) {
            return None;
        }
        let values = things.iter().flat_map(|thing| thing.values.clone()).collect();
        let any = MetricFilter { field: first.field.clone(), op: FilterOp::In, values };
        if of_part {
            query.part.push(any);
        } else {
            query.filters.push(any);
        }
        return Some(MetricIntent { query, shape: Shape::Single, chart: latest.chart });
    }
    let not = which == Jointly::None;
    let held =
        things.iter().map(|thing| Cohort { of, bought: vec![thing.clone()], not, ..Cohort::default() });
    if of_part {
        query.part_cohorts.extend(held);
    } else {
        query.cohorts.extend(held);
    }
    let shape = if query.dimensions.is_empty() { Shape::Single } else { latest.shape };
    Some(MetricIntent { query, shape, chart: latest.chart })
}

/// The two products of a pair that was measured.
fn paired<'a>(topic: &'a Topic<'_>) -> Option<(&'a MetricIntent, Vec<MetricFilter>)> {
    let Some(Intent::Metric(latest)) = topic.turns.first()?.plan.single() else { return None };
    let of_pair =
        |filter: &&MetricFilter| PAIRED.contains(&filter.field.as_str()) && filter.op == FilterOp::Eq;
    let things: Vec<MetricFilter> = latest
        .query
        .filters
        .iter()
        .filter(of_pair)
        .map(|filter| MetricFilter { field: "product_id".into(), ..filter.clone() })
        .collect();
    (things.len() == 2).then_some((latest, things))
}

/// What the orders or customers of the last answer hold at once: "and neither?", behind "both together".
fn held_before<'a>(topic: &'a Topic<'_>) -> Option<(&'a MetricIntent, Vec<MetricFilter>)> {
    let Some(Intent::Metric(latest)) = topic.turns.first()?.plan.single() else { return None };
    let cohorts = latest.query.cohorts.iter().chain(&latest.query.part_cohorts);
    let things: Vec<MetricFilter> = cohorts.flat_map(|cohort| cohort.bought.iter().cloned()).collect();
    (things.len() >= 2).then_some((latest, things))
}

/// The things that the last answer has side by side already.
fn compared<'a>(topic: &'a Topic<'_>) -> Option<(&'a MetricIntent, Vec<MetricFilter>)> {
    let Some(Intent::Metric(latest)) = topic.turns.first()?.plan.single() else { return None };
    let query = &latest.query;
    let listed = query
        .filters
        .iter()
        .find(|filter| filter.op == FilterOp::In && query.dimensions.contains(&filter.field));
    let things: Vec<MetricFilter> = match listed {
        Some(listed) => listed
            .values
            .iter()
            .map(|value| MetricFilter { op: FilterOp::Eq, values: vec![value.clone()], ..listed.clone() })
            .collect(),
        None => query
            .slices
            .iter()
            .map(|slice| match (slice.filters.as_slice(), slice.cohorts.as_slice()) {
                ([filter], []) => Some(filter.clone()),
                ([], [cohort]) if !cohort.not => cohort.bought.first().cloned(),
                _ => None,
            })
            .collect::<Option<_>>()?,
    };
    (things.len() >= 2).then_some((latest, things))
}

/// What the last answers are about, in the order in which they were asked, with the latest.
fn things<'a>(topic: &'a Topic<'_>, count: Option<usize>) -> Option<(&'a MetricIntent, Vec<MetricFilter>)> {
    let mut turns = topic.turns.iter().map_while(|turn| match turn.plan.single() {
        Some(Intent::Metric(metric)) => Some(metric),
        _ => None,
    });
    let latest = turns.next()?;
    let mut things: Vec<MetricFilter> = Vec::new();
    for metric in turns.take(count.unwrap_or(MOST).min(MOST).saturating_sub(1)) {
        let Some((own, other)) = difference(&latest.query, &metric.query) else { break };
        if things.is_empty() {
            things.push(own.clone());
        }
        if things.first().is_some_and(|first| first != own) {
            break;
        }
        if !things.contains(other) {
            things.push(other.clone());
        }
    }
    if things.len() < 2 || count.is_some_and(|count| things.len() < count) {
        return None;
    }
    things.reverse();
    Some((latest, things))
}

/// The things that stand side by side in the last answer, or that the last two answers were about.
pub(super) fn side_by_side<'a>(topic: &'a Topic<'_>) -> Option<(&'a MetricIntent, Vec<MetricFilter>)> {
    compared(topic).or_else(|| things(topic, Some(2)))
}

/// The last answers where they are about things of one kind: "which is highest?" of a product, another and a third.
pub(super) fn alike(topic: &Topic<'_>) -> Option<MetricIntent> {
    gather(topic, None).filter(|metric| metric.query.slices.is_empty() && !metric.query.dimensions.is_empty())
}

/// The one condition in which two queries differ: of the first and of the second.
fn difference<'a>(
    one: &'a MetricQuery,
    other: &'a MetricQuery,
) -> Option<(&'a MetricFilter, &'a MetricFilter)> {
    let bare = |query: &MetricQuery| MetricQuery { filters: Vec::new(), part: Vec::new(), ..query.clone() };
    if bare(one) != bare(other)
        || one.filters.len() != other.filters.len()
        || one.part.len() != other.part.len()
    {
        return None;
    }
    let only = |a: &'a [MetricFilter], b: &'a [MetricFilter]| -> Vec<&'a MetricFilter> {
        a.iter().filter(|filter| !b.contains(filter)).collect()
    };
    let mine: Vec<&MetricFilter> =
        only(&one.filters, &other.filters).into_iter().chain(only(&one.part, &other.part)).collect();
    let theirs: Vec<&MetricFilter> =
        only(&other.filters, &one.filters).into_iter().chain(only(&other.part, &one.part)).collect();
    match (mine.as_slice(), theirs.as_slice()) {
        ([own], [other]) => Some((own, other)),
        _ => None,
    }
}

/// One query over all of the things.
fn union(query: &MetricQuery, things: &[MetricFilter]) -> Option<MetricQuery> {
    let mut query = query.clone();
    let share = query.part.iter().any(|filter| things.contains(filter));
    query.filters.retain(|filter| !things.contains(filter));
    query.part.retain(|filter| !things.contains(filter));
    query.limit = None;
    query.order_by.clear();
    let field = things.first()?.field.clone();
    let same = things.iter().all(|thing| thing.field == field && thing.op == FilterOp::Eq);
    if same {
        let mut values: Vec<FilterValue> = Vec::new();
        for value in things.iter().flat_map(|thing| &thing.values) {
            if !values.contains(value) {
                values.push(value.clone());
            }
        }
        query.filters.push(MetricFilter { field: field.clone(), op: FilterOp::In, values });
        if !query.dimensions.contains(&field) {
            query.dimensions.insert(0, field);
        }
        query.share_of_total |= share;
        return Some(query);
    }
    // The three classes of order sizes are a dimension.
    if things.len() == 3 && things.iter().all(|thing| thing.field == "order_size") {
        query.dimensions.insert(0, "size_band".to_owned());
        query.share_of_total |= share;
        return Some(query);
    }
    if share || !query.slices.is_empty() {
        return None;
    }
    query.slices = things
        .iter()
        .map(|thing| Slice { label: label(thing), filters: vec![thing.clone()], cohorts: Vec::new() })
        .collect();
    Some(query)
}
