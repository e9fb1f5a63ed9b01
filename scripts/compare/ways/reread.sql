-- No state at all: read every file that was ever delivered, each time.
CREATE OR REPLACE TABLE orders AS
SELECT order_id, customer_id, order_date, status FROM read_csv({all_orders});
CREATE OR REPLACE TABLE order_items AS
SELECT order_item_id, order_id, product_id, quantity::INT AS quantity,
  price::DECIMAL(18, 2) AS price
FROM read_csv({all_items});
-- KILLED HERE
CREATE OR REPLACE TABLE daily AS
SELECT order_date, sum(quantity * price) AS net_revenue
FROM orders JOIN order_items USING (order_id)
WHERE status NOT IN ('cancelled', 'returned')
GROUP BY order_date;
