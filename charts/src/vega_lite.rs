//! A chart as a Vega-Lite 5 specification with the data inside.
//!
//! Input: a specification and its table. Output: JSON that any Vega-Lite renderer draws without a network. The data hold
//! only the columns that are drawn. Names are compared by horizontal bars, since they are long; everything with an order
//! runs from left to right. Rows keep their order: a ranking stays one. Syntax: <https://vega.github.io/vega-lite/docs/>.

use domain::{answer::Format, table::Table};
use serde_json::{Map, Value, json};

use crate::spec::{CategoryAxis, CategoryKind, ChartError, ChartKind, ChartSpec, Series, ValueAxis};

/// The schema that the output follows.
const SCHEMA: &str = "https://vega.github.io/schema/vega-lite/v5.json";

/// Renders a chart as Vega-Lite.
pub fn to_vega_lite(spec: &ChartSpec, table: &Table) -> Result<Value, ChartError> {
    spec.check(table)?;
    let mut encoding = Map::new();
    let horizontal = spec.kind != ChartKind::Line && spec.x.kind == CategoryKind::Nominal;
    let (category, value) = if horizontal { ("y", "x") } else { ("x", "y") };
    encoding.insert(category.to_owned(), category_channel(&spec.x));
    encoding.insert(value.to_owned(), value_channel(&spec.y));
    if let Some(series) = &spec.series {
        encoding.insert("color".to_owned(), series_channel(series));
        if spec.kind == ChartKind::GroupedBar {
            let offset = json!({ "field": escape(&series.field), "type": "nominal", "sort": null });
            encoding.insert(format!("{category}Offset"), offset);
        }
    }
    encoding.insert("tooltip".to_owned(), tooltip(spec));
    let mark = match spec.kind {
        ChartKind::Bar | ChartKind::GroupedBar => json!({ "type": "bar" }),
        ChartKind::Line => json!({ "type": "line", "point": true }),
    };
    Ok(json!({
        "$schema": SCHEMA,
        "title": spec.title,
        "data": { "values": values(spec, table) },
        "mark": mark,
        "encoding": encoding,
    }))
}

fn values(spec: &ChartSpec, table: &Table) -> Vec<Value> {
    let fields = [Some(&spec.x.field), Some(&spec.y.field), spec.series.as_ref().map(|series| &series.field)];
    let row_object = |row: usize| {
        let cells = fields.into_iter().flatten();
        let cell = |field: &String| (field.clone(), table.cell(row, field).cloned().unwrap_or(Value::Null));
        Value::Object(cells.map(cell).collect())
    };
    (0..table.rows.len()).map(row_object).collect()
}

fn category_channel(axis: &CategoryAxis) -> Value {
    let mut channel =
        json!({ "field": escape(&axis.field), "type": type_name(axis.kind), "title": axis.label });
    if let Some(channel) = channel.as_object_mut() {
        if axis.kind != CategoryKind::Quantitative {
            channel.insert("sort".to_owned(), Value::Null);
        }
        if axis.format == Format::Hour {
            channel.insert("axis".to_owned(), json!({ "labelExpr": "datum.label + ':00'" }));
        }
    }
    channel
}

fn value_channel(axis: &ValueAxis) -> Value {
    json!({
        "field": escape(&axis.field),
        "type": "quantitative",
        "title": axis.label,
        "axis": { "format": number_format(axis.format) },
    })
}

fn series_channel(series: &Series) -> Value {
    json!({ "field": escape(&series.field), "type": "nominal", "title": series.label, "sort": null })
}

fn tooltip(spec: &ChartSpec) -> Value {
    let x = json!({ "field": escape(&spec.x.field), "type": type_name(spec.x.kind), "title": spec.x.label });
    let series = spec
        .series
        .as_ref()
        .map(|series| json!({ "field": escape(&series.field), "type": "nominal", "title": series.label }));
    let y = json!({
        "field": escape(&spec.y.field),
        "type": "quantitative",
        "title": spec.y.label,
        "format": number_format(spec.y.format),
    });
    Value::Array([Some(x), series, Some(y)].into_iter().flatten().collect())
}

