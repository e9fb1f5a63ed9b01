# One topic for the messages of batches and the alarms.
resource "aws_sns_topic" "alerts" {
  name              = local.names.topic
  kms_master_key_id = aws_kms_key.of["operations"].arn
}

resource "aws_sns_topic_subscription" "mail" {
  for_each = toset([for address in split(",", var.alert_email) : trimspace(address)])

  topic_arn      = aws_sns_topic.alerts.arn
  protocol       = "email"
  endpoint       = each.value
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead_letters["alerts"].arn })
}

resource "aws_sns_topic_policy" "alerts" {
  arn    = aws_sns_topic.alerts.arn
  policy = data.aws_iam_policy_document.topic.json
}

# State machine and Lambdas publish by their own policies.
data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "PublishAlarmsOfTheAccount"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alerts.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }

  statement {
    sid       = "DenyWithoutTls"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alerts.arn]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}
