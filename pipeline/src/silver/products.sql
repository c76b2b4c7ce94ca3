-- products: unique key, non-empty name, aisle and department exist in silver.
WITH typed AS (
    SELECT
        try_cast(trim(product_id) AS BIGINT) AS product_id,
        trim(product_name) AS product_name,
        try_cast(trim(aisle_id) AS BIGINT) AS aisle_id,
        try_cast(trim(department_id) AS BIGINT) AS department_id,
        part, line, raw
    FROM bronze
),
checked AS (
    SELECT *,
        CASE
            WHEN product_id IS NULL OR product_id NOT BETWEEN 1 AND 4294967295 THEN 'invalid_product_id'
            WHEN product_name IS NULL THEN 'empty_product_name'
            WHEN NOT known_aisle(aisle_id) THEN 'unknown_aisle'
            WHEN NOT known_department(department_id) THEN 'unknown_department'
        END AS row_rule
    FROM typed
),
numbered AS (
    SELECT *, row_number() OVER (PARTITION BY product_id, row_rule ORDER BY part, line) AS copy
    FROM checked
)
SELECT product_id, product_name, aisle_id, department_id, part, line, raw,
    CASE
        WHEN row_rule IS NOT NULL THEN row_rule
        WHEN copy > 1 THEN 'duplicate_product_id'
    END AS rule
FROM numbered
