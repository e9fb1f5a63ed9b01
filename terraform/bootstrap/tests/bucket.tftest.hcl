# The state bucket, and the backend that it is for.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  region = "eu-west-1"
}

run "bucket" {
  command = plan

  override_resource {
    target          = aws_s3_bucket.state
    values          = { id = "the-bucket" }
    override_during = plan
  }

  assert {
    condition     = aws_s3_bucket.state.bucket == "orders-terraform-state-123456789012-eu-west-1"
    error_message = "The bucket's name could be somebody else's."
  }
  assert {
    condition     = aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled"
    error_message = "A state that was spoilt could not be brought back."
  }
  assert {
    condition     = aws_s3_bucket_public_access_block.state.block_public_acls && aws_s3_bucket_public_access_block.state.block_public_policy && aws_s3_bucket_public_access_block.state.ignore_public_acls && aws_s3_bucket_public_access_block.state.restrict_public_buckets
    error_message = "The state could be opened to the public."
  }
  assert {
    condition = alltrue([
      for line in ["bucket       = \"the-bucket\"", "key          = \"orders/terraform.tfstate\"", "region       = \"eu-west-1\"", "use_lockfile = true", "encrypt      = true"] :
      strcontains(output.backend, line)
    ])
    error_message = "The backend does not use the bucket with a lock."
  }
}

run "wrong_words" {
  command = plan

  variables {
    region    = "Ireland"
    state_key = "state"
  }

  expect_failures = [var.region, var.state_key]
}
