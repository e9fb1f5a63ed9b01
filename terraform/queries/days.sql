-- The last month: orders, revenue, returns by day
SELECT order_date, total_orders, cancelled_orders, total_revenue, net_revenue, avg_order_value, return_rate
FROM order_kpi_table
ORDER BY order_date DESC
LIMIT 31;
