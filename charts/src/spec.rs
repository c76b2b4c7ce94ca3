//! What a chart shows: kind, title and which columns of a table stand on its axes.
//!
//! Serialisable as it is, so that an answer can carry it beside the table it belongs to. Both renderings check it against
//! the table first ([`ChartSpec::check`]), so neither draws half a chart.

use domain::{
    answer::Format,
    table::{ColumnType, Table},
};
use serde::{Deserialize, Serialize};

/// How the values are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChartKind {
    /// One bar a row.
    Bar,
    /// Bars side by side, one a category and series.
    GroupedBar,
    /// Points joined in the order of the rows; one line a series, if there are series.
    Line,
}

/// What the categories are; the words of Vega-Lite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CategoryKind {
    /// Names without an order of their own: departments, products.
    Nominal,
    /// Values with an order but no distances: hours, days of the week, segments.
    Ordinal,
    /// Numbers on a scale.
    Quantitative,
}

/// The axis of what is compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryAxis {
    /// The column.
    pub field: String,
    /// The words beside the axis.
    pub label: String,
    /// What the values are.
    #[serde(rename = "type")]
    pub kind: CategoryKind,
    /// How a value is written.
    pub format: Format,
}

/// The axis of the figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueAxis {
    /// The column; integers or numbers, null where there is no figure.
    pub field: String,
    /// The words beside the axis.
    pub label: String,
    /// How a value is written.
    pub format: Format,
}

/// The column that splits rows into several series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// The column.
    pub field: String,
    /// The heading of the legend.
    pub label: String,
}

/// A chart of the rows of a table, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChartSpec {
    /// How the values are drawn.
    pub kind: ChartKind,
    /// The heading.
    pub title: String,
    /// What is compared.
    pub x: CategoryAxis,
    /// The figures.
    pub y: ValueAxis,
    /// The series; a grouped bar chart needs them, a bar chart has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<Series>,
}

/// Why a specification does not fit a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChartError {
    /// A column that is not there.
    #[error("no column {field:?} in the table: it has {columns:?}")]
    UnknownField {
        /// What the specification names.
        field: String,
        /// What the table has.
        columns: Vec<String>,
    },
    /// A column of text or booleans on an axis of numbers.
    #[error("column {field:?} holds {kind:?} cells: an axis of numbers needs Integer or Number")]
    NotNumeric {
        /// The column.
        field: String,
        /// What it holds.
        kind: ColumnType,
    },
    /// A cell that is not what its column says.
    #[error("row {row} of column {field:?} is {value}: a number or null would be right")]
    NotANumber {
        /// Counted from 0.
        row: usize,
        /// The column.
        field: String,
        /// The cell, as JSON.
        value: String,
    },
    /// A kind of chart with or without series where it should be the other way round.
    #[error("a {kind:?} chart {wanted}")]
    Series {
        /// The kind.
        kind: ChartKind,
        /// What would be right.
        wanted: &'static str,
    },
}

impl ChartSpec {
    /// Whether the chart can be drawn from the table; an empty table can.
    pub fn check(&self, table: &Table) -> Result<(), ChartError> {
        match (self.kind, &self.series) {
            (ChartKind::GroupedBar, None) => {
                return Err(ChartError::Series { kind: self.kind, wanted: "needs a series to group by" });
            }
            (ChartKind::Bar, Some(_)) => {
                let wanted = "has no series: use a grouped bar chart";
                return Err(ChartError::Series { kind: self.kind, wanted });
            }
            _ => {}
        }
        column_kind(table, &self.x.field)?;
        if let Some(series) = &self.series {
            column_kind(table, &series.field)?;
        }
        check_numbers(table, &self.y.field)?;
        if self.x.kind == CategoryKind::Quantitative {
            check_numbers(table, &self.x.field)?;
        }
        Ok(())
    }
}

fn column_kind(table: &Table, field: &str) -> Result<ColumnType, ChartError> {
    let column = table.columns.iter().find(|column| column.name == field);
    column.map(|column| column.kind).ok_or_else(|| ChartError::UnknownField {
        field: field.to_owned(),
        columns: table.columns.iter().map(|column| column.name.clone()).collect(),
    })
}

