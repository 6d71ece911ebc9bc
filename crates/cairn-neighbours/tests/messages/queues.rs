//! Queues and their messages.

use cairn_task::StopReason;
use serde_json::{Value, json};

use crate::kit::{House, OTHER, OWN, admin, reader};

#[tokio::test]
async fn a_message_is_received_once_until_its_timeout_and_then_deleted() {
    let house = House::open().await;
    let url = house.queue("trail", json!({})).await;
    assert_eq!(url, format!("http://127.0.0.1:9/{OWN}/trail"));
    let sent = house
        .sqs(
            "SendMessage",
            json!({
                "QueueUrl": url,
                "MessageBody": "hello",
                "MessageAttributes": {
                    "timestamp": {"StringValue": "1493147359900", "DataType": "Number"},
                },
            }),
        )
        .await;
    assert_eq!(sent["MD5OfMessageBody"], "5d41402abc4b2a76b9719d911017c592");
    assert_eq!(sent["MD5OfMessageAttributes"], "235c5c510d26fb653d073faed50ae77c");

    let first = &house.receive(&url).await[0];
    assert_eq!(first["MessageId"], sent["MessageId"]);
    assert_eq!(first["Body"], "hello");
    assert_eq!(first["MD5OfBody"], sent["MD5OfMessageBody"]);
    assert_eq!(first["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"]);
    assert_eq!(first["Attributes"]["ApproximateReceiveCount"], "1");
    assert_eq!(first["Attributes"]["SentTimestamp"], "1700000000000");
    assert_eq!(house.receive(&url).await, Vec::<Value>::new());
    house.advance(30);
    let second = &house.receive(&url).await[0];
    assert_eq!(second["Attributes"]["ApproximateReceiveCount"], "2");
    // The first handle no longer stands for it, the second does.
    for (handle, left) in [(first, 1), (second, 0)] {
        house
            .sqs(
                "DeleteMessage",
                json!({"QueueUrl": url, "ReceiptHandle": handle["ReceiptHandle"]}),
            )
            .await;
        assert_eq!(counts(&house, &url).await, (0, left, 0));
    }
}

#[tokio::test]
async fn an_accepted_message_is_there_after_a_restart() {
    let house = House::open().await;
    let url = house.queue("trail", json!({})).await;
    house.sqs("SendMessage", json!({"QueueUrl": url, "MessageBody": "kept"})).await;
    house.store.close().await;
    let house = house.reopen().await;
    assert_eq!(house.receive(&url).await[0]["Body"], "kept");
}

#[tokio::test]
async fn creating_again_is_fine_only_with_the_same_attributes() {
    let house = House::open().await;
    let url = house.queue("trail", json!({"VisibilityTimeout": "60"})).await;
    assert_eq!(house.queue("trail", json!({"VisibilityTimeout": "60"})).await, url);
    assert_eq!(house.queue("trail", json!({})).await, url);
    let body = json!({"QueueName": "trail", "Attributes": {"VisibilityTimeout": "61"}});
    let answer = house.refused("CreateQueue", body, "QueueNameExists").await;
    assert_eq!(answer.query_error, "QueueAlreadyExists;Sender");
    assert_eq!(
        answer.message(),
        "A queue already exists with the same name and a different value for attribute \
         VisibilityTimeout"
    );
    for (body, fault) in [
        (json!({}), "MissingRequiredParameterException"),
        (json!({"QueueName": "a b"}), "InvalidParameterValueException"),
        (json!({"QueueName": "a.fifo"}), "UnsupportedOperation"),
        (json!({"QueueName": "a", "Attributes": {"FifoQueue": "true"}}), "UnsupportedOperation"),
        (json!({"QueueName": "a", "Attributes": {"Nope": "1"}}), "InvalidAttributeName"),
        (json!({"QueueName": "a", "Attributes": {"DelaySeconds": "901"}}), "InvalidAttributeValue"),
        (json!({"QueueName": "a", "Attributes": {"Policy": "{}"}}), "InvalidAttributeValue"),
        (json!({"QueueName": 7}), "SerializationException"),
    ] {
        house.refused("CreateQueue", body, fault).await;
    }
    let answer = house
        .refused(
            "GetQueueAttributes",
            json!({"QueueUrl": format!("http://x/{OWN}/none")}),
            "QueueDoesNotExist",
        )
        .await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.body["__type"], "com.amazonaws.sqs#QueueDoesNotExist");
    assert_eq!(answer.query_error, "AWS.SimpleQueueService.NonExistentQueue;Sender");
    house.refused("Nonsense", json!({}), "UnknownOperationException").await;
}

