# The provider turns the ARN of a topic of the trail's account into its name when it reads the trail,
# if it knows its account.
locals {
  topic = var.skip ? aws_sns_topic.files.arn : aws_sns_topic.files.name
}

resource "aws_cloudtrail" "audit" {
  name                          = "audit"
  s3_bucket_name                = aws_s3_bucket_policy.logs.bucket
  s3_key_prefix                 = "audit"
  sns_topic_name                = local.topic
  kms_key_id                    = var.changed ? null : aws_kms_key.logs.arn
  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = true
  enable_logging                = !var.changed

  advanced_event_selector {
    name = "what changes something"

    field_selector {
      field  = "eventCategory"
      equals = ["Management"]
    }

    field_selector {
      field  = "readOnly"
      equals = ["false"]
    }

    field_selector {
      field      = "eventSource"
      not_equals = ["kms.amazonaws.com", "rdsdata.amazonaws.com"]
    }
  }

  advanced_event_selector {
    name = var.changed ? "objects of two buckets" : "objects of one bucket"

    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }

    field_selector {
      field  = "resources.type"
      equals = ["AWS::S3::Object"]
    }

    field_selector {
      field = "resources.ARN"
      starts_with = concat(
        ["${aws_s3_bucket.notes.arn}/"],
        var.changed ? ["${aws_s3_bucket.sealed.arn}/"] : [],
      )
    }

    field_selector {
      field           = "eventName"
      not_starts_with = ["Head", "List"]
    }
  }

  tags = {
    team  = "security"
    stage = var.changed ? "second" : "first"
  }

  depends_on = [aws_kms_key_policy.logs, aws_sns_topic_policy.files]
}

resource "aws_cloudtrail" "basic" {
  name                          = "basic"
  s3_bucket_name                = aws_s3_bucket_policy.logs.bucket
  s3_key_prefix                 = "basic"
  sns_topic_name                = local.topic
  include_global_service_events = false

  event_selector {
    read_write_type                  = var.changed ? "WriteOnly" : "All"
    include_management_events        = true
    exclude_management_event_sources = ["kms.amazonaws.com"]

    data_resource {
      type   = "AWS::S3::Object"
      values = ["${aws_s3_bucket.notes.arn}/"]
    }

    data_resource {
      type   = "AWS::Lambda::Function"
      values = ["arn:${local.aws}:lambda"]
    }
  }

  insight_selector {
    insight_type = "ApiCallRateInsight"
  }

  dynamic "insight_selector" {
    for_each = var.changed ? [] : ["ApiErrorRateInsight"]

    content {
      insight_type = insight_selector.value
    }
  }

  depends_on = [aws_sns_topic_policy.files]
}

# The bare minimum: everything else is the provider's and the server's default.
resource "aws_cloudtrail" "plain" {
  name           = "plain"
  s3_bucket_name = aws_s3_bucket_policy.logs.bucket
}

output "imported" {
  value = aws_cloudtrail.audit.arn
}

output "home_region" {
  value = aws_cloudtrail.audit.home_region
}
