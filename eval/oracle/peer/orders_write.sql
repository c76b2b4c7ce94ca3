-- step: write.silver.orders
COPY orders TO '{{out}}/silver.orders.parquet';
COPY broken_orders TO '{{out}}/quarantine.orders.parquet';
