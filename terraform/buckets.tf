# landing (what the shop drops, and the archive of it), lake (tables and everything between the
# jobs), logs (who read and wrote the other two).
resource "aws_s3_bucket" "of" {
  #checkov:skip=CKV_AWS_144:Agreed: one region; the archive can be replayed, and a copy elsewhere is the user's decision
  #checkov:skip=CKV_AWS_145:S3 delivers no access logs to a bucket whose default is KMS; landing and lake have their key
  #checkov:skip=CKV_AWS_18:The log bucket does not log itself, or each log line would write another; landing and lake do log
  #checkov:skip=CKV2_AWS_61:Each of the three has its rules in buckets_lifecycle.tf; the scanner does not follow keys
  for_each = local.bucket_names

  bucket        = each.value
  force_destroy = var.empty_on_destroy

  depends_on = [aws_kms_key.of] # a bucket that keeps its data keeps its key
}

resource "aws_s3_bucket_versioning" "of" {
  for_each = local.bucket_names

  bucket = aws_s3_bucket.of[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

# The default does it: PUTs without encryption headers are never denied, for the engines send none.
resource "aws_s3_bucket_server_side_encryption_configuration" "of" {
  for_each = local.bucket_names

  bucket = aws_s3_bucket.of[each.key].id

  rule {
    bucket_key_enabled = each.key != "logs"

    apply_server_side_encryption_by_default {
      sse_algorithm     = each.key == "logs" ? "AES256" : "aws:kms"
      kms_master_key_id = each.key == "logs" ? null : aws_kms_key.of["data"].arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "of" {
  for_each = local.bucket_names

  bucket                  = aws_s3_bucket.of[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "of" {
  for_each = local.bucket_names

  bucket = aws_s3_bucket.of[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_notification" "of" {
  for_each = local.bucket_names

  bucket      = aws_s3_bucket.of[each.key].id
  eventbridge = true
}

resource "aws_s3_bucket_logging" "of" {
  for_each = toset(["landing", "lake"])

  bucket        = aws_s3_bucket.of[each.key].id
  target_bucket = aws_s3_bucket.of["logs"].id
  target_prefix = "s3/${each.key}/"

  depends_on = [aws_s3_bucket_policy.of]
}

resource "aws_s3_bucket_policy" "of" {
  for_each = local.bucket_names

  bucket = aws_s3_bucket.of[each.key].id
  policy = data.aws_iam_policy_document.bucket[each.key].json

  depends_on = [aws_s3_bucket_public_access_block.of]
}

data "aws_iam_policy_document" "bucket" {
  for_each = local.bucket_names

  statement {
    sid       = "DenyWithoutTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.of[each.key].arn, "${aws_s3_bucket.of[each.key].arn}/*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "logs" ? ["landing", "lake"] : []

    content {
      sid       = "DeliverAccessLogsOf${title(statement.value)}"
      actions   = ["s3:PutObject"]
      resources = ["${aws_s3_bucket.of["logs"].arn}/s3/${statement.value}/*"]

      principals {
        type        = "Service"
        identifiers = ["logging.s3.amazonaws.com"]
      }
      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = [aws_s3_bucket.of[statement.value].arn]
      }
      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account]
      }
    }
  }
}
