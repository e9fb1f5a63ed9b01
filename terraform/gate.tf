# From an object in landing to the batch gate, and the sweeper's clock.
locals {
  rules = {
    landing = aws_cloudwatch_event_rule.landing
    sweep   = aws_cloudwatch_event_rule.sweep
    ended   = aws_cloudwatch_event_rule.ended
  }
}

resource "aws_cloudwatch_event_rule" "landing" {
  name        = local.names.landing_events
  description = "A file was dropped into landing"

  event_pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created"]
    detail = {
      bucket = { name = [local.bucket_names.landing] }
      object = { key = [{ prefix = local.landing_prefix }] }
    }
  })
}

resource "aws_cloudwatch_event_target" "landing" {
  rule = aws_cloudwatch_event_rule.landing.name
  arn  = aws_sqs_queue.landing.arn

  dead_letter_config {
    arn = aws_sqs_queue.dead_letters["rules"].arn
  }
}

resource "aws_lambda_event_source_mapping" "landing" {
  event_source_arn                   = aws_sqs_queue.landing.arn
  function_name                      = aws_lambda_function.of["gate"].arn
  function_response_types            = ["ReportBatchItemFailures"]
  batch_size                         = 50
  maximum_batching_window_in_seconds = 5

  scaling_config {
    maximum_concurrency = var.gate_concurrency
  }
}

resource "aws_cloudwatch_event_rule" "sweep" {
  name                = "${local.prefix}sweep"
  description         = "The sweeper: deadlines, lost events, batches without an execution"
  schedule_expression = "rate(1 minute)"
}

resource "aws_cloudwatch_event_target" "sweep" {
  rule  = aws_cloudwatch_event_rule.sweep.name
  arn   = aws_lambda_function.of["gate"].arn
  input = jsonencode({ sweep = true })

  # The next minute brings the next sweep.
  retry_policy {
    maximum_event_age_in_seconds = 60
    maximum_retry_attempts       = 2
  }
  dead_letter_config {
    arn = aws_sqs_queue.dead_letters["rules"].arn
  }
}

resource "aws_lambda_permission" "sweep" {
  statement_id   = "SweepEveryMinute"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.of["gate"].function_name
  principal      = "events.amazonaws.com"
  source_arn     = aws_cloudwatch_event_rule.sweep.arn
  source_account = local.account
}

resource "aws_lambda_function_event_invoke_config" "gate" {
  function_name                = aws_lambda_function.of["gate"].function_name
  maximum_event_age_in_seconds = 300
  maximum_retry_attempts       = 1
}
