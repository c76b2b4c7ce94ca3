//! Gold against figures worked out by hand from the tiny files.

use domain::attributes::Attribute;

use crate::{
    dataset::Dataset,
    workbench::{Workbench, content_hashes},
};

async fn check(sql: &str, expected: &[&[&str]]) {
    let bench = Workbench::new(&Dataset::valid());
    let manifest = bench.run().await.unwrap();
    let rows = bench.query(&manifest, sql).await;
    assert_eq!(rows, expected, "{sql}");
}

#[tokio::test]
async fn the_mean_gap_leaves_first_orders_out_and_recency_is_of_the_last_order_of_any_set() {
    // Customer 1: (10 + 20 + 30) / 3; 2: (5 + 30) / 2, ending in a test order at 30; 3: (7 + 12) / 2.
    check(
        "SELECT user_id, total_order_number, avg_days_since_prior_order, recency_days, recency_censored
         FROM gold_user_features ORDER BY user_id",
        &[
            &["1", "4", "20.0", "30.0", "true"],
            &["2", "3", "17.5", "30.0", "true"],
            &["3", "3", "9.5", "12.0", "false"],
        ],
    )
    .await;
}

#[tokio::test]
async fn baskets_and_reorder_rates_are_over_the_orders_that_have_lines() {
    // Customer 1: 2 + 1 + 2 + 2 lines in 4 orders, 4 of 7 reordered; 2: 3 in 2, 1 of 3; 3: 4 in 2, 1 of 4.
    check(
        "SELECT user_id, mean_basket, reorder_rate = 4 / 7.0, reorder_rate FROM gold_user_features
         WHERE user_id = 1",
        &[&["1", "1.75", "true", "0.5714285714285714"]],
    )
    .await;
    check(
        "SELECT mean_basket, reorder_rate FROM gold_user_features WHERE user_id > 1 ORDER BY user_id",
        &[&["1.5", "0.3333333333333333"], &["2.0", "0.25"]],
    )
    .await;
}

#[tokio::test]
async fn the_mean_basket_does_not_depend_on_the_eval_set() {
    let train = Workbench::new(&Dataset::valid());
    let moved = Dataset::valid()
        .with_replaced("orders", "14,1,train", "14,1,prior")
        .with_rows("order_products__prior", &["14,1,1,1", "14,3,2,1"])
        .with_rows("orders", &["15,1,train,5,0,0,3"])
        .with_file("order_products__train", "order_id,product_id,add_to_cart_order,reordered\n15,1,1,1\n");
    let prior = Workbench::new(&moved);
    let sql = "SELECT sum(size), count(size) FROM gold_order_facts WHERE user_id = 1 AND order_number <= 4";
    let (one, two) = (train.run().await.unwrap(), prior.run().await.unwrap());
    assert_eq!(train.query(&one, sql).await, prior.query(&two, sql).await);
    let sql = "SELECT mean_basket FROM gold_user_features WHERE user_id = 1";
    assert_eq!(train.value(&one, sql).await, "1.75");
    assert_eq!(prior.value(&two, sql).await, "1.6");
}

#[tokio::test]
async fn a_customer_with_one_order_has_no_gap_and_no_recency() {
    let bench = Workbench::new(&Dataset::valid().with_rows("orders", &["91,9,prior,1,0,0,"]));
    let manifest = bench.run().await.unwrap();
    let sql =
        "SELECT total_order_number, avg_days_since_prior_order, mean_basket, reorder_rate, recency_days,
        recency_censored FROM gold_user_features WHERE user_id = 9";
    assert_eq!(bench.query(&manifest, sql).await, [["1", "null", "null", "null", "null", "false"]]);
}

#[tokio::test]
async fn product_features_count_orders_and_distinct_customers() {
    // Banana: orders 11, 12, 21, 22, 32 of customers 1, 2, 3, two of them reordered; the union adds order 14.
    check(
        "SELECT product_name, orders, users, reorder_rate_global, avg_add_to_cart_order
         FROM gold_product_features ORDER BY product_id",
        &[
            &["Banana", "5", "3", "0.4", "1.0"],
            &["Whole Milk", "4", "3", "0.25", "1.75"],
            &["Soup, \"Rich\"", "3", "2", "0.3333333333333333", "2.0"],
        ],
    )
    .await;
    check(
        "SELECT orders, users, reorder_rate_global FROM gold_product_features_union WHERE product_id = 1",
        &[&["6", "3", "0.5"]],
    )
    .await;
}

#[tokio::test]
async fn pair_features_of_the_history_do_not_see_the_train_order() {
    check(
        "SELECT product_id, total_orders, avg_add_to_cart_order, last_order_number, orders_since_last,
            avg_interval_orders
         FROM gold_upi_features WHERE user_id = 1 ORDER BY product_id",
        &[
            &["1", "2", "1.0", "2", "1", "1.0"],
            &["2", "2", "1.5", "3", "0", "2.0"],
            &["3", "1", "2.0", "3", "0", "null"],
        ],
    )
    .await;
    check(
        "SELECT product_id, total_orders, last_order_number, orders_since_last, avg_interval_orders
         FROM gold_upi_features_union WHERE user_id = 1 ORDER BY product_id",
        &[&["1", "3", "4", "0", "1.5"], &["2", "2", "3", "1", "2.0"], &["3", "2", "4", "0", "1.0"]],
    )
    .await;
}

