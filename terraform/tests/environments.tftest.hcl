# Names, networks and images by what a user chooses.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  region        = "eu-west-1"
  alert_email   = "me@example.com"
  lambda_folder = "tests/packages"
}

run "unprefixed" {
  command = apply

  assert {
    condition = [
      aws_dynamodb_table.order_kpi.name, aws_dynamodb_table.category_kpi.name, aws_dynamodb_table.state.name, aws_ecs_cluster.jobs.name,
      aws_cloudwatch_log_group.of["validate"].name, aws_cloudwatch_log_group.of["transform"].name,
      aws_ecr_repository.jobs["validate"].name, aws_ecr_repository.jobs["transform"].name, aws_ecs_task_definition.job["validate"].family, aws_ecs_task_definition.job["transform"].family,
      aws_sfn_state_machine.pipeline.name, aws_lambda_function.of["gate"].function_name, aws_lambda_function.of["cleanup"].function_name,
      aws_sns_topic.alerts.name, aws_sqs_queue.landing.name, aws_glue_catalog_database.lake.name, aws_athena_workgroup.lake.name, aws_s3_bucket.of["landing"].bucket,
      ] == [
      "order_kpi_table", "category_kpi_table", "pipeline_state", "ecommerce-cluster",
      "/ecs/validate-task", "/ecs/transform-task",
      "spark-validate", "spark-transform", "validate-task", "transform-task",
      "order-pipeline", "batch-gate", "cleanup",
      "order-alerts", "landing-events", "order_lake", "order-lake", "orders-landing-123456789012-eu-west-1",
    ]
    error_message = "A name of the default environment is not the documented one."
  }

  # Before any image exists.
  assert {
    condition     = { for job, definition in aws_ecs_task_definition.job : job => jsondecode(definition.container_definitions)[0].image } == { for job, repository in aws_ecr_repository.jobs : job => "${repository.repository_url}:${regex("__version__ = \"([^\"]+)\"", file("../spark_jobs/__init__.py"))[0]}" }
    error_message = "While no digest is known, a task definition names the version's tag."
  }

  # The private network.
  assert {
    condition     = length(aws_internet_gateway.public) == 0 && length(aws_route.public) == 0 && alltrue([for subnet in aws_subnet.own : !subnet.map_public_ip_on_launch])
    error_message = "The private network has a way out."
  }
  assert {
    condition     = length(regexall("\"AssignPublicIp\": \"DISABLED\"", aws_sfn_state_machine.pipeline.definition)) == 2 && !strcontains(aws_sfn_state_machine.pipeline.definition, "\"ENABLED\"")
    error_message = "A task gets a public address in the private network."
  }
  assert {
    condition     = toset(keys(aws_vpc_endpoint.interface)) == toset(["ecr.api", "ecr.dkr", "logs", "glue", "sts"]) && toset(keys(aws_vpc_endpoint.gateway)) == toset(["s3", "dynamodb"]) && length(aws_subnet.own) == 1
    error_message = "The private network has other endpoints than tasks need, or more than one zone by default."
  }
  assert {
    condition     = anytrue([for s in data.aws_iam_policy_document.s3_endpoint.statement : contains(s.resources, "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*")])
    error_message = "Layers of images cannot be fetched through the endpoint of S3."
  }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.tasks_to_endpoints[0].referenced_security_group_id == aws_security_group.tasks.id && aws_vpc_security_group_ingress_rule.tasks_to_endpoints[0].from_port == 443 && aws_vpc_security_group_egress_rule.tasks.from_port == 443 && aws_vpc_security_group_egress_rule.tasks.to_port == 443
    error_message = "Tasks do not reach the endpoints over TLS, or more is open."
  }
  assert {
    condition     = length(aws_default_security_group.own[0].ingress) == 0 && length(aws_default_security_group.own[0].egress) == 0
    error_message = "The default security group lets something through."
  }
}

