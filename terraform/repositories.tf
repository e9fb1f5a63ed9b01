# Images of the jobs: a tag is written once, and digests are what runs.
resource "aws_ecr_repository" "jobs" {
  for_each = local.jobs

  name                 = each.value.repository
  image_tag_mutability = "IMMUTABLE"
  force_delete         = var.empty_on_destroy

  image_scanning_configuration {
    scan_on_push = true
  }
  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.of["operations"].arn
  }
}

resource "aws_ecr_lifecycle_policy" "jobs" {
  for_each = aws_ecr_repository.jobs

  repository = each.value.name

  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "What has no tag was never finished"
        selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 7 }
        action       = { type = "expire" }
      },
      {
        rulePriority = 2
        description  = "Thirty images are enough to go back to"
        selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 30 }
        action       = { type = "expire" }
      },
    ]
  })
}