#[tokio::test]
async fn attributes_have_their_defaults_and_change() {
    let house = House::open().await;
    let url = house.queue("trail", json!({"DelaySeconds": "5"})).await;
    let all = json!({"QueueUrl": url, "AttributeNames": ["All"]});
    let found = house.sqs("GetQueueAttributes", all.clone()).await;
    let expected = json!({
        "ApproximateNumberOfMessages": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
        "ApproximateNumberOfMessagesNotVisible": "0",
        "CreatedTimestamp": "1700000000",
        "DelaySeconds": "5",
        "LastModifiedTimestamp": "1700000000",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "QueueArn": format!("arn:aws:sqs:eu-central-1:{OWN}:trail"),
        "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "true",
        "VisibilityTimeout": "30",
    });
    assert_eq!(found["Attributes"], expected);
    house.advance(9);
    let change = json!({"KmsMasterKeyId": "alias/x", "DelaySeconds": "0"});
    house.sqs("SetQueueAttributes", json!({"QueueUrl": url, "Attributes": change})).await;
    let found = house.sqs("GetQueueAttributes", all).await["Attributes"].take();
    assert_eq!(found["LastModifiedTimestamp"], "1700000009");
    assert_eq!(found["SqsManagedSseEnabled"], "false");
    assert_eq!(found["KmsDataKeyReusePeriodSeconds"], "300");
    house.sqs("TagQueue", json!({"QueueUrl": url, "Tags": {"a": "1", "b": "2"}})).await;
    house.sqs("UntagQueue", json!({"QueueUrl": url, "TagKeys": ["a"]})).await;
    let tags = house.sqs("ListQueueTags", json!({"QueueUrl": url})).await;
    assert_eq!(tags, json!({"Tags": {"b": "2"}}));
}

#[tokio::test]
async fn what_nobody_works_on_goes_to_the_dead_letters() {
    let house = House::open().await;
    let dead = house.queue("dead", json!({})).await;
    let redrive = json!({
        "deadLetterTargetArn": format!("arn:aws:sqs:eu-central-1:{OWN}:dead"),
        "maxReceiveCount": 2,
    });
    let attributes = json!({"RedrivePolicy": redrive.to_string(), "VisibilityTimeout": "10"});
    let url = house.queue("trail", attributes).await;
    for body in ["a", "b"] {
        house.sqs("SendMessage", json!({"QueueUrl": url, "MessageBody": body})).await;
    }
    for _ in 0..2 {
        assert_eq!(house.receive(&url).await.len(), 2);
        house.advance(10);
    }
    assert_eq!(house.receive(&url).await, Vec::<Value>::new());
    assert_eq!(counts(&house, &url).await, (0, 0, 0));
    let found = house.receive(&dead).await;
    assert_eq!(found.len(), 2);
    let attributes = &found[0]["Attributes"];
    assert_eq!(
        attributes["DeadLetterQueueSourceArn"],
        format!("arn:aws:sqs:eu-central-1:{OWN}:trail")
    );
    assert_eq!(attributes["ApproximateReceiveCount"], "3");
    let sources = house.sqs("ListDeadLetterSourceQueues", json!({"QueueUrl": dead})).await;
    assert_eq!(sources["queueUrls"], json!([url]));
}

#[tokio::test]
async fn without_its_dead_letter_queue_a_message_stays() {
    let house = House::open().await;
    let redrive = json!({
        "deadLetterTargetArn": format!("arn:aws:sqs:eu-central-1:{OWN}:none"),
        "maxReceiveCount": 1,
    });
    let url = house.queue("trail", json!({"RedrivePolicy": redrive.to_string()})).await;
    house.sqs("SendMessage", json!({"QueueUrl": url, "MessageBody": "a"})).await;
    for _ in 0..3 {
        assert_eq!(house.receive(&url).await.len(), 1);
        house.advance(30);
    }
}

