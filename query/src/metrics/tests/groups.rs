//! Which groups are left of a question, and one row about them.

use super::*;

fn products() -> MetricQuery {
    of(&["items"]).by(["product_name"])
}

fn summed(summary: Summary, query: MetricQuery) -> MetricQuery {
    MetricQuery { summary: Some(summary), ..query }
}

fn up_to(fraction: f64, query: MetricQuery) -> MetricQuery {
    MetricQuery { cumulative_to: Some(fraction), ..query }
}

#[test]
fn the_limit_counts_within_groups_where_they_are_named() {
    let shop = Shop::open();
    let per = |limit, dimensions: &[&str]| {
        let query = of(&["items"]).by(["department", "product_name"]).limit(limit);
        MetricQuery { limit_per: dimensions.iter().map(|&name| name.to_owned()).collect(), ..query }
    };
    shop.check(
        &per(1, &["department"]),
        json!([["dairy eggs", 3, "Whole Milk", 4], ["produce", 1, "Banana", 4]]),
    );
    let least = per(1, &["department"]).order("items", Direction::Asc);
    shop.check(
        &least,
        json!([
            ["dairy eggs", 4, "Plain Yogurt", 1],
            ["frozen", 5, "Vanilla Ice Cream", 0],
            ["produce", 2, "Apple", 2]
        ]),
    );
    shop.check(
        &per(2, &["department"]).filter("items", FilterOp::Ge, [2]),
        json!([["dairy eggs", 3, "Whole Milk", 4], ["produce", 1, "Banana", 4], ["produce", 2, "Apple", 2]]),
    );
    assert_eq!(
        shop.error(&per(1, &["aisle"])),
        "limit_per: \"aisle\" is none of the question's dimensions; name one of them"
    );
    assert!(shop.error(&per(1, &["department", "product_name"])).contains("leave out the one whose rows"));
    let unlimited = MetricQuery { limit: None, ..per(1, &["department"]) };
    assert_eq!(shop.error(&unlimited), "limit_per: it needs limit, the most rows of each group");
}

#[test]
fn rows_that_tie_with_the_last_of_their_group_are_kept() {
    let shop = Shop::open();
    // Two customers bought the banana, one the apple; the yogurt and the milk share the customers of dairy.
    let buyers = MetricQuery {
        limit_per: vec!["department".to_owned()],
        ..of(&["customers"]).by(["department", "product_name"]).limit(1)
    };
    let rows = shop.ask_as(RowPolicy::AllCustomers, &buyers).rows;
    assert!(rows.windows(2).all(|pair| pair[0][0] != pair[1][0] || pair[0][3] == pair[1][3]), "{rows:?}");
}

#[test]
fn rows_are_left_out_and_cut_by_a_fraction() {
    let shop = Shop::open();
    let skip = |rows, query| MetricQuery { skip: Some(rows), ..query };
    shop.check(&skip(1, products()).limit(1), json!([[3, "Whole Milk", 4]]));
    shop.check(&summed(Summary::Sum, skip(1, of(&["items"]).by(["product_name"]))), json!([[7]]));
    let fraction = |share, query| MetricQuery { limit_share: Some(share), ..query };
    // Four products were bought; half of them are two, a tenth is at least one.
    shop.check(&fraction(0.5, products()), json!([[1, "Banana", 4], [3, "Whole Milk", 4]]));
    shop.check(&fraction(0.1, products()), json!([[1, "Banana", 4]]));
    assert!(shop.error(&fraction(20.0, products())).starts_with("limit_share: it is a fraction"));
    assert!(shop.error(&fraction(0.2, products()).limit(3)).contains("instead of limit"));
    assert!(shop.error(&skip(3, of(&["items"]))).starts_with("skip: rows are left out of groups"));
    let second = MetricQuery {
        limit_per: vec!["department".to_owned()],
        ..skip(1, of(&["items"]).by(["department", "product_name"]).limit(1))
    };
    let second = second.filter("items", FilterOp::Gt, [0]);
    shop.check(&second, json!([["dairy eggs", 4, "Plain Yogurt", 1], ["produce", 2, "Apple", 2]]));
}

