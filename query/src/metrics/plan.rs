//! Second step of compiling: which table each number is taken from, what is needed beside it, what a reader must know.
//!
//! One [`Plan`] a slice, or one in all. A metric that is only compared or ordered by is computed too, but not shown.

use config::semantic::{Metric, MetricDefinition, SemanticModel};
use domain::answer::Note;

use super::{
    cohorts,
    conditions::{Bound, Figure, FigureKind, RowFilter, Threshold},
    error::MetricError,
    figures,
    frame::{Frame, counts_rows, filters, is_zero_when_empty, leaves, reaches},
    joins::{ColumnAt, Reach},
    question::{CohortOf, Direction, FilterOp, Summary},
    resolve::Question,
    scope::Scope,
};
use crate::sql::SqlValue;

/// What stands before the columns of a part, which meet those of the whole.
const PART_COLUMNS: &str = "_part_";

/// What is read and computed for a question, of one set of rows.
#[derive(Debug)]
pub(super) struct Plan<'m> {
    /// The question with the conditions of the slice.
    pub(super) question: Question<'m>,
    /// The metrics of every group.
    pub(super) rows: Frame<'m>,
    /// The part of them that meets further conditions; empty without parts.
    pub(super) part: Frame<'m>,
    /// What shares divide by; empty without shares.
    pub(super) totals: Frame<'m>,
    /// The metrics over all groups together, for bounds; empty without such bounds.
    pub(super) overall: Frame<'m>,
    /// The part of those.
    pub(super) overall_part: Frame<'m>,
    /// The table that lists every group, where empty groups count 0.
    pub(super) spine: Option<Reach<'m>>,
    /// Every metric to compute, shown or not, inputs of others left out.
    pub(super) computed: Vec<&'m Metric>,
    /// The thresholds that support demands, beside the question's own.
    pub(super) support: Vec<Threshold<'m>>,
    /// The groups of one dimension that are kept, ranked for themselves.
    pub(super) top: Option<Box<Plan<'m>>>,
}

impl<'m> Plan<'m> {
    /// Which groups are shown: the question's own conditions and those of support.
    pub(super) fn thresholds(&self) -> impl Iterator<Item = &Threshold<'m>> {
        self.question.thresholds.iter().chain(&self.support)
    }
}

/// The plans of a question, in the order of its slices, with the notes.
pub(super) fn plans<'m>(
    model: &'m SemanticModel,
    question: &Question<'m>,
    scope: &Scope,
) -> Result<(Vec<Plan<'m>>, Vec<Note>), MetricError> {
    let mut notes = Notes::default();
    let plans = if question.slices.is_empty() {
        vec![plan(model, question.clone(), None, scope, &mut notes)?]
    } else {
        // Without groups the slices are the parts that shares are told of.
        let whole = question.groups.is_empty().then_some(question);
        let slices = question.slices.iter();
        slices
            .map(|slice| plan(model, question.of_slice(slice), whole, scope, &mut notes))
            .collect::<Result<_, _>>()?
    };
    Ok((plans, notes.0))
}

