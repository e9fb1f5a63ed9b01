# When a batch closes, and what the jobs make of it.

variable "min_orders_files" {
  type        = number
  default     = 1
  description = "A batch closes once so many files of orders wait (and of the other datasets)"

  validation {
    condition     = var.min_orders_files >= 0 && floor(var.min_orders_files) == var.min_orders_files
    error_message = "min_orders_files: write a whole number, 0 (not needed) or more."
  }
}

variable "min_order_items_files" {
  type        = number
  default     = 1
  description = "A batch closes once so many files of order items wait"

  validation {
    condition     = var.min_order_items_files >= 0 && floor(var.min_order_items_files) == var.min_order_items_files
    error_message = "min_order_items_files: write a whole number, 0 (not needed) or more."
  }
}

variable "min_products_files" {
  type        = number
  default     = 0
  description = "A batch closes once so many files of products wait"

  validation {
    condition     = var.min_products_files >= 0 && floor(var.min_products_files) == var.min_products_files
    error_message = "min_products_files: write a whole number, 0 (not needed) or more."
  }

  validation {
    condition     = var.min_orders_files + var.min_order_items_files + var.min_products_files > 0
    error_message = "All three minima are 0, and a batch would close for every file: set one of them to 1 or more."
  }
}

variable "deadline_seconds" {
  type        = number
  default     = 900
  description = "A batch closes so long after its first file, whatever is there"

  validation {
    condition     = var.deadline_seconds >= 60 && var.deadline_seconds <= 86400
    error_message = "deadline_seconds: write 60 (the sweeper looks every minute) to 86400 (a day)."
  }
}

variable "max_batch_files" {
  type        = number
  default     = 500
  description = "A batch closes at so many files"

  validation {
    condition     = var.max_batch_files >= 1 && var.max_batch_files <= 10000
    error_message = "max_batch_files: write 1 to 10000."
  }
}

variable "max_batch_bytes" {
  type        = number
  default     = 21474836480
  description = "A batch closes at so many bytes (20 GiB); what is larger fits no task's disk with its Parquet beside it"

  validation {
    condition     = var.max_batch_bytes >= var.max_file_bytes && var.max_batch_bytes <= 42949672960
    error_message = "max_batch_bytes: write a number from max_file_bytes (${var.max_file_bytes}) to 42949672960 (40 GiB)."
  }
}

variable "max_file_bytes" {
  type        = number
  default     = 10737418240
  description = "A larger file is refused (10 GiB)"

  validation {
    condition     = var.max_file_bytes >= 1
    error_message = "max_file_bytes: write a number of bytes, 1 or more."
  }
}

variable "gate_concurrency" {
  type        = number
  default     = 2
  description = "How many gates work at once when files pour in; no concurrency is reserved, for a new account has none to spare"

  validation {
    condition     = var.gate_concurrency >= 2 && var.gate_concurrency <= 1000
    error_message = "gate_concurrency: write 2 (the least that AWS takes) to 1000."
  }
}

variable "time_zone" {
  type        = string
  default     = "UTC"
  description = "IANA zone of the lake's days; fixed when the first batch makes the tables"

  validation {
    condition     = can(regex("^(UTC|[A-Z][A-Za-z_]+(/[A-Za-z0-9_+-]+){1,2})$", var.time_zone))
    error_message = "\"${var.time_zone}\": use an IANA name, as Europe/Berlin or UTC."
  }
}

variable "reject_batch_on" {
  type        = string
  default     = "all_files"
  description = "Which files must be unacceptable to reject the whole batch: all_files, or any_file (all or nothing)"

  validation {
    condition     = contains(["all_files", "any_file"], var.reject_batch_on)
    error_message = "\"${var.reject_batch_on}\": use all_files or any_file."
  }
}

variable "held_after_days" {
  type        = number
  default     = 7
  description = "Items that wait longer for their order are told in the alert"

  validation {
    condition     = var.held_after_days >= 1 && floor(var.held_after_days) == var.held_after_days
    error_message = "held_after_days: write a whole number, 1 or more."
  }
}
