# Each actor may do what it is for, and nothing else.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  region        = "eu-west-1"
  alert_email   = "me@example.com"
  lambda_folder = "tests/packages"
}

run "expected" {
  module {
    source = "./tests/expected"
  }
}

run "rights" {
  command = apply

  # Every action, actor by actor: a new one is a decision.
  assert {
    condition     = sort(distinct(flatten([for s in data.aws_iam_policy_document.gate.statement : tolist(s.actions)]))) == tolist(run.expected.rights.gate)
    error_message = "The gate's actions are others than tests/expected says."
  }
  assert {
    condition     = sort(distinct(flatten([for s in data.aws_iam_policy_document.cleanup.statement : tolist(s.actions)]))) == tolist(run.expected.rights.cleanup)
    error_message = "Cleanup's actions are others than tests/expected says."
  }
  assert {
    condition     = sort(distinct(flatten([for s in data.aws_iam_policy_document.state_machine.statement : tolist(s.actions)]))) == tolist(run.expected.rights.state_machine)
    error_message = "The state machine's actions are others than tests/expected says."
  }
  assert {
    condition     = sort(distinct(flatten([for s in data.aws_iam_policy_document.validate.statement : tolist(s.actions)]))) == tolist(run.expected.rights.validate)
    error_message = "Validate's actions are others than tests/expected says."
  }
  assert {
    condition     = sort(distinct(flatten([for s in data.aws_iam_policy_document.transform.statement : tolist(s.actions)]))) == tolist(run.expected.rights.transform)
    error_message = "Transform's actions are others than tests/expected says."
  }
  assert {
    condition = alltrue([
      for job, document in data.aws_iam_policy_document.start :
      sort(distinct(flatten([for s in document.statement : tolist(s.actions)]))) == tolist(run.expected.rights["${job}_start"])
    ])
    error_message = "The actions of an agent that starts tasks are others than tests/expected says."
  }
  assert {
    condition = alltrue([
      for actor, document in data.aws_iam_policy_document.lambda :
      sort(distinct(flatten([for s in document.statement : tolist(s.actions)]))) == tolist(run.expected.rights["lambda_${actor}"])
    ])
    error_message = "What every function may do for itself is other than tests/expected says."
  }
  assert {
    condition     = sort(distinct(flatten([for s in data.aws_iam_policy_document.flow_logs[0].statement : tolist(s.actions)]))) == tolist(run.expected.rights.flow_logs)
    error_message = "The actions of the flow log are others than tests/expected says."
  }

  # Where.
  assert {
    condition = alltrue([
      for s in flatten([
        tolist(data.aws_iam_policy_document.gate.statement), tolist(data.aws_iam_policy_document.cleanup.statement),
        tolist(data.aws_iam_policy_document.validate.statement), tolist(data.aws_iam_policy_document.transform.statement),
        tolist(data.aws_iam_policy_document.state_machine.statement), tolist(data.aws_iam_policy_document.lambda["gate"].statement),
        tolist(data.aws_iam_policy_document.lambda["cleanup"].statement), tolist(data.aws_iam_policy_document.start["validate"].statement),
        tolist(data.aws_iam_policy_document.start["transform"].statement), tolist(data.aws_iam_policy_document.use_data_key.statement),
        tolist(data.aws_iam_policy_document.use_operations_key.statement), tolist(data.aws_iam_policy_document.flow_logs[0].statement),
        tolist(data.aws_iam_policy_document.kpi_reader.statement),
      ]) : !contains(s.resources, "*") || contains(["DeliverLogs", "SendTraces", "LogInToTheRegistry"], s.sid)
    ])
    error_message = "A statement is about every resource (*) that could name its own."
  }
  assert {
    condition = alltrue([
      for action in flatten([for s in flatten([
        tolist(data.aws_iam_policy_document.gate.statement), tolist(data.aws_iam_policy_document.cleanup.statement),
        tolist(data.aws_iam_policy_document.validate.statement), tolist(data.aws_iam_policy_document.transform.statement),
        tolist(data.aws_iam_policy_document.state_machine.statement), tolist(data.aws_iam_policy_document.use_data_key.statement),
        tolist(data.aws_iam_policy_document.use_operations_key.statement), tolist(data.aws_iam_policy_document.kpi_reader.statement),
      ]) : tolist(s.actions)]) : !strcontains(action, "*")
    ])
    error_message = "A statement allows actions by a wildcard."
  }
  assert {
    condition = alltrue([
      for s in flatten([
        tolist(data.aws_iam_policy_document.gate.statement), tolist(data.aws_iam_policy_document.cleanup.statement),
        tolist(data.aws_iam_policy_document.validate.statement), tolist(data.aws_iam_policy_document.transform.statement),
        tolist(data.aws_iam_policy_document.state_machine.statement),
      ]) : anytrue([for c in s.condition : c.variable == "dynamodb:LeadingKeys"]) if anytrue([for r in s.resources : strcontains(r, "table/pipeline_state")])
    ])
    error_message = "A statement on the state table does not say which rows."
  }
  assert {
    condition = alltrue([
      for s in flatten([
        tolist(data.aws_iam_policy_document.gate.statement), tolist(data.aws_iam_policy_document.cleanup.statement),
        tolist(data.aws_iam_policy_document.validate.statement), tolist(data.aws_iam_policy_document.state_machine.statement),
      ]) : alltrue([for r in s.resources : !strcontains(r, "kpi_table")])
    ])
    error_message = "Somebody other than transform may touch a KPI table."
  }
  assert {
    condition = alltrue([
      for s in data.aws_iam_policy_document.transform.statement :
      s.actions == toset(["dynamodb:PutItem", "dynamodb:DeleteItem"]) if anytrue([for r in s.resources : strcontains(r, "kpi_table")])
    ])
    error_message = "Transform may do more to the KPI tables than put and delete items."
  }
  assert {
    condition = alltrue([
      for s in flatten([tolist(data.aws_iam_policy_document.validate.statement), tolist(data.aws_iam_policy_document.transform.statement)]) :
      alltrue([for r in s.resources : !strcontains(r, "/index/")])
    ])
    error_message = "A task may read an index of the state table, which only gate and cleanup ask."
  }
  assert {
    condition     = alltrue([for s in data.aws_iam_policy_document.transform.statement : alltrue([for r in s.resources : !startswith(r, "arn:aws:s3:::landing")])])
    error_message = "Transform may touch landing."
  }
  assert {
    condition = alltrue([
      for s in flatten([tolist(data.aws_iam_policy_document.gate.statement), tolist(data.aws_iam_policy_document.cleanup.statement), tolist(data.aws_iam_policy_document.validate.statement)]) :
      alltrue([for r in s.resources : startswith(r, "arn:aws:s3:::landing/landing/") || startswith(r, "arn:aws:s3:::landing/archive/") if startswith(r, "arn:aws:s3:::landing/")])
    ])
    error_message = "A right on the landing bucket reaches beyond landing/ and archive/."
  }
  assert {
    condition = alltrue([
      for s in flatten([tolist(data.aws_iam_policy_document.gate.statement), tolist(data.aws_iam_policy_document.cleanup.statement)]) :
      s.resources == toset(["arn:aws:s3:::landing/landing/*"]) if contains(s.actions, "s3:DeleteObjectVersion")
    ])
    error_message = "Something other than versions under landing/ may be deleted for good."
  }
  assert {
    condition = alltrue([
      for s in data.aws_iam_policy_document.validate.statement :
      alltrue([for r in s.resources : startswith(r, "arn:aws:s3:::lake/staged/")]) if contains(s.actions, "s3:PutObject")
    ])
    error_message = "Validate may write elsewhere than staged/."
  }
  assert {
    condition     = alltrue([for s in data.aws_iam_policy_document.validate.statement : s.resources == toset(["arn:aws:s3:::lake/staged/*/r*/*/*"]) if contains(s.actions, "s3:DeleteObject")])
    error_message = "Validate may delete more than what an attempt staged: a verdict, perhaps."
  }
  assert {
    condition = alltrue([
      for s in data.aws_iam_policy_document.state_machine.statement :
      anytrue([for c in s.condition : c.variable == "iam:PassedToService" && c.values == tolist(["ecs-tasks.amazonaws.com"])]) &&
      s.resources == toset([for actor in ["validate", "validate_start", "transform", "transform_start"] : "arn:aws:iam::123456789012:role/${actor}"])
      if contains(s.actions, "iam:PassRole")
    ])
    error_message = "The state machine may pass other roles than the tasks', or to others than ECS."
  }
  assert {
    condition = alltrue([
      for s in data.aws_iam_policy_document.state_machine.statement :
      anytrue([for c in s.condition : c.variable == "ecs:cluster"]) && alltrue([for r in s.resources : strcontains(r, ":task-definition/validate-task") || strcontains(r, ":task-definition/transform-task")])
      if contains(s.actions, "ecs:RunTask")
    ])
    error_message = "The state machine may run other tasks than ours, or elsewhere."
  }
  assert {
    condition = alltrue([
      for job, document in data.aws_iam_policy_document.start : alltrue([
        for s in document.statement : s.resources == toset([aws_ecr_repository.jobs[job].arn]) if contains(s.actions, "ecr:BatchGetImage")
      ])
    ])
    error_message = "A task's agent may pull another image than its own."
  }
  assert {
    condition = alltrue([
      for document in [data.aws_iam_policy_document.use_data_key, data.aws_iam_policy_document.use_operations_key] :
      alltrue([for s in document.statement : anytrue([for c in s.condition : c.variable == "kms:ViaService"])])
    ])
    error_message = "A key may be used without a service between."
  }

  # Who.
  assert {
    condition     = aws_iam_role_policy.of["gate"].policy != null && keys(aws_iam_role_policy.of) == keys(aws_iam_role.of)
    error_message = "A role has no policy."
  }
  assert {
    condition = alltrue([
      for service, document in data.aws_iam_policy_document.trust : alltrue([
        for s in document.statement : alltrue([for p in s.principals : p.identifiers == toset([service])])
      ])
    ])
    error_message = "A role trusts another service than its own."
  }
  assert {
    condition = alltrue([
      for service, document in data.aws_iam_policy_document.trust :
      anytrue([for c in one(document.statement).condition : c.variable == "aws:SourceAccount" && c.values == tolist(["123456789012"])]) if service != "lambda.amazonaws.com"
    ])
    error_message = "A role can be taken from another account."
  }
  assert {
    condition = alltrue([
      for job, definition in aws_ecs_task_definition.job :
      definition.task_role_arn == aws_iam_role.of[job].arn && definition.execution_role_arn == aws_iam_role.of["${job}_start"].arn
    ])
    error_message = "A task has another role than its own."
  }
  assert {
    condition     = alltrue([for actor, lambda in aws_lambda_function.of : lambda.role == aws_iam_role.of[actor].arn]) && aws_sfn_state_machine.pipeline.role_arn == aws_iam_role.of["state_machine"].arn
    error_message = "A function or the state machine has another role than its own."
  }
  assert {
    condition     = toset(flatten([for s in data.aws_iam_policy_document.kpi_reader.statement : tolist(s.resources) if s.sid == "ReadKpis"])) == toset([aws_dynamodb_table.order_kpi.arn, aws_dynamodb_table.category_kpi.arn])
    error_message = "The reader's policy is about other tables than the two of the KPIs."
  }
  assert {
    condition     = alltrue([for s in data.aws_iam_policy_document.kpi_reader.statement : alltrue([for a in s.actions : can(regex(":(Get|BatchGet|Query|Scan|Describe|Decrypt)", a))])])
    error_message = "The reader's policy lets him write."
  }
}