/// The plan of one set of rows; shares are of `whole`, where that is more than the question itself.
pub(super) fn plan<'m>(
    model: &'m SemanticModel,
    question: Question<'m>,
    whole: Option<&Question<'m>>,
    scope: &Scope,
    notes: &mut Notes,
) -> Result<Plan<'m>, MetricError> {
    let question = figures::planned(model, question, scope, notes)?;
    let support = support(model, &question);
    let mut computed: Vec<&Metric> = question.metrics.clone();
    let compared = support.iter().map(|threshold| threshold.figure.metric);
    for metric in question.used().map(|figure| figure.metric).chain(compared) {
        if computed.iter().all(|known| known.name != metric.name) {
            computed.push(metric);
        }
    }
    let cohorts = question.cohorts.as_slice();
    let of_part = || question.filters.iter().chain(&question.part).cloned().collect::<Vec<_>>();
    let mut rows = Frame::new("by", &question.groups, question.filters.clone()).among(cohorts);
    let part_cohorts: Vec<_> = cohorts.iter().chain(&question.part_cohorts).cloned().collect();
    let mut part =
        Frame::new("part", &question.groups, of_part()).with_prefix(PART_COLUMNS).among(&part_cohorts);
    let whole = whole.map(|whole| figures::planned(model, whole.clone(), scope, notes)).transpose()?;
    let whole = whole.as_ref().unwrap_or(&question);
    let within: Vec<_> =
        question.share_within.iter().filter_map(|at| question.groups.get(*at)).copied().collect();
    let mut totals = Frame::new("all", &within, total_filters(whole)).among(&whole.cohorts);
    for metric in &computed {
        let shown = question.metrics.iter().any(|shown| shown.name == metric.name);
        for leaf in leaves(model, metric) {
            let chosen = rows.add(model, metric, leaf)?;
            if shown && !chosen.is_first {
                notes.definition(chosen.measure.note.as_deref());
            }
            // Only simple metrics have shares: that is checked when the model is parsed.
            if question.uses(metric, FigureKind::Share) {
                totals.add_whole(model, metric, chosen.measure)?;
            }
        }
        if question.uses(metric, FigureKind::Part) || question.uses(metric, FigureKind::PartValue) {
            let chosen = part.add(model, metric, metric)?;
            rows.add_whole(model, metric, chosen.measure)?;
        }
    }
    let (mut overall, mut overall_part) = (
        Frame::new("overall", &[], question.filters.clone()).among(cohorts),
        Frame::new("overall_part", &[], of_part()).among(&part_cohorts),
    );
    for figure in question.thresholds.iter().filter(|t| t.bounds.contains(&Bound::Overall)).map(|t| t.figure)
    {
        if figure.kind == FigureKind::Part {
            let chosen = overall_part.add(model, figure.metric, figure.metric)?;
            overall.add_whole(model, figure.metric, chosen.measure)?;
        } else {
            for leaf in leaves(model, figure.metric) {
                overall.add(model, figure.metric, leaf)?;
            }
        }
    }
    let spine = spine(model, &question);
    describe(&question, &support, spine.is_some(), notes);
    note_unknown_orders(&rows, notes);
    let rolled = |frame: Frame<'m>| frame.rolled_up(model, scope);
    let top = question
        .top
        .as_ref()
        .map(|top| plan(model, top.question(&question), None, scope, notes))
        .transpose()?;
    Ok(Plan {
        top: top.map(Box::new),
        rows: rolled(rows),
        part: rolled(part),
        totals: rolled(totals),
        overall: rolled(overall),
        overall_part: rolled(overall_part),
        spine,
        computed,
        support,
        question,
    })
}

/// The filters that hold for totals too: one on what is grouped by picks rows of the result and leaves the total whole,
/// unless it makes a slice: a share is one within the slice.
fn total_filters<'m>(question: &Question<'m>) -> Vec<RowFilter<'m>> {
    let on_group = |filter: &RowFilter<'m>| {
        question.groups.iter().any(|group| {
            let same_entity =
                filter.dimension.entity.is_some() && filter.dimension.entity == group.dimension.entity;
            same_entity || filter.dimension.name == group.dimension.name
        })
    };
    question.filters.iter().filter(|filter| filter.of_whole || !on_group(filter)).cloned().collect()
}

/// Thresholds on support for what is ranked, unless the question sets its own or names what it wants to see.
fn support<'m>(model: &'m SemanticModel, question: &Question<'m>) -> Vec<Threshold<'m>> {
    let mut thresholds: Vec<Threshold<'m>> = Vec::new();
    for ranked in question.order.iter().filter_map(|key| key.figure) {
        let Some(support) = &ranked.metric.min_support else { continue };
        let Some(metric) = model.metric(&support.metric) else { continue };
        let entity = Some(support.entity.as_str());
        let grouped = question.groups.iter().any(|group| group.dimension.entity.as_deref() == entity);
        let own = question.thresholds.iter().any(|threshold| threshold.figure.metric.name == metric.name);
        let named = question
            .filters
            .iter()
            .any(|filter| filter.dimension.entity.as_deref() == entity && filter.op.picks());
        let known = thresholds.iter().any(|threshold| threshold.figure.metric.name == metric.name);
        if grouped && !own && !named && !known {
            thresholds.push(Threshold {
                figure: Figure::value(metric),
                op: FilterOp::Ge,
                bounds: vec![Bound::Value(SqlValue::Number(support.at_least))],
            });
        }
    }
    thresholds
}

