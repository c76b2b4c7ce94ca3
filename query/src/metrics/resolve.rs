//! First step of compiling: names to things of the model, values to typed parameters, defaults filled in.

use config::semantic::{Dimension, DimensionKind, Metric, SemanticModel, SortOrder, TableModel};

use super::{
    conditions::{
        Asked, Figure, FigureKind, MAX_FILTERS, Members, RowFilter, Threshold, cohorts, row_filter,
        row_filters, threshold,
    },
    contrast::{self, Compared},
    error::MetricError,
    question::{Direction, MetricQuery, Summary},
    slices,
    summary::{self, SummaryGroups},
    top::{self, Top},
    window::check_windows,
};

const MAX_METRICS: usize = 8;
const MAX_DIMENSIONS: usize = 4;
const MAX_ROWS: u32 = 10_000;

/// A question whose names exist and whose values fit.
#[derive(Debug, Clone)]
pub(super) struct Question<'m> {
    /// What is shown.
    pub(super) metrics: Vec<&'m Metric>,
    /// What is grouped by.
    pub(super) groups: Vec<Group<'m>>,
    /// Which rows count.
    pub(super) filters: Vec<RowFilter<'m>>,
    /// Which orders and customers count.
    pub(super) cohorts: Vec<Members<'m>>,
    /// What a part meets besides; empty where no parts are asked for.
    pub(super) part: Vec<RowFilter<'m>>,
    pub(super) part_cohorts: Vec<Members<'m>>,
    pub(super) part_values: bool,
    /// Which groups are shown.
    pub(super) thresholds: Vec<Threshold<'m>>,
    /// What the rows are ordered by; ties are broken by the groups' keys.
    pub(super) order: Vec<Order<'m>>,
    /// Whether the question gave that order itself.
    pub(super) own_order: bool,
    pub(super) limit: Option<u32>,
    /// The places in `groups` within which the limit counts.
    pub(super) limit_per: Vec<usize>,
    pub(super) limit_share: Option<f64>,
    pub(super) skip: Option<u32>,
    /// The first groups of one dimension, whose rows are kept.
    pub(super) top: Option<Top<'m>>,
    pub(super) cumulative_to: Option<f64>,
    pub(super) summary: Option<Summary>,
    /// Further summaries, in columns of their own.
    pub(super) summaries_beside: Vec<Summary>,
    pub(super) share_of_total: bool,
    pub(super) include_empty: Option<bool>,
    /// The same asked of several sets of rows; empty where there is one.
    pub(super) slices: Vec<Slice<'m>>,
    /// Whether the two slices stand beside each other.
    pub(super) contrast: bool,
    /// What is shown of the groups that are added up in their own order: the whole counts all of them.
    pub(super) shown: Vec<RowFilter<'m>>,
    /// Conditions on what stands beside each other.
    pub(super) compared: Vec<Compared>,
    /// The groups that the summary is told for; empty where it is one row.
    pub(super) summary_by: Option<SummaryGroups<'m>>,
    /// The places in `groups` of what shares are taken within.
    pub(super) share_within: Vec<usize>,
}

/// A dimension to group by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group<'m> {
    pub(super) home: &'m TableModel,
    pub(super) dimension: &'m Dimension,
}

/// Rows under a name.
#[derive(Debug, Clone)]
pub(super) struct Slice<'m> {
    pub(super) label: String,
    pub(super) filters: Vec<RowFilter<'m>>,
    pub(super) cohorts: Vec<Members<'m>>,
}

/// One key of the order.
#[derive(Debug, Clone)]
pub(super) struct Order<'m> {
    /// `None` for a dimension.
    pub(super) figure: Option<Figure<'m>>,
    pub(super) column: String,
    pub(super) direction: Direction,
}

impl<'m> Order<'m> {
    pub(super) fn by(figure: Figure<'m>, direction: Direction) -> Self {
        Self { figure: Some(figure), column: figure.column(), direction }
    }
}

impl<'m> Question<'m> {
    /// What is shown of each metric, in the order of the columns.
    pub(super) fn figures(&self) -> Vec<Figure<'m>> {
        let mut figures = Vec::new();
        for &metric in &self.metrics {
            figures.push(Figure::value(metric));
            let shares = metric.share.is_some();
            if shares && self.share_of_total {
                figures.push(Figure { metric, kind: FigureKind::Share });
            }
            if shares && self.has_part() {
                figures.push(Figure { metric, kind: FigureKind::Part });
            }
            if shares && self.part_values {
                figures.push(Figure { metric, kind: FigureKind::PartValue });
            }
        }
        figures
    }

    /// Whether a part is asked for.
    pub(super) fn has_part(&self) -> bool {
        !self.part.is_empty() || !self.part_cohorts.is_empty()
    }

    /// The figures that are computed: shown, compared or ordered by.
    pub(super) fn used(&self) -> impl Iterator<Item = Figure<'m>> {
        let ordered = self.order.iter().filter_map(|key| key.figure);
        self.figures().into_iter().chain(self.thresholds.iter().map(|t| t.figure)).chain(ordered)
    }

    /// Whether a metric's share or part is computed.
    pub(super) fn uses(&self, metric: &Metric, kind: FigureKind) -> bool {
        self.used().any(|figure| figure.kind == kind && figure.metric.name == metric.name)
    }

    /// The question as it is asked of one slice.
    pub(super) fn of_slice(&self, slice: &Slice<'m>) -> Self {
        let mut question = self.clone();
        question.filters.extend(slice.filters.iter().cloned());
        question.cohorts.extend(slice.cohorts.iter().cloned());
        question
    }
}

