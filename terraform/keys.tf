# Two keys: what the shop gave us (buckets, tables), and what we say about it (logs, topic, images).
# The roles of this system are allowed to use them in their own policies, and only through a service.
locals {
  keys = {
    data       = "Buckets and tables of the order pipeline"
    operations = "Logs, alerts, images and Lambda settings of the order pipeline"
  }
}

resource "aws_kms_key" "of" {
  for_each = local.keys

  description             = each.value
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = each.key == "data" ? data.aws_iam_policy_document.data_key.json : data.aws_iam_policy_document.operations_key.json
}

resource "aws_kms_alias" "of" {
  for_each = local.keys

  name          = "alias/${local.names.key}-${each.key}"
  target_key_id = aws_kms_key.of[each.key].key_id
}

# In a key's policy "*" means this key, and without the account's own statement nobody could ever
# change the policy again.
data "aws_iam_policy_document" "account_key" {
  #checkov:skip=CKV_AWS_109:The resource of a key policy is the key itself
  #checkov:skip=CKV_AWS_111:The resource of a key policy is the key itself
  #checkov:skip=CKV_AWS_356:The resource of a key policy is the key itself
  statement {
    sid       = "AdministerByPoliciesOfTheAccount"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account}:root"]
    }
  }
}

# S3 and Athena use the key as whoever calls them; DynamoDB also looks at it for itself.
data "aws_iam_policy_document" "data_key" {
  #checkov:skip=CKV_AWS_356:The resource of a key policy is the key itself
  source_policy_documents = [data.aws_iam_policy_document.account_key.json]

  statement {
    sid       = "DescribeByDynamodb"
    actions   = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListGrants"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["dynamodb.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

data "aws_iam_policy_document" "operations_key" {
  #checkov:skip=CKV_AWS_111:The resource of a key policy is the key itself
  #checkov:skip=CKV_AWS_356:The resource of a key policy is the key itself
  source_policy_documents = [data.aws_iam_policy_document.account_key.json]

  # CloudWatch Logs sends no source account; the account stands in the log group's name.
  statement {
    sid       = "EncryptLogGroupsOfTheAccount"
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:DescribeKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${var.region}.amazonaws.com"]
    }
    condition {
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = ["arn:${local.partition}:logs:${var.region}:${local.account}:log-group:*"]
    }
  }

  statement {
    sid       = "PublishAlarmsToTheEncryptedTopic"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

# Parts of the roles' policies.
data "aws_iam_policy_document" "use_data_key" {
  statement {
    sid       = "UseTheDataKeyThroughServices"
    actions   = ["kms:Decrypt", "kms:Encrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:DescribeKey"]
    resources = [aws_kms_key.of["data"].arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.amazonaws.com", "dynamodb.${var.region}.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "use_operations_key" {
  statement {
    sid       = "PublishToTheEncryptedTopic"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.of["operations"].arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["sns.${var.region}.amazonaws.com"]
    }
  }
}
