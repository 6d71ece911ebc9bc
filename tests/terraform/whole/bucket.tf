resource "aws_s3_bucket" "logs" {
  bucket        = "cairn-terraform-logs"
  force_destroy = true

  tags = {
    team = "security"
  }
}

data "aws_iam_policy_document" "logs" {
  statement {
    sid       = "AclCheck"
    actions   = ["s3:GetBucketAcl"]
    resources = [aws_s3_bucket.logs.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = [local.trails]
    }
  }

  statement {
    sid     = "Write"
    actions = ["s3:PutObject"]
    resources = [
      for prefix in ["", "audit/", "basic/"] :
      "${aws_s3_bucket.logs.arn}/${prefix}AWSLogs/${local.account}/*"
    ]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "s3:x-amz-acl"
      values   = ["bucket-owner-full-control"]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = [local.trails]
    }
  }

  statement {
    sid       = "OnlyTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = ["${aws_s3_bucket.logs.arn}/secret/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id
  policy = data.aws_iam_policy_document.logs.json
}

resource "aws_s3_bucket_public_access_block" "logs" {
  bucket                  = aws_s3_bucket.logs.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "logs" {
  bucket = aws_s3_bucket.logs.id

  versioning_configuration {
    status = var.changed ? "Suspended" : "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.logs.arn
    }
  }
}

resource "aws_s3_bucket_ownership_controls" "logs" {
  bucket = aws_s3_bucket.logs.id

  rule {
    object_ownership = var.changed ? "BucketOwnerEnforced" : "BucketOwnerPreferred"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id

  rule {
    id     = "old"
    status = "Enabled"

    filter {
      prefix = "audit/"
    }

    transition {
      days          = 30
      storage_class = "STANDARD_IA"
    }

    expiration {
      days = var.changed ? 400 : 365
    }

    noncurrent_version_expiration {
      noncurrent_days = 30
    }
  }

  rule {
    id     = "unfinished"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.logs]
}

resource "aws_s3_bucket_notification" "logs" {
  bucket = aws_s3_bucket.logs.id

  queue {
    id            = "digests"
    queue_arn     = aws_sqs_queue.files.arn
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = "audit/"
    filter_suffix = ".json.gz"
  }

  depends_on = [aws_sqs_queue_policy.files]
}

# A bucket that nothing leaves before its time.
resource "aws_s3_bucket" "sealed" {
  bucket              = "cairn-terraform-sealed"
  object_lock_enabled = true
  force_destroy       = true
}

resource "aws_s3_bucket_versioning" "sealed" {
  bucket = aws_s3_bucket.sealed.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_object_lock_configuration" "sealed" {
  bucket = aws_s3_bucket.sealed.id

  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = var.changed ? 2 : 1
    }
  }

  depends_on = [aws_s3_bucket_versioning.sealed]
}

# A bucket under the key that S3 has of its own.
resource "aws_s3_bucket" "notes" {
  bucket        = "cairn-terraform-notes"
  force_destroy = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "notes" {
  bucket = aws_s3_bucket.notes.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "aws:kms"
    }
  }
}

resource "aws_s3_object" "note" {
  bucket  = aws_s3_bucket_server_side_encryption_configuration.notes.bucket
  key     = "note.txt"
  content = var.changed ? "the second" : "the first"

  tags = {
    kind = "note"
  }
}

data "aws_s3_bucket" "logs" {
  bucket = aws_s3_bucket.logs.bucket
}

output "bucket_region" {
  value = data.aws_s3_bucket.logs.region
}
