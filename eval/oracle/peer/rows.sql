-- The careful way into a file that is not plainly clean: records as received, then their fields.
-- Input: `records` (line, raw, damage). Output: `rows_<table>`, `f` in the order of the canonical columns.
CREATE OR REPLACE TABLE rows_{{table}} AS
WITH split AS (
    SELECT line, raw, damage, CASE WHEN damage IS NULL THEN fields_of(raw) END AS f
    FROM records WHERE filled(raw) IS NOT NULL
),
judged AS (
    SELECT line, raw, f, CASE
        WHEN damage IS NOT NULL THEN damage
        WHEN len(f) <> {{width}} OR contains(raw, chr(0)) OR NOT well_quoted(raw) THEN 'malformed_row'
    END AS damage
    FROM split
)
SELECT line, raw, damage, CASE WHEN damage IS NULL THEN {{canonical}} END AS f FROM judged;
DROP TABLE records;
