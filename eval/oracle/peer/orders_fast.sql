-- Orders, read once, under the assumption that every row is clean and spelt plainly; `order_id` is null where not.
-- The number read must give the text again: DuckDB also reads 3.7, 1e2, 0x10 and 1_000 as whole numbers.

-- step: silver.orders
CREATE OR REPLACE TABLE orders AS
WITH typed AS (
    SELECT *,
        try_cast(order_id AS UINTEGER) AS id,
        try_cast(user_id AS UINTEGER) AS customer,
        try_cast(order_number AS UINTEGER) AS number,
        try_cast(order_dow AS UTINYINT) AS dow,
        try_cast(order_hour_of_day AS UTINYINT) AS hour,
        try_cast(days_since_prior_order AS DOUBLE) AS days
    FROM {{read_orders}}
)
SELECT
    CASE WHEN id > 0 AND id::VARCHAR = order_id
        AND customer > 0 AND customer::VARCHAR = user_id
        AND eval_set IN ('prior', 'train', 'test')
        AND number > 0 AND number::VARCHAR = order_number
        AND dow <= 6 AND dow::VARCHAR = order_dow
        AND hour <= 23 AND hour::VARCHAR = order_hour_of_day
        AND CASE WHEN number = 1 THEN days_since_prior_order IS NULL
            ELSE days BETWEEN 0 AND 30
                AND (days::VARCHAR = days_since_prior_order OR days::INTEGER::VARCHAR = days_since_prior_order) END
        THEN id END AS order_id,
    customer AS user_id, eval_set, number AS order_number, dow AS order_dow, hour AS order_hour_of_day,
    days AS days_since_prior_order
FROM typed;

-- step: check.orders
-- True when no row breaks a rule: then the full rules would give this same table.
CREATE OR REPLACE TABLE orders_verdict AS
WITH customers AS (
    SELECT user_id, count(*) AS orders, max(order_number) AS last_number,
        count(*) FILTER (eval_set <> 'prior') AS held_out,
        max(order_number) FILTER (eval_set <> 'prior') AS held_out_number
    FROM orders GROUP BY user_id
)
SELECT (SELECT count(*) = count(order_id) AND count(order_id) = count(DISTINCT order_id) FROM orders)
    AND (SELECT count(*) FROM (SELECT DISTINCT user_id, order_number FROM orders)) = (SELECT count(*) FROM orders)
    AND NOT EXISTS (FROM customers WHERE last_number <> orders OR held_out > 1 OR held_out_number <> orders) AS clean;
