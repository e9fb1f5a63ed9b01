output "region" {
  description = "Where everything is"
  value       = var.region
}

output "account_id" {
  description = "Whose it is"
  value       = local.account
}

output "landing_bucket" {
  description = "Bucket that files are dropped into"
  value       = aws_s3_bucket.of["landing"].id
}

output "landing_url" {
  description = "Drop files here: aws s3 cp orders.csv <this>orders/"
  value       = "s3://${aws_s3_bucket.of["landing"].id}/${local.landing_prefix}"
}

output "lake_bucket" {
  description = "Bucket of tables, manifests, staged batches and verdicts"
  value       = aws_s3_bucket.of["lake"].id
}

output "logs_bucket" {
  description = "Bucket of the access logs of the other two"
  value       = aws_s3_bucket.of["logs"].id
}

output "state_table" {
  description = "Table of files, batches and lease"
  value       = aws_dynamodb_table.state.name
}

output "order_kpi_table" {
  description = "KPIs by day"
  value       = aws_dynamodb_table.order_kpi.name
}

output "category_kpi_table" {
  description = "KPIs by category and day"
  value       = aws_dynamodb_table.category_kpi.name
}

output "state_machine_arn" {
  description = "State machine that runs a batch"
  value       = aws_sfn_state_machine.pipeline.arn
}

output "cluster" {
  description = "Cluster of the tasks"
  value       = aws_ecs_cluster.jobs.name
}

output "gate_function" {
  description = "Lambda that opens, closes and starts batches"
  value       = aws_lambda_function.of["gate"].function_name
}

output "cleanup_function" {
  description = "Lambda that archives and releases"
  value       = aws_lambda_function.of["cleanup"].function_name
}

output "topic_arn" {
  description = "Topic of alerts and alarms"
  value       = aws_sns_topic.alerts.arn
}

output "glue_database" {
  description = "Database of the lake's tables"
  value       = aws_glue_catalog_database.lake.name
}

output "athena_workgroup" {
  description = "Workgroup with the saved queries"
  value       = aws_athena_workgroup.lake.name
}

output "repositories" {
  description = "Image repository by job"
  value       = { for job, repository in aws_ecr_repository.jobs : job => repository.repository_url }
}

output "registry" {
  description = "Host to log in to: aws ecr get-login-password | docker login --username AWS --password-stdin <this>"
  value       = split("/", aws_ecr_repository.jobs["validate"].repository_url)[0]
}

output "image_platform" {
  description = "Platform to build the images for"
  value       = var.architecture == "ARM64" ? "linux/arm64" : "linux/amd64"
}

output "image_tag" {
  description = "Tag that task definitions name where no digest is known"
  value       = local.image_tag
}

output "images" {
  description = "Image that each job runs"
  value       = local.images
}

output "log_groups" {
  description = "Log group by actor"
  value       = { for actor, group in aws_cloudwatch_log_group.of : actor => group.name }
}

output "dead_letter_queues" {
  description = "Queue of what could not be delivered, by hop"
  value       = { for hop, queue in aws_sqs_queue.dead_letters : hop => queue.url }
}

output "kpi_reader_policy" {
  description = "Policy for whoever reads the KPI tables (an application, a person): attach it to their role"
  value       = data.aws_iam_policy_document.kpi_reader.json
}

output "try_it" {
  description = "What to type next"
  value       = <<-EOT
    export AWS_REGION=${var.region} AWS_DEFAULT_REGION=${var.region}
    # two clean weeks of a sample shop; or: aws s3 cp orders.csv s3://${aws_s3_bucket.of["landing"].id}/${local.landing_prefix}orders/
    scripts/upload_sample.sh
    # what came too late for that batch, without waiting for more:
    scripts/start_batch.sh
    # look on:
    aws stepfunctions list-executions --state-machine-arn ${local.state_machine_arn}
    aws logs tail ${local.log_groups.validate} --follow
    # the result:
    aws dynamodb query --table-name ${local.names.order_kpi_table} --key-condition-expression 'order_date = :day' --expression-attribute-values '{":day":{"S":"2026-03-01"}}'
  EOT
}

data "aws_iam_policy_document" "kpi_reader" {
  statement {
    sid       = "ReadKpis"
    actions   = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:DescribeTable"]
    resources = local.kpi_table_arns
  }

  statement {
    sid       = "DecryptKpis"
    actions   = ["kms:Decrypt", "kms:DescribeKey"]
    resources = [aws_kms_key.of["data"].arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["dynamodb.${var.region}.amazonaws.com"]
    }
  }
}