pub(super) fn resolve<'m>(
    model: &'m SemanticModel,
    query: &MetricQuery,
) -> Result<Question<'m>, MetricError> {
    at_most("metrics", query.metrics.len(), MAX_METRICS)?;
    at_most("dimensions", query.dimensions.len(), MAX_DIMENSIONS)?;
    at_most("filters", query.filters.len(), MAX_FILTERS)?;
    at_most("order keys", query.order_by.len(), MAX_METRICS + MAX_DIMENSIONS)?;
    let top = query.within_top.as_ref().map(|top| top.limit);
    if let Some(limit) =
        [query.limit, query.skip, top].into_iter().flatten().find(|rows| !(1..=MAX_ROWS).contains(rows))
    {
        return Err(MetricError::Limit(limit));
    }
    let metrics = metrics(model, query)?;
    let groups = groups(model, query)?;
    check_shares(model, query, &metrics)?;
    let asked =
        Asked { shares: query.share_of_total, parts: query.has_part(), part_values: query.part_values };
    let (mut filters, mut thresholds, mut compared) = (Vec::new(), Vec::new(), Vec::new());
    for filter in &query.filters {
        if contrast::is_compared(query, filter) {
            compared.push(contrast::compared(filter)?);
        } else if let Some((home, dimension)) = model.dimension(&filter.field) {
            filters.push(row_filter(home, dimension, filter)?);
        } else {
            let threshold = threshold(model, filter, asked)?;
            if groups.is_empty() {
                return Err(MetricError::ThresholdWithoutDimension { field: filter.field.clone() });
            }
            thresholds.push(threshold);
        }
    }
    let mut question = Question {
        metrics,
        groups,
        filters,
        cohorts: cohorts(model, &query.cohorts)?,
        part: row_filters(model, "conditions of the part", &query.part)?,
        part_cohorts: cohorts(model, &query.part_cohorts)?,
        part_values: query.part_values && query.has_part(),
        thresholds,
        order: Vec::new(),
        own_order: !query.order_by.is_empty(),
        limit: query.limit,
        limit_per: Vec::new(),
        limit_share: query.limit_share,
        skip: query.skip,
        top: None,
        cumulative_to: query.cumulative_to,
        summary: query.summary,
        summaries_beside: query.summaries_beside.clone(),
        share_of_total: query.share_of_total,
        include_empty: query.include_empty,
        slices: slices::resolve(model, query)?,
        contrast: query.contrast,
        shown: Vec::new(),
        compared,
        summary_by: None,
        share_within: Vec::new(),
    };
    question.share_within = share_within(&question, query)?;
    question.summary_by = query.summary_by.as_ref().map(|by| summary::resolve(&question, by)).transpose()?;
    question.limit_per = limit_per(&question, query)?;
    question.top =
        query.within_top.as_ref().map(|asked| top::resolve(model, &question, asked)).transpose()?;
    check_windows(model, &question)?;
    question.order = if query.contrast {
        contrast::order(&question, query)?
    } else {
        order(model, &question, query, asked)?
    };
    let natural = question.order.first().filter(|key| key.figure.is_none() && query.cumulative_to.is_some());
    if let Some(column) = natural.map(|key| key.column.clone()) {
        let filters = std::mem::take(&mut question.filters).into_iter();
        (question.shown, question.filters) = filters.partition(|filter| filter.dimension.name == column);
    }
    Ok(question)
}

fn metrics<'m>(model: &'m SemanticModel, query: &MetricQuery) -> Result<Vec<&'m Metric>, MetricError> {
    let mut metrics: Vec<&Metric> = Vec::new();
    for name in &query.metrics {
        let metric = model
            .metric(name)
            .ok_or_else(|| MetricError::UnknownMetric { name: name.clone(), known: metric_names(model) })?;
        if metrics.iter().all(|known| known.name != metric.name) {
            metrics.push(metric);
        }
    }
    if metrics.is_empty() {
        return Err(MetricError::NoMetric { known: metric_names(model) });
    }
    Ok(metrics)
}

fn groups<'m>(model: &'m SemanticModel, query: &MetricQuery) -> Result<Vec<Group<'m>>, MetricError> {
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
    Ok(groups)
}

