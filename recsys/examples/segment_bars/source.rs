//! Customers with their orders, read from a folder of source files; and what is known of a customer at a cut.

use std::{collections::BTreeMap, error::Error, path::Path};

use recsys::rfm::Customer;

/// An order with its lines.
#[derive(Debug, Default, Clone)]
pub(crate) struct Order {
    pub(crate) user: u32,
    pub(crate) number: u32,
    pub(crate) is_train: bool,
    pub(crate) gap: Option<f64>,
    pub(crate) products: Vec<u32>,
}

/// Where the held-out order stands: the train order, else the last order with lines; all orders where that is the first.
pub(crate) fn cut(orders: &[Order]) -> usize {
    let train = orders.iter().position(|order| order.is_train && !order.products.is_empty());
    let target = train.or_else(|| orders.iter().rposition(|order| !order.products.is_empty()));
    target.filter(|target| *target > 0).unwrap_or(orders.len())
}

/// Recency, frequency and basket size after these orders.
pub(crate) fn measures(orders: &[Order]) -> Customer {
    let lines: usize = orders.iter().map(|order| order.products.len()).sum();
    let with_lines = orders.iter().filter(|order| !order.products.is_empty()).count();
    Customer {
        user_id: orders.first().map_or(0, |order| order.user),
        recency_days: orders.last().and_then(|order| order.gap),
        frequency: orders.len() as u64,
        monetary: (with_lines > 0).then(|| lines as f64 / with_lines as f64),
    }
}

/// The products of some orders with the orders that hold each.
pub(crate) fn products(orders: &[Order]) -> Vec<(u32, u32)> {
    let mut products = BTreeMap::new();
    orders
        .iter()
        .flat_map(|order| &order.products)
        .for_each(|product| *products.entry(*product).or_default() += 1);
    products.into_iter().collect()
}

/// The orders of each customer, customers by id and orders by number.
pub(crate) fn read(folder: &Path) -> Result<Vec<Vec<Order>>, Box<dyn Error>> {
    let mut orders: Vec<Order> = Vec::new();
    let mut record = csv::ByteRecord::new();
    let mut reader = csv::Reader::from_path(folder.join("orders.csv"))?;
    while reader.read_byte_record(&mut record)? {
        let id = number(&record, 0)? as usize;
        if orders.len() <= id {
            orders.resize_with(id + 1, Order::default);
        }
        orders[id] = Order {
            user: number(&record, 1)?,
            number: number(&record, 3)?,
            is_train: record.get(2) == Some(b"train"),
            gap: text(&record, 6)?.parse().ok(),
            products: Vec::new(),
        };
    }
    for file in ["order_products__prior.csv", "order_products__train.csv"] {
        let mut reader = csv::Reader::from_path(folder.join(file))?;
        while reader.read_byte_record(&mut record)? {
            let (order, product) = (number(&record, 0)?, number(&record, 1)?);
            orders.get_mut(order as usize).ok_or(format!("{file}: no order {order}"))?.products.push(product);
        }
    }
    orders.retain(|order| order.number > 0);
    orders.sort_by_key(|order| (order.user, order.number));
    Ok(orders.chunk_by(|a, b| a.user == b.user).map(<[Order]>::to_vec).collect())
}

fn number(record: &csv::ByteRecord, column: usize) -> Result<u32, Box<dyn Error>> {
    Ok(text(record, column)?.parse()?)
}

fn text(record: &csv::ByteRecord, column: usize) -> Result<&str, Box<dyn Error>> {
    Ok(std::str::from_utf8(record.get(column).ok_or("a row is too short")?)?)
}
