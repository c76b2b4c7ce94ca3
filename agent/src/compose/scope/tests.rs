//! What is said of a question's conditions.

use config::semantic::SemanticModel;
use query::metrics::{Cohort, CohortOf, FilterOp, FilterValue, MetricFilter, MetricQuery};

use super::Teller;

fn model() -> SemanticModel {
    SemanticModel::builtin().unwrap()
}

fn filter(field: &str, op: FilterOp, values: &[FilterValue]) -> MetricFilter {
    MetricFilter { field: field.to_owned(), op, values: values.to_vec() }
}

#[track_caller]
fn says(query: &MetricQuery, question: &str, expected: &str) {
    assert_eq!(Teller::new(&model(), query, question).scope().text(), expected);
}

#[test]
fn bounds_are_quoted_from_the_question() {
    let of = |metric: &str, field: &str, op, values: &[FilterValue]| MetricQuery {
        filters: vec![filter(field, op, values)],
        ..MetricQuery::of([metric])
    };
    let orders = of("customers", "customer_orders", FilterOp::Ge, &[FilterValue::Integer(20)]);
    says(&orders, "how many customers have at least 20 orders?", " with at least 20 orders");
    says(&orders, "customers who ordered twenty times or more", " with at least twenty orders");
    says(&orders, "and now?", " within the bounds of their orders");
    let rate = of("items", "reorder_rate", FilterOp::Gt, &[FilterValue::Number(0.65)]);
    says(&rate, "aisles with a reorder rate above 65 %", " with reorder rate more than 65 %");
    let thousand = of("reorder_rate", "items", FilterOp::Lt, &[FilterValue::Integer(1000)]);
    says(&thousand, "where fewer than 1,000 were bought", " with less than 1,000 items");
    let number = of(
        "reorder_rate",
        "order_number",
        FilterOp::Between,
        &[FilterValue::Integer(5), FilterValue::Integer(10)],
    );
    says(&number, "order number 5 to 10", " where the order number is from 5 to 10");
    says(
        &of("items", "order_number", FilterOp::Eq, &[FilterValue::Integer(1)]),
        "first orders",
        " in first orders",
    );
    let evening = of(
        "items",
        "order_hour_of_day",
        FilterOp::Between,
        &[FilterValue::Integer(18), FilterValue::Integer(23)],
    );
    says(&evening, "in the evening", " in the evening");
}

#[test]
fn cohorts_follow_what_is_counted() {
    let bought = |of, field: &str, value: FilterValue, not| Cohort {
        of,
        bought: vec![filter(field, FilterOp::Eq, &[value])],
        not,
        ..Cohort::default()
    };
    let query = |metric: &str, cohorts: Vec<Cohort>| MetricQuery { cohorts, ..MetricQuery::of([metric]) };
    let both = || {
        vec![
            bought(CohortOf::Customers, "department", "produce".into(), false),
            bought(CohortOf::Customers, "department", "frozen".into(), true),
        ]
    };
    says(
        &query("customers", both()),
        "bought produce but not frozen",
        " who bought items in produce and who never bought items in frozen",
    );
    says(
        &query("reorder_rate", both()),
        "reorder rate of people …",
        " of customers who bought items in produce and of customers who never bought items in frozen",
    );
    let milk = bought(CohortOf::Orders, "product_name", "Organic Milk".into(), false);
    says(&query("orders", vec![milk.clone()]), "orders with organic milk", " that hold organic milk");
    says(&query("orders", vec![milk]), "orders with it", " that hold the product asked for");
    let organic = bought(CohortOf::Customers, "organic", FilterValue::Integer(1), true);
    says(&query("customers", vec![organic]), "never organic", " who never bought organic products");
}

#[test]
fn orders_hold_and_customers_buy() {
    let query = |metric: &str, field: &str, value: FilterValue| MetricQuery {
        filters: vec![filter(field, FilterOp::Eq, &[value])],
        ..MetricQuery::of([metric])
    };
    let produce = |metric| query(metric, "department", "produce".into());
    says(&produce("orders"), "orders with produce", " that hold items in produce");
    says(&produce("customers"), "customers of produce", " who bought items in produce");
    says(&produce("items"), "items of produce", " in produce");
    let organic = query("customers", "organic", FilterValue::Integer(1));
    says(&organic, "customers of organic products", " who bought organic products");
}

#[test]
fn what_is_grouped_by_is_not_said_twice() {
    let query = MetricQuery {
        filters: vec![filter("department", FilterOp::In, &["produce".into(), "frozen".into()])],
        ..MetricQuery::of(["items"]).by(["department"])
    };
    says(&query, "items of produce and frozen", "");
}
