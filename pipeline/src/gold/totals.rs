//! Sums over all orders and by order number, and the tables `overview` and `journey` that are made of them.
//!
//! A customer is new with one order and repeat with two or more: customers are counted, not orders. Sizes of orders are
//! those of [`bands`](super::bands). Every figure is over all orders, never over a part of them.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, Float64Array, Int64Array},
    datatypes::{DataType, Field, Schema},
    record_batch::RecordBatch,
};

use crate::{
    error::PipelineError,
    gold::{
        bands::size_band,
        customers::OrderRow,
        features::{mean_days, millionths, ratio},
    },
};

/// Sums over orders.
#[derive(Debug, Clone, Copy, Default)]
struct OrderTotal {
    orders: u64,
    with_lines: u64,
    items: u64,
    reorders: u64,
    small: u64,
    medium: u64,
    large: u64,
    gaps: u64,
    gap_millionths: i64,
}

impl OrderTotal {
    fn add(&mut self, order: &OrderRow, size: u64, reorders: u64) {
        self.orders += 1;
        self.with_lines += u64::from(size > 0);
        self.items += size;
        self.reorders += reorders;
        let band = size_band(size);
        self.small += u64::from(band == Some(0));
        self.medium += u64::from(band == Some(1));
        self.large += u64::from(band == Some(2));
        if let Some(days) = order.days {
            self.gaps += 1;
            self.gap_millionths += millionths(days);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.orders += other.orders;
        self.with_lines += other.with_lines;
        self.items += other.items;
        self.reorders += other.reorders;
        self.small += other.small;
        self.medium += other.medium;
        self.large += other.large;
        self.gaps += other.gaps;
        self.gap_millionths += other.gap_millionths;
    }
}

/// Sums over customers and, by order number, over orders.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    customers: u64,
    new_customers: u64,
    by_number: Vec<OrderTotal>,
}

/// The size of the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct CatalogueSize {
    /// Products.
    pub products: u64,
    /// Products that were bought.
    pub products_bought: u64,
    /// Aisles.
    pub aisles: u64,
    /// Departments.
    pub departments: u64,
}

impl Totals {
    /// Counts a customer.
    pub fn add_customer(&mut self, orders: &[OrderRow]) {
        self.customers += 1;
        self.new_customers += u64::from(orders.len() == 1);
    }

    /// Counts an order.
    pub fn add_order(&mut self, order: &OrderRow, size: u64, reorders: u64) {
        let at = order.order_number as usize;
        if self.by_number.len() <= at {
            self.by_number.resize(at + 1, OrderTotal::default());
        }
        if let Some(total) = self.by_number.get_mut(at) {
            total.add(order, size, reorders);
        }
    }

    /// Adds the sums of other customers.
    pub fn merge(&mut self, other: &Self) {
        self.customers += other.customers;
        self.new_customers += other.new_customers;
        if self.by_number.len() < other.by_number.len() {
            self.by_number.resize(other.by_number.len(), OrderTotal::default());
        }
        for (own, other) in self.by_number.iter_mut().zip(&other.by_number) {
            own.merge(other);
        }
    }

    /// The one row of `overview`.
    pub fn overview(&self, catalogue: CatalogueSize) -> Result<RecordBatch, PipelineError> {
        let mut all = OrderTotal::default();
        for total in &self.by_number {
            all.merge(total);
        }
        let count = |value: u64| -> Cells { Cells::Integers(vec![Some(value)]) };
        let mean = |value: Option<f64>| -> Cells { Cells::Floats(vec![value]) };
        batch(vec![
            ("customers", count(self.customers)),
            ("new_customers", count(self.new_customers)),
            ("repeat_customers", count(self.customers - self.new_customers)),
            ("orders", count(all.orders)),
            ("orders_with_lines", count(all.with_lines)),
            ("items", count(all.items)),
            ("reorders", count(all.reorders)),
            ("products", count(catalogue.products)),
            ("products_bought", count(catalogue.products_bought)),
            ("aisles", count(catalogue.aisles)),
            ("departments", count(catalogue.departments)),
            ("items_per_order", mean(ratio(all.items, all.with_lines))),
            ("orders_per_customer", mean(ratio(all.orders, self.customers))),
            ("reorder_rate", mean(ratio(all.reorders, all.items))),
            ("avg_days_since_prior_order", mean(mean_days(all.gap_millionths, all.gaps))),
        ])
    }

