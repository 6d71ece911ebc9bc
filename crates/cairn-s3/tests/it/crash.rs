//! What a crash leaves: files that nobody names, and nothing else.

use std::fs;

use cairn_core::Timestamp;

use crate::kit::House;

#[expect(clippy::disallowed_methods, reason = "the test leaves what a crash would")]
fn leave(path: &std::path::Path) {
    fs::write(path, b"left").unwrap();
}

#[tokio::test]
async fn a_start_removes_what_no_object_names() {
    let mut house = House::new().await;
    house.bucket("one").await;
    house.put("/one/key", "kept").await;
    let objects = house.dir.path().join("objects");
    // One that was being written, one that was renamed before its row, one whose row is gone.
    leave(&objects.join("tmp/00000000000000000000000000000001"));
    let shard = fs::read_dir(objects.join("data")).unwrap().next().unwrap().unwrap().path();
    leave(&shard.join(format!("{}orphan", shard.file_name().unwrap().to_str().unwrap())));
    fs::create_dir_all(objects.join("data/zz")).unwrap();
    leave(&objects.join("data/zz/zz-another"));
    house.restart().await;
    assert_eq!(house.files(), 1);
    assert_eq!(fs::read_dir(objects.join("tmp")).unwrap().count(), 0);
    assert_eq!(house.ask("GET", "/one/key").await.fine().text(), "kept");
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let mut house = House::new().await;
    house.bucket("vone").await;
    for number in 0..10 {
        house.put(&format!("/vone/{number}"), format!("{number}")).await;
    }
    house.put("/vone/0", "again").await;
    house.restart().await;
    assert_eq!(house.files(), 11);
    for number in 1..10 {
        let got = house.ask("GET", &format!("/vone/{number}")).await.fine();
        assert_eq!(got.text(), number.to_string());
    }
    assert_eq!(house.ask("GET", "/vone/0").await.fine().text(), "again");
    assert!(house.s3.expire(Timestamp::MAX).await.is_ok());
    assert_eq!(house.files(), 11, "a bucket without rules keeps everything");
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_nothing() {
    use http_body_util::BodyExt;

    let house = House::new().await;
    house.bucket("one").await;
    let body = Broken { sent: false }.boxed_unsync();
    let request = http::Request::builder().method("PUT").uri("/one/key").body(body).unwrap();
    let answer = house.s3.serve(request, crate::kit::admin(crate::kit::OWNER), "1").await;
    assert_eq!(answer.status().as_u16(), 400);
    assert_eq!(house.files(), 0);
    assert_eq!(fs::read_dir(house.dir.path().join("objects/tmp")).unwrap().count(), 0);
    assert_eq!(house.ask("GET", "/one/key").await.code(), "NoSuchKey");
}

/// Some bytes, then an end that is none.
struct Broken {
    sent: bool,
}

impl http_body::Body for Broken {
    type Data = bytes::Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, Self::Error>>> {
        let frame = if self.sent {
            Err("the client hung up".into())
        } else {
            Ok(http_body::Frame::data(bytes::Bytes::from(vec![1; 600_000])))
        };
        self.sent = true;
        std::task::Poll::Ready(Some(frame))
    }
}