run "prefixed" {
  command = apply

  variables {
    environment = "team-a"
    zones       = 3
    image_digests = {
      validate  = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      transform = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
    }
    architecture          = "ARM64"
    spot                  = true
    deletion_protection   = false
    freshness_alarm_hours = null
    alert_email           = "me@example.com, you@example.com"
  }

  assert {
    condition = alltrue(flatten([
      [for name in [
        aws_dynamodb_table.order_kpi.name, aws_dynamodb_table.category_kpi.name, aws_dynamodb_table.state.name, aws_ecs_cluster.jobs.name, aws_sfn_state_machine.pipeline.name,
        aws_sns_topic.alerts.name, aws_sqs_queue.landing.name, aws_athena_workgroup.lake.name, aws_security_group.tasks.name, aws_security_group.endpoints[0].name,
        aws_cloudwatch_event_rule.landing.name, aws_cloudwatch_event_rule.sweep.name, aws_cloudwatch_event_rule.ended.name,
        aws_cloudwatch_metric_alarm.sweeper_silent.alarm_name, aws_cloudwatch_metric_alarm.failed_execution.alarm_name,
      ] : startswith(name, "team-a-")],
      [for bucket in aws_s3_bucket.of : startswith(bucket.bucket, "team-a-orders-")],
      [for queue in aws_sqs_queue.dead_letters : startswith(queue.name, "team-a-")],
      [for lambda in aws_lambda_function.of : startswith(lambda.function_name, "team-a-")],
      [for repository in aws_ecr_repository.jobs : startswith(repository.name, "team-a-spark-")],
      [for definition in aws_ecs_task_definition.job : startswith(definition.family, "team-a-")],
      [for role in aws_iam_role.of : startswith(role.name, "team-a-") && endswith(role.name, "-eu-west-1") && length(role.name) <= 64],
      [for alias in aws_kms_alias.of : startswith(alias.name, "alias/team-a-")],
      [for group in aws_cloudwatch_log_group.of : strcontains(group.name, "/team-a-")],
      [for alarm in aws_cloudwatch_metric_alarm.of : startswith(alarm.alarm_name, "team-a-")],
      [for query in aws_athena_named_query.saved : startswith(query.name, "team-a-")],
      [aws_glue_catalog_database.lake.name == "team_a_order_lake"],
    ]))
    error_message = "Something of this environment would meet its namesake of another."
  }
  assert {
    condition     = alltrue([for lambda in aws_lambda_function.of : alltrue([for name in ["ORDERS_STATE_TABLE", "ORDERS_LANDING_BUCKET", "ORDERS_LAKE_BUCKET", "ORDERS_CLEANUP_FUNCTION", "POWERTOOLS_SERVICE_NAME"] : startswith(lambda.environment[0].variables[name], "team-a-")]) && endswith(lambda.environment[0].variables["ORDERS_STATE_MACHINE_ARN"], ":team-a-order-pipeline")])
    error_message = "A function works on another environment than its own."
  }
  assert {
    condition     = { for job, definition in aws_ecs_task_definition.job : job => jsondecode(definition.container_definitions)[0].image } == { for job, repository in aws_ecr_repository.jobs : job => "${repository.repository_url}@${var.image_digests[job]}" }
    error_message = "A known digest is not what runs."
  }
  assert {
    condition     = alltrue([for definition in aws_ecs_task_definition.job : definition.runtime_platform[0].cpu_architecture == "ARM64"]) && alltrue([for lambda in aws_lambda_function.of : lambda.architectures == tolist(["arm64"])]) && output.image_platform == "linux/arm64"
    error_message = "Tasks, functions and images are not of one architecture."
  }
  assert {
    condition     = strcontains(aws_sfn_state_machine.pipeline.definition, "\"CapacityProvider\": \"FARGATE_SPOT\"") && !strcontains(aws_sfn_state_machine.pipeline.definition, "\"CapacityProvider\": \"FARGATE\"")
    error_message = "Spot was asked for, and tasks do not run on it."
  }
  assert {
    condition     = !aws_dynamodb_table.order_kpi.deletion_protection_enabled && !contains(keys(aws_cloudwatch_metric_alarm.of), "freshness") && length(aws_sns_topic_subscription.mail) == 2
    error_message = "A choice of the user has no effect."
  }
  assert {
    condition     = length(aws_subnet.own) == 3 && length(toset(aws_subnet.own[*].cidr_block)) == 3
    error_message = "Three zones were asked for."
  }
}

run "public" {
  command = apply

  variables {
    network = "public"
  }

  assert {
    condition     = length(aws_vpc_endpoint.interface) + length(aws_vpc_endpoint.gateway) + length(aws_security_group.endpoints) == 0 && length(aws_internet_gateway.public) == 1 && aws_route.public[0].destination_cidr_block == "0.0.0.0/0"
    error_message = "A public network costs no endpoints, and has a way out."
  }
  assert {
    condition     = length(regexall("\"AssignPublicIp\": \"ENABLED\"", aws_sfn_state_machine.pipeline.definition)) == 2
    error_message = "Without a public address, a task in a public network cannot fetch its image."
  }
}

run "existing" {
  command = apply

  variables {
    network          = "existing"
    existing_network = { vpc_id = "vpc-1", subnet_ids = ["subnet-1", "subnet-2"] }
  }

  assert {
    condition     = length(aws_vpc.own) + length(aws_subnet.own) + length(aws_vpc_endpoint.interface) + length(aws_vpc_endpoint.gateway) + length(aws_flow_log.refused) == 0
    error_message = "Something is made in a network that belongs to somebody else."
  }
  assert {
    condition     = aws_security_group.tasks.vpc_id == "vpc-1" && strcontains(aws_sfn_state_machine.pipeline.definition, "subnet-1,subnet-2") && !strcontains(aws_sfn_state_machine.pipeline.definition, "\"ENABLED\"")
    error_message = "Tasks do not run in the subnets that were named, or get public addresses there."
  }
}
