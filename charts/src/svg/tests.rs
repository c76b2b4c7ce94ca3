//! Pictures against snapshots, and what no picture may do whatever the figures.

use domain::{
    answer::Format,
    table::{Column, ColumnType},
};
use serde_json::{Value, json};

use super::*;
use crate::spec::{CategoryAxis, CategoryKind, Detail, Interval, Scale, Series, ValueAxis};

/// A chart over the columns `x`, `y`, `low`, `high` and `group`.
fn chart(kind: ChartKind, x: CategoryKind, rows: &[(Value, Value)]) -> (ChartSpec, Table) {
    let spec = ChartSpec {
        kind,
        title: "Orders of a planted shop".to_owned(),
        x: CategoryAxis {
            field: "x".to_owned(),
            label: "hour of the day".to_owned(),
            kind: x,
            format: Format::Integer,
        },
        y: ValueAxis { field: "y".to_owned(), label: "orders".to_owned(), format: Format::Integer },
        series: None,
        detail: Detail {
            subtitle: Some("Orders by hour, 3 customers; planted figures".to_owned()),
            ..Detail::default()
        },
    };
    let names = ["x", "y", "low", "high", "group"];
    let kinds = [
        ColumnType::Integer,
        ColumnType::Integer,
        ColumnType::Integer,
        ColumnType::Integer,
        ColumnType::String,
    ];
    let columns = names.into_iter().zip(kinds).map(|(name, kind)| Column::new(name, kind)).collect();
    let rows = rows
        .iter()
        .enumerate()
        .map(|(at, (x, y))| {
            let around = |by: i64| y.as_i64().map_or(Value::Null, |y| json!(y.saturating_add(by)));
            vec![x.clone(), y.clone(), around(-1), around(2), json!(["early", "late"][at % 2])]
        })
        .collect();
    (spec, Table { columns, rows })
}

fn rows() -> Vec<(Value, Value)> {
    [(8, 1_200), (8, 900), (9, 1_500), (9, 300), (10, 800), (10, 1_100)]
        .map(|(x, y)| (json!(x), json!(y)))
        .to_vec()
}

fn series() -> Option<Series> {
    Some(Series { field: "group".to_owned(), label: "customers".to_owned() })
}

fn interval() -> Option<Interval> {
    Some(Interval { low: "low".to_owned(), high: "high".to_owned(), label: "95 % interval".to_owned() })
}

#[test]
fn bars_with_intervals_look_as_they_should() {
    let (mut spec, table) = chart(ChartKind::Bar, CategoryKind::Nominal, &rows()[..2]);
    spec.detail.interval = interval();
    spec.detail.note = Some("A note <below> the picture.".to_owned());
    insta::assert_snapshot!(render(&spec, &table).unwrap());
}

#[test]
fn grouped_bars_of_something_with_an_order_stand_upright() {
    let (mut spec, table) = chart(ChartKind::GroupedBar, CategoryKind::Ordinal, &rows());
    spec.series = series();
    insta::assert_snapshot!(render(&spec, &table).unwrap());
}

#[test]
fn a_line_against_a_diagonal_has_the_same_range_on_both_axes() {
    let (mut spec, table) =
        chart(ChartKind::Line, CategoryKind::Quantitative, &[(json!(0), json!(1)), (json!(4), json!(3))]);
    spec.detail.reference = Some(Reference::Diagonal { label: "as promised".to_owned() });
    let svg = render(&spec, &table).unwrap();
    assert!(svg.contains("as promised"));
    // Each tick's label stands once on either axis.
    assert!(
        ["0", "1", "2", "3", "4"].iter().all(|tick| svg.matches(&format!(">{tick}</text>")).count() == 2),
        "{svg}"
    );
    insta::assert_snapshot!(svg);
}

#[test]
fn areas_are_stacked() {
    let (mut spec, table) = chart(ChartKind::Area, CategoryKind::Ordinal, &rows());
    spec.series = series();
    insta::assert_snapshot!(render(&spec, &table).unwrap());
}

#[test]
fn a_scatter_may_have_a_logarithm() {
    let (mut spec, table) = chart(ChartKind::Scatter, CategoryKind::Quantitative, &rows());
    spec.series = series();
    spec.detail.y_scale = Scale::Log;
    insta::assert_snapshot!(render(&spec, &table).unwrap());
}

