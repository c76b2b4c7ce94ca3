//! First step of compiling: names to things of the model, values to typed parameters, defaults filled in.

use config::semantic::{Dimension, DimensionKind, Metric, SemanticModel, SortOrder, TableModel};
use domain::answer::Format;

use super::{
    error::MetricError,
    question::{Direction, FilterOp, FilterValue, MetricFilter, MetricQuery},
};
use crate::sql::SqlValue;

const MAX_METRICS: usize = 8;
const MAX_DIMENSIONS: usize = 4;
const MAX_FILTERS: usize = 16;
const MAX_VALUES: usize = 1_000;
const MAX_ROWS: u32 = 10_000;

/// The prefix of a share's column.
pub(super) const SHARE_PREFIX: &str = "share_of_";

/// A question whose names exist and whose values fit.
pub(super) struct Question<'m> {
    /// What is shown.
    pub(super) metrics: Vec<&'m Metric>,
    /// What is grouped by.
    pub(super) groups: Vec<Group<'m>>,
    /// Which rows count.
    pub(super) filters: Vec<RowFilter<'m>>,
    /// Which groups are shown.
    pub(super) thresholds: Vec<Threshold<'m>>,
    /// What the rows are ordered by; ties are broken by the groups' keys.
    pub(super) order: Vec<Order<'m>>,
    pub(super) limit: Option<u32>,
    pub(super) share_of_total: bool,
    pub(super) include_empty: Option<bool>,
}

/// A dimension to group by.
#[derive(Clone, Copy)]
pub(super) struct Group<'m> {
    pub(super) home: &'m TableModel,
    pub(super) dimension: &'m Dimension,
}

/// A condition on a dimension.
pub(super) struct RowFilter<'m> {
    pub(super) home: &'m TableModel,
    pub(super) dimension: &'m Dimension,
    pub(super) op: FilterOp,
    pub(super) values: Vec<SqlValue>,
}

/// A condition on a metric or its share.
pub(super) struct Threshold<'m> {
    pub(super) metric: &'m Metric,
    /// The column: the metric's or the share's.
    pub(super) column: String,
    pub(super) op: FilterOp,
    pub(super) values: Vec<SqlValue>,
}

/// One key of the order.
pub(super) struct Order<'m> {
    /// `None` for a dimension.
    pub(super) metric: Option<&'m Metric>,
    pub(super) column: String,
    pub(super) direction: Direction,
}

pub(super) fn resolve<'m>(
    model: &'m SemanticModel,
    query: &MetricQuery,
) -> Result<Question<'m>, MetricError> {
    refuse_unbuilt(query)?;
    at_most("metrics", query.metrics.len(), MAX_METRICS)?;
    at_most("dimensions", query.dimensions.len(), MAX_DIMENSIONS)?;
    at_most("filters", query.filters.len(), MAX_FILTERS)?;
    at_most("order keys", query.order_by.len(), MAX_METRICS + MAX_DIMENSIONS)?;
    if let Some(limit) = query.limit
        && !(1..=MAX_ROWS).contains(&limit)
    {
        return Err(MetricError::Limit(limit));
    }
    let mut metrics: Vec<&Metric> = Vec::new();
    for name in &query.metrics {
        let metric = model.metric(name).ok_or_else(|| unknown_metric(model, name))?;
        if metrics.iter().all(|known| known.name != metric.name) {
            metrics.push(metric);
        }
    }
    if metrics.is_empty() {
        return Err(MetricError::NoMetric { known: metric_names(model) });
    }
    let mut groups: Vec<Group<'m>> = Vec::new();
    for name in &query.dimensions {
        let (home, dimension) = model.dimension(name).ok_or_else(|| MetricError::UnknownDimension {
            name: name.clone(),
            known: dimension_names(model),
        })?;
        if groups.iter().all(|group| group.dimension.name != dimension.name) {
            groups.push(Group { home, dimension });
        }
    }
    if query.share_of_total {
        check_shares(model, &metrics, &groups)?;
    }
    let (mut filters, mut thresholds) = (Vec::new(), Vec::new());
    for filter in &query.filters {
        if let Some((home, dimension)) = model.dimension(&filter.field) {
            filters.push(row_filter(home, dimension, filter)?);
        } else {
            thresholds.push(threshold(model, filter, query.share_of_total)?);
        }
    }
    let order = order(model, query, &metrics, &groups)?;
    Ok(Question {
        metrics,
        groups,
        filters,
        thresholds,
        order,
        limit: query.limit,
        share_of_total: query.share_of_total,
        include_empty: query.include_empty,
    })
}

fn refuse_unbuilt(query: &MetricQuery) -> Result<(), MetricError> {
    let asked = [
        (!query.cohorts.is_empty(), "cohorts"),
        (!query.part.is_empty(), "part"),
        (!query.slices.is_empty() || query.contrast, "slices"),
        (!query.limit_per.is_empty(), "limit_per"),
        (query.cumulative_to.is_some(), "cumulative_to"),
        (query.summary.is_some(), "summary"),
    ];
    match asked.into_iter().find(|(asked, _)| *asked) {
        Some((_, what)) => Err(MetricError::NotBuilt(what)),
        None => Ok(()),
    }
}

