//! Which tables and columns can be reached from a table without multiplying its rows.
//!
//! From a table, its foreign entities lead to the tables where they are primary, and on from there. What several ways
//! lead to is taken by the shortest one, in the order of the model. Keys are read from the nearest table that has
//! them: the department of a line is the product's `department_id`, no join to `departments` is needed for it.

use config::semantic::{Dimension, Entity, EntityKind, SemanticModel, TableModel};

/// A column of a reachable table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ColumnAt<'m> {
    /// The place of its table in [`Reach`].
    pub(super) step: usize,
    pub(super) expr: &'m str,
}

/// The tables that can be reached from a base table, nearest first; the base itself is the first.
#[derive(Debug, Clone)]
pub(super) struct Reach<'m> {
    steps: Vec<Step<'m>>,
}

#[derive(Debug, Clone, Copy)]
struct Step<'m> {
    table: &'m TableModel,
    /// The place of the table it is reached from, that table's foreign key, and the primary key here.
    from: Option<(usize, &'m Entity, &'m Entity)>,
}

impl<'m> Reach<'m> {
    pub(super) fn from(model: &'m SemanticModel, base: &'m TableModel) -> Self {
        let mut steps = vec![Step { table: base, from: None }];
        let mut at = 0;
        while let Some(Step { table, .. }) = steps.get(at).copied() {
            for foreign in table.entities.iter().filter(|entity| entity.kind == EntityKind::Foreign) {
                let Some(home) = model.home_of(&foreign.name) else { continue };
                let known = steps.iter().any(|step| step.table.name == home.name);
                if let (false, Some(primary)) = (known, home.entity(&foreign.name)) {
                    steps.push(Step { table: home, from: Some((at, foreign, primary)) });
                }
            }
            at += 1;
        }
        Self { steps }
    }

    /// The base table.
    pub(super) fn base(&self) -> &'m TableModel {
        // A reach is only ever made with its base as the first step.
        #[expect(clippy::indexing_slicing, reason = "`from` puts the base first")]
        self.steps[0].table
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
        let table = self.steps.get(column.step).map_or("", |step| step.table.name.as_str());
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
        let base = self.base();
        let mut text = format!("FROM {} AS {}", base.table, base.name);
        for (step, _) in self.steps.iter().zip(wanted).filter(|(_, wanted)| *wanted) {
            let Some((from, foreign, primary)) = step.from else { continue };
            let from = self.steps.get(from).map_or("", |step| step.table.name.as_str());
            let (table, name) = (&step.table.table, &step.table.name);
            text +=
                &format!("\n  JOIN {table} AS {name} ON {name}.{} = {from}.{}", primary.expr, foreign.expr);
        }
        text
    }

    /// How many tables must be joined for these columns.
    pub(super) fn joins(&self, columns: &[ColumnAt<'m>]) -> usize {
        self.joined_tables(columns).matches("\n  JOIN ").count()
    }

    fn key_of(&self, entity: &str) -> Option<ColumnAt<'m>> {
        self.steps.iter().enumerate().find_map(|(step, Step { table, .. })| {
            table.entity(entity).map(|key| ColumnAt { step, expr: &key.expr })
        })
    }

    fn own_column(&self, home: &TableModel, dimension: &'m Dimension) -> Option<ColumnAt<'m>> {
        self.step_of(home).map(|step| ColumnAt { step, expr: &dimension.expr })
    }

    fn step_of(&self, table: &TableModel) -> Option<usize> {
        self.steps.iter().position(|step| step.table.name == table.name)
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
