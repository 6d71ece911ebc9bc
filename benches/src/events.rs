//! Generated CloudTrail records: 300 operations and 500 identities by Zipf's law, 20 accounts, 6
//! Regions, 30 days; 1.5 KB on average. The same seed gives the same records.

use std::fmt::Write;

use cairn_core::{Entropy, SeededEntropy, Timestamp};

pub(crate) const ACCOUNTS: u64 = 20;
pub(crate) const REGIONS: [&str; 6] =
    ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-1", "ap-northeast-1"];
pub(crate) const OPERATIONS: usize = 300;
pub(crate) const IDENTITIES: usize = 500;
const DAYS: u64 = 30;
pub(crate) const TABLE: usize = 1 << 16;

/// Makes records, one after the other.
pub(crate) struct Generator {
    random: SeededEntropy,
    identities: Vec<Identity>,
    operations: Vec<String>,
    identity_table: Vec<u16>,
    operation_table: Vec<u16>,
    newest: Timestamp,
}

struct Identity {
    json: String,
}

impl Generator {
    pub(crate) fn new(seed: u64, newest: Timestamp) -> Self {
        let random = SeededEntropy::new(seed);
        let identities = (0..IDENTITIES).map(identity).collect();
        let operations = (0..OPERATIONS).map(operation).collect();
        Self {
            random,
            identities,
            operations,
            identity_table: zipf(IDENTITIES),
            operation_table: zipf(OPERATIONS),
            newest,
        }
    }

    /// Appends one record to `out`; gives its eventID.
    pub(crate) fn write(&self, out: &mut Vec<u8>) -> String {
        let bits = self.random.next_u64();
        let identity = usize::from(self.identity_table[bits as usize % TABLE]);
        let operation = usize::from(self.operation_table[(bits >> 16) as usize % TABLE]);
        let region = REGIONS[(bits >> 32) as usize % REGIONS.len()];
        let back = self.random.below(DAYS * 86_400);
        let time = Timestamp::from_seconds(self.newest.seconds() - back as i64);
        let event_id = uuid(&self.random);
        let mut text = String::with_capacity(1700);
        text.push_str("{\"eventVersion\":\"1.11\",\"userIdentity\":");
        text.push_str(&self.identities[identity].json);
        let _ = write!(text, ",\"eventTime\":\"{time}\",");
        text.push_str(&self.operations[operation]);
        text.push_str(region);
        let ip = (bits >> 40) as u32;
        let _ = write!(
            text,
            "\",\"sourceIPAddress\":\"10.{}.{}.{}\",\"userAgent\":\"aws-cli/2.15.30 \
             Python/3.11.8 Linux/6.1.0-18-amd64 exe/x86_64.debian.12 prompt/off\",",
            ip & 255,
            (ip >> 8) & 15,
            (ip >> 12) & 255
        );
        self.parameters(&mut text, bits);
        let _ = write!(
            text,
            "\"requestID\":\"{}\",\"eventID\":\"{event_id}\",\"readOnly\":{},\"resources\":[{{\
             \"accountId\":\"{:012}\",\"type\":\"AWS::S3::Bucket\",\"ARN\":\"arn:aws:s3:::{}\"}}],\
             \"eventType\":\"AwsApiCall\",\"managementEvent\":true,\"recipientAccountId\":\
             \"{:012}\",\"eventCategory\":\"Management\",\"tlsDetails\":{{\"tlsVersion\":\
             \"TLSv1.3\",\"cipherSuite\":\"TLS_AES_128_GCM_SHA256\",\"clientProvidedHostHeader\":\
             \"s3.{region}.amazonaws.com\"}}}}",
            uuid(&self.random),
            operation % 2 == 0,
            account(identity),
            bucket(bits),
            account(identity),
        );
        out.extend_from_slice(text.as_bytes());
        event_id
    }

    fn parameters(&self, text: &mut String, bits: u64) {
        let _ = write!(
            text,
            "\"requestParameters\":{{\"bucketName\":\"{}\",\"Host\":\"{}.s3.amazonaws.com\",\
             \"maxKeys\":{},\"prefix\":\"logs/{:016x}/\",\"encodingType\":\"url\",\"tagSet\":[{{\
             \"key\":\"team\",\"value\":\"team-{}\"}},{{\"key\":\"cost\",\"value\":\"{:08x}\"}}]}},\
             \"responseElements\":null,\"additionalEventData\":{{\"SignatureVersion\":\"SigV4\",\
             \"CipherSuite\":\"TLS_AES_128_GCM_SHA256\",\"bytesTransferredIn\":{},\
             \"AuthenticationMethod\":\"AuthHeader\",\"x-amz-id-2\":\"",
            bucket(bits),
            bucket(bits),
            bits % 1000,
            self.random.next_u64(),
            bits % 40,
            bits as u32,
            bits % 100_000,
        );
        for _ in 0..4 {
            let _ = write!(text, "{:016x}", self.random.next_u64());
        }
        let _ = write!(text, "==\",\"bytesTransferredOut\":{}}},", (bits >> 7) % 1_000_000);
    }
}

pub(crate) fn account(identity: usize) -> u64 {
    100_000_000_000 + identity as u64 % ACCOUNTS * 1_111_111
}

pub(crate) fn user_name(identity: usize) -> String {
    format!("user-{identity:04}")
}

pub(crate) fn access_key(identity: usize) -> String {
    format!("AKIA{:016X}", identity as u64 * 0x9e37_79b9)
}

pub(crate) fn operation_name(operation: usize) -> String {
    const VERBS: [&str; 6] = ["Get", "Put", "List", "Create", "Describe", "Delete"];
    format!("{}Thing{operation:03}", VERBS[operation % VERBS.len()])
}

fn bucket(bits: u64) -> String {
    format!("data-lake-{:05}", (bits >> 13) % 20_000)
}

fn identity(index: usize) -> Identity {
    let (account, user) = (account(index), user_name(index));
    let json = format!(
        "{{\"type\":\"IAMUser\",\"principalId\":\"AIDA{index:016}\",\"arn\":\
         \"arn:aws:iam::{account:012}:user/{user}\",\"accountId\":\"{account:012}\",\
         \"accessKeyId\":\"{}\",\"userName\":\"{user}\",\"sessionContext\":{{\"attributes\":{{\
         \"creationDate\":\"2026-01-01T00:00:00Z\",\"mfaAuthenticated\":\"false\"}}}}}}",
        access_key(index)
    );
    Identity { json }
}

fn operation(index: usize) -> String {
    format!(
        "\"eventSource\":\"service{:02}.amazonaws.com\",\"eventName\":\"{}\",\"awsRegion\":\"",
        index % 40,
        operation_name(index)
    )
}

pub(crate) fn uuid(random: &SeededEntropy) -> String {
    let mut bytes = [0u8; 16];
    random.fill(&mut bytes);
    let text = hex::encode(bytes);
    format!("{}-{}-4{}-8{}-{}", &text[..8], &text[8..12], &text[13..16], &text[17..20], &text[20..])
}

/// A table from which a uniform index draws by Zipf's law with exponent 1.
pub(crate) fn zipf(count: usize) -> Vec<u16> {
    let total: f64 = (1..=count).map(|rank| 1.0 / rank as f64).sum();
    let mut table = Vec::with_capacity(TABLE);
    let mut sum = 0.0;
    for rank in 1..=count {
        sum += 1.0 / rank as f64 / total;
        table.resize(
            ((sum * TABLE as f64) as usize).max(table.len() + 1).min(TABLE),
            rank as u16 - 1,
        );
    }
    table.resize(TABLE, 0);
    table
}
