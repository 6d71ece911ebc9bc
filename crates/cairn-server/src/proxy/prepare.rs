//! The request as the upstream gets it.

use std::borrow::Cow;
use std::sync::Arc;

use cairn_wire::sigv4::{Seed, SigningKey};
use cairn_wire::{Fault, Parts};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, HOST, HeaderMap, HeaderValue};
use http::uri::PathAndQuery;
use http::{Request, Uri, Version};
use hyper::body::SizeHint;

use super::admit::Proven;
use super::embedded::Guest;
use super::exchange::Call;
use super::intake::Intake;
use super::send::is_repeatable;
use super::uplink::{Check, Tally, Uplink};
use super::{Gateway, outbound};

/// What the upstream gets.
pub(super) struct Outgoing {
    pub(super) request: Request<Uplink>,
    pub(super) tally: Arc<Tally>,
    /// Whether it may be sent twice.
    pub(super) repeatable: bool,
}

/// A head with the upstream's own signature.
struct Resigned {
    headers: HeaderMap,
    seed: Seed,
    key: SigningKey,
    line: PathAndQuery,
}

impl Gateway {
    /// The request as the upstream gets it: the same but for the signature, where that is made
    /// anew.
    pub(super) fn prepare(&self, call: &Call<'_>, intake: &mut Intake) -> Result<Outgoing, Fault> {
        let mut headers = call.head.headers.clone();
        outbound::strip(&mut headers);
        let mut line = call.head.uri.path_and_query().cloned();
        let mut check = Check::None;
        if call.upstream.is_embedded() {
            return self.prepare_inside(call, intake, headers);
        }
        if let Some(proven) = &call.who.proven {
            match self.resign(call, proven, &headers)? {
                None => check = proven.check(intake.is_whole(), None, false)?,
                Some(signed) => {
                    check =
                        proven.check(intake.is_whole(), Some((&signed.key, signed.seed)), false)?;
                    headers = signed.headers;
                    line = Some(signed.line);
                }
            }
        }
        // Signatures do not cover these.
        let bodiless = intake.is_whole() && intake.size.exact() == Some(0);
        let size = match (intake.is_whole(), intake.size.exact()) {
            (false, None) => SizeHint::default(),
            (_, Some(size)) => SizeHint::with_exact(size),
            (true, None) => SizeHint::with_exact(intake.joined().len() as u64),
        };
        if let (Some(size), true) = (size.exact(), headers.contains_key(CONTENT_LENGTH)) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(size));
        }
        if size.exact().is_some() {
            outbound::strip_trailer(&mut headers);
        }
        let pieces = std::mem::take(&mut intake.pieces);
        let (uplink, tally) = Uplink::new(pieces, intake.rest.take(), size, check);
        let line = line.unwrap_or_else(|| PathAndQuery::from_static("/"));
        let mut request = Request::new(uplink);
        *request.method_mut() = call.head.method.clone();
        *request.uri_mut() = Uri::from(line);
        *request.version_mut() = Version::HTTP_11;
        *request.headers_mut() = headers;
        *request.extensions_mut() = call.head.extensions.clone();
        let repeatable = is_repeatable(&call.head.method, bodiless, call.read_only);
        Ok(Outgoing { request, tally, repeatable })
    }

    /// The request as a service inside Cairn gets it: verified, without the framing of signed
    /// chunks, the bucket in the path, and with the caller beside it.
    fn prepare_inside(
        &self,
        call: &Call<'_>,
        intake: &mut Intake,
        mut headers: HeaderMap,
    ) -> Result<Outgoing, Fault> {
        let mut size = match intake.size.exact() {
            Some(size) => SizeHint::with_exact(size),
            None if intake.is_whole() => SizeHint::with_exact(intake.joined().len() as u64),
            None => SizeHint::default(),
        };
        let mut check = Check::None;
        if let Some(proven) = &call.who.proven {
            check = proven.check(intake.is_whole(), None, true)?;
            if let (Check::Decoded(_), Some(decoded)) = (&check, proven.decoded) {
                size = SizeHint::with_exact(decoded);
                outbound::strip_chunked(&mut headers);
            }
        }
        headers.remove(AUTHORIZATION);
        match size.exact() {
            Some(size) => headers.insert(CONTENT_LENGTH, HeaderValue::from(size)),
            None => headers.remove(CONTENT_LENGTH),
        };
        let query = match &call.who.proven {
            Some(proven) => proven.query.as_deref(),
            None => call.parts.query,
        };
        let bucket = call.found.bucket.as_deref().map(|bucket| format!("/{bucket}"));
        let mut line = format!("{}{}", bucket.unwrap_or_default(), call.parts.path);
        if let Some(query) = query.filter(|query| !query.is_empty()) {
            line.push('?');
            line.push_str(query);
        }
        let line: PathAndQuery =
            line.parse().map_err(|_| Fault::validation("the path cannot be read"))?;
        let pieces = std::mem::take(&mut intake.pieces);
        let (uplink, tally) = Uplink::new(pieces, intake.rest.take(), size, check);
        let mut request = Request::new(uplink);
        *request.method_mut() = call.head.method.clone();
        *request.uri_mut() = Uri::from(line);
        *request.version_mut() = Version::HTTP_11;
        *request.headers_mut() = headers;
        request.extensions_mut().insert(Guest {
            actor: call.who.actor(),
            region: call.found.region.as_deref().unwrap_or(self.home.as_str()).to_owned(),
            request_id: call.request_id.to_owned(),
            address: call.peer.ip,
            secure: call.peer.tls.is_some(),
        });
        Ok(Outgoing { request, tally, repeatable: false })
    }

    /// The head signed with the upstream's credentials; `None` where signatures pass untouched.
    fn resign(
        &self,
        call: &Call<'_>,
        proven: &Proven,
        headers: &HeaderMap,
    ) -> Result<Option<Resigned>, Fault> {
        let settings = &call.upstream.settings;
        if !call.upstream.resigns() {
            return Ok(None);
        }
        let Some(scope) = call.found.scope() else {
            return Err(Fault::access_denied("the request is signed for no service"));
        };
        let mut headers = headers.clone();
        let host = HeaderValue::from_str(&settings.url.authority);
        headers.insert(HOST, host.map_err(|_| Fault::internal("a host that is no header"))?);
        // A bucket that was named by the host is named by the path: the host is another one now.
        let path = match call.found.bucket.as_deref() {
            Some(bucket) => format!("/{bucket}{}", call.parts.path).into(),
            None => Cow::Borrowed(call.parts.path),
        };
        let line = match proven.query.as_deref() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_string(),
        };
        let line: PathAndQuery =
            line.parse().map_err(|_| Fault::validation("the path cannot be forwarded"))?;
        let parts = Parts {
            method: call.parts.method,
            path: line.path(),
            query: line.query(),
            headers: &headers,
        };
        let signed = call.upstream.sign(&parts, proven.claim, scope, self.clock.now());
        let Some(signed) = signed else { return Ok(None) };
        let (signed, key) = signed?;
        Ok(Some(Resigned { headers: signed.headers, seed: signed.seed, key, line }))
    }
}
