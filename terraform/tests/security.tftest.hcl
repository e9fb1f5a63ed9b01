# What guards data, keys and logs.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  region        = "eu-west-1"
  alert_email   = "me@example.com"
  lambda_folder = "tests/packages"
}

run "security" {
  command = apply

  # Buckets.
  assert {
    condition     = keys(aws_s3_bucket_versioning.of) == keys(aws_s3_bucket.of) && alltrue([for v in aws_s3_bucket_versioning.of : v.versioning_configuration[0].status == "Enabled"])
    error_message = "A bucket keeps no versions."
  }
  assert {
    condition = keys(aws_s3_bucket_public_access_block.of) == keys(aws_s3_bucket.of) && alltrue([
      for b in aws_s3_bucket_public_access_block.of : b.block_public_acls && b.block_public_policy && b.ignore_public_acls && b.restrict_public_buckets
    ])
    error_message = "A bucket could be opened to the public."
  }
  assert {
    condition = alltrue([
      for bucket in ["landing", "lake"] : alltrue([
        for rule in aws_s3_bucket_server_side_encryption_configuration.of[bucket].rule :
        rule.bucket_key_enabled && rule.apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms" && rule.apply_server_side_encryption_by_default[0].kms_master_key_id == aws_kms_key.of["data"].arn
      ])
    ])
    error_message = "landing or lake is not encrypted with the data key."
  }
  assert {
    condition     = alltrue([for rule in aws_s3_bucket_server_side_encryption_configuration.of["logs"].rule : rule.apply_server_side_encryption_by_default[0].sse_algorithm == "AES256"])
    error_message = "S3 delivers access logs only to a bucket whose default is SSE-S3."
  }
  assert {
    condition = keys(aws_s3_bucket_policy.of) == keys(aws_s3_bucket.of) && alltrue([
      for bucket, document in data.aws_iam_policy_document.bucket : anytrue([
        for s in document.statement : s.effect == "Deny" && contains(s.actions, "s3:*") && contains(s.resources, "${aws_s3_bucket.of[bucket].arn}/*") &&
        anytrue([for c in s.condition : c.variable == "aws:SecureTransport" && c.values == tolist(["false"])])
      ])
    ])
    error_message = "A bucket can be used without TLS."
  }
  assert {
    condition = alltrue(flatten([
      for document in data.aws_iam_policy_document.bucket : [
        for s in document.statement : alltrue([for c in s.condition : c.variable == "aws:SecureTransport"]) if s.effect == "Deny"
      ]
    ]))
    error_message = "A bucket denies for another reason than missing TLS: engines send no encryption headers, and must not be denied for it."
  }
  assert {
    condition     = keys(aws_s3_bucket_notification.of) == keys(aws_s3_bucket.of) && alltrue([for n in aws_s3_bucket_notification.of : n.eventbridge])
    error_message = "A bucket tells EventBridge nothing."
  }
  assert {
    condition     = alltrue([for bucket in ["landing", "lake"] : aws_s3_bucket_logging.of[bucket].target_bucket == aws_s3_bucket.of["logs"].id])
    error_message = "Nobody sees who reads landing or lake."
  }

  # Lifecycle.
  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_lifecycle_configuration.landing.rule :
      length(rule.noncurrent_version_expiration) == 0 && alltrue([for e in rule.expiration : coalesce(e.days, 0) == 0])
      if try(rule.filter[0].prefix, "") != "archive/"
    ])
    error_message = "A version under landing/ would go by itself, perhaps before its batch."
  }
  assert {
    condition     = alltrue([for rule in aws_s3_bucket_lifecycle_configuration.landing.rule : length(rule.expiration) == 0 if try(rule.filter[0].prefix, "") == "archive/"])
    error_message = "The archive would go by itself."
  }
  assert {
    condition = alltrue([
      for rules in [aws_s3_bucket_lifecycle_configuration.landing.rule, aws_s3_bucket_lifecycle_configuration.lake.rule, aws_s3_bucket_lifecycle_configuration.logs.rule] :
      anytrue([for rule in rules : length(rule.abort_incomplete_multipart_upload) == 1 && !endswith(try(rule.filter[0].prefix, ""), "/")])
    ])
    error_message = "Incomplete uploads stay in a bucket for ever."
  }
  assert {
    condition = { for rule in aws_s3_bucket_lifecycle_configuration.lake.rule : rule.filter[0].prefix => rule.expiration[0].days if length(rule.expiration) > 0 } == {
      "staged/" = var.staged_days, "athena/" = 30
    }
    error_message = "In the lake, something else than staged batches and query results goes by itself, or not these."
  }
  assert {
    condition     = anytrue([for rule in aws_s3_bucket_lifecycle_configuration.lake.rule : rule.noncurrent_version_expiration[0].noncurrent_days == var.noncurrent_days if length(rule.noncurrent_version_expiration) > 0])
    error_message = "Deleted objects of the lake stay for ever."
  }

  # Keys.
  assert {
    condition     = alltrue([for key in aws_kms_key.of : key.enable_key_rotation && key.deletion_window_in_days >= 7])
    error_message = "A key is not rotated."
  }
  assert {
    condition = {
      for name, document in { data = data.aws_iam_policy_document.data_key, operations = data.aws_iam_policy_document.operations_key } :
      name => sort(flatten([for s in document.statement : [for p in s.principals : tolist(p.identifiers)]]))
      } == {
      data       = tolist(["dynamodb.amazonaws.com"])
      operations = tolist(["cloudwatch.amazonaws.com", "logs.eu-west-1.amazonaws.com"])
    }
    error_message = "A key policy names other services than those that touch the key."
  }
  assert {
    condition = alltrue(flatten([
      for document in [data.aws_iam_policy_document.data_key, data.aws_iam_policy_document.operations_key] : [
        for s in document.statement : length(s.condition) > 0 && alltrue([for c in s.condition : alltrue([for v in c.values : strcontains(v, "123456789012")])])
      ]
    ]))
    error_message = "A service could use a key for another account."
  }

  # Tables.
  assert {
    condition = alltrue([
      for table in [aws_dynamodb_table.order_kpi, aws_dynamodb_table.category_kpi, aws_dynamodb_table.state] :
      table.billing_mode == "PAY_PER_REQUEST" && table.point_in_time_recovery[0].enabled && table.deletion_protection_enabled &&
      table.server_side_encryption[0].enabled && table.server_side_encryption[0].kms_key_arn == aws_kms_key.of["data"].arn
    ])
    error_message = "A table is not on demand, recoverable, protected from deletion and encrypted with the data key."
  }

  # Logs.
  assert {
    condition     = alltrue([for group in aws_cloudwatch_log_group.of : group.retention_in_days > 0 && group.kms_key_id == aws_kms_key.of["operations"].arn])
    error_message = "A log group is kept for ever, or not encrypted with the operations key."
  }
  assert {
    condition = alltrue(flatten([
      [for actor, lambda in aws_lambda_function.of : lambda.logging_config[0].log_group == aws_cloudwatch_log_group.of[actor].name],
      [for job, definition in aws_ecs_task_definition.job : jsondecode(definition.container_definitions)[0].logConfiguration.options.awslogs-group == aws_cloudwatch_log_group.of[job].name],
      [aws_sfn_state_machine.pipeline.logging_configuration[0].log_destination == "${aws_cloudwatch_log_group.of["state_machine"].arn}:*"],
      [aws_cloudwatch_log_group.of["insights"].name == "/aws/ecs/containerinsights/${aws_ecs_cluster.jobs.name}/performance"],
      [aws_flow_log.refused[0].log_destination == aws_cloudwatch_log_group.of["flow"].arn],
    ]))
    error_message = "Something logs into a group that its service would make for itself, kept for ever."
  }
  assert {
    condition     = aws_sfn_state_machine.pipeline.logging_configuration[0].level == "ALL" && aws_sfn_state_machine.pipeline.tracing_configuration[0].enabled && alltrue([for lambda in aws_lambda_function.of : lambda.tracing_config[0].mode == "Active"])
    error_message = "The state machine or a function is not logged and traced."
  }

  # Queues, topic, images, tasks, functions.
  assert {
    condition     = aws_sqs_queue.landing.sqs_managed_sse_enabled && alltrue([for queue in aws_sqs_queue.dead_letters : queue.sqs_managed_sse_enabled])
    error_message = "A queue is not encrypted by SQS itself."
  }
  assert {
    condition = alltrue([
      for document in data.aws_iam_policy_document.queue : alltrue([
        for s in document.statement : anytrue([for c in s.condition : c.variable == "aws:SourceArn"]) && anytrue([for c in s.condition : c.variable == "aws:SourceAccount"]) if s.effect != "Deny"
      ]) && anytrue([for s in document.statement : s.effect == "Deny" && anytrue([for c in s.condition : c.variable == "aws:SecureTransport"])])
    ])
    error_message = "A queue takes messages without TLS, or from a service on somebody else's behalf."
  }
  assert {
    condition     = aws_sns_topic.alerts.kms_master_key_id == aws_kms_key.of["operations"].arn
    error_message = "The topic is not encrypted with the operations key."
  }
  assert {
    condition     = alltrue([for r in aws_ecr_repository.jobs : r.image_tag_mutability == "IMMUTABLE" && r.image_scanning_configuration[0].scan_on_push && r.encryption_configuration[0].kms_key == aws_kms_key.of["operations"].arn]) && keys(aws_ecr_lifecycle_policy.jobs) == keys(aws_ecr_repository.jobs)
    error_message = "A repository is mutable, not scanned, not encrypted with our key, or grows for ever."
  }
  assert {
    condition = alltrue([
      for definition in aws_ecs_task_definition.job : alltrue([
        for container in jsondecode(definition.container_definitions) :
        container.readonlyRootFilesystem && !contains(["", "0", "root", "0:0"], container.user) && !try(container.privileged, false) &&
        !can(container.cpu) && !can(container.memory) && !can(container.memoryReservation)
      ])
    ])
    error_message = "A container may write to its root, runs as root, or has its own share of cpu or memory."
  }
  assert {
    condition = alltrue([
      for definition in aws_ecs_task_definition.job :
      toset([for volume in definition.volume : volume.name]) == toset([for mount in jsondecode(definition.container_definitions)[0].mountPoints : mount.sourceVolume]) &&
      toset([for mount in jsondecode(definition.container_definitions)[0].mountPoints : mount.containerPath]) == toset(["/tmp", "/work"])
    ])
    error_message = "With a read-only root, a task needs /tmp and /work to write to."
  }
  assert {
    condition     = alltrue([for lambda in aws_lambda_function.of : coalesce(lambda.reserved_concurrent_executions, -1) == -1 && lambda.kms_key_arn == aws_kms_key.of["operations"].arn])
    error_message = "A function reserves concurrency, which a new account does not have, or its settings are not encrypted with our key."
  }
  assert {
    condition     = aws_athena_workgroup.lake.configuration[0].enforce_workgroup_configuration && aws_athena_workgroup.lake.configuration[0].result_configuration[0].encryption_configuration[0].kms_key_arn == aws_kms_key.of["data"].arn
    error_message = "Query results could go elsewhere, or unencrypted."
  }
  assert {
    condition = alltrue([
      for permission in aws_glue_catalog_database.lake.create_table_default_permission :
      permission.permissions == toset(["ALL"]) && permission.principal[0].data_lake_principal_identifier == "IAM_ALLOWED_PRINCIPALS"
    ]) && length(aws_glue_catalog_database.lake.create_table_default_permission) == 1
    error_message = "Tables would get Lake Formation's defaults, and nobody could read them."
  }
}
