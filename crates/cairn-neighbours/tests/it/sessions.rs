//! How long sessions live, and what goes on from one to the next.

use cairn_event::SessionContext;
use cairn_gateway::Caller;
use cairn_store::{Holder, Principal};

use crate::kit::{House, OWN, id, role_session, root, seconds, token_session, user};

#[tokio::test]
async fn only_a_role_that_assumes_a_role_is_held_to_an_hour() {
    let house = House::open().await;
    let role = house.role(OWN, "deploy", false, OWN).await;
    let alice = user(OWN, "alice", false);
    let long = [("DurationSeconds", "43200")];
    for caller in [alice.clone(), token_session(&alice)] {
        let answer = house.assume(&caller, &role, &long).await.unwrap();
        assert_eq!(seconds(&answer), 43_200);
        let answer = house.assume(&caller, &role, &[]).await.unwrap();
        assert_eq!(seconds(&answer), 3600);
    }
    let worker = role_session(OWN, false);
    let fault = house.assume(&worker, &role, &long).await.unwrap_err();
    assert!(fault.message.ends_with("less than or equal to 3600"), "{}", fault.message);
    let answer = house.assume(&worker, &role, &[("DurationSeconds", "900")]).await.unwrap();
    assert_eq!(seconds(&answer), 900);
}

#[tokio::test]
async fn the_session_of_root_lives_an_hour_at_most() {
    let house = House::open().await;
    for (caller, asked, given) in [
        (root(OWN), None, 3600),
        (root(OWN), Some("129600"), 3600),
        (root(OWN), Some("900"), 900),
        (user(OWN, "alice", false), None, 43_200),
        (user(OWN, "alice", false), Some("129600"), 129_600),
    ] {
        let params: Vec<_> =
            asked.map(|seconds| ("DurationSeconds", seconds)).into_iter().collect();
        let answer = house.sts(&caller, "GetSessionToken", &params).await.unwrap();
        assert_eq!(seconds(&answer), given, "{asked:?} for {}", caller.arn);
    }
    let params = [("DurationSeconds", "129601")];
    let fault = house.sts(&root(OWN), "GetSessionToken", &params).await.unwrap_err();
    assert!(fault.message.ends_with("less than or equal to 129600"), "{}", fault.message);
}

#[tokio::test]
async fn a_session_token_stands_for_who_asked_for_it() {
    let house = House::open().await;
    let answer = house.sts(&root(OWN), "GetSessionToken", &[]).await.unwrap();
    let session = house.session(&answer);
    assert_eq!(session.account, id(OWN));
    assert_eq!(session.holder, Holder::Principal(Principal::Root));
    assert_eq!(session.expires.since(session.issued).as_secs(), 3600);
}

#[tokio::test]
async fn a_session_gets_no_session_token() {
    let house = House::open().await;
    for caller in [role_session(OWN, true), token_session(&user(OWN, "alice", false))] {
        let fault = house.sts(&caller, "GetSessionToken", &[]).await.unwrap_err();
        assert_eq!(fault.code, "AccessDeniedException");
    }
}

#[tokio::test]
async fn a_source_identity_goes_on_and_is_not_exchanged() {
    let house = House::open().await;
    let role = house.role(OWN, "deploy", false, OWN).await;
    let plain = role_session(OWN, false);
    let marked = with_source_identity(&plain, "alice");
    let source = |value| [("SourceIdentity", value)];
    let given = async |caller: &Caller, more: &[(&str, &str)]| {
        let answer = house.assume(caller, &role, more).await.unwrap();
        house.session(&answer).source_identity
    };
    assert_eq!(given(&plain, &[]).await, None);
    assert_eq!(given(&plain, &source("bob")).await.as_deref(), Some("bob"));
    assert_eq!(given(&marked, &[]).await.as_deref(), Some("alice"));
    assert_eq!(given(&marked, &source("alice")).await.as_deref(), Some("alice"));
    let fault = house.assume(&marked, &role, &source("bob")).await.unwrap_err();
    assert_eq!(fault.code, "AccessDeniedException");
    assert!(fault.message.contains("sts:SetSourceIdentity"), "{}", fault.message);
}

fn with_source_identity(caller: &Caller, text: &str) -> Caller {
    let mut caller = caller.clone();
    let context = caller.identity.session_context.get_or_insert_with(SessionContext::default);
    context.source_identity = Some(text.to_owned());
    caller
}
