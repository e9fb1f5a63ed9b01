# A role for each actor, trusted by its service alone, with one policy. IAM is not of a region, so
# the region stands in the names: two regions do not meet.
locals {
  actors = merge(
    {
      gate          = { name = local.names.gate, service = "lambda.amazonaws.com" }
      cleanup       = { name = local.names.cleanup, service = "lambda.amazonaws.com" }
      state_machine = { name = local.names.state_machine, service = "states.amazonaws.com" }
    },
    { for job, facts in local.jobs : job => { name = facts.family, service = "ecs-tasks.amazonaws.com" } },
    { for job, facts in local.jobs : "${job}_start" => { name = "${facts.family}-start", service = "ecs-tasks.amazonaws.com" } },
    local.own_network ? { flow_logs = { name = "${local.prefix}order-flow-logs", service = "vpc-flow-logs.amazonaws.com" } } : {}
  )
  rights = merge(
    {
      gate            = data.aws_iam_policy_document.gate.json
      cleanup         = data.aws_iam_policy_document.cleanup.json
      state_machine   = data.aws_iam_policy_document.state_machine.json
      validate        = data.aws_iam_policy_document.validate.json
      transform       = data.aws_iam_policy_document.transform.json
      validate_start  = data.aws_iam_policy_document.start["validate"].json
      transform_start = data.aws_iam_policy_document.start["transform"].json
    },
    local.own_network ? { flow_logs = data.aws_iam_policy_document.flow_logs[0].json } : {}
  )
}

resource "aws_iam_role" "of" {
  for_each = local.actors

  name               = "${each.value.name}-${var.region}"
  description        = "Order pipeline: ${replace(each.key, "_", " ")}"
  assume_role_policy = data.aws_iam_policy_document.trust[each.value.service].json
}

resource "aws_iam_role_policy" "of" {
  for_each = local.actors

  name   = "rights"
  role   = aws_iam_role.of[each.key].id
  policy = local.rights[each.key]
}

data "aws_iam_policy_document" "trust" {
  for_each = toset(["lambda.amazonaws.com", "states.amazonaws.com", "ecs-tasks.amazonaws.com", "vpc-flow-logs.amazonaws.com"])

  statement {
    sid     = "AssumeByItsService"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = [each.value]
    }

    # Lambda names no account when it takes a role; the others do.
    dynamic "condition" {
      for_each = each.value == "lambda.amazonaws.com" ? [] : [local.account]

      content {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [condition.value]
      }
    }
  }
}