fn check_shares(model: &SemanticModel, query: &MetricQuery, metrics: &[&Metric]) -> Result<(), MetricError> {
    let asked = [(query.share_of_total, "share_of_total"), (query.has_part(), "part")];
    if let Some((_, field)) = asked.into_iter().find(|(asked, _)| *asked)
        && metrics.iter().all(|metric| metric.share.is_none())
    {
        let known = model.metrics.iter().filter(|m| m.share.is_some()).map(|m| m.name.as_str());
        return Err(MetricError::NoShare { field, known: known.collect::<Vec<_>>().join(", ") });
    }
    if query.share_of_total && query.dimensions.is_empty() && query.slices.is_empty() {
        return Err(MetricError::ShareWithoutDimension);
    }
    Ok(())
}

/// The places of the dimensions that shares are taken within.
fn share_within(question: &Question<'_>, query: &MetricQuery) -> Result<Vec<usize>, MetricError> {
    let misshapen = |problem: String| Err(MetricError::Misshapen { field: "share_within", problem });
    if query.share_within.is_empty() {
        return Ok(Vec::new());
    }
    if !question.share_of_total {
        return misshapen("it says what shares are shares of; give share_of_total".to_owned());
    }
    let mut places = Vec::new();
    for name in &query.share_within {
        let Some(at) = question.groups.iter().position(|group| group.dimension.name == *name) else {
            return misshapen(format!("{name:?} is none of the question's dimensions; name one of them"));
        };
        if !places.contains(&at) {
            places.push(at);
        }
    }
    Ok(places)
}

/// The places of the dimensions that the limit counts within.
fn limit_per(question: &Question<'_>, query: &MetricQuery) -> Result<Vec<usize>, MetricError> {
    let mut places: Vec<usize> = Vec::new();
    for name in &query.limit_per {
        let Some(at) = question.groups.iter().position(|group| group.dimension.name == *name) else {
            let problem = format!("{name:?} is none of the question's dimensions; name one of them");
            return Err(MetricError::Misshapen { field: "limit_per", problem });
        };
        if !places.contains(&at) {
            places.push(at);
        }
    }
    let problem = match places.len() {
        0 => return Ok(places),
        n if n == question.groups.len() => {
            "it names all dimensions; leave out the one whose rows are counted"
        }
        _ if question.limit.is_none() && question.limit_share.is_none() && question.skip.is_none() => {
            "it needs limit, the most rows of each group"
        }
        _ => return Ok(places),
    };
    Err(MetricError::Misshapen { field: "limit_per", problem: problem.to_owned() })
}

fn order<'m>(
    model: &'m SemanticModel,
    question: &Question<'m>,
    query: &MetricQuery,
    asked: Asked,
) -> Result<Vec<Order<'m>>, MetricError> {
    if query.order_by.is_empty() {
        return Ok(default_order(question));
    }
    query
        .order_by
        .iter()
        .map(|key| {
            if let Some(figure) = asked.figure(model, &key.field) {
                return Ok(Order::by(figure, key.direction.unwrap_or(default_direction(figure.metric))));
            }
            dimension_order(&question.groups, &key.field, key.direction)
                .ok_or_else(|| MetricError::Order { field: key.field.clone() })
        })
        .collect()
}

/// An order by one of the dimensions that are grouped by.
pub(super) fn dimension_order<'m>(
    groups: &[Group<'m>],
    field: &str,
    direction: Option<Direction>,
) -> Option<Order<'m>> {
    let grouped = groups.iter().any(|group| group.dimension.name == field);
    let direction = direction.unwrap_or(Direction::Asc);
    grouped.then(|| Order { figure: None, column: field.to_owned(), direction })
}

/// Hours, days and the like come in their own order, unless only some rows are wanted; all else is a ranking.
fn default_order<'m>(question: &Question<'m>) -> Vec<Order<'m>> {
    let groups = &question.groups;
    let natural = |group: &Group<'_>| {
        group.dimension.kind == DimensionKind::Numeric && group.dimension.entity.is_none()
    };
    let Some(first) = question.metrics.first().filter(|_| !groups.is_empty()) else { return Vec::new() };
    if question.cumulative_to.is_some() || question.limit_share.is_some() || question.skip.is_some() {
        return vec![Order::by(Figure::value(first), Direction::Desc)];
    }
    if question.limit.is_none() && groups.iter().any(natural) {
        let names = groups.iter().map(|group| group.dimension.name.as_str());
        return names.filter_map(|name| dimension_order(groups, name, None)).collect();
    }
    vec![Order::by(Figure::value(first), default_direction(first))]
}

fn default_direction(metric: &Metric) -> Direction {
    match metric.default_order {
        SortOrder::Asc => Direction::Asc,
        SortOrder::Desc => Direction::Desc,
    }
}

pub(super) fn at_most(what: &'static str, found: usize, limit: usize) -> Result<(), MetricError> {
    if found > limit { Err(MetricError::TooMany { what, found, limit }) } else { Ok(()) }
}

pub(super) fn metric_names(model: &SemanticModel) -> String {
    model.metrics.iter().map(|metric| metric.name.as_str()).collect::<Vec<_>>().join(", ")
}

pub(super) fn dimension_names(model: &SemanticModel) -> String {
    model.dimensions().map(|(_, dimension)| dimension.name.as_str()).collect::<Vec<_>>().join(", ")
}
