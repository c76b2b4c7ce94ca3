-- Orders by the full rules, each broken row with the first rule that it breaks. Input: `rows_orders`.

-- step: silver.orders.full
CREATE TABLE checked_orders AS
WITH text AS (
    SELECT line, raw, damage, filled(f[1]) AS t1, filled(f[2]) AS t2, lower(filled(f[3])) AS eval_set,
        filled(f[4]) AS t4, filled(f[5]) AS t5, filled(f[6]) AS t6, gap_text(filled(f[7])) AS t7
    FROM rows_orders
),
typed AS (
    SELECT line, raw, damage, whole(t1) AS order_id, whole(t2) AS user_id, eval_set, whole(t4) AS order_number,
        whole(t5) AS order_dow, whole(t6) AS order_hour_of_day, gap(t7) AS days_since_prior_order,
        t7 IS NOT NULL AS days_given
    FROM text
),
judged AS (
    SELECT *, CASE
        WHEN damage IS NOT NULL THEN damage
        WHEN NOT an_id(order_id) THEN 'invalid_order_id'
        WHEN NOT an_id(user_id) THEN 'invalid_user_id'
        WHEN eval_set IS NULL OR eval_set NOT IN ('prior', 'train', 'test') THEN 'unknown_eval_set'
        WHEN order_number IS NULL OR order_number < 1 THEN 'invalid_order_number'
        WHEN order_dow IS NULL OR order_dow NOT BETWEEN 0 AND 6 THEN 'invalid_order_dow'
        WHEN order_hour_of_day IS NULL OR order_hour_of_day NOT BETWEEN 0 AND 23 THEN 'invalid_order_hour_of_day'
        WHEN days_given AND (days_since_prior_order IS NULL OR days_since_prior_order NOT BETWEEN 0 AND 30)
            THEN 'invalid_days_since_prior_order'
        WHEN order_number = 1 AND days_given THEN 'days_on_first_order'
        WHEN order_number > 1 AND NOT days_given THEN 'days_missing_after_first_order'
    END AS row_rule
    FROM typed
),
by_id AS (
    SELECT *, CASE WHEN row_rule IS NOT NULL THEN row_rule
        WHEN row_number() OVER (PARTITION BY order_id, row_rule ORDER BY line) > 1 THEN 'duplicate_order_id'
    END AS id_rule FROM judged
),
by_number AS (
    SELECT *, CASE WHEN id_rule IS NOT NULL THEN id_rule
        WHEN row_number() OVER (PARTITION BY user_id, order_number, id_rule ORDER BY line) > 1
            THEN 'duplicate_order_number'
    END AS number_rule FROM by_id
)
SELECT *, CASE WHEN number_rule IS NOT NULL THEN number_rule
    WHEN row_number() OVER history <> order_number THEN 'order_number_gap'
    WHEN count(*) FILTER (eval_set <> 'prior') OVER (
        PARTITION BY user_id, number_rule ORDER BY order_number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) > 0 THEN 'order_after_train_or_test'
END AS rule
FROM by_number
WINDOW history AS (PARTITION BY user_id, number_rule ORDER BY order_number);
CREATE OR REPLACE TABLE orders AS
SELECT order_id::UINTEGER AS order_id, user_id::UINTEGER AS user_id, eval_set, order_number::UINTEGER AS order_number,
    order_dow::UTINYINT AS order_dow, order_hour_of_day::UTINYINT AS order_hour_of_day, days_since_prior_order
FROM checked_orders WHERE rule IS NULL;
CREATE TABLE broken_orders AS SELECT rule, 'orders' AS source, line, raw FROM checked_orders WHERE rule IS NOT NULL;
DROP TABLE checked_orders;