fn check_shares(model: &SemanticModel, metrics: &[&Metric], groups: &[Group<'_>]) -> Result<(), MetricError> {
    if metrics.iter().all(|metric| metric.share.is_none()) {
        let known = model.metrics.iter().filter(|m| m.share.is_some()).map(|m| m.name.as_str());
        return Err(MetricError::NoShare { known: known.collect::<Vec<_>>().join(", ") });
    }
    if groups.is_empty() { Err(MetricError::ShareWithoutDimension) } else { Ok(()) }
}

fn row_filter<'m>(
    home: &'m TableModel,
    dimension: &'m Dimension,
    filter: &MetricFilter,
) -> Result<RowFilter<'m>, MetricError> {
    check_arity(filter)?;
    let categorical = dimension.kind == DimensionKind::Categorical;
    if categorical
        && matches!(filter.op, FilterOp::Lt | FilterOp::Le | FilterOp::Gt | FilterOp::Ge | FilterOp::Between)
    {
        return Err(MetricError::OpOnNames { op: filter.op.as_str(), field: filter.field.clone() });
    }
    if !categorical && matches!(filter.op, FilterOp::Contains | FilterOp::NotContains) {
        return Err(MetricError::OpOnNumbers { op: filter.op.as_str(), field: filter.field.clone() });
    }
    let parts = matches!(filter.op, FilterOp::Contains | FilterOp::NotContains);
    let convert = match (categorical, parts) {
        (true, true) => name_part,
        (true, false) => name_value,
        (false, _) => number_value,
    };
    let values = filter.values.iter().map(|value| convert(dimension, value)).collect::<Result<_, _>>()?;
    Ok(RowFilter { home, dimension, op: filter.op, values })
}

fn check_arity(filter: &MetricFilter) -> Result<(), MetricError> {
    let found = filter.values.len();
    let expected = match filter.op {
        FilterOp::Between if found != 2 => "two values",
        FilterOp::In | FilterOp::NotIn | FilterOp::Contains | FilterOp::NotContains
            if !(1..=MAX_VALUES).contains(&found) =>
        {
            "1 to 1000 values"
        }
        FilterOp::Between
        | FilterOp::In
        | FilterOp::NotIn
        | FilterOp::Contains
        | FilterOp::NotContains => return Ok(()),
        _ if found != 1 => "one value",
        _ => return Ok(()),
    };
    Err(MetricError::ValueCount { op: filter.op.as_str(), field: filter.field.clone(), expected, found })
}

/// A name, lowercase: the column is lowered too, so that case does not matter.
fn name_value(dimension: &Dimension, value: &FilterValue) -> Result<SqlValue, MetricError> {
    let text = match value {
        FilterValue::Text(text) => text.trim().to_lowercase(),
        FilterValue::Integer(number) => number.to_string(),
        FilterValue::Number(number) => number.to_string(),
    };
    if !dimension.values.is_empty() && dimension.values.iter().all(|known| known.value.to_lowercase() != text)
    {
        let known: Vec<&str> = dimension.values.iter().map(|known| known.value.as_str()).collect();
        return Err(wrong_value(value, &dimension.name, format!("values are {}", known.join(", "))));
    }
    Ok(SqlValue::Text(text))
}

/// A part of a name as the pattern of `LIKE`; the marks of patterns in it stand for themselves.
fn name_part(dimension: &Dimension, value: &FilterValue) -> Result<SqlValue, MetricError> {
    let FilterValue::Text(text) = value else {
        return Err(wrong_value(value, &dimension.name, "it is a part of a name, a text".to_owned()));
    };
    let text = text.trim().to_lowercase();
    if text.is_empty() {
        return Err(wrong_value(value, &dimension.name, "it must hold a letter".to_owned()));
    }
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    Ok(SqlValue::Text(format!("%{escaped}%")))
}

fn number_value(dimension: &Dimension, value: &FilterValue) -> Result<SqlValue, MetricError> {
    let number =
        as_number(value).ok_or_else(|| wrong_value(value, &dimension.name, "it is a number".to_owned()))?;
    if let Some(domain) = dimension.domain
        && !(domain.min..=domain.max).contains(&number)
    {
        let expected = format!("it goes from {} to {}", domain.min, domain.max);
        return Err(wrong_value(value, &dimension.name, expected));
    }
    Ok(integer_or_number(number))
}