#[test]
fn the_groups_of_one_dimension_can_be_limited_by_a_ranking_of_their_own() {
    let shop = Shop::open();
    let within = |field: &str, direction, query: MetricQuery| MetricQuery {
        within_top: Some(TopGroups {
            dimension: "department".into(),
            by: OrderBy { field: field.into(), direction: Some(direction) },
            limit: 1,
        }),
        limit_per: vec!["department".to_owned()],
        ..query
    };
    let best = of(&["items"]).by(["department", "product_name"]).limit(1);
    shop.check(&within("items", Direction::Desc, best.clone()), json!([["produce", 1, "Banana", 4]]));
    shop.check(
        &within("reorder_rate", Direction::Desc, best.clone()),
        json!([["dairy eggs", 3, "Whole Milk", 4]]),
    );
    let wrong = MetricQuery {
        dimensions: vec!["aisle".into(), "product_name".into()],
        limit_per: Vec::new(),
        ..best
    };
    let wrong = MetricQuery { limit_per: Vec::new(), ..within("items", Direction::Desc, wrong) };
    assert_eq!(
        shop.error(&wrong),
        "within_top: \"department\" is none of the question's dimensions; name one of them"
    );
}

#[test]
fn the_fewest_groups_that_make_a_fraction_include_the_one_that_crosses_it() {
    let shop = Shop::open();
    let banana = json!([1, "Banana", 4, 4, 4.0 / 11.0]);
    let milk = json!([3, "Whole Milk", 4, 8, 8.0 / 11.0]);
    let apple = json!([2, "Apple", 2, 10, 10.0 / 11.0]);
    let yogurt = json!([4, "Plain Yogurt", 1, 11, 1.0]);
    shop.check(&up_to(0.3, products()), json!([banana]));
    shop.check(&up_to(0.5, products()), json!([banana, milk]));
    // Reached exactly.
    shop.check(&up_to(8.0 / 11.0, products()), json!([banana, milk]));
    shop.check(&up_to(0.73, products()), json!([banana, milk, apple]));
    shop.check(&up_to(1.0, products()), json!([banana, milk, apple, yogurt]));
    shop.check(&up_to(1.0, products()).limit(1), json!([banana]));
    // Of the groups that are left: 8 of 8 items.
    let sold_well = products().filter("items", FilterOp::Gt, [2]);
    shop.check(&up_to(0.5, sold_well), json!([[1, "Banana", 4, 4, 0.5]]));
    // Hours are ranked too: 10 holds 6 items, 8 holds 4.
    let hours = of(&["items"]).by(["order_hour_of_day"]);
    shop.check(&up_to(0.6, hours.clone()), json!([[10, 6, 6, 6.0 / 11.0], [8, 4, 10, 10.0 / 11.0]]));
    // In the order of the clock where that is asked for.
    let clock = up_to(1.0, hours.order("order_hour_of_day", Direction::Asc));
    let rows = shop.ask_as(RowPolicy::AllCustomers, &clock).rows;
    assert_eq!(json!(rows.first()), json!([8, 4, 4, 4.0 / 11.0]));
    assert_eq!(json!(rows.get(1)), json!([10, 6, 10, 10.0 / 11.0]));
    let nothing = products().filter("order_hour_of_day", FilterOp::Eq, [3]);
    shop.check(&up_to(0.5, nothing), json!([]));
}

#[test]
fn a_cumulative_cut_needs_a_fraction_groups_and_a_count() {
    let shop = Shop::open();
    for fraction in [0.0, -0.1, 80.0, f64::NAN] {
        let error = shop.error(&up_to(fraction, products()));
        assert!(error.ends_with("a fraction above 0 and up to 1, 0.8 means 80 per cent"), "{error}");
    }
    assert!(shop.error(&up_to(0.8, of(&["items"]))).starts_with("cumulative_to: it adds up groups"));
    let rate = up_to(0.8, of(&["reorder_rate"]).by(["aisle"]));
    assert_eq!(shop.error(&rate), "cumulative_to: the first metric must be a count or a sum, such as items");
}

