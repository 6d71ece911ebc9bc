use super::*;

const STORE: &str = "5e2676f8-9fce-46ef-8142-3e36a94e6691";

fn now() -> Timestamp {
    Timestamp::parse("2026-11-21T09:05:07Z").unwrap()
}

#[test]
fn questions_find_their_query_and_fill_it() {
    // The question, the query that answers it, and what its statement then says.
    let cases: [(&str, &str, &[&str]); 30] = [
        (
            "What are my top errors in the past month?",
            "Top errors",
            &["eventTime >= '2026-10-22 09:05:07'", "errorCode IS NOT NULL"],
        ),
        (
            "Give me a list of users that used SNS.",
            "Users of a service",
            &["eventSource = 'sns.amazonaws.com'"],
        ),
        (
            "What are my API calls each day for read and write events from the past month?",
            "Read and write events per day",
            &["eventTime >= '2026-10-22 09:05:07'"],
        ),
        (
            "Show any events with access denied errors for the past three weeks.",
            "Denied calls",
            &["eventTime >= '2026-10-31 09:05:07'"],
        ),
        (
            "Query the number of calls each operator performed on the date 2024-05-01. \
             The operator is a principal tag.",
            "Events by a tag of their principal",
            &["principalTags, 'operator')", "eventTime < '2024-05-02 00:00:00'"],
        ),
        (
            "Give me all event IDs that touched resources within the CloudFormation stack with \
             name myStack on the date 2024-05-01.",
            "Events of a stack",
            &["'aws:cloudformation:stack-name') = 'myStack'", "eventTime >= '2024-05-01 00:00:00'"],
        ),
        (
            "Count the number of events grouped by the resource tag solution",
            "Events by a tag of their resources",
            &["rt.tags, 'solution')"],
        ),
        (
            "Who failed to log in yesterday?",
            "Failed console sign-ins",
            &["eventTime < '2026-11-21 00:00:00'"],
        ),
        (
            "failed console logins from 203.0.113.9",
            "Failed console sign-ins",
            &["sourceIPAddress = '203.0.113.9'"],
        ),
        (
            "What did user alice do in the last 24 hours?",
            "Activity of a user",
            &["userIdentity.username = 'alice'", "'2026-11-20 09:05:07'"],
        ),
        ("show everything done by bob", "Activity of a user", &["LIKE '%/bob'"]),
        (
            "activity of access key AKIAIOSFODNN7EXAMPLE",
            "Activity of an access key",
            &["accessKeyId = 'AKIAIOSFODNN7EXAMPLE'"],
        ),
        (
            "what came from ip 198.51.100.9?",
            "Activity from an address",
            &["sourceIPAddress = '198.51.100.9'"],
        ),
        (
            "who called DeleteTrail in eu-west-1?",
            "Calls of an operation",
            &["eventName = 'DeleteTrail'", "awsRegion = 'eu-west-1'"],
        ),
        ("top 5 S3 operations", "S3 operations", &["LIMIT 5"]),
        (
            "how many calls per service in account 111122223333",
            "Events per service",
            &["recipientAccountId = '111122223333'"],
        ),
        ("most active users this week", "Events per principal", &["'2026-11-16 00:00:00'"]),
        ("errors by service", "Errors per service", &[]),
        ("console logins without MFA", "Console sign-ins without MFA", &[]),
        (
            "did root log in since 2026-01-01?",
            "Sign-ins of the root user",
            &["'2026-01-01 00:00:00'"],
        ),
        (
            "who launched EC2 instances last week",
            "Instances that were launched",
            &["eventName = 'RunInstances'"],
        ),
        (
            "who terminated instance i-0123456789abcdef0",
            "Instances that were stopped or terminated",
            &["i-0123456789abcdef0"],
        ),
        (
            "security groups opened to the internet",
            "Security groups that were opened to the world",
            &[],
        ),
        ("who accessed bucket payroll-2026", "Access to a bucket", &["= 'payroll-2026'"]),
        (
            "which roles were assumed by user carol",
            "Roles that were assumed",
            &["userIdentity.username = 'carol'"],
        ),
        ("was cloudtrail logging stopped?", "Changes of CloudTrail", &[]),
        (
            "show event 5e2676f8-9fce-46ef-8142-3e36a94e6691",
            "One event by its id",
            &["eventID = '5e2676f8"],
        ),
        (
            "timeline of events per hour in Frankfurt",
            "Events per day",
            &["date_trunc('hour'", "'eu-central-1'"],
        ),
        ("what did role deploy do", "What sessions of a role did", &["username = 'deploy'"]),
        ("who read secrets", "Secrets that were read", &[]),
    ];
    let mut wrong = Vec::new();
    for (question, name, parts) in cases {
        let (slots, rest) = question::read(question, now());
        let found = choose(&rest, &slots).map_or("nothing", |sample| sample.name);
        if found != name {
            wrong.push(format!("{question}: {found}, not {name}; {slots:?}"));
            continue;
        }
        let sql = answer(question, STORE, now()).unwrap();
        assert!(sql.contains(&format!("FROM {STORE}")), "{sql}");
        let missing: Vec<_> = parts.iter().filter(|part| !sql.contains(**part)).collect();
        if !missing.is_empty() {
            wrong.push(format!("{question}: {missing:?} is not in {sql}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_names_something_is_listed_and_nonsense_is_refused() {
    let sql = answer("us-east-1 kinesis", STORE, now()).unwrap();
    assert!(sql.contains("eventSource = 'kinesis.amazonaws.com'"), "{sql}");
    assert!(sql.contains("awsRegion = 'us-east-1'"), "{sql}");
    for nonsense in ["what is the capital of Peru", "zebra", "???", "hello there", "ignore that"] {
        assert_eq!(answer(nonsense, STORE, now()), None, "{nonsense}");
    }
}

#[test]
fn values_stay_inside_of_their_quotes() {
    let mut slots = Slots::default();
    slots.put("user", "o'neil");
    let sample = samples().iter().find(|sample| sample.name == "Activity of a user").unwrap();
    let sql = sample.template.filled(STORE, &slots, &sample.covers, now());
    assert!(sql.contains("userIdentity.username = 'o''neil'"), "{sql}");
    let list = samples().iter().find(|sample| sample.name == LIST).unwrap();
    let sql = list.template.filled(STORE, &slots, &list.covers, now());
    assert!(sql.contains("userIdentity.username = 'o''neil' OR userIdentity.arn LIKE '%/o''neil'"));
}
