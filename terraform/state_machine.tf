resource "aws_sfn_state_machine" "pipeline" {
  name       = local.names.state_machine
  role_arn   = aws_iam_role.of["state_machine"].arn
  definition = local.definition

  logging_configuration {
    level                  = "ALL"
    include_execution_data = true # identifiers, counts, the alert's text (personal columns are masked in it)
    log_destination        = "${aws_cloudwatch_log_group.of["state_machine"].arn}:*"
  }
  tracing_configuration {
    enabled = true
  }

  depends_on = [aws_iam_role_policy.of]
}

locals {
  definition = templatefile("${path.module}/../step_functions/pipeline.asl.json", {
    state_table               = aws_dynamodb_table.state.name
    cluster_arn               = aws_ecs_cluster.jobs.arn
    validate_task_definition  = aws_ecs_task_definition.job["validate"].arn_without_revision
    transform_task_definition = aws_ecs_task_definition.job["transform"].arn_without_revision
    capacity_provider         = local.capacity_provider
    subnets                   = join(",", local.subnet_ids)
    security_group            = aws_security_group.tasks.id
    assign_public_ip          = local.assign_public_ip
    validate_log_group        = local.log_groups.validate
    transform_log_group       = local.log_groups.transform
    topic_arn                 = aws_sns_topic.alerts.arn
    cleanup_function          = aws_lambda_function.of["cleanup"].arn
  })
}

data "aws_iam_policy_document" "state_machine" {
  #checkov:skip=CKV_AWS_111:Delivery of logs and traces knows no resources, see the two statements
  #checkov:skip=CKV_AWS_356:Delivery of logs and traces knows no resources, see the two statements
  source_policy_documents = [
    data.aws_iam_policy_document.use_data_key.json,
    data.aws_iam_policy_document.use_operations_key.json,
  ]

  statement {
    sid       = "RunTasks"
    actions   = ["ecs:RunTask"]
    resources = flatten([for job in aws_ecs_task_definition.job : [job.arn_without_revision, "${job.arn_without_revision}:*"]])

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [aws_ecs_cluster.jobs.arn]
    }
  }

  statement {
    sid       = "WatchAndStopTasks"
    actions   = ["ecs:DescribeTasks", "ecs:StopTask"]
    resources = ["arn:${local.partition}:ecs:${var.region}:${local.account}:task/${local.names.cluster}/*"]
  }

  statement {
    sid       = "PassRolesToTasks"
    actions   = ["iam:PassRole"]
    resources = flatten([for job in keys(local.jobs) : [aws_iam_role.of[job].arn, aws_iam_role.of["${job}_start"].arn]])

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }

  # The rule by which Step Functions hears of the end of a task (.sync); it makes it itself.
  statement {
    sid       = "HearOfTheEndOfTasks"
    actions   = ["events:PutRule", "events:PutTargets", "events:DescribeRule"]
    resources = ["arn:${local.partition}:events:${var.region}:${local.account}:rule/StepFunctionsGetEventsForECSTaskRule"]
  }

  statement {
    sid       = "ReadOutcomesAndMarkBatches"
    actions   = ["dynamodb:GetItem", "dynamodb:UpdateItem"]
    resources = [aws_dynamodb_table.state.arn]

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "dynamodb:LeadingKeys"
      values   = ["batch"]
    }
  }

  statement {
    sid       = "SendAlerts"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alerts.arn]
  }

  statement {
    sid       = "InvokeCleanup"
    actions   = ["lambda:InvokeFunction"]
    resources = [local.cleanup_function_arn, "${local.cleanup_function_arn}:*"]
  }

  statement {
    sid = "DeliverLogs"
    actions = [
      "logs:CreateLogDelivery", "logs:CreateLogStream", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
      "logs:ListLogDeliveries", "logs:PutLogEvents", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
    ]
    resources = ["*"]
  }

  statement {
    sid       = "SendTraces"
    actions   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets"]
    resources = ["*"]
  }
}
