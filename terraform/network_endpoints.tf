# The only ways out of a private network. Each interface endpoint costs by the hour and zone; the
# gateways of S3 and DynamoDB cost nothing.
locals {
  interface_endpoints = var.network == "private" ? toset(["ecr.api", "ecr.dkr", "logs", "glue", "sts"]) : toset([])
  gateway_endpoints = var.network == "private" ? {
    s3       = data.aws_iam_policy_document.s3_endpoint.json
    dynamodb = data.aws_iam_policy_document.dynamodb_endpoint.json
  } : {}
}

resource "aws_vpc_endpoint" "interface" {
  for_each = local.interface_endpoints

  vpc_id              = local.vpc_id
  service_name        = "com.amazonaws.${var.region}.${each.value}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = local.subnet_ids
  security_group_ids  = [aws_security_group.endpoints[0].id]

  tags = { Name = "${local.names.cluster}-${each.value}" }
}

resource "aws_vpc_endpoint" "gateway" {
  for_each = local.gateway_endpoints

  vpc_id            = local.vpc_id
  service_name      = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = aws_route_table.own[*].id
  policy            = each.value

  tags = { Name = "${local.names.cluster}-${each.key}" }
}

data "aws_iam_policy_document" "s3_endpoint" {
  #checkov:skip=CKV_AWS_283:Layers are fetched by links that ECR signs, so no principal of ours can be asked for; all else is of this account
  statement {
    sid       = "ReachTheBucketsOfThePipeline"
    actions   = ["s3:GetObject*", "s3:PutObject*", "s3:DeleteObject*", "s3:ListBucket*", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:GetBucketLocation"]
    resources = flatten([for purpose in ["landing", "lake"] : [aws_s3_bucket.of[purpose].arn, "${aws_s3_bucket.of[purpose].arn}/*"]])

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalAccount"
      values   = [local.account]
    }
  }

  # ECR keeps the layers of images in a bucket of its own.
  statement {
    sid       = "PullLayersOfImages"
    actions   = ["s3:GetObject"]
    resources = ["arn:${local.partition}:s3:::prod-${var.region}-starport-layer-bucket/*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }
}

data "aws_iam_policy_document" "dynamodb_endpoint" {
  statement {
    sid       = "ReachTheTablesOfThePipeline"
    actions   = ["dynamodb:*Item*", "dynamodb:Query", "dynamodb:Scan", "dynamodb:DescribeTable"]
    resources = flatten([for table in local.tables : [table.arn, "${table.arn}/index/*"]])

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalAccount"
      values   = [local.account]
    }
  }
}

resource "aws_security_group" "endpoints" {
  count = var.network == "private" ? 1 : 0

  name        = "${local.prefix}order-endpoints"
  description = "Endpoints of AWS services, for the tasks of the order pipeline"
  vpc_id      = local.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "tasks_to_endpoints" {
  count = var.network == "private" ? 1 : 0

  security_group_id            = aws_security_group.endpoints[0].id
  description                  = "Tasks over TLS"
  referenced_security_group_id = aws_security_group.tasks.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}
