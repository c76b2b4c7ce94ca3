//! Rollups instead of tables: which sums made in advance give exactly the answer that the rows would.
//!
//! Part of planning. Input: a [`Source`] over a table, with the groups and filters it is asked for. Output: the same over
//! the smallest rollup that will do, or the source as it was.
//! A rollup will do where all of these hold:
//! - every group and filter is one of its dimensions, or is reached from one by keys, many rows to one. A filter then
//!   keeps or drops whole rows of the rollup, and each row belongs to one group;
//! - every measure can be had from its rows. Sums, extremes and means are put together from any number of them. A count of
//!   different orders or customers is added up over what each of them has one of (an order has one hour), and so only
//!   where every other dimension of the rollup is grouped by or held to one value, which a name does where the run says
//!   that no two have it. An order holds a product once: of one product its lines are its orders. Different values of
//!   a dimension itself are counted as they stand;
//! - whether a row's order, customer or product is in the cohorts can be told by the rollup's keys;
//! - the run has it, with the columns that are read. It may be kept in a table of another purpose, and then may have rows
//!   of which the source knows nothing; those are left out.
//!
//! Sums are 0 in a rollup where SQL has none, so they are only taken for metrics that are 0 without rows.

use config::semantic::{
    Aggregation, DimensionKind, Entity, EntityKind, Measure, Metric, Rollup, SemanticModel, Stored,
    TableModel,
};

use super::{
    conditions::{Members, RowFilter},
    frame::{Source, Taken, counts_rows, filters as reaches_filter, is_zero_when_empty, reaches},
    joins::Reach,
    question::FilterOp,
    resolve::Group,
    scope::Scope,
};
use crate::sql::{SqlValue, TableInfo};

/// The entities whose lines are told apart by both.
const ORDER: &str = "order";
const PRODUCT: &str = "product";

/// The source over the smallest rollup that gives the same answer; over its own table where there is none.
pub(super) fn rolled_up<'m>(
    model: &'m SemanticModel,
    scope: &Scope,
    source: Source<'m>,
    groups: &[Group<'m>],
    filters: &[&RowFilter<'m>],
    cohorts: &[Members<'m>],
) -> Source<'m> {
    let filters: Vec<&RowFilter<'m>> = filters.iter().copied().filter(|filter| !keeps_all(filter)).collect();
    let filters = filters.as_slice();
    let candidates = model.rollups_of(source.table).filter_map(|rollup| {
        let stored = scope.rollup(rollup)?;
        let candidate = Candidate { model, scope, rollup, stored, reach: Reach::from_rollup(model, rollup) };
        cohorts.iter().all(|cohort| cohort.column(&candidate.reach).is_some()).then_some(())?;
        candidate.is_sorted_for(filters).then_some(())?;
        let measures = candidate.measures(&source, groups, filters)?;
        Some((stored.rows, candidate.reach, measures))
    });
    // The rows that are read are the cost, those that are sorted come last; a join to the catalogue is small beside them.
    match candidates.min_by_key(|(rows, ..)| *rows) {
        Some((_, reach, measures)) => Source { table: source.table, reach, measures },
        None => source,
    }
}

/// The smallest rollup of a table that tells the ids of a cohort by what was bought.
pub(super) fn of_cohort<'m>(
    model: &'m SemanticModel,
    scope: &Scope,
    table: &'m TableModel,
    cohort: &Members<'m>,
) -> Option<Reach<'m>> {
    let filters: Vec<&RowFilter<'m>> = cohort.bought.iter().collect();
    let candidates = model.rollups_of(table).filter_map(|rollup| {
        let stored = scope.rollup(rollup)?;
        let candidate = Candidate { model, scope, rollup, stored, reach: Reach::from_rollup(model, rollup) };
        let known = cohort.column(&candidate.reach).is_some_and(|key| key.step == 0);
        let told = known
            && filters.iter().all(|filter| reaches_filter(&candidate.reach, filter))
            && candidate.is_complete(&[], &filters)
            && candidate.is_sorted_for(&filters);
        told.then_some((stored.rows, candidate.reach))
    });
    candidates.min_by_key(|(rows, _)| *rows).map(|(_, reach)| reach)
}

