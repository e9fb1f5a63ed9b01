# KPI tables, as the application queries them, and the state of files, batches and lease.
locals {
  tables = {
    order_kpi    = aws_dynamodb_table.order_kpi
    category_kpi = aws_dynamodb_table.category_kpi
    state        = aws_dynamodb_table.state
  }
  kpi_table_arns = [aws_dynamodb_table.order_kpi.arn, aws_dynamodb_table.category_kpi.arn]
}

resource "aws_dynamodb_table" "order_kpi" {
  name                        = local.names.order_kpi_table
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "order_date"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "order_date"
    type = "S"
  }
  point_in_time_recovery {
    enabled = true
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.of["data"].arn
  }
}

resource "aws_dynamodb_table" "category_kpi" {
  name                        = local.names.category_kpi_table
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "category"
  range_key                   = "order_date"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "category"
    type = "S"
  }
  attribute {
    name = "order_date"
    type = "S"
  }
  point_in_time_recovery {
    enabled = true
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.of["data"].arn
  }
}

# Local indexes, for only these can be read consistently. Rows of files that are done expire.
resource "aws_dynamodb_table" "state" {
  name                        = local.names.state_table
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  range_key                   = "sk"
  deletion_protection_enabled = var.deletion_protection

  dynamic "attribute" {
    for_each = ["pk", "sk", "waiting", "batch_id"]

    content {
      name = attribute.value
      type = "S"
    }
  }
  dynamic "local_secondary_index" {
    for_each = { by_waiting = "waiting", by_batch = "batch_id" }

    content {
      name            = local_secondary_index.key
      range_key       = local_secondary_index.value
      projection_type = "ALL"
    }
  }
  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }
  point_in_time_recovery {
    enabled = true
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.of["data"].arn
  }
}