fn type_name(kind: CategoryKind) -> &'static str {
    match kind {
        CategoryKind::Nominal => "nominal",
        CategoryKind::Ordinal => "ordinal",
        CategoryKind::Quantitative => "quantitative",
    }
}

/// The d3 format that comes nearest to how values are written in text.
fn number_format(format: Format) -> &'static str {
    match format {
        Format::Integer | Format::Days => ",.0f",
        Format::Percent => ".1%",
        Format::Decimal => ",.2f",
        Format::Hour | Format::Id | Format::Name => "",
    }
}

/// A column name as Vega-Lite takes it literally: dots and brackets would reach into nested objects.
fn escape(field: &str) -> String {
    let mut escaped = String::with_capacity(field.len());
    for c in field.chars() {
        if matches!(c, '.' | '[' | ']' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::tests::items_by_department;

    #[test]
    fn names_are_compared_by_horizontal_bars_in_the_order_of_the_rows() {
        let rows =
            vec![vec![json!("produce"), json!("a"), json!(3)], vec![json!("deli"), json!("a"), json!(1)]];
        let (spec, table) = items_by_department(rows);
        let chart = to_vega_lite(&spec, &table).unwrap();
        let expected = json!({
            "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
            "title": "Items by department",
            "data": { "values": [{ "department": "produce", "items": 3 }, { "department": "deli", "items": 1 }] },
            "mark": { "type": "bar" },
            "encoding": {
                "y": { "field": "department", "type": "nominal", "title": "department", "sort": null },
                "x": { "field": "items", "type": "quantitative", "title": "items", "axis": { "format": ",.0f" } },
                "tooltip": [
                    { "field": "department", "type": "nominal", "title": "department" },
                    { "field": "items", "type": "quantitative", "title": "items", "format": ",.0f" },
                ],
            },
        });
        assert_eq!(chart, expected);
    }

    #[test]
    fn a_line_over_hours_runs_from_left_to_right_and_writes_hours() {
        let (mut spec, table) = items_by_department(vec![]);
        spec.kind = ChartKind::Line;
        spec.x.kind = CategoryKind::Ordinal;
        spec.x.format = Format::Hour;
        let chart = to_vega_lite(&spec, &table).unwrap();
        assert_eq!(chart["mark"], json!({ "type": "line", "point": true }));
        assert_eq!(chart["encoding"]["x"]["type"], "ordinal");
        assert_eq!(chart["encoding"]["x"]["axis"]["labelExpr"], "datum.label + ':00'");
        assert_eq!(chart["data"]["values"], json!([]), "an empty table is an empty chart");
    }

    #[test]
    fn grouped_bars_stand_side_by_side_and_keep_nulls() {
        let rows = vec![
            vec![json!("produce"), json!("prior"), json!(3)],
            vec![json!("produce"), json!("train"), Value::Null],
        ];
        let (mut spec, table) = items_by_department(rows);
        spec.kind = ChartKind::GroupedBar;
        spec.series = Some(Series { field: "kind".to_owned(), label: "orders of".to_owned() });
        let chart = to_vega_lite(&spec, &table).unwrap();
        assert_eq!(chart["encoding"]["yOffset"]["field"], "kind");
        assert_eq!(chart["encoding"]["color"]["title"], "orders of");
        assert_eq!(
            chart["data"]["values"][1],
            json!({ "department": "produce", "items": null, "kind": "train" })
        );
    }

    #[test]
    fn a_percentage_axis_is_written_in_per_cent() {
        let (mut spec, table) = items_by_department(vec![]);
        spec.y.format = Format::Percent;
        assert_eq!(to_vega_lite(&spec, &table).unwrap()["encoding"]["x"]["axis"]["format"], ".1%");
    }

    #[test]
    fn dots_and_brackets_in_a_column_name_are_taken_literally() {
        assert_eq!(escape("a.b[0]"), r"a\.b\[0\]");
        assert_eq!(escape("order_dow"), "order_dow");
    }

    #[test]
    fn a_chart_of_a_column_that_is_not_there_is_refused() {
        let (mut spec, table) = items_by_department(vec![]);
        spec.x.field = "aisle".to_owned();
        assert!(matches!(to_vega_lite(&spec, &table), Err(ChartError::UnknownField { .. })));
    }
}
