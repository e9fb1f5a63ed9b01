# The queue before the gate, and a dead letter queue for every hop that nobody waits for. Encrypted
# by SQS itself: EventBridge and SNS can write without a right to any key.
locals {
  dead_letter_queues = {
    landing_events = "${local.names.landing_events}-dlq" # messages that the gate gave back too often
    gate           = "${local.names.gate}-dlq"           # sweeps that failed
    cleanup        = "${local.names.cleanup}-dlq"        # cleanups that failed
    rules          = "${local.prefix}rules-dlq"          # events that a rule could not deliver
    alerts         = "${local.names.topic}-dlq"          # messages that SNS could not deliver
  }
  queues     = merge(local.dead_letter_queues, { landing = local.names.landing_events })
  queue_arns = { for queue, name in local.queues : queue => "arn:${local.partition}:sqs:${var.region}:${local.account}:${name}" }

  # Which service may send for what of ours; SQS itself and the Lambdas' roles need no word here.
  queue_senders = {
    landing = { service = "events.amazonaws.com", sources = [aws_cloudwatch_event_rule.landing.arn] }
    rules   = { service = "events.amazonaws.com", sources = [for rule in local.rules : rule.arn] }
    alerts  = { service = "sns.amazonaws.com", sources = [aws_sns_topic.alerts.arn] }
  }
}

resource "aws_sqs_queue" "landing" {
  name                       = local.names.landing_events
  sqs_managed_sse_enabled    = true
  message_retention_seconds  = 1209600 # 14 days: an outage over a weekend loses nothing
  visibility_timeout_seconds = 6 * local.lambdas.gate.timeout_seconds
  policy                     = data.aws_iam_policy_document.queue["landing"].json

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters["landing_events"].arn
    maxReceiveCount     = 5
  })
}

resource "aws_sqs_queue" "dead_letters" {
  for_each = local.dead_letter_queues

  name                      = each.value
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 1209600
  policy                    = data.aws_iam_policy_document.queue[each.key].json
}

data "aws_iam_policy_document" "queue" {
  for_each = local.queues

  statement {
    sid       = "DenyWithoutTls"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [local.queue_arns[each.key]]

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

  dynamic "statement" {
    for_each = lookup(local.queue_senders, each.key, null)[*]

    content {
      sid       = "SendByItsService"
      actions   = ["sqs:SendMessage"]
      resources = [local.queue_arns[each.key]]

      principals {
        type        = "Service"
        identifiers = [statement.value.service]
      }
      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = statement.value.sources
      }
      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account]
      }
    }
  }
}
