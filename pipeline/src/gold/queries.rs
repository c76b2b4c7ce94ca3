//! The gold tables as SQL over silver, each with its definition.
//!
//! A mean is a sum of integers divided once at the end, so that it does not depend on the order in which threads add up.
//! Days are summed in millionths of a day, which is exact for whole days and for any source with fewer decimals.
//! Divisions by an empty sum give null, never zero.

/// Which lines and orders a table of features is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Prior orders only.
    Prior,
    /// Prior and train orders.
    Union,
}

impl Cut {
    /// The table's name in this cut.
    pub fn table_name(self, table: &str) -> String {
        match self {
            Self::Prior => table.to_owned(),
            Self::Union => format!("{table}_union"),
        }
    }

    fn sets(self) -> &'static str {
        match self {
            Self::Prior => "('prior')",
            Self::Union => "('prior', 'train')",
        }
    }
}

/// `order_facts`: one row an order; `size` and `reorders` are null on orders without lines.
pub fn order_facts() -> String {
    "WITH sizes AS (
        SELECT order_id, count(*) AS size, sum(reordered) AS reorders FROM order_lines GROUP BY order_id
    )
    SELECT o.order_id, o.user_id, o.eval_set, o.order_number, o.order_dow, o.order_hour_of_day,
        o.days_since_prior_order, s.size, s.reorders
    FROM orders AS o
    LEFT JOIN sizes AS s ON s.order_id = o.order_id"
        .to_owned()
}

/// `user_features`: one row a customer, over `order_facts` of every eval_set.
///
/// `total_order_number` counts all order rows. `avg_days_since_prior_order` leaves first orders out. `mean_basket` and
/// `reorder_rate` are over the orders that have lines. `recency_days` is the gap of the last order row, whatever its
/// eval_set, censored at 30 (`recency_censored`); null for a customer with one order.
pub fn user_features() -> String {
    "WITH totals AS (
        SELECT user_id,
            count(*) AS total_order_number,
            count(days_since_prior_order) AS gaps,
            sum(CAST(days_since_prior_order * 1000000 + 0.5 AS BIGINT)) AS gap_millionths,
            count(size) AS orders_with_lines,
            sum(size) AS lines,
            sum(reorders) AS reorders
        FROM order_facts
        GROUP BY user_id
    )
    SELECT t.user_id,
        t.total_order_number,
        CAST(t.gap_millionths AS DOUBLE) / (1000000.0 * t.gaps) AS avg_days_since_prior_order,
        CAST(t.lines AS DOUBLE) / t.orders_with_lines AS mean_basket,
        CAST(t.reorders AS DOUBLE) / t.lines AS reorder_rate,
        last.days_since_prior_order AS recency_days,
        coalesce(last.days_since_prior_order >= 30, false) AS recency_censored
    FROM totals AS t
    JOIN order_facts AS last ON last.user_id = t.user_id AND last.order_number = t.total_order_number"
        .to_owned()
}

/// `product_features`: one row a product that was bought in the cut.
///
/// Distinct customers are counted through (customer, product) pairs, which the engine can spill.
pub fn product_features(cut: Cut) -> String {
    format!(
        "WITH pairs AS (
            SELECT user_id, product_id, count(*) AS orders, sum(reordered) AS reorders, sum(add_to_cart_order) AS positions
            FROM order_lines
            WHERE eval_set IN {sets}
            GROUP BY user_id, product_id
        ),
        bought AS (
            SELECT product_id, sum(orders) AS orders, count(*) AS users, sum(reorders) AS reorders,
                sum(positions) AS positions
            FROM pairs
            GROUP BY product_id
        )
        SELECT p.product_id, p.product_name, b.orders, b.users,
            CAST(b.reorders AS DOUBLE) / b.orders AS reorder_rate_global,
            CAST(b.positions AS DOUBLE) / b.orders AS avg_add_to_cart_order
        FROM bought AS b
        JOIN products AS p ON p.product_id = b.product_id",
        sets = cut.sets()
    )
}

/// `upi_features`: one row a customer and product that were seen together in the cut.
///
/// `orders_since_last` counts the customer's later orders of the cut; a test order, whose lines nobody knows, is none.
/// `avg_interval_orders` is the mean distance between two purchases in orders; null when bought once.
pub fn upi_features(cut: Cut) -> String {
    format!(
        "WITH pairs AS (
            SELECT l.user_id, l.product_id, count(*) AS total_orders, sum(l.add_to_cart_order) AS positions,
                min(o.order_number) AS first_order_number, max(o.order_number) AS last_order_number
            FROM order_lines AS l
            JOIN orders AS o ON o.order_id = l.order_id
            WHERE l.eval_set IN {sets}
            GROUP BY l.user_id, l.product_id
        ),
        customers AS (
            SELECT user_id, max(order_number) AS orders FROM orders WHERE eval_set IN {sets} GROUP BY user_id
        )
        SELECT p.user_id, p.product_id, p.total_orders,
            CAST(p.positions AS DOUBLE) / p.total_orders AS avg_add_to_cart_order,
            p.last_order_number,
            c.orders - p.last_order_number AS orders_since_last,
            CASE
                WHEN p.total_orders > 1
                THEN CAST(p.last_order_number - p.first_order_number AS DOUBLE) / (p.total_orders - 1)
            END AS avg_interval_orders
        FROM pairs AS p
        JOIN customers AS c ON c.user_id = p.user_id",
        sets = cut.sets()
    )
}
