-- orders: row rules, unique order_id and order_number, then numbers without gaps and at most one train or test order, last.
WITH typed AS (
    SELECT
        try_cast(trim(order_id) AS BIGINT) AS order_id,
        try_cast(trim(user_id) AS BIGINT) AS user_id,
        lower(trim(eval_set)) AS eval_set,
        try_cast(trim(order_number) AS BIGINT) AS order_number,
        try_cast(trim(order_dow) AS BIGINT) AS order_dow,
        try_cast(trim(order_hour_of_day) AS BIGINT) AS order_hour_of_day,
        try_cast(trim(days_since_prior_order) AS DOUBLE) AS days_since_prior_order,
        days_since_prior_order IS NOT NULL AS days_given,
        part, line, raw
    FROM bronze
),
checked AS (
    SELECT *,
        CASE
            WHEN order_id IS NULL OR order_id NOT BETWEEN 1 AND 4294967295 THEN 'invalid_order_id'
            WHEN user_id IS NULL OR user_id NOT BETWEEN 1 AND 4294967295 THEN 'invalid_user_id'
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
    SELECT *, row_number() OVER (PARTITION BY order_id, row_rule ORDER BY part, line) AS id_copy
    FROM checked
),
unique_id AS (
    SELECT *, CASE WHEN row_rule IS NOT NULL THEN row_rule WHEN id_copy > 1 THEN 'duplicate_order_id' END AS id_rule
    FROM by_id
),
by_number AS (
    SELECT *,
        row_number() OVER (PARTITION BY user_id, order_number, id_rule ORDER BY part, line) AS number_copy
    FROM unique_id
),
unique_number AS (
    SELECT *,
        CASE WHEN id_rule IS NOT NULL THEN id_rule WHEN number_copy > 1 THEN 'duplicate_order_number' END AS number_rule
    FROM by_number
),
by_customer AS (
    SELECT *,
        row_number() OVER (PARTITION BY user_id, number_rule ORDER BY order_number) AS position,
        sum(CASE WHEN eval_set = 'prior' THEN 0 ELSE 1 END) OVER (
            PARTITION BY user_id, number_rule ORDER BY order_number
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS held_out_before
    FROM unique_number
)
SELECT order_id, user_id, eval_set, order_number, order_dow, order_hour_of_day, days_since_prior_order, part, line, raw,
    CASE
        WHEN number_rule IS NOT NULL THEN number_rule
        WHEN position <> order_number THEN 'order_number_gap'
        WHEN held_out_before > 0 THEN 'order_after_train_or_test'
    END AS rule
FROM by_customer
