# What reaches what, and where it goes when it does not.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  region        = "eu-west-1"
  alert_email   = "me@example.com"
  lambda_folder = "tests/packages"
}

run "expected" {
  module {
    source = "./tests/expected"
  }
}

run "wiring" {
  command = apply

  # From the bucket to the gate.
  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.landing.event_pattern) == {
      source      = ["aws.s3"]
      detail-type = ["Object Created"]
      detail      = { bucket = { name = [aws_s3_bucket.of["landing"].bucket] }, object = { key = [{ prefix = "landing/" }] } }
    }
    error_message = "The rule waits for something else than files in landing/ of our bucket."
  }
  assert {
    condition     = aws_cloudwatch_event_target.landing.arn == aws_sqs_queue.landing.arn && aws_lambda_event_source_mapping.landing.event_source_arn == aws_sqs_queue.landing.arn && aws_lambda_event_source_mapping.landing.function_name == aws_lambda_function.of["gate"].arn
    error_message = "Events of landing do not reach the gate through their queue."
  }
  assert {
    condition     = aws_lambda_event_source_mapping.landing.function_response_types == toset(["ReportBatchItemFailures"]) && aws_lambda_event_source_mapping.landing.scaling_config[0].maximum_concurrency >= 2
    error_message = "One bad message would bring back all the others, or the gate's concurrency is not limited."
  }
  assert {
    condition     = aws_sqs_queue.landing.visibility_timeout_seconds >= 6 * aws_lambda_function.of["gate"].timeout
    error_message = "A message comes back while the gate still works on it: AWS asks for six times the function's timeout."
  }
  assert {
    condition     = aws_cloudwatch_event_target.sweep.arn == aws_lambda_function.of["gate"].arn && jsondecode(aws_cloudwatch_event_target.sweep.input) == { sweep = true } && aws_cloudwatch_event_rule.sweep.schedule_expression == "rate(1 minute)"
    error_message = "The sweeper is not called every minute."
  }

  # From the end of an execution to cleanup.
  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.ended.event_pattern) == {
      source      = ["aws.states"]
      detail-type = ["Step Functions Execution Status Change"]
      detail = {
        stateMachineArn = [aws_sfn_state_machine.pipeline.arn]
        status          = ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
      }
    }
    error_message = "Cleanup does not hear of every end of an execution."
  }
  assert {
    condition     = aws_cloudwatch_event_target.ended.arn == aws_lambda_function.of["cleanup"].arn && aws_cloudwatch_event_target.ended.retry_policy[0].maximum_retry_attempts > 0
    error_message = "The end of an execution does not reach cleanup."
  }
  assert {
    condition = { for permission in [aws_lambda_permission.sweep, aws_lambda_permission.ended] : permission.source_arn => "${permission.function_name} ${permission.source_account} ${permission.principal}" } == {
      (aws_cloudwatch_event_rule.sweep.arn) = "batch-gate 123456789012 events.amazonaws.com"
      (aws_cloudwatch_event_rule.ended.arn) = "cleanup 123456789012 events.amazonaws.com"
    }
    error_message = "A rule may not call its function, or another may."
  }

  # What was not delivered.
  assert {
    condition     = jsondecode(aws_sqs_queue.landing.redrive_policy).deadLetterTargetArn == aws_sqs_queue.dead_letters["landing_events"].arn
    error_message = "The queue before the gate has no dead letter queue."
  }
  assert {
    condition     = alltrue([for target in [aws_cloudwatch_event_target.landing, aws_cloudwatch_event_target.sweep, aws_cloudwatch_event_target.ended] : target.dead_letter_config[0].arn == aws_sqs_queue.dead_letters["rules"].arn])
    error_message = "A rule's target has no dead letter queue."
  }
  assert {
    condition     = alltrue([for actor, lambda in aws_lambda_function.of : lambda.dead_letter_config[0].target_arn == aws_sqs_queue.dead_letters[actor].arn])
    error_message = "A function has no dead letter queue."
  }
  assert {
    condition     = alltrue([for subscription in aws_sns_topic_subscription.mail : jsondecode(subscription.redrive_policy).deadLetterTargetArn == aws_sqs_queue.dead_letters["alerts"].arn])
    error_message = "A subscription has no dead letter queue."
  }
  assert {
    condition = {
      for queue, document in data.aws_iam_policy_document.queue : queue => sort(flatten([for s in document.statement : [for c in s.condition : c.values if c.variable == "aws:SourceArn"]]))
      if length(document.statement) > 1
      } == {
      landing = tolist([aws_cloudwatch_event_rule.landing.arn])
      rules   = sort([aws_cloudwatch_event_rule.landing.arn, aws_cloudwatch_event_rule.sweep.arn, aws_cloudwatch_event_rule.ended.arn])
      alerts  = tolist([aws_sns_topic.alerts.arn])
    }
    error_message = "A queue does not take what is meant for it, or takes more."
  }
  assert {
    condition     = alltrue([for queue in aws_sqs_queue.dead_letters : queue.message_retention_seconds == 1209600]) && aws_sqs_queue.landing.message_retention_seconds == 1209600
    error_message = "A queue forgets before the fourteen days that SQS can keep a message."
  }

  # Alarms.
  assert {
    condition = alltrue([
      for alarm in concat(values(aws_cloudwatch_metric_alarm.of), [aws_cloudwatch_metric_alarm.sweeper_silent, aws_cloudwatch_metric_alarm.failed_execution]) :
      alarm.alarm_actions == toset([aws_sns_topic.alerts.arn])
    ])
    error_message = "An alarm does not reach the topic."
  }
  assert {
    condition = toset(keys(aws_cloudwatch_metric_alarm.of)) == toset([
      "oldest-waiting-file", "failed-batch", "files-left", "queue-not-read", "freshness",
      "dead-letters-landing-events", "dead-letters-gate", "dead-letters-cleanup", "dead-letters-rules", "dead-letters-alerts",
    ])
    error_message = "There are other alarms than was agreed."
  }
  assert {
    condition     = toset([for name, alarm in aws_cloudwatch_metric_alarm.of : alarm.dimensions["QueueName"] if startswith(name, "dead-letters-")]) == toset([for queue in aws_sqs_queue.dead_letters : queue.name])
    error_message = "A dead letter queue has no alarm."
  }
  assert {
    condition = toset([for query in aws_cloudwatch_metric_alarm.failed_execution.metric_query : query.metric[0].metric_name if length(query.metric) > 0]) == toset(["FailedExecutions", "ExecutionsTimedOut", "ExecutionsAborted"]) && alltrue([
      for alarm in aws_cloudwatch_metric_alarm.of : !contains(["ExecutionsFailed", "RejectedBatches"], alarm.metric_name)
    ])
    error_message = "A rejected batch would mail twice, or a failed execution does not alarm."
  }
  assert {
    condition = alltrue(concat(
      [for alarm in concat(values(aws_cloudwatch_metric_alarm.of), [aws_cloudwatch_metric_alarm.sweeper_silent]) : alarm.dimensions["service"] == aws_lambda_function.of[alarm.metric_name == "LeftFiles" ? "cleanup" : "gate"].environment[0].variables["POWERTOOLS_SERVICE_NAME"] if alarm.namespace == "OrderPipeline"],
      [for query in aws_cloudwatch_metric_alarm.failed_execution.metric_query : query.metric[0].dimensions["service"] == aws_lambda_function.of["cleanup"].environment[0].variables["POWERTOOLS_SERVICE_NAME"] if query.id == "failed"],
      [for lambda in aws_lambda_function.of : lambda.environment[0].variables["POWERTOOLS_METRICS_NAMESPACE"] == "OrderPipeline"],
    ))
    error_message = "An alarm looks at a metric that nobody sends."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.sweeper_silent.treat_missing_data == "breaching"
    error_message = "A sweeper that is dead would not be missed."
  }
  assert {
    condition     = aws_sns_topic_policy.alerts.arn == aws_sns_topic.alerts.arn && anytrue([for s in data.aws_iam_policy_document.topic.statement : anytrue([for p in s.principals : contains(p.identifiers, "cloudwatch.amazonaws.com")]) && contains(s.actions, "sns:Publish")])
    error_message = "Alarms may not publish to the topic."
  }

  # The state machine.
  assert {
    condition     = !can(regex("[$%]\\{", aws_sfn_state_machine.pipeline.definition)) && can(jsondecode(aws_sfn_state_machine.pipeline.definition).StartAt)
    error_message = "A placeholder of the state machine was left, or it is no JSON."
  }
  assert {
    condition = alltrue([
      for arn in regexall("arn:aws:[^\"'$,) ]+", aws_sfn_state_machine.pipeline.definition) : startswith(arn, "arn:aws:states:::") || contains([
        aws_ecs_cluster.jobs.arn, aws_ecs_task_definition.job["validate"].arn_without_revision, aws_ecs_task_definition.job["transform"].arn_without_revision,
        aws_sns_topic.alerts.arn, aws_lambda_function.of["cleanup"].arn,
      ], arn)
    ])
    error_message = "The state machine names something that is not made here."
  }
  assert {
    condition = {
      for name, state in jsondecode(aws_sfn_state_machine.pipeline.definition).States : name => "${state.Parameters.TaskDefinition} ${state.Parameters.Cluster} ${state.Parameters.CapacityProviderStrategy[0].CapacityProvider} ${state.Parameters.Overrides.ContainerOverrides[0].Name}"
      if try(state.Resource, "") == "arn:aws:states:::ecs:runTask.sync"
      } == {
      RunValidationTask     = "${aws_ecs_task_definition.job["validate"].arn_without_revision} ${aws_ecs_cluster.jobs.arn} FARGATE ${jsondecode(aws_ecs_task_definition.job["validate"].container_definitions)[0].name}"
      RunTransformationTask = "${aws_ecs_task_definition.job["transform"].arn_without_revision} ${aws_ecs_cluster.jobs.arn} FARGATE ${jsondecode(aws_ecs_task_definition.job["transform"].container_definitions)[0].name}"
    }
    error_message = "A task of the state machine is not the job that it is called, in our cluster."
  }
  assert {
    condition = toset([
      for state in jsondecode(aws_sfn_state_machine.pipeline.definition).States : state.Parameters.TableName if startswith(try(state.Resource, ""), "arn:aws:states:::dynamodb:")
    ]) == toset([aws_dynamodb_table.state.name])
    error_message = "The state machine reads another table than the state's."
  }
  assert {
    condition     = aws_sfn_state_machine.pipeline.arn == aws_lambda_function.of["gate"].environment[0].variables["ORDERS_STATE_MACHINE_ARN"]
    error_message = "The gate starts another state machine than the one that is made."
  }
  assert {
    condition     = contains(aws_ecs_cluster_capacity_providers.jobs.capacity_providers, "FARGATE") && contains(aws_ecs_cluster_capacity_providers.jobs.capacity_providers, "FARGATE_SPOT")
    error_message = "The cluster lacks a capacity provider that the state machine may ask for."
  }

  # Sizes.
  assert {
    condition = alltrue([
      for state in jsondecode(aws_sfn_state_machine.pipeline.definition).States :
      contains(run.expected.memory_by_cpu[state.Result.cpu], tonumber(state.Result.memory)) && state.Result.storage >= 21 && state.Result.storage <= 200
      if can(state.Result.cpu)
    ]) && length([for state in jsondecode(aws_sfn_state_machine.pipeline.definition).States : state if can(state.Result.cpu)]) > 0
    error_message = "The state machine asks for a size that Fargate does not have."
  }
  assert {
    condition     = alltrue([for definition in aws_ecs_task_definition.job : contains(run.expected.memory_by_cpu[definition.cpu], tonumber(definition.memory))])
    error_message = "A task definition has a size that Fargate does not have."
  }

  # What the parts are told.
  assert {
    condition = toset(keys(aws_lambda_function.of["gate"].environment[0].variables)) == toset([
      "ORDERS_STATE_TABLE", "ORDERS_LANDING_BUCKET", "ORDERS_LANDING_PREFIX", "ORDERS_LAKE_BUCKET", "ORDERS_STATE_MACHINE_ARN", "ORDERS_TOPIC_ARN",
      "ORDERS_CLEANUP_FUNCTION", "ORDERS_MIN_ORDERS_FILES", "ORDERS_MIN_ORDER_ITEMS_FILES", "ORDERS_MIN_PRODUCTS_FILES", "ORDERS_MAX_BATCH_BYTES",
      "ORDERS_MAX_BATCH_FILES", "ORDERS_MAX_FILE_BYTES", "ORDERS_DEADLINE_SECONDS", "POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE",
    ])
    error_message = "The functions are told something else than they read."
  }
  assert {
    condition = alltrue([for definition in aws_ecs_task_definition.job : toset([for v in jsondecode(definition.container_definitions)[0].environment : v.name]) == toset([
      "ORDERS_STATE_TABLE", "ORDERS_LAKE_BUCKET", "ORDERS_GLUE_DATABASE", "ORDERS_ENGINE", "ORDERS_ORDER_KPI_TABLE", "ORDERS_CATEGORY_KPI_TABLE",
      "ORDERS_TIME_ZONE", "ORDERS_REJECT_BATCH_ON", "ORDERS_HELD_AFTER_DAYS", "ORDERS_WORK_DIR", "ORDERS_LANDING_PREFIX",
    ])])
    error_message = "The jobs are told something else than they read."
  }
  assert {
    condition     = { for actor, lambda in aws_lambda_function.of : actor => lambda.handler } == { gate = "batch_gate.handler.handler", cleanup = "cleanup.handler.handler" }
    error_message = "A function has another handler than its zip."
  }
  assert {
    condition = aws_dynamodb_table.state.hash_key == "pk" && aws_dynamodb_table.state.range_key == "sk" && aws_dynamodb_table.state.ttl[0].attribute_name == "expires_at" && {
      for index in aws_dynamodb_table.state.local_secondary_index : index.name => "${index.range_key} ${index.projection_type}"
    } == { by_waiting = "waiting ALL", by_batch = "batch_id ALL" }
    error_message = "The state table is not the one that the jobs and functions expect."
  }
  assert {
    condition     = aws_dynamodb_table.order_kpi.hash_key == "order_date" && aws_dynamodb_table.order_kpi.range_key == null && aws_dynamodb_table.category_kpi.hash_key == "category" && aws_dynamodb_table.category_kpi.range_key == "order_date"
    error_message = "A KPI table has other keys than documented."
  }
  assert {
    condition     = length(aws_athena_named_query.saved) >= 5 && alltrue([for query in aws_athena_named_query.saved : length(query.description) > 10])
    error_message = "A saved query does not say what it is for."
  }
}