#[test]
fn groups_are_counted_among_all_there_were() {
    let shop = Shop::open();
    let count = |query| summed(Summary::Count, query);
    shop.check(&count(products().filter("items", FilterOp::Ge, [4])), json!([[2, 0.4]]));
    shop.check(&count(products().filter("items", FilterOp::Gt, [100])), json!([[0, 0.0]]));
    shop.check(&count(products()), json!([[5, 1.0]]));
    // Products that were bought, or of the catalogue where that is asked for.
    let half = count(up_to(0.5, products()));
    shop.check(&half, json!([[2, 0.5]]));
    assert!(shop.notes(&half).iter().any(|note| note.contains("products that occur under these conditions")));
    let catalogue = MetricQuery { include_empty: Some(true), ..half };
    shop.check(&catalogue, json!([[2, 0.4]]));
    assert!(shop.notes(&catalogue).iter().any(|note| note.contains("those without items included")));
    shop.check(&count(products().limit(3)), json!([[3, 0.75]]));
    let per_department = of(&["items"]).by(["department", "product_name"]).limit(1);
    let per_department = MetricQuery { limit_per: vec!["department".into()], ..per_department };
    shop.check(&count(per_department), json!([[2, 0.5]]));
    shop.check(&count(products().filter("order_hour_of_day", FilterOp::Eq, [8])), json!([[5, 1.0]]));
    let nobody = of(&["items"]).by(["order_dow"]).filter("user_id", FilterOp::Eq, [9]);
    shop.check(&count(nobody), json!([[0, null]]));
}

#[test]
fn the_values_of_groups_are_summarised_under_the_metric_s_name() {
    let shop = Shop::open();
    shop.check(&summed(Summary::Mean, products()), json!([[11.0 / 5.0]]));
    shop.check(&summed(Summary::Median, products()), json!([[2.0]]));
    shop.check(&summed(Summary::Min, products()), json!([[0]]));
    shop.check(&summed(Summary::Max, products()), json!([[4]]));
    shop.check(&summed(Summary::Sum, products()), json!([[11]]));
    let bought = MetricQuery { include_empty: Some(false), ..products() };
    shop.check(&summed(Summary::Mean, bought), json!([[11.0 / 4.0]]));
    shop.check(&summed(Summary::Mean, products().limit(2)), json!([[4.0]]));
    shop.check(&summed(Summary::Sum, up_to(0.8, products())), json!([[10]]));
    // Orders with items hold 2, 3, 1, 2, 1 and 2 different products.
    shop.check(&summed(Summary::Mean, of(&["products_bought"]).by(["order_id"])), json!([[11.0 / 6.0]]));
    let rates = of(&["reorder_rate"]).by(["department"]);
    shop.check(&summed(Summary::Mean, rates), json!([[(2.0 / 6.0 + 2.0 / 5.0) / 2.0]]));
    assert_eq!(
        shop.error(&summed(Summary::Mean, of(&["items"]))),
        "summary: it is about groups; name the dimension whose groups are meant"
    );
    let slice = |label: &str, hour: i64| Slice {
        label: label.to_owned(),
        filters: vec![MetricFilter {
            field: "order_hour_of_day".into(),
            op: FilterOp::Eq,
            values: vec![hour.into()],
        }],
        cohorts: Vec::new(),
    };
    let sliced = MetricQuery { slices: vec![slice("ten", 10), slice("morning", 8)], ..products() };
    shop.check(&summed(Summary::Max, sliced.clone()), json!([["ten", 2], ["morning", 2]]));
    let counted = sliced.filter("items", FilterOp::Gt, [0]);
    shop.check(&summed(Summary::Count, counted), json!([["ten", 4, 0.8], ["morning", 2, 0.4]]));
}

