data "aws_iam_policy_document" "gate" {
  source_policy_documents = [
    data.aws_iam_policy_document.lambda["gate"].json,
    data.aws_iam_policy_document.use_data_key.json,
    data.aws_iam_policy_document.use_operations_key.json,
  ]

  statement {
    sid       = "TakeEventsFromTheQueue"
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    resources = [aws_sqs_queue.landing.arn]
  }

  statement {
    sid       = "KeepTheState"
    actions   = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:ConditionCheckItem"]
    resources = [aws_dynamodb_table.state.arn, "${aws_dynamodb_table.state.arn}/index/*"]

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "dynamodb:LeadingKeys"
      values   = ["file", "gate", "batch", "lease"]
    }
  }

  # Without the right to list, an object that is gone looks like one that is forbidden.
  statement {
    sid       = "ListVersionsInLanding"
    actions   = ["s3:ListBucket", "s3:ListBucketVersions"]
    resources = [aws_s3_bucket.of["landing"].arn]
  }

  statement {
    sid       = "ReadAndRemoveLandedVersions"
    actions   = ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging", "s3:GetObjectVersionTagging", "s3:DeleteObjectVersion"]
    resources = ["${aws_s3_bucket.of["landing"].arn}/${local.landing_prefix}*"]
  }

  statement {
    sid       = "ArchiveRefusedFiles"
    actions   = ["s3:PutObject", "s3:PutObjectTagging", "s3:GetObject", "s3:AbortMultipartUpload"]
    resources = ["${aws_s3_bucket.of["landing"].arn}/archive/invalid/*"]
  }

  statement {
    sid       = "ListTheLake"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.of["lake"].arn]
  }

  statement {
    sid       = "WriteManifests"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.of["lake"].arn}/manifests/*"]
  }

  # Who goes on with a closing finds the manifest that another invocation has written.
  statement {
    sid       = "ReadManifests"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.of["lake"].arn}/manifests/*"]
  }

  statement {
    sid       = "StartBatches"
    actions   = ["states:StartExecution"]
    resources = [local.state_machine_arn]
  }

  statement {
    sid       = "DescribeExecutions"
    actions   = ["states:DescribeExecution"]
    resources = [local.executions_arn]
  }

  statement {
    sid       = "TellOfRefusedFiles"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alerts.arn]
  }

  statement {
    sid       = "InvokeCleanup"
    actions   = ["lambda:InvokeFunction"]
    resources = [local.cleanup_function_arn]
  }
}
