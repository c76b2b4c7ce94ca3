//! Conditions of a question, checked: which rows count, which orders and customers, which groups are shown.
//!
//! Part of resolving. Input: [`MetricFilter`]s and [`Cohort`]s as written. Output: the same with things of the model for
//! names and typed values for values.

use std::sync::Arc;

use config::semantic::{Dimension, DimensionKind, Metric, SemanticModel, TableModel};
use domain::answer::Format;

use super::{
    cohorts::check,
    error::MetricError,
    figures,
    joins::{ColumnAt, Reach},
    plan::Plan,
    question::{Cohort, CohortOf, FilterOp, FilterValue, MetricFilter},
    resolve::{Group, Question, at_most, dimension_names, metric_names},
};
use crate::sql::SqlValue;

pub(super) const MAX_FILTERS: usize = 16;
const MAX_COHORTS: usize = 8;
const MAX_VALUES: usize = 1_000;

/// The prefix of a share's column.
pub(super) const SHARE_PREFIX: &str = "share_of_";
/// The prefix of a part's column.
pub(super) const PART_PREFIX: &str = "part_of_";
/// The prefix of the column that tells how much a part is.
pub(super) const PART_VALUE_PREFIX: &str = "part_";
/// A bound that is the metric over all groups together.
const OVERALL: &str = "overall";
/// A bound that is the plain mean of the groups' values.
const MEAN: &str = "mean";
/// What stands before the name of the group that is the bound.
const OF_GROUP: &str = "of ";

/// A condition on a dimension.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RowFilter<'m> {
    pub(super) home: &'m TableModel,
    pub(super) dimension: &'m Dimension,
    pub(super) op: FilterOp,
    pub(super) values: Vec<SqlValue>,
    /// Whether it says what the whole is rather than which groups are shown: totals of shares keep it always.
    pub(super) of_whole: bool,
}

/// Orders, customers, … with a line that meets all conditions, or those without.
#[derive(Debug, Clone)]
pub(super) struct Members<'m> {
    pub(super) of: CohortOf,
    /// The column of what has no key.
    pub(super) column: Option<Group<'m>>,
    pub(super) bought: Vec<RowFilter<'m>>,
    pub(super) not: bool,
    /// Conditions on figures of each.
    pub(super) figures: Option<Figures<'m>>,
}

impl<'m> Members<'m> {
    /// The column of a table that tells what is in the cohort.
    pub(super) fn column(&self, reach: &Reach<'m>) -> Option<ColumnAt<'m>> {
        match self.column {
            Some(group) => reach.filter_column(group.home, group.dimension),
            None => reach.key_of(self.of.entity()),
        }
    }
}

/// A question of its own whose groups are the cohort: those that its thresholds leave.
#[derive(Debug, Clone)]
pub(super) struct Figures<'m> {
    /// The cohort as it was asked for, `not` left out: equal ones are one part of a statement.
    pub(super) written: Cohort,
    pub(super) question: Arc<Question<'m>>,
    /// How it is computed, when the question around it is planned.
    pub(super) plan: Option<Arc<Plan<'m>>>,
}

impl CohortOf {
    /// The entity that is meant.
    pub(super) fn entity(self) -> &'static str {
        match self {
            Self::Orders => "order",
            Self::Customers => "customer",
            Self::Products => "product",
            Self::Aisles => "aisle",
            Self::Departments => "department",
            Self::Hours => "hour",
            Self::Days => "day",
            Self::DayParts => "part of the day",
            Self::Segments => "segment",
        }
    }

    /// Whether they are values of a column rather than things with a key that tables share.
    pub(super) fn is_column(self) -> bool {
        matches!(self, Self::Hours | Self::Days | Self::DayParts | Self::Segments)
    }

    /// The dimension of their keys.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Orders => "order_id",
            Self::Customers => "user_id",
            Self::Products => "product_id",
            Self::Aisles => "aisle_id",
            Self::Departments => "department_id",
            Self::Hours => "order_hour_of_day",
            Self::Days => "order_dow",
            Self::DayParts => "day_part",
            Self::Segments => "segment_name",
        }
    }
}

