//! One picture of each kind from planted figures, to look at: `cargo run -p charts --example gallery -- <folder>`.

#![expect(clippy::print_stdout, reason = "says where the pictures are")]

use std::{error::Error, fs, path::Path};

use charts::{
    CategoryAxis, CategoryKind, ChartKind, ChartSpec, Detail, Interval, Reference, Scale, Series, ValueAxis,
    png, svg,
};
use domain::{
    answer::Format,
    table::{Column, ColumnType, Table},
};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: gallery <folder>")?;
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    for (name, spec, table) in [bars(), grouped(), upright(), calibration(), area(), scatter(), heat_map()] {
        let picture = svg::render(&spec, &table)?;
        fs::write(folder.join(format!("{name}.png")), png::rasterise(&picture, 1.0)?)?;
        fs::write(folder.join(format!("{name}.svg")), picture)?;
        println!("{}", folder.join(name).display());
    }
    Ok(())
}

/// A chart over the columns `x`, `y`, `low`, `high`, `series`.
fn chart(
    kind: ChartKind,
    (x, x_label, x_format): (CategoryKind, &str, Format),
    (y_label, y_format): (&str, Format),
    title: &str,
    rows: Vec<Vec<Value>>,
) -> (ChartSpec, Table) {
    let text = if x == CategoryKind::Nominal { ColumnType::String } else { ColumnType::Number };
    let kinds = [text, ColumnType::Number, ColumnType::Number, ColumnType::Number, ColumnType::String];
    let names = ["x", "y", "low", "high", "series"];
    let columns = names.into_iter().zip(kinds).map(|(name, kind)| Column::new(name, kind)).collect();
    let spec = ChartSpec {
        kind,
        title: title.to_owned(),
        x: CategoryAxis { field: "x".to_owned(), label: x_label.to_owned(), kind: x, format: x_format },
        y: ValueAxis { field: "y".to_owned(), label: y_label.to_owned(), format: y_format },
        series: None,
        detail: Detail {
            subtitle: Some("Planted figures of a shop that does not exist: what is counted, in which unit, over how many customers, and by which protocol stands here, on as many lines as it takes.".to_owned()),
            ..Detail::default()
        },
    };
    (spec, Table { columns, rows })
}

fn series(label: &str) -> Option<Series> {
    Some(Series { field: "series".to_owned(), label: label.to_owned() })
}

fn interval() -> Option<Interval> {
    Some(Interval {
        low: "low".to_owned(),
        high: "high".to_owned(),
        label: "95 % interval over customers".to_owned(),
    })
}

fn bars() -> (&'static str, ChartSpec, Table) {
    let methods = [
        "global top",
        "personal top with recency",
        "TIFU-KNN (tuned on the development split)",
        "next basket",
    ];
    let rows = methods.iter().zip([0.081, 0.312, 0.334, 0.352]);
    let rows =
        rows.map(|(m, y)| vec![json!(m), json!(y), json!(y - 0.008), json!(y + 0.009), json!("")]).collect();
    let (mut spec, table) = chart(
        ChartKind::Bar,
        (CategoryKind::Nominal, "method", Format::Name),
        ("recall@10, share of the products of the held-out order", Format::Decimal),
        "Recall of the next basket by method",
        rows,
    );
    spec.detail.interval = interval();
    spec.detail.note = Some("Longer is better. Intervals: 1,000 bootstrap draws over customers.".to_owned());
    ("bar", spec, table)
}

fn grouped() -> (&'static str, ChartSpec, Table) {
    let rows = ["all", "last is test", "last has lines"]
        .iter()
        .enumerate()
        .flat_map(|(at, m)| {
            ["TIFU-KNN", "next basket", "ALS"].into_iter().enumerate().map(move |(s, name)| {
                let y = 0.2 + 0.05 * at as f64 + 0.03 * s as f64;
                vec![json!(m), json!(y), json!(y - 0.01), json!(y + 0.02), json!(name)]
            })
        })
        .collect();
    let (mut spec, table) = chart(
        ChartKind::GroupedBar,
        (CategoryKind::Nominal, "customers", Format::Name),
        ("NDCG@10", Format::Decimal),
        "NDCG by method and group of customers",
        rows,
    );
    (spec.series, spec.detail.interval) = (series("method"), interval());
    ("grouped_bar", spec, table)
}