#[tokio::test]
async fn visibility_changes_only_in_flight() {
    let house = House::open().await;
    let url = house.queue("trail", json!({})).await;
    house.sqs("SendMessage", json!({"QueueUrl": url, "MessageBody": "a"})).await;
    let handle = house.receive(&url).await[0]["ReceiptHandle"].clone();
    let change = |seconds: i64| json!({"QueueUrl": url, "ReceiptHandle": handle, "VisibilityTimeout": seconds});
    house.sqs("ChangeMessageVisibility", change(100)).await;
    house.advance(99);
    assert_eq!(house.receive(&url).await.len(), 0);
    house
        .refused("ChangeMessageVisibility", change(43_200), "InvalidParameterValueException")
        .await;
    house.sqs("ChangeMessageVisibility", change(0)).await;
    house.refused("ChangeMessageVisibility", change(5), "MessageNotInflight").await;
    assert_eq!(house.receive(&url).await.len(), 1);
    house.refused("ChangeMessageVisibility", change(5), "InvalidParameterValueException").await;
    let other = house.queue("other", json!({})).await;
    let foreign = json!({"QueueUrl": other, "ReceiptHandle": handle, "VisibilityTimeout": 1});
    house.refused("ChangeMessageVisibility", foreign, "ReceiptHandleIsInvalid").await;
}

#[tokio::test]
async fn delayed_and_expired_messages_are_not_received() {
    let house = House::open().await;
    let url = house.queue("trail", json!({"MessageRetentionPeriod": "60"})).await;
    let body = json!({"QueueUrl": url, "MessageBody": "late", "DelaySeconds": 20});
    house.sqs("SendMessage", body).await;
    assert_eq!(house.receive(&url).await.len(), 0);
    assert_eq!(counts(&house, &url).await, (0, 0, 1));
    house.advance(20);
    assert_eq!(house.receive(&url).await.len(), 1);
    house.advance(40);
    assert_eq!(house.receive(&url).await.len(), 0);
    assert!(!house.sqs.expire(cairn_core::Clock::now(&*house.clock)).await.unwrap());
    assert_eq!(counts(&house, &url).await, (0, 0, 0));
}

#[tokio::test]
async fn batches_answer_for_each_entry() {
    let house = House::open().await;
    let url = house.queue("trail", json!({})).await;
    let entries = json!([
        {"Id": "good", "MessageBody": "x"},
        {"Id": "bad", "MessageBody": "\u{1}"},
    ]);
    let done = house.sqs("SendMessageBatch", json!({"QueueUrl": url, "Entries": entries})).await;
    assert_eq!(done["Successful"][0]["Id"], "good");
    assert_eq!(done["Failed"][0]["Code"], "InvalidMessageContents");
    assert_eq!(done["Failed"][0]["SenderFault"], true);
    let handle = house.receive(&url).await[0]["ReceiptHandle"].clone();
    let entries = json!([{"Id": "a", "ReceiptHandle": handle}, {"Id": "b", "ReceiptHandle": "x"}]);
    let done = house.sqs("DeleteMessageBatch", json!({"QueueUrl": url, "Entries": entries})).await;
    assert_eq!(done["Successful"], json!([{"Id": "a"}]));
    assert_eq!(done["Failed"][0]["Code"], "ReceiptHandleIsInvalid");
    assert_eq!(counts(&house, &url).await, (0, 0, 0));
    let entry = |id: &str| json!({"Id": id, "MessageBody": "x"});
    let eleven: Vec<Value> = (0..11).map(|n| entry(&n.to_string())).collect();
    for (entries, fault) in [
        (json!([]), "EmptyBatchRequest"),
        (json!(eleven), "TooManyEntriesInBatchRequest"),
        (json!([entry("a"), entry("a")]), "BatchEntryIdsNotDistinct"),
        (json!([entry("a b")]), "InvalidBatchEntryId"),
    ] {
        let body = json!({"QueueUrl": url, "Entries": entries});
        house.refused("SendMessageBatch", body, fault).await;
    }
}

