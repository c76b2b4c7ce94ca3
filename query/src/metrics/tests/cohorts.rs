//! Orders and customers by what they bought, and parts of a whole.

use super::*;

fn bought(of: CohortOf, field: &str, op: FilterOp, values: &[FilterValue]) -> Cohort {
    let bought = vec![MetricFilter { field: field.to_owned(), op, values: values.to_vec() }];
    Cohort { of, bought, not: false, ..Cohort::default() }
}

fn holding(product: &str) -> Cohort {
    bought(CohortOf::Orders, "product_name", FilterOp::Eq, &[product.into()])
}

fn buyers_of(product: &str) -> Cohort {
    bought(CohortOf::Customers, "product_name", FilterOp::Eq, &[product.into()])
}

fn not(cohort: Cohort) -> Cohort {
    Cohort { not: true, ..cohort }
}

fn among(query: MetricQuery, cohorts: &[Cohort]) -> MetricQuery {
    MetricQuery { cohorts: cohorts.to_vec(), ..query }
}

fn part(query: MetricQuery, field: &str, values: &[FilterValue]) -> MetricQuery {
    let part = vec![MetricFilter { field: field.to_owned(), op: FilterOp::In, values: values.to_vec() }];
    MetricQuery { part, ..query }
}

#[test]
fn orders_that_hold_several_things_are_counted_once() {
    let shop = Shop::open();
    let orders = |cohorts: &[Cohort]| among(of(&["orders"]), cohorts);
    shop.check(&orders(&[holding("banana")]), json!([[4]]));
    shop.check(&orders(&[holding("banana"), holding("Whole Milk")]), json!([[3]]));
    shop.check(&orders(&[holding("banana"), not(holding("whole milk"))]), json!([[1]]));
    // The order without known items is among those without bananas.
    let without = among(of(&["orders", "baskets"]), &[not(holding("banana"))]);
    shop.check(&without, json!([[3, 2]]));
    assert!(shop.notes(&without).iter().any(|note| note.contains("not known")));
    assert!(!shop.notes(&orders(&[holding("banana")])).iter().any(|note| note.contains("not known")));
    let both_conditions = Cohort {
        bought: vec![
            MetricFilter { field: "aisle".into(), op: FilterOp::Eq, values: vec!["milk".into()] },
            MetricFilter { field: "order_hour_of_day".into(), op: FilterOp::Eq, values: vec![10.into()] },
        ],
        ..holding("")
    };
    shop.check(&orders(&[both_conditions]), json!([[2]]));
}

#[test]
fn customers_who_ever_or_never_bought_something_restrict_every_source() {
    let shop = Shop::open();
    let query = among(of(&["customers", "orders", "items"]), &[buyers_of("plain yogurt")]);
    shop.check(&query, json!([[1, 2, 2]]));
    let never = among(of(&["customers", "orders", "items"]), &[not(buyers_of("banana"))]);
    shop.check(&never, json!([[1, 2, 2]]));
    shop.check(&among(of(&["customers"]), &[buyers_of("vanilla ice cream")]), json!([[0]]));
    let by_department = of(&["items"]).by(["department"]).with_share();
    shop.check(
        &among(by_department, &[holding("banana")]),
        json!([["produce", 5, 5.0 / 8.0], ["dairy eggs", 3, 3.0 / 8.0], ["frozen", 0, 0.0]]),
    );
    // Shares of orders are of the orders in the cohort.
    let shares = of(&["orders"]).by(["department"]).with_share().limit(2);
    shop.check(
        &among(shares, &[holding("banana")]),
        json!([["produce", 4, 1.0], ["dairy eggs", 3, 3.0 / 4.0]]),
    );
}

#[test]
fn a_shopper_asks_of_their_own_orders_only() {
    let shop = Shop::open();
    let ask = |query: MetricQuery| json!(shop.ask_as(RowPolicy::OwnRows(UserId(3)), &query).rows);
    assert_eq!(ask(among(of(&["orders"]), &[holding("banana")])), json!([[1]]));
    assert_eq!(ask(among(of(&["orders"]), &[buyers_of("apple")])), json!([[0]]));
    assert_eq!(ask(part(of(&["orders"]), "product_name", &["banana".into()])), json!([[2, 0.5]]));
}

#[test]
fn equal_cohorts_are_one_part_of_the_statement_and_their_values_are_bound() {
    let shop = Shop::open();
    let query = of(&["items", "orders"]).by(["order_hour_of_day"]);
    let query = among(query, &[holding("x' OR 1=1"), not(holding("x' OR 1=1"))]);
    let compiled = shop.compile(&everything(), &query).unwrap();
    assert_eq!(compiled.sql.matches("cohort_1 AS (").count(), 1, "{}", compiled.sql);
    assert!(!compiled.sql.contains("cohort_2"), "{}", compiled.sql);
    assert!(!compiled.sql.contains("1=1"), "{}", compiled.sql);
    assert_eq!(compiled.parameters, [SqlValue::Text("x' or 1=1".into())]);
    shop.check(&query, json!([]));
}

