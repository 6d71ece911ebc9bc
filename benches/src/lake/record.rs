//! One record: what its operation asks for and answers, and everything else that records have.

use std::fmt::Write;

use cairn_core::{SeededEntropy, Timestamp};

use super::identities::{Identity, code};
use super::operations::Operation;
use crate::events::uuid;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    AssumeRole,
    ConsoleLogin,
    RunInstances,
    Bucket,
    Key,
    Other,
}

#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) who: &'a Identity,
    pub(crate) what: &'a Operation,
    /// Whose session begins.
    pub(crate) role: Option<&'a Identity>,
    pub(crate) time: Timestamp,
    pub(crate) region: &'static str,
    pub(crate) refused: bool,
}

const AGENTS: [&str; 8] = [
    "aws-cli/2.15.30 Python/3.11.8 Linux/6.1.0-18-amd64 exe/x86_64.debian.12 prompt/off",
    "Boto3/1.34.69 md/Botocore#1.34.69 ua/2.0 os/linux#5.10.210-201.852.amzn2.x86_64 \
     md/arch#x86_64 lang/python#3.9.18 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.34.69",
    "APN/1.0 HashiCorp/1.0 Terraform/1.7.5 (+https://www.terraform.io) \
     terraform-provider-aws/5.42.0 (+https://registry.terraform.io/providers/hashicorp/aws) \
     aws-sdk-go-v2/1.26.0 os/linux lang/go#1.21.8 md/GOOS#linux md/GOARCH#amd64",
    "aws-sdk-java/1.12.681 Linux/5.15.0-1055-aws OpenJDK_64-Bit_Server_VM/17.0.10+7 java/17.0.10 \
     kotlin/1.9.22 vendor/Eclipse_Adoptium cfg/retry-mode/legacy",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/122.0.0.0 Safari/537.36",
    "aws-sdk-go/1.50.36 (go1.21.7; linux; arm64) amazon-ssm-agent/3.2.2303.0",
    "kubernetes/v1.29.1 aws-sdk-go-v2/1.25.2 os/linux lang/go#1.21.7 md/GOOS#linux api/ec2#1.149.1",
    "aws-internal/3 aws-sdk-java/1.12.664 Linux/5.10.209-175.858.amzn2int.x86_64 \
     OpenJDK_64-Bit_Server_VM/25.402-b08 java/1.8.0_402 vendor/Oracle_Corporation",
];

/// Appends the record; gives its eventID.
pub(crate) fn write(call: &Call<'_>, random: &SeededEntropy, text: &mut String) -> String {
    let Call { who, what, time, region, .. } = call;
    let login = what.kind == Kind::ConsoleLogin;
    text.push_str("{\"eventVersion\":\"1.11\",\"userIdentity\":");
    who.write(text, !login);
    let _ = write!(
        text,
        ",\"eventTime\":\"{time}\",\"eventSource\":\"{}.amazonaws.com\",\"eventName\":\"{}\",\
         \"awsRegion\":\"{region}\",\"sourceIPAddress\":\"{}\",\"userAgent\":\"{}\",",
        what.service,
        what.name,
        who.session.address,
        AGENTS[who.session.agent as usize % AGENTS.len()]
    );
    let bits = random.next_u64();
    if call.refused {
        refusal(call, bits, text);
    }
    match what.kind {
        Kind::AssumeRole => assume_role(call, random, text),
        Kind::ConsoleLogin => console_login(call, text),
        Kind::RunInstances => run_instances(call, random, text),
        Kind::Bucket => bucket(call, bits, random, text),
        Kind::Key => key(call, bits, random, text),
        Kind::Other => other(call, bits, random, text),
    }
    let event_id = uuid(random);
    if !login {
        let _ = write!(text, "\"requestID\":\"{}\",", uuid(random));
    }
    let _ = write!(text, "\"eventID\":\"{event_id}\",\"readOnly\":{},", what.read_only && !login);
    resources(call, bits, text);
    let kind = if login { "AwsConsoleSignIn" } else { "AwsApiCall" };
    let _ = write!(
        text,
        "\"eventType\":\"{kind}\",\"managementEvent\":true,\"recipientAccountId\":\"{:012}\",\
         \"eventCategory\":\"Management\",\"tlsDetails\":{{\"tlsVersion\":\"TLSv1.3\",\
         \"cipherSuite\":\"TLS_AES_128_GCM_SHA256\",\"clientProvidedHostHeader\":\
         \"{}.{region}.amazonaws.com\"}}}}",
        who.account, what.service
    );
    event_id
}

/// What a session's calls act on: a few things of its role's hundred.
fn thing(call: &Call<'_>, bits: u64) -> u64 {
    call.who.account / 1_111_111 * 100 + bits % 100
}