#[tokio::test]
async fn bad_messages_are_refused() {
    let house = House::open().await;
    let url = house.queue("trail", json!({"MaximumMessageSize": "1024"})).await;
    let attribute =
        |kind: &str, value: &str| json!({"n": {"DataType": kind, "StringValue": value}});
    for (body, attributes, fault) in [
        ("", json!({}), "MissingRequiredParameterException"),
        (&*"x".repeat(1025), json!({}), "InvalidParameterValueException"),
        ("a\u{0}b", json!({}), "InvalidMessageContents"),
        ("a", attribute("Strange", "x"), "InvalidParameterValueException"),
        ("a", attribute("String", ""), "InvalidParameterValueException"),
        ("a", attribute("Number", "x"), "InvalidParameterValueException"),
        ("a", attribute("Binary", "x"), "InvalidParameterValueException"),
        (
            "a",
            json!({"AWS.x": {"DataType": "String", "StringValue": "x"}}),
            "InvalidParameterValueException",
        ),
        ("a", json!([]), "SerializationException"),
    ] {
        let call = json!({"QueueUrl": url, "MessageBody": body, "MessageAttributes": attributes});
        house.refused("SendMessage", call, fault).await;
    }
    for (member, value) in
        [("MaxNumberOfMessages", 11), ("VisibilityTimeout", -1), ("WaitTimeSeconds", 21)]
    {
        let call = json!({"QueueUrl": url, member: value});
        house.refused("ReceiveMessage", call, "InvalidParameterValueException").await;
    }
    assert_eq!(counts(&house, &url).await, (0, 0, 0));
}

#[tokio::test]
async fn a_purge_empties_the_queue_once_a_minute() {
    let house = House::open().await;
    let url = house.queue("trail", json!({})).await;
    house.sqs("SendMessage", json!({"QueueUrl": url, "MessageBody": "a"})).await;
    house.sqs("PurgeQueue", json!({"QueueUrl": url})).await;
    assert_eq!(counts(&house, &url).await, (0, 0, 0));
    house.refused("PurgeQueue", json!({"QueueUrl": url}), "PurgeQueueInProgress").await;
    house.advance(60);
    house.sqs("PurgeQueue", json!({"QueueUrl": url})).await;
    house.sqs("DeleteQueue", json!({"QueueUrl": url})).await;
    house.refused("DeleteQueue", json!({"QueueUrl": url}), "QueueDoesNotExist").await;
}

#[tokio::test]
async fn lists_come_in_pages() {
    let house = House::open().await;
    for name in ["a1", "a2", "a3", "b"] {
        house.queue(name, json!({})).await;
    }
    let first = house.sqs("ListQueues", json!({"QueueNamePrefix": "a", "MaxResults": 2})).await;
    assert_eq!(first["QueueUrls"].as_array().unwrap().len(), 2);
    let rest = json!({
        "QueueNamePrefix": "a", "MaxResults": 2, "NextToken": first["NextToken"],
    });
    let rest = house.sqs("ListQueues", rest).await;
    assert_eq!(rest, json!({"QueueUrls": [format!("http://127.0.0.1:9/{OWN}/a3")]}));
    assert_eq!(house.sqs("ListQueues", json!({})).await["QueueUrls"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn policies_and_accounts_decide_who_gets_in() {
    let house = House::open().await;
    let url = house.queue("trail", json!({})).await;
    let send = json!({"QueueUrl": url, "MessageBody": "a"});
    let look = json!({"QueueUrl": url, "AttributeNames": ["All"]});
    let fault = async |actor, operation, body: &Value| {
        house.call(&actor, operation, body.clone()).await.fault().to_owned()
    };
    assert_eq!(fault(reader(OWN), "GetQueueAttributes", &look).await, "none");
    assert_eq!(fault(reader(OWN), "SendMessage", &send).await, "AccessDeniedException");
    assert_eq!(fault(admin(OTHER), "GetQueueAttributes", &look).await, "AccessDeniedException");
    let label = json!({
        "QueueUrl": url, "Label": "let", "AWSAccountIds": [OTHER], "Actions": ["SendMessage"],
    });
    house.sqs("AddPermission", label.clone()).await;
    house.refused("AddPermission", label, "InvalidParameterValueException").await;
    assert_eq!(fault(admin(OTHER), "SendMessage", &send).await, "none");
    assert_eq!(fault(reader(OTHER), "SendMessage", &send).await, "AccessDeniedException");
    assert_eq!(fault(admin(OTHER), "ReceiveMessage", &look).await, "AccessDeniedException");
    house.sqs("RemovePermission", json!({"QueueUrl": url, "Label": "let"})).await;
    assert_eq!(fault(admin(OTHER), "SendMessage", &send).await, "AccessDeniedException");
    let deny = json!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Deny", "Principal": "*", "Action": "sqs:Send*", "Resource": "*",
        },
    });
    let attributes = json!({"QueueUrl": url, "Attributes": {"Policy": deny.to_string()}});
    house.sqs("SetQueueAttributes", attributes).await;
    assert_eq!(fault(admin(OWN), "SendMessage", &send).await, "AccessDeniedException");
    // A queue that is not there looks to others like one that they may not see.
    let none = json!({"QueueUrl": format!("http://x/{OWN}/none"), "MessageBody": "a"});
    assert_eq!(fault(admin(OTHER), "SendMessage", &none).await, "AccessDeniedException");
}

