resource "aws_kms_key" "logs" {
  description             = var.changed ? "Keeps the log files" : "Log files"
  deletion_window_in_days = 7
  enable_key_rotation     = true

  tags = {
    team = "security"
  }
}

resource "aws_kms_alias" "logs" {
  name          = "alias/cairn-terraform-logs"
  target_key_id = aws_kms_key.logs.key_id
}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = [local.root]
    }
  }

  statement {
    sid       = "Encrypt"
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
    sid       = "Describe"
    actions   = ["kms:DescribeKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }
  }

  statement {
    sid       = "Bucket"
    actions   = ["kms:GenerateDataKey*", "kms:Decrypt"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }

    condition {
      test     = "StringLike"
      variable = "kms:ViaService"
      values   = ["s3.*.amazonaws.com"]
    }
  }
}

resource "aws_kms_key_policy" "logs" {
  key_id = aws_kms_key.logs.key_id
  policy = data.aws_iam_policy_document.key.json

  # Otherwise the provider puts the default policy back at the end, with an account in it that it
  # does not know without its checks.
  bypass_policy_lockout_safety_check = var.skip
}

data "aws_kms_alias" "logs" {
  name = aws_kms_alias.logs.name
}

# Nobody makes this one: it is there when it is asked for.
data "aws_kms_alias" "s3" {
  name = "alias/aws/s3"
}

output "key" {
  value = data.aws_kms_alias.logs.target_key_arn
}

output "s3_key" {
  value = data.aws_kms_alias.s3.target_key_arn
}
