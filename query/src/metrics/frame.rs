//! Metrics over one set of rows: part of a plan.
//!
//! A question needs its metrics by group, and beside them the totals that shares divide by, the part of each group, the
//! value over all groups. Each is a [`Frame`]: its conditions, its groups, and a source a table that measures are taken
//! from. Every simple metric goes to the first of its measures whose table reaches all that the frame asks for; measures
//! of one table share a source. At last each source is read from a rollup instead where the answer is the same.

use config::semantic::{Aggregation, Measure, Metric, MetricDefinition, SemanticModel, Stored, TableModel};

use super::{
    conditions::{Members, RowFilter},
    error::MetricError,
    joins::Reach,
    resolve::Group,
    rollups::rolled_up,
    scope::Scope,
};

/// Simple metrics by the same groups over the same rows.
#[derive(Debug, Clone)]
pub(super) struct Frame<'m> {
    /// What its sources are called in a statement, before the table's name.
    pub(super) name: &'static str,
    /// What stands before a metric's name in its columns.
    pub(super) prefix: &'static str,
    pub(super) groups: Vec<Group<'m>>,
    pub(super) filters: Vec<RowFilter<'m>>,
    pub(super) cohorts: Vec<Members<'m>>,
    /// One per table that measures are taken from.
    pub(super) sources: Vec<Source<'m>>,
    /// Metrics whose whole is another metric here, each with it.
    wholes: Vec<(&'m str, &'m Metric)>,
}

/// A table with the measures that are taken from it.
#[derive(Debug, Clone)]
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

/// The measure that a metric is taken from in a frame.
#[derive(Clone, Copy)]
pub(super) struct Chosen<'m> {
    pub(super) table: &'m TableModel,
    pub(super) measure: &'m Measure,
    /// Whether it is the metric's first one.
    pub(super) is_first: bool,
}

