//! The same content however the work is cut: threads, part sizes, memory that does not hold the lines.

use std::collections::BTreeSet;

use pipeline::synth::{SynthParams, generate};

use crate::{
    dataset::Dataset,
    workbench::{Workbench, content_hashes},
};

#[tokio::test]
async fn threads_part_sizes_and_spilling_do_not_change_silver_and_gold() {
    let mut hashes = BTreeSet::new();
    // The last one holds no line in memory: the smallest budget that the settings allow is shared by many chunks.
    for (threads, batch_size, memory_mib) in
        [(1, 1_000_000, 512), (2, 1_000, 512), (2, 7_777, 128), (1, 1_000, 1)]
    {
        let mut bench = Workbench::new(&Dataset::valid());
        std::fs::remove_dir_all(bench.source()).unwrap();
        let params = SynthParams { customers: 400, seed: 11, truth: false };
        generate(&params, &bench.source(), &mut |_, _| {}).unwrap();
        bench.settings.threads = threads;
        bench.settings.batch_size = batch_size;
        bench.settings.memory_mib = memory_mib;
        hashes.insert(content_hashes(&bench.run().await.unwrap()));
    }
    assert_eq!(hashes.len(), 1);
}

#[tokio::test]
async fn rollups_overview_and_journey_add_up_to_the_tables_they_are_made_of() {
    let bench = Workbench::new(&Dataset::valid());
    let manifest = bench.run().await.unwrap();
    let same = [
        (
            "SELECT sum(line_count) FROM gold_rollup_lines_by_product_time",
            "SELECT count(*) FROM silver_order_lines",
        ),
        (
            "SELECT sum(line_reorders) FROM gold_rollup_lines_by_aisle",
            "SELECT sum(reordered) FROM silver_order_lines",
        ),
        (
            "SELECT sum(line_first_in_cart) FROM gold_rollup_lines_by_hour",
            "SELECT count(*) FROM silver_order_lines WHERE add_to_cart_order = 1",
        ),
        (
            "SELECT line_customers FROM gold_rollup_lines_by_department WHERE department_id = 1",
            "SELECT count(DISTINCT l.user_id) FROM silver_order_lines l JOIN silver_products p ON p.product_id = l.product_id \
             WHERE p.department_id = 1",
        ),
        (
            "SELECT line_orders FROM gold_rollup_lines_by_department WHERE department_id = 1",
            "SELECT count(DISTINCT l.order_id) FROM silver_order_lines l JOIN silver_products p ON p.product_id = l.product_id \
             WHERE p.department_id = 1",
        ),
        ("SELECT line_customers FROM gold_rollup_lines_by_product WHERE product_id = 1", "SELECT 3"),
        ("SELECT sum(order_items) FROM gold_rollup_orders_by_time", "SELECT sum(size) FROM gold_order_facts"),
        (
            "SELECT order_size_max FROM gold_rollup_orders_by_number WHERE order_number = 3",
            "SELECT max(size) FROM gold_order_facts WHERE order_number = 3",
        ),
        (
            "SELECT sum(order_gap_mean_sum) / sum(order_gap_mean_count) FROM gold_rollup_orders_by_dow",
            "SELECT avg(days_since_prior_order) FROM gold_order_facts",
        ),
        (
            "SELECT sum(line_count) FROM gold_rollup_lines_by_product_number WHERE order_number = 2 AND product_id = 1",
            "SELECT count(*) FROM silver_order_lines l JOIN silver_orders o ON o.order_id = l.order_id \
             WHERE o.order_number = 2 AND l.product_id = 1",
        ),
        (
            "SELECT sum(line_count) FROM gold_rollup_lines_by_product_number",
            "SELECT count(*) FROM silver_order_lines",
        ),
        (
            "SELECT line_customers FROM gold_rollup_lines_by_department_kind WHERE department_id = 1 AND order_kind = 'later'",
            "SELECT count(DISTINCT l.user_id) FROM silver_order_lines l JOIN silver_products p ON p.product_id = l.product_id \
             JOIN gold_order_facts o ON o.order_id = l.order_id WHERE p.department_id = 1 AND o.order_kind = 'later'",
        ),
        (
            "SELECT sum(line_orders) FROM gold_rollup_lines_by_product_day_part WHERE day_part = 'afternoon'",
            "SELECT count(*) FROM silver_order_lines l JOIN gold_order_facts o ON o.order_id = l.order_id \
             WHERE o.day_part = 'afternoon'",
        ),
        (
            "SELECT line_reorders FROM gold_rollup_lines_by_gluten_free WHERE gluten_free = 0",
            "SELECT sum(reordered) FROM silver_order_lines",
        ),
        ("SELECT order_count FROM gold_rollup_orders_by_size_band WHERE size_band IS NULL", "SELECT 2"),
        ("SELECT order_count FROM gold_rollup_orders_by_size WHERE order_size IS NULL", "SELECT 2"),
        (
            "SELECT sum(order_size * order_count) FROM gold_rollup_orders_by_size",
            "SELECT count(*) FROM silver_order_lines",
        ),
        ("SELECT order_first FROM gold_rollup_orders_by_kind WHERE order_kind = 'first'", "SELECT 3"),
        ("SELECT order_first FROM gold_rollup_orders_by_kind WHERE order_kind = 'later'", "SELECT 0"),
        (
            "SELECT sum(order_customers) FROM gold_rollup_orders_by_day_part",
            "SELECT count(DISTINCT concat(user_id, day_part)) FROM gold_order_facts",
        ),
        (
            "SELECT count(*) FROM gold_rollup_orders_by_parts",
            "SELECT count(DISTINCT concat(order_dow, '-', order_hour_of_day, size_band, order_kind)) FROM gold_order_facts",
        ),
        (
            "SELECT concat(sum(items), '-', sum(reorders), '-', count(DISTINCT order_id)) FROM gold_line_goods",
            "SELECT concat(count(*), '-', sum(reordered), '-', count(DISTINCT order_id)) FROM silver_order_lines",
        ),
        (
            "SELECT count(*) FROM gold_line_goods g JOIN silver_order_lines l ON l.order_id = g.order_id \
             AND l.product_id = g.product_id AND l.user_id = g.user_id AND l.reordered = g.reorders \
             JOIN silver_products p ON p.product_id = g.product_id AND p.aisle_id = g.aisle_id \
             AND p.department_id = g.department_id",
            "SELECT count(*) FROM silver_order_lines",
        ),
        (
            "SELECT concat(count(*), '-', sum(items), '-', sum(reorders)) FROM gold_customer_aisles",
            "SELECT concat(count(DISTINCT concat(aisle_id, '-', user_id)), '-', sum(items), '-', sum(reorders)) \
             FROM gold_line_goods",
        ),
        ("SELECT sum(items) FROM gold_customer_facts", "SELECT count(*) FROM silver_order_lines"),
        ("SELECT sum(orders) FROM gold_customer_facts", "SELECT count(*) FROM silver_orders"),
        ("SELECT items FROM gold_overview", "SELECT count(*) FROM silver_order_lines"),
        ("SELECT repeat_customers FROM gold_overview", "SELECT count(DISTINCT user_id) FROM silver_orders"),
        ("SELECT sum(orders_with_lines) FROM gold_journey", "SELECT count(size) FROM gold_order_facts"),
        ("SELECT customers FROM gold_journey WHERE order_number = 4", "SELECT 1"),
        (
            "SELECT sum(small_orders + medium_orders + large_orders) FROM gold_journey",
            "SELECT count(size) FROM gold_order_facts",
        ),
    ];
    for (rollup, base) in same {
        assert_eq!(bench.value(&manifest, rollup).await, bench.value(&manifest, base).await, "{rollup}");
    }
}