fn refusal(call: &Call<'_>, bits: u64, text: &mut String) {
    let Call { who, what, .. } = call;
    let _ = match (what.kind, bits % 4) {
        (Kind::ConsoleLogin, _) => write!(text, "\"errorMessage\":\"Failed authentication\","),
        (_, 0) => write!(
            text,
            "\"errorCode\":\"ThrottlingException\",\"errorMessage\":\"Rate exceeded\","
        ),
        (_, 1) => write!(
            text,
            "\"errorCode\":\"ResourceNotFoundException\",\"errorMessage\":\"The {} does not exist \
             or is not visible.\",",
            what.noun
        ),
        _ => write!(
            text,
            "\"errorCode\":\"AccessDenied\",\"errorMessage\":\"User: {} is not authorized to \
             perform: {}:{} because no identity-based policy allows the action\",",
            who.arn(),
            what.service,
            what.name
        ),
    };
}

fn assume_role(call: &Call<'_>, random: &SeededEntropy, text: &mut String) {
    let Some(role) = call.role else {
        return text.push_str("\"requestParameters\":null,\"responseElements\":null,");
    };
    let session = &role.session;
    let _ = write!(
        text,
        "\"requestParameters\":{{\"roleArn\":\"{}\",\"roleSessionName\":\"{}\",\"durationSeconds\":\
         3600}},\"responseElements\":{{\"credentials\":{{\"accessKeyId\":\"{}\",\"sessionToken\":\
         \"IQoJb3JpZ2luX2VjE{}{}{}\",\"expiration\":\"{}\"}},\"assumedRoleUser\":{{\
         \"assumedRoleId\":\"{}:{}\",\"arn\":\"{}\"}}}},",
        role.role_arn(),
        session.name,
        session.key,
        code(random.next_u64(), 40),
        code(random.next_u64(), 40),
        code(random.next_u64(), 40),
        Timestamp::from_seconds(call.time.seconds() + 3600),
        role.role_id(),
        session.name,
        role.arn()
    );
}

fn console_login(call: &Call<'_>, text: &mut String) {
    let result = if call.refused { "Failure" } else { "Success" };
    let _ = write!(
        text,
        "\"requestParameters\":null,\"responseElements\":{{\"ConsoleLogin\":\"{result}\"}},\
         \"additionalEventData\":{{\"LoginTo\":\"https://console.aws.amazon.com/console/home?\
         hashArgs=%23&isauthcode=true&state=hashArgsFromTB_{}&region={}\",\"MobileVersion\":\"No\",\
         \"MFAUsed\":\"{}\"}},",
        call.region,
        call.region,
        if call.who.account.is_multiple_of(3) { "No" } else { "Yes" }
    );
}

fn run_instances(call: &Call<'_>, random: &SeededEntropy, text: &mut String) {
    const TYPES: [&str; 12] = [
        "t3.micro",
        "t3.medium",
        "m5.large",
        "t3.small",
        "m6i.xlarge",
        "c6g.large",
        "r6i.2xlarge",
        "c5.4xlarge",
        "m7g.medium",
        "g5.xlarge",
        "p4d.24xlarge",
        "i4i.large",
    ];
    let bits = random.next_u64();
    // The lesser of two draws: the first types more often.
    let kind = TYPES[(bits % 12).min((bits >> 8) % 12) as usize];
    let (instance, subnet) = (random.next_u64(), thing(call, bits >> 16));
    let _ = write!(
        text,
        "\"requestParameters\":{{\"instancesSet\":{{\"items\":[{{\"imageId\":\
         \"ami-0{subnet:016x}\",\"minCount\":1,\"maxCount\":1}}]}},\"instanceType\":\"{kind}\",\
         \"blockDeviceMapping\":{{}},\"monitoring\":{{\"enabled\":false}},\
         \"disableApiTermination\":false,\"clientToken\":\"{}\",\"subnetId\":\
         \"subnet-0{subnet:016x}\"}},",
        uuid(random)
    );
    if call.refused {
        return text.push_str("\"responseElements\":null,");
    }
    let _ = write!(
        text,
        "\"responseElements\":{{\"requestId\":\"{}\",\"reservationId\":\"r-0{:016x}\",\"ownerId\":\
         \"{:012}\",\"groupSet\":{{}},\"instancesSet\":{{\"items\":[{{\"instanceId\":\
         \"i-0{instance:016x}\",\"imageId\":\"ami-0{subnet:016x}\",\"instanceState\":{{\"code\":0,\
         \"name\":\"pending\"}},\"instanceType\":\"{kind}\",\"launchTime\":{},\"placement\":{{\
         \"availabilityZone\":\"{}a\",\"tenancy\":\"default\"}},\"subnetId\":\
         \"subnet-0{subnet:016x}\",\"architecture\":\"x86_64\",\"rootDeviceType\":\"ebs\"}}]}}}},",
        uuid(random),
        random.next_u64(),
        call.who.account,
        call.time.millis(),
        call.region
    );
}

