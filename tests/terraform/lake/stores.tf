resource "aws_cloudtrail_event_data_store" "audit" {
  name                           = "audit"
  retention_period               = var.changed ? 30 : 90
  multi_region_enabled           = true
  termination_protection_enabled = false
  billing_mode                   = var.changed ? "EXTENDABLE_RETENTION_PRICING" : "FIXED_RETENTION_PRICING"

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
      field           = "eventName"
      not_starts_with = var.changed ? ["Tag", "Untag"] : ["Tag"]
    }
  }

  advanced_event_selector {
    name = "objects"

    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }

    field_selector {
      field  = "resources.type"
      equals = ["AWS::S3::Object"]
    }
  }

  tags = {
    team  = "security"
    state = var.changed ? "changed" : "new"
  }
}

# What is left to its default is planned as it is answered. The provider does not read whether a
# store is suspended, so it is not this one that is imported.
resource "aws_cloudtrail_event_data_store" "plain" {
  name                           = "plain"
  termination_protection_enabled = var.changed ? false : true
  suspend                        = var.changed
}

resource "aws_cloudtrail_event_data_store" "sealed" {
  name                           = "sealed"
  multi_region_enabled           = false
  termination_protection_enabled = false
  kms_key_id                     = aws_kms_key.lake.arn

  advanced_event_selector {
    name = "events from outside"

    field_selector {
      field  = "eventCategory"
      equals = ["ActivityAuditLog"]
    }
  }
}

output "imported" {
  value = aws_cloudtrail_event_data_store.audit.arn
}
