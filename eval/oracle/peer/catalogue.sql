-- Aisles, departments and products: always by the full rules, they are small.
-- Input: `rows_<table>` (line, raw, damage, f: the fields in canonical order; null where damaged).

-- step: silver.aisles
CREATE TABLE checked_aisles AS
WITH typed AS (
    SELECT *, whole(filled(f[1])) AS aisle_id, clean_name(f[2]) AS aisle FROM rows_aisles
),
judged AS (
    SELECT *, CASE
        WHEN damage IS NOT NULL THEN damage
        WHEN NOT an_id(aisle_id) THEN 'invalid_aisle_id'
        WHEN aisle IS NULL THEN 'empty_aisle'
    END AS row_rule
    FROM typed
)
SELECT *, CASE
    WHEN row_rule IS NOT NULL THEN row_rule
    WHEN row_number() OVER (PARTITION BY aisle_id, row_rule ORDER BY line) > 1 THEN 'duplicate_aisle_id'
END AS rule
FROM judged;
CREATE TABLE aisles AS
SELECT aisle_id::UINTEGER AS aisle_id, aisle, row_number() OVER (ORDER BY aisle_id) - 1 AS code
FROM checked_aisles WHERE rule IS NULL;
COPY (SELECT aisle_id, aisle FROM aisles) TO '{{out}}/silver.aisles.parquet';
COPY (SELECT rule, 'aisles' AS source, line, raw FROM checked_aisles WHERE rule IS NOT NULL)
    TO '{{out}}/quarantine.aisles.parquet';

-- step: silver.departments
CREATE TABLE checked_departments AS
WITH typed AS (
    SELECT *, whole(filled(f[1])) AS department_id, clean_name(f[2]) AS department FROM rows_departments
),
judged AS (
    SELECT *, CASE
        WHEN damage IS NOT NULL THEN damage
        WHEN NOT an_id(department_id) THEN 'invalid_department_id'
        WHEN department IS NULL THEN 'empty_department'
    END AS row_rule
    FROM typed
)
SELECT *, CASE
    WHEN row_rule IS NOT NULL THEN row_rule
    WHEN row_number() OVER (PARTITION BY department_id, row_rule ORDER BY line) > 1 THEN 'duplicate_department_id'
END AS rule
FROM judged;
CREATE TABLE departments AS
SELECT department_id::UINTEGER AS department_id, department, row_number() OVER (ORDER BY department_id) - 1 AS code
FROM checked_departments WHERE rule IS NULL;
COPY (SELECT department_id, department FROM departments) TO '{{out}}/silver.departments.parquet';
COPY (SELECT rule, 'departments' AS source, line, raw FROM checked_departments WHERE rule IS NOT NULL)
    TO '{{out}}/quarantine.departments.parquet';

-- step: silver.products
CREATE TABLE checked_products AS
WITH typed AS (
    SELECT *, whole(filled(f[1])) AS product_id, clean_name(f[2]) AS product_name,
        whole(filled(f[3])) AS aisle_id, whole(filled(f[4])) AS department_id
    FROM rows_products
),
judged AS (
    SELECT t.*, CASE
        WHEN damage IS NOT NULL THEN damage
        WHEN NOT an_id(product_id) THEN 'invalid_product_id'
        WHEN product_name IS NULL THEN 'empty_product_name'
        WHEN a.aisle_id IS NULL THEN 'unknown_aisle'
        WHEN d.department_id IS NULL THEN 'unknown_department'
    END AS row_rule
    FROM typed AS t
    LEFT JOIN aisles AS a ON a.aisle_id = t.aisle_id
    LEFT JOIN departments AS d ON d.department_id = t.department_id
)
SELECT *, CASE
    WHEN row_rule IS NOT NULL THEN row_rule
    WHEN row_number() OVER (PARTITION BY product_id, row_rule ORDER BY line) > 1 THEN 'duplicate_product_id'
END AS rule
FROM judged;
CREATE TABLE products AS
SELECT product_id::UINTEGER AS product_id, product_name, aisle_id::UINTEGER AS aisle_id,
    department_id::UINTEGER AS department_id
FROM checked_products WHERE rule IS NULL;
-- One bit an aisle and a department: sets of them per order or customer are then one OR, and distinct orders or
-- customers of each a count of bits (distinct (order, aisle) pairs instead: 5.5 s for what takes 1 s).
CREATE TABLE product_bits AS
SELECT p.product_id, {{aisle_bits}}, {{department_bits}}
FROM products AS p JOIN aisles AS a USING (aisle_id) JOIN departments AS d USING (department_id);
COPY products TO '{{out}}/silver.products.parquet';
COPY (SELECT rule, 'products' AS source, line, raw FROM checked_products WHERE rule IS NOT NULL)
    TO '{{out}}/quarantine.products.parquet';
