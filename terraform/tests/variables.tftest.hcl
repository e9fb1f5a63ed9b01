# What is refused before anything is made.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  region        = "eu-west-1"
  alert_email   = "me@example.com"
  lambda_folder = "tests/packages"
}

run "lambdas_must_be_packaged" {
  command = plan

  variables {
    lambda_folder = "tests/nowhere"
  }

  expect_failures = [aws_lambda_function.of]
}

run "wrong_words" {
  command = plan

  variables {
    region                = "Ireland"
    alert_email           = "me"
    environment           = "Team A"
    engine                = "flink"
    architecture          = "arm64"
    image_tag             = "a tag"
    image_digests         = { validate = "latest" }
    network               = "open"
    time_zone             = "CET+1"
    reject_batch_on       = "never"
    bucket_names          = { landing = "With.Dots" }
    vpc_cidr              = "10.0.0.0/30"
    log_retention_days    = 10
    zones                 = 4
    max_retries           = 0
    freshness_alarm_hours = 0
  }

  expect_failures = [
    var.region, var.alert_email, var.environment, var.engine, var.architecture, var.image_tag, var.image_digests, var.network, var.time_zone,
    var.reject_batch_on, var.bucket_names, var.vpc_cidr, var.log_retention_days, var.zones, var.max_retries, var.freshness_alarm_hours,
  ]
}

run "wrong_numbers" {
  command = plan

  variables {
    min_orders_files        = -1
    min_order_items_files   = 0.5
    deadline_seconds        = 5
    max_batch_files         = 0
    max_file_bytes          = 0
    gate_concurrency        = 1
    held_after_days         = 0
    staged_days             = 1
    noncurrent_days         = 0
    athena_scan_limit_bytes = 1
  }

  expect_failures = [
    var.min_orders_files, var.min_order_items_files, var.deadline_seconds, var.max_batch_files, var.max_file_bytes,
    var.gate_concurrency, var.held_after_days, var.staged_days, var.noncurrent_days, var.athena_scan_limit_bytes,
  ]
}

# Whoever looks at another variable is asked only when that one is right.
run "numbers_that_do_not_go_together" {
  command = plan

  variables {
    min_products_files    = -1
    max_batch_bytes       = 1000
    waiting_alarm_seconds = 900
  }

  expect_failures = [var.min_products_files, var.max_batch_bytes, var.waiting_alarm_seconds]
}

run "no_minimum_at_all" {
  command = plan

  variables {
    min_orders_files      = 0
    min_order_items_files = 0
  }

  expect_failures = [var.min_products_files]
}

run "existing_without_a_network" {
  command = plan

  variables {
    network = "existing"
  }

  expect_failures = [var.existing_network]
}

run "a_network_that_is_not_used" {
  command = plan

  variables {
    existing_network = { vpc_id = "vpc-1", subnet_ids = ["subnet-1"] }
  }

  expect_failures = [var.existing_network]
}
