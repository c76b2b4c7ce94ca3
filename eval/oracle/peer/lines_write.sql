-- step: write.silver.order_lines
COPY (
    SELECT order_id, user_id, product_id, add_to_cart_order, reordered,
        CASE WHEN train THEN 'train' ELSE 'prior' END AS eval_set
    FROM order_lines
) TO '{{out}}/silver.order_lines.parquet';
COPY broken_lines TO '{{out}}/quarantine.order_lines.parquet';
