use base64::Engine;
use tempfile::TempDir;

use super::*;
use crate::store::tests::{FIRST, id, open as open_store};
use crate::{NewRole, account, role, user};

const HOUR: Duration = Duration::from_hours(1);

/// A store with the role `ops` and the user `alice`.
async fn with_identities() -> (TempDir, Store, Role) {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(&dir).await;
    let mut txn = store.begin().await.unwrap();
    account::create(&mut txn, Some(id(FIRST)), "first").await.unwrap();
    let new = NewRole { name: "ops", admin: true, trusted: &[] };
    let ops = role::create(&mut txn, id(FIRST), new).await.unwrap();
    user::create(&mut txn, id(FIRST), "alice", false).await.unwrap();
    txn.commit().await.unwrap();
    (dir, store, ops)
}

fn new(holder: Holder) -> NewSession {
    let source_identity = Some("alice@example.com".to_owned());
    NewSession { account: id(FIRST), holder, duration: HOUR, source_identity }
}

#[tokio::test]
async fn a_token_opens_to_its_session_until_it_expires() {
    let (dir, store, ops) = with_identities().await;
    let IssuedSession { session, token } = issue(&store, new(Holder::role(&ops, "night")));
    let key = &session.access_key_id;
    assert!(key.starts_with("ASIA") && key.len() == 20);
    assert!(session.holder.is_admin());
    assert_eq!(open(&store, key, &token, session.issued).unwrap(), session);
    let last = Timestamp::from_millis(session.expires.millis() - 1);
    assert_eq!(open(&store, key, &token, last).unwrap(), session);
    assert_eq!(open(&store, key, &token, session.expires), Err(SessionError::Expired));
    assert_eq!(session.expires.since(session.issued), HOUR);
    store.close().await;
    let store = open_store(&dir).await;
    assert_eq!(open(&store, key, &token, last).unwrap(), session, "after a restart, too");
}

#[tokio::test]
async fn a_forged_token_is_told_from_an_expired_one() {
    let (_dir, store, ops) = with_identities().await;
    let IssuedSession { session, token } = issue(&store, new(Holder::role(&ops, "night")));
    let other = issue(&store, new(Holder::role(&ops, "day")));
    let now = session.issued;
    let key = &session.access_key_id;
    assert_eq!(open(&store, key, &other.token, now), Err(SessionError::Forged));
    assert_eq!(open(&store, "ASIAOTHER", &token, now), Err(SessionError::Forged));
    // A forged token says nothing about expiry, either.
    assert_eq!(open(&store, "ASIAOTHER", &token, session.expires), Err(SessionError::Forged));
    let sealed = STANDARD.decode(&token).unwrap();
    for index in 0..sealed.len() {
        let mut forged = sealed.clone();
        forged[index] ^= 0x80;
        let forged = STANDARD.encode(forged);
        assert_eq!(open(&store, key, &forged, now), Err(SessionError::Forged), "byte {index}");
    }
    for text in ["", "!", "AAAA", &"A".repeat(TOKEN_BYTES + 4), &token[1..]] {
        assert_eq!(open(&store, key, text, now), Err(SessionError::Forged), "{text:.20}");
    }
    // The token of another server.
    let (_dir, elsewhere, _) = with_identities().await;
    assert_eq!(open(&elsewhere, key, &token, now), Err(SessionError::Forged));
}

#[tokio::test]
async fn sessions_end_with_their_user_or_role() {
    let (_dir, store, ops) = with_identities().await;
    let alice = user::get(&store, id(FIRST), "alice").await.unwrap();
    let holders = [
        Holder::role(&ops, "night"),
        Holder::Principal(alice.into()),
        Holder::Principal(Principal::Root),
    ];
    let issued = holders.map(|holder| issue(&store, new(holder)));
    let opened = |store: &Store| {
        issued.clone().map(|issued| {
            let Session { access_key_id, issued: now, .. } = issued.session;
            open(store, &access_key_id, &issued.token, now).map(drop)
        })
    };
    assert_eq!(opened(&store), [Ok(()), Ok(()), Ok(())]);
    let mut txn = store.begin().await.unwrap();
    role::delete(&mut txn, id(FIRST), "ops").await.unwrap();
    user::delete(&mut txn, id(FIRST), "alice").await.unwrap();
    // The same names again are other identities.
    user::create(&mut txn, id(FIRST), "alice", true).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(opened(&store), [Err(SessionError::Revoked), Err(SessionError::Revoked), Ok(())]);
}

#[tokio::test]
async fn the_longest_session_fits_into_a_token() {
    let (_dir, store, _) = with_identities().await;
    let (name, id_) = ("r".repeat(64), "AROA234567ABCDEFGHIJ".to_owned());
    let holder = Holder::Role { name, id: id_, admin: true, session_name: "s".repeat(64) };
    let new = NewSession { source_identity: Some("i".repeat(64)), ..new(holder) };
    assert!(issue(&store, new).token.len() <= TOKEN_BYTES / 4);
}

#[tokio::test]
async fn what_a_session_is_good_for_is_sealed_in_its_token() {
    let (_dir, store, ops) = with_identities().await;
    for reach in [Reach::Everything, Reach::Tables, Reach::Bearer] {
        let issued = issue_within(&store, new(Holder::role(&ops, "night")), reach);
        let IssuedSession { session, token } = issued;
        let opened = open(&store, &session.access_key_id, &token, session.issued).unwrap();
        assert_eq!(opened.reach, reach);
    }
}