/// The table that lists every group, where a group without facts should be shown with 0.
fn spine<'m>(model: &'m SemanticModel, question: &Question<'m>) -> Option<Reach<'m>> {
    // Groups that occur in neither of two slices have nothing to compare.
    let wanted =
        question.include_empty.unwrap_or_else(|| !question.contrast && !only_largest(model, question));
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
            // The groups that the filters leave, from as few tables as possible; the base counts as one. Where empty groups
            // are asked for, those that the filters leave empty are too.
            let uncovered =
                if question.include_empty == Some(true) { 0 } else { question.filters.len() - covered };
            let cost = (uncovered, reach.joins(&columns), depth(&reach, &columns));
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
        key.direction == Direction::Desc
            && key.figure.is_some_and(|figure| is_zero_when_empty(model, figure.metric))
    });
    question.cumulative_to.is_some()
        || ((question.limit.is_some() || question.limit_share.is_some())
            && by_size
            && question.thresholds.is_empty())
}

/// Notes, each once.
#[derive(Default)]
pub(super) struct Notes(Vec<Note>);

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

fn describe(question: &Question<'_>, support: &[Threshold<'_>], empty_groups: bool, notes: &mut Notes) {
    for metric in &question.metrics {
        notes.definition(metric.note.as_deref());
        if question.share_of_total {
            notes.definition(metric.share.as_ref().and_then(|share| share.note.as_deref()));
        }
    }
    let grouped = question.groups.iter().map(|group| group.dimension);
    let cohorts = question.cohorts.iter().chain(&question.part_cohorts);
    let bought = cohorts.flat_map(|cohort| &cohort.bought);
    let filters = question.filters.iter().chain(&question.part).chain(bought);
    for dimension in grouped.chain(filters.map(|filter| filter.dimension)) {
        notes.definition(dimension.note.as_deref());
    }
    if !support.is_empty() {
        let ranked = question.order.iter().filter_map(|key| key.figure);
        for rule in ranked.filter_map(|figure| figure.metric.min_support.as_ref()) {
            notes.add("min_support", Some(&rule.note));
        }
    }
    if question.summary.is_some() {
        notes.definition(summarised(question, empty_groups).as_deref());
    }
}

/// Which groups a summary is about.
fn summarised(question: &Question<'_>, empty_groups: bool) -> Option<String> {
    let first = question.metrics.first()?;
    let labels: Vec<&str> =
        question.groups.iter().map(|group| group.dimension.plural_label.as_str()).collect();
    let (labels, unit) = (labels.join(" and "), &first.label);
    Some(match (question.summary?, empty_groups) {
        (Summary::Count, true) => format!("The share is one of all {labels}, those without {unit} included."),
        (Summary::Count, false) => {
            format!("The share is one of the {labels} that occur under these conditions.")
        }
        (_, true) => format!("All {labels} count, those without {unit} with 0."),
        (_, false) => format!("Only {labels} that occur under these conditions count."),
    })
}

/// Orders whose lines nobody knows are among those that did not buy something.
fn note_unknown_orders(rows: &Frame<'_>, notes: &mut Notes) {
    let without = rows.cohorts.iter().any(|cohort| cohort.not && cohort.of == CohortOf::Orders);
    let counts_all = rows.sources.iter().any(|source| {
        source.table.name != cohorts::LINES
            && source.measures.iter().any(|(metric, _)| match &metric.definition {
                MetricDefinition::Simple { measures } => measures.iter().any(|name| {
                    let measures = &source.table.measures;
                    let own = measures.iter().find(|measure| measure.name == *name);
                    own.is_some_and(counts_rows)
                }),
                _ => false,
            })
    });
    if without && counts_all {
        notes.definition(Some(
            "Orders whose items are not known count among those that hold no such item; orders with items leave them out.",
        ));
    }
}
