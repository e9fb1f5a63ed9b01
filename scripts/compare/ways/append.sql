-- The usual short script: load the batch's files, recompute and overwrite the batch's days.
CREATE TABLE IF NOT EXISTS orders
  (order_id BIGINT, customer_id BIGINT, order_date DATE, status VARCHAR);
CREATE TABLE IF NOT EXISTS order_items
  (order_item_id BIGINT, order_id BIGINT, product_id BIGINT, quantity INT, price DECIMAL(18, 2));
CREATE TABLE IF NOT EXISTS daily (order_date DATE, net_revenue DECIMAL(38, 2));

INSERT INTO orders SELECT * FROM read_csv({batch_orders});
INSERT INTO order_items SELECT * FROM read_csv({batch_items});
-- KILLED HERE
DELETE FROM daily WHERE order_date IN (SELECT order_date FROM read_csv({batch_orders}));
INSERT INTO daily
SELECT order_date, sum(quantity * price)
FROM orders JOIN order_items USING (order_id)
WHERE status NOT IN ('cancelled', 'returned')
  AND order_date IN (SELECT order_date FROM read_csv({batch_orders}))
GROUP BY order_date;
