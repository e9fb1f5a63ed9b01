# What somebody must look at. Each alarm reaches the topic; a rejected batch has told so itself, has
# a metric of its own (RejectedBatches) and no alarm, so nobody gets two mails for it.
locals {
  metrics = "OrderPipeline"

  gate_dimension    = { service = local.names.gate }
  cleanup_dimension = { service = local.names.cleanup }

  alarms = merge(
    {
      oldest-waiting-file = {
        about     = "A file waits in landing for more than ${var.waiting_alarm_seconds} seconds: is a batch stuck, or its start refused?"
        metric    = "OldestWaitingFileSeconds", namespace = local.metrics, dimensions = local.gate_dimension
        statistic = "Maximum", threshold = var.waiting_alarm_seconds, minutes = 1, times = 5
      }
      failed-batch = {
        about     = "A failed batch still waits to be started again: scripts/start_batch.sh --again BATCH, once its cause is mended"
        metric    = "FailedBatches", namespace = local.metrics, dimensions = local.gate_dimension
        statistic = "Maximum", threshold = 0, minutes = 5, times = 3
      }
      files-left = {
        about     = "Cleanup cannot move files of a batch out of landing and tries again each minute: the batch's mail names them, cleanup's log has the code of each refusal"
        metric    = "LeftFiles", namespace = local.metrics, dimensions = local.cleanup_dimension
        statistic = "Maximum", threshold = 0, minutes = 5, times = 2
      }
      queue-not-read = {
        about     = "Events of landing wait for more than 15 minutes: does the batch gate fail?"
        metric    = "ApproximateAgeOfOldestMessage", namespace = "AWS/SQS", dimensions = { QueueName = local.names.landing_events }
        statistic = "Maximum", threshold = 900, minutes = 5, times = 1
      }
    },
    {
      for queue, name in local.dead_letter_queues : "dead-letters-${replace(queue, "_", "-")}" => {
        about     = "${name} holds what could not be delivered: read a message, mend the cause, redrive the queue"
        metric    = "ApproximateNumberOfMessagesVisible", namespace = "AWS/SQS", dimensions = { QueueName = name }
        statistic = "Maximum", threshold = 0, minutes = 1, times = 1
      }
    },
    var.freshness_alarm_hours == null ? {} : {
      freshness = {
        about     = "No batch was finished for ${coalesce(var.freshness_alarm_hours, 0)} hours: do files still come?"
        metric    = "HoursSinceLastBatch", namespace = local.metrics, dimensions = local.gate_dimension
        statistic = "Maximum", threshold = var.freshness_alarm_hours, minutes = 5, times = 1
      }
    }
  )
}

resource "aws_cloudwatch_metric_alarm" "of" {
  for_each = local.alarms

  alarm_name          = "${local.names.state_machine}-${each.key}"
  alarm_description   = each.value.about
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  period              = 60 * each.value.minutes
  evaluation_periods  = each.value.times
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
}

# The sweeper sends WaitingFiles every minute. Its silence means that nothing else here can be
# trusted: deadlines pass, and what was lost is not found.
resource "aws_cloudwatch_metric_alarm" "sweeper_silent" {
  alarm_name          = "${local.names.state_machine}-sweeper-silent"
  alarm_description   = "The sweeper was not heard of for 15 minutes: look at the log of ${local.names.gate}"
  namespace           = local.metrics
  metric_name         = "WaitingFiles"
  dimensions          = local.gate_dimension
  statistic           = "SampleCount"
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = 300
  evaluation_periods  = 3
  treat_missing_data  = "breaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]
}

# AWS counts a rejected batch among the failed executions, so the failed ones are counted by cleanup,
# which knows. Timed out and aborted ones are never rejections: these AWS tells itself, and would
# even if cleanup were broken. One alarm for all three, so that one end gives one mail.
resource "aws_cloudwatch_metric_alarm" "failed_execution" {
  alarm_name          = "${local.names.state_machine}-failed-execution"
  alarm_description   = "An execution failed for another reason than its data: its alert says which; files stay in landing until it is started again"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alerts.arn]

  metric_query {
    id          = "all"
    label       = "Executions that failed for another reason than data"
    expression  = "FILL(failed, 0) + FILL(timed_out, 0) + FILL(aborted, 0)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = {
      failed    = { name = "FailedExecutions", namespace = local.metrics, dimensions = local.cleanup_dimension }
      timed_out = { name = "ExecutionsTimedOut", namespace = "AWS/States", dimensions = { StateMachineArn = local.state_machine_arn } }
      aborted   = { name = "ExecutionsAborted", namespace = "AWS/States", dimensions = { StateMachineArn = local.state_machine_arn } }
    }

    content {
      id = metric_query.key

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.name
        dimensions  = metric_query.value.dimensions
        stat        = "Sum"
        period      = 300
      }
    }
  }
}
