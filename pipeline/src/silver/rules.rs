//! The rules of each silver table, as SQL over the text columns of bronze.
//!
//! Each table is one query whose result is every row of bronze, typed, with the name of the first rule that it breaks in
//! the column `rule` (null = clean). The order of the rules is the order below:
//! first what a row shows by itself, then whether its keys exist, then duplicates (the lowest (part, line) that is
//! otherwise clean survives), then rules over several rows of a customer.
//! All windows have bounded frames, so that the engine streams them behind a sort that spills; `count(*) OVER
//! (PARTITION BY …)` would hold the whole table in memory.
//!
//! Of a customer's orders the longest clean beginning is kept: an order behind a gap, or behind the train or test order,
//! goes to quarantine. So silver always has orders 1..n, with at most one train or test order, as the last.

/// One silver table: its columns, its rules in order, and the query that applies them.
#[derive(Debug, Clone, Copy)]
pub struct TableRules {
    /// The silver table.
    pub table: &'static str,
    /// Its columns.
    pub columns: &'static [&'static str],
    /// Its rules, first to last.
    pub rules: &'static [&'static str],
    /// Reads `bronze`, gives the columns, `part`, `line`, `raw` and `rule`.
    pub sql: &'static str,
}

/// `aisles`: unique integer key, non-empty name.
pub const AISLES: TableRules = TableRules {
    table: "aisles",
    columns: &["aisle_id", "aisle"],
    rules: &["invalid_aisle_id", "empty_aisle", "duplicate_aisle_id"],
    sql: include_str!("aisles.sql"),
};

/// `departments`: unique integer key, non-empty name.
pub const DEPARTMENTS: TableRules = TableRules {
    table: "departments",
    columns: &["department_id", "department"],
    rules: &["invalid_department_id", "empty_department", "duplicate_department_id"],
    sql: include_str!("departments.sql"),
};

/// `products`: unique key, non-empty name, aisle and department exist.
pub const PRODUCTS: TableRules = TableRules {
    table: "products",
    columns: &["product_id", "product_name", "aisle_id", "department_id"],
    rules: &[
        "invalid_product_id",
        "empty_product_name",
        "unknown_aisle",
        "unknown_department",
        "duplicate_product_id",
    ],
    sql: include_str!("products.sql"),
};

/// `orders`: the row rules of an order, then the rules over a customer's orders.
pub const ORDERS: TableRules = TableRules {
    table: "orders",
    columns: &[
        "order_id",
        "user_id",
        "eval_set",
        "order_number",
        "order_dow",
        "order_hour_of_day",
        "days_since_prior_order",
    ],
    rules: &[
        "invalid_order_id",
        "invalid_user_id",
        "unknown_eval_set",
        "invalid_order_number",
        "invalid_order_dow",
        "invalid_order_hour_of_day",
        "invalid_days_since_prior_order",
        "days_on_first_order",
        "days_missing_after_first_order",
        "duplicate_order_id",
        "duplicate_order_number",
        "order_number_gap",
        "order_after_train_or_test",
    ],
    sql: include_str!("orders.sql"),
};

/// `order_lines`: prior and train lines together.
///
/// `eval_set_mismatch` is a line that stands in the file of another set than its order: a train line among the prior
/// lines would tell the label to every feature.
pub const ORDER_LINES: TableRules = TableRules {
    table: "order_lines",
    columns: &["order_id", "user_id", "product_id", "add_to_cart_order", "reordered", "eval_set"],
    rules: &[
        "invalid_order_id",
        "invalid_product_id",
        "invalid_add_to_cart_order",
        "invalid_reordered",
        "orphan_order",
        "unknown_product",
        "eval_set_mismatch",
        "duplicate_line",
    ],
    sql: include_str!("order_lines.sql"),
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_query_can_give_exactly_the_rules_of_its_table() {
        for table in [AISLES, DEPARTMENTS, PRODUCTS, ORDERS, ORDER_LINES] {
            let mut named: Vec<&str> = table
                .sql
                .split("THEN '")
                .skip(1)
                .filter_map(|rest| rest.split('\'').next())
                .filter(|name| name.contains('_'))
                .collect();
            let mut rules = table.rules.to_vec();
            named.sort_unstable();
            rules.sort_unstable();
            assert_eq!(named, rules, "{}", table.table);
        }
    }
}
