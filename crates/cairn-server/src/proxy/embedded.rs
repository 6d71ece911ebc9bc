//! Services inside Cairn that answer where an upstream would: their calls pass the same steps and
//! are recorded in the same way.

use std::net::IpAddr;
use std::pin::Pin;

use bytes::Bytes;
use cairn_ports::Actor;
use cairn_wire::{Family, Fault, fault_response};
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};

use super::uplink::Uplink;

/// The largest body of a call that is no object: SQS takes batches of 1 MiB, and escapes of them.
const CALL_BYTES: usize = 4 * 1024 * 1024;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;
pub(crate) type Inner = UnsyncBoxBody<Bytes, Failure>;
pub(crate) type Reply<'a, B> = Pin<Box<dyn Future<Output = Response<B>> + Send + 'a>>;

/// A service inside Cairn.
pub(crate) enum Embedded {
    /// One whose bodies are large: S3.
    Objects(Box<dyn Objects>),
    /// One whose calls fit in memory.
    Calls { name: &'static str, family: Family, service: Box<dyn Calls> },
}

pub(crate) trait Objects: Send + Sync {
    fn serve(&self, request: Request<Inner>, guest: Guest) -> Reply<'_, Inner>;
}

pub(crate) trait Calls: Send + Sync {
    fn answer<'a>(&'a self, request: &'a Request<Bytes>, guest: &'a Guest) -> Reply<'a, Bytes>;
}

/// Who asks an embedded service, and for which Region.
#[derive(Debug, Clone)]
pub(crate) struct Guest {
    pub(crate) actor: Actor,
    pub(crate) region: String,
    pub(crate) request_id: String,
    pub(crate) address: IpAddr,
    /// Whether the request came over TLS.
    pub(crate) secure: bool,
}

impl Embedded {
    /// As clients sign for it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Objects(_) => "s3",
            Self::Calls { name, .. } => name,
        }
    }

    /// Answers one call; refusals are answers as well.
    pub(super) async fn serve(&self, request: Request<Uplink>) -> Response<Inner> {
        let (mut head, body) = request.into_parts();
        let guest = head.extensions.remove::<Guest>().expect("prepare names who asks");
        match self {
            Self::Objects(service) => {
                let body = body.map_err(Failure::from).boxed_unsync();
                service.serve(Request::from_parts(head, body), guest).await
            }
            Self::Calls { family, service, .. } => {
                match Limited::new(body, CALL_BYTES).collect().await {
                    Ok(collected) => {
                        let request = Request::from_parts(head, collected.to_bytes());
                        service.answer(&request, &guest).await.map(whole)
                    }
                    Err(error) => {
                        let fault = unread(&*error);
                        fault_response(*family, &head.method, &guest.request_id, &fault).map(whole)
                    }
                }
            }
        }
    }
}

fn unread(error: &(dyn std::error::Error + Send + Sync + 'static)) -> Fault {
    if error.is::<LengthLimitError>() {
        return Fault::too_large(CALL_BYTES);
    }
    Fault::client("IncompleteBody", "the request's body ended early: send it again")
}

fn whole(bytes: Bytes) -> Inner {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}
