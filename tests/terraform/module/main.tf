# What modules for a company's trail ask for: one trail of all Regions under a key of its own, into
# a bucket that another module made. The log group and the role that such modules add are left out:
# Cairn has no CloudWatch Logs and no IAM roles of its own yet.
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

variable "skip" {
  type = bool
}

variable "changed" {
  type    = bool
  default = false
}

provider "aws" {
  s3_use_path_style           = true
  skip_credentials_validation = var.skip
  skip_metadata_api_check     = var.skip
  skip_requesting_account_id  = var.skip

  default_tags {
    tags = {
      managed-by = "terraform"
    }
  }
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
  aws     = data.aws_partition.current.partition
  name    = "company-trail"

  # As a caller of the module hands them over.
  selectors = [
    {
      name   = "Management"
      fields = [{ field = "eventCategory", equals = ["Management"] }]
    },
    {
      name = "Functions"
      fields = [
        { field = "eventCategory", equals = ["Data"] },
        { field = "resources.type", equals = ["AWS::Lambda::Function"] },
      ]
    },
  ]
}

resource "aws_s3_bucket" "logs" {
  bucket        = "company-trail-logs"
  force_destroy = true
}

resource "aws_s3_bucket_ownership_controls" "logs" {
  bucket = aws_s3_bucket.logs.id

  rule {
    object_ownership = "ObjectWriter"
  }
}

resource "aws_s3_bucket_acl" "logs" {
  bucket = aws_s3_bucket_ownership_controls.logs.bucket
  acl    = "log-delivery-write"
}

resource "aws_s3_bucket_logging" "logs" {
  bucket        = aws_s3_bucket_acl.logs.bucket
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "access/"
}

resource "aws_s3_bucket_public_access_block" "logs" {
  bucket                  = aws_s3_bucket.logs.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "cloudtrail-logs-get-bucket-acl"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "s3:GetBucketAcl"
        Resource  = aws_s3_bucket.logs.arn
      },
      {
        Sid       = "cloudtrail-logs-put-object"
        Effect    = "Allow"
        Principal = { Service = "cloudtrail.amazonaws.com" }
        Action    = "s3:PutObject"
        Condition = { StringEquals = { "s3:x-amz-acl" = "bucket-owner-full-control" } }
        Resource  = ["${aws_s3_bucket.logs.arn}/cloudtrail/AWSLogs/${local.account}/*"]
      },
      {
        Sid       = "enforce-tls-requests-only"
        Effect    = "Deny"
        Principal = { AWS = "*" }
        Action    = "s3:*"
        Resource  = ["${aws_s3_bucket.logs.arn}/private/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.logs]
}

data "aws_iam_policy_document" "key" {
  version = "2012-10-17"

  statement {
    sid       = "Enable IAM User Permissions"
    effect    = "Allow"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.aws}:iam::${local.account}:root"]
    }
  }

  statement {
    sid       = "Allow CloudTrail to encrypt logs"
    effect    = "Allow"
    actions   = ["kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }

    condition {
      test     = "StringLike"
      variable = "kms:EncryptionContext:aws:cloudtrail:arn"
      values   = ["arn:${local.aws}:cloudtrail:*:${local.account}:trail/*"]
    }
  }

  statement {
    sid       = "Allow CloudTrail to describe key"
    effect    = "Allow"
    actions   = ["kms:DescribeKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }
  }

  statement {
    sid       = "Allow principals in the account to decrypt log files"
    effect    = "Allow"
    actions   = ["kms:Decrypt", "kms:ReEncryptFrom"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:CallerAccount"
      values   = [local.account]
    }

    condition {
      test     = "StringLike"
      variable = "kms:EncryptionContext:aws:cloudtrail:arn"
      values   = ["arn:${local.aws}:cloudtrail:*:${local.account}:trail/*"]
    }
  }

  statement {
    sid       = "Allow alias creation during setup"
    effect    = "Allow"
    actions   = ["kms:CreateAlias"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:CallerAccount"
      values   = [local.account]
    }
  }
}

resource "aws_kms_key" "logs" {
  description             = "A KMS key used to encrypt the log files of CloudTrail."
  deletion_window_in_days = 30
  enable_key_rotation     = true
  policy                  = data.aws_iam_policy_document.key.json
}

resource "aws_kms_alias" "logs" {
  name          = "alias/${local.name}"
  target_key_id = aws_kms_key.logs.key_id
}

resource "aws_cloudtrail" "trail" {
  name                          = local.name
  s3_bucket_name                = aws_s3_bucket_policy.logs.bucket
  s3_key_prefix                 = "cloudtrail"
  is_organization_trail         = false
  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = true
  enable_logging                = true
  kms_key_id                    = aws_kms_key.logs.arn
  sns_topic_name                = null

  dynamic "advanced_event_selector" {
    for_each = var.changed ? local.selectors : []

    content {
      name = advanced_event_selector.value.name

      dynamic "field_selector" {
        for_each = advanced_event_selector.value.fields

        content {
          field  = field_selector.value.field
          equals = field_selector.value.equals
        }
      }
    }
  }

  dynamic "insight_selector" {
    for_each = var.changed ? ["ApiErrorRateInsight"] : []

    content {
      insight_type = insight_selector.value
    }
  }

  tags = {
    automation = "terraform"
  }
}

output "imported" {
  value = aws_cloudtrail.trail.arn
}
