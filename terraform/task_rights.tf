# Validate reads landing and may touch no KPI table; transform may touch no landing.
locals {
  glue_arns = [
    for part in ["catalog", "database/${local.names.database}", "table/${local.names.database}/*"] :
    "arn:${local.partition}:glue:${var.region}:${local.account}:${part}"
  ]
}

data "aws_iam_policy_document" "validate" {
  source_policy_documents = [data.aws_iam_policy_document.use_data_key.json]

  # Without the right to list, an object that is not there looks like one that is forbidden.
  statement {
    sid       = "ListBuckets"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.of["landing"].arn, aws_s3_bucket.of["lake"].arn]
  }

  statement {
    sid       = "ReadLandedVersions"
    actions   = ["s3:GetObjectVersion"]
    resources = ["${aws_s3_bucket.of["landing"].arn}/${local.landing_prefix}*"]
  }

  statement {
    sid       = "ReadManifestsAndTheLake"
    actions   = ["s3:GetObject"]
    resources = [for folder in ["manifests", "warehouse"] : "${aws_s3_bucket.of["lake"].arn}/${folder}/*"]
  }

  statement {
    sid       = "WriteStagedBatches"
    actions   = ["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload"]
    resources = ["${aws_s3_bucket.of["lake"].arn}/staged/*"]
  }

  # Of an attempt that came second; a verdict lies one folder higher and is out of reach.
  statement {
    sid       = "RemoveWhatWasStagedInVain"
    actions   = ["s3:DeleteObject"]
    resources = ["${aws_s3_bucket.of["lake"].arn}/staged/*/r*/*/*"]
  }

  statement {
    sid       = "ReadTheCatalog"
    actions   = ["glue:GetDatabase", "glue:GetTable", "glue:GetTables"]
    resources = local.glue_arns
  }

  statement {
    sid       = "ReadTheState"
    actions   = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem"]
    resources = [aws_dynamodb_table.state.arn]

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "dynamodb:LeadingKeys"
      values   = ["batch", "content", "history", "lease"]
    }
  }

  statement {
    sid       = "RegisterContentAndWriteTheOutcome"
    actions   = ["dynamodb:PutItem", "dynamodb:UpdateItem"]
    resources = [aws_dynamodb_table.state.arn]

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "dynamodb:LeadingKeys"
      values   = ["batch", "content", "history"]
    }
  }
}

data "aws_iam_policy_document" "transform" {
  source_policy_documents = [data.aws_iam_policy_document.use_data_key.json]

  statement {
    sid       = "ListTheLake"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.of["lake"].arn]
  }

  statement {
    sid       = "ReadManifestsAndStagedBatches"
    actions   = ["s3:GetObject"]
    resources = [for folder in ["manifests", "staged"] : "${aws_s3_bucket.of["lake"].arn}/${folder}/*"]
  }

  statement {
    sid       = "WriteTheLake"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    resources = ["${aws_s3_bucket.of["lake"].arn}/warehouse/*"]
  }

  statement {
    sid       = "KeepVerdicts"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"]
    resources = ["${aws_s3_bucket.of["lake"].arn}/verdicts/*"]
  }

  statement {
    sid       = "MakeAndCommitTables"
    actions   = ["glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:CreateTable", "glue:UpdateTable"]
    resources = local.glue_arns
  }

  # The lake is what they are made from: nothing is read back.
  statement {
    sid       = "PublishKpis"
    actions   = ["dynamodb:PutItem", "dynamodb:DeleteItem"]
    resources = local.kpi_table_arns
  }

  statement {
    sid       = "ReadTheState"
    actions   = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:ConditionCheckItem"]
    resources = [aws_dynamodb_table.state.arn]

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "dynamodb:LeadingKeys"
      values   = ["batch", "content", "history", "lease"]
    }
  }

  statement {
    sid       = "DrawTheFenceAndWriteTheOutcome"
    actions   = ["dynamodb:UpdateItem"]
    resources = [aws_dynamodb_table.state.arn]

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "dynamodb:LeadingKeys"
      values   = ["batch", "content", "lease"]
    }
  }

  statement {
    sid       = "CloseMergedHistory"
    actions   = ["dynamodb:DeleteItem"]
    resources = [aws_dynamodb_table.state.arn]

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "dynamodb:LeadingKeys"
      values   = ["history"]
    }
  }
}
