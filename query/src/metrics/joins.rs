//! Which tables and columns can be reached from a table without multiplying its rows.
//!
//! From a table, its foreign entities lead to the tables where they are primary, and on from there. What several ways
//! lead to is taken by the shortest one, in the order of the model. Keys are read from the nearest table that has
//! them: the department of a line is the product's `department_id`, no join to `departments` is needed for it.
//! A rollup is a base like any other: its columns are its dimensions, and those that are keys lead on.

use config::semantic::{Dimension, EntityKind, Held, MeasureFilter, Rollup, SemanticModel, TableModel};

use super::conditions::RowFilter;
use crate::SqlValue;

/// A column of a reachable table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ColumnAt<'m> {
    /// The place of its table in [`Reach`].
    pub(super) step: usize,
    pub(super) expr: &'m str,
}

/// The tables that can be reached from a base, nearest first; the base itself is the first.
#[derive(Debug, Clone)]
pub(super) struct Reach<'m> {
    base: Rows<'m>,
    steps: Vec<Step<'m>>,
}

#[derive(Debug, Clone, Copy)]
struct Step<'m> {
    rows: Rows<'m>,
    /// The place of the step it is reached from, the foreign key there, and the primary key here.
    from: Option<(usize, &'m str, &'m str)>,
}

/// What rows a step has.
#[derive(Debug, Clone, Copy)]
enum Rows<'m> {
    Table(&'m TableModel),
    Rollup(&'m SemanticModel, &'m Rollup),
}

