# An account that does not exist. What AWS would say of a resource is told by name where two of a kind
# must be told apart, for wiring is tested by ARN.
mock_data "aws_caller_identity" {
  defaults = { account_id = "123456789012" }
}
mock_data "aws_partition" {
  defaults = { partition = "aws" }
}
mock_data "aws_availability_zones" {
  defaults = { names = ["eu-west-1a", "eu-west-1b", "eu-west-1c"] }
}
mock_data "aws_iam_policy_document" {
  defaults = { json = "{}" }
}
mock_resource "aws_sfn_state_machine" {
  defaults = { arn = "arn:aws:states:eu-west-1:123456789012:stateMachine:order-pipeline" }
}
mock_resource "aws_sns_topic" {
  defaults = { arn = "arn:aws:sns:eu-west-1:123456789012:order-alerts" }
}
mock_resource "aws_ecs_cluster" {
  defaults = { arn = "arn:aws:ecs:eu-west-1:123456789012:cluster/ecommerce-cluster" }
}

override_resource {
  target = aws_s3_bucket.of["landing"]
  values = { arn = "arn:aws:s3:::landing", id = "landing" }
}

override_resource {
  target = aws_s3_bucket.of["lake"]
  values = { arn = "arn:aws:s3:::lake", id = "lake" }
}

override_resource {
  target = aws_s3_bucket.of["logs"]
  values = { arn = "arn:aws:s3:::logs", id = "logs" }
}

override_resource {
  target = aws_kms_key.of["data"]
  values = { arn = "arn:aws:kms:eu-west-1:123456789012:key/data" }
}

override_resource {
  target = aws_kms_key.of["operations"]
  values = { arn = "arn:aws:kms:eu-west-1:123456789012:key/operations" }
}

override_resource {
  target = aws_dynamodb_table.order_kpi
  values = { arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/order_kpi_table" }
}

override_resource {
  target = aws_dynamodb_table.category_kpi
  values = { arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/category_kpi_table" }
}

override_resource {
  target = aws_dynamodb_table.state
  values = { arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/pipeline_state" }
}

override_resource {
  target = aws_sqs_queue.landing
  values = { arn = "arn:aws:sqs:eu-west-1:123456789012:landing-events" }
}

override_resource {
  target = aws_sqs_queue.dead_letters["landing_events"]
  values = { arn = "arn:aws:sqs:eu-west-1:123456789012:landing-events-dlq" }
}

override_resource {
  target = aws_sqs_queue.dead_letters["gate"]
  values = { arn = "arn:aws:sqs:eu-west-1:123456789012:batch-gate-dlq" }
}

override_resource {
  target = aws_sqs_queue.dead_letters["cleanup"]
  values = { arn = "arn:aws:sqs:eu-west-1:123456789012:cleanup-dlq" }
}

override_resource {
  target = aws_sqs_queue.dead_letters["rules"]
  values = { arn = "arn:aws:sqs:eu-west-1:123456789012:rules-dlq" }
}

override_resource {
  target = aws_sqs_queue.dead_letters["alerts"]
  values = { arn = "arn:aws:sqs:eu-west-1:123456789012:order-alerts-dlq" }
}

override_resource {
  target = aws_cloudwatch_event_rule.landing
  values = { arn = "arn:aws:events:eu-west-1:123456789012:rule/landing" }
}

override_resource {
  target = aws_cloudwatch_event_rule.sweep
  values = { arn = "arn:aws:events:eu-west-1:123456789012:rule/sweep" }
}

override_resource {
  target = aws_cloudwatch_event_rule.ended
  values = { arn = "arn:aws:events:eu-west-1:123456789012:rule/ended" }
}

override_resource {
  target = aws_lambda_function.of["gate"]
  values = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:batch-gate" }
}

override_resource {
  target = aws_lambda_function.of["cleanup"]
  values = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:cleanup" }
}

override_resource {
  target = aws_iam_role.of["gate"]
  values = { arn = "arn:aws:iam::123456789012:role/gate", id = "gate" }
}

override_resource {
  target = aws_iam_role.of["cleanup"]
  values = { arn = "arn:aws:iam::123456789012:role/cleanup", id = "cleanup" }
}

override_resource {
  target = aws_iam_role.of["state_machine"]
  values = { arn = "arn:aws:iam::123456789012:role/state_machine", id = "state_machine" }
}

override_resource {
  target = aws_iam_role.of["validate"]
  values = { arn = "arn:aws:iam::123456789012:role/validate", id = "validate" }
}

override_resource {
  target = aws_iam_role.of["transform"]
  values = { arn = "arn:aws:iam::123456789012:role/transform", id = "transform" }
}

override_resource {
  target = aws_iam_role.of["validate_start"]
  values = { arn = "arn:aws:iam::123456789012:role/validate_start", id = "validate_start" }
}

override_resource {
  target = aws_iam_role.of["transform_start"]
  values = { arn = "arn:aws:iam::123456789012:role/transform_start", id = "transform_start" }
}

override_resource {
  target = aws_iam_role.of["flow_logs"]
  values = { arn = "arn:aws:iam::123456789012:role/flow_logs", id = "flow_logs" }
}

override_resource {
  target = aws_cloudwatch_log_group.of["gate"]
  values = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:gate" }
}

override_resource {
  target = aws_cloudwatch_log_group.of["cleanup"]
  values = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:cleanup" }
}

override_resource {
  target = aws_cloudwatch_log_group.of["validate"]
  values = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:validate" }
}

override_resource {
  target = aws_cloudwatch_log_group.of["transform"]
  values = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:transform" }
}

override_resource {
  target = aws_cloudwatch_log_group.of["state_machine"]
  values = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:state_machine" }
}

override_resource {
  target = aws_cloudwatch_log_group.of["insights"]
  values = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:insights" }
}

override_resource {
  target = aws_cloudwatch_log_group.of["flow"]
  values = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:flow" }
}

override_resource {
  target = aws_ecs_task_definition.job["validate"]
  values = { arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/validate-task:1", arn_without_revision = "arn:aws:ecs:eu-west-1:123456789012:task-definition/validate-task" }
}

override_resource {
  target = aws_ecr_repository.jobs["validate"]
  values = { arn = "arn:aws:ecr:eu-west-1:123456789012:repository/spark-validate", repository_url = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/spark-validate" }
}

override_resource {
  target = aws_ecs_task_definition.job["transform"]
  values = { arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/transform-task:1", arn_without_revision = "arn:aws:ecs:eu-west-1:123456789012:task-definition/transform-task" }
}

override_resource {
  target = aws_ecr_repository.jobs["transform"]
  values = { arn = "arn:aws:ecr:eu-west-1:123456789012:repository/spark-transform", repository_url = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/spark-transform" }
}
