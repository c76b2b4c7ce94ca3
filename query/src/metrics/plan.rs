//! Second step of compiling: which table each number is taken from, what is needed beside it, what a reader must know.
//!
//! Every simple metric goes to the first of its measures whose table reaches all dimensions of the question; measures
//! of one table share a source. A metric that is only compared or ordered by is computed too, but not shown.
//! At last each source and each total is read from a rollup instead of its table where the answer is the same.

use config::semantic::{Measure, Metric, MetricDefinition, SemanticModel, Stored, TableModel};
use domain::answer::Note;

use super::{
    error::MetricError,
    joins::{ColumnAt, Reach},
    question::{Direction, FilterOp},
    resolve::{Group, Question, RowFilter, Threshold},
    rollups::rolled_up,
    scope::Scope,
};
use crate::sql::SqlValue;

/// What is read and computed for a question.
pub(super) struct Plan<'m> {
    /// One per table that measures are taken from.
    pub(super) sources: Vec<Source<'m>>,
    /// The sources that shares divide by, over the rows that [`total_filters`] leave; none without shares.
    pub(super) totals: Vec<Source<'m>>,
    /// The table that lists every group, where empty groups count 0.
    pub(super) spine: Option<Reach<'m>>,
    /// Every metric to compute, shown or not, inputs of others left out.
    pub(super) computed: Vec<&'m Metric>,
    /// The question's thresholds and those that support demands.
    pub(super) support: Vec<Threshold<'m>>,
    pub(super) notes: Vec<Note>,
}

/// A table with the measures that are taken from it.
pub(super) struct Source<'m> {
    /// The semantic model that has the measures.
    pub(super) table: &'m TableModel,
    /// From its table, or from a rollup of it.
    pub(super) reach: Reach<'m>,
    /// Simple metrics with how the measure of each is computed.
    pub(super) measures: Vec<(&'m Metric, Taken<'m>)>,
}

/// How a measure is computed from the rows of its source.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Taken<'m> {
    /// The rows are the table's own.
    Rows(&'m Measure),
    /// The rows are a rollup's, which stores it.
    Stored(Stored),
    /// The rows are a rollup's, and different values of this column, one of its dimensions, are counted.
    Values(&'m str),
}

pub(super) fn plan<'m>(
    model: &'m SemanticModel,
    question: &Question<'m>,
    scope: &Scope,
) -> Result<Plan<'m>, MetricError> {
    let support = support(model, question);
    let mut computed: Vec<&Metric> = question.metrics.clone();
    let compared = question.thresholds.iter().chain(&support).map(|threshold| threshold.metric);
    for metric in compared.chain(question.order.iter().filter_map(|key| key.metric)) {
        if computed.iter().all(|known| known.name != metric.name) {
            computed.push(metric);
        }
    }
    let mut sources: Vec<Source<'m>> = Vec::new();
    let mut notes = Notes::default();
    for metric in &computed {
        let shown = question.metrics.iter().any(|shown| shown.name == metric.name);
        for leaf in leaves(model, metric) {
            let (table, measure, is_first) = choose_measure(model, question, metric, leaf)?;
            if shown && !is_first {
                notes.definition(measure.note.as_deref());
            }
            add(model, &mut sources, table, leaf, measure);
        }
    }
    describe(question, &support, &mut notes);
    let filters: Vec<&RowFilter<'m>> = question.filters.iter().collect();
    let totals: Vec<Source<'m>> = totals(question, &sources)
        .map(|total| rolled_up(model, scope, total, &[], &total_filters(question)))
        .collect();
    let sources = sources
        .into_iter()
        .map(|source| rolled_up(model, scope, source, &question.groups, &filters))
        .collect();
    let spine = spine(model, question);
    Ok(Plan { sources, totals, spine, computed, support, notes: notes.0 })
}

/// The measures of each source that something is a share of.
fn totals<'q, 'm>(
    question: &'q Question<'m>,
    sources: &'q [Source<'m>],
) -> impl Iterator<Item = Source<'m>> + use<'q, 'm> {
    let sources = sources.iter().filter(|_| question.share_of_total);
    sources.filter_map(|source| {
        let measures: Vec<_> =
            source.measures.iter().filter(|(metric, _)| has_total(question, metric)).cloned().collect();
        let reach = source.reach.clone();
        (!measures.is_empty()).then_some(Source { table: source.table, reach, measures })
    })
}

/// Whether a metric's share of the total is shown, ordered by or compared.
pub(super) fn has_total(question: &Question<'_>, metric: &Metric) -> bool {
    question.share_of_total
        && metric.share.is_some()
        && (question.metrics.iter().any(|shown| shown.name == metric.name)
            || question.order.iter().filter_map(|key| key.metric).any(|ordered| ordered.name == metric.name)
            || question.thresholds.iter().any(|threshold| threshold.metric.name == metric.name))
}