fn upright() -> (&'static str, ChartSpec, Table) {
    let orders = |hour: i32| 120_000 - (hour - 13).pow(2) * 800;
    let rows =
        (0..24).map(|h| vec![json!(h), json!(orders(h)), Value::Null, Value::Null, json!("")]).collect();
    let (mut spec, table) = chart(
        ChartKind::Bar,
        (CategoryKind::Ordinal, "hour of the day", Format::Hour),
        ("orders", Format::Integer),
        "Orders by hour of the day",
        rows,
    );
    spec.detail.reference = Some(Reference::Value { at: 78_000.0, label: "mean of the hours".to_owned() });
    ("upright", spec, table)
}

fn calibration() -> (&'static str, ChartSpec, Table) {
    let rows = (0..20)
        .map(|bin| {
            let x = 0.02 + f64::from(bin) * 0.04;
            let y = x * 0.9 + 0.02;
            vec![json!(x), json!(y), json!(y - 0.02), json!(y + 0.02), json!("history")]
        })
        .collect();
    let (mut spec, table) = chart(
        ChartKind::Line,
        (CategoryKind::Quantitative, "promised probability", Format::Percent),
        ("share that was bought", Format::Percent),
        "Are probabilities what they say?",
        rows,
    );
    spec.detail.interval = interval();
    spec.detail.reference = Some(Reference::Diagonal { label: "as promised".to_owned() });
    ("calibration", spec, table)
}

fn area() -> (&'static str, ChartSpec, Table) {
    let rows = (0..14)
        .flat_map(|day| {
            [("produce", 40), ("dairy eggs", 25), ("snacks", 12)].map(|(name, n)| {
                vec![json!(day), json!(n * 100 + (day * 37 % 11) * 60), Value::Null, Value::Null, json!(name)]
            })
        })
        .collect();
    let (mut spec, table) = chart(
        ChartKind::Area,
        (CategoryKind::Ordinal, "day of the fortnight", Format::Integer),
        ("items", Format::Integer),
        "Items by day and department",
        rows,
    );
    spec.series = series("department");
    ("area", spec, table)
}

fn scatter() -> (&'static str, ChartSpec, Table) {
    let rows = (0..900_u32)
        .map(|at| {
            let noise = |k: u32| f64::from(at.wrapping_mul(k).wrapping_mul(2_654_435_761) >> 16) / 65_536.0;
            let group = at % 9;
            let x = f64::from(group) * 3.0 + noise(7) * 8.0;
            let y = (1.0 + noise(13)) * 100.0 / f64::from(1 + group);
            vec![json!(x), json!(y), Value::Null, Value::Null, json!(format!("segment {group}"))]
        })
        .collect();
    let (mut spec, table) = chart(
        ChartKind::Scatter,
        (CategoryKind::Quantitative, "recency, days", Format::Integer),
        ("orders", Format::Integer),
        "Customers by recency and frequency",
        rows,
    );
    spec.series = series("segment");
    spec.detail.y_scale = Scale::Log;
    ("scatter", spec, table)
}

fn heat_map() -> (&'static str, ChartSpec, Table) {
    let rows = (0..6)
        .flat_map(|row| {
            (0..7).map(move |column| {
                vec![
                    json!(column * 5),
                    json!(10_i64.pow(1 + row % 4) + 137 * column),
                    Value::Null,
                    Value::Null,
                    json!(format!("{} to {} orders", row * 10, row * 10 + 9)),
                ]
            })
        })
        .collect();
    let (mut spec, table) = chart(
        ChartKind::HeatMap,
        (CategoryKind::Ordinal, "recency, days", Format::Days),
        ("customers", Format::Integer),
        "Customers by recency and frequency",
        rows,
    );
    spec.series = series("frequency");
    spec.detail.y_scale = Scale::Log;
    ("heat_map", spec, table)
}