/// What a question shows, compares or is ordered by: a metric, its share of the total, its part.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figure<'m> {
    pub(super) metric: &'m Metric,
    pub(super) kind: FigureKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FigureKind {
    Value,
    Share,
    Part,
    PartValue,
}

impl<'m> Figure<'m> {
    pub(super) fn value(metric: &'m Metric) -> Self {
        Self { metric, kind: FigureKind::Value }
    }

    /// Its column in the result.
    pub(super) fn column(&self) -> String {
        let prefix = match self.kind {
            FigureKind::Value => "",
            FigureKind::Share => SHARE_PREFIX,
            FigureKind::Part => PART_PREFIX,
            FigureKind::PartValue => PART_VALUE_PREFIX,
        };
        format!("{prefix}{}", self.metric.name)
    }

    /// How it is written.
    pub(super) fn format(&self) -> Format {
        match self.kind {
            FigureKind::Value | FigureKind::PartValue => self.metric.format,
            FigureKind::Share | FigureKind::Part => Format::Percent,
        }
    }
}

/// A condition on a figure of each group.
#[derive(Debug, Clone)]
pub(super) struct Threshold<'m> {
    pub(super) figure: Figure<'m>,
    pub(super) op: FilterOp,
    pub(super) bounds: Vec<Bound>,
}

/// What a figure is compared with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Bound {
    Value(SqlValue),
    /// The figure over all groups together.
    Overall,
    /// The plain mean of the figure over the groups.
    Mean,
    /// The figure of one of the groups, by its name in lower case.
    Group(String),
}

/// What a question asks for besides metrics: it decides which figures there are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) shares: bool,
    pub(super) parts: bool,
    pub(super) part_values: bool,
}

impl Asked {
    /// A metric by its name, or its share or part by theirs where they are asked for.
    pub(super) fn figure<'m>(self, model: &'m SemanticModel, field: &str) -> Option<Figure<'m>> {
        if let Some(metric) = model.metric(field) {
            return Some(Figure::value(metric));
        }
        let named = |prefix: &str, asked: bool, kind| {
            let metric = model.metric(field.strip_prefix(prefix).filter(|_| asked)?)?;
            metric.share.as_ref().map(|_| Figure { metric, kind })
        };
        named(SHARE_PREFIX, self.shares, FigureKind::Share)
            .or_else(|| named(PART_PREFIX, self.parts, FigureKind::Part))
            .or_else(|| named(PART_VALUE_PREFIX, self.part_values, FigureKind::PartValue))
    }
}

/// Conditions that must all be on dimensions; `place` says where they stand.
pub(super) fn row_filters<'m>(
    model: &'m SemanticModel,
    place: &'static str,
    filters: &[MetricFilter],
) -> Result<Vec<RowFilter<'m>>, MetricError> {
    at_most(place, filters.len(), MAX_FILTERS)?;
    filters
        .iter()
        .map(|filter| match model.dimension(&filter.field) {
            Some((home, dimension)) => row_filter(home, dimension, filter),
            None if Asked { shares: true, parts: true, part_values: true }
                .figure(model, &filter.field)
                .is_some() =>
            {
                Err(MetricError::NotOnRows { place, field: filter.field.clone() })
            }
            None => Err(unknown_field(model, &filter.field)),
        })
        .collect()
}

pub(super) fn cohorts<'m>(
    model: &'m SemanticModel,
    cohorts: &[Cohort],
) -> Result<Vec<Members<'m>>, MetricError> {
    at_most("cohorts", cohorts.len(), MAX_COHORTS)?;
    cohorts.iter().map(|cohort| members(model, cohort)).collect()
}

fn members<'m>(model: &'m SemanticModel, cohort: &Cohort) -> Result<Members<'m>, MetricError> {
    let bought = row_filters(model, "conditions of a cohort", &cohort.bought)?;
    let misshapen =
        |problem: &str| Err(MetricError::Misshapen { field: "cohorts", problem: problem.to_owned() });
    if cohort.having.is_empty() && cohort.top.is_none() {
        if cohort.of.is_column() {
            return misshapen("hours, days and segments are told apart by having or top; give one");
        }
        if bought.is_empty() {
            return misshapen("bought names no condition; name at least one");
        }
        if !cohort.part.is_empty() || cohort.per.is_some() {
            return misshapen("part and per say what having is about; give having");
        }
        let members = Members { of: cohort.of, column: None, bought, not: cohort.not, figures: None };
        check(model, &members)?;
        return Ok(members);
    }
    let figures = Some(figures::asked(model, cohort)?);
    let key = cohort.of.is_column().then(|| model.dimension(cohort.of.key())).flatten();
    let column = key.map(|(home, dimension)| Group { home, dimension });
    Ok(Members { of: cohort.of, column, bought, not: cohort.not, figures })
}

