//! A store with two accounts, a journal whose writer runs, and callers of every kind.

use std::sync::Arc;

use bytes::Bytes;
use cairn_core::{AccountId, ManualClock, SeededEntropy, Seq, Timestamp};
use cairn_event::{Identity, SessionAttributes, SessionIssuer};
use cairn_gateway::{Call, Caller, Done, Recorder, Recording, Service};
use cairn_journal::{FileDisk, Journal};
use cairn_neighbours::{Services, identities, sts};
use cairn_store::{NewRole, Parts, Role, Store, account, role, session};
use cairn_task::{OnFailure, Supervisor, WorkerError};
use cairn_wire::aws_json::Version;
use cairn_wire::{Fault, Protocol};
use serde_json::Value;

/// 2023-11-14T22:13:20Z.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);
pub(crate) const OWN: &str = "111122223333";
pub(crate) const OTHER: &str = "444455556666";

pub(crate) fn id(text: &str) -> AccountId {
    text.parse().unwrap()
}

pub(crate) struct House {
    _dir: tempfile::TempDir,
    pub(crate) services: Services,
    journal: Journal,
}

impl House {
    /// With the accounts [`OWN`] and [`OTHER`].
    pub(crate) async fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(NOW));
        let entropy = Arc::new(SeededEntropy::new(7));
        let parts = Parts { clock: clock.clone(), entropy: entropy.clone() };
        let store = Store::open_dir(dir.path(), parts).await.unwrap();
        let disk = Arc::new(FileDisk::open(&dir.path().join("journal")).unwrap());
        let parts = cairn_journal::Parts { clock: clock.clone(), entropy: entropy.clone() };
        let settings = cairn_journal::Settings {
            segment_bytes: 1 << 20,
            reserve_bytes: 0,
            ..cairn_journal::Settings::default()
        };
        let (journal, writer, _) = Journal::open(disk, parts, settings).unwrap();
        let write = move || writer.run().map_err(|error| WorkerError::caused("poisoned", error));
        let supervisor = Supervisor::new(clock.clone());
        supervisor.spawn_thread("journal", OnFailure::Report, write).unwrap();
        let recorder = Recorder::new(journal.clone(), store.clone(), clock, entropy);
        let mut txn = store.begin().await.unwrap();
        account::create(&mut txn, Some(id(OWN)), "own").await.unwrap();
        account::create(&mut txn, Some(id(OTHER)), "other").await.unwrap();
        txn.commit().await.unwrap();
        Self { _dir: dir, services: Services { store, recorder }, journal }
    }

    /// One of Cairn's operations, recorded as the front door would.
    pub(crate) async fn cairn(
        &self,
        caller: &Caller,
        operation: &str,
        input: Value,
    ) -> Result<Value, Fault> {
        let call = call(Service::Cairn, caller, operation, input.to_string());
        let answer = identities::answer(&self.services, &call).await;
        let done = self.recorded(&call, answer, identities::failed(&call)).await?;
        Ok(serde_json::from_slice(done.response.body()).unwrap())
    }

    /// One of STS's operations, recorded as the front door would; gives the XML.
    pub(crate) async fn sts(
        &self,
        caller: &Caller,
        operation: &str,
        params: &[(&str, &str)],
    ) -> Result<String, Fault> {
        let call = sts_call(caller, operation, params);
        let answer = sts::answer(&self.services, &call).await;
        let done = self.recorded(&call, answer, sts::failed(&call)).await?;
        Ok(String::from_utf8(done.response.into_body().to_vec()).unwrap())
    }

    pub(crate) async fn assume(
        &self,
        caller: &Caller,
        role: &Role,
        more: &[(&str, &str)],
    ) -> Result<String, Fault> {
        let arn = role.arn();
        let params = [&[("RoleArn", &*arn), ("RoleSessionName", "night-shift")], more].concat();
        self.sts(caller, "AssumeRole", &params).await
    }

    pub(crate) async fn role(&self, account: &str, name: &str, admin: bool, trust: &str) -> Role {
        let trusted = [id(trust)];
        let mut txn = self.services.store.begin().await.unwrap();
        let new = NewRole { name, admin, trusted: &trusted };
        let role = role::create(&mut txn, id(account), new).await.unwrap();
        txn.commit().await.unwrap();
        role
    }

    /// All records, in order, with the account that each is in.
    pub(crate) fn records(&self) -> Vec<(String, String)> {
        let mut reader = self.journal.reader(Seq(1));
        let mut found = Vec::new();
        while let Some(records) = reader.next(1000).unwrap() {
            for record in records.iter().filter(|record| record.event().is_some()) {
                let text = String::from_utf8(record.raw.to_vec()).unwrap();
                found.push((record.account.to_string(), text));
            }
        }
        found
    }

    pub(crate) fn newest(&self) -> Value {
        serde_json::from_str(&self.records().last().unwrap().1).unwrap()
    }

    /// The session that an answer gives.
    pub(crate) fn session(&self, answer: &str) -> session::Session {
        let (key, token) = (tag(answer, "AccessKeyId"), tag(answer, "SessionToken"));
        session::open(&self.services.store, key, token, NOW).unwrap()
    }

    async fn recorded(
        &self,
        call: &Call,
        answer: Result<Done, Fault>,
        failed: cairn_gateway::Trace,
    ) -> Result<Done, Fault> {
        let recorder = &self.services.recorder;
        match &answer {
            Ok(done) if done.trace.recording == Recording::FrontDoor => {
                recorder.record(call, &done.trace, None).await.unwrap();
            }
            Ok(_) => {}
            Err(fault) => recorder.record(call, &failed, Some(fault)).await.unwrap(),
        }
        answer
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.journal.stop();
    }
}

