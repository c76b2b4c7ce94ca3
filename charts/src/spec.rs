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
    /// Like a line, filled down to zero; the series, if there are any, lie on top of each other.
    Area,
    /// One mark a row at two figures; series differ in colour and shape.
    Scatter,
    /// One cell a category (column) and series (row), coloured by the figure.
    HeatMap,
}

/// How figures become distances.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Equal differences are equally long.
    #[default]
    Linear,
    /// Equal ratios are equally long; figures must be above zero.
    Log,
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

/// The columns with the ends of the interval around each figure; null where a figure has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// The column of the lower end.
    pub low: String,
    /// The column of the upper end.
    pub high: String,
    /// What the interval is, such as `95 % interval`.
    pub label: String,
}

/// A line that figures are held against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reference {
    /// Where both axes have the same figure.
    Diagonal {
        /// What lying on it means.
        label: String,
    },
    /// A figure of the value axis.
    Value {
        /// The figure.
        at: f64,
        /// What it is.
        label: String,
    },
}

/// What makes a picture readable by itself. All of it may be left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Detail {
    /// Below the title: what was counted, in which unit, over how many, by which protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subtitle: Option<String>,
    /// Below the picture: what the reader has to know besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whiskers; of bars, lines and scatters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// A line to hold the figures against; not of heat maps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// Of the category axis; a logarithm needs numbers on it.
    #[serde(skip_serializing_if = "is_linear")]
    pub x_scale: Scale,
    /// Of the value axis; bars and areas begin at zero, so they have no logarithm. A heat map's colours may have one.
    #[serde(skip_serializing_if = "is_linear")]
    pub y_scale: Scale,
}

fn is_linear(scale: &Scale) -> bool {
    *scale == Scale::Linear
}

/// A chart of the rows of a table, in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// The series; a grouped bar chart and a heat map need them, a bar chart has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<Series>,
    /// What a picture shows besides.
    #[serde(default, skip_serializing_if = "is_plain")]
    pub detail: Detail,
}

fn is_plain(detail: &Detail) -> bool {
    *detail == Detail::default()
}

/// Why a specification does not fit a table.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
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
    /// A detail that the kind of chart cannot show.
    #[error("a {kind:?} chart {wanted}")]
    Detail {
        /// The kind.
        kind: ChartKind,
        /// What would be right.
        wanted: &'static str,
    },
    /// A figure that the axis has no place for.
    #[error("row {row} of column {field:?} is {value}: {wanted}")]
    OutOfRange {
        /// Counted from 0.
        row: usize,
        /// The column.
        field: String,
        /// The figure.
        value: f64,
        /// What would be right.
        wanted: &'static str,
    },
    /// More than a picture can show.
    #[error("{found} {what} do not fit into one picture: take at most {most}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many fit.
        most: usize,
    },
}

impl ChartSpec {
    /// Whether the chart can be drawn from the table; an empty table can.
    pub fn check(&self, table: &Table) -> Result<(), ChartError> {
        self.check_kind()?;
        column_kind(table, &self.x.field)?;
        if let Some(series) = &self.series {
            column_kind(table, &series.field)?;
        }
        check_numbers(table, &self.y.field)?;
        if self.x.kind == CategoryKind::Quantitative {
            check_numbers(table, &self.x.field)?;
        }
        if let Some(interval) = &self.detail.interval {
            check_numbers(table, &interval.low)?;
            check_numbers(table, &interval.high)?;
        }
        let above_zero = |number: f64| number > 0.0;
        if self.kind == ChartKind::Area {
            let wanted = "an area is a sum of parts, none may be below 0";
            check_range(table, &self.y.field, |number| number >= 0.0, wanted)?;
        }
        let wanted = "a logarithmic axis has no place for 0 and below";
        if self.detail.x_scale == Scale::Log {
            check_range(table, &self.x.field, above_zero, wanted)?;
        }
        if self.detail.y_scale == Scale::Log {
            check_range(table, &self.y.field, above_zero, wanted)?;
            if let Some(interval) = &self.detail.interval {
                check_range(table, &interval.low, above_zero, wanted)?;
            }
        }
        Ok(())
    }

