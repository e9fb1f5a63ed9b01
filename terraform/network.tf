# Where tasks run: own subnets without a way out (private), a VPC of the user's (existing), or own
# subnets with public addresses for trials (public).
locals {
  own_network      = var.network != "existing"
  zones            = local.own_network ? slice(data.aws_availability_zones.here[0].names, 0, var.zones) : []
  vpc_id           = local.own_network ? aws_vpc.own[0].id : var.existing_network.vpc_id
  subnet_ids       = local.own_network ? aws_subnet.own[*].id : var.existing_network.subnet_ids
  assign_public_ip = var.network == "public" ? "ENABLED" : "DISABLED"
}

data "aws_availability_zones" "here" {
  #checkov:skip=CKV_AWS_394:Zone names differ from account to account; subnets stay where they were made, see there
  count = local.own_network ? 1 : 0

  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

resource "aws_vpc" "own" {
  count = local.own_network ? 1 : 0

  cidr_block           = var.vpc_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = { Name = local.names.cluster }
}

# Nothing uses it, so it lets nothing through.
resource "aws_default_security_group" "own" {
  count = local.own_network ? 1 : 0

  vpc_id = aws_vpc.own[0].id
}

resource "aws_subnet" "own" {
  count = length(local.zones)

  vpc_id                  = aws_vpc.own[0].id
  availability_zone       = local.zones[count.index]
  cidr_block              = cidrsubnet(var.vpc_cidr, 2, count.index)
  map_public_ip_on_launch = false

  tags = { Name = "${local.names.cluster}-${count.index + 1}" }

  # A zone that AWS opens one day may come first in the list, and must move nothing.
  lifecycle {
    ignore_changes = [availability_zone]
  }
}

resource "aws_route_table" "own" {
  count = local.own_network ? 1 : 0

  vpc_id = aws_vpc.own[0].id

  tags = { Name = local.names.cluster }
}

resource "aws_route_table_association" "own" {
  count = length(local.zones)

  subnet_id      = aws_subnet.own[count.index].id
  route_table_id = aws_route_table.own[0].id
}

resource "aws_internet_gateway" "public" {
  count = var.network == "public" ? 1 : 0

  vpc_id = aws_vpc.own[0].id
}

resource "aws_route" "public" {
  count = var.network == "public" ? 1 : 0

  route_table_id         = aws_route_table.own[0].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.public[0].id
}

resource "aws_security_group" "tasks" {
  #checkov:skip=CKV2_AWS_5:Step Functions puts it on the tasks that it starts
  name        = "${local.prefix}order-tasks"
  description = "Tasks of the order pipeline: they call AWS, and nobody calls them"
  vpc_id      = local.vpc_id
}

# To anywhere, for what can be reached is said by the routes: in a private network these lead to its
# endpoints and nowhere else.
resource "aws_vpc_security_group_egress_rule" "tasks" {
  security_group_id = aws_security_group.tasks.id
  description       = "AWS over TLS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
