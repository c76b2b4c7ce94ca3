-- Gold features, by the definitions of pipeline/src/gold/queries.rs.

-- step: gold.order_facts
CREATE TABLE sizes AS
SELECT l.order_id, count(*)::BIGINT AS size, sum(l.reordered)::BIGINT AS reorders, {{or_aisles}}, {{or_departments}}
FROM order_lines AS l JOIN product_bits AS p USING (product_id) GROUP BY l.order_id;
CREATE TABLE order_facts AS
SELECT o.order_id, o.user_id, o.eval_set, o.order_number, o.order_dow, o.order_hour_of_day, o.days_since_prior_order,
    s.size, s.reorders, {{aisle_names}}, {{department_names}}
FROM orders AS o LEFT JOIN sizes AS s ON s.order_id = o.order_id;
DROP TABLE sizes;
COPY (
    SELECT order_id, user_id, eval_set, order_number, order_dow, order_hour_of_day, days_since_prior_order, size, reorders,
        CASE WHEN order_hour_of_day BETWEEN 6 AND 11 THEN 'morning' WHEN order_hour_of_day BETWEEN 12 AND 17 THEN 'afternoon'
            WHEN order_hour_of_day >= 18 THEN 'evening' ELSE 'night' END AS day_part,
        CASE WHEN size <= 5 THEN 'small' WHEN size <= 15 THEN 'medium' WHEN size > 15 THEN 'large' END AS size_band,
        CASE WHEN order_number = 1 THEN 'first' ELSE 'later' END AS order_kind
    FROM order_facts
) TO '{{out}}/gold.order_facts.parquet';

-- step: gold.user_features
COPY (
    SELECT user_id, count(*) AS total_order_number, avg(days_since_prior_order) AS avg_days_since_prior_order,
        sum(size)::DOUBLE / count(size) AS mean_basket, sum(reorders)::DOUBLE / sum(size) AS reorder_rate,
        arg_max_null(days_since_prior_order, order_number) AS recency_days,
        coalesce(arg_max_null(days_since_prior_order, order_number) >= 30, false) AS recency_censored
    FROM order_facts GROUP BY user_id
) TO '{{out}}/gold.user_features.parquet';

-- step: gold.product_features
COPY (
    SELECT p.product_id, p.product_name, b.orders, b.users, b.reorders / b.orders AS reorder_rate_global,
        b.positions / b.orders AS avg_add_to_cart_order
    FROM (
        SELECT product_id, sum(orders)::BIGINT AS orders, count(*) AS users, sum(reorders)::DOUBLE AS reorders,
            sum(positions)::DOUBLE AS positions
        FROM pairs_prior GROUP BY product_id
    ) AS b
    JOIN products AS p USING (product_id)
) TO '{{out}}/gold.product_features.parquet';

-- step: gold.upi_features
COPY (
    SELECT p.user_id, p.product_id, p.orders AS total_orders, p.positions::DOUBLE / p.orders AS avg_add_to_cart_order,
        p.last_number AS last_order_number, (c.orders - p.last_number)::BIGINT AS orders_since_last,
        CASE WHEN p.orders > 1 THEN (p.last_number - p.first_number)::DOUBLE / (p.orders - 1) END AS avg_interval_orders
    FROM pairs_prior AS p
    JOIN (SELECT user_id, max(order_number) AS orders FROM orders WHERE eval_set = 'prior' GROUP BY user_id) AS c
        ON c.user_id = p.user_id
) TO '{{out}}/gold.upi_features.parquet';

-- step: pairs_union
CREATE TABLE pairs_union AS
SELECT coalesce(p.user_id, t.user_id) AS user_id, coalesce(p.product_id, t.product_id) AS product_id,
    (coalesce(p.orders, 0) + coalesce(t.orders, 0))::UINTEGER AS orders,
    coalesce(p.positions, 0) + coalesce(t.add_to_cart_order, 0) AS positions,
    (coalesce(p.reorders, 0) + coalesce(t.reordered, 0))::UINTEGER AS reorders,
    coalesce(p.first_number, t.order_number) AS first_number, coalesce(t.order_number, p.last_number) AS last_number
FROM pairs_prior AS p
FULL JOIN (
    SELECT user_id, product_id, 1 AS orders, add_to_cart_order, reordered, order_number FROM order_lines WHERE train
) AS t ON t.user_id = p.user_id AND t.product_id = p.product_id;
DROP TABLE pairs_prior;

-- step: gold.product_features_union
COPY (
    SELECT p.product_id, p.product_name, b.orders, b.users, b.reorders / b.orders AS reorder_rate_global,
        b.positions / b.orders AS avg_add_to_cart_order
    FROM (
        SELECT product_id, sum(orders)::BIGINT AS orders, count(*) AS users, sum(reorders)::DOUBLE AS reorders,
            sum(positions)::DOUBLE AS positions
        FROM pairs_union GROUP BY product_id
    ) AS b
    JOIN products AS p USING (product_id)
) TO '{{out}}/gold.product_features_union.parquet';

-- step: gold.upi_features_union
COPY (
    SELECT p.user_id, p.product_id, p.orders AS total_orders, p.positions::DOUBLE / p.orders AS avg_add_to_cart_order,
        p.last_number AS last_order_number, (c.orders - p.last_number)::BIGINT AS orders_since_last,
        CASE WHEN p.orders > 1 THEN (p.last_number - p.first_number)::DOUBLE / (p.orders - 1) END AS avg_interval_orders
    FROM pairs_union AS p
    JOIN (SELECT user_id, max(order_number) AS orders FROM orders WHERE eval_set <> 'test' GROUP BY user_id) AS c
        ON c.user_id = p.user_id
) TO '{{out}}/gold.upi_features_union.parquet';
