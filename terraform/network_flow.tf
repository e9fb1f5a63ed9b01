# What the own network refused: a task that tries to reach what it may not is seen here.
resource "aws_flow_log" "refused" {
  count = local.own_network ? 1 : 0

  vpc_id                   = local.vpc_id
  traffic_type             = "REJECT"
  log_destination          = aws_cloudwatch_log_group.of["flow"].arn
  iam_role_arn             = aws_iam_role.of["flow_logs"].arn
  max_aggregation_interval = 600
}

data "aws_iam_policy_document" "flow_logs" {
  count = local.own_network ? 1 : 0

  statement {
    sid       = "WriteItsLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    resources = ["${aws_cloudwatch_log_group.of["flow"].arn}:*"]
  }
}
