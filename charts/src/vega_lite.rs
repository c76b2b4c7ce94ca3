//! A chart as a Vega-Lite 5 specification with the data inside.
//!
//! Input: a specification and its table. Output: JSON that any Vega-Lite renderer draws without a network. The data hold
//! only the columns that are drawn. Names are compared by horizontal bars, since they are long; everything with an order
//! runs from left to right. Rows keep their order: a ranking stays one. Syntax: <https://vega.github.io/vega-lite/docs/>.

use domain::{answer::Format, table::Table};
use serde_json::{Map, Value, json};

use crate::spec::{
    CategoryAxis, CategoryKind, ChartError, ChartKind, ChartSpec, Interval, Reference, Scale, Series,
    ValueAxis,
};

/// The schema that the output follows.
const SCHEMA: &str = "https://vega.github.io/schema/vega-lite/v5.json";

/// Renders a chart as Vega-Lite.
pub fn to_vega_lite(spec: &ChartSpec, table: &Table) -> Result<Value, ChartError> {
    spec.check(table)?;
    let base = json!({ "mark": mark(spec.kind), "encoding": encoding(spec) });
    let title = match &spec.detail.subtitle {
        Some(subtitle) => json!({ "text": spec.title, "subtitle": subtitle }),
        None => json!(spec.title),
    };
    let mut chart = json!({ "$schema": SCHEMA, "title": title, "data": { "values": values(spec, table) } });
    let mut layers = Vec::new();
    layers.extend(spec.detail.interval.as_ref().map(|interval| interval_layer(spec, interval)));
    layers.extend(spec.detail.reference.as_ref().map(|reference| reference_layer(spec, table, reference)));
    let (Value::Object(fields), Value::Object(base)) = (&mut chart, base) else { return Ok(chart) };
    if layers.is_empty() {
        fields.extend(base);
    } else {
        layers.insert(0, Value::Object(base));
        fields.insert("layer".to_owned(), Value::Array(layers));
    }
    Ok(chart)
}

fn mark(kind: ChartKind) -> Value {
    match kind {
        ChartKind::Bar | ChartKind::GroupedBar => json!({ "type": "bar" }),
        ChartKind::Line => json!({ "type": "line", "point": true }),
        ChartKind::Area => json!({ "type": "area", "line": true, "opacity": 0.6 }),
        ChartKind::Scatter => json!({ "type": "point", "filled": true, "opacity": 0.6 }),
        ChartKind::HeatMap => json!({ "type": "rect" }),
    }
}

/// The names of the channels that categories and figures lie on: names are compared by horizontal bars.
fn channels(spec: &ChartSpec) -> (&'static str, &'static str) {
    let bars = matches!(spec.kind, ChartKind::Bar | ChartKind::GroupedBar);
    if bars && spec.x.kind == CategoryKind::Nominal { ("y", "x") } else { ("x", "y") }
}

fn encoding(spec: &ChartSpec) -> Map<String, Value> {
    let mut encoding = Map::new();
    let (category, value) = channels(spec);
    encoding.insert(category.to_owned(), with_scale(category_channel(&spec.x), spec.detail.x_scale));
    let figures = with_scale(value_channel(&spec.y), spec.detail.y_scale);
    match (&spec.series, spec.kind) {
        (Some(series), ChartKind::HeatMap) => {
            encoding.insert(value.to_owned(), series_channel(series));
            encoding.insert("color".to_owned(), as_colour(figures));
        }
        (Some(series), kind) => {
            encoding.insert(value.to_owned(), figures);
            encoding.insert("color".to_owned(), series_channel(series));
            if kind == ChartKind::GroupedBar {
                let offset = json!({ "field": escape(&series.field), "type": "nominal", "sort": null });
                encoding.insert(format!("{category}Offset"), offset);
            }
        }
        (None, _) => drop(encoding.insert(value.to_owned(), figures)),
    }
    encoding.insert("tooltip".to_owned(), tooltip(spec));
    encoding
}

fn with_scale(mut channel: Value, scale: Scale) -> Value {
    if let (Scale::Log, Some(channel)) = (scale, channel.as_object_mut()) {
        channel.insert("scale".to_owned(), json!({ "type": "log" }));
    }
    channel
}

/// A channel of figures as one of colours, whose key stands in a legend instead of on an axis.
fn as_colour(mut channel: Value) -> Value {
    if let Some(channel) = channel.as_object_mut() {
        let axis = channel.remove("axis");
        channel.insert("legend".to_owned(), axis.unwrap_or(Value::Null));
    }
    channel
}