/// A rollup of the source's table that the run has.
struct Candidate<'m, 's> {
    model: &'m SemanticModel,
    scope: &'s Scope,
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
        if !self.is_complete(groups, filters) {
            return None;
        }
        let fixed = self.fixed(groups, filters);
        // A condition on some of the rows behind a row picks what is counted by its key, and no sum. Two may be met by
        // different rows.
        let of_some = filters.iter().filter(|filter| self.holds(filter)).count();
        if of_some > 1 {
            return None;
        }
        let of_some = of_some == 1;
        let measure = |(metric, taken): &(&'m Metric, Taken<'m>)| match taken {
            Taken::Rows(measure) => {
                Some((*metric, self.taken(source.table, metric, measure, &fixed, of_some)?))
            }
            Taken::Stored(_) | Taken::Values(_) => None,
        };
        source.measures.iter().map(measure).collect()
    }

    /// Whether its columns lead to all that is grouped by and filtered on, and are there.
    fn is_complete(&self, groups: &[Group<'m>], filters: &[&RowFilter<'m>]) -> bool {
        reaches(&self.reach, groups)
            && filters.iter().all(|filter| reaches_filter(&self.reach, filter) || self.holds(filter))
            && self.rollup.dimensions.iter().all(|dimension| self.has_column(dimension))
    }

    /// Whether a row tells that some of the rows behind it meet the condition.
    fn holds(&self, filter: &RowFilter<'m>) -> bool {
        self.reach.held(filter).is_some_and(|held| held.columns().all(|column| self.has_column(column)))
    }

    /// Whether its order lets the filters pass over most of its rows, where only that makes it worth reading.
    fn is_sorted_for(&self, filters: &[&RowFilter<'m>]) -> bool {
        let sorted_by = self.rollup.kept_in.as_ref().map_or(&[][..], |kept| kept.sorted_by.as_slice());
        let entity = |name: &String| self.model.dimension(name)?.1.entity.as_deref();
        let picks = |filter: &&RowFilter<'m>| {
            let of = filter.dimension.entity.as_deref();
            filter.op.picks() && of.is_some() && sorted_by.iter().any(|name| entity(name) == of)
        };
        sorted_by.is_empty() || filters.iter().any(picks)
    }

    fn taken(
        &self,
        table: &'m TableModel,
        metric: &Metric,
        measure: &'m Measure,
        fixed: &[&str],
        of_some: bool,
    ) -> Option<Taken<'m>> {
        if let Some(column) = self.counted_dimension(table, measure) {
            return Some(Taken::Values(column));
        }
        if of_some {
            return None;
        }
        let stored = match self.rollup.stored(table, measure) {
            Some(Stored::Distinct(column)) => self.added_up(table, measure, fixed, column)?,
            Some(stored) => stored,
            None => self.lines_of_one_product(table, measure, fixed)?,
        };
        let zero = || is_zero_when_empty(self.model, metric);
        let (exact, columns) = match &stored {
            Stored::Sum(column) | Stored::Distinct(column) => (zero(), vec![column]),
            Stored::Max(column) | Stored::Min(column) => (true, vec![column]),
            Stored::Mean { sum, count } => (true, vec![sum, count]),
        };
        (exact && columns.into_iter().all(|column| self.has_column(column))).then_some(Taken::Stored(stored))
    }

    /// How a count of different orders or customers is put together; `None` where one may be in several rows of a group.
    fn added_up(
        &self,
        table: &TableModel,
        measure: &Measure,
        fixed: &[&str],
        column: String,
    ) -> Option<Stored> {
        let mut open =
            self.rollup.dimensions.iter().filter(|name| !fixed.contains(&name.as_str())).peekable();
        if open.peek().is_none() {
            return Some(Stored::Distinct(column));
        }
        let home = self.model.home_of(&counted(table, measure)?.name)?;
        let own = Reach::from(self.model, home);
        let has_one = |name: &String| {
            self.model
                .dimension(name)
                .is_some_and(|(home, dimension)| own.filter_column(home, dimension).is_some())
        };
        open.all(has_one).then_some(Stored::Sum(column))
    }

    /// The lines in place of the orders that they are of.
    fn lines_of_one_product(&self, table: &TableModel, measure: &Measure, fixed: &[&str]) -> Option<Stored> {
        let product = self.reach.base_key(PRODUCT).filter(|column| fixed.contains(column));
        let orders =
            counted(table, measure).filter(|entity| entity.name == ORDER && measure.filter.is_none());
        // Only lines point at orders and products.
        let each = table.entities.iter().filter(|entity| entity.kind == EntityKind::Foreign);
        let of_lines = each.filter(|entity| [ORDER, PRODUCT].contains(&entity.name.as_str())).count() == 2;
        (product.is_some() && orders.is_some() && of_lines).then_some(())?;
        self.rollup.stored(table, table.measures.iter().find(|measure| counts_rows(measure))?)
    }

    /// The rollup's column whose different values a measure counts.
    fn counted_dimension(&self, table: &TableModel, measure: &Measure) -> Option<&'m str> {
        if measure.filter.is_some() {
            return None;
        }
        self.reach.base_key(&counted(table, measure)?.name)
    }

    /// The dimensions of the rollup of which a group has one value: it is grouped by, or held to one.
    fn fixed(&self, groups: &[Group<'m>], filters: &[&RowFilter<'m>]) -> Vec<&'m str> {
        let grouped = groups.iter().filter_map(|group| self.reach.group_column(group.home, group.dimension));
        let own = grouped.filter(|column| column.step == 0).map(|column| column.expr);
        let one = filters.iter().filter(|filter| filter.op.picks() && filter.values.len() == 1);
        own.chain(one.filter_map(|filter| self.held(filter))).collect()
    }

    /// The dimension of the rollup that a filter on one value holds to one.
    fn held(&self, filter: &RowFilter<'m>) -> Option<&'m str> {
        let RowFilter { home, dimension, .. } = filter;
        if dimension.kind == DimensionKind::Numeric {
            let column = self.reach.filter_column(home, dimension)?;
            return (column.step == 0).then_some(column.expr);
        }
        let entity = dimension.entity.as_deref().filter(|_| self.scope.is_unique(&dimension.name))?;
        self.reach.base_key(entity)
    }

    fn has_column(&self, name: &str) -> bool {
        self.stored.columns.iter().any(|column| column.name == name)
    }
}

/// Whether a condition holds of every value there is.
fn keeps_all(filter: &RowFilter<'_>) -> bool {
    let (Some(domain), [value]) = (&filter.dimension.domain, filter.values.as_slice()) else { return false };
    let at_most = |bound: f64| match value {
        SqlValue::Integer(value) => f64::from(i32::try_from(*value).unwrap_or(i32::MAX)) <= bound,
        SqlValue::Number(value) => *value <= bound,
        SqlValue::Boolean(_) | SqlValue::Text(_) => false,
    };
    filter.op == FilterOp::Ge && !filter.dimension.nullable && at_most(domain.min)
}

/// What a measure counts different ones of.
fn counted<'m>(table: &'m TableModel, measure: &Measure) -> Option<&'m Entity> {
    let of = |entity: &&Entity| Some(&entity.expr) == measure.expr.as_ref();
    table.entities.iter().find(of).filter(|_| measure.agg == Aggregation::CountDistinct)
}