#[test]
fn what_no_order_is_part_of_cannot_be_restricted_to_orders() {
    let shop = Shop::open();
    let error = shop.error(&among(of(&["products"]).by(["aisle"]), &[holding("banana")]));
    assert!(error.starts_with("\"products\" cannot be restricted to some orders"), "{error}");
    let error =
        shop.error(&among(of(&["items"]), &[bought(CohortOf::Orders, "items", FilterOp::Gt, &[3.into()])]));
    assert_eq!(error, "\"items\" is a metric; conditions of a cohort pick rows and must be on dimensions");
    let error = shop.error(&among(of(&["items"]), &[Cohort { bought: Vec::new(), ..holding("") }]));
    assert_eq!(error, "cohorts: bought names no condition; name at least one");
    let error =
        shop.error(&among(of(&["items"]), &[bought(CohortOf::Orders, "weather", FilterOp::Eq, &[1.into()])]));
    assert!(error.starts_with("\"weather\" is neither a metric nor a dimension"), "{error}");
    let error = shop.error(&among(of(&["items"]), &vec![holding("banana"); 9]));
    assert_eq!(error, "the question has 9 cohorts, at most 8 are possible");
}

#[test]
fn a_part_is_a_fraction_of_its_group() {
    let shop = Shop::open();
    let by_hour = of(&["items"]).by(["order_hour_of_day"]);
    let produce = part(by_hour, "department", &["produce".into()]);
    shop.check(&produce, json!([[8, 4, 0.5], [10, 6, 4.0 / 6.0], [23, 1, 0.0]]));
    let most = produce.clone().order("part_of_items", Direction::Desc).limit(1);
    shop.check(&most, json!([[10, 6, 4.0 / 6.0]]));
    let above = produce.clone().filter("part_of_items", FilterOp::Ge, ["overall"]);
    shop.check(&above, json!([[10, 6, 4.0 / 6.0]]));
    let half = produce.filter("part_of_items", FilterOp::Eq, [0.5]);
    shop.check(&half, json!([[8, 4, 0.5]]));
    // Shares of the whole and parts of the group stand beside each other.
    let both =
        part(of(&["items"]).by(["department"]).with_share().limit(2), "order_hour_of_day", &[10.into()]);
    shop.check(
        &both,
        json!([["produce", 6, 6.0 / 11.0, 4.0 / 6.0], ["dairy eggs", 5, 5.0 / 11.0, 2.0 / 5.0]]),
    );
}

#[test]
fn the_part_of_orders_that_hold_something_is_one_of_the_orders_with_items() {
    let shop = Shop::open();
    let banana = |query| part(query, "product_name", &["banana".into()]);
    shop.check(&banana(of(&["orders", "customers"])), json!([[7, 4.0 / 6.0, 3, 2.0 / 3.0]]));
    shop.check(&banana(of(&["baskets"])), json!([[6, 4.0 / 6.0]]));
    shop.check(
        &banana(of(&["orders"]).by(["order_hour_of_day"])),
        json!([[8, 3, 1.0], [10, 3, 2.0 / 3.0], [23, 1, 0.0]]),
    );
    // Counted by the same measure, the whole is what is shown.
    shop.check(
        &part(of(&["orders"]).by(["department"]), "order_hour_of_day", &[10.into()]),
        json!([["produce", 5, 3.0 / 5.0], ["dairy eggs", 5, 2.0 / 5.0], ["frozen", 0, null]]),
    );
    let among_buyers = among(banana(of(&["orders"])), &[buyers_of("apple")]);
    shop.check(&among_buyers, json!([[5, 3.0 / 4.0]]));
}

#[test]
fn a_part_needs_a_metric_with_a_share_and_conditions_on_rows() {
    let shop = Shop::open();
    let error = shop.error(&part(of(&["reorder_rate"]), "department", &["produce".into()]));
    assert!(error.starts_with("part needs a metric that has a share: orders"), "{error}");
    let error = shop.error(&part(of(&["items"]), "orders", &[1.into()]));
    assert_eq!(error, "\"orders\" is a metric; conditions of the part pick rows and must be on dimensions");
    let error = shop.error(&of(&["items"]).by(["aisle"]).order("part_of_items", Direction::Asc));
    assert!(error.contains("part_of_<metric> with part"), "{error}");
}

#[test]
fn a_part_is_also_one_of_orders_or_customers_by_what_they_bought_or_never_did() {
    let shop = Shop::open();
    let share =
        |metric: &str, cohorts: &[Cohort]| MetricQuery { part_cohorts: cohorts.to_vec(), ..of(&[metric]) };
    shop.check(&share("baskets", &[holding("banana"), holding("whole milk")]), json!([[6, 3.0 / 6.0]]));
    shop.check(&share("baskets", &[not(holding("banana"))]), json!([[6, 2.0 / 6.0]]));
    let with_counts = MetricQuery { part_values: true, ..share("baskets", &[holding("banana")]) };
    shop.check(&with_counts, json!([[6, 4.0 / 6.0, 4]]));
    // Of the customers who bought bananas, those who never bought plain yogurt.
    let of_buyers = among(share("customers", &[not(buyers_of("plain yogurt"))]), &[buyers_of("banana")]);
    shop.check(&of_buyers, json!([[2, 1.0]]));
    shop.check(&share("customers", &[not(buyers_of("banana"))]), json!([[3, 1.0 / 3.0]]));
    // A part is ordered by and compared with as any other.
    let by_hour = share("baskets", &[holding("banana")]).by(["order_hour_of_day"]);
    let filter = MetricFilter { field: "part_of_baskets".into(), op: FilterOp::Gt, values: vec![0.5.into()] };
    let most = MetricQuery { filters: vec![filter], ..by_hour };
    assert!(!shop.ask_as(RowPolicy::AllCustomers, &most).rows.is_empty());
    let empty = Cohort { bought: Vec::new(), ..holding("banana") };
    assert!(shop.error(&share("baskets", &[empty])).contains("cohorts"));
}
