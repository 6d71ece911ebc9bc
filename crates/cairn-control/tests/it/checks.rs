//! What a new trail is refused for, in which order, in which words.

use cairn_ports::{KeyState, PortError};
use serde_json::{Value, json};

use crate::kit::{HOME, House, OWN};
use crate::ports::bucket_policy;

fn error(code: &str, text: &str) -> (String, String) {
    (code.to_owned(), text.to_owned())
}

fn with(members: Value) -> Value {
    let mut input = json!({ "Name": "main", "S3BucketName": "audit" });
    for (name, value) in members.as_object().unwrap() {
        input[name] = value.clone();
    }
    input
}

#[tokio::test]
async fn a_bad_name_is_told_by_its_first_flaw() {
    let house = House::open().await;
    let long = "a".repeat(129);
    let characters = "Trail name or ARN can only contain uppercase letters, lowercase letters, \
                      numbers, periods (.), hyphens (-), and underscores (_).";
    let cases = [
        (
            "",
            "Trail name too short. Minimum allowed length: 3 characters. \
              Specified name length: 0 characters.",
        ),
        (
            "a!",
            "Trail name too short. Minimum allowed length: 3 characters. \
                Specified name length: 2 characters.",
        ),
        (
            &*long,
            "Trail name too long. Maximum allowed length: 128 characters. \
                  Specified name length: 129 characters.",
        ),
        ("-trail!", "Trail name must starts with a letter or number."),
        ("trail!", "Trail name must ends with a letter or number."),
        ("tra!il", characters),
        ("arn:aws:cloudtrail", characters),
    ];
    for (name, text) in cases {
        let told = house.refused("CreateTrail", with(json!({ "Name": name }))).await;
        assert_eq!(told, error("InvalidTrailNameException", text), "{name}");
    }
    for name in ["my-_trail", "my--trail", "192.168.5.4"] {
        let told = house.refused("CreateTrail", with(json!({ "Name": name }))).await;
        assert_eq!(told.0, "InvalidTrailNameException", "{name}");
    }
    for name in ["abc", &"a".repeat(128), "a.b-c_d", "1.2.3"] {
        let input = with(json!({ "Name": name }));
        house.call("CreateTrail", input).await.unwrap();
        house.call("DeleteTrail", json!({ "Name": name })).await.unwrap();
    }
}

#[tokio::test]
async fn the_first_thing_that_is_wrong_is_told() {
    let house = House::open().await;
    // Everything is wrong at first; each step mends what was told.
    let mut input = json!({
        "Name": "ab", "S3BucketName": "no-such", "IsMultiRegionTrail": true,
        "IncludeGlobalServiceEvents": false, "IsOrganizationTrail": true, "SnsTopicName": "gone",
        "CloudWatchLogsLogGroupArn": "arn:aws:logs:eu-central-1:111122223333:log-group:g:*",
        "KmsKeyId": "no-such-key",
    });
    let steps = [
        ("InvalidTrailNameException", "Name", json!("main")),
        ("InvalidParameterCombinationException", "IncludeGlobalServiceEvents", json!(true)),
        ("OrganizationsNotInUseException", "IsOrganizationTrail", json!(false)),
        ("S3BucketDoesNotExistException", "S3BucketName", json!("audit")),
        ("InsufficientSnsTopicPolicyException", "SnsTopicName", Value::Null),
        (
            "InvalidCloudWatchLogsRoleArnException",
            "CloudWatchLogsRoleArn",
            json!("arn:aws:iam::1:role/r"),
        ),
        ("InvalidCloudWatchLogsLogGroupArnException", "CloudWatchLogsLogGroupArn", Value::Null),
        ("InvalidCloudWatchLogsLogGroupArnException", "CloudWatchLogsRoleArn", Value::Null),
        ("KmsKeyNotFoundException", "KmsKeyId", Value::Null),
    ];
    for (code, member, mended) in steps {
        assert_eq!(house.refused("CreateTrail", input.clone()).await.0, code);
        input[member] = mended;
    }
    house.call("CreateTrail", input).await.unwrap();
}

#[tokio::test]
async fn combinations_and_organizations_have_their_texts() {
    let house = House::open().await;
    let input = with(json!({ "IsMultiRegionTrail": true, "IncludeGlobalServiceEvents": false }));
    let told = house.refused("CreateTrail", input).await;
    let text = "Multi-Region trail must include global service events.";
    assert_eq!(told, error("InvalidParameterCombinationException", text));
    let input = with(json!({ "IsOrganizationTrail": true, "EnableLogFileValidation": true,
                             "KmsKeyId": "alias/none" }));
    let told = house.refused("CreateTrail", input).await;
    let text = "Your account is not a member of an organization. To make this request, you must \
                use the credentials of an account that belongs to an organization.";
    assert_eq!(told, error("OrganizationsNotInUseException", text));
}

