"""Checks the rollups of a build against the plainest SQL for them, over the build's own silver and order_facts.

The build counts distinct orders and customers by sets of bits and adds up from a finer grain; here each rollup is one
GROUP BY with count(DISTINCT …). Slow at full size. Exit code 1 when one differs.
"""

import tempfile
from pathlib import Path

import duckdb

from compare import KEYS, compare_keyed, quoted

LINES = """count(*) AS line_count, sum(reordered)::BIGINT AS line_reorders,
    count(*) FILTER (add_to_cart_order = 1) AS line_first_in_cart,
    sum(add_to_cart_order)::BIGINT AS line_cart_position_sum, count(add_to_cart_order) AS line_cart_position_count"""
DISTINCT = ", count(DISTINCT order_id) AS line_orders, count(DISTINCT user_id) AS line_customers"
ORDERS = """count(*) AS order_count, count(size) AS order_baskets, coalesce(sum(size), 0)::BIGINT AS order_items,
    coalesce(sum(reorders), 0)::BIGINT AS order_reorders, max(size) AS order_size_max,
    coalesce(sum(days_since_prior_order), 0) AS order_gap_mean_sum, count(days_since_prior_order) AS order_gap_mean_count,
    count(*) FILTER (order_number = 1) AS order_first, count(DISTINCT user_id) AS order_customers"""


def run(arguments):
    con = duckdb.connect()
    for table in ("silver.orders", "silver.order_lines", "silver.products", "gold.order_facts"):
        con.execute(f"CREATE VIEW {table.split('.')[1]} AS FROM {quoted(arguments.out / (table + '.parquet'))}")
    con.execute("""CREATE VIEW lines AS
        SELECT l.*, o.order_dow, o.order_hour_of_day, p.aisle_id, p.department_id
        FROM order_lines AS l JOIN orders AS o USING (order_id) JOIN products AS p USING (product_id)""")
    equal = True
    with tempfile.TemporaryDirectory(prefix="peer-check-") as folder:
        for name, keys in KEYS.items():
            if not name.startswith("gold.rollup_"):
                continue
            distinct = "" if name.endswith("product_time") else DISTINCT
            table, measures = ("lines", LINES + distinct) if "rollup_lines" in name else ("order_facts", ORDERS)
            plain = quoted(Path(folder) / "plain.parquet")
            con.execute(f"COPY (SELECT {', '.join(keys)}, {measures} FROM {table} GROUP BY ALL) TO {plain}")
            differing, notes = compare_keyed(con, name, plain, quoted(arguments.out / f"{name}.parquet"))
            equal = equal and differing == 0
            print(f"{name:<40}{differing:>10,} differ")
            for note in notes:
                print(f"    {note}")
    return 0 if equal else 1
