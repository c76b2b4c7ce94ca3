-- The careful way into a file that is not plainly clean: records as received, then their fields.
-- Input: `records` (line, raw, damage). Output: `rows_<table>`, `f` in the order of the canonical columns.
CREATE OR REPLACE TABLE rows_{{table}} AS
WITH judged AS (
    SELECT line, raw, CASE
        WHEN damage IS NOT NULL THEN damage
        WHEN NOT well_formed(raw, {{width}}) THEN 'malformed_row'
    END AS damage
    FROM records WHERE filled(raw) IS NOT NULL
)
SELECT line, raw, damage, CASE WHEN damage IS NULL THEN list_select(fields_of(raw), {{positions}}) END AS f FROM judged;
DROP TABLE records;
