//! The AWS SDK for Rust, unmodified, against a running server.
//!
//! `cairn-sdk-test ROLE NEXT`: the ARNs of a role that the caller may assume, and of one that the
//! first role's session may assume. Endpoint, key and Region come from the environment, as for
//! every AWS client; the key is an IAM user's.

mod errors;
mod identity;
mod lookup;
mod tally;

use std::process::ExitCode;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::Builder;

use crate::tally::Tally;

/// What a check gives: nothing, or why it failed.
type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let roles: Vec<String> = std::env::args().skip(1).collect();
    let [role, next] = roles.as_slice() else {
        eprintln!("usage: cairn-sdk-test ROLE NEXT");
        return ExitCode::from(2);
    };
    let http = Builder::new().build_http();
    let config = aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await;
    let mut tally = Tally::default();
    // In this order: the lookups look for what the identities left behind.
    identities(&mut tally, &config, role, next).await;
    lookups(&mut tally, &config, role).await;
    refusals(&mut tally, &config).await;
    tally.finish()
}

async fn identities(tally: &mut Tally, config: &SdkConfig, role: &str, next: &str) {
    tally.add("GetCallerIdentity names the user", identity::user(config).await);
    tally.add("AssumeRole gives a session", identity::session(config, role).await);
    let chain = identity::chain(config, role, next).await;
    tally.add("a session assumes the next role", chain);
}

async fn lookups(tally: &mut Tally, config: &SdkConfig, role: &str) {
    let trail = aws_sdk_cloudtrail::Client::new(config);
    match lookup::questions(config, role).await {
        Ok(questions) => {
            for question in &questions {
                let name = format!("LookupEvents finds by {}", question.key);
                tally.add(&name, lookup::finds(&trail, question).await);
            }
        }
        Err(error) => tally.add("LookupEvents finds the caller's own calls", Err(error)),
    }
    tally.add("the record names the SDK", lookup::record(config).await);
    tally.add("the paginator gives each event once", lookup::pages(config).await);
    tally.add("a time range includes both ends", lookup::time_range(config).await);
}

async fn refusals(tally: &mut Tally, config: &SdkConfig) {
    let trail = aws_sdk_cloudtrail::Client::new(config);
    tally.add("InvalidMaxResultsException", errors::max_results(&trail).await);
    tally.add("InvalidLookupAttributesException", errors::attributes(&trail).await);
    tally.add("InvalidNextTokenException", errors::next_token(&trail).await);
    tally.add("InvalidTimeRangeException", errors::time_range(&trail).await);
    tally.add("InvalidEventCategoryException", errors::category(&trail).await);
    tally.add("a token of another question", errors::foreign_token(&trail).await);
    tally.add("a wrong secret", errors::wrong_secret(config).await);
    tally.add("an unknown key", errors::unknown_key(config).await);
}
