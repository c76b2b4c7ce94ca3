//! The catalogue: `product_facts`, with what names state; sums by product, and the tables `product_features` and
//! `product_features_union` that are made of them.
//!
//! Held in memory: the catalogue does not grow with the orders.

use std::{collections::HashMap, fs::File, path::Path, sync::Arc};

use arrow::{
    array::{ArrayRef, AsArray, Float64Array, Int64Array, StringArray},
    datatypes::{DataType, Field, Int64Type, Schema, SchemaRef},
    record_batch::RecordBatch,
};
use domain::attributes::{Attribute, attributes_in_own_words};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::{
    context::StageContext,
    error::{PipelineError, io_error},
    silver::values::EvalSet,
    table_writer::part_path,
};

/// Which lines and orders a table of features is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Prior orders only.
    Prior,
    /// Prior and train orders.
    Union,
}

impl Cut {
    /// Both, in the order of the arrays that are kept by cut.
    pub const ALL: [Self; 2] = [Self::Prior, Self::Union];

    /// The table's name in this cut.
    pub fn table_name(self, table: &str) -> String {
        match self {
            Self::Prior => table.to_owned(),
            Self::Union => format!("{table}_union"),
        }
    }

    /// Whether orders of that set are in the cut.
    pub fn holds(self, set: EvalSet) -> bool {
        match self {
            Self::Prior => set == EvalSet::Prior,
            Self::Union => set != EvalSet::Test,
        }
    }
}

/// A product of silver.
#[derive(Debug, Clone)]
pub struct Product {
    /// The key.
    pub product_id: u32,
    /// Its name.
    pub product_name: String,
    /// Its aisle.
    pub aisle_id: u32,
    /// Its department.
    pub department_id: u32,
}

/// The catalogue, by id; a product is known by its place.
#[derive(Debug, Default)]
pub struct Products {
    rows: Vec<Product>,
    places: HashMap<u32, u32>,
    /// The same for small ids, which is what ids are.
    dense: Vec<u32>,
}

/// The highest id that is looked up in a vector: 64 MiB of places.
const HIGHEST_DENSE: u32 = 1 << 24;

impl Products {
    /// Reads the catalogue of the run.
    pub fn read(context: &StageContext) -> Result<Self, PipelineError> {
        Self::read_in(&context.paths().silver("products"))
    }

    /// Reads the catalogue of a folder.
    pub fn read_in(folder: &Path) -> Result<Self, PipelineError> {
        let path = part_path(folder, 0);
        let file = File::open(&path).map_err(io_error("read", &path))?;
        let mut rows = Vec::new();
        for batch in ParquetRecordBatchReaderBuilder::try_new(file)?.build()? {
            let batch: RecordBatch = batch?;
            let numbers = |column: usize| batch.column(column).as_primitive::<Int64Type>().values();
            let (ids, aisles, departments) = (numbers(0), numbers(2), numbers(3));
            let names = batch.column(1).as_string::<i32>();
            for (row, id) in ids.iter().enumerate() {
                let at = |values: &[i64]| values.get(row).copied().unwrap_or_default() as u32;
                rows.push(Product {
                    product_id: *id as u32,
                    product_name: names.value(row).to_owned(),
                    aisle_id: at(aisles),
                    department_id: at(departments),
                });
            }
        }
        Ok(Self::new(rows))
    }

    /// A catalogue of these products.
    pub fn new(mut rows: Vec<Product>) -> Self {
        rows.sort_unstable_by_key(|product| product.product_id);
        let highest = rows.last().map_or(0, |product| product.product_id);
        let mut products = Self { rows, ..Self::default() };
        if highest < HIGHEST_DENSE {
            products.dense = vec![u32::MAX; highest as usize + 1];
        }
        for (place, product) in (0_u32..).zip(&products.rows) {
            match products.dense.get_mut(product.product_id as usize) {
                Some(slot) => *slot = place,
                None => {
                    products.places.insert(product.product_id, place);
                }
            }
        }
        products
    }

    /// The products, by id.
    pub fn rows(&self) -> &[Product] {
        &self.rows
    }

    /// A product's place. Silver has no line of an unknown product; one would get a place beyond the last.
    pub fn place(&self, product_id: u32) -> u32 {
        match self.dense.get(product_id as usize) {
            Some(place) => *place,
            None => self.places.get(&product_id).copied().unwrap_or(u32::MAX),
        }
    }

    /// The id of the product at a place.
    pub fn id(&self, place: u32) -> u32 {
        self.rows.get(place as usize).map_or(0, |product| product.product_id)
    }

