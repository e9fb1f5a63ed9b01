# A bucket for Terraform's state, for teams: apply this once (its own small state stays here), write
# its output `backend` to terraform/backend.tf, and run terraform init -migrate-state there.
terraform {
  required_version = ">= 1.11.0, < 2.0.0" # the tests run on 1.11

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = { project = "order-pipeline", environment = "terraform-state" }
  }
}

variable "region" {
  type        = string
  description = "AWS region of the bucket, as eu-west-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "\"${var.region}\" is no region: write it as eu-west-1 (aws ec2 describe-regions lists them)."
  }
}

variable "state_key" {
  type        = string
  default     = "orders/terraform.tfstate"
  description = "Where the state of this environment lies in the bucket; another for each environment"

  validation {
    condition     = can(regex("^[a-zA-Z0-9][a-zA-Z0-9/_.-]*[.]tfstate$", var.state_key))
    error_message = "\"${var.state_key}\": write a key that ends in .tfstate, as test/terraform.tfstate."
  }
}

data "aws_caller_identity" "here" {}

resource "aws_s3_bucket" "state" {
  #checkov:skip=CKV_AWS_144:Agreed: one region; versions are kept
  #checkov:skip=CKV_AWS_145:Encrypted by S3 itself: a key would have to outlive every state, and costs by the month
  #checkov:skip=CKV_AWS_18:Who reads and writes the state is seen in CloudTrail; a log bucket would have to be bootstrapped too
  #checkov:skip=CKV2_AWS_62:Nobody waits for changes of the state
  bucket = "orders-terraform-state-${data.aws_caller_identity.here.account_id}-${var.region}"

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "state" {
  bucket = aws_s3_bucket.state.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_public_access_block" "state" {
  bucket                  = aws_s3_bucket.state.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    id     = "old-versions"
    status = "Enabled"
    filter {}

    noncurrent_version_expiration {
      noncurrent_days           = 90
      newer_noncurrent_versions = 20
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.state]
}

resource "aws_s3_bucket_policy" "state" {
  bucket = aws_s3_bucket.state.id
  policy = data.aws_iam_policy_document.state.json

  depends_on = [aws_s3_bucket_public_access_block.state]
}

data "aws_iam_policy_document" "state" {
  statement {
    sid       = "DenyWithoutTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.state.arn, "${aws_s3_bucket.state.arn}/*"]

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
}

output "bucket" {
  description = "The bucket"
  value       = aws_s3_bucket.state.id
}

output "backend" {
  description = "Contents of terraform/backend.tf: output -raw backend > terraform/backend.tf"
  value       = <<-EOT
    # Written from terraform/bootstrap (output backend).
    terraform {
      backend "s3" {
        bucket       = "${aws_s3_bucket.state.id}"
        key          = "${var.state_key}"
        region       = "${var.region}"
        encrypt      = true
        use_lockfile = true
      }
    }
  EOT
}
