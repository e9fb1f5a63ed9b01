# The lake's catalog and the way to query it. The transform job makes the tables.
resource "aws_glue_catalog_database" "lake" {
  name         = local.names.database
  description  = "Orders, items, products, KPIs and history of the order pipeline (Iceberg)"
  location_uri = "s3://${local.bucket_names.lake}/warehouse"

  # Said outright: where Lake Formation has taken over the defaults of an account, tables would be
  # made that not even their maker may read.
  create_table_default_permission {
    permissions = ["ALL"]

    principal {
      data_lake_principal_identifier = "IAM_ALLOWED_PRINCIPALS"
    }
  }
}

resource "aws_athena_workgroup" "lake" {
  name          = local.names.workgroup
  description   = "Queries over the tables of the order pipeline"
  force_destroy = var.empty_on_destroy

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = var.athena_scan_limit_bytes

    engine_version {
      selected_engine_version = "Athena engine version 3"
    }
    result_configuration {
      output_location = "s3://${aws_s3_bucket.of["lake"].id}/athena/"

      encryption_configuration {
        encryption_option = "SSE_KMS"
        kms_key_arn       = aws_kms_key.of["data"].arn
      }
    }
  }
}

# queries/*.sql: the first line says what the query is for.
resource "aws_athena_named_query" "saved" {
  for_each = fileset("${path.module}/queries", "*.sql")

  name        = "${local.prefix}${trimsuffix(each.value, ".sql")}"
  description = trimspace(trimprefix(split("\n", file("${path.module}/queries/${each.value}"))[0], "--"))
  workgroup   = aws_athena_workgroup.lake.id
  database    = aws_glue_catalog_database.lake.name
  query       = file("${path.module}/queries/${each.value}")
}