#[tokio::test]
async fn a_bucket_must_be_there_and_let_cloudtrail_write() {
    let house = House::open().await;
    let told = house.refused("CreateTrail", with(json!({ "S3BucketName": "gone" }))).await;
    assert_eq!(told, error("S3BucketDoesNotExistException", "S3 bucket gone does not exist!"));
    for bad in ["", "ab", "-ab", "a..b", "a b", "10.0.0.1"] {
        let told = house.refused("CreateTrail", with(json!({ "S3BucketName": bad }))).await;
        assert_eq!(told.0, "InvalidS3BucketNameException", "{bad:?}");
    }
    let incorrect = error(
        "InsufficientS3BucketPolicyException",
        "Incorrect S3 bucket policy is detected for bucket: audit",
    );
    let prefixed = with(json!({ "S3KeyPrefix": "p" }));
    assert_eq!(house.refused("CreateTrail", prefixed.clone()).await, incorrect);
    let good = bucket_policy("audit", "");
    let mut write_only = good.clone();
    write_only["Statement"].as_array_mut().unwrap().remove(0);
    let mut read_only = good.clone();
    read_only["Statement"].as_array_mut().unwrap().remove(1);
    let none = Ok(None);
    let no_policy = Err(PortError::missing("NoSuchBucketPolicy", ""));
    let texts = [write_only.to_string(), read_only.to_string(), "not JSON".to_owned()];
    let policies = texts.into_iter().map(|text| Ok(Some(text))).chain([none, no_policy]);
    for policy in policies {
        house.world.change("audit", |bucket| bucket.policy = policy.clone());
        assert_eq!(house.refused("CreateTrail", with(json!({}))).await, incorrect, "{policy:?}");
    }
    house.world.bucket("audit", "p/");
    house.call("CreateTrail", prefixed).await.unwrap();
    house.world.change("audit", |bucket| bucket.info.as_mut().unwrap().requester_pays = true);
    let second = with(json!({ "Name": "second", "S3KeyPrefix": "p" }));
    assert_eq!(house.refused("CreateTrail", second).await, incorrect);
    let long = with(json!({ "Name": "second", "S3KeyPrefix": "p".repeat(201) }));
    assert_eq!(house.refused("CreateTrail", long).await.0, "InvalidS3PrefixException");
}

#[tokio::test]
async fn a_policy_is_for_this_trail_this_account_and_this_key() {
    let house = House::open().await;
    let key = house.world.key("k-1");
    let told = async |condition: Value, input: Value| {
        let mut policy = bucket_policy("audit", "");
        policy["Statement"][1]["Condition"] = condition;
        let text = policy.to_string();
        house.world.change("audit", |bucket| bucket.policy = Ok(Some(text)));
        let made = house.call("CreateTrail", input).await;
        if made.is_ok() {
            house.call("DeleteTrail", json!({ "Name": "main" })).await.unwrap();
        }
        made.map(drop).map_err(|fault| fault.code)
    };
    let equals = |name: &str, value: &str| json!({ "StringEquals": { name: value } });
    let arn = format!("arn:aws:cloudtrail:{HOME}:{OWN}:trail/main");
    let encryption = "s3:x-amz-server-side-encryption-aws-kms-key-id";
    let (plain, sealed) = (with(json!({})), with(json!({ "KmsKeyId": "alias/k-1" })));
    let good = [
        (equals("aws:SourceArn", &arn), &plain),
        (equals("aws:SourceAccount", OWN), &plain),
        (
            json!({ "ArnLike": { "aws:SourceArn": format!("arn:aws:cloudtrail:*:{OWN}:trail/*") } }),
            &plain,
        ),
        (equals(encryption, &key), &sealed),
    ];
    for (condition, input) in good {
        assert_eq!(told(condition.clone(), input.clone()).await, Ok(()), "{condition}");
    }
    let bad = [
        (equals("aws:SourceArn", &format!("{arn}-2")), &plain),
        (equals("aws:SourceAccount", "444455556666"), &plain),
        (equals(encryption, "arn:aws:kms:eu-central-1:111122223333:key/k-2"), &sealed),
        (equals(encryption, &key), &plain),
    ];
    for (condition, input) in bad {
        let code = told(condition.clone(), input.clone()).await.unwrap_err();
        assert_eq!(code, "InsufficientS3BucketPolicyException", "{condition}");
    }
}

#[tokio::test]
async fn a_store_that_does_not_show_its_policy_is_believed() {
    let house = House::open().await;
    house.world.change("audit", |bucket| {
        bucket.info = Err(PortError::denied("somebody else's"));
        bucket.policy = Err(PortError::denied("not for you"));
    });
    house.call("CreateTrail", with(json!({}))).await.unwrap();
    let away = PortError::unavailable("no answer");
    house.world.change("audit", |bucket| bucket.info = Err(away));
    let fault = house.call("CreateTrail", with(json!({ "Name": "second" }))).await.unwrap_err();
    assert_eq!((fault.status, &*fault.code), (503, "ServiceUnavailable"));
}

