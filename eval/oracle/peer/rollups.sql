-- The rollups at fixed grains. Line counts all come from the grain (product, day, hour); distinct orders and customers
-- from the sets of aisles and departments of each order (`order_facts`), since an order has one day, hour and customer.

-- step: gold.rollup_lines_by_product_time
CREATE TABLE product_time AS
SELECT product_id, order_dow, order_hour_of_day, count(*) AS line_count, sum(reordered)::BIGINT AS line_reorders,
    count_if(add_to_cart_order = 1)::BIGINT AS line_first_in_cart, sum(add_to_cart_order)::BIGINT AS line_cart_position_sum,
    count(add_to_cart_order) AS line_cart_position_count
FROM order_lines GROUP BY ALL;
COPY product_time TO '{{out}}/gold.rollup_lines_by_product_time.parquet';

-- step: gold.rollup_lines_by_product
COPY (
    SELECT product_id, {{line_sums}}, sum(line_count)::BIGINT AS line_orders, any_value(c.line_customers) AS line_customers
    FROM product_time
    JOIN (SELECT product_id, count(*) AS line_customers FROM pairs_union GROUP BY product_id) AS c USING (product_id)
    GROUP BY product_id
) TO '{{out}}/gold.rollup_lines_by_product.parquet';
DROP TABLE pairs_union;

-- step: customer_sets
CREATE TABLE customer_times AS
SELECT user_id, order_dow, order_hour_of_day, {{or_aisles}}, {{or_departments}}
FROM order_facts WHERE size IS NOT NULL GROUP BY ALL;
CREATE TABLE customer_sets AS SELECT user_id, {{or_aisles}}, {{or_departments}} FROM customer_times GROUP BY user_id;

-- step: gold.rollup_lines_by_aisle
COPY (
    SELECT s.*, o.line_orders, c.line_customers
    FROM (SELECT aisle_id, {{line_sums}} FROM product_time JOIN products USING (product_id) GROUP BY aisle_id) AS s
    JOIN aisles AS a USING (aisle_id)
    JOIN (
        SELECT unnest(counts) AS line_orders, generate_subscripts(counts, 1) - 1 AS code
        FROM (SELECT {{aisle_counts}} AS counts FROM order_facts)
    ) AS o ON o.code = a.code
    JOIN (
        SELECT unnest(counts) AS line_customers, generate_subscripts(counts, 1) - 1 AS code
        FROM (SELECT {{aisle_counts}} AS counts FROM customer_sets)
    ) AS c ON c.code = a.code
) TO '{{out}}/gold.rollup_lines_by_aisle.parquet';

-- step: gold.rollup_lines_by_department_time
CREATE TABLE department_time AS
SELECT s.*, o.line_orders, c.line_customers
FROM (
    SELECT department_id, order_dow, order_hour_of_day, {{line_sums}}
    FROM product_time JOIN products USING (product_id) GROUP BY department_id, order_dow, order_hour_of_day
) AS s
JOIN departments AS d USING (department_id)
JOIN (
    SELECT order_dow, order_hour_of_day, unnest(counts) AS line_orders, generate_subscripts(counts, 1) - 1 AS code
    FROM (SELECT order_dow, order_hour_of_day, {{department_counts}} AS counts FROM order_facts GROUP BY ALL)
) AS o ON o.code = d.code AND o.order_dow = s.order_dow AND o.order_hour_of_day = s.order_hour_of_day
JOIN (
    SELECT order_dow, order_hour_of_day, unnest(counts) AS line_customers, generate_subscripts(counts, 1) - 1 AS code
    FROM (SELECT order_dow, order_hour_of_day, {{department_counts}} AS counts FROM customer_times GROUP BY ALL)
) AS c ON c.code = d.code AND c.order_dow = s.order_dow AND c.order_hour_of_day = s.order_hour_of_day;
COPY department_time TO '{{out}}/gold.rollup_lines_by_department_time.parquet';