/// The filters that hold for totals too: one on what is grouped by picks rows of the result and leaves the total whole.
pub(super) fn total_filters<'q, 'm>(question: &'q Question<'m>) -> Vec<&'q RowFilter<'m>> {
    let on_group = |filter: &&RowFilter<'m>| {
        question.groups.iter().any(|group| {
            let same_entity =
                filter.dimension.entity.is_some() && filter.dimension.entity == group.dimension.entity;
            same_entity || filter.dimension.name == group.dimension.name
        })
    };
    question.filters.iter().filter(|filter| !on_group(filter)).collect()
}

/// The simple metrics that a metric is made of.
pub(super) fn leaves<'m>(model: &'m SemanticModel, metric: &'m Metric) -> Vec<&'m Metric> {
    if matches!(metric.definition, MetricDefinition::Simple { .. }) {
        return vec![metric];
    }
    // The model has no circles: that is checked when it is parsed.
    metric
        .inputs()
        .iter()
        .filter_map(|name| model.metric(name))
        .flat_map(|input| leaves(model, input))
        .collect()
}

fn add<'m>(
    model: &'m SemanticModel,
    sources: &mut Vec<Source<'m>>,
    table: &'m TableModel,
    leaf: &'m Metric,
    measure: &'m Measure,
) {
    let taken = (leaf, Taken::Rows(measure));
    match sources.iter_mut().find(|source| source.table.name == table.name) {
        Some(source) => {
            if source.measures.iter().all(|(known, _)| known.name != leaf.name) {
                source.measures.push(taken);
            }
        }
        None => sources.push(Source { table, reach: Reach::from(model, table), measures: vec![taken] }),
    }
}

fn choose_measure<'m>(
    model: &'m SemanticModel,
    question: &Question<'m>,
    metric: &'m Metric,
    leaf: &'m Metric,
) -> Result<(&'m TableModel, &'m Measure, bool), MetricError> {
    let MetricDefinition::Simple { measures } = &leaf.definition else {
        return Err(not_by(model, question, metric));
    };
    for (at, name) in measures.iter().enumerate() {
        let Some((table, measure)) = model.measure(name) else { continue };
        let reach = Reach::from(model, table);
        if reaches(&reach, &question.groups) && question.filters.iter().all(|filter| filters(&reach, filter))
        {
            return Ok((table, measure, at == 0));
        }
    }
    Err(not_by(model, question, metric))
}

pub(super) fn reaches<'m>(reach: &Reach<'m>, groups: &[Group<'m>]) -> bool {
    groups.iter().all(|group| reach.group_column(group.home, group.dimension).is_some())
}

pub(super) fn filters<'m>(reach: &Reach<'m>, filter: &RowFilter<'m>) -> bool {
    reach.filter_column(filter.home, filter.dimension).is_some()
}

/// Says which dimension a metric does not have, and which it has.
fn not_by<'m>(model: &'m SemanticModel, question: &Question<'m>, metric: &'m Metric) -> MetricError {
    let has = |home: &'m TableModel, dimension| {
        leaves(model, metric).into_iter().all(|leaf| match &leaf.definition {
            MetricDefinition::Simple { measures } => measures
                .iter()
                .filter_map(|name| model.measure(name))
                .any(|(table, _)| Reach::from(model, table).group_column(home, dimension).is_some()),
            _ => false,
        })
    };
    let groups = question.groups.iter().map(|group| (group.home, group.dimension));
    let asked: Vec<_> = groups.chain(question.filters.iter().map(|f| (f.home, f.dimension))).collect();
    match asked.iter().find(|(home, dimension)| !has(home, dimension)) {
        Some((_, dimension)) => {
            let possible = model.dimensions().filter(|(home, dimension)| has(home, dimension));
            MetricError::NotByDimension {
                metric: metric.name.clone(),
                dimension: dimension.name.clone(),
                possible: possible.map(|(_, d)| d.name.as_str()).collect::<Vec<_>>().join(", "),
            }
        }
        None => MetricError::NotTogether {
            metric: metric.name.clone(),
            dimensions: asked.iter().map(|(_, d)| d.name.as_str()).collect::<Vec<_>>().join(", "),
        },
    }
}