pub(crate) fn sts_call(caller: &Caller, operation: &str, params: &[(&str, &str)]) -> Call {
    let text: Vec<String> = params.iter().map(|(name, value)| format!("{name}={value}")).collect();
    call(Service::Sts, caller, operation, text.join("&"))
}

fn call(service: Service, caller: &Caller, operation: &str, body: String) -> Call {
    let protocol = match service {
        Service::Sts => Protocol::Query,
        Service::CloudTrail | Service::Cairn => Protocol::Json(Version::V1_1),
    };
    Call {
        service,
        operation: operation.to_owned(),
        protocol,
        caller: caller.clone(),
        region: "eu-central-1".parse().unwrap(),
        request_id: "11111111-2222-4333-8444-555555555555".to_owned(),
        received: NOW,
        source_ip: "192.0.2.7".parse().unwrap(),
        user_agent: Some("a-test".to_owned()),
        tls: None,
        body: Bytes::from(body),
        query: None,
    }
}

pub(crate) fn root(account: &str) -> Caller {
    let identity = Identity::root(id(account)).with_access_key("AKIAROOT");
    caller(identity, cairn_store::Principal::Root, true)
}

pub(crate) fn user(account: &str, name: &str, admin: bool) -> Caller {
    let user_id = format!("AIDA{}", name.to_uppercase());
    let identity = Identity::iam_user(id(account), &user_id, "/", name).with_access_key("AKIAUSER");
    let arn = identity.arn.clone().unwrap();
    let name = name.to_owned();
    caller(identity, cairn_store::Principal::User { name, id: user_id, arn, admin }, admin)
}

/// An administrator of the first account.
pub(crate) fn operator() -> Caller {
    Caller { operator: true, ..user(OWN, "chief", true) }
}

/// Who has assumed a role.
pub(crate) fn role_session(account: &str, admin: bool) -> Caller {
    let issuer = SessionIssuer::role(id(account), "AROAWORKER", "/", "worker");
    let attributes = SessionAttributes { creation_date: NOW, mfa_authenticated: false };
    let identity = Identity::assumed_role(issuer, "day-shift", attributes);
    let identity = identity.with_access_key("ASIAROLE");
    Caller { principal: None, ..caller(identity, cairn_store::Principal::Root, admin) }
}

/// A caller by the credentials of GetSessionToken.
pub(crate) fn token_session(of: &Caller) -> Caller {
    Caller { principal: None, ..of.clone() }
}

fn caller(identity: Identity, principal: cairn_store::Principal, admin: bool) -> Caller {
    Caller {
        account: identity.account_id.unwrap(),
        arn: identity.arn.clone().unwrap(),
        user_id: identity.principal_id.clone().unwrap(),
        is_root: identity.kind == Some(cairn_event::IdentityType::Root),
        principal: Some(principal),
        admin,
        operator: false,
        identity,
    }
}

/// How long the session of an answer lives, in seconds.
pub(crate) fn seconds(answer: &str) -> i64 {
    Timestamp::parse(tag(answer, "Expiration")).unwrap().seconds() - NOW.seconds()
}

/// The text of the first element with this name.
pub(crate) fn tag<'a>(xml: &'a str, name: &str) -> &'a str {
    let (_, rest) = xml.split_once(&format!("<{name}>")).unwrap();
    rest.split_once(&format!("</{name}>")).unwrap().0
}
