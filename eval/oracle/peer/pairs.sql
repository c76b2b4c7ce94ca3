-- One row a customer and product: over prior lines (`pairs_prior`), then with the train lines (`pairs_union`), which are
-- one order a customer and so one line a pair: joined on, instead of grouping all lines a second time (3.6 s, now 1 s).
-- Also shows whether an order holds a product twice: as many lines as different order numbers, or else a look for
-- duplicates by (order, product), which alone takes 4.8 s; the bits add 0.9 s. Numbers 127 apart share a bit, which
-- only makes the look happen.

-- step: pairs_prior
CREATE OR REPLACE TABLE pairs_prior AS
SELECT user_id, product_id, count(*)::UINTEGER AS orders, sum(add_to_cart_order)::UBIGINT AS positions,
    sum(reordered)::UINTEGER AS reorders, min(order_number) AS first_number, max(order_number) AS last_number,
    bit_count(bit_or(1::HUGEINT << (order_number % 127)::INTEGER)) AS numbers
FROM order_lines WHERE NOT train GROUP BY user_id, product_id;
CREATE OR REPLACE TABLE pairs_verdict AS
SELECT NOT EXISTS (FROM pairs_prior WHERE orders <> numbers) AND NOT EXISTS (
    SELECT 1 FROM order_lines WHERE train GROUP BY order_id, product_id HAVING count(*) > 1
) AS clean;
