-- Which products are bought together: measures as in recsys/src/affinity.rs, without `p_value`: a hypergeometric tail
-- has no plain SQL; the peer does less work here.
-- Products are numbered by popularity. The pairs of popular products are counted in slabs small enough for an array
-- (perfect_ht_threshold), the others in a hash table: 9.8 s instead of 16.3 s for one hash table of all pairs.

-- step: baskets
CREATE TABLE frequent AS
SELECT product_id, orders, (row_number() OVER (ORDER BY orders DESC, product_id) - 1)::UINTEGER AS code
FROM (SELECT product_id, sum(line_count)::BIGINT AS orders FROM product_time GROUP BY product_id)
WHERE orders >= {{min_item_orders}};
CREATE TABLE baskets AS
SELECT l.order_id, f.code{{code_type}} AS code FROM order_lines AS l JOIN frequent AS f USING (product_id);

-- step: pair_counts
CREATE TABLE pair_counts (higher UINTEGER, lower UINTEGER, n BIGINT);
SET perfect_ht_threshold = 25;
{{slabs}}
-- Elsewhere an array of 2^25 groups costs more than it saves: (product, day, hour) 13.6 CPU seconds, not 3.2.
RESET perfect_ht_threshold;
DROP TABLE baskets;

-- step: gold.affinity
COPY (
    WITH total AS (SELECT count(size)::DOUBLE AS n_orders FROM order_facts),
    directed AS (
        SELECT higher AS a, lower AS b, n FROM pair_counts
        UNION ALL SELECT lower, higher, n FROM pair_counts
    ),
    counted AS (
        SELECT x.product_id AS antecedent, y.product_id AS consequent, n AS n_both, n::DOUBLE AS n_ab,
            x.orders::DOUBLE AS n_a, y.orders::DOUBLE AS n_b, n_orders
        FROM directed JOIN frequent AS x ON x.code = a JOIN frequent AS y ON y.code = b CROSS JOIN total
    )
    SELECT antecedent, consequent, n_both, n_ab / n_orders AS support, n_ab / n_a AS confidence,
        n_ab * n_orders / (n_a * n_b) AS lift, n_ab / n_orders - (n_a / n_orders) * (n_b / n_orders) AS leverage,
        CASE WHEN n_a > n_ab THEN (1.0 - n_b / n_orders) * n_a / (n_a - n_ab) END AS conviction,
        (antecedent < consequent)::INTEGER AS is_first
    FROM counted
) TO '{{out}}/gold.affinity.parquet';
