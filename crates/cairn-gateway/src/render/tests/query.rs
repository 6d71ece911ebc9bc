use super::*;

fn call<'a>(service: &'a str, operation: &'a str, form: &'a str) -> Sample<'a> {
    Sample::new(service, operation, Protocol::Query).body(form)
}

#[test]
fn forms_are_unflattened_by_shape() {
    for (service, operation, form, expected) in [
        (
            "iam",
            "CreateRole",
            "Action=CreateRole&Version=2010-05-08&RoleName=r&MaxSessionDuration=3600\
             &AssumeRolePolicyDocument=%7B%22Version%22%3A1%7D&Tags.member.1.Key=k\
             &Tags.member.1.Value=true",
            r#"{"roleName":"r","assumeRolePolicyDocument":"{\"Version\":1}",
                "maxSessionDuration":3600,"tags":[{"key":"k","value":"true"}]}"#,
        ),
        (
            "sns",
            "CreateTopic",
            "Name=t&Attributes.entry.1.key=Policy&Attributes.entry.1.value=p",
            r#"{"name":"t","attributes":{"Policy":"p"}}"#,
        ),
        (
            "rds",
            "CreateDBInstance",
            "DBInstanceIdentifier=d&AllocatedStorage=20&MasterUserPassword=secret&MultiAZ=true\
             &VpcSecurityGroupIds.VpcSecurityGroupId.1=sg-1&Tags.Tag.1.Key=k&Tags.Tag.1.Value=v",
            r#"{"dBInstanceIdentifier":"d","allocatedStorage":20,
                "masterUserPassword":"HIDDEN_DUE_TO_SECURITY_REASONS",
                "vpcSecurityGroupIds":["sg-1"],"multiAZ":true,"tags":[{"key":"k","value":"v"}]}"#,
        ),
        (
            "cloudformation",
            "CreateStack",
            "StackName=s&Parameters.member.1.ParameterKey=password\
             &Parameters.member.1.ParameterValue=secret&DisableRollback=true",
            r#"{"stackName":"s","parameters":[{"parameterKey":"password"}],
                "disableRollback":true}"#,
        ),
        (
            "cloudwatch",
            "GetMetricStatistics",
            "Namespace=n&MetricName=m&StartTime=2023-11-14T22%3A13%3A20Z&Period=60&Unknown=1",
            r#"{"namespace":"n","metricName":"m","startTime":"Nov 14, 2023, 10:13:20 PM",
                "period":60,"unknown":"1"}"#,
        ),
        (
            "iam",
            "CreateLoginProfile",
            "UserName=u&Password=secret&PasswordResetRequired=false",
            r#"{"userName":"u","passwordResetRequired":false}"#,
        ),
        ("iam", "GetUser", "Action=GetUser&Version=2010-05-08", "null"),
    ] {
        same(&call(service, operation, form).parameters(), expected);
    }
}

#[test]
fn messages_are_hidden() {
    let form = "TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A111122223333%3At&Message=secret&Subject=s";
    let call = call("sns", "Publish", form).answered(
        200,
        "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult>\
         <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PublishResponse>",
    );
    same(
        &call.parameters(),
        r#"{"topicArn":"arn:aws:sns:eu-west-1:111122223333:t",
            "message":"HIDDEN_DUE_TO_SECURITY_REASONS",
            "subject":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#,
    );
    same(&call.elements(), r#"{"messageId":"m"}"#);
    assert_eq!(
        call.resources(),
        ["111122223333 AWS::SNS::Topic arn:aws:sns:eu-west-1:111122223333:t"]
    );
}

#[test]
fn credentials_are_shown_without_their_secret() {
    let answer = "<AssumeRoleResponse xmlns=\"u\"><AssumeRoleResult><AssumedRoleUser>\
        <AssumedRoleId>AROA:s</AssumedRoleId><Arn>a</Arn></AssumedRoleUser><Credentials>\
        <AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>t\
        </SessionToken><Expiration>2024-03-13T20:33:21Z</Expiration></Credentials>\
        </AssumeRoleResult></AssumeRoleResponse>";
    let form = "RoleArn=arn%3Aaws%3Aiam%3A%3A444455556666%3Arole%2Fr&RoleSessionName=s\
        &DurationSeconds=900";
    let call = call("sts", "AssumeRole", form).answered(200, answer);
    same(
        &call.parameters(),
        r#"{"roleArn":"arn:aws:iam::444455556666:role/r","roleSessionName":"s",
            "durationSeconds":900}"#,
    );
    same(
        &call.elements(),
        r#"{"credentials":{"accessKeyId":"ASIA","sessionToken":"t",
            "expiration":"Mar 13, 2024, 8:33:21 PM"},
            "assumedRoleUser":{"assumedRoleId":"AROA:s","arn":"a"}}"#,
    );
    assert_eq!(call.resources(), ["444455556666 AWS::IAM::Role arn:aws:iam::444455556666:role/r"]);
}

#[test]
fn answers_are_read_by_shape() {
    let answer = "<CreateInstanceProfileResponse><CreateInstanceProfileResult><InstanceProfile>\
        <Path>/</Path><Roles/><Tags><member><Key>k</Key><Value>true</Value></member></Tags>\
        <CreateDate>2023-07-10T11:55:10Z</CreateDate></InstanceProfile>\
        </CreateInstanceProfileResult></CreateInstanceProfileResponse>";
    same(
        &call("iam", "CreateInstanceProfile", "").answered(200, answer).elements(),
        r#"{"instanceProfile":{"path":"/","createDate":"Jul 10, 2023, 11:55:10 AM","roles":[],
            "tags":[{"key":"k","value":"true"}]}}"#,
    );
    let answer = "<CreateDBSnapshotResponse><CreateDBSnapshotResult><DBSnapshot><Encrypted>false\
        </Encrypted><DBSnapshotIdentifier>s</DBSnapshotIdentifier><ProcessorFeatures/>\
        </DBSnapshot></CreateDBSnapshotResult></CreateDBSnapshotResponse>";
    same(
        &call("rds", "CreateDBSnapshot", "").answered(200, answer).elements(),
        r#"{"dBSnapshotIdentifier":"s","encrypted":false,"processorFeatures":[]}"#,
    );
    let reads = call("iam", "GetUser", "").answered(
        200,
        "<GetUserResponse><GetUserResult><User><UserName>u</UserName></User></GetUserResult>\
         </GetUserResponse>",
    );
    assert_eq!(reads.elements(), "null");
}

#[test]
fn a_call_that_nothing_describes_is_shown_warily() {
    let unknown = call(
        "iam",
        "CreateMoonbase",
        "Action=CreateMoonbase&Version=1&Name=n&AdminPassword2=secret&L.member.1.A=x&M.1=y",
    );
    same(&unknown.parameters(), r#"{"name":"n","l":[{"a":"x"}],"m":["y"]}"#);
    let nowhere = Sample::new("moonbase", "Create", Protocol::Query).body("Name=n&ApiSecret=s");
    same(&nowhere.parameters(), r#"{"name":"n","apiSecret":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#);
}
