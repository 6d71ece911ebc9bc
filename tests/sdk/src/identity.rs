//! Who the SDK is told that it is: as a user, as a role's session, as a session's session.

use aws_config::SdkConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_sdk_sts::Client;
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_sts::types;

use crate::Outcome;
use crate::tally::{equal, holds};

const SESSION: &str = "sdk-session";

pub(crate) async fn user(config: &SdkConfig) -> Outcome {
    let who = Client::new(config).get_caller_identity().send().await?;
    let account = who.account().ok_or("an identity without an account")?;
    let arn = who.arn().unwrap_or_default();
    holds(arn.starts_with(&format!("arn:aws:iam::{account}:user/")), || arn.to_owned())?;
    let id = who.user_id().unwrap_or_default();
    holds(id.starts_with("AIDA"), || id.to_owned())
}

pub(crate) async fn session(config: &SdkConfig, role: &str) -> Outcome {
    let sts = Client::new(config);
    let assumed = sts.assume_role().role_arn(role).role_session_name(SESSION).send().await?;
    let given = assumed.credentials().ok_or("a session without credentials")?;
    let who = Client::new(&with(config, &credentials(given)?)).get_caller_identity().send().await?;
    let named = assumed.assumed_role_user().ok_or("a session without its user")?;
    equal(who.arn(), Some(named.arn()))?;
    equal(who.user_id(), Some(named.assumed_role_id()))?;
    equal(who.arn(), Some(&*session_arn(role)))
}

/// The SDK's own provider assumes both roles, each when its credentials are first needed.
pub(crate) async fn chain(config: &SdkConfig, role: &str, next: &str) -> Outcome {
    let first = with_provider(config, provider(config, role).await);
    let second = with_provider(config, provider(&first, next).await);
    let who = Client::new(&second).get_caller_identity().send().await?;
    equal(who.arn(), Some(&*session_arn(next)))
}

/// The same configuration for another identity.
pub(crate) fn with(config: &SdkConfig, credentials: &Credentials) -> SdkConfig {
    with_provider(config, SharedCredentialsProvider::new(credentials.clone()))
}

fn with_provider(config: &SdkConfig, provider: SharedCredentialsProvider) -> SdkConfig {
    config.clone().into_builder().credentials_provider(provider).build()
}

async fn provider(config: &SdkConfig, role: &str) -> SharedCredentialsProvider {
    let provider = AssumeRoleProvider::builder(role).session_name(SESSION).configure(config);
    SharedCredentialsProvider::new(provider.build().await)
}

fn credentials(given: &types::Credentials) -> Outcome<Credentials> {
    let token = Some(given.session_token().to_owned());
    let expiry = std::time::SystemTime::try_from(*given.expiration())?;
    let (id, secret) = (given.access_key_id(), given.secret_access_key());
    Ok(Credentials::new(id, secret, token, Some(expiry), "AssumeRole"))
}

fn session_arn(role: &str) -> String {
    let assumed = role.replacen(":iam:", ":sts:", 1).replacen(":role/", ":assumed-role/", 1);
    format!("{assumed}/{SESSION}")
}
