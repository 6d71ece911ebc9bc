resource "aws_sns_topic" "files" {
  name         = "cairn-terraform-files"
  display_name = var.changed ? "Log files" : null

  tags = {
    team = "security"
  }
}

data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "Tell"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.files.arn]

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
}

resource "aws_sns_topic_policy" "files" {
  arn    = aws_sns_topic.files.arn
  policy = data.aws_iam_policy_document.topic.json
}

resource "aws_sqs_queue" "dead" {
  name = "cairn-terraform-dead"
}

resource "aws_sqs_queue" "files" {
  name                       = "cairn-terraform-files"
  visibility_timeout_seconds = var.changed ? 600 : 300
  message_retention_seconds  = 86400
  receive_wait_time_seconds  = 10
  sqs_managed_sse_enabled    = true

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead.arn
    maxReceiveCount     = 5
  })

  tags = {
    team = "security"
  }
}

data "aws_iam_policy_document" "queue" {
  statement {
    sid       = "FromTopic"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.files.arn]

    principals {
      type        = "Service"
      identifiers = ["sns.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_sns_topic.files.arn]
    }
  }

  statement {
    sid       = "FromBucket"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.files.arn]

    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = [aws_s3_bucket.logs.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "files" {
  queue_url = aws_sqs_queue.files.id
  policy    = data.aws_iam_policy_document.queue.json
}

resource "aws_sns_topic_subscription" "files" {
  topic_arn            = aws_sns_topic.files.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.files.arn
  raw_message_delivery = var.changed
}