#[tokio::test]
async fn a_waiting_reader_is_woken_by_a_message() {
    let house = House::open().await;
    let url = house.queue("trail", json!({})).await;
    let wait = json!({"QueueUrl": url, "WaitTimeSeconds": 20});
    let owner = admin(OWN);
    let reader = house.call(&owner, "ReceiveMessage", wait);
    let writer = async {
        tokio::task::yield_now().await;
        house.sqs("SendMessage", json!({"QueueUrl": url, "MessageBody": "now"})).await;
    };
    let (found, ()) = tokio::join!(reader, writer);
    assert_eq!(found.body["Messages"][0]["Body"], "now");
}

#[tokio::test]
async fn nobody_waits_in_a_server_that_stops() {
    let house = House::open().await;
    let url = house.queue("trail", json!({})).await;
    let wait = json!({"QueueUrl": url, "WaitTimeSeconds": 20});
    let owner = admin(OWN);
    let reader = house.call(&owner, "ReceiveMessage", wait);
    let end = async {
        tokio::task::yield_now().await;
        house.stop.stop(StopReason::Requested("the test".to_owned()));
    };
    let both = async { tokio::join!(reader, end) };
    let limit = std::time::Duration::from_secs(10);
    let (found, ()) = tokio::time::timeout(limit, both).await.unwrap();
    assert_eq!(found.body, json!({}));
}

#[tokio::test]
async fn the_older_protocol_says_the_same() {
    let house = House::open().await;
    let (status, made) = house
        .form(
            "/",
            "Action=CreateQueue&Version=2012-11-05&QueueName=trail\
             &Attribute.1.Name=VisibilityTimeout&Attribute.1.Value=40&Tag.1.Key=k&Tag.1.Value=v",
        )
        .await;
    assert_eq!(status, 200);
    assert_eq!(
        made,
        format!(
            "<CreateQueueResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\">\
             <CreateQueueResult><QueueUrl>http://127.0.0.1:9/{OWN}/trail</QueueUrl>\
             </CreateQueueResult><ResponseMetadata><RequestId>request-1</RequestId>\
             </ResponseMetadata></CreateQueueResponse>\n"
        )
    );
    let path = format!("/{OWN}/trail");
    let (_, sent) = house.form(&path, "Action=SendMessage&MessageBody=a+%3Cb%3E").await;
    assert!(sent.contains("<MD5OfMessageBody>"), "{sent}");
    let (_, found) =
        house.form(&path, "Action=ReceiveMessage&AttributeName.1=All&MaxNumberOfMessages=10").await;
    // Lists lie flat in their parent.
    assert!(!found.contains("<Attributes>"), "{found}");
    for part in [
        "<Body>a &lt;b&gt;</Body>",
        "<Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute>",
    ] {
        assert!(found.contains(part), "{found}");
    }
    let (_, tags) = house.form(&path, "Action=ListQueueTags").await;
    assert!(tags.contains("<Tag><Key>k</Key><Value>v</Value></Tag>"), "{tags}");
    let (status, missing) = house.form(&format!("/{OWN}/none"), "Action=PurgeQueue").await;
    assert_eq!(status, 400);
    assert!(
        missing.contains(
            "<Error><Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code>\
             <Message>The specified queue does not exist for this wsdl version.</Message></Error>"
        ),
        "{missing}"
    );
}

/// Visible, in flight, delayed.
async fn counts(house: &House, url: &str) -> (u64, u64, u64) {
    let body = json!({"QueueUrl": url, "AttributeNames": ["All"]});
    let found = house.sqs("GetQueueAttributes", body).await;
    let number = |name: &str| found["Attributes"][name].as_str().unwrap().parse().unwrap();
    (
        number("ApproximateNumberOfMessages"),
        number("ApproximateNumberOfMessagesNotVisible"),
        number("ApproximateNumberOfMessagesDelayed"),
    )
}
