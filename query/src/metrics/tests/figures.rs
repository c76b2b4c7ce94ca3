//! Cohorts by figures of each order, customer, product, aisle or department.

use super::*;

fn condition(field: &str, op: FilterOp, value: impl Into<FilterValue>) -> MetricFilter {
    MetricFilter { field: field.to_owned(), op, values: vec![value.into()] }
}

fn having(of: CohortOf, field: &str, op: FilterOp, value: impl Into<FilterValue>) -> Cohort {
    Cohort { of, having: vec![condition(field, op, value)], ..Cohort::default() }
}

fn count(metric: &str, cohorts: &[Cohort]) -> MetricQuery {
    MetricQuery { cohorts: cohorts.to_vec(), ..of(&[metric]) }
}

#[test]
fn customers_are_picked_by_figures_of_what_they_bought() {
    let shop = Shop::open();
    let milk = Cohort {
        bought: vec![condition("aisle", FilterOp::Eq, "milk")],
        ..having(CohortOf::Customers, "orders", FilterOp::Ge, 2)
    };
    shop.check(&count("customers", std::slice::from_ref(&milk)), json!([[2]]));
    shop.check(&count("orders", std::slice::from_ref(&milk)), json!([[5]]));
    shop.check(&count("customers", &[Cohort { not: true, ..milk }]), json!([[1]]));
    let largest = having(CohortOf::Customers, "max_basket_size", FilterOp::Ge, 3);
    shop.check(&count("customers", &[largest]), json!([[1]]));
    // Nobody has bought ice cream: each has bought it 0 times.
    let none = Cohort {
        part: vec![condition("department", FilterOp::Eq, "frozen")],
        ..having(CohortOf::Customers, "part_items", FilterOp::Eq, 0)
    };
    shop.check(&count("customers", &[none]), json!([[3]]));
}

#[test]
fn one_value_of_another_dimension_that_meets_the_condition_is_enough() {
    let shop = Shop::open();
    let times = |times: i64| Cohort {
        per: Some("product_id".to_owned()),
        ..having(CohortOf::Customers, "items", FilterOp::Ge, times)
    };
    shop.check(&count("customers", &[times(3)]), json!([[1]]));
    shop.check(&count("customers", &[times(2)]), json!([[2]]));
    let in_one_order = Cohort {
        per: Some("order_id".to_owned()),
        ..having(CohortOf::Customers, "departments", FilterOp::Ge, 2)
    };
    shop.check(&count("customers", &[in_one_order]), json!([[3]]));
}

#[test]
fn a_fraction_of_each_is_a_part() {
    let shop = Shop::open();
    let mostly = |field: &str, op, value: FilterValue| Cohort {
        part: vec![condition("department", FilterOp::Eq, "produce")],
        ..having(CohortOf::Customers, field, op, value)
    };
    shop.check(&count("customers", &[mostly("part_of_items", FilterOp::Gt, 0.5.into())]), json!([[1]]));
    shop.check(&count("customers", &[mostly("part_items", FilterOp::Le, 1.into())]), json!([[2]]));
}

#[test]
fn orders_are_told_apart_by_how_many_places_they_touch() {
    let shop = Shop::open();
    let touching = |op, n: i64| having(CohortOf::Orders, "departments", op, n);
    shop.check(&count("orders", &[touching(FilterOp::Ge, 2)]), json!([[4]]));
    // Of the order without known items nothing is known.
    shop.check(&count("orders", &[touching(FilterOp::Lt, 2)]), json!([[2]]));
    let per_order = MetricQuery {
        summary: Some(Summary::Mean),
        include_empty: Some(false),
        ..of(&["departments"]).by(["order_id"])
    };
    shop.check(&per_order, json!([[10.0 / 6.0]]));
    shop.check(&of(&["aisles"]).by(["user_id"]), json!([[1, 2], [2, 2], [3, 2]]));
}

