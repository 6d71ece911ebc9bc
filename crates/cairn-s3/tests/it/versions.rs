//! Versions, delete markers and what locks keep.

use crate::kit::{Asked, House};

#[tokio::test]
async fn a_marker_hides_the_object_and_can_be_taken_away() {
    let house = House::new().await;
    house.bucket("vone").await;
    let first = house.put("/vone/key", "1").await.header("x-amz-version-id").to_owned();
    house.put("/vone/key", "2").await;
    let deleted = house.ask("DELETE", "/vone/key").await.fine();
    assert_eq!(deleted.header("x-amz-delete-marker"), "true");
    let marker = deleted.header("x-amz-version-id");
    let got = house.ask("GET", "/vone/key").await;
    assert_eq!((got.header("x-amz-delete-marker"), got.code().as_str()), ("true", "NoSuchKey"));
    let of_marker = house.ask("GET", &format!("/vone/key?versionId={marker}")).await;
    assert_eq!(of_marker.code(), "MethodNotAllowed");
    let old = house.ask("GET", &format!("/vone/key?versionId={first}")).await.fine();
    assert_eq!(old.text(), "1");
    house.ask("DELETE", &format!("/vone/key?versionId={marker}")).await.fine();
    assert_eq!(house.ask("GET", "/vone/key").await.fine().text(), "2");
}

#[tokio::test]
async fn suspended_versioning_replaces_only_its_own() {
    let house = House::new().await;
    house.bucket("vone").await;
    let kept = house.put("/vone/key", "1").await.header("x-amz-version-id").to_owned();
    let text = "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>";
    Asked::new("PUT", "/vone?versioning").body(text).of(&house).await.fine();
    for text in ["2", "3"] {
        assert_eq!(house.put("/vone/key", text).await.header("x-amz-version-id"), "null");
    }
    let listed = house.ask("GET", "/vone?versions").await.fine();
    assert_eq!(listed.elements("VersionId"), ["null", kept.as_str()]);
    assert_eq!(house.files(), 2);
}

#[tokio::test]
async fn pages_of_versions_go_on_where_versions_were_deleted() {
    let house = House::new().await;
    house.bucket("vone").await;
    for number in 0..7 {
        house.put("/vone/key", format!("{number}")).await;
    }
    let (mut seen, mut query) = (Vec::new(), "/vone?versions&max-keys=2".to_owned());
    loop {
        let page = house.ask("GET", &query).await.fine();
        for version in page.elements("VersionId") {
            house.ask("DELETE", &format!("/vone/key?versionId={version}")).await.fine();
            seen.push(version);
        }
        if page.element("IsTruncated") == "false" {
            break;
        }
        query = format!(
            "/vone?versions&max-keys=2&key-marker={}&version-id-marker={}",
            page.element("NextKeyMarker"),
            page.element("NextVersionIdMarker")
        );
    }
    assert_eq!(seen.len(), 7);
    house.ask("DELETE", "/vone").await.fine();
}

#[tokio::test]
async fn a_locked_version_stays_until_its_time() {
    let house = House::new().await;
    house.bucket("lone").await;
    let put = Asked::new("PUT", "/lone/key")
        .header("x-amz-object-lock-mode", "COMPLIANCE")
        .header("x-amz-object-lock-retain-until-date", "2025-10-20T00:00:00Z")
        .body("x");
    let version = put.of(&house).await.fine().header("x-amz-version-id").to_owned();
    let path = format!("/lone/key?versionId={version}");
    let delete = || Asked::new("DELETE", &path).header("x-amz-bypass-governance-retention", "true");
    let refused = delete().of(&house).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (403, "AccessDenied"));
    house.ask("DELETE", "/lone/key").await.fine();
    let text =
        format!("<Delete><Object><Key>key</Key><VersionId>{version}</VersionId></Object></Delete>");
    let many = Asked::new("POST", "/lone?delete").body(text).of(&house).await.fine();
    assert_eq!(many.element("Code"), "AccessDenied");
    let shorter = "<Retention><Mode>COMPLIANCE</Mode>\
                   <RetainUntilDate>2025-10-19T00:00:00Z</RetainUntilDate></Retention>";
    let shorten = Asked::new("PUT", &format!("{path}&retention")).body(shorter);
    assert_eq!(shorten.of(&house).await.code(), "AccessDenied");
    let hold = "<LegalHold><Status>ON</Status></LegalHold>";
    Asked::new("PUT", &format!("{path}&legal-hold")).body(hold).of(&house).await.fine();
    house.clock.advance(std::time::Duration::from_hours(24 * 30));
    assert_eq!(delete().of(&house).await.code(), "AccessDenied", "the hold has no end");
    let free = hold.replace("ON", "OFF");
    Asked::new("PUT", &format!("{path}&legal-hold")).body(free).of(&house).await.fine();
    delete().of(&house).await.fine();
    assert_eq!(house.ask("GET", &path).await.code(), "NoSuchVersion");
}

#[tokio::test]
async fn a_bucket_can_lock_what_says_nothing() {
    let house = House::new().await;
    house.bucket("lone").await;
    let text = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule>\
                <DefaultRetention><Mode>GOVERNANCE</Mode><Days>3</Days></DefaultRetention></Rule>\
                </ObjectLockConfiguration>";
    Asked::new("PUT", "/lone?object-lock").body(text).of(&house).await.fine();
    let version = house.put("/lone/key", "x").await.header("x-amz-version-id").to_owned();
    let head = house.ask("HEAD", "/lone/key").await.fine();
    assert_eq!(head.header("x-amz-object-lock-mode"), "GOVERNANCE");
    let path = format!("/lone/key?versionId={version}");
    assert_eq!(house.ask("DELETE", &path).await.code(), "AccessDenied");
    let bypass = Asked::new("DELETE", &path).header("x-amz-bypass-governance-retention", "true");
    bypass.of(&house).await.fine();
}

#[tokio::test]
async fn versioning_of_a_locked_bucket_stays_and_mfa_is_refused() {
    let house = House::new().await;
    house.bucket("lone").await;
    let set = |inner: &str| {
        let text = format!("<VersioningConfiguration>{inner}</VersioningConfiguration>");
        Asked::new("PUT", "/lone?versioning").body(text)
    };
    let suspend = set("<Status>Suspended</Status>").of(&house).await;
    assert_eq!(suspend.code(), "InvalidBucketState");
    let mfa = set("<Status>Enabled</Status><MfaDelete>Enabled</MfaDelete>").of(&house).await;
    assert_eq!(mfa.code(), "AccessDenied");
    house.bucket("one").await;
    let lock = Asked::new("PUT", "/one/key").header("x-amz-object-lock-legal-hold", "ON");
    assert_eq!(lock.of(&house).await.code(), "InvalidRequest");
}
