-- What dbt runs for incremental models with a unique_key whose filter is the one that its
-- documentation shows, by event time: where order_date >= (select max(order_date) from {{ this }}).
-- Duplicates within a load are removed, which dbt leaves to the author.
CREATE TABLE IF NOT EXISTS raw_orders
  (order_id BIGINT, customer_id BIGINT, order_date DATE, status VARCHAR, loaded_at TIMESTAMPTZ);
CREATE TABLE IF NOT EXISTS raw_items
  (order_item_id BIGINT, order_id BIGINT, quantity INT, price DECIMAL(18, 2),
   loaded_at TIMESTAMPTZ);
CREATE TABLE IF NOT EXISTS orders AS FROM raw_orders LIMIT 0;
CREATE TABLE IF NOT EXISTS daily (order_date DATE, net_revenue DECIMAL(38, 2));

INSERT INTO raw_orders
SELECT order_id, customer_id, order_date, status, now() FROM read_csv({batch_orders});
INSERT INTO raw_items
SELECT order_item_id, order_id, quantity, price, now() FROM read_csv({batch_items});
-- KILLED HERE
-- model orders: materialized='incremental', unique_key='order_id'
CREATE OR REPLACE TEMP TABLE new_orders AS
SELECT * FROM raw_orders
WHERE order_date >= (SELECT coalesce(max(order_date), DATE '1900-01-01') FROM orders)
QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY loaded_at DESC) = 1;
DELETE FROM orders WHERE order_id IN (SELECT order_id FROM new_orders);
INSERT INTO orders FROM new_orders;

-- model order_items: materialized='table'
CREATE OR REPLACE TABLE order_items AS
SELECT * FROM raw_items
QUALIFY row_number() OVER (PARTITION BY order_item_id ORDER BY loaded_at DESC) = 1;

-- model daily: materialized='incremental', unique_key='order_date'
CREATE OR REPLACE TEMP TABLE new_days AS
SELECT order_date, sum(quantity * price) AS net_revenue
FROM orders JOIN order_items USING (order_id)
WHERE status NOT IN ('cancelled', 'returned')
  AND order_date >= (SELECT coalesce(max(order_date), DATE '1900-01-01') FROM daily)
GROUP BY order_date;
DELETE FROM daily WHERE order_date IN (SELECT order_date FROM new_days);
INSERT INTO daily FROM new_days;