#[tokio::test]
async fn a_topic_is_found_by_name_and_by_arn() {
    let house = House::open().await;
    let arn = house.world.topic("news");
    for (trail, given) in [("by-name", "news"), ("by-arn", &*arn)] {
        let input = with(json!({ "Name": trail, "SnsTopicName": given }));
        let made = house.call("CreateTrail", input).await.unwrap();
        assert_eq!((&made["SnsTopicName"], &made["SnsTopicARN"]), (&json!(given), &json!(arn)));
    }
    let refused = error(
        "InsufficientSnsTopicPolicyException",
        "SNS Topic does not exist or the topic policy is incorrect!",
    );
    let input = with(json!({ "SnsTopicName": "gone" }));
    assert_eq!(house.refused("CreateTrail", input).await, refused);
    let policy = |text: Option<&str>| {
        let mut topics = house.world.topics.lock().unwrap();
        topics.get_mut(&arn).unwrap().policy = text.map(str::to_owned);
    };
    policy(Some("{}"));
    let input = with(json!({ "SnsTopicName": "news" }));
    assert_eq!(house.refused("CreateTrail", input.clone()).await, refused);
    policy(None);
    house.call("CreateTrail", input).await.unwrap();
    for bad in ["a b", &"a".repeat(257), "arn:aws:s3:eu-central-1:111122223333:x"] {
        let input = with(json!({ "Name": "second", "SnsTopicName": bad }));
        assert_eq!(house.refused("CreateTrail", input).await.0, "InvalidSnsTopicNameException");
    }
}

#[tokio::test]
async fn a_key_comes_back_as_its_arn() {
    let house = House::open().await;
    let arn = house.world.key("k-1");
    let forms = ["k-1", "alias/k-1", &*arn, "arn:aws:kms:eu-central-1:111122223333:alias/k-1"];
    for (index, given) in forms.into_iter().enumerate() {
        let input = with(json!({ "Name": format!("t-{index}"), "KmsKeyId": given }));
        let made = house.call("CreateTrail", input).await.unwrap();
        assert_eq!(made["KmsKeyId"], json!(arn));
        assert_eq!(house.newest_plan().await.document.kms_key_arn.as_ref(), Some(&arn));
        house.call("DeleteTrail", json!({ "Name": format!("t-{index}") })).await.unwrap();
    }
    let input = with(json!({ "KmsKeyId": "k-1" }));
    let told = house.refused("CreateTrail", with(json!({ "KmsKeyId": "k-2" }))).await;
    assert_eq!(told.0, "KmsKeyNotFoundException");
    for bad in ["a b", "key/k-1", "arn:aws:s3:::b", "alias/"] {
        let told = house.refused("CreateTrail", with(json!({ "KmsKeyId": bad }))).await;
        assert_eq!(told.0, "InvalidKmsKeyIdException", "{bad}");
    }
    let change = |change: fn(&mut crate::ports::Key)| {
        change(house.world.keys.lock().unwrap().get_mut("k-1").unwrap());
    };
    change(|key| key.usable = Err(PortError::denied("the policy says no")));
    let text = format!("Insufficient permissions to access S3 bucket audit or KMS key {arn}.");
    let told = house.refused("CreateTrail", input.clone()).await;
    assert_eq!(told, error("InsufficientEncryptionPolicyException", &text));
    change(|key| key.info.state = KeyState::Disabled);
    assert_eq!(house.refused("CreateTrail", input.clone()).await.0, "KmsException");
    change(|key| {
        key.info.state = KeyState::Enabled;
        key.info.region = "us-east-1".to_owned();
    });
    assert_eq!(house.refused("CreateTrail", input.clone()).await.0, "KmsKeyNotFoundException");
    change(|key| key.info.symmetric = false);
    assert_eq!(house.refused("CreateTrail", input).await.0, "KmsKeyNotFoundException");
}

#[tokio::test]
async fn a_new_trail_makes_its_folders() {
    let house = House::open().await;
    house.call("CreateTrail", with(json!({ "EnableLogFileValidation": true }))).await.unwrap();
    let root = format!("AWSLogs/{OWN}/");
    let folders = ["", "CloudTrail/", "CloudTrail-Digest/"].map(|name| format!("{root}{name}"));
    assert_eq!(house.world.objects("audit"), folders);
}

#[tokio::test]
async fn tags_are_checked_before_the_trail_is_made() {
    let house = House::open().await;
    let tag = |key: &str| json!({ "Key": key, "Value": "v" });
    for tags in [vec![tag("a"), tag("a")], vec![tag("aws:x")]] {
        let told = house.refused("CreateTrail", with(json!({ "TagsList": tags }))).await;
        assert_eq!(told.0, "InvalidTagParameterException");
    }
    let many: Vec<Value> = (0..51).map(|index| tag(&format!("k{index}"))).collect();
    let told = house.refused("CreateTrail", with(json!({ "TagsList": many }))).await;
    assert_eq!(told.0, "TagsLimitExceededException");
    let listed = house.call("ListTrails", json!({})).await.unwrap();
    assert_eq!(listed, json!({ "Trails": [] }));
    let told = house.refused("CreateTrail", json!({ "Name": "main" })).await;
    assert_eq!(told.0, "ValidationException");
}
