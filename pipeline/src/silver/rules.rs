//! The rules of each silver table, by name and in the order in which they are looked at.
//!
//! A row goes to quarantine under the first rule that it breaks: first its shape, then what it shows by itself, then
//! whether its keys exist, then duplicates (the lowest (part, line) that is otherwise clean survives), then rules over
//! several rows of a customer. Of a customer's orders the longest clean beginning is kept: an order behind a gap, or
//! behind the train or test order, goes to quarantine. So silver always has orders 1..n of a customer, with at most one
//! train or test order, as the last.

/// A silver table: its columns and its rules, first to last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableRules {
    /// The silver table.
    pub table: &'static str,
    /// Its columns.
    pub columns: &'static [&'static str],
    /// Its rules, first to last.
    pub rules: &'static [&'static str],
}

/// `aisles`: unique integer key, non-empty name.
pub const AISLES: TableRules = TableRules {
    table: "aisles",
    columns: &["aisle_id", "aisle"],
    rules: &[
        "invalid_encoding",
        "malformed_row",
        "oversized_field",
        "invalid_aisle_id",
        "empty_aisle",
        "duplicate_aisle_id",
    ],
};

/// `departments`: unique integer key, non-empty name.
pub const DEPARTMENTS: TableRules = TableRules {
    table: "departments",
    columns: &["department_id", "department"],
    rules: &[
        "invalid_encoding",
        "malformed_row",
        "oversized_field",
        "invalid_department_id",
        "empty_department",
        "duplicate_department_id",
    ],
};

/// `products`: unique key, non-empty name, aisle and department exist.
pub const PRODUCTS: TableRules = TableRules {
    table: "products",
    columns: &["product_id", "product_name", "aisle_id", "department_id"],
    rules: &[
        "invalid_encoding",
        "malformed_row",
        "oversized_field",
        "invalid_product_id",
        "empty_product_name",
        "unknown_aisle",
        "unknown_department",
        "duplicate_product_id",
    ],
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
        "invalid_encoding",
        "malformed_row",
        "oversized_field",
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
};

/// `order_lines`: prior and train lines together.
///
/// `eval_set_mismatch` is a line that stands in the file of another set than its order: a train line among the prior
/// lines would tell the label to every feature.
pub const ORDER_LINES: TableRules = TableRules {
    table: "order_lines",
    columns: &["order_id", "user_id", "product_id", "add_to_cart_order", "reordered", "eval_set"],
    rules: &[
        "invalid_encoding",
        "malformed_row",
        "oversized_field",
        "invalid_order_id",
        "invalid_product_id",
        "invalid_add_to_cart_order",
        "invalid_reordered",
        "orphan_order",
        "unknown_product",
        "eval_set_mismatch",
        "duplicate_line",
    ],
};
