-- aisles: unique integer key, non-empty name.
WITH typed AS (
    SELECT try_cast(trim(aisle_id) AS BIGINT) AS aisle_id, trim(aisle) AS aisle, part, line, raw
    FROM bronze
),
checked AS (
    SELECT *,
        CASE
            WHEN aisle_id IS NULL OR aisle_id NOT BETWEEN 1 AND 4294967295 THEN 'invalid_aisle_id'
            WHEN aisle IS NULL THEN 'empty_aisle'
        END AS row_rule
    FROM typed
),
numbered AS (
    SELECT *, row_number() OVER (PARTITION BY aisle_id, row_rule ORDER BY part, line) AS copy
    FROM checked
)
SELECT aisle_id, aisle, part, line, raw,
    CASE
        WHEN row_rule IS NOT NULL THEN row_rule
        WHEN copy > 1 THEN 'duplicate_aisle_id'
    END AS rule
FROM numbered
