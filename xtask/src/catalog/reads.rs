//! Which operations read (`readOnly` in records).
//!
//! The services decide one by one; names tell nearly always. The model's own mark is believed
//! where the name says neither.

/// How names of reads begin.
const READS: &[&str] = &[
    "BatchGet", "Check", "Describe", "Discover", "Estimate", "Get", "Head", "List", "Lookup",
    "Preview", "Query", "Scan", "Search", "Select", "Simulate", "Test", "Validate", "Verify",
    "View",
];

/// How names of what starts or ends something begin, whatever the model says.
const ACTS: &[&str] = &["BatchStart", "Start", "Stop"];

/// Reads, for all that their names say.
const ALSO_READ: &[(&str, &[&str], &str)] = &[
    ("bedrock-runtime", BEDROCK_RUNTIME, "what a model answers changes nothing"),
    ("dynamodb", &["TransactGetItems"], "only gets"),
    ("ecr", &["BatchCheckLayerAvailability"], "only asks"),
    ("kinesis", &["SubscribeToShard"], "gets records"),
    ("kms", KMS, "keys are used, not changed"),
    ("logs", &["FilterLogEvents", "StartLiveTail", "StartQuery"], "queries over what is logged"),
    ("s3", &["PreflightRequest"], "a browser asks what it may do"),
    ("sqs", &["ReceiveMessage"], "seen so in records"),
    ("sts", STS, "seen so in records"),
    ("timestream-query", &["PrepareQuery"], "only parses"),
];

const BEDROCK_RUNTIME: &[&str] = &[
    "ApplyGuardrail",
    "Converse",
    "ConverseStream",
    "CountTokens",
    "InvokeModel",
    "InvokeModelWithBidirectionalStream",
    "InvokeModelWithResponseStream",
];

const KMS: &[&str] = &[
    "Decapsulate",
    "Decrypt",
    "DeriveSharedSecret",
    "Encapsulate",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GenerateRandom",
    "ReEncrypt",
    "Sign",
];

const STS: &[&str] = &[
    "AssumeRole",
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "AssumeRoot",
    "DecodeAuthorizationMessage",
];

/// Writes, for all that their names say.
const ALSO_WRITE: &[(&str, &[&str], &str)] = &[
    ("account", &["VerifyPhoneNumber"], "the number counts as verified from then on"),
    ("codecommit", &["TestRepositoryTriggers"], "the triggers are sent"),
    ("cognito-idp", &["VerifySoftwareToken", "VerifyUserAttribute"], "a factor is set up"),
    ("elasticache", &["TestFailover", "TestMigration"], "a node fails over, data moves"),
    ("iotwireless", &["TestWirelessDevice"], "the device is sent a message"),
    ("license-manager", &["CheckInLicense"], "a license is given back"),
    ("lightsail", &["TestAlarm"], "the alarm changes its state"),
    ("pinpoint-sms-voice-v2", &["VerifyDestinationNumber"], "verified from then on"),
    ("securityagent", &["VerifyTargetDomain"], "verified from then on"),
    ("ses", SES, "an identity is made, and mail sent"),
    ("sns", &["VerifySMSSandboxPhoneNumber"], "verified from then on"),
    ("sts", &["GetFederationToken", "GetSessionToken"], "seen so in records"),
];

const SES: &[&str] =
    &["VerifyDomainDkim", "VerifyDomainIdentity", "VerifyEmailAddress", "VerifyEmailIdentity"];

pub(super) fn is_read(service: &str, operation: &str, marked: bool) -> bool {
    if in_table(ALSO_READ, service, operation) {
        return true;
    }
    if in_table(ALSO_WRITE, service, operation) {
        return false;
    }
    begins(operation, READS) || (marked && !begins(operation, ACTS))
}

fn in_table(table: &[(&str, &[&str], &str)], service: &str, operation: &str) -> bool {
    table.iter().any(|(name, operations, _)| *name == service && operations.contains(&operation))
}

/// Whether the first word or words are one of these: `CheckoutLicense` checks nothing.
fn begins(name: &str, words: &[&str]) -> bool {
    let rest = words.iter().filter_map(|word| name.strip_prefix(word));
    rest.map(|rest| rest.chars().next()).any(|next| next.is_none_or(|next| !next.is_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::is_read;

    #[test]
    fn names_tell_reads_but_for_the_exceptions() {
        let cases = [
            ("ec2", "DescribeInstances", true),
            ("ec2", "RunInstances", false),
            ("license-manager", "CheckoutLicense", false),
            ("kms", "Decrypt", true),
            ("kms", "CreateKey", false),
            ("sts", "AssumeRole", true),
            ("sts", "GetSessionToken", false),
            ("dynamodb", "Query", true),
            ("dynamodb", "ExecuteStatement", false),
            ("athena", "StartQueryExecution", false),
            ("logs", "StartQuery", true),
        ];
        for (service, operation, reads) in cases {
            assert_eq!(is_read(service, operation, false), reads, "{service} {operation}");
        }
    }

    #[test]
    fn the_model_is_believed_where_the_name_says_nothing() {
        assert!(is_read("verifiedpermissions", "IsAuthorized", true));
        assert!(!is_read("ivs", "StartViewerSessionRevocation", true));
    }
}
