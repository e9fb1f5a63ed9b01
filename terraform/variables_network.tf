variable "network" {
  type        = string
  default     = "private"
  description = "Where tasks run: private (own subnets, endpoints, no way out), existing (a VPC of yours), public (own subnets with public addresses, no endpoints: cheapest, for trials)"

  validation {
    condition     = contains(["private", "existing", "public"], var.network)
    error_message = "\"${var.network}\": use private, existing or public."
  }
}

variable "zones" {
  type        = number
  default     = 1
  description = "Availability zones of an own network; each costs its share of endpoints in private"

  validation {
    condition     = contains([1, 2, 3], var.zones)
    error_message = "zones: write 1, 2 or 3."
  }
}

variable "vpc_cidr" {
  type        = string
  default     = "10.42.0.0/24"
  description = "Addresses of an own network; each zone takes a quarter"

  validation {
    condition     = can(cidrsubnet(var.vpc_cidr, 2, 3)) && try(tonumber(split("/", var.vpc_cidr)[1]), 0) >= 16 && try(tonumber(split("/", var.vpc_cidr)[1]), 99) <= 26
    error_message = "\"${var.vpc_cidr}\": write a private range of /16 to /26, as 10.42.0.0/24."
  }
}

variable "existing_network" {
  type = object({
    vpc_id     = string
    subnet_ids = list(string)
  })
  default     = null
  description = "For network = existing: a VPC and its private subnets, with a NAT or endpoints for ecr.api, ecr.dkr, logs, glue, sts, S3 and DynamoDB"

  validation {
    condition = var.network != "existing" || try(
      startswith(var.existing_network.vpc_id, "vpc-") && length(var.existing_network.subnet_ids) > 0, false
    )
    error_message = "network = existing needs existing_network = {vpc_id = \"vpc-…\", subnet_ids = [\"subnet-…\"]}."
  }

  validation {
    condition     = var.existing_network == null || var.network == "existing"
    error_message = "existing_network is given, but network is ${var.network}: set network = \"existing\", or leave existing_network out."
  }
}
