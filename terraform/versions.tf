terraform {
  required_version = ">= 1.11.0, < 2.0.0" # the tests run on 1.11

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

# Endpoint and credentials come from the environment (AWS_PROFILE, AWS_ENDPOINT_URL), never from here.
provider "aws" {
  region      = var.region
  max_retries = var.max_retries

  default_tags {
    tags = local.tags
  }
}

data "aws_caller_identity" "here" {}
data "aws_partition" "here" {}