impl<'m> Rows<'m> {
    /// The name in a statement; no two steps have the same.
    fn name(self) -> &'m str {
        match self {
            Self::Table(table) => &table.name,
            Self::Rollup(_, rollup) => &rollup.name,
        }
    }

    /// The table in SQL.
    fn table(self) -> &'m str {
        match self {
            Self::Table(table) => &table.table,
            Self::Rollup(_, rollup) => rollup.table(),
        }
    }

    /// Entities that are pointed at, each with the column that does.
    fn foreign_keys(self) -> Vec<(&'m str, &'m str)> {
        match self {
            Self::Table(table) => {
                let foreign = table.entities.iter().filter(|entity| entity.kind == EntityKind::Foreign);
                foreign.map(|entity| (entity.name.as_str(), entity.expr.as_str())).collect()
            }
            Self::Rollup(model, rollup) => {
                let dimensions = rollup.dimensions.iter().filter_map(|name| model.dimension(name));
                dimensions
                    .filter(|(home, dimension)| is_key(home, dimension))
                    .filter_map(|(_, dimension)| {
                        Some((dimension.entity.as_deref()?, dimension.name.as_str()))
                    })
                    .collect()
            }
        }
    }

    /// The column that holds an entity's key.
    fn key(self, entity: &str) -> Option<&'m str> {
        match self {
            Self::Table(table) => table.entity(entity).map(|key| key.expr.as_str()),
            Self::Rollup(..) => {
                self.foreign_keys().into_iter().find(|(name, _)| *name == entity).map(|(_, column)| column)
            }
        }
    }

    /// The column that holds a dimension's values.
    fn column(self, home: &TableModel, dimension: &'m Dimension) -> Option<&'m str> {
        match self {
            Self::Table(table) => (table.name == home.name).then_some(dimension.expr.as_str()),
            Self::Rollup(_, rollup) => {
                rollup.dimensions.contains(&dimension.name).then_some(dimension.name.as_str())
            }
        }
    }

    /// What it tells of the rows behind one of its own that meet a condition.
    fn held(self, filter: &RowFilter<'_>) -> Option<&'m Held> {
        let Self::Rollup(_, Rollup { kept_in: Some(kept), .. }) = self else { return None };
        kept.held.iter().find(|held| {
            held.dimension == filter.dimension.name
                && filter.op.picks()
                && filter.values == [SqlValue::Integer(held.value)]
        })
    }
}

impl<'m> Reach<'m> {
    pub(super) fn from(model: &'m SemanticModel, base: &'m TableModel) -> Self {
        Self::over(model, Rows::Table(base))
    }

    pub(super) fn from_rollup(model: &'m SemanticModel, rollup: &'m Rollup) -> Self {
        Self::over(model, Rows::Rollup(model, rollup))
    }

    fn over(model: &'m SemanticModel, base: Rows<'m>) -> Self {
        let mut steps = vec![Step { rows: base, from: None }];
        let mut at = 0;
        while let Some(Step { rows, .. }) = steps.get(at).copied() {
            for (entity, foreign) in rows.foreign_keys() {
                let Some(home) = model.home_of(entity) else { continue };
                let known = steps.iter().any(|step| step.rows.name() == home.name);
                if let (false, Some(primary)) = (known, home.entity(entity)) {
                    steps.push(Step { rows: Rows::Table(home), from: Some((at, foreign, &primary.expr)) });
                }
            }
            at += 1;
        }
        Self { base, steps }
    }

    /// The base's name in a statement.
    pub(super) fn base_name(&self) -> &'m str {
        self.base.name()
    }

    /// The condition on the base's rows that goes without saying.
    pub(super) fn base_rows(&self) -> Option<&'m MeasureFilter> {
        match self.base {
            Rows::Rollup(_, rollup) => rollup.kept_in.as_ref()?.rows.as_ref(),
            Rows::Table(_) => None,
        }
    }

    /// The base's column that holds an entity's key.
    pub(super) fn base_key(&self, entity: &str) -> Option<&'m str> {
        self.base.key(entity)
    }

    /// Whether a column is the base's primary key.
    pub(super) fn is_primary(&self, column: &ColumnAt<'m>) -> bool {
        let Rows::Table(base) = self.base else { return false };
        let mut keys = base.entities.iter().filter(|entity| entity.kind == EntityKind::Primary);
        column.step == 0 && keys.any(|entity| entity.expr == column.expr)
    }

    /// The column that a dimension is grouped by: the entity's key where it has one, else the column itself.
    pub(super) fn group_column(
        &self,
        home: &'m TableModel,
        dimension: &'m Dimension,
    ) -> Option<ColumnAt<'m>> {
        match &dimension.entity {
            Some(entity) => {
                // The name must be reachable too, or a key would be shown without it.
                self.key_of(entity).filter(|_| is_key(home, dimension) || self.step_of(home).is_some())
            }
            None => self.own_column(home, dimension),
        }
    }

    /// What the base tells of the rows behind one of its own that meet a condition.
    pub(super) fn held(&self, filter: &RowFilter<'_>) -> Option<&'m Held> {
        self.base.held(filter)
    }

    /// Whether the base has a row for each value of its key.
    pub(super) fn is_one_each(&self, model: &SemanticModel, key: &str) -> bool {
        let Rows::Rollup(_, Rollup { kept_in: Some(kept), .. }) = self.base else { return false };
        model.semantic_models.iter().any(|table| {
            let mut keys = table.entities.iter().filter(|entity| entity.kind == EntityKind::Primary);
            table.table == kept.table && keys.any(|entity| entity.expr == key)
        })
    }

    /// The column that a dimension is filtered by.
    pub(super) fn filter_column(
        &self,
        home: &'m TableModel,
        dimension: &'m Dimension,
    ) -> Option<ColumnAt<'m>> {
        match &dimension.entity {
            Some(entity) if is_key(home, dimension) => self.key_of(entity),
            _ => self.own_column(home, dimension),
        }
    }

    /// A column as it stands in the statement.
    pub(super) fn sql(&self, column: ColumnAt<'m>) -> String {
        let table = self.steps.get(column.step).map_or("", |step| step.rows.name());
        format!("{table}.{}", column.expr)
    }

    /// The base and the joins to the tables of these columns, in an order that works.
    pub(super) fn joined_tables(&self, columns: &[ColumnAt<'m>]) -> String {
        let mut wanted = vec![false; self.steps.len()];
        for column in columns {
            let mut at = Some(column.step);
            while let Some(step) = at {
                if let Some(flag) = wanted.get_mut(step) {
                    *flag = true;
                }
                at = self.steps.get(step).and_then(|step| step.from).map(|(from, ..)| from);
            }
        }
        let mut text = format!("FROM {} AS {}", self.base.table(), self.base.name());
        for (step, _) in self.steps.iter().zip(wanted).filter(|(_, wanted)| *wanted) {
            let Some((from, foreign, primary)) = step.from else { continue };
            let from = self.steps.get(from).map_or("", |step| step.rows.name());
            let (table, name) = (step.rows.table(), step.rows.name());
            text += &format!("\n  JOIN {table} AS {name} ON {name}.{primary} = {from}.{foreign}");
            for (here, there) in self.sorted_keys(step.rows, foreign) {
                text += &format!(" AND {name}.{there} = {}.{here}", self.base.name());
            }
        }
        text
    }

    /// Further columns of the base and of a joined table that are equal whenever their keys are: the aisle of a line's
    /// product is the line's. Of a base that is sorted by them a condition on the joined table then leaves a piece.
    fn sorted_keys(&self, joined: Rows<'m>, foreign: &str) -> Vec<(&'m str, &'m str)> {
        let Rows::Rollup(_, Rollup { kept_in: Some(kept), .. }) = self.base else { return Vec::new() };
        let leads = kept.sorted_by.iter().any(|column| column == foreign);
        let keys = self.base.foreign_keys().into_iter().filter(|(_, here)| {
            leads && *here != foreign && kept.sorted_by.iter().any(|column| column == here)
        });
        let there = |entity| joined.foreign_keys().into_iter().find(|(name, _)| *name == entity);
        keys.filter_map(|(entity, here)| Some((here, there(entity)?.1))).collect()
    }

    /// How many tables must be joined for these columns.
    pub(super) fn joins(&self, columns: &[ColumnAt<'m>]) -> usize {
        self.joined_tables(columns).matches("\n  JOIN ").count()
    }

    /// The nearest column that holds an entity's key.
    pub(super) fn key_of(&self, entity: &str) -> Option<ColumnAt<'m>> {
        let mut steps = self.steps.iter().enumerate();
        steps.find_map(|(step, Step { rows, .. })| rows.key(entity).map(|expr| ColumnAt { step, expr }))
    }

    fn own_column(&self, home: &TableModel, dimension: &'m Dimension) -> Option<ColumnAt<'m>> {
        let mut steps = self.steps.iter().enumerate();
        steps.find_map(|(step, Step { rows, .. })| {
            rows.column(home, dimension).map(|expr| ColumnAt { step, expr })
        })
    }

    fn step_of(&self, table: &TableModel) -> Option<usize> {
        self.steps.iter().position(|step| step.rows.name() == table.name)
    }
}

/// Whether a dimension is an entity's key itself, and no name of it.
pub(super) fn is_key(home: &TableModel, dimension: &Dimension) -> bool {
    dimension
        .entity
        .as_ref()
        .and_then(|name| home.entity(name))
        .is_some_and(|entity| entity.expr == dimension.expr)
}