    /// Sums of zero.
    pub fn totals(&self) -> ProductTotals {
        ProductTotals { by_cut: [0, 1].map(|_| vec![ProductTotal::default(); self.rows.len()]) }
    }

    /// The rows of `product_facts`: every product, bought or not, with a column of 0 and 1 an [`Attribute`].
    pub fn facts(&self) -> Result<RecordBatch, PipelineError> {
        let number = |value: fn(&Product) -> u32| -> ArrayRef {
            Arc::new(Int64Array::from_iter_values(self.rows.iter().map(|row| i64::from(value(row)))))
        };
        let names = self.rows.iter().map(|product| product.product_name.as_str());
        let mut columns = vec![
            ("product_id", number(|product| product.product_id)),
            ("product_name", Arc::new(StringArray::from_iter_values(names)) as ArrayRef),
            ("aisle_id", number(|product| product.aisle_id)),
            ("department_id", number(|product| product.department_id)),
        ];
        let stated: Vec<_> = self.rows.iter().map(|row| attributes_in_own_words(&row.product_name)).collect();
        for attribute in Attribute::ALL {
            let flags = stated.iter().map(|stated| i64::from(stated.contains(&attribute)));
            columns.push((attribute.code(), Arc::new(Int64Array::from_iter_values(flags))));
        }
        Ok(RecordBatch::try_from_iter(columns)?)
    }

    /// The rows of `product_features` in a cut: the products that were bought in it.
    pub fn features(&self, cut: Cut, totals: &ProductTotals) -> Result<RecordBatch, PipelineError> {
        let totals = &totals.by_cut[cut as usize];
        let bought: Vec<(&Product, &ProductTotal)> =
            self.rows.iter().zip(totals).filter(|(_, total)| total.orders > 0).collect();
        let number = |value: &dyn Fn(&(&Product, &ProductTotal)) -> u64| -> ArrayRef {
            Arc::new(Int64Array::from_iter_values(bought.iter().map(|row| value(row) as i64)))
        };
        let mean = |value: fn(&ProductTotal) -> u64| -> ArrayRef {
            let rows = bought.iter().map(|(_, total)| value(total) as f64 / total.orders as f64);
            Arc::new(Float64Array::from_iter_values(rows))
        };
        let names = bought.iter().map(|(product, _)| product.product_name.as_str());
        let columns = vec![
            number(&|(product, _)| u64::from(product.product_id)),
            Arc::new(StringArray::from_iter_values(names)),
            number(&|(_, total)| total.orders),
            number(&|(_, total)| total.users),
            mean(|total| total.reorders),
            mean(|total| total.positions),
        ];
        Ok(RecordBatch::try_new(Self::features_schema(), columns)?)
    }

    /// The columns of `product_features`.
    pub fn features_schema() -> SchemaRef {
        Arc::new(Schema::new(vec![
            Field::new("product_id", DataType::Int64, true),
            Field::new("product_name", DataType::Utf8, true),
            Field::new("orders", DataType::Int64, true),
            Field::new("users", DataType::Int64, true),
            Field::new("reorder_rate_global", DataType::Float64, true),
            Field::new("avg_add_to_cart_order", DataType::Float64, true),
        ]))
    }
}

/// Sums of one product. A product stands at most once in an order, so its lines are its orders.
#[derive(Debug, Clone, Copy, Default)]
struct ProductTotal {
    orders: u64,
    users: u64,
    reorders: u64,
    positions: u64,
}

/// Sums of every product, by cut and place.
#[derive(Debug, Clone, Default)]
pub struct ProductTotals {
    by_cut: [Vec<ProductTotal>; 2],
}

impl ProductTotals {
    /// Adds what one customer bought of one product.
    pub fn add(&mut self, cut: Cut, place: u32, orders: u64, reorders: u64, positions: u64) {
        if let Some(total) = self.by_cut[cut as usize].get_mut(place as usize) {
            total.orders += orders;
            total.users += 1;
            total.reorders += reorders;
            total.positions += positions;
        }
    }

    /// Adds the sums of other customers.
    pub fn merge(&mut self, other: &Self) {
        for (own, other) in self.by_cut.iter_mut().zip(&other.by_cut) {
            for (own, other) in own.iter_mut().zip(other) {
                own.orders += other.orders;
                own.users += other.users;
                own.reorders += other.reorders;
                own.positions += other.positions;
            }
        }
    }

    /// Products that were bought at all.
    pub fn bought(&self) -> u64 {
        self.by_cut[Cut::Union as usize].iter().filter(|total| total.orders > 0).count() as u64
    }
}
