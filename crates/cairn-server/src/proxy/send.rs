//! One request to one upstream, and whether it may have had an effect when it failed.

use std::sync::Arc;
use std::time::Duration;

use cairn_wire::Fault;
use http::{Method, Request, Response};

use super::pool::{Answering, Broken};
use super::uplink::{Tally, Uplink};
use super::upstream::{Place, Upstream};

/// A call that got no answer.
pub(super) enum Lost {
    /// The upstream never had the whole request.
    Before(Fault),
    /// It may have had it, and nobody knows what it did.
    Unknown(Fault),
    /// The same, after the longest wait: it is not asked again.
    Late(Fault),
}

/// Sends a request. What only reads and has no body is sent once more when the connection breaks:
/// the upstream may have closed one that was idle.
pub(super) async fn send(
    upstream: &Upstream,
    request: Request<Uplink>,
    tally: &Arc<Tally>,
    repeatable: bool,
) -> Result<Response<Answering>, Lost> {
    let again = repeatable.then(|| copy(&request));
    let first = once(upstream, request, tally).await;
    match (first, again) {
        (Err(Lost::Unknown(_)), Some(request)) => once(upstream, request, tally).await,
        (first, _) => first,
    }
}

async fn once(
    upstream: &Upstream,
    request: Request<Uplink>,
    tally: &Arc<Tally>,
) -> Result<Response<Answering>, Lost> {
    let limit = upstream.settings.answer_timeout;
    let answered = match &upstream.place {
        Place::Remote(pool) => progressing(pool.send(request), tally, limit).await,
        Place::Inside(service) => {
            let answered = progressing(service.serve(request), tally, limit).await;
            if let Some(fault) = tally.broken() {
                return Err(Lost::Before(fault.clone()));
            }
            answered.map(|response| Ok(response.map(Answering::Inside)))
        }
    };
    let name = &upstream.settings.name;
    let Some(answered) = answered else {
        let text = format!("the upstream {name} gave no answer within {} s", limit.as_secs());
        if !tally.ended() {
            let text = "the request's body stopped coming: send it again";
            return Err(Lost::Before(Fault::client("RequestTimeout", text).with_status(408)));
        }
        upstream.found(false, &text);
        return Err(Lost::Late(Fault::unavailable(text).with_status(504)));
    };
    let error = match answered {
        Ok(response) if response.status().is_informational() => {
            let text =
                format!("the upstream {name} changed the protocol, which nobody asked it to");
            return Err(Lost::Unknown(Fault::unavailable(text).with_status(502)));
        }
        Ok(response) => {
            upstream.found(true, "");
            return Ok(response);
        }
        Err(error) => error,
    };
    if let Some(fault) = tally.broken() {
        return Err(Lost::Before(fault.clone()));
    }
    let url = &upstream.settings.url;
    let (did, why, unreached) = match error {
        Broken::Unreached(why) => ("cannot be reached", why, true),
        Broken::Off(why) => ("broke off", why, false),
    };
    let text = format!(
        "the upstream {name} at {} {did}: {why}; check that it runs and that the address is right",
        url.authority
    );
    upstream.found(false, &text);
    let fault = Fault::unavailable(text);
    Err(if unreached { Lost::Before(fault) } else { Lost::Unknown(fault) })
}

/// `None` when nothing has moved for `limit`: neither the request's body nor the answer.
async fn progressing<T>(
    work: impl Future<Output = T>,
    tally: &Arc<Tally>,
    limit: Duration,
) -> Option<T> {
    let mut work = std::pin::pin!(work);
    let mut seen = tally.bytes();
    loop {
        match tokio::time::timeout(limit, work.as_mut()).await {
            Ok(done) => return Some(done),
            Err(_) if tally.bytes() == seen => return None,
            Err(_) => seen = tally.bytes(),
        }
    }
}

fn copy(request: &Request<Uplink>) -> Request<Uplink> {
    let (body, _) = Uplink::whole(bytes::Bytes::new());
    let mut copy = Request::new(body);
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    *copy.extensions_mut() = request.extensions().clone();
    copy
}

/// Whether a request may be sent twice.
pub(super) fn is_repeatable(method: &Method, bodiless: bool, read_only: bool) -> bool {
    bodiless && read_only && matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}