#[tokio::test]
async fn a_test_order_is_no_order_without_the_product() {
    check(
        "SELECT orders_since_last FROM gold_upi_features_union WHERE user_id = 2 AND product_id = 1",
        &[&["0"]],
    )
    .await;
}

#[tokio::test]
async fn order_facts_have_one_row_an_order_and_no_size_without_lines() {
    check(
        "SELECT order_id, size, reorders, eval_set FROM gold_order_facts WHERE user_id = 2 ORDER BY order_number",
        &[&["21", "1", "0", "prior"], &["22", "2", "1", "prior"], &["23", "null", "null", "test"]],
    )
    .await;
}

#[tokio::test]
async fn an_order_stands_in_a_part_of_the_day_a_size_band_and_is_the_first_or_a_later_one() {
    check(
        "SELECT order_id, order_hour_of_day, day_part, size_band, order_kind FROM gold_order_facts WHERE user_id = 2
         ORDER BY order_number",
        &[
            &["21", "12", "afternoon", "small", "first"],
            &["22", "13", "afternoon", "small", "later"],
            &["23", "14", "afternoon", "null", "later"],
        ],
    )
    .await;
    check(
        "SELECT day_part, count(*) FROM gold_order_facts GROUP BY day_part ORDER BY day_part",
        &[&["afternoon", "6"], &["morning", "4"]],
    )
    .await;
}

#[tokio::test]
async fn product_facts_have_every_product_and_a_column_an_attribute() {
    let shop = Dataset::valid().with_rows(
        "products",
        // Figures go by an attribute's own words: no "no gluten", but "kosher" whatever it means.
        &["4,Organic Gluten-Free Penne,1,1", "5,Kosher Salt,2,2", "6,Chicken with no gluten,2,2"],
    );
    let bench = Workbench::new(&shop);
    let manifest = bench.run().await.unwrap();
    let sql = "SELECT product_id, product_name, aisle_id, department_id, organic, gluten_free, kosher
               FROM gold_product_facts ORDER BY product_id";
    assert_eq!(
        bench.query(&manifest, sql).await,
        [
            ["1", "Banana", "1", "1", "0", "0", "0"],
            ["2", "Whole Milk", "2", "2", "0", "0", "0"],
            ["3", "Soup, \"Rich\"", "1", "1", "0", "0", "0"],
            ["4", "Organic Gluten-Free Penne", "1", "1", "1", "1", "0"],
            ["5", "Kosher Salt", "2", "2", "0", "0", "1"],
            ["6", "Chicken with no gluten", "2", "2", "0", "0", "0"],
        ]
    );
    for attribute in Attribute::ALL {
        let sql = format!("SELECT sum({}) >= 0 FROM gold_product_facts", attribute.code());
        assert_eq!(bench.value(&manifest, &sql).await, "true", "{attribute}");
    }
}

#[tokio::test]
async fn customer_facts_add_up_each_customers_orders_and_know_no_segment_without_models() {
    let bench = Workbench::new(&Dataset::valid().with_rows("orders", &["91,9,prior,1,0,0,"]));
    let manifest = bench.run().await.unwrap();
    // Customer 1 bought bananas, milk and soup in four orders of 2, 1, 2 and 2 lines, four of them reordered.
    let sql =
        "SELECT user_id, orders, baskets, items, reorders, products, mean_basket, avg_days_between_orders,
                   recency_days, recency_censored, customer_kind, orders_band
               FROM gold_customer_facts ORDER BY user_id";
    assert_eq!(
        bench.query(&manifest, sql).await,
        [
            ["1", "4", "4", "7", "4", "3", "1.75", "20.0", "30.0", "1", "repeat", "01-04"],
            ["2", "3", "2", "3", "1", "2", "1.5", "17.5", "30.0", "1", "repeat", "01-04"],
            ["3", "3", "2", "4", "1", "3", "2.0", "9.5", "12.0", "0", "repeat", "01-04"],
            ["9", "1", "0", "0", "0", "0", "null", "null", "null", "0", "new", "01-04"],
        ]
    );
    let sql =
        "SELECT count(*), count(segment), count(segment_name), count(churn_risk), count(expected_orders),
                   count(expected_items) FROM gold_customer_facts";
    assert_eq!(bench.query(&manifest, sql).await, [["4", "0", "0", "0", "0", "0"]]);
    assert!(
        manifest.artefact("gold.rollup_lines_by_product_segment").is_none(),
        "no segments, no sums by them"
    );
}

#[tokio::test]
async fn a_product_planted_in_the_train_order_is_in_no_table_of_the_history() {
    let planted = Dataset::valid()
        .with_rows("products", &["4,Planted,1,1"])
        .with_rows("order_products__train", &["14,4,3,0"]);
    let (without, with) = (Workbench::new(&Dataset::valid()), Workbench::new(&planted));
    let (before, after) = (without.run().await.unwrap(), with.run().await.unwrap());
    for (name, hash) in content_hashes(&after) {
        let same = content_hashes(&before).contains(&(name.clone(), hash));
        let history = name == "gold.product_features" || name == "gold.upi_features";
        assert!(!history || same, "{name} saw the train order");
    }
}