#[test]
fn things_of_the_catalogue_fall_into_classes_by_a_figure() {
    let shop = Shop::open();
    let class = |label: &str, of, field: &str, op, value: i64| Slice {
        label: label.to_owned(),
        cohorts: vec![having(of, field, op, value)],
        ..Slice::default()
    };
    let buyers = |label: &str, op, value| class(label, CohortOf::Products, "customers", op, value);
    let products = MetricQuery {
        slices: vec![
            buyers("none", FilterOp::Eq, 0),
            buyers("one", FilterOp::Eq, 1),
            buyers("more", FilterOp::Gt, 1),
        ],
        ..of(&["products", "items"])
    };
    shop.check(&products, json!([["none", 1, 0], ["one", 1, 1], ["more", 3, 10]]));
    let items = |label: &str, op| class(label, CohortOf::Aisles, "items", op, 5);
    let aisles = MetricQuery {
        slices: vec![items("under 5", FilterOp::Lt), items("5 and more", FilterOp::Ge)],
        ..of(&["aisles"])
    };
    shop.check(&aisles, json!([["under 5", 1], ["5 and more", 2]]));
    let departments = having(CohortOf::Departments, "items", FilterOp::Ge, 6);
    shop.check(&count("products", &[departments]), json!([[2]]));
    let rare = having(CohortOf::Products, "reorder_rate", FilterOp::Ge, 0.5);
    shop.check(&count("products", &[rare]), json!([[2]]));
}

#[test]
fn figures_of_a_shopper_are_of_their_own_rows() {
    let shop = Shop::open();
    let rows = |policy| {
        shop.ask_as(policy, &count("orders", &[having(CohortOf::Orders, "items", FilterOp::Ge, 2)])).rows
    };
    assert_eq!(json!(rows(RowPolicy::OwnRows(UserId(3)))), json!([[1]]));
    assert_eq!(json!(rows(RowPolicy::AllCustomers)), json!([[4]]));
}

#[test]
fn equal_cohorts_by_figures_are_one_part_of_the_statement() {
    let shop = Shop::open();
    let cohort = having(CohortOf::Orders, "items", FilterOp::Ge, 2);
    let query = count("orders", &[cohort.clone(), Cohort { not: true, ..cohort }]);
    let compiled = shop.compile(&everything(), &query).unwrap();
    assert_eq!(compiled.sql.matches("cohort_1 AS (").count(), 1, "{}", compiled.sql);
    assert!(!compiled.sql.contains("cohort_2"), "{}", compiled.sql);
    shop.check(&query, json!([[0]]));
}

#[test]
fn what_no_figure_can_say_is_refused() {
    let shop = Shop::open();
    let error = |cohort: Cohort| shop.error(&count("customers", &[cohort]));
    let on_rows = having(CohortOf::Customers, "order_dow", FilterOp::Eq, 1);
    assert!(error(on_rows).contains("stands in bought"));
    let own =
        Cohort { per: Some("user_id".to_owned()), ..having(CohortOf::Customers, "items", FilterOp::Ge, 2) };
    assert!(error(own).contains("each is one already"));
    let nothing = Cohort { per: Some("order_id".to_owned()), ..Cohort::default() };
    assert!(error(nothing).contains("at least one"));
    let unknown = having(CohortOf::Products, "avg_churn_risk", FilterOp::Ge, 0.5);
    assert!(error(unknown).contains("cannot be asked by"));
}

#[test]
fn the_shares_of_classes_are_of_all() {
    let shop = Shop::open();
    let class = |label: &str, op| Slice {
        label: label.to_owned(),
        cohorts: vec![having(CohortOf::Orders, "departments", op, 2)],
        ..Slice::default()
    };
    let query = MetricQuery {
        slices: vec![class("one", FilterOp::Lt), class("more", FilterOp::Ge)],
        share_of_total: true,
        ..of(&["baskets"])
    };
    shop.check(&query, json!([["one", 2, 2.0 / 6.0], ["more", 4, 4.0 / 6.0]]));
}

#[test]
fn the_share_of_each_is_one_of_the_whole() {
    let shop = Shop::open();
    let half = having(CohortOf::Departments, "share_of_items", FilterOp::Gt, 0.5);
    shop.check(&count("departments", &[half]), json!([[1]]));
}
