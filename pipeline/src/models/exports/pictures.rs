//! The pictures of segments: how many customers where, how segments differ, and what each prefers.

use charts::{CategoryAxis, CategoryKind, ChartKind, ChartSpec, Detail, Reference, Scale, Series, ValueAxis};
use domain::{
    answer::Format,
    table::{Column, ColumnType, Table},
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::{
    Picture,
    customers::{ExportedCustomer, ExportedSegment},
    lists::Entry,
};
use crate::report::words::count;

/// Ends of the recency bins in days; 30 means "30 or more".
const RECENCY_BINS: [(f64, &str); 6] = [
    (3.0, "0 to 3 days"),
    (7.0, "4 to 7 days"),
    (14.0, "8 to 14 days"),
    (21.0, "15 to 21 days"),
    (29.0, "22 to 29 days"),
    (f64::INFINITY, "30 or more"),
];

/// Ends of the frequency bins in orders, the most frequent first.
const FREQUENCY_BINS: [(u32, &str); 6] = [
    (51, "51 or more"),
    (31, "31 to 50 orders"),
    (16, "16 to 30 orders"),
    (9, "9 to 15 orders"),
    (5, "5 to 8 orders"),
    (0, "1 to 4 orders"),
];

/// Products of a list that a picture shows.
const LISTED: u32 = 10;

/// How far points of the scatter are moved, in days and as a share of the orders.
const JITTER: f64 = 0.4;

/// Stream of the seed for that.
const JITTER_STREAM: u64 = 8 << 40;

/// All pictures of the segments; `dots` are the customers of the scatter.
pub(super) fn of_segments(
    customers: &[ExportedCustomer],
    segments: &[ExportedSegment],
    lists: &[Entry],
    dots: &[usize],
    seed: u64,
) -> Vec<Picture> {
    let mut pictures = vec![
        sizes(customers, segments),
        profiles(customers, segments),
        heat_map(customers, "rfm_customers", "Customers by recency and frequency", "customers", |cell| {
            (!cell.is_empty()).then_some(cell.len() as f64)
        }),
        heat_map(customers, "rfm_basket", "Basket size by recency and frequency", "lines an order", |cell| {
            let known: Vec<f64> = cell.iter().filter_map(|customer| customer.monetary).collect();
            (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
        }),
        scatter(customers, dots, seed),
    ];
    pictures.extend(segments.iter().filter_map(|segment| list(segment, lists)));
    pictures
}

fn text(name: &str) -> Column {
    Column::new(name, ColumnType::String)
}

fn number(name: &str) -> Column {
    Column::new(name, ColumnType::Number)
}

fn category(field: &str, label: &str, kind: CategoryKind, format: Format) -> CategoryAxis {
    CategoryAxis { field: field.to_owned(), label: label.to_owned(), kind, format }
}

fn value(field: &str, label: &str, format: Format) -> ValueAxis {
    ValueAxis { field: field.to_owned(), label: label.to_owned(), format }
}

fn by(field: &str, label: &str) -> Option<Series> {
    Some(Series { field: field.to_owned(), label: label.to_owned() })
}

fn sizes(customers: &[ExportedCustomer], segments: &[ExportedSegment]) -> Picture {
    let rows = segments.iter().map(|segment| vec![json!(segment.name), json!(segment.customers)]).collect();
    let spec = ChartSpec {
        kind: ChartKind::Bar,
        title: "How many customers each segment has".to_owned(),
        x: category("segment", "segment", CategoryKind::Nominal, Format::Name),
        y: value("customers", "customers", Format::Integer),
        series: None,
        detail: Detail {
            subtitle: Some(format!(
                "All {} customers by recency, frequency and basket size (k-means), the most valuable segment first.",
                count(customers.len() as u64)
            )),
            ..Detail::default()
        },
    };
    Picture {
        name: "segment_sizes".to_owned(),
        spec,
        table: Table { columns: vec![text("segment"), Column::new("customers", ColumnType::Integer)], rows },
    }
}

fn profiles(customers: &[ExportedCustomer], segments: &[ExportedSegment]) -> Picture {
    let measures = ["pause before the last order", "orders", "basket size"];
    let rows = segments
        .iter()
        .flat_map(|segment| {
            measures
                .iter()
                .zip(segment.z)
                .map(|(measure, z)| vec![json!(segment.name), json!(z), json!(measure)])
        })
        .collect();
    let spec = ChartSpec {
        kind: ChartKind::GroupedBar,
        title: "How segments differ from the average customer".to_owned(),
        x: category("segment", "segment", CategoryKind::Nominal, Format::Name),
        y: value(
            "z",
            "standard deviations from the mean of all customers (z-score of the logarithm)",
            Format::Decimal,
        ),
        series: by("measure", "measure"),
        detail: Detail {
            subtitle: Some(format!(
                "Centroids of {} customers. Right of zero: longer pauses, more orders, bigger baskets than average.",
                count(customers.len() as u64)
            )),
            ..Detail::default()
        },
    };
    Picture {
        name: "segment_profiles".to_owned(),
        spec,
        table: Table { columns: vec![text("segment"), number("z"), text("measure")], rows },
    }
}

/// A cell a bin of recency and frequency, coloured by a figure of its customers.
fn heat_map(
    customers: &[ExportedCustomer],
    name: &str,
    title: &str,
    figure: &str,
    of: impl Fn(&[&ExportedCustomer]) -> Option<f64>,
) -> Picture {
    let known: Vec<&ExportedCustomer> = customers.iter().filter(|c| c.recency_days.is_some()).collect();
    let recency_bin = |days: f64| RECENCY_BINS.iter().position(|(end, _)| days <= *end).unwrap_or(0);
    let frequency_bin =
        |orders: u32| FREQUENCY_BINS.iter().position(|(start, _)| orders >= *start).unwrap_or(0);
    let mut cells = vec![Vec::new(); RECENCY_BINS.len() * FREQUENCY_BINS.len()];
    for customer in &known {
        let at = frequency_bin(customer.frequency) * RECENCY_BINS.len()
            + recency_bin(customer.recency_days.unwrap_or(0.0));
        if let Some(cell) = cells.get_mut(at) {
            cell.push(*customer);
        }
    }
    let places =
        FREQUENCY_BINS.iter().flat_map(|(_, row)| RECENCY_BINS.iter().map(move |(_, column)| (row, column)));
    let rows = places
        .zip(&cells)
        .map(|((row, column), cell)| {
            vec![json!(column), of(cell).map_or(Value::Null, |figure| json!(figure)), json!(row)]
        })
        .collect();
    let single = customers.len() - known.len();
    let whole = figure == "customers";
    let spec = ChartSpec {
        kind: ChartKind::HeatMap,
        title: title.to_owned(),
        x: category(
            "recency",
            "recency: days between the last order and the one before it",
            CategoryKind::Ordinal,
            Format::Name,
        ),
        y: value("figure", figure, if whole { Format::Integer } else { Format::Decimal }),
        series: by("frequency", "frequency: orders of the customer"),
        detail: Detail {
            subtitle: Some(format!(
                "{} {} customers; darker is more. Cells without a customer are empty.",
                if whole { "How many of" } else { "Mean lines an order of" },
                count(known.len() as u64)
            )),
            note: (single > 0).then(|| {
                format!("Left out: {} with a single order, who have no recency.", count(single as u64))
            }),
            ..Detail::default()
        },
    };
    Picture {
        name: name.to_owned(),
        spec,
        table: Table { columns: vec![text("recency"), number("figure"), text("frequency")], rows },
    }
}

fn scatter(customers: &[ExportedCustomer], dots: &[usize], seed: u64) -> Picture {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(JITTER_STREAM);
    let mut shown: Vec<&ExportedCustomer> = dots.iter().filter_map(|at| customers.get(*at)).collect();
    // In order of segment, so that the legend begins with the most valuable one.
    shown.sort_by_key(|customer| (customer.segment, customer.user_id));
    let rows: Vec<Vec<Value>> = shown
        .iter()
        .filter_map(|customer| {
            let days = customer.recency_days? + rng.random_range(-JITTER..JITTER);
            let orders = f64::from(customer.frequency) * (1.0 + rng.random_range(-JITTER..JITTER) / 10.0);
            Some(vec![json!(days.max(0.0)), json!(orders.max(0.5)), json!(customer.segment_name)])
        })
        .collect();
    let spec = ChartSpec {
        kind: ChartKind::Scatter,
        title: "Customers by recency and frequency, coloured by segment".to_owned(),
        x: category("recency", "recency: days between the last order and the one before it (30 = 30 or more)", CategoryKind::Quantitative, Format::Integer),
        y: value("orders", "orders of the customer (logarithmic)", Format::Integer),
        series: by("segment", "segment"),
        detail: Detail {
            subtitle: Some(format!(
                "A random {} of {} customers, seed {seed}. Segments also differ in basket size, which is not seen here.",
                count(rows.len() as u64),
                count(customers.len() as u64)
            )),
            note: Some(
                "Points are moved by up to 0.4 days and 4 % of the orders, so that equal customers do not hide each other."
                    .to_owned(),
            ),
            y_scale: Scale::Log,
            ..Detail::default()
        },
    };
    Picture {
        name: "rfm_scatter".to_owned(),
        spec,
        table: Table { columns: vec![number("recency"), number("orders"), text("segment")], rows },
    }
}

/// The first products of a segment's list by lift; none where the segment has no list.
fn list(segment: &ExportedSegment, lists: &[Entry]) -> Option<Picture> {
    let entries: Vec<&Entry> = lists
        .iter()
        .filter(|e| e.segment == segment.segment && e.ranked_by == "lift" && e.rank <= LISTED)
        .collect();
    if entries.is_empty() {
        return None;
    }
    let rows = entries.iter().map(|entry| vec![json!(entry.product_name), json!(entry.lift)]).collect();
    let spec = ChartSpec {
        kind: ChartKind::Bar,
        title: format!("What “{}” buy more than others", segment.name),
        x: category("product", "product", CategoryKind::Nominal, Format::Name),
        y: value(
            "lift",
            "lift: share of the segment's customers who bought it / share of all customers",
            Format::Decimal,
        ),
        series: None,
        detail: Detail {
            subtitle: Some(format!(
                "The first {} products of segment {} ({} customers). They are ranked by lift shrunk towards 1 where few have \
                 bought, so the longest bar need not be on top; only preferences beyond chance are listed.",
                entries.len(),
                segment.segment,
                count(segment.customers)
            )),
            reference: Some(Reference::Value {
                at: 1.0,
                label: "lift 1: bought like everybody does".to_owned(),
            }),
            ..Detail::default()
        },
    };
    Some(Picture {
        name: format!("top_lift_segment_{}", segment.segment),
        spec,
        table: Table { columns: vec![text("product"), number("lift")], rows },
    })
}
