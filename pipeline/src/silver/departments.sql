-- departments: unique integer key, non-empty name.
WITH typed AS (
    SELECT try_cast(trim(department_id) AS BIGINT) AS department_id, trim(department) AS department, part, line, raw
    FROM bronze
),
checked AS (
    SELECT *,
        CASE
            WHEN department_id IS NULL OR department_id NOT BETWEEN 1 AND 4294967295 THEN 'invalid_department_id'
            WHEN department IS NULL THEN 'empty_department'
        END AS row_rule
    FROM typed
),
numbered AS (
    SELECT *, row_number() OVER (PARTITION BY department_id, row_rule ORDER BY part, line) AS copy
    FROM checked
)
SELECT department_id, department, part, line, raw,
    CASE
        WHEN row_rule IS NOT NULL THEN row_rule
        WHEN copy > 1 THEN 'duplicate_department_id'
    END AS rule
FROM numbered