    /// Whether kind, series and details go together.
    fn check_kind(&self) -> Result<(), ChartError> {
        let kind = self.kind;
        let wrong_series = match (kind, &self.series) {
            (ChartKind::GroupedBar, None) => Some("needs a series to group by"),
            (ChartKind::HeatMap, None) => Some("needs a series, whose values are its rows"),
            (ChartKind::Bar, Some(_)) => Some("has no series: use a grouped bar chart"),
            _ => None,
        };
        if let Some(wanted) = wrong_series {
            return Err(ChartError::Series { kind, wanted });
        }
        let numbers = self.x.kind == CategoryKind::Quantitative;
        let bars = matches!(kind, ChartKind::Bar | ChartKind::GroupedBar);
        let (area, map) = (kind == ChartKind::Area, kind == ChartKind::HeatMap);
        let diagonal = matches!(self.detail.reference, Some(Reference::Diagonal { .. }));
        let checks = [
            (kind == ChartKind::Scatter && !numbers, "needs numbers on both axes"),
            (map && numbers, "has columns by name or rank: make bins of the numbers"),
            (self.detail.interval.is_some() && (area || map), "has no place for intervals"),
            (self.detail.reference.is_some() && map, "has no place for a reference line"),
            (diagonal && (bars || !numbers), "has no diagonal: that needs numbers on both axes"),
            (self.detail.x_scale == Scale::Log && (bars || !numbers), "has no logarithm of names and ranks"),
            (self.detail.y_scale == Scale::Log && (bars || area), "begins at zero, where no logarithm is"),
        ];
        match checks.into_iter().find(|(wrong, _)| *wrong) {
            Some((_, wanted)) => Err(ChartError::Detail { kind, wanted }),
            None => Ok(()),
        }
    }
}

/// Whether every figure of a column, as far as there is one, is within bounds.
fn check_range(
    table: &Table,
    field: &str,
    fits: impl Fn(f64) -> bool,
    wanted: &'static str,
) -> Result<(), ChartError> {
    for row in 0..table.rows.len() {
        if let Some(value) = table.number(row, field).filter(|value| !fits(*value)) {
            return Err(ChartError::OutOfRange { row, field: field.to_owned(), value, wanted });
        }
    }
    Ok(())
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
            detail: Detail::default(),
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
    fn what_does_not_go_together_is_refused() {
        let rows = || vec![vec![json!("produce"), json!("prior"), json!(3)]];
        check(
            |spec| spec.kind = ChartKind::HeatMap,
            rows(),
            "a HeatMap chart needs a series, whose values are its rows",
        );
        check(|spec| spec.kind = ChartKind::Scatter, rows(), "a Scatter chart needs numbers on both axes");
        check(
            |spec| spec.detail.reference = Some(Reference::Diagonal { label: "equal".to_owned() }),
            rows(),
            "a Bar chart has no diagonal: that needs numbers on both axes",
        );
        check(
            |spec| spec.detail.y_scale = Scale::Log,
            rows(),
            "a Bar chart begins at zero, where no logarithm is",
        );
        let interval = Interval { low: "least".to_owned(), high: "items".to_owned(), label: String::new() };
        check(
            |spec| spec.detail.interval = Some(interval),
            rows(),
            r#"no column "least" in the table: it has ["department", "kind", "items"]"#,
        );
        check(
            |spec| spec.kind = ChartKind::Area,
            vec![vec![json!("produce"), json!("prior"), json!(-3)]],
            r#"row 0 of column "items" is -3: an area is a sum of parts, none may be below 0"#,
        );
        check(
            |spec| {
                spec.kind = ChartKind::Line;
                spec.detail.y_scale = Scale::Log;
            },
            vec![vec![json!("produce"), json!("prior"), json!(0)]],
            r#"row 0 of column "items" is 0: a logarithmic axis has no place for 0 and below"#,
        );
    }

    #[test]
    fn a_specification_of_before_the_details_is_still_read() {
        let json = json!({
            "kind": "line", "title": "Orders", "x": {"field": "h", "label": "hour", "type": "ordinal",
            "format": "hour"}, "y": {"field": "n", "label": "orders", "format": "integer"},
        });
        let spec: ChartSpec = serde_json::from_value(json).unwrap();
        assert_eq!((spec.kind, spec.detail), (ChartKind::Line, Detail::default()));
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
        assert!(json.get("series").is_none() && json.get("detail").is_none());
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
