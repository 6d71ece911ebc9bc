//! From the model's names to Rust's.

/// `S3BucketName` is `s3_bucket_name`, `TrailARN` is `trail_arn`.
pub(crate) fn snake(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (at, &character) in characters.iter().enumerate() {
        let after_word = at > 0 && !characters[at - 1].is_ascii_uppercase();
        let before_word = at > 0 && characters.get(at + 1).is_some_and(char::is_ascii_lowercase);
        if character.is_ascii_uppercase() && (after_word || before_word) {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    snake
}

/// The name of a field, escaped where Rust has the word for itself.
pub(crate) fn field(name: &str) -> String {
    let snake = snake(name);
    if snake == "type" { format!("r#{snake}") } else { snake }
}

/// The name of a static.
pub(crate) fn screaming(name: &str) -> String {
    snake(name).to_ascii_uppercase()
}

/// Whether serde's `PascalCase` makes the model's name out of the field's.
pub(crate) fn pascal_restores(name: &str) -> bool {
    let restored: String = snake(name).split('_').map(capitalised).collect();
    restored == name
}

/// `FAILED_SIGNING_FILE` is `FailedSigningFile`, `insight` is `Insight`.
pub(crate) fn variant(value: &str) -> String {
    if value.chars().any(|character| character.is_ascii_lowercase()) {
        return capitalised(value);
    }
    value.split('_').map(|word| capitalised(&word.to_ascii_lowercase())).collect()
}

/// `InvalidTimeRangeException` is `InvalidTimeRange`.
pub(crate) fn error_variant(code: &str) -> &str {
    code.strip_suffix("Exception").unwrap_or(code)
}

fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::{field, pascal_restores, screaming, snake, variant};

    #[test]
    fn fields() {
        let cases = [
            ("S3BucketName", "s3_bucket_name"),
            ("SnsTopicARN", "sns_topic_arn"),
            ("trailNameList", "trail_name_list"),
            ("LatestIngestionAttemptEventID", "latest_ingestion_attempt_event_id"),
            ("SQL", "sql"),
        ];
        for (name, expected) in cases {
            assert_eq!(snake(name), expected);
        }
        assert_eq!(field("Type"), "r#type");
        assert_eq!(screaming("UUID"), "UUID");
        assert!(pascal_restores("S3BucketName"));
        assert!(!pascal_restores("SnsTopicARN"));
    }

    #[test]
    fn variants() {
        assert_eq!(variant("FAILED_SIGNING_FILE"), "FailedSigningFile");
        assert_eq!(variant("insight"), "Insight");
        assert_eq!(variant("ApiCallRateInsight"), "ApiCallRateInsight");
    }
}