-- step: gold.rollup_lines_by_department
COPY (
    SELECT department_id, {{line_sums}}, sum(line_orders)::BIGINT AS line_orders, any_value(c.line_customers) AS line_customers
    FROM department_time
    JOIN departments AS d USING (department_id)
    JOIN (
        SELECT unnest(counts) AS line_customers, generate_subscripts(counts, 1) - 1 AS code
        FROM (SELECT {{department_counts}} AS counts FROM customer_sets)
    ) AS c ON c.code = d.code
    GROUP BY department_id
) TO '{{out}}/gold.rollup_lines_by_department.parquet';

-- step: gold.rollup_lines_by_hour
COPY (
    SELECT s.*, o.line_orders, o.line_customers
    FROM (SELECT order_hour_of_day, {{line_sums}} FROM product_time GROUP BY order_hour_of_day) AS s
    JOIN (
        SELECT order_hour_of_day, sum(orders)::BIGINT AS line_orders, count(*) AS line_customers
        FROM (SELECT user_id, order_hour_of_day, count(*) AS orders FROM order_facts WHERE size IS NOT NULL GROUP BY ALL)
        GROUP BY order_hour_of_day
    ) AS o USING (order_hour_of_day)
) TO '{{out}}/gold.rollup_lines_by_hour.parquet';

-- step: gold.rollup_lines_by_dow
COPY (
    SELECT s.*, o.line_orders, o.line_customers
    FROM (SELECT order_dow, {{line_sums}} FROM product_time GROUP BY order_dow) AS s
    JOIN (
        SELECT order_dow, sum(orders)::BIGINT AS line_orders, count(*) AS line_customers
        FROM (SELECT user_id, order_dow, count(*) AS orders FROM order_facts WHERE size IS NOT NULL GROUP BY ALL)
        GROUP BY order_dow
    ) AS o USING (order_dow)
) TO '{{out}}/gold.rollup_lines_by_dow.parquet';

-- step: gold.rollup_orders_by_time
CREATE TABLE order_sums AS
SELECT order_dow, order_hour_of_day, order_number, {{order_measures}}
FROM order_facts GROUP BY order_dow, order_hour_of_day, order_number;
CREATE TABLE customers_seen AS SELECT DISTINCT user_id, order_dow, order_hour_of_day FROM order_facts;
COPY (
    SELECT s.*, c.order_customers
    FROM (SELECT order_dow, order_hour_of_day, {{order_sums}} FROM order_sums GROUP BY ALL) AS s
    JOIN (SELECT order_dow, order_hour_of_day, count(*) AS order_customers FROM customers_seen GROUP BY ALL) AS c
        USING (order_dow, order_hour_of_day)
) TO '{{out}}/gold.rollup_orders_by_time.parquet';

-- step: gold.rollup_orders_by_dow
COPY (
    SELECT s.*, c.order_customers
    FROM (SELECT order_dow, {{order_sums}} FROM order_sums GROUP BY order_dow) AS s
    JOIN (SELECT order_dow, count(DISTINCT user_id) AS order_customers FROM customers_seen GROUP BY order_dow) AS c
        USING (order_dow)
) TO '{{out}}/gold.rollup_orders_by_dow.parquet';

-- step: gold.rollup_orders_by_hour
COPY (
    SELECT s.*, c.order_customers
    FROM (SELECT order_hour_of_day, {{order_sums}} FROM order_sums GROUP BY order_hour_of_day) AS s
    JOIN (SELECT order_hour_of_day, count(DISTINCT user_id) AS order_customers FROM customers_seen GROUP BY ALL) AS c
        USING (order_hour_of_day)
) TO '{{out}}/gold.rollup_orders_by_hour.parquet';

-- step: gold.rollup_orders_by_number
-- A customer has each order number once, so orders are customers.
COPY (
    SELECT order_number, {{order_sums}}, sum(order_count)::BIGINT AS order_customers
    FROM order_sums GROUP BY order_number
) TO '{{out}}/gold.rollup_orders_by_number.parquet';
