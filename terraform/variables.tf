# Only region and alert_email must be given; everything else has a default that one can live with.
# What belongs to one subject: variables_network.tf, variables_batches.tf, variables_keeping.tf.

variable "region" {
  type        = string
  description = "AWS region of everything, as eu-west-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "\"${var.region}\" is no region: write it as eu-west-1 (aws ec2 describe-regions lists them)."
  }
}

variable "alert_email" {
  type        = string
  description = "Who is told of every batch and alarm: one mail address, or several with commas. Each gets a mail to confirm first"

  validation {
    condition = alltrue([
      for address in split(",", var.alert_email) :
      can(regex("^[^@[:space:],]+@[^@[:space:],]+[.][^@[:space:],]+$", trimspace(address)))
    ])
    error_message = "\"${var.alert_email}\": write mail addresses with commas between them, as me@example.com,you@example.com."
  }
}

variable "environment" {
  type        = string
  default     = ""
  description = "Prefix of all names, so that several systems stand side by side in one account; empty: no prefix"

  validation {
    condition     = can(regex("^([a-z][a-z0-9]*(-[a-z0-9]+)*)?$", var.environment)) && length(var.environment) <= 12
    error_message = "\"${var.environment}\": use at most 12 lower case letters, digits and single hyphens, a letter first, as test or team-a; or leave it empty."
  }
}

variable "engine" {
  type        = string
  default     = "sail"
  description = "Engine within the images: sail (no Java, for batches that fit one task) or spark. Build the images with the same"

  validation {
    condition     = contains(["sail", "spark"], var.engine)
    error_message = "\"${var.engine}\" is no engine: use sail or spark."
  }
}

variable "architecture" {
  type        = string
  default     = "X86_64"
  description = "Processor of tasks, Lambdas and images: X86_64 or ARM64 (a fifth cheaper; build the images for it)"

  validation {
    condition     = contains(["X86_64", "ARM64"], var.architecture)
    error_message = "\"${var.architecture}\": use X86_64 or ARM64, in capitals."
  }
}

variable "spot" {
  type        = bool
  default     = false
  description = "Run tasks on Fargate Spot: up to 70 % cheaper, may be stopped at any time and are then run again"
}

variable "image_tag" {
  type        = string
  default     = null
  description = "Tag that task definitions name while the digest of an image is not known; null: the version of this source"

  validation {
    condition     = can(regex("^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$", coalesce(var.image_tag, "none")))
    error_message = "\"${coalesce(var.image_tag, "none")}\" is no tag: use letters, digits, dots, hyphens, as 0.1.0, or leave it out."
  }
}

variable "image_digests" {
  type        = map(string)
  default     = {}
  description = "Digest by job, as make build-push writes them to image.auto.tfvars.json; empty before the first image"

  validation {
    condition = alltrue([
      for job, digest in var.image_digests :
      contains(["validate", "transform"], job) && can(regex("^sha256:[0-9a-f]{64}$", digest))
    ])
    error_message = "Write image_digests as {validate = \"sha256:<64 hex digits>\", transform = \"sha256:…\"}; make build-push does."
  }
}

variable "lambda_folder" {
  type        = string
  default     = "../build/lambdas"
  description = "Folder with batch_gate.zip and cleanup.zip, relative to this one; make package fills it"
}

variable "max_retries" {
  type        = number
  default     = 10
  description = "How often Terraform repeats a call to AWS; fewer against a local emulator, where every missing call would cost minutes"

  validation {
    condition     = var.max_retries >= 1 && floor(var.max_retries) == var.max_retries
    error_message = "max_retries: write a whole number, 1 or more."
  }
}
