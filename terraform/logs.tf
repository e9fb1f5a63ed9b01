# Every log group is made here, or its service would make it and keep it for ever.
locals {
  log_groups = {
    gate          = "/aws/lambda/${local.names.gate}"
    cleanup       = "/aws/lambda/${local.names.cleanup}"
    validate      = "/ecs/${local.jobs.validate.family}"
    transform     = "/ecs/${local.jobs.transform.family}"
    state_machine = "/aws/vendedlogs/states/${local.names.state_machine}"
    insights      = "/aws/ecs/containerinsights/${local.names.cluster}/performance"
    flow          = "/aws/vpc/${local.names.cluster}"
  }
}

resource "aws_cloudwatch_log_group" "of" {
  for_each = local.own_network ? local.log_groups : { for group, name in local.log_groups : group => name if group != "flow" }

  name              = each.value
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.of["operations"].arn
}
