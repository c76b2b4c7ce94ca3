-- order_lines: row rules, order and product exist in silver, (order_id, product_id) unique.
-- One sort serves the window and the join: both work by order_id. Clean rows of an order stand before broken ones, by
-- product, so that a duplicate directly follows its first copy. A duplicate in the other file breaks eval_set_mismatch
-- already, because an order has one eval_set.
WITH typed AS (
    SELECT
        -- Never null (0 is no id): window and join put nulls at different ends, and would each sort the lines.
        coalesce(try_cast(trim(order_id) AS BIGINT), 0) AS order_id,
        try_cast(trim(product_id) AS BIGINT) AS product_id,
        try_cast(trim(add_to_cart_order) AS BIGINT) AS add_to_cart_order,
        CASE
            WHEN lower(trim(reordered)) IN ('1', '1.0', 'true', 't', 'yes', 'y') THEN CAST(1 AS BIGINT)
            WHEN lower(trim(reordered)) IN ('0', '0.0', 'false', 'f', 'no', 'n') THEN CAST(0 AS BIGINT)
        END AS reordered,
        CASE WHEN source = 'order_products__prior' THEN 'prior' ELSE 'train' END AS eval_set,
        part, line, raw
    FROM bronze
),
checked AS (
    SELECT *,
        CASE
            WHEN order_id NOT BETWEEN 1 AND 4294967295 THEN 'invalid_order_id'
            WHEN product_id IS NULL OR product_id NOT BETWEEN 1 AND 4294967295 THEN 'invalid_product_id'
            WHEN add_to_cart_order IS NULL OR add_to_cart_order < 1 THEN 'invalid_add_to_cart_order'
            WHEN reordered IS NULL THEN 'invalid_reordered'
        END AS row_rule
    FROM typed
),
compared AS (
    SELECT *,
        lag(product_id) OVER by_order AS product_before,
        lag(eval_set) OVER by_order AS eval_set_before
    FROM checked
    WINDOW by_order AS (PARTITION BY order_id ORDER BY row_rule IS NOT NULL, product_id, part, line)
)
SELECT l.order_id, o.user_id, l.product_id, l.add_to_cart_order, l.reordered, l.eval_set, l.part, l.line, l.raw,
    CASE
        WHEN l.row_rule IS NOT NULL THEN l.row_rule
        WHEN o.order_id IS NULL THEN 'orphan_order'
        WHEN NOT known_product(l.product_id) THEN 'unknown_product'
        WHEN o.eval_set <> l.eval_set THEN 'eval_set_mismatch'
        WHEN l.product_before = l.product_id AND l.eval_set_before = l.eval_set THEN 'duplicate_line'
    END AS rule
FROM compared AS l
LEFT JOIN orders AS o ON o.order_id = l.order_id