    /// The rows of `journey`, by order number.
    pub fn journey(&self) -> Result<RecordBatch, PipelineError> {
        let rows: Vec<(u64, &OrderTotal)> =
            (0..).zip(&self.by_number).filter(|(_, total)| total.orders > 0).collect();
        let count = |value: &dyn Fn(&OrderTotal) -> u64| {
            Cells::Integers(rows.iter().map(|(_, total)| Some(value(total))).collect())
        };
        let mean = |value: &dyn Fn(&OrderTotal) -> Option<f64>| {
            Cells::Floats(rows.iter().map(|(_, total)| value(total)).collect())
        };
        batch(vec![
            ("order_number", Cells::Integers(rows.iter().map(|(number, _)| Some(*number)).collect())),
            ("customers", count(&|total| total.orders)),
            ("share_of_customers", mean(&|total| ratio(total.orders, self.customers))),
            ("orders_with_lines", count(&|total| total.with_lines)),
            ("items", count(&|total| total.items)),
            ("reorders", count(&|total| total.reorders)),
            ("mean_basket", mean(&|total| ratio(total.items, total.with_lines))),
            ("small_orders", count(&|total| total.small)),
            ("medium_orders", count(&|total| total.medium)),
            ("large_orders", count(&|total| total.large)),
            ("reorder_rate", mean(&|total| ratio(total.reorders, total.items))),
            ("avg_days_since_prior_order", mean(&|total| mean_days(total.gap_millionths, total.gaps))),
        ])
    }
}

enum Cells {
    Integers(Vec<Option<u64>>),
    Floats(Vec<Option<f64>>),
}

fn batch(columns: Vec<(&str, Cells)>) -> Result<RecordBatch, PipelineError> {
    let mut fields = Vec::with_capacity(columns.len());
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(columns.len());
    for (name, cells) in columns {
        match cells {
            Cells::Integers(cells) => {
                fields.push(Field::new(name, DataType::Int64, true));
                let cells = cells.into_iter().map(|cell| cell.map(|cell| cell as i64));
                arrays.push(Arc::new(cells.collect::<Int64Array>()));
            }
            Cells::Floats(cells) => {
                fields.push(Field::new(name, DataType::Float64, true));
                arrays.push(Arc::new(cells.into_iter().collect::<Float64Array>()));
            }
        }
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
}

#[cfg(test)]
mod tests {
    use arrow::{array::AsArray, datatypes::Int64Type};

    use super::*;
    use crate::silver::values::EvalSet;

    fn order(user_id: u32, order_number: u32) -> OrderRow {
        OrderRow {
            order_id: user_id * 100 + order_number,
            user_id,
            order_number,
            eval_set: EvalSet::Prior,
            dow: 0,
            hour: 0,
            days: (order_number > 1).then_some(7.0),
            lines: 0..0,
        }
    }

    fn column(batch: &RecordBatch, name: &str) -> Vec<i64> {
        batch.column_by_name(name).unwrap().as_primitive::<Int64Type>().values().to_vec()
    }

    #[test]
    fn new_and_repeat_are_counts_of_customers_and_not_of_orders() {
        let mut totals = Totals::default();
        for orders in [vec![order(1, 1)], vec![order(2, 1), order(2, 2), order(2, 3)]] {
            totals.add_customer(&orders);
            orders.iter().for_each(|order| totals.add_order(order, 1, 0));
        }
        let size = CatalogueSize { products: 1, products_bought: 1, aisles: 1, departments: 1 };
        let overview = totals.overview(size).unwrap();
        for (name, expected) in
            [("customers", 2), ("new_customers", 1), ("repeat_customers", 1), ("orders", 4)]
        {
            assert_eq!(column(&overview, name), [expected], "{name}");
        }
        assert_eq!(column(&totals.journey().unwrap(), "customers"), [2, 1, 1]);
    }

    #[test]
    fn an_order_is_small_up_to_5_lines_medium_up_to_15_and_large_beyond() {
        let mut totals = Totals::default();
        for (number, size) in (1..).zip([0, 1, 5, 6, 15, 16]) {
            totals.add_order(&order(1, number), size, 0);
        }
        let journey = totals.journey().unwrap();
        assert_eq!(column(&journey, "small_orders"), [0, 1, 1, 0, 0, 0]);
        assert_eq!(column(&journey, "medium_orders"), [0, 0, 0, 1, 1, 0]);
        assert_eq!(column(&journey, "large_orders"), [0, 0, 0, 0, 0, 1]);
        assert_eq!(
            column(&journey, "orders_with_lines"),
            [0, 1, 1, 1, 1, 1],
            "an order without lines is no small one"
        );
    }
}