impl<'m> Frame<'m> {
    pub(super) fn new(name: &'static str, groups: &[Group<'m>], filters: Vec<RowFilter<'m>>) -> Self {
        Self {
            name,
            prefix: "",
            groups: groups.to_vec(),
            filters,
            cohorts: Vec::new(),
            sources: Vec::new(),
            wholes: Vec::new(),
        }
    }

    pub(super) fn among(mut self, cohorts: &[Members<'m>]) -> Self {
        self.cohorts = cohorts.to_vec();
        self
    }

    pub(super) fn with_prefix(mut self, prefix: &'static str) -> Self {
        self.prefix = prefix;
        self
    }

    /// Adds a simple metric; `asked` is the metric that it is needed for.
    pub(super) fn add(
        &mut self,
        model: &'m SemanticModel,
        asked: &'m Metric,
        leaf: &'m Metric,
    ) -> Result<Chosen<'m>, MetricError> {
        let chosen = self.choose(model, asked, leaf)?;
        let taken = (leaf, Taken::Rows(chosen.measure));
        match self.sources.iter_mut().find(|source| source.table.name == chosen.table.name) {
            Some(source) => {
                if source.measures.iter().all(|(known, _)| known.name != leaf.name) {
                    source.measures.push(taken);
                }
            }
            None => {
                let reach = Reach::from(model, chosen.table);
                self.sources.push(Source { table: chosen.table, reach, measures: vec![taken] });
            }
        }
        Ok(chosen)
    }

    /// Adds what a metric that was counted elsewhere by `part` is a fraction of: the metric itself, or where it is counted
    /// in another way here, the metric that the model names as the whole of its share.
    pub(super) fn add_whole(
        &mut self,
        model: &'m SemanticModel,
        metric: &'m Metric,
        part: &'m Measure,
    ) -> Result<(), MetricError> {
        let own = self.choose(model, metric, metric)?;
        let differs = own.measure.name != part.name;
        let named = metric.share.as_ref().and_then(|share| share.whole.as_ref()).filter(|_| differs);
        // The part may be counted by lines that the whole metric is not: then the other metric is.
        let other = named.and_then(|name| model.metric(name)).filter(|other| match &other.definition {
            MetricDefinition::Simple { measures } => measures.contains(&part.name),
            _ => false,
        });
        if let Some(other) = other {
            self.wholes.push((&metric.name, other));
        }
        self.add(model, metric, other.unwrap_or(metric)).map(|_| ())
    }

    /// What a metric that was counted elsewhere is divided by here.
    pub(super) fn whole_of(&self, metric: &'m Metric) -> &'m Metric {
        let whole = self.wholes.iter().find(|(name, _)| *name == metric.name);
        whole.map_or(metric, |(_, whole)| whole)
    }

    /// The source that has a simple metric.
    pub(super) fn source_of(&self, metric: &Metric) -> Option<&Source<'m>> {
        self.sources.iter().find(|source| source.has(metric))
    }

    /// Each source from the smallest rollup that gives the same answer.
    pub(super) fn rolled_up(mut self, model: &'m SemanticModel, scope: &Scope) -> Self {
        let filters: Vec<&RowFilter<'m>> = self.filters.iter().collect();
        let sources = std::mem::take(&mut self.sources).into_iter();
        self.sources = sources
            .map(|source| rolled_up(model, scope, source, &self.groups, &filters, &self.cohorts))
            .collect();
        self
    }

    fn choose(
        &self,
        model: &'m SemanticModel,
        asked: &'m Metric,
        leaf: &'m Metric,
    ) -> Result<Chosen<'m>, MetricError> {
        let MetricDefinition::Simple { measures } = &leaf.definition else {
            return Err(self.not_by(model, asked));
        };
        let mut without_key = None;
        for (at, name) in measures.iter().enumerate() {
            let Some((table, measure)) = model.measure(name) else { continue };
            let reach = Reach::from(model, table);
            if !reaches(&reach, &self.groups) || !self.filters.iter().all(|filter| filters(&reach, filter)) {
                continue;
            }
            match self.cohorts.iter().find(|cohort| cohort.column(&reach).is_none()) {
                None => {
                    self.check_one_of(table, asked)?;
                    return Ok(Chosen { table, measure, is_first: at == 0 });
                }
                Some(cohort) => without_key = Some(cohort.of),
            }
        }
        Err(match without_key {
            Some(of) => MetricError::NotByCohort { metric: asked.name.clone(), of: of.entity() },
            None => self.not_by(model, asked),
        })
    }

    /// Refuses to bring together rows that tell the same thing by different values of one dimension.
    fn check_one_of(&self, table: &TableModel, asked: &Metric) -> Result<(), MetricError> {
        let Some(name) = &table.one_of else { return Ok(()) };
        let grouped = self.groups.iter().any(|group| group.dimension.name == *name);
        let picked = self
            .filters
            .iter()
            .any(|filter| filter.dimension.name == *name && filter.op.picks() && filter.values.len() == 1);
        if grouped || picked {
            return Ok(());
        }
        let dimension = table.dimensions.iter().find(|dimension| dimension.name == *name);
        let values = dimension.into_iter().flat_map(|dimension| &dimension.values);
        Err(MetricError::NeedsOne {
            metric: asked.name.clone(),
            dimension: name.clone(),
            values: values.map(|value| value.value.as_str()).collect::<Vec<_>>().join(", "),
        })
    }

    /// Says which dimension a metric does not have, and which it has.
    fn not_by(&self, model: &'m SemanticModel, metric: &'m Metric) -> MetricError {
        let has = |home: &'m TableModel, dimension| {
            leaves(model, metric).into_iter().all(|leaf| match &leaf.definition {
                MetricDefinition::Simple { measures } => measures
                    .iter()
                    .filter_map(|name| model.measure(name))
                    .any(|(table, _)| Reach::from(model, table).group_column(home, dimension).is_some()),
                _ => false,
            })
        };
        let groups = self.groups.iter().map(|group| (group.home, group.dimension));
        let asked: Vec<_> = groups.chain(self.filters.iter().map(|f| (f.home, f.dimension))).collect();
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
}

impl Source<'_> {
    pub(super) fn has(&self, metric: &Metric) -> bool {
        self.measures.iter().any(|(known, _)| known.name == metric.name)
    }
}

pub(super) fn reaches<'m>(reach: &Reach<'m>, groups: &[Group<'m>]) -> bool {
    groups.iter().all(|group| reach.group_column(group.home, group.dimension).is_some())
}

pub(super) fn filters<'m>(reach: &Reach<'m>, filter: &RowFilter<'m>) -> bool {
    reach.filter_column(filter.home, filter.dimension).is_some()
}

/// Whether a measure counts every row of its table.
pub(super) fn counts_rows(measure: &Measure) -> bool {
    measure.agg == Aggregation::Count && measure.expr.is_none() && measure.filter.is_none()
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
