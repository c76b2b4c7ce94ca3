//! Second step of compiling: which table each number is taken from, what is needed beside it, what a reader must know.
//!
//! Every simple metric goes to the first of its measures whose table reaches all dimensions of the question; measures
//! of one table share a source. A metric that is only compared or ordered by is computed too, but not shown.

use config::semantic::{Measure, Metric, MetricDefinition, SemanticModel, TableModel};
use domain::answer::Note;

use super::{
    error::MetricError,
    joins::{ColumnAt, Reach},
    question::{Direction, FilterOp},
    resolve::{Group, Question, RowFilter, Threshold},
};
use crate::sql::SqlValue;

/// What is read and computed for a question.
pub(super) struct Plan<'m> {
    /// One per table that measures are taken from.
    pub(super) sources: Vec<Source<'m>>,
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
    pub(super) reach: Reach<'m>,
    /// Simple metrics with the measure taken for each.
    pub(super) measures: Vec<(&'m Metric, &'m Measure)>,
}

pub(super) fn plan<'m>(model: &'m SemanticModel, question: &Question<'m>) -> Result<Plan<'m>, MetricError> {
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
            let (reach, measure, is_first) = choose_measure(model, question, metric, leaf)?;
            if shown && !is_first {
                notes.definition(measure.note.as_deref());
            }
            add(&mut sources, reach, leaf, measure);
        }
    }
    describe(question, &support, &mut notes);
    let spine = spine(model, question);
    Ok(Plan { sources, spine, computed, support, notes: notes.0 })
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

fn add<'m>(sources: &mut Vec<Source<'m>>, reach: Reach<'m>, leaf: &'m Metric, measure: &'m Measure) {
    match sources.iter_mut().find(|source| source.reach.base().name == reach.base().name) {
        Some(source) => {
            if source.measures.iter().all(|(known, _)| known.name != leaf.name) {
                source.measures.push((leaf, measure));
            }
        }
        None => sources.push(Source { reach, measures: vec![(leaf, measure)] }),
    }
}

fn choose_measure<'m>(
    model: &'m SemanticModel,
    question: &Question<'m>,
    metric: &'m Metric,
    leaf: &'m Metric,
) -> Result<(Reach<'m>, &'m Measure, bool), MetricError> {
    let MetricDefinition::Simple { measures } = &leaf.definition else {
        return Err(not_by(model, question, metric));
    };
    for (at, name) in measures.iter().enumerate() {
        let Some((table, measure)) = model.measure(name) else { continue };
        let reach = Reach::from(model, table);
        if reaches(&reach, &question.groups) && question.filters.iter().all(|filter| filters(&reach, filter))
        {
            return Ok((reach, measure, at == 0));
        }
    }
    Err(not_by(model, question, metric))
}

fn reaches<'m>(reach: &Reach<'m>, groups: &[Group<'m>]) -> bool {
    groups.iter().all(|group| reach.group_column(group.home, group.dimension).is_some())
}

fn filters<'m>(reach: &Reach<'m>, filter: &RowFilter<'m>) -> bool {
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
fn depth(reach: &Reach<'_>, columns: &[ColumnAt<'_>]) -> usize {
    let primary = |column: &&ColumnAt<'_>| {
        let base = reach.base();
        column.step == 0
            && base.entities.iter().any(|entity| {
                entity.expr == column.expr && entity.kind == config::semantic::EntityKind::Primary
            })
    };
    columns.len() - columns.iter().filter(primary).count()
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