/// Thresholds on support for what is ranked, unless the question sets its own or names what it wants to see.
fn support<'m>(model: &'m SemanticModel, question: &Question<'m>) -> Vec<Threshold<'m>> {
    let mut thresholds: Vec<Threshold<'m>> = Vec::new();
    for ranked in question.order.iter().filter_map(|key| key.metric) {
        let Some(support) = &ranked.min_support else { continue };
        let Some(metric) = model.metric(&support.metric) else { continue };
        let entity = Some(support.entity.as_str());
        let grouped = question.groups.iter().any(|group| group.dimension.entity.as_deref() == entity);
        let own = question.thresholds.iter().any(|threshold| threshold.metric.name == metric.name);
        let named = question
            .filters
            .iter()
            .any(|filter| filter.dimension.entity.as_deref() == entity && filter.op.picks());
        let known = thresholds.iter().any(|threshold| threshold.metric.name == metric.name);
        if grouped && !own && !named && !known {
            thresholds.push(Threshold {
                metric,
                column: metric.name.clone(),
                op: FilterOp::Ge,
                values: vec![SqlValue::Number(support.at_least)],
            });
        }
    }
    thresholds
}

/// The table that lists every group, where a group without facts should be shown with 0.
fn spine<'m>(model: &'m SemanticModel, question: &Question<'m>) -> Option<Reach<'m>> {
    let wanted = question.include_empty.unwrap_or_else(|| !only_largest(model, question));
    let fills = question.metrics.iter().any(|metric| is_zero_when_empty(model, metric));
    if question.groups.is_empty() || !wanted || !fills {
        return None;
    }
    let candidates =
        model.semantic_models.iter().filter(|table| table.spine).map(|table| Reach::from(model, table));
    candidates
        .filter(|reach| reaches(reach, &question.groups))
        .map(|reach| {
            let columns: Vec<ColumnAt<'m>> = question
                .groups
                .iter()
                .filter_map(|group| reach.group_column(group.home, group.dimension))
                .collect();
            let covered = question.filters.iter().filter(|filter| filters(&reach, filter)).count();
            // The groups that the filters leave, from as few tables as possible; the base counts as one.
            let cost = (question.filters.len() - covered, reach.joins(&columns), depth(&reach, &columns));
            (cost, reach)
        })
        .min_by_key(|(cost, _)| *cost)
        .map(|(_, reach)| reach)
}

/// How far a spine's base is from listing the groups themselves: 0 where its own primary key is the group.
fn depth<'m>(reach: &Reach<'m>, columns: &[ColumnAt<'m>]) -> usize {
    columns.len() - columns.iter().filter(|column| reach.is_primary(column)).count()
}

/// Whether the question is "the most …": groups without facts cannot be among them.
fn only_largest(model: &SemanticModel, question: &Question<'_>) -> bool {
    let by_size = question.order.first().is_some_and(|key| {
        key.direction == Direction::Desc && key.metric.is_some_and(|metric| is_zero_when_empty(model, metric))
    });
    question.limit.is_some() && by_size && question.thresholds.is_empty()
}

/// Whether a group without rows has the value 0 rather than none.
pub(super) fn is_zero_when_empty(model: &SemanticModel, metric: &Metric) -> bool {
    match &metric.definition {
        MetricDefinition::Simple { measures } => {
            measures.iter().all(|name| model.measure(name).is_some_and(|(_, m)| m.agg.is_zero_when_empty()))
        }
        MetricDefinition::Ratio { .. } => false,
        MetricDefinition::Derived { .. } => metric
            .inputs()
            .iter()
            .all(|name| model.metric(name).is_some_and(|input| is_zero_when_empty(model, input))),
    }
}

/// Notes, each once.
#[derive(Default)]
struct Notes(Vec<Note>);

impl Notes {
    fn definition(&mut self, text: Option<&str>) {
        self.add("definition", text);
    }

    fn add(&mut self, code: &str, text: Option<&str>) {
        let Some(text) = text else { return };
        if self.0.iter().all(|note| note.text != text) {
            self.0.push(Note::new(code, text));
        }
    }
}

fn describe(question: &Question<'_>, support: &[Threshold<'_>], notes: &mut Notes) {
    for metric in &question.metrics {
        notes.definition(metric.note.as_deref());
        if question.share_of_total {
            notes.definition(metric.share.as_ref().and_then(|share| share.note.as_deref()));
        }
    }
    let grouped = question.groups.iter().map(|group| group.dimension);
    for dimension in grouped.chain(question.filters.iter().map(|filter| filter.dimension)) {
        notes.definition(dimension.note.as_deref());
    }
    if !support.is_empty() {
        let ranked = question.order.iter().filter_map(|key| key.metric);
        for rule in ranked.filter_map(|metric| metric.min_support.as_ref()) {
            notes.add("min_support", Some(&rule.note));
        }
    }
}