#[test]
fn a_heat_map_has_a_cell_a_category_and_series() {
    let (mut spec, table) = chart(ChartKind::HeatMap, CategoryKind::Ordinal, &rows()[..5]);
    spec.series = series();
    let svg = render(&spec, &table).unwrap();
    assert!(svg.contains(">1,500</text>"));
    insta::assert_snapshot!(svg);
}

#[test]
fn without_figures_a_chart_says_so() {
    for rows in [&[][..], &[(json!(1), Value::Null)][..]] {
        for kind in [ChartKind::Bar, ChartKind::Line, ChartKind::Area, ChartKind::Scatter, ChartKind::HeatMap]
        {
            let x =
                if kind == ChartKind::Scatter { CategoryKind::Quantitative } else { CategoryKind::Ordinal };
            let (mut spec, table) = chart(kind, x, rows);
            spec.series = if kind == ChartKind::Bar { None } else { series() };
            let svg = render(&spec, &table).unwrap();
            assert!(svg.contains("no data") && svg.contains("Orders of a planted shop"), "{kind:?}");
        }
    }
}

#[test]
fn text_from_data_cannot_leave_its_element() {
    let (mut spec, mut table) = chart(ChartKind::Bar, CategoryKind::Nominal, &rows()[..1]);
    let evil = "</text><script>alert('1 & 2')</script>\u{0}\u{ffff}";
    spec.title = evil.to_owned();
    spec.detail.subtitle = Some(evil.to_owned());
    spec.detail.note = Some(evil.to_owned());
    spec.y.label = evil.to_owned();
    table.columns[0].kind = ColumnType::String;
    table.rows[0][0] = json!(evil);
    let svg = render(&spec, &table).unwrap();
    assert!(!svg.contains("<script") && svg.contains("&lt;script&gt;"), "{svg}");
    assert!(crate::png::rasterise(&svg, 0.5).is_ok());
}

#[test]
fn no_figure_panics_and_no_position_is_infinite() {
    let figures =
        [json!(f64::MAX), json!(f64::MIN_POSITIVE), json!(i64::MAX), json!(0), Value::Null, json!(1e-300)];
    for kind in [
        ChartKind::Bar,
        ChartKind::GroupedBar,
        ChartKind::Line,
        ChartKind::Area,
        ChartKind::Scatter,
        ChartKind::HeatMap,
    ] {
        let x = match kind {
            ChartKind::Scatter => CategoryKind::Quantitative,
            ChartKind::HeatMap => CategoryKind::Ordinal,
            _ => CategoryKind::Nominal,
        };
        for count in 0..=figures.len() {
            let rows: Vec<(Value, Value)> =
                figures.iter().take(count).map(|figure| (figure.clone(), figure.clone())).collect();
            let (mut spec, table) = chart(kind, x, &rows);
            spec.series = if kind == ChartKind::Bar { None } else { series() };
            let svg = render(&spec, &table).unwrap();
            assert!(!svg.contains("inf") && !svg.contains("NaN"), "{kind:?} {count}");
            assert!(crate::png::rasterise(&svg, 0.25).is_ok(), "{kind:?} {count}");
        }
    }
}

#[test]
fn long_labels_are_broken_and_every_word_is_there() {
    let long = "Organic Extra Virgin Cold Pressed Olive Oil from the Hills of Umbria";
    let (spec, mut table) = chart(ChartKind::Bar, CategoryKind::Nominal, &rows()[..2]);
    table.columns[0].kind = ColumnType::String;
    table.rows[0][0] = json!(long);
    let svg = render(&spec, &table).unwrap();
    assert!(long.split(' ').all(|word| svg.contains(word)), "{svg}");
    assert!(!svg.contains('…'));
}

#[test]
fn more_bars_than_a_picture_holds_are_refused() {
    let rows: Vec<(Value, Value)> = (0..121).map(|at| (json!(at), json!(at))).collect();
    let (spec, table) = chart(ChartKind::Bar, CategoryKind::Nominal, &rows);
    let message = render(&spec, &table).unwrap_err().to_string();
    assert_eq!(message, "121 bars do not fit into one picture: take at most 120");
}