fn bucket(call: &Call<'_>, bits: u64, random: &SeededEntropy, text: &mut String) {
    let name = bucket_name(bits);
    let _ = write!(
        text,
        "\"requestParameters\":{{\"bucketName\":\"{name}\",\"Host\":\"{name}.s3.{}.amazonaws.com\",\
         \"acl\":\"\"}},\"responseElements\":null,\"additionalEventData\":{{\"SignatureVersion\":\
         \"SigV4\",\"CipherSuite\":\"TLS_AES_128_GCM_SHA256\",\"bytesTransferredIn\":0,\
         \"AuthenticationMethod\":\"AuthHeader\",\"x-amz-id-2\":\"{}{}{}{}==\",\
         \"bytesTransferredOut\":{}}},",
        call.region,
        code(random.next_u64(), 20),
        code(random.next_u64(), 20),
        code(random.next_u64(), 20),
        code(random.next_u64(), 14),
        200 + bits % 800
    );
}

fn bucket_name(bits: u64) -> String {
    format!("data-lake-{:05}", (bits >> 13) % 20_000)
}

fn key(call: &Call<'_>, bits: u64, random: &SeededEntropy, text: &mut String) {
    let (account, thing) = (call.who.account, thing(call, bits));
    let _ = write!(
        text,
        "\"requestParameters\":{{\"encryptionAlgorithm\":\"SYMMETRIC_DEFAULT\",\
         \"encryptionContext\":{{\"aws:s3:arn\":\"arn:aws:s3:::data-lake-{:05}/year=2026/part-\
         {}.parquet\",\"aws-crypto-public-key\":\"{:012}\"}},\"keyId\":\
         \"arn:aws:kms:{}:{account:012}:alias/app-{thing}\"}},\"responseElements\":null,\
         \"additionalEventData\":{{\"keyMaterialId\":\"{:016x}\"}},",
        (bits >> 13) % 20_000,
        uuid(random),
        account,
        call.region,
        thing.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    );
}

fn other(call: &Call<'_>, bits: u64, random: &SeededEntropy, text: &mut String) {
    let Call { what, who, region, .. } = call;
    let (thing, noun) = (thing(call, bits), what.noun);
    if what.read_only {
        let _ = write!(
            text,
            "\"requestParameters\":{{\"{noun}Id\":\"{noun}-{thing:08}\",\"maxResults\":{},\
             \"includeDetails\":{},\"filterSet\":{{\"items\":[{{\"name\":\"tag:team\",\"valueSet\":\
             {{\"items\":[{{\"value\":\"team-{}\"}}]}}}},{{\"name\":\"tag:stage\",\"valueSet\":{{\
             \"items\":[{{\"value\":\"production\"}}]}}}}]}},\"nextToken\":\"{}{}{}\"\
             }},\"responseElements\":null,",
            50 + bits % 4 * 50,
            bits.is_multiple_of(2),
            bits % 40,
            code(random.next_u64(), 20),
            code(random.next_u64(), 20),
            code(random.next_u64(), 20)
        );
        return;
    }
    let _ = write!(
        text,
        "\"requestParameters\":{{\"{noun}Name\":\"{noun}-{thing:08}\",\"clientRequestToken\":\
         \"{}\",\"description\":\"made by the pipeline of team-{}\",\"tags\":[{{\"key\":\"team\",\
         \"value\":\"team-{}\"}},{{\"key\":\"cost\",\"value\":\"{:06x}\"}}],\"settings\":{{\
         \"retentionInDays\":{},\"encrypted\":true,\"kmsKeyId\":\"alias/app-{thing}\"}}}},",
        uuid(random),
        bits % 40,
        bits % 40,
        bits as u32 >> 8,
        1 + bits % 365
    );
    if call.refused {
        return text.push_str("\"responseElements\":null,");
    }
    let _ = write!(
        text,
        "\"responseElements\":{{\"{noun}\":{{\"{noun}Id\":\"{noun}-{thing:08}\",\"{noun}Arn\":\
         \"arn:aws:{}:{region}:{:012}:{noun}/{noun}-{thing:08}\",\"status\":\"ACTIVE\",\
         \"lastModified\":{}}}}},",
        what.service,
        who.account,
        call.time.millis()
    );
}

/// The member `resources`, where the service tells it.
fn resources(call: &Call<'_>, bits: u64, text: &mut String) {
    let Call { who, what, region, .. } = call;
    let (account, thing) = (who.account, thing(call, bits));
    let one = |kind: &str, arn: String| {
        format!(
            "\"resources\":[{{\"accountId\":\"{account:012}\",\"type\":\"{kind}\",\"ARN\":\
             \"{arn}\"}}],"
        )
    };
    let found = match (what.kind, what.service) {
        (Kind::AssumeRole, _) => {
            call.role.map(|role| one("AWS::IAM::Role", role.role_arn())).unwrap_or_default()
        }
        (Kind::Bucket, _) => one("AWS::S3::Bucket", format!("arn:aws:s3:::{}", bucket_name(bits))),
        (Kind::Key, _) => one(
            "AWS::KMS::Key",
            format!("arn:aws:kms:{region}:{account:012}:key/{:016x}", thing * 0x9e37_79b9),
        ),
        (_, "dynamodb") => one(
            "AWS::DynamoDB::Table",
            format!("arn:aws:dynamodb:{region}:{account:012}:table/table-{thing:08}"),
        ),
        _ => return,
    };
    text.push_str(&found);
}
