"""What the jobs are told on AWS besides their settings."""

TASK_VARIABLES = {
    "ORDERS_BATCH": "the batch's id",
    "ORDERS_EXECUTION": "name of the execution that runs the task",
    "ORDERS_EXECUTION_ARN": "its ARN, for the links in alerts",
    "ORDERS_STATE_TABLE": "name of the state table",
    "ORDERS_LAKE_BUCKET": "name of the lake's bucket",
    "ORDERS_GLUE_DATABASE": "the lake's database in the Glue catalog",
    "ORDERS_ORDER_KPI_TABLE": "name of the order KPIs' table in DynamoDB",
    "ORDERS_CATEGORY_KPI_TABLE": "name of the category KPIs' table in DynamoDB",
    "ORDERS_LANDING_PREFIX": "what the keys of received files begin with",
    "ORDERS_TASK_MEMORY": "the task's memory in MiB",
    "ORDERS_WORK_DIR": "folder for the task's files",
}
"""Variables by name: set by task definition and state machine, read with `--manifest`."""
