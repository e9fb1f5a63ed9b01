# The end of an execution that reached no Catch (aborted, timed out) calls cleanup as well; for all
# others this is the second call, and harmless.
locals {
  # Written out, for the function needs its role before it exists.
  cleanup_function_arn = "arn:${local.partition}:lambda:${var.region}:${local.account}:function:${local.names.cleanup}"
}

resource "aws_cloudwatch_event_rule" "ended" {
  name        = "${local.prefix}execution-ended"
  description = "An execution of the order pipeline has ended"

  event_pattern = jsonencode({
    source      = ["aws.states"]
    detail-type = ["Step Functions Execution Status Change"]
    detail = {
      stateMachineArn = [local.state_machine_arn]
      status          = ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
    }
  })
}

resource "aws_cloudwatch_event_target" "ended" {
  rule = aws_cloudwatch_event_rule.ended.name
  arn  = aws_lambda_function.of["cleanup"].arn

  retry_policy {
    maximum_event_age_in_seconds = 86400
    maximum_retry_attempts       = 185
  }
  dead_letter_config {
    arn = aws_sqs_queue.dead_letters["rules"].arn
  }
}

resource "aws_lambda_permission" "ended" {
  statement_id   = "CleanUpAfterExecutions"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.of["cleanup"].function_name
  principal      = "events.amazonaws.com"
  source_arn     = aws_cloudwatch_event_rule.ended.arn
  source_account = local.account
}

resource "aws_lambda_function_event_invoke_config" "cleanup" {
  function_name                = aws_lambda_function.of["cleanup"].function_name
  maximum_event_age_in_seconds = 21600
  maximum_retry_attempts       = 2
}

data "aws_iam_policy_document" "cleanup" {
  source_policy_documents = [
    data.aws_iam_policy_document.lambda["cleanup"].json,
    data.aws_iam_policy_document.use_data_key.json,
    data.aws_iam_policy_document.use_operations_key.json,
  ]

  statement {
    sid       = "KeepTheState"
    actions   = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"]
    resources = [aws_dynamodb_table.state.arn, "${aws_dynamodb_table.state.arn}/index/*"]

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "dynamodb:LeadingKeys"
      values   = ["file", "batch", "lease"]
    }
  }

  # Without the right to list, an object that is gone looks like one that is forbidden.
  statement {
    sid       = "ListBuckets"
    actions   = ["s3:ListBucket", "s3:ListBucketVersions"]
    resources = [aws_s3_bucket.of["landing"].arn, aws_s3_bucket.of["lake"].arn]
  }

  statement {
    sid       = "ReadAndRemoveLandedVersions"
    actions   = ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging", "s3:GetObjectVersionTagging", "s3:DeleteObjectVersion"]
    resources = ["${aws_s3_bucket.of["landing"].arn}/${local.landing_prefix}*"]
  }

  statement {
    sid       = "ArchiveFiles"
    actions   = ["s3:PutObject", "s3:PutObjectTagging", "s3:GetObject", "s3:AbortMultipartUpload"]
    resources = ["${aws_s3_bucket.of["landing"].arn}/archive/*"]
  }

  statement {
    sid       = "ReadManifestsAndVerdicts"
    actions   = ["s3:GetObject"]
    resources = [for folder in ["manifests", "staged", "verdicts"] : "${aws_s3_bucket.of["lake"].arn}/${folder}/*"]
  }

  statement {
    sid       = "StartTheNextBatch"
    actions   = ["states:StartExecution"]
    resources = [local.state_machine_arn]
  }

  statement {
    sid       = "DescribeExecutions"
    actions   = ["states:DescribeExecution"]
    resources = [local.executions_arn]
  }

  statement {
    sid       = "AlertWhereNoAlertWasSent"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alerts.arn]
  }
}
