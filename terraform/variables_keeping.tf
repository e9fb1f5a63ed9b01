# How long things are kept, what guards them, and when somebody is told.

variable "deletion_protection" {
  type        = bool
  default     = true
  description = "AWS refuses to delete the KPI and state tables; to take the system down, apply false first"
}

variable "empty_on_destroy" {
  type        = bool
  default     = false
  description = "terraform destroy deletes buckets, repositories and the workgroup with everything in them; apply true first"
}

variable "bucket_names" {
  type        = map(string)
  default     = {}
  description = "Names of buckets that replace ours, by purpose: {landing = \"…\", lake = \"…\", logs = \"…\"}"

  validation {
    condition = alltrue([
      for purpose, name in var.bucket_names : contains(["landing", "lake", "logs"], purpose) && can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", name))
    ])
    error_message = "bucket_names: purposes are landing, lake and logs; names have 3 to 63 lower case letters, digits and hyphens (no dots: TLS)."
  }
}

variable "log_retention_days" {
  type        = number
  default     = 365
  description = "How long logs of every kind are kept"

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days: CloudWatch takes 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "staged_days" {
  type        = number
  default     = 90
  description = "How long staged batches stay (verdicts are kept for good beside them)"

  validation {
    condition     = var.staged_days >= 30
    error_message = "staged_days: write 30 or more; a rejected batch is merged into the tables from there by the next one."
  }
}

variable "noncurrent_days" {
  type        = number
  default     = 30
  description = "How long deleted and overwritten objects can be brought back"

  validation {
    condition     = var.noncurrent_days >= 1
    error_message = "noncurrent_days: write 1 or more."
  }
}

variable "waiting_alarm_seconds" {
  type        = number
  default     = 3600
  description = "Alarm when a file waits longer in landing"

  validation {
    condition     = var.waiting_alarm_seconds > var.deadline_seconds
    error_message = "waiting_alarm_seconds: write more than deadline_seconds (${var.deadline_seconds}), or every quiet hour alarms."
  }
}

variable "freshness_alarm_hours" {
  type        = number
  default     = 26
  description = "Alarm when no batch was finished for so many hours; null: never"

  validation {
    condition     = coalesce(var.freshness_alarm_hours, 1) >= 1
    error_message = "freshness_alarm_hours: write 1 or more, or null for no alarm."
  }
}

variable "athena_scan_limit_bytes" {
  type        = number
  default     = 107374182400
  description = "A query that scans more is stopped (100 GiB, about half a dollar)"

  validation {
    condition     = var.athena_scan_limit_bytes >= 10485760
    error_message = "athena_scan_limit_bytes: Athena takes 10485760 (10 MiB) or more."
  }
}
