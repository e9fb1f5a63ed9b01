# What everything is called. The default environment is unprefixed, so that the names are those of
# the documents; every other environment stands beside it in the same account.
locals {
  prefix    = var.environment == "" ? "" : "${var.environment}-"
  account   = data.aws_caller_identity.here.account_id
  partition = data.aws_partition.here.partition
  version   = regex("__version__ = \"([^\"]+)\"", file("${path.module}/../spark_jobs/__init__.py"))[0]

  tags = {
    project     = "order-pipeline"
    environment = var.environment == "" ? "default" : var.environment
  }

  bucket_names = {
    for purpose in ["landing", "lake", "logs"] : purpose => lookup(
      var.bucket_names, purpose, "${local.prefix}orders-${purpose}-${local.account}-${var.region}"
    )
  }

  names = {
    state_table        = "${local.prefix}pipeline_state"
    order_kpi_table    = "${local.prefix}order_kpi_table"
    category_kpi_table = "${local.prefix}category_kpi_table"
    state_machine      = "${local.prefix}order-pipeline"
    cluster            = "${local.prefix}ecommerce-cluster"
    topic              = "${local.prefix}order-alerts"
    workgroup          = "${local.prefix}order-lake"
    database           = replace("${local.prefix}order_lake", "-", "_")
    gate               = "${local.prefix}batch-gate"
    cleanup            = "${local.prefix}cleanup"
    landing_events     = "${local.prefix}landing-events"
    key                = "${local.prefix}order-pipeline"
  }

  # Prefixes within the buckets: the contract between gate, jobs and cleanup.
  landing_prefix = "landing/"

  # Written out, for the state machine calls the Lambdas and the Lambdas start the state machine.
  state_machine_arn = "arn:${local.partition}:states:${var.region}:${local.account}:stateMachine:${local.names.state_machine}"
  executions_arn    = "arn:${local.partition}:states:${var.region}:${local.account}:execution:${local.names.state_machine}:*"
}
