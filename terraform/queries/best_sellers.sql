-- Best sellers of the newest month
SELECT d.product_id, p.name, p.category, sum(d.units_sold) AS units, sum(d.gross_revenue) AS revenue
FROM product_daily AS d
LEFT JOIN products AS p ON p.product_id = d.product_id
WHERE d.order_month = (SELECT max(order_month) FROM product_daily)
GROUP BY d.product_id, p.name, p.category
ORDER BY revenue DESC
LIMIT 50;
