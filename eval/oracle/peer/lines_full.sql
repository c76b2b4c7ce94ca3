-- Order lines by the full rules. Input: `rows_order_products__prior`, `rows_order_products__train`.

-- step: silver.order_lines.full
CREATE TABLE checked_lines AS
WITH text AS (
    SELECT *, false AS train FROM rows_order_products__prior
    UNION ALL SELECT *, true FROM rows_order_products__train
),
typed AS (
    SELECT line, raw, damage, train, whole(filled(f[1])) AS order_id, whole(filled(f[2])) AS product_id,
        whole(filled(f[3])) AS add_to_cart_order, flag(filled(f[4])) AS reordered
    FROM text
),
judged AS (
    SELECT *, CASE
        WHEN damage IS NOT NULL THEN damage
        WHEN NOT an_id(order_id) THEN 'invalid_order_id'
        WHEN NOT an_id(product_id) THEN 'invalid_product_id'
        WHEN add_to_cart_order IS NULL OR add_to_cart_order < 1 THEN 'invalid_add_to_cart_order'
        WHEN reordered IS NULL THEN 'invalid_reordered'
    END AS row_rule
    FROM typed
),
known AS (
    SELECT l.*, o.user_id, o.order_number, o.order_dow, o.order_hour_of_day, CASE
        WHEN l.row_rule IS NOT NULL THEN l.row_rule
        WHEN o.order_id IS NULL THEN 'orphan_order'
        WHEN p.product_id IS NULL THEN 'unknown_product'
        WHEN o.eval_set <> CASE WHEN l.train THEN 'train' ELSE 'prior' END THEN 'eval_set_mismatch'
    END AS key_rule
    FROM judged AS l
    LEFT JOIN orders AS o ON o.order_id = l.order_id
    LEFT JOIN products AS p ON p.product_id = l.product_id
)
SELECT *, CASE WHEN key_rule IS NOT NULL THEN key_rule
    WHEN row_number() OVER (PARTITION BY order_id, product_id, key_rule ORDER BY train, line) > 1 THEN 'duplicate_line'
END AS rule
FROM known;
CREATE OR REPLACE TABLE order_lines AS
SELECT order_id::UINTEGER AS order_id, user_id, product_id::UINTEGER AS product_id, add_to_cart_order,
    reordered::UTINYINT AS reordered, train, order_number, order_dow, order_hour_of_day
FROM checked_lines WHERE rule IS NULL;
CREATE TABLE broken_lines AS
SELECT rule, CASE WHEN train THEN 'order_products__train' ELSE 'order_products__prior' END AS source, line, raw
FROM checked_lines WHERE rule IS NOT NULL;
DROP TABLE checked_lines;
