//! What records call an operation, where that is not its name.

pub(super) fn event_name(service: &str, operation: &str) -> String {
    let found = match service {
        "s3" => renamed(S3, operation),
        "s3control" => renamed(S3_CONTROL, operation),
        "lambda" => LAMBDA
            .iter()
            .find(|(_, names)| names.contains(&operation))
            .map(|(suffix, _)| format!("{operation}{suffix}")),
        "cloudfront" if FUNCTIONS.contains(&operation) => Some(format!("{operation}2020_05_31")),
        _ => None,
    };
    found.unwrap_or_else(|| operation.to_owned())
}

fn renamed(table: &[(&str, &str)], operation: &str) -> Option<String> {
    table.iter().find(|(name, _)| *name == operation).map(|(_, event)| (*event).to_owned())
}

/// S3 has kept the names of its first API, and says of locks and blocks what has them.
const S3: &[(&str, &str)] = &[
    ("DeletePublicAccessBlock", "DeleteBucketPublicAccessBlock"),
    ("GetBucketAccelerateConfiguration", "GetAccelerateConfiguration"),
    ("GetBucketLifecycleConfiguration", "GetBucketLifecycle"),
    ("GetBucketNotificationConfiguration", "GetBucketNotification"),
    ("GetObjectLockConfiguration", "GetBucketObjectLockConfiguration"),
    ("GetPublicAccessBlock", "GetBucketPublicAccessBlock"),
    ("ListObjectsV2", "ListObjects"),
    ("PutBucketAccelerateConfiguration", "PutAccelerateConfiguration"),
    ("PutBucketLifecycleConfiguration", "PutBucketLifecycle"),
    ("PutBucketNotificationConfiguration", "PutBucketNotification"),
    ("PutObjectLockConfiguration", "PutBucketObjectLockConfiguration"),
    ("PutPublicAccessBlock", "PutBucketPublicAccessBlock"),
];

const S3_CONTROL: &[(&str, &str)] = &[
    ("DeletePublicAccessBlock", "DeleteAccountPublicAccessBlock"),
    ("GetPublicAccessBlock", "GetAccountPublicAccessBlock"),
    ("PutPublicAccessBlock", "PutAccountPublicAccessBlock"),
];

/// Lambda appends the date of the API that an operation came with, and a second form of it; it
/// stopped doing so in 2019.
const LAMBDA: &[(&str, &[&str])] = &[
    (
        "20150331",
        &[
            "CreateAlias",
            "CreateEventSourceMapping",
            "CreateFunction",
            "DeleteAlias",
            "DeleteEventSourceMapping",
            "DeleteFunction",
            "GetAlias",
            "GetEventSourceMapping",
            "ListAliases",
            "ListEventSourceMappings",
            "ListFunctions",
            "ListVersionsByFunction",
            "PublishVersion",
            "UpdateAlias",
            "UpdateEventSourceMapping",
        ],
    ),
    (
        "20150331v2",
        &[
            "AddPermission",
            "GetFunction",
            "GetFunctionConfiguration",
            "GetPolicy",
            "RemovePermission",
            "UpdateFunctionCode",
            "UpdateFunctionConfiguration",
        ],
    ),
    ("20160819", &["GetAccountSettings"]),
    ("20170331", &["ListTags"]),
    ("20170331v2", &["TagResource", "UntagResource"]),
    ("20171031", &["DeleteFunctionConcurrency", "PutFunctionConcurrency"]),
    (
        "20181031",
        &[
            "AddLayerVersionPermission",
            "DeleteLayerVersion",
            "GetLayerVersion",
            "GetLayerVersionByArn",
            "GetLayerVersionPolicy",
            "ListLayerVersions",
            "ListLayers",
            "PublishLayerVersion",
            "RemoveLayerVersionPermission",
        ],
    ),
];

/// CloudFront dates the operations of functions, and no others.
const FUNCTIONS: &[&str] = &[
    "CreateFunction",
    "DeleteFunction",
    "DescribeFunction",
    "GetFunction",
    "ListFunctions",
    "PublishFunction",
    "TestFunction",
    "UpdateFunction",
];

#[cfg(test)]
mod tests {
    use super::event_name;

    #[test]
    fn old_names_and_dates_are_known() {
        let cases = [
            ("s3", "ListObjectsV2", "ListObjects"),
            ("s3", "PutObject", "PutObject"),
            ("s3", "GetPublicAccessBlock", "GetBucketPublicAccessBlock"),
            ("s3control", "GetPublicAccessBlock", "GetAccountPublicAccessBlock"),
            ("lambda", "UpdateFunctionCode", "UpdateFunctionCode20150331v2"),
            ("lambda", "Invoke", "Invoke"),
            ("cloudfront", "PublishFunction", "PublishFunction2020_05_31"),
            ("cloudfront", "CreateDistribution", "CreateDistribution"),
        ];
        for (service, operation, event) in cases {
            assert_eq!(event_name(service, operation), event);
        }
    }
}