/// The whiskers: a rule between two columns at each category.
fn interval_layer(spec: &ChartSpec, interval: &Interval) -> Value {
    let (category, value) = channels(spec);
    let mut encoding = Map::new();
    encoding.insert(category.to_owned(), category_channel(&spec.x));
    let end = |field: &str| json!({ "field": escape(field), "type": "quantitative" });
    encoding.insert(value.to_owned(), end(&interval.low));
    encoding.insert(format!("{value}2"), json!({ "field": escape(&interval.high) }));
    if let (Some(series), ChartKind::GroupedBar) = (&spec.series, spec.kind) {
        let offset = json!({ "field": escape(&series.field), "type": "nominal", "sort": null });
        encoding.insert(format!("{category}Offset"), offset);
    }
    json!({ "mark": { "type": "rule" }, "encoding": encoding })
}

/// The line to hold figures against, with its words.
fn reference_layer(spec: &ChartSpec, table: &Table, reference: &Reference) -> Value {
    let (_, value) = channels(spec);
    match reference {
        Reference::Value { at, label } => json!({
            "mark": { "type": "rule", "strokeDash": [6, 4], "tooltip": label },
            "encoding": { value: { "datum": at } },
        }),
        Reference::Diagonal { label } => {
            let fields = [&spec.x.field, &spec.y.field];
            let figures = || {
                (0..table.rows.len())
                    .flat_map(move |row| fields.map(|field| table.number(row, field)))
                    .flatten()
            };
            let (low, high) = (figures().fold(f64::INFINITY, f64::min), figures().fold(0.0, f64::max));
            let low = if low.is_finite() { low } else { 0.0 };
            json!({
                "data": { "values": [{ "at": low }, { "at": high }] },
                "mark": { "type": "line", "strokeDash": [6, 4], "color": "black", "tooltip": label },
                "encoding": {
                    "x": { "field": "at", "type": "quantitative" },
                    "y": { "field": "at", "type": "quantitative" },
                },
            })
        }
    }
}

fn values(spec: &ChartSpec, table: &Table) -> Vec<Value> {
    let interval = spec.detail.interval.as_ref();
    let fields = [
        Some(&spec.x.field),
        Some(&spec.y.field),
        spec.series.as_ref().map(|series| &series.field),
        interval.map(|interval| &interval.low),
        interval.map(|interval| &interval.high),
    ];
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
    fn whiskers_and_reference_lines_are_layers_above_the_marks() {
        let (mut spec, table) = items_by_department(vec![vec![json!("deli"), json!("a"), json!(3)]]);
        let (low, high) = ("items".to_owned(), "items".to_owned());
        spec.detail.interval = Some(Interval { low, high, label: "95 % interval".to_owned() });
        spec.detail.reference = Some(Reference::Value { at: 2.0, label: "chance".to_owned() });
        spec.detail.subtitle = Some("one shop".to_owned());
        let chart = to_vega_lite(&spec, &table).unwrap();
        assert_eq!(chart["title"], json!({ "text": "Items by department", "subtitle": "one shop" }));
        let marks: Vec<&Value> =
            chart["layer"].as_array().unwrap().iter().map(|layer| &layer["mark"]["type"]).collect();
        assert_eq!(marks, ["bar", "rule", "rule"]);
        assert_eq!(chart["layer"][1]["encoding"]["x2"]["field"], "items");
        assert_eq!(chart["layer"][2]["encoding"]["x"]["datum"], 2.0);
        assert!(chart.get("mark").is_none());
    }

    #[test]
    fn areas_scatters_and_heat_maps_have_marks_of_their_own() {
        let (mut spec, table) = items_by_department(vec![vec![json!("deli"), json!("a"), json!(3)]]);
        spec.series = Some(Series { field: "kind".to_owned(), label: "orders of".to_owned() });
        spec.kind = ChartKind::Area;
        assert_eq!(to_vega_lite(&spec, &table).unwrap()["mark"]["type"], "area");
        spec.kind = ChartKind::HeatMap;
        let chart = to_vega_lite(&spec, &table).unwrap();
        assert_eq!(chart["mark"]["type"], "rect");
        assert_eq!(
            (&chart["encoding"]["y"]["field"], &chart["encoding"]["color"]["field"]),
            (&json!("kind"), &json!("items"))
        );
        assert_eq!(chart["encoding"]["color"]["legend"]["format"], ",.0f");
        spec.kind = ChartKind::Scatter;
        spec.x.field = "items".to_owned();
        spec.x.kind = CategoryKind::Quantitative;
        spec.detail.y_scale = Scale::Log;
        let chart = to_vega_lite(&spec, &table).unwrap();
        assert_eq!(
            (&chart["mark"]["type"], &chart["encoding"]["y"]["scale"]["type"]),
            (&json!("point"), &json!("log"))
        );
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
