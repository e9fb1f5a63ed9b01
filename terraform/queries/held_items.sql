-- Items whose order has not arrived: they count for no day until it does
SELECT i.order_item_id, i.order_id, i.product_id, i.total_price, i.received_at
FROM order_items AS i
LEFT JOIN orders AS o ON o.order_id = i.order_id
WHERE i.order_month IS NULL AND o.order_id IS NULL
ORDER BY i.received_at;
