# What the tests expect, as data: the sizes that Fargate has, and what each actor may call.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size
output "memory_by_cpu" {
  description = "Legal memory (MiB) by cpu units"
  value = {
    "256"   = [512, 1024, 2048]
    "512"   = range(1024, 4097, 1024)
    "1024"  = range(2048, 8193, 1024)
    "2048"  = range(4096, 16385, 1024)
    "4096"  = range(8192, 30721, 1024)
    "8192"  = range(16384, 61441, 4096)
    "16384" = range(32768, 122881, 8192)
  }
}

locals {
  state        = ["dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
  archive      = ["s3:AbortMultipartUpload", "s3:DeleteObjectVersion", "s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionTagging", "s3:ListBucket", "s3:ListBucketVersions", "s3:PutObject", "s3:PutObjectTagging"]
  start        = ["states:DescribeExecution", "states:StartExecution"]
  log          = ["logs:CreateLogStream", "logs:PutLogEvents"]
  pull         = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer"]
  read_catalog = ["glue:GetDatabase", "glue:GetTable", "glue:GetTables"]
}

output "rights" {
  description = "Every action that an actor's own policy allows, sorted"
  value = { for actor, actions in {
    gate    = concat(local.state, local.archive, local.start, ["dynamodb:Query", "lambda:InvokeFunction", "sns:Publish", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"])
    cleanup = concat(local.archive, local.start, ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem", "sns:Publish"])
    state_machine = [
      "dynamodb:GetItem", "dynamodb:UpdateItem", "ecs:DescribeTasks", "ecs:RunTask", "ecs:StopTask", "events:DescribeRule", "events:PutRule", "events:PutTargets",
      "iam:PassRole", "lambda:InvokeFunction", "logs:CreateLogDelivery", "logs:CreateLogStream", "logs:DeleteLogDelivery", "logs:DescribeLogGroups",
      "logs:DescribeResourcePolicies", "logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutLogEvents", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
      "sns:Publish", "xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments",
    ]
    validate        = concat(local.state, local.read_catalog, ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:PutObject"])
    transform       = concat(local.state, local.read_catalog, ["dynamodb:DeleteItem", "dynamodb:Query", "glue:CreateTable", "glue:UpdateTable", "s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"])
    validate_start  = concat(local.log, local.pull)
    transform_start = concat(local.log, local.pull)
    lambda_gate     = concat(local.log, ["kms:Decrypt", "sqs:SendMessage", "xray:PutTelemetryRecords", "xray:PutTraceSegments"])
    lambda_cleanup  = concat(local.log, ["kms:Decrypt", "sqs:SendMessage", "xray:PutTelemetryRecords", "xray:PutTraceSegments"])
    flow_logs       = concat(local.log, ["logs:DescribeLogStreams"])
  } : actor => sort(actions) }
}
