//! Rollups: measures of a table summed up in advance, by a few dimensions.
//!
//! Declared in the semantic model, built by the pipeline, read by the query compiler; this is what both agree on: which
//! measures a rollup holds, and in which columns. A rollup has one row a combination of its dimensions that occurs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Aggregation, EntityKind, Measure, MeasureFilter, SemanticModel, TableModel};

/// A table of sums.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rollup {
    /// The table in SQL, `rollup_…`.
    pub name: String,
    /// The semantic model whose measures it holds.
    pub semantic_model: String,
    /// What it is grouped by: names of dimensions that can be reached from that model, keys instead of names.
    pub dimensions: Vec<String>,
    /// Whether different orders and customers are counted too. They cannot be added up, so they answer questions by
    /// exactly these dimensions only; leave them out where there are more than a million groups.
    #[serde(default)]
    pub distinct: bool,
    /// A table of gold that holds these sums anyway, under names of its own; the pipeline makes none then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_in: Option<KeptIn>,
}

/// Where the sums of a rollup stand that is not made for itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptIn {
    /// The table in SQL, one row a combination of the rollup's dimensions, which it has by their names.
    pub table: String,
    /// The rows for which the rollup's model has rows; all where nothing is said.
    pub rows: Option<MeasureFilter>,
    /// Measures that are counts or sums, each by its column.
    pub columns: BTreeMap<String, String>,
    /// Dimensions that its rows are sorted by, where they are no fewer than those of the rollup's model: it is read where
    /// one of them, or a name of one, picks some of the rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sorted_by: Vec<String>,
    /// Values that the model's rows behind a row of the table may have, each with the column of how many of them do: such
    /// a condition picks the orders or customers that have one, though not their rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<Held>,
}

/// A value of a dimension that several rows behind one row of a kept table may have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// The dimension, a numeric one.
    pub dimension: String,
    /// Its value.
    pub value: i64,
    /// How many rows have it.
    pub column: String,
    /// A column of how many rows do not have it, where `column` is the number of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without: Option<String>,
}

impl Held {
    /// The columns it is told by.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        [Some(&self.column), self.without.as_ref()].into_iter().flatten().map(String::as_str)
    }
}

/// How a measure stands in a rollup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// One column; groups are added up.
    Sum(String),
    /// One column; of several groups the greatest.
    Max(String),
    /// One column; of several groups the least.
    Min(String),
    /// Two columns, sum and count of the values; both are added up, the mean is their quotient.
    Mean {
        /// The sum.
        sum: String,
        /// The count.
        count: String,
    },
    /// One column; groups cannot be put together.
    Distinct(String),
}

impl Rollup {
    /// The table in SQL that holds it.
    pub fn table(&self) -> &str {
        self.kept_in.as_ref().map_or(&self.name, |kept| &kept.table)
    }

    /// How a measure of the rollup's model stands in it; `None` where it does not.
    pub fn stored(&self, table: &TableModel, measure: &Measure) -> Option<Stored> {
        if let Some(kept) = &self.kept_in {
            let column = kept.columns.get(&measure.name)?.clone();
            return match measure.agg {
                Aggregation::Count | Aggregation::Sum => Some(Stored::Sum(column)),
                Aggregation::CountDistinct => Some(Stored::Distinct(column)),
                Aggregation::Avg | Aggregation::Median | Aggregation::Min | Aggregation::Max => None,
            };
        }
        let name = measure.name.clone();
        match measure.agg {
            Aggregation::Count | Aggregation::Sum => Some(Stored::Sum(name)),
            Aggregation::Max => Some(Stored::Max(name)),
            Aggregation::Min => Some(Stored::Min(name)),
            Aggregation::Avg => {
                Some(Stored::Mean { sum: format!("{name}_sum"), count: format!("{name}_count") })
            }
            Aggregation::CountDistinct if self.distinct && counts_orders_or_customers(table, measure) => {
                Some(Stored::Distinct(name))
            }
            Aggregation::CountDistinct | Aggregation::Median => None,
        }
    }
}

/// Orders and customers stand together in the tables, so that different ones are counted in passing.
fn counts_orders_or_customers(table: &TableModel, measure: &Measure) -> bool {
    let counted = table.entities.iter().find(|entity| Some(&entity.expr) == measure.expr.as_ref());
    measure.filter.is_none()
        && counted.is_some_and(|entity| matches!(entity.name.as_str(), "order" | "customer"))
}

impl SemanticModel {
    /// The rollups of a semantic model.
    pub fn rollups_of(&self, table: &TableModel) -> impl Iterator<Item = &Rollup> {
        self.rollups.iter().filter(|rollup| rollup.semantic_model == table.name)
    }

    /// The semantic model of a rollup.
    pub fn rolled_up(&self, rollup: &Rollup) -> Option<&TableModel> {
        self.semantic_models.iter().find(|table| table.name == rollup.semantic_model)
    }

    /// Whether a dimension can be reached from a table by its keys, many rows to one.
    pub(super) fn reaches(&self, from: &TableModel, home: &TableModel) -> bool {
        if from.name == home.name {
            return true;
        }
        let foreign = from.entities.iter().filter(|entity| entity.kind == EntityKind::Foreign);
        let mut next = foreign.filter_map(|entity| self.home_of(&entity.name));
        next.any(|table| table.name != from.name && self.reaches(table, home))
    }
}