#[test]
fn groups_are_compared_with_all_together_and_with_their_mean() {
    let shop = Shop::open();
    let rate = |op, bound: &str| of(&["reorder_rate"]).by(["department"]).filter("reorder_rate", op, [bound]);
    // 4 of 11 over all, 2 of 6 and 2 of 5 in the departments.
    shop.check(&rate(FilterOp::Gt, "overall"), json!([["dairy eggs", 0.4]]));
    shop.check(&rate(FilterOp::Lt, " Overall"), json!([["produce", 2.0 / 6.0]]));
    shop.check(&rate(FilterOp::Gt, "mean"), json!([["dairy eggs", 0.4]]));
    // The bound is under the question's conditions: at ten, all rates are a half.
    let at_ten = rate(FilterOp::Gt, "overall").filter("order_hour_of_day", FilterOp::Eq, [10]);
    shop.check(&at_ten, json!([]));
    let at_ten = rate(FilterOp::Ge, "overall").filter("order_hour_of_day", FilterOp::Eq, [10]);
    shop.check(&at_ten, json!([["produce", 0.5], ["dairy eggs", 0.5]]));
    // 2.2 items a product; what is compared need not be shown.
    let busy = of(&["customers"]).by(["product_name"]).filter("items", FilterOp::Gt, ["mean"]);
    shop.check(&busy, json!([[1, "Banana", 2], [3, "Whole Milk", 2]]));
    let between = of(&["items"]).by(["product_name"]).filter(
        "items",
        FilterOp::Between,
        [FilterValue::from(1), FilterValue::from("mean")],
    );
    shop.check(&between, json!([[2, "Apple", 2], [4, "Plain Yogurt", 1]]));
    let share = of(&["items"]).by(["aisle"]).with_share();
    shop.check(
        &share.clone().filter("share_of_items", FilterOp::Gt, ["mean"]).limit(1),
        json!([["fresh fruits", 6, 6.0 / 11.0]]),
    );
    let error = shop.error(&share.filter("share_of_items", FilterOp::Gt, ["overall"]));
    assert!(error.contains("the share of everything is 1"), "{error}");
    let error = shop.error(&of(&["items"]).by(["aisle"]).filter("items", FilterOp::Gt, ["most"]));
    assert_eq!(
        error,
        "\"most\" is no value of \"items\": it is a number, \"overall\", \"mean\" or \"of\" and the name of a group"
    );
}

#[test]
fn a_condition_on_a_metric_needs_groups() {
    let shop = Shop::open();
    assert_eq!(
        shop.error(&of(&["items"]).filter("items", FilterOp::Gt, [3])),
        "a condition on \"items\" picks groups, and the question has none; name the dimension whose groups are meant"
    );
}

#[test]
fn columns_are_told_without_running_anything() {
    let shop = Shop::open();
    let names = |query: &MetricQuery| {
        let columns = columns_of(&shop.model, query).unwrap().into_iter();
        columns.map(|c| (c.name, c.format, c.role)).collect::<Vec<_>>()
    };
    let tuple = |name: &str, format, role| (name.to_owned(), format, role);
    assert_eq!(
        names(&up_to(0.5, products())),
        [
            tuple("product_id", Format::Id, ColumnRole::Key),
            tuple("product_name", Format::Name, ColumnRole::Dimension),
            tuple("items", Format::Integer, ColumnRole::Metric),
            tuple("cumulative_items", Format::Integer, ColumnRole::Cumulative),
            tuple("cumulative_share", Format::Percent, ColumnRole::Cumulative),
        ]
    );
    assert_eq!(
        names(&summed(Summary::Mean, of(&["items", "reorder_rate"]).by(["aisle"]))),
        [
            tuple("items", Format::Decimal, ColumnRole::Metric),
            tuple("reorder_rate", Format::Percent, ColumnRole::Metric)
        ]
    );
    assert!(matches!(columns_of(&shop.model, &of(&["itmes"])), Err(MetricError::UnknownMetric { .. })));
}

#[test]
fn a_bound_may_be_the_figure_of_one_of_the_groups() {
    let shop = Shop::open();
    let more = products().filter("items", FilterOp::Ge, ["of Apple"]);
    let rows = shop.ask_as(RowPolicy::AllCustomers, &more).rows;
    let names: Vec<&serde_json::Value> = rows.iter().filter_map(|row| row.get(1)).collect();
    assert_eq!(names, ["Banana", "Whole Milk", "Apple"], "{rows:?}");
    let none = products().filter("items", FilterOp::Ge, ["of Pear"]);
    assert_eq!(shop.ask_as(RowPolicy::AllCustomers, &none).rows.len(), 0);
    let two = of(&["items"]).by(["department", "product_name"]).filter("items", FilterOp::Ge, ["of Apple"]);
    assert!(shop.error(&two).contains("needs the one dimension"));
}
