//! Writes a small run by hand: for tests of this crate and of those above it, which see no Parquet themselves.
//!
//! Input: tables as columns of values; facts made of them, rollups by SQL over them. Output: Parquet files in the lake's layout, a manifest and the pointer to it.
//! Not used by the product: hashes in the manifest are left empty, nothing is atomic.

mod facts;
mod models;

use std::{fs, fs::File, io, path::Path, sync::Arc};

use arrow::{
    array::{
        ArrayRef, BooleanArray, Float32Builder, Float64Array, Int64Array, Int64Builder, ListBuilder,
        StringArray,
    },
    datatypes::Field,
    error::ArrowError,
    record_batch::RecordBatch,
};
use domain::{
    lake::Lake,
    manifest::{Artefact, MANIFEST_SCHEMA_VERSION, Manifest},
    principal::RowPolicy,
};
use parquet::{arrow::ArrowWriter, errors::ParquetError};
use serde_json::Value;

pub use facts::with_facts;
pub use models::with_models;

use crate::{
    error::QueryError,
    sql::{Limits, SqlEngine, SqlRequest},
};

/// The cells of one column.
#[derive(Debug, Clone, PartialEq)]
pub enum Cells {
    /// `Int64`.
    Integers(Vec<Option<i64>>),
    /// `Float64`.
    Numbers(Vec<Option<f64>>),
    /// `Utf8`.
    Texts(Vec<Option<String>>),
    /// `Boolean`.
    Booleans(Vec<Option<bool>>),
    /// `List<Float32>`.
    Vectors(Vec<Vec<f32>>),
    /// `List<Int64>`.
    IntegerLists(Vec<Vec<i64>>),
}

impl Cells {
    /// Integers without nulls.
    pub fn integers(values: impl IntoIterator<Item = i64>) -> Self {
        Self::Integers(values.into_iter().map(Some).collect())
    }

    /// Numbers without nulls.
    pub fn numbers(values: impl IntoIterator<Item = f64>) -> Self {
        Self::Numbers(values.into_iter().map(Some).collect())
    }

    /// Texts without nulls.
    pub fn texts<S: Into<String>>(values: impl IntoIterator<Item = S>) -> Self {
        Self::Texts(values.into_iter().map(|text| Some(text.into())).collect())
    }

    fn array(&self) -> ArrayRef {
        match self {
            Self::Integers(values) => Arc::new(Int64Array::from(values.clone())),
            Self::Numbers(values) => Arc::new(Float64Array::from(values.clone())),
            Self::Texts(values) => Arc::new(StringArray::from(values.clone())),
            Self::Booleans(values) => Arc::new(BooleanArray::from(values.clone())),
            Self::Vectors(values) => {
                let mut lists = ListBuilder::new(Float32Builder::new())
                    .with_field(Field::new_list_field(arrow::datatypes::DataType::Float32, true));
                for vector in values {
                    lists.values().append_slice(vector);
                    lists.append(true);
                }
                Arc::new(lists.finish())
            }
            Self::IntegerLists(values) => {
                let mut lists = ListBuilder::new(Int64Builder::new());
                for list in values {
                    lists.values().append_slice(list);
                    lists.append(true);
                }
                Arc::new(lists.finish())
            }
        }
    }
}