pub(super) fn row_filter<'m>(
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
    let parts = matches!(filter.op, FilterOp::Contains | FilterOp::NotContains);
    if parts && !categorical {
        return Err(MetricError::OpOnNumbers { op: filter.op.as_str(), field: filter.field.clone() });
    }
    let convert = match (categorical, parts) {
        (true, true) => name_part,
        (true, false) => name_value,
        (false, _) => number_value,
    };
    let values = filter.values.iter().map(|value| convert(dimension, value)).collect::<Result<_, _>>()?;
    Ok(RowFilter { home, dimension, op: filter.op, values, of_whole: false })
}

/// Whether a condition has as many values as its comparison takes.
pub(super) fn check_arity(filter: &MetricFilter) -> Result<(), MetricError> {
    let found = filter.values.len();
    let expected = match filter.op {
        FilterOp::Between if found != 2 => "two values",
        FilterOp::In | FilterOp::NotIn | FilterOp::Contains | FilterOp::NotContains
            if !(1..=MAX_VALUES).contains(&found) =>
        {
            "1 to 1000 values"
        }
        FilterOp::Between | FilterOp::In | FilterOp::NotIn | FilterOp::Contains | FilterOp::NotContains => {
            return Ok(());
        }
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

pub(super) fn threshold<'m>(
    model: &'m SemanticModel,
    filter: &MetricFilter,
    asked: Asked,
) -> Result<Threshold<'m>, MetricError> {
    let figure = asked.figure(model, &filter.field).ok_or_else(|| unknown_field(model, &filter.field))?;
    check_arity(filter)?;
    let bounds = filter.values.iter().map(|value| bound(&figure, value, &filter.field));
    Ok(Threshold { figure, op: filter.op, bounds: bounds.collect::<Result<_, _>>()? })
}

fn bound(figure: &Figure<'_>, value: &FilterValue, field: &str) -> Result<Bound, MetricError> {
    if let FilterValue::Text(text) = value {
        match text.trim().to_lowercase().as_str() {
            OVERALL if figure.kind == FigureKind::Share => {
                let expected = "the share of everything is 1; give a fraction, or \"mean\"".to_owned();
                return Err(wrong_value(value, field, expected));
            }
            OVERALL => return Ok(Bound::Overall),
            MEAN => return Ok(Bound::Mean),
            text => {
                if let Some(name) = text.strip_prefix(OF_GROUP) {
                    return Ok(Bound::Group(name.trim().to_owned()));
                }
            }
        }
    }
    let expected = || "it is a number, \"overall\", \"mean\" or \"of\" and the name of a group".to_owned();
    let number = as_number(value).ok_or_else(|| wrong_value(value, field, expected()))?;
    if figure.format() != Format::Percent {
        return Ok(Bound::Value(integer_or_number(number)));
    }
    if !(0.0..=1.0).contains(&number) {
        let expected = "it is a fraction from 0 to 1, 0.65 means 65 per cent".to_owned();
        return Err(wrong_value(value, field, expected));
    }
    Ok(Bound::Value(SqlValue::Number(number)))
}

/// A value that must be a number.
pub(super) fn number(value: &FilterValue, field: &str) -> Result<SqlValue, MetricError> {
    let number = as_number(value).ok_or_else(|| wrong_value(value, field, "it is a number".to_owned()))?;
    Ok(integer_or_number(number))
}

fn as_number(value: &FilterValue) -> Option<f64> {
    match value {
        FilterValue::Text(text) => text.trim().parse().ok(),
        number => number.as_number(),
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

fn unknown_field(model: &SemanticModel, name: &str) -> MetricError {
    MetricError::UnknownField {
        name: name.to_owned(),
        dimensions: dimension_names(model),
        metrics: metric_names(model),
    }
}