fn check_numbers(table: &Table, field: &str) -> Result<(), ChartError> {
    let kind = column_kind(table, field)?;
    if !matches!(kind, ColumnType::Integer | ColumnType::Number) {
        return Err(ChartError::NotNumeric { field: field.to_owned(), kind });
    }
    for row in 0..table.rows.len() {
        let cell = table.cell(row, field);
        if !cell.is_some_and(|cell| cell.is_number() || cell.is_null()) {
            let value = cell.map_or_else(|| "missing".to_owned(), ToString::to_string);
            return Err(ChartError::NotANumber { row, field: field.to_owned(), value });
        }
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use domain::table::Column;
    use serde_json::{Value, json};

    use super::*;

    /// Departments and their items, a bar chart unless changed.
    pub(crate) fn items_by_department(rows: Vec<Vec<Value>>) -> (ChartSpec, Table) {
        let spec = ChartSpec {
            kind: ChartKind::Bar,
            title: "Items by department".to_owned(),
            x: CategoryAxis {
                field: "department".to_owned(),
                label: "department".to_owned(),
                kind: CategoryKind::Nominal,
                format: Format::Name,
            },
            y: ValueAxis { field: "items".to_owned(), label: "items".to_owned(), format: Format::Integer },
            series: None,
        };
        let columns = vec![
            Column::new("department", ColumnType::String),
            Column::new("kind", ColumnType::String),
            Column::new("items", ColumnType::Integer),
        ];
        (spec, Table { columns, rows })
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut ChartSpec), rows: Vec<Vec<Value>>, expected: &str) {
        let (mut spec, table) = items_by_department(rows);
        change(&mut spec);
        assert_eq!(spec.check(&table).unwrap_err().to_string(), expected);
    }

    #[test]
    fn a_chart_that_does_not_fit_its_table_says_why() {
        let rows = || vec![vec![json!("produce"), json!("prior"), json!(3)]];
        check(
            |spec| spec.y.field = "sales".to_owned(),
            rows(),
            r#"no column "sales" in the table: it has ["department", "kind", "items"]"#,
        );
        check(
            |spec| spec.y.field = "kind".to_owned(),
            rows(),
            r#"column "kind" holds String cells: an axis of numbers needs Integer or Number"#,
        );
        check(
            |spec| spec.kind = ChartKind::GroupedBar,
            rows(),
            "a GroupedBar chart needs a series to group by",
        );
        check(
            |spec| spec.series = Some(Series { field: "kind".to_owned(), label: "kind".to_owned() }),
            rows(),
            "a Bar chart has no series: use a grouped bar chart",
        );
        check(
            |_| {},
            vec![vec![json!("produce"), json!("prior"), json!("3")]],
            r#"row 0 of column "items" is "3": a number or null would be right"#,
        );
        check(
            |_| {},
            vec![vec![json!("produce")]],
            r#"row 0 of column "items" is missing: a number or null would be right"#,
        );
    }

    #[test]
    fn a_quantitative_category_must_be_a_number() {
        let (mut spec, table) = items_by_department(vec![]);
        spec.x.kind = CategoryKind::Quantitative;
        assert!(matches!(spec.check(&table), Err(ChartError::NotNumeric { .. })));
    }

    #[test]
    fn a_specification_survives_json_and_refuses_unknown_fields() {
        let (spec, _) = items_by_department(vec![]);
        let json = serde_json::to_value(&spec).unwrap();
        assert_eq!(json["kind"], "bar");
        assert_eq!(json["x"]["type"], "nominal");
        assert!(json.get("series").is_none());
        assert_eq!(serde_json::from_value::<ChartSpec>(json.clone()).unwrap(), spec);
        let mut wrong = json;
        wrong["colour"] = json!("red");
        assert!(serde_json::from_value::<ChartSpec>(wrong).is_err());
        assert!(
            serde_json::from_value::<ChartKind>(json!("pie")).is_err(),
            "only what is drawn is in the enum"
        );
    }
}
