-- Revenue and returns by category in the newest month
SELECT category, sum(daily_revenue) AS revenue, sum(net_revenue) AS net_revenue, count(*) AS days
FROM category_kpi_table
WHERE order_month = (SELECT max(order_month) FROM category_kpi_table)
GROUP BY category
ORDER BY revenue DESC;
