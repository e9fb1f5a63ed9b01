# Cluster and task definitions of the two jobs. The state machine chooses the size of each run; what
# stands here is the least, for a run by hand.
locals {
  capacity_provider = var.spot ? "FARGATE_SPOT" : "FARGATE"

  jobs = {
    validate  = { family = "${local.prefix}validate-task", repository = "${local.prefix}spark-validate", cpu = 1024, memory = 4096 }
    transform = { family = "${local.prefix}transform-task", repository = "${local.prefix}spark-transform", cpu = 1024, memory = 4096 }
  }
  images = {
    for job, repository in aws_ecr_repository.jobs : job => contains(keys(var.image_digests), job) ?
    "${repository.repository_url}@${var.image_digests[job]}" : "${repository.repository_url}:${local.image_tag}"
  }
  image_tag = coalesce(var.image_tag, local.version)

  # Empty volumes; Fargate takes owner and mode from the image, which declares both.
  task_folders = { tmp = "/tmp", work = "/work" }

  job_environment = {
    ORDERS_STATE_TABLE        = local.names.state_table
    ORDERS_LAKE_BUCKET        = local.bucket_names.lake
    ORDERS_GLUE_DATABASE      = local.names.database
    ORDERS_ENGINE             = var.engine
    ORDERS_ORDER_KPI_TABLE    = local.names.order_kpi_table
    ORDERS_CATEGORY_KPI_TABLE = local.names.category_kpi_table
    ORDERS_TIME_ZONE          = var.time_zone
    ORDERS_REJECT_BATCH_ON    = var.reject_batch_on
    ORDERS_HELD_AFTER_DAYS    = var.held_after_days
    ORDERS_WORK_DIR           = local.task_folders.work
    ORDERS_LANDING_PREFIX     = local.landing_prefix
  }
}

resource "aws_ecs_cluster" "jobs" {
  name = local.names.cluster

  setting {
    name  = "containerInsights"
    value = "enabled"
  }

  depends_on = [aws_cloudwatch_log_group.of] # else Container Insights makes its own, kept for ever
}

resource "aws_ecs_cluster_capacity_providers" "jobs" {
  cluster_name       = aws_ecs_cluster.jobs.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]

  default_capacity_provider_strategy {
    capacity_provider = local.capacity_provider
    weight            = 1
  }
}

resource "aws_ecs_task_definition" "job" {
  for_each = local.jobs

  family                   = each.value.family
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = each.value.cpu
  memory                   = each.value.memory
  task_role_arn            = aws_iam_role.of[each.key].arn
  execution_role_arn       = aws_iam_role.of["${each.key}_start"].arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.architecture
  }

  dynamic "volume" {
    for_each = local.task_folders

    content {
      name = volume.key
    }
  }

  # No cpu and memory for the container: it has all of its task, whatever size that was given.
  container_definitions = jsonencode([{
    name                   = each.key
    image                  = local.images[each.key]
    essential              = true
    user                   = "10001:10001"
    readonlyRootFilesystem = true
    stopTimeout            = 120 # Spot's whole notice
    environment            = [for name, value in local.job_environment : { name = name, value = tostring(value) }]
    mountPoints            = [for name, folder in local.task_folders : { sourceVolume = name, containerPath = folder, readOnly = false }]

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.of[each.key].name
        awslogs-region        = var.region
        awslogs-stream-prefix = each.key
      }
    }
  }])
}

# Rights of the agent that starts a task, not of the task.
data "aws_iam_policy_document" "start" {
  #checkov:skip=CKV_AWS_356:A login to ECR knows no resource; what is pulled is scoped
  for_each = local.jobs

  statement {
    sid       = "LogInToTheRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid       = "PullItsImage"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
    resources = [aws_ecr_repository.jobs[each.key].arn]
  }

  statement {
    sid       = "WriteItsLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.of[each.key].arn}:*"]
  }
}
