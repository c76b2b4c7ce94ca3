//! Rollups instead of tables: which sums made in advance give exactly the answer that the rows would.
//!
//! Part of planning. Input: a [`Source`] over a table, with the groups and filters it is asked for. Output: the same over
//! the smallest rollup that will do, or the source as it was.
//! A rollup will do where all of these hold:
//! - every group and filter is one of its dimensions, or is reached from one by keys, many rows to one. A filter then
//!   keeps or drops whole rows of the rollup, and each row belongs to one group;
//! - every measure can be had from its rows. Sums, extremes and means are put together from any number of them. A count of
//!   different orders or customers cannot be: it is read only where every group is one row, because each dimension of
//!   the rollup is grouped by or held to one value. Different values of a dimension itself are counted as they stand;
//! - the run has it, with the columns that are read. It may be kept in a table of another purpose, and then may have rows
//!   of which the source knows nothing; those are left out.
//!
//! Sums are 0 in a rollup where SQL has none, so they are only taken for metrics that are 0 without rows.

use config::semantic::{
    Aggregation, DimensionKind, Measure, Metric, Rollup, SemanticModel, Stored, TableModel,
};

use super::{
    conditions::RowFilter,
    frame::{Source, Taken, filters as reaches_filter, is_zero_when_empty, reaches},
    joins::Reach,
    resolve::Group,
    scope::Scope,
};
use crate::sql::TableInfo;

/// The source over the smallest rollup that gives the same answer; over its own table where there is none.
pub(super) fn rolled_up<'m>(
    model: &'m SemanticModel,
    scope: &Scope,
    source: Source<'m>,
    groups: &[Group<'m>],
    filters: &[&RowFilter<'m>],
) -> Source<'m> {
    let candidates = model.rollups_of(source.table).filter_map(|rollup| {
        let stored = scope.rollup(rollup)?;
        let candidate = Candidate { model, rollup, stored, reach: Reach::from_rollup(model, rollup) };
        let measures = candidate.measures(&source, groups, filters)?;
        Some((stored.rows, candidate.reach, measures))
    });
    // The rows that are read are the cost; a join to the catalogue is small beside them.
    match candidates.min_by_key(|(rows, ..)| *rows) {
        Some((_, reach, measures)) => Source { table: source.table, reach, measures },
        None => source,
    }
}

/// A rollup of the source's table that the run has.
struct Candidate<'m, 's> {
    model: &'m SemanticModel,
    rollup: &'m Rollup,
    stored: &'s TableInfo,
    reach: Reach<'m>,
}

impl<'m> Candidate<'m, '_> {
    /// How each measure of the source is had from the rollup; `None` where one cannot be.
    fn measures(
        &self,
        source: &Source<'m>,
        groups: &[Group<'m>],
        filters: &[&RowFilter<'m>],
    ) -> Option<Vec<(&'m Metric, Taken<'m>)>> {
        let reached = reaches(&self.reach, groups)
            && filters.iter().all(|filter| reaches_filter(&self.reach, filter))
            && self.rollup.dimensions.iter().all(|dimension| self.has_column(dimension));
        if !reached {
            return None;
        }
        let one_row = self.one_row_a_group(groups, filters);
        let measure = |(metric, taken): &(&'m Metric, Taken<'m>)| match taken {
            Taken::Rows(measure) => Some((*metric, self.taken(source.table, metric, measure, one_row)?)),
            Taken::Stored(_) | Taken::Values(_) => None,
        };
        source.measures.iter().map(measure).collect()
    }

    fn taken(
        &self,
        table: &'m TableModel,
        metric: &Metric,
        measure: &'m Measure,
        one_row: bool,
    ) -> Option<Taken<'m>> {
        if let Some(column) = self.counted_dimension(table, measure) {
            return Some(Taken::Values(column));
        }
        let stored = self.rollup.stored(table, measure)?;
        let zero = || is_zero_when_empty(self.model, metric);
        let (exact, columns) = match &stored {
            Stored::Sum(column) => (zero(), vec![column]),
            Stored::Distinct(column) => (one_row && zero(), vec![column]),
            Stored::Max(column) | Stored::Min(column) => (true, vec![column]),
            Stored::Mean { sum, count } => (true, vec![sum, count]),
        };
        (exact && columns.into_iter().all(|column| self.has_column(column))).then_some(Taken::Stored(stored))
    }

    /// The rollup's column whose different values a measure counts.
    fn counted_dimension(&self, table: &TableModel, measure: &Measure) -> Option<&'m str> {
        if measure.agg != Aggregation::CountDistinct || measure.filter.is_some() {
            return None;
        }
        let counted = table.entities.iter().find(|entity| Some(&entity.expr) == measure.expr.as_ref())?;
        self.reach.base_key(&counted.name)
    }

    /// Whether a group is never more than one row: each dimension is grouped by or held to one value.
    fn one_row_a_group(&self, groups: &[Group<'m>], filters: &[&RowFilter<'m>]) -> bool {
        let grouped = groups.iter().filter_map(|group| self.reach.group_column(group.home, group.dimension));
        let held = filters
            .iter()
            .filter(|filter| filter.dimension.kind == DimensionKind::Numeric)
            .filter(|filter| filter.op.picks() && filter.values.len() == 1)
            .filter_map(|filter| self.reach.filter_column(filter.home, filter.dimension));
        let fixed: Vec<&str> =
            grouped.chain(held).filter(|column| column.step == 0).map(|column| column.expr).collect();
        self.rollup.dimensions.iter().all(|dimension| fixed.contains(&dimension.as_str()))
    }

    fn has_column(&self, name: &str) -> bool {
        self.stored.columns.iter().any(|column| column.name == name)
    }
}