fn threshold<'m>(
    model: &'m SemanticModel,
    filter: &MetricFilter,
    share_of_total: bool,
) -> Result<Threshold<'m>, MetricError> {
    let (metric, is_share) =
        metric_or_share(model, &filter.field, share_of_total).ok_or_else(|| MetricError::UnknownField {
            name: filter.field.clone(),
            dimensions: dimension_names(model),
            metrics: metric_names(model),
        })?;
    check_arity(filter)?;
    let fraction = is_share || metric.format == Format::Percent;
    let mut values = Vec::with_capacity(filter.values.len());
    for value in &filter.values {
        let number =
            as_number(value).ok_or_else(|| wrong_value(value, &filter.field, "it is a number".to_owned()))?;
        if fraction && !(0.0..=1.0).contains(&number) {
            let expected = "it is a fraction from 0 to 1, 0.65 means 65 per cent".to_owned();
            return Err(wrong_value(value, &filter.field, expected));
        }
        values.push(if fraction { SqlValue::Number(number) } else { integer_or_number(number) });
    }
    Ok(Threshold { metric, column: filter.field.clone(), op: filter.op, values })
}

fn order<'m>(
    model: &'m SemanticModel,
    query: &MetricQuery,
    metrics: &[&'m Metric],
    groups: &[Group<'m>],
) -> Result<Vec<Order<'m>>, MetricError> {
    if query.order_by.is_empty() {
        return Ok(default_order(query.limit, metrics, groups));
    }
    query
        .order_by
        .iter()
        .map(|key| {
            let column = key.field.clone();
            if let Some((metric, _)) = metric_or_share(model, &column, query.share_of_total) {
                let direction = key.direction.unwrap_or(default_direction(metric));
                return Ok(Order { metric: Some(metric), column, direction });
            }
            if groups.iter().any(|group| group.dimension.name == column) {
                return Ok(Order {
                    metric: None,
                    column,
                    direction: key.direction.unwrap_or(Direction::Asc),
                });
            }
            Err(MetricError::Order { field: column })
        })
        .collect()
}

/// Hours, days and the like come in their own order, unless only some rows are wanted; all else is a ranking.
fn default_order<'m>(limit: Option<u32>, metrics: &[&'m Metric], groups: &[Group<'m>]) -> Vec<Order<'m>> {
    let natural = |group: &Group<'_>| {
        group.dimension.kind == DimensionKind::Numeric && group.dimension.entity.is_none()
    };
    if limit.is_none() && groups.iter().any(natural) {
        let by_group = |group: &Group<'_>| Order {
            metric: None,
            column: group.dimension.name.clone(),
            direction: Direction::Asc,
        };
        return groups.iter().map(by_group).collect();
    }
    let by_metric = |metric: &&'m Metric| Order {
        metric: Some(*metric),
        column: metric.name.clone(),
        direction: default_direction(metric),
    };
    metrics.first().filter(|_| !groups.is_empty()).map(by_metric).into_iter().collect()
}

fn default_direction(metric: &Metric) -> Direction {
    match metric.default_order {
        SortOrder::Asc => Direction::Asc,
        SortOrder::Desc => Direction::Desc,
    }
}

/// A metric by its name, or by the name of its share where shares are asked for.
fn metric_or_share<'m>(
    model: &'m SemanticModel,
    field: &str,
    share_of_total: bool,
) -> Option<(&'m Metric, bool)> {
    if let Some(metric) = model.metric(field) {
        return Some((metric, false));
    }
    let name = field.strip_prefix(SHARE_PREFIX).filter(|_| share_of_total)?;
    model.metric(name).filter(|metric| metric.share.is_some()).map(|metric| (metric, true))
}

fn as_number(value: &FilterValue) -> Option<f64> {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "ids and counts are far below 2^53")]
        FilterValue::Integer(number) => Some(*number as f64),
        FilterValue::Number(number) => Some(*number),
        FilterValue::Text(text) => text.trim().parse().ok(),
    }
    .filter(|number| number.is_finite())
}

fn integer_or_number(number: f64) -> SqlValue {
    // 2^53: up to here a double holds every integer.
    if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 {
        #[expect(clippy::cast_possible_truncation, reason = "whole and within range, as just checked")]
        return SqlValue::Integer(number as i64);
    }
    SqlValue::Number(number)
}

fn wrong_value(value: &FilterValue, field: &str, expected: String) -> MetricError {
    MetricError::Value { value: value.to_string(), field: field.to_owned(), expected }
}

fn at_most(what: &'static str, found: usize, limit: usize) -> Result<(), MetricError> {
    if found > limit { Err(MetricError::TooMany { what, found, limit }) } else { Ok(()) }
}

fn unknown_metric(model: &SemanticModel, name: &str) -> MetricError {
    MetricError::UnknownMetric { name: name.to_owned(), known: metric_names(model) }
}

fn metric_names(model: &SemanticModel) -> String {
    model.metrics.iter().map(|metric| metric.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn dimension_names(model: &SemanticModel) -> String {
    model.dimensions().map(|(_, dimension)| dimension.name.as_str()).collect::<Vec<_>>().join(", ")
}
