# The endpoint, the Region and the key come from the environment.
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

variable "skip" {
  description = "Whether the provider leaves out its own checks of credentials."
  type        = bool
}

variable "changed" {
  description = "Whether the second half of the life of these resources has begun."
  type        = bool
  default     = false
}

provider "aws" {
  skip_credentials_validation = var.skip
  skip_metadata_api_check     = var.skip
  skip_requesting_account_id  = var.skip
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
  aws     = data.aws_partition.current.partition
  root    = "arn:${local.aws}:iam::${local.account}:root"
}