/// A table of the run: the artefact's name and its columns.
#[derive(Debug, Clone, PartialEq)]
pub struct FixtureTable {
    /// `silver.orders`, `gold.order_facts`, `recsys.als.item_factors`, ….
    pub artefact: String,
    /// Names and cells, all of the same length.
    pub columns: Vec<(&'static str, Cells)>,
}

impl FixtureTable {
    /// A table of these columns.
    pub fn new(artefact: impl Into<String>, columns: Vec<(&'static str, Cells)>) -> Self {
        Self { artefact: artefact.into(), columns }
    }
}

/// Why a fixture could not be written.
#[derive(Debug, thiserror::Error)]
pub enum FixtureError {
    /// The disk.
    #[error("cannot write the fixture: {0}")]
    Io(#[from] io::Error),
    /// Columns of different length.
    #[error("the fixture's columns do not fit together: {0}")]
    Arrow(#[from] ArrowError),
    /// The writer.
    #[error("cannot write the fixture: {0}")]
    Parquet(#[from] ParquetError),
    /// The manifest.
    #[error("cannot write the fixture's manifest: {0}")]
    Json(#[from] serde_json::Error),
    /// A rollup.
    #[error("cannot sum up the fixture: {0}")]
    Query(#[from] QueryError),
}

/// Writes one Parquet file and says how many rows it has.
pub fn write_parquet(file: &Path, columns: &[(&str, Cells)]) -> Result<u64, FixtureError> {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.iter().map(|(name, cells)| (*name, cells.array(), true)),
    )?;
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut writer = ArrowWriter::try_new(File::create(file)?, batch.schema(), None)?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(u64::try_from(batch.num_rows()).unwrap_or(u64::MAX))
}

/// Writes a published run of these tables.
pub fn write_run(lake: &Lake, run_id: &str, tables: &[FixtureTable]) -> Result<Manifest, FixtureError> {
    let paths = lake.run(run_id);
    let mut artefacts = Vec::new();
    for table in tables {
        let folder = match table.artefact.split_once('.') {
            Some(("silver", name)) => paths.silver(name),
            Some(("gold", name)) => paths.gold(name),
            Some((_, name)) => match name.split_once('.') {
                Some((kind, part)) => paths.recsys(kind).join(part),
                None => paths.recsys(name),
            },
            None => paths.recsys(&table.artefact),
        };
        let rows = write_parquet(&folder.join("part-0.parquet"), &table.columns)?;
        artefacts.push(Artefact {
            name: table.artefact.clone(),
            path: paths.relative(&folder).unwrap_or_default(),
            rows,
            bytes: 0,
            sha256: String::new(),
            content_hash: String::new(),
            schema_hash: String::new(),
        });
    }
    let manifest = Manifest {
        schema_version: MANIFEST_SCHEMA_VERSION,
        run_id: run_id.to_owned(),
        parent_run_id: None,
        started_at: "2026-01-01T00:00:00Z".to_owned(),
        finished_at: Some("2026-01-01T00:00:01Z".to_owned()),
        binary_version: env!("CARGO_PKG_VERSION").to_owned(),
        source: "fixture".to_owned(),
        inputs: Vec::new(),
        high_water: Default::default(),
        parameters: serde_json::Value::Null,
        seed: 0,
        stages: Vec::new(),
        artefacts,
        embedding_model: None,
    };
    fs::create_dir_all(paths.folder())?;
    fs::write(paths.manifest(), serde_json::to_vec_pretty(&manifest)?)?;
    fs::write(lake.latest(), run_id)?;
    Ok(manifest)
}

/// Most rows of a rollup here; a fixture with more would be cut.
const MAX_ROLLUP_ROWS: usize = 100_000;

/// What the rollups of lines hold, in SQL over `l`, an order line.
const LINE_SUMS: [(&str, &str); 5] = [
    ("line_count", "COUNT(*)"),
    ("line_reorders", "SUM(l.reordered)"),
    ("line_cart_position_sum", "SUM(l.add_to_cart_order)"),
    ("line_cart_position_count", "COUNT(l.add_to_cart_order)"),
    ("line_first_in_cart", "SUM(CASE WHEN l.add_to_cart_order = 1 THEN 1 ELSE 0 END)"),
];
const LINE_COUNTS: [(&str, &str); 2] =
    [("line_orders", "COUNT(DISTINCT l.order_id)"), ("line_customers", "COUNT(DISTINCT l.user_id)")];

/// What the rollups of orders hold, in SQL over `o`, an order.
const ORDER_SUMS: [(&str, &str); 8] = [
    ("order_count", "COUNT(*)"),
    ("order_baskets", "COUNT(o.size)"),
    ("order_items", "COALESCE(SUM(o.size), 0)"),
    ("order_reorders", "COALESCE(SUM(o.reorders), 0)"),
    ("order_size_max", "MAX(o.size)"),
    ("order_gap_mean_sum", "COALESCE(SUM(o.days_since_prior_order), 0.0)"),
    ("order_gap_mean_count", "COUNT(o.days_since_prior_order)"),
    ("order_first", "SUM(CASE WHEN o.order_number = 1 THEN 1 ELSE 0 END)"),
];
const ORDER_COUNTS: [(&str, &str); 1] = [("order_customers", "COUNT(DISTINCT o.user_id)")];

/// The rollups that the shipped model declares: dimensions, and whether different orders and customers are counted.
const ROLLUPS: [(&str, &[&str], bool); 42] = [
    ("rollup_lines_by_product_time", &["product_id", "order_dow", "order_hour_of_day"], false),
    ("rollup_lines_by_product", &["product_id"], true),
    ("rollup_lines_by_aisle", &["aisle_id"], true),
    ("rollup_lines_by_department", &["department_id"], true),
    ("rollup_lines_by_dow", &["order_dow"], true),
    ("rollup_lines_by_hour", &["order_hour_of_day"], true),
    ("rollup_lines_by_department_time", &["department_id", "order_dow", "order_hour_of_day"], true),
    ("rollup_lines_by_department_aisle", &["department_id", "aisle_id"], true),
    ("rollup_lines_by_department_dow_day_part", &["department_id", "order_dow", "day_part"], true),
    ("rollup_lines_by_aisle_time", &["aisle_id", "order_dow", "order_hour_of_day"], true),
    ("rollup_orders_by_time", &["order_dow", "order_hour_of_day"], true),
    ("rollup_orders_by_dow", &["order_dow"], true),
    ("rollup_orders_by_hour", &["order_hour_of_day"], true),
    ("rollup_orders_by_number", &["order_number"], true),
    ("rollup_lines_by_product_number", &["order_number", "product_id"], false),
    ("rollup_lines_by_aisle_number", &["order_number", "aisle_id"], true),
    ("rollup_lines_by_department_number", &["order_number", "department_id"], true),
    ("rollup_lines_by_product_kind", &["product_id", "order_kind"], true),
    ("rollup_lines_by_aisle_kind", &["aisle_id", "order_kind"], true),
    ("rollup_lines_by_department_kind", &["department_id", "order_kind"], true),
    ("rollup_lines_by_product_day_part", &["product_id", "day_part"], true),
    ("rollup_lines_by_aisle_day_part", &["aisle_id", "day_part"], true),
    ("rollup_lines_by_department_day_part", &["department_id", "day_part"], true),
    ("rollup_lines_by_product_size_band", &["product_id", "size_band"], true),
    ("rollup_lines_by_department_size_band", &["department_id", "size_band"], true),
    ("rollup_lines_by_organic", &["organic"], true),
    ("rollup_lines_by_gluten_free", &["gluten_free"], true),
    ("rollup_lines_by_department_organic", &["department_id", "organic"], true),
    ("rollup_lines_by_aisle_organic", &["aisle_id", "organic"], true),
    ("rollup_orders_by_kind", &["order_kind"], true),
    ("rollup_orders_by_day_part", &["day_part"], true),
    ("rollup_orders_by_dow_day_part", &["order_dow", "day_part"], true),
    ("rollup_orders_by_size_band", &["size_band"], true),
    ("rollup_orders_by_size", &["order_size"], true),
    (
        "rollup_orders_by_parts",
        &["order_dow", "order_hour_of_day", "day_part", "size_band", "order_kind"],
        false,
    ),
    ("rollup_lines_by_product_segment", &["product_id", "segment_name"], true),
    ("rollup_lines_by_aisle_segment", &["aisle_id", "segment_name"], true),
    ("rollup_lines_by_department_segment", &["department_id", "segment_name"], true),
    ("rollup_lines_by_organic_segment", &["organic", "segment_name"], true),
    ("rollup_orders_by_segment_time", &["segment_name", "order_dow", "order_hour_of_day"], true),
    ("rollup_orders_by_segment_dow", &["segment_name", "order_dow"], true),
    ("rollup_orders_by_segment_hour", &["segment_name", "order_hour_of_day"], true),
];

/// Dimensions whose values are text.
const TEXTS: [&str; 4] = ["day_part", "size_band", "order_kind", "segment_name"];

/// The rollups of the tables that an engine has open, by plain SQL, so that nothing of what builds or reads them in
/// earnest is needed here.
pub async fn rollup_tables(engine: &dyn SqlEngine) -> Result<Vec<FixtureTable>, FixtureError> {
    let mut tables = Vec::new();
    for (name, dimensions, distinct) in ROLLUPS {
        let of_lines = name.starts_with("rollup_lines");
        let (sums, counts): (&[_], &[_]) =
            if of_lines { (&LINE_SUMS, &LINE_COUNTS) } else { (&ORDER_SUMS, &ORDER_COUNTS) };
        let counts = counts.iter().filter(|_| distinct);
        let columns: Vec<(&'static str, &'static str)> = dimensions
            .iter()
            .map(|dimension| (*dimension, *dimension))
            .chain(sums.iter().chain(counts).copied())
            .collect();
        let shown: Vec<String> = columns.iter().map(|(name, sql)| format!("{sql} AS {name}")).collect();
        let from = if of_lines {
            // Columns that two of the tables have are named once, here.
            "(SELECT l.order_id, l.user_id, l.product_id, l.add_to_cart_order, l.reordered, p.aisle_id, p.department_id, \
             p.organic, p.gluten_free, t.order_dow, t.order_hour_of_day, t.order_number, t.day_part, t.size_band, \
             t.order_kind, c.segment_name FROM order_lines l JOIN product_facts p ON p.product_id = l.product_id \
             JOIN order_facts t ON t.order_id = l.order_id JOIN customer_facts c ON c.user_id = l.user_id) AS l"
        } else {
            "(SELECT t.user_id, t.order_dow, t.order_hour_of_day, t.order_number, t.day_part, t.size_band, \
             t.order_kind, t.size, t.size AS order_size, t.reorders, t.days_since_prior_order, c.segment_name \
             FROM order_facts t JOIN customer_facts c ON c.user_id = t.user_id) AS o"
        };
        let sql = format!("SELECT {} FROM {from} GROUP BY {}", shown.join(", "), dimensions.join(", "));
        let limits = Limits { rows: MAX_ROLLUP_ROWS, ..Limits::DEFAULT };
        let request = SqlRequest::new(sql, RowPolicy::AllCustomers).with_limits(limits);
        let result = engine.execute(&request).await?;
        if result.truncated {
            return Err(QueryError::Invalid(format!("{name} has too many rows for a fixture")).into());
        }
        let cells = columns.iter().enumerate().map(|(at, (name, _))| {
            let column = result.table.rows.iter().map(|row| row.get(at).cloned().unwrap_or(Value::Null));
            let days = *name == "order_gap_mean_sum";
            let cells = if TEXTS.contains(name) {
                Cells::Texts(column.map(|cell| cell.as_str().map(str::to_owned)).collect())
            } else if days {
                Cells::Numbers(column.map(|cell| cell.as_f64()).collect())
            } else {
                Cells::Integers(column.map(|cell| cell.as_i64()).collect())
            };
            (*name, cells)
        });
        tables.push(FixtureTable::new(format!("gold.{name}"), cells.collect()));
    }
    Ok(tables)
}

/// A shop small enough to be worked out by hand: 3 customers, 7 orders (the fifth without lines), 11 lines, 5 products
/// in 3 aisles and departments; ice cream (product 5, frozen) was never bought.
///
/// ```text
/// order customer set   nth dow hour gap   lines (product, in cart order; * = reordered)
///     1        1 prior   1   0    8   -   1 3
///     2        1 prior   2   1   10   7   1* 2 3*
///     3        1 train   3   1   10  30   1*
///     4        2 prior   1   0   10   -   2 4
///     5        2 test    2   2    8   3
///     6        3 prior   1   6   23   -   3
///     7        3 train   2   0    8  14   3* 1
/// ```
pub fn tiny_shop() -> Vec<FixtureTable> {
    let mut tables = tiny_catalogue();
    let order_ids = || Cells::integers(1..=7);
    let order_users = || Cells::integers([1, 1, 1, 2, 2, 3, 3]);
    let sets = || Cells::texts(["prior", "prior", "train", "prior", "test", "prior", "train"]);
    let mut orders = vec![
        ("order_id", order_ids()),
        ("user_id", order_users()),
        ("eval_set", sets()),
        ("order_number", Cells::integers([1, 2, 3, 1, 2, 1, 2])),
        ("order_dow", Cells::integers([0, 1, 1, 0, 2, 6, 0])),
        ("order_hour_of_day", Cells::integers([8, 10, 10, 10, 8, 23, 8])),
        (
            "days_since_prior_order",
            Cells::Numbers(vec![None, Some(7.0), Some(30.0), None, Some(3.0), None, Some(14.0)]),
        ),
    ];
    tables.push(FixtureTable::new("silver.orders", orders.clone()));
    orders.push(("size", Cells::Integers(vec![Some(2), Some(3), Some(1), Some(2), None, Some(1), Some(2)])));
    orders.push((
        "reorders",
        Cells::Integers(vec![Some(0), Some(2), Some(1), Some(0), None, Some(0), Some(1)]),
    ));
    tables.push(FixtureTable::new("gold.order_facts", orders));
    tables.push(FixtureTable::new(
        "silver.order_lines",
        vec![
            ("order_id", Cells::integers([1, 1, 2, 2, 2, 3, 4, 4, 6, 7, 7])),
            ("user_id", Cells::integers([1, 1, 1, 1, 1, 1, 2, 2, 3, 3, 3])),
            ("product_id", Cells::integers([1, 3, 1, 2, 3, 1, 2, 4, 3, 3, 1])),
            ("add_to_cart_order", Cells::integers([1, 2, 1, 2, 3, 1, 1, 2, 1, 1, 2])),
            ("reordered", Cells::integers([0, 0, 1, 0, 1, 1, 0, 0, 0, 1, 0])),
            (
                "eval_set",
                Cells::texts([
                    "prior", "prior", "prior", "prior", "prior", "train", "prior", "prior", "prior", "train",
                    "train",
                ]),
            ),
        ],
    ));
    with_models(with_facts(tables))
}

fn tiny_catalogue() -> Vec<FixtureTable> {
    vec![
        FixtureTable::new(
            "silver.departments",
            vec![
                ("department_id", Cells::integers([1, 2, 3])),
                ("department", Cells::texts(["produce", "dairy eggs", "frozen"])),
            ],
        ),
        FixtureTable::new(
            "silver.aisles",
            vec![
                ("aisle_id", Cells::integers([10, 20, 30])),
                ("aisle", Cells::texts(["fresh fruits", "milk", "ice cream ice"])),
            ],
        ),
        FixtureTable::new(
            "silver.products",
            vec![
                ("product_id", Cells::integers(1..=5)),
                (
                    "product_name",
                    Cells::texts(["Banana", "Apple", "Whole Milk", "Plain Yogurt", "Vanilla Ice Cream"]),
                ),
                ("aisle_id", Cells::integers([10, 10, 20, 20, 30])),
                ("department_id", Cells::integers([1, 1, 2, 2, 3])),
            ],
        ),
    ]
}
