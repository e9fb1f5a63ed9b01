# The two functions. Their zips are made outside (make package), reproducibly, so that a plan shows
# a change only where there is one.
locals {
  lambdas = {
    gate = {
      name            = local.names.gate
      description     = "Takes files in, opens and closes batches, starts them, and sweeps every minute"
      package         = "batch_gate"
      timeout_seconds = 120
    }
    cleanup = {
      name            = local.names.cleanup
      description     = "Archives what a batch used, releases the lease, starts the next batch"
      package         = "cleanup"
      timeout_seconds = 300
    }
  }
  packages = { for actor, lambda in local.lambdas : actor => "${path.module}/${var.lambda_folder}/${lambda.package}.zip" }

  lambda_environment = {
    ORDERS_STATE_TABLE           = local.names.state_table
    ORDERS_LANDING_BUCKET        = local.bucket_names.landing
    ORDERS_LANDING_PREFIX        = local.landing_prefix
    ORDERS_LAKE_BUCKET           = local.bucket_names.lake
    ORDERS_STATE_MACHINE_ARN     = local.state_machine_arn
    ORDERS_TOPIC_ARN             = aws_sns_topic.alerts.arn
    ORDERS_CLEANUP_FUNCTION      = local.names.cleanup
    ORDERS_MIN_ORDERS_FILES      = var.min_orders_files
    ORDERS_MIN_ORDER_ITEMS_FILES = var.min_order_items_files
    ORDERS_MIN_PRODUCTS_FILES    = var.min_products_files
    ORDERS_MAX_BATCH_BYTES       = var.max_batch_bytes
    ORDERS_MAX_BATCH_FILES       = var.max_batch_files
    ORDERS_MAX_FILE_BYTES        = var.max_file_bytes
    ORDERS_DEADLINE_SECONDS      = var.deadline_seconds
    POWERTOOLS_METRICS_NAMESPACE = local.metrics
  }
}

resource "aws_lambda_function" "of" {
  #checkov:skip=CKV_AWS_115:Agreed: a new account has no concurrency to reserve; the event source limits the gate
  #checkov:skip=CKV_AWS_117:Agreed: the functions call only AWS, and a VPC would cost endpoints for each service
  #checkov:skip=CKV_AWS_272:Agreed: the zips are built from this source, and their hashes stand in the plan
  for_each = local.lambdas

  function_name    = each.value.name
  description      = each.value.description
  role             = aws_iam_role.of[each.key].arn
  runtime          = "python3.12"
  architectures    = [var.architecture == "ARM64" ? "arm64" : "x86_64"]
  handler          = "${each.value.package}.handler.handler"
  filename         = local.packages[each.key]
  source_code_hash = fileexists(local.packages[each.key]) ? filebase64sha256(local.packages[each.key]) : null
  timeout          = each.value.timeout_seconds
  memory_size      = 512
  kms_key_arn      = aws_kms_key.of["operations"].arn

  environment {
    variables = merge(local.lambda_environment, { POWERTOOLS_SERVICE_NAME = each.value.name })
  }
  dead_letter_config {
    target_arn = aws_sqs_queue.dead_letters[each.key].arn
  }
  logging_config {
    log_format = "Text" # the functions write JSON themselves
    log_group  = aws_cloudwatch_log_group.of[each.key].name
  }
  tracing_config {
    mode = "Active"
  }

  lifecycle {
    precondition {
      condition     = fileexists(local.packages[each.key])
      error_message = "${local.packages[each.key]} is missing: run make package at the top of the repository, then apply again."
    }
  }

  depends_on = [aws_iam_role_policy.of]
}

# What every function needs for itself.
data "aws_iam_policy_document" "lambda" {
  #checkov:skip=CKV_AWS_111:Traces know no resources, see the statement
  #checkov:skip=CKV_AWS_356:Traces know no resources, see the statement
  for_each = local.lambdas

  statement {
    sid       = "WriteItsLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.of[each.key].arn}:*"]
  }

  statement {
    sid       = "SendDeadLetters"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.dead_letters[each.key].arn]
  }

  statement {
    sid       = "DecryptItsSettings"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.of["operations"].arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["lambda.${var.region}.amazonaws.com"]
    }
  }

  statement {
    sid       = "SendTraces"
    actions   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    resources = ["*"]
  }
}
