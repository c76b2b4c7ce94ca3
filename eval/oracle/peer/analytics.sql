-- The two tables of the plan's "Gold, rollups, analytics".

-- step: gold.overview
COPY (
    WITH customers AS (SELECT user_id, count(*) AS orders FROM order_facts GROUP BY user_id),
    seen AS (
        SELECT count(*) AS customers, count_if(orders = 1)::BIGINT AS new_customers,
            count_if(orders > 1)::BIGINT AS repeat_customers
        FROM customers
    ),
    totals AS (
        SELECT count(*) AS orders, count(size) AS orders_with_lines, coalesce(sum(size), 0)::BIGINT AS items,
            coalesce(sum(reorders), 0)::BIGINT AS reorders, avg(days_since_prior_order) AS avg_days_since_prior_order
        FROM order_facts
    )
    SELECT s.customers, s.new_customers, s.repeat_customers, t.orders, t.orders_with_lines, t.items, t.reorders,
        (SELECT count(*) FROM products) AS products,
        (SELECT count(DISTINCT product_id) FROM product_time) AS products_bought,
        (SELECT count(*) FROM aisles) AS aisles, (SELECT count(*) FROM departments) AS departments,
        share(t.items, t.orders_with_lines) AS items_per_order, share(t.orders, s.customers) AS orders_per_customer,
        share(t.reorders, t.items) AS reorder_rate, t.avg_days_since_prior_order
    FROM seen AS s, totals AS t
) TO '{{out}}/gold.overview.parquet';

-- step: gold.journey
COPY (
    WITH numbers AS (
        SELECT order_number, count(*) AS customers, count(size) AS orders_with_lines,
            coalesce(sum(size), 0)::BIGINT AS items, coalesce(sum(reorders), 0)::BIGINT AS reorders,
            count_if(size <= 5)::BIGINT AS small_orders, count_if(size BETWEEN 6 AND 15)::BIGINT AS medium_orders,
            count_if(size > 15)::BIGINT AS large_orders, avg(days_since_prior_order) AS avg_days_since_prior_order
        FROM order_facts GROUP BY order_number
    )
    SELECT order_number, customers, share(customers, (SELECT count(DISTINCT user_id) FROM order_facts)) AS share_of_customers,
        orders_with_lines, items, reorders, share(items, orders_with_lines) AS mean_basket, small_orders, medium_orders,
        large_orders, share(reorders, items) AS reorder_rate, avg_days_since_prior_order
    FROM numbers
) TO '{{out}}/gold.journey.parquet';
