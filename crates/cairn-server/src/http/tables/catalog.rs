//! The REST catalog: which tables there are, and where their metadata is.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use cairn_core::limits;
use cairn_gateway::{READER_LIFE, Reader};
use cairn_lake::{BUCKET, Location};
use cairn_store::lake_table::{self, NAMESPACE};
use cairn_task::blocking;
use cairn_wire::Parts;
use cairn_wire::sigv4::{Payload, Presented};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, HOST, HeaderValue, TRANSFER_ENCODING};
use http::request::Parts as Head;
use http::{Method, Response};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::form::{field, unescape};
use super::refusal::Refusal;
use super::{CATALOG, Sent, Tables, json as answer};
use crate::http::body::{Pool, Whole};
use crate::http::{Peer, Seen};

/// The paths that the catalog serves, as clients are told of them.
const ENDPOINTS: [&str; 8] = [
    "GET /v1/{prefix}/namespaces",
    "GET /v1/{prefix}/namespaces/{namespace}",
    "HEAD /v1/{prefix}/namespaces/{namespace}",
    "GET /v1/{prefix}/namespaces/{namespace}/tables",
    "GET /v1/{prefix}/namespaces/{namespace}/tables/{table}",
    "HEAD /v1/{prefix}/namespaces/{namespace}/tables/{table}",
    "GET /v1/{prefix}/namespaces/{namespace}/tables/{table}/credentials",
    "POST /v1/{prefix}/namespaces/{namespace}/tables/{table}/metrics",
];

/// What a request asks for.
#[derive(Debug, PartialEq, Eq)]
enum Ask {
    Config,
    Token,
    Namespaces,
    Namespace(String),
    Tables(String),
    Table(String, String),
    Credentials(String, String),
    Metrics(String, String),
    /// There are none.
    Views(String),
    View(String),
    Write,
    Unknown,
}

impl Ask {
    fn of(method: &Method, path: &str) -> Self {
        let rest = path.strip_prefix(CATALOG).unwrap_or_default();
        let segments: Option<Vec<String>> =
            rest.split('/').map(|segment| unescape(segment, false)).collect();
        let segments = segments.unwrap_or_default();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let reads = method == Method::GET || method == Method::HEAD;
        let own = |text: &str| text.to_owned();
        match segments[..] {
            ["oauth", "tokens"] if method == Method::POST => Self::Token,
            ["namespaces", space, "tables", table, "metrics"] if method == Method::POST => {
                Self::Metrics(own(space), own(table))
            }
            _ if !reads => Self::Write,
            ["config"] => Self::Config,
            ["namespaces"] => Self::Namespaces,
            ["namespaces", space] => Self::Namespace(own(space)),
            ["namespaces", space, "tables"] => Self::Tables(own(space)),
            ["namespaces", space, "tables", table] => Self::Table(own(space), own(table)),
            ["namespaces", space, "tables", table, "credentials"] => {
                Self::Credentials(own(space), own(table))
            }
            ["namespaces", space, "views"] => Self::Views(own(space)),
            ["namespaces", _, "views", view] => Self::View(own(view)),
            _ => Self::Unknown,
        }
    }

    /// What the specification calls it, for metrics.
    fn name(&self) -> &'static str {
        match self {
            Self::Config => "GetConfig",
            Self::Token => "GetToken",
            Self::Namespaces => "ListNamespaces",
            Self::Namespace(_) => "LoadNamespaceMetadata",
            Self::Tables(_) => "ListTables",
            Self::Table(..) => "LoadTable",
            Self::Credentials(..) => "LoadCredentials",
            Self::Metrics(..) => "ReportMetrics",
            Self::Views(_) => "ListViews",
            Self::View(_) => "LoadView",
            Self::Write => "write",
            Self::Unknown => "other",
        }
    }
}

impl Tables {
    pub(super) async fn catalog(
        &self,
        head: &Head,
        sent: Sent<'_>,
        peer: &Peer,
        seen: &mut Seen,
    ) -> Response<Bytes> {
        let ask = Ask::of(&head.method, head.uri.path());
        seen.service = "iceberg";
        ask.name().clone_into(&mut seen.operation);
        let answered = match self.read(head, sent).await {
            Ok(body) if ask == Ask::Token => Ok(self.token(head, &body.bytes)),
            Ok(body) => match self.reader(head, &body.bytes) {
                Ok(reader) => self.find(ask, &reader, head, peer).await,
                Err(refusal) => Err(refusal),
            },
            Err(refusal) => Err(refusal),
        };
        let mut response = answered.unwrap_or_else(|refusal| refusal.response(&seen.request_id));
        if head.method == Method::HEAD {
            *response.body_mut() = Bytes::new();
            response.headers_mut().remove(CONTENT_LENGTH);
        }
        if let Ok(id) = HeaderValue::from_str(&seen.request_id) {
            response.headers_mut().insert("x-amzn-requestid", id);
        }
        response
    }

    async fn read(&self, head: &Head, sent: Sent<'_>) -> Result<Whole, Refusal> {
        if head.headers.contains_key(TRANSFER_ENCODING) {
            let text = "send the body with a Content-Length, not with Transfer-Encoding";
            return Err(Refusal::new(400, "BadRequestException", text));
        }
        let Sent { body, memory, timeout } = sent;
        let limit = limits::API_BODY_BYTES;
        Ok(memory.read(body, Pool::Strangers, limit, 0, timeout).await?)
    }

    fn reader(&self, head: &Head, body: &[u8]) -> Result<Reader, Refusal> {
        let parts = Parts::of(head);
        let bearer = parts.header(&AUTHORIZATION).and_then(|text| {
            let (scheme, token) = text.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        if let Some(token) = bearer {
            return Ok(self.authenticator.bearer(token)?);
        }
        let presented = Presented::parse(&parts).map_err(cairn_wire::Fault::from)?;
        Ok(self.authenticator.admit_reader(&presented, Payload::of(body))?)
    }

    /// A bearer token for an access key: the grant `client_credentials` of OAuth 2.
    fn token(&self, head: &Head, body: &[u8]) -> Response<Bytes> {
        let refused = |status: u16, error: &str, text: &str| {
            let body = json!({"error": error, "error_description": text});
            answer(status, body.to_string().into_bytes())
        };
        let form = std::str::from_utf8(body).unwrap_or_default();
        if field(form, "grant_type").as_deref() != Some("client_credentials") {
            let text = "the grant client_credentials is the only one: client_id is an access key \
                        id, client_secret its secret access key";
            return refused(400, "unsupported_grant_type", text);
        }
        let in_form = field(form, "client_id").zip(field(form, "client_secret"));
        let Some((id, secret)) = in_form.or_else(|| basic(head)) else {
            return refused(400, "invalid_request", "client_id and client_secret are missing");
        };
        match self.authenticator.exchange(&id, &secret) {
            None => refused(401, "invalid_client", "no access key has this id and this secret"),
            Some(token) => {
                let body = json!({
                    "access_token": token,
                    "token_type": "bearer",
                    "expires_in": READER_LIFE.as_secs(),
                    "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
                });
                answer(200, body.to_string().into_bytes())
            }
        }
    }

    async fn find(
        &self,
        ask: Ask,
        reader: &Reader,
        head: &Head,
        peer: &Peer,
    ) -> Result<Response<Bytes>, Refusal> {
        let exists = head.method == Method::HEAD;
        let body = match ask {
            Ask::Config => json!({"defaults": {}, "overrides": {}, "endpoints": ENDPOINTS}),
            Ask::Namespaces => {
                let parent = field(head.uri.query().unwrap_or_default(), "parent");
                match parent.as_deref() {
                    None | Some("") => json!({"namespaces": [[NAMESPACE]]}),
                    Some(NAMESPACE) => json!({"namespaces": []}),
                    Some(other) => return Err(Refusal::no_namespace(other)),
                }
            }
            Ask::Namespace(space) => {
                check(&space)?;
                json!({"namespace": [NAMESPACE], "properties": {"exists": "true"}})
            }
            Ask::Tables(space) => {
                check(&space)?;
                self.list(reader).await?
            }
            Ask::Table(space, table) if exists => {
                self.row(reader, &space, &table).await?;
                json!({})
            }
            Ask::Table(space, table) => {
                return self.load(reader, &space, &table, &endpoint(head, peer)).await;
            }
            Ask::Credentials(space, table) => {
                self.row(reader, &space, &table).await?;
                let config = self.lent(reader, &endpoint(head, peer));
                json!({"storage-credentials": [{"prefix": prefix(&table), "config": config}]})
            }
            Ask::Metrics(space, table) => {
                self.row(reader, &space, &table).await?;
                return Ok(answer(204, Vec::new()));
            }
            Ask::Views(space) => {
                check(&space)?;
                json!({"identifiers": []})
            }
            Ask::View(view) => {
                let text = format!("View does not exist: {view}");
                return Err(Refusal::new(404, "NoSuchViewException", text));
            }
            Ask::Write => return Err(Refusal::read_only()),
            Ask::Unknown | Ask::Token => {
                let text = "the catalog has no such path";
                return Err(Refusal::new(404, "NotFoundException", text));
            }
        };
        let status = if exists { 204 } else { 200 };
        Ok(answer(status, body.to_string().into_bytes()))
    }

    /// The tables that the reader's account has published.
    async fn list(&self, reader: &Reader) -> Result<Value, Refusal> {
        let published = self.published(reader.caller.account).await?;
        let tables = lake_table::list(&self.store).await?;
        let shown = tables.iter().filter(|table| published.contains(&table.name));
        let identifiers: Vec<Value> =
            shown.map(|table| json!({"namespace": [NAMESPACE], "name": table.name})).collect();
        Ok(json!({"identifiers": identifiers}))
    }

    async fn row(
        &self,
        reader: &Reader,
        space: &str,
        name: &str,
    ) -> Result<lake_table::LakeTable, Refusal> {
        check(space)?;
        let shown = format!("{space}.{name}");
        if !self.is_published(reader.caller.account, name).await? {
            return Err(Refusal::no_table(&shown));
        }
        let found = lake_table::get(&self.store, name).await?;
        found.ok_or_else(|| Refusal::no_table(&shown))
    }

    /// A table's metadata, and what its files are read with.
    async fn load(
        &self,
        reader: &Reader,
        space: &str,
        name: &str,
        endpoint: &str,
    ) -> Result<Response<Bytes>, Refusal> {
        let row = self.row(reader, space, name).await?;
        let location: Location = row.metadata_location.parse()?;
        let home = self.home.clone();
        let metadata = blocking("table-metadata", move || home.read(&location)).await?;
        let mut metadata: BTreeMap<&str, &RawValue> =
            serde_json::from_slice(&metadata).map_err(Refusal::internal)?;
        // Whoever has this file needs no older ones. DuckDB 1.5 would look for them where a table
        // changed since its transaction began, before it knows where and with what to read.
        metadata.remove("metadata-log");
        let config = self.lent(reader, endpoint);
        let body = Loaded {
            metadata_location: &row.metadata_location,
            metadata,
            storage_credentials: json!([{"prefix": prefix(name), "config": config}]),
            config,
        };
        Ok(answer(200, serde_json::to_vec(&body).map_err(Refusal::internal)?))
    }

    /// How an engine reads files: where, and with credentials that read tables only.
    ///
    /// The endpoint ends with a slash: ClickHouse 26.9 takes it off the beginning of a table's
    /// place, and finds no file in a place that begins with a slash then.
    fn lent(&self, reader: &Reader, endpoint: &str) -> Value {
        let issued = self.authenticator.lend(reader);
        json!({
            "s3.endpoint": format!("{endpoint}/"),
            "s3.access-key-id": issued.session.access_key_id,
            "s3.secret-access-key": issued.session.secret.reveal(),
            "s3.session-token": issued.token,
            "s3.session-token-expires-at-ms": issued.session.expires.millis().to_string(),
            "s3.region": self.region,
            "client.region": self.region,
            "s3.path-style-access": "true",
        })
    }
}

#[derive(serde::Serialize)]
#[serde(rename_all = "kebab-case")]
struct Loaded<'a> {
    metadata_location: &'a str,
    metadata: BTreeMap<&'a str, &'a RawValue>,
    config: Value,
    storage_credentials: Value,
}

/// There is one namespace.
fn check(space: &str) -> Result<(), Refusal> {
    if space == NAMESPACE { Ok(()) } else { Err(Refusal::no_namespace(space)) }
}

fn prefix(table: &str) -> String {
    format!("s3://{BUCKET}/{table}/")
}

/// The address that the client has reached the server at reaches it for files, too.
fn endpoint(head: &Head, peer: &Peer) -> String {
    let scheme = if peer.tls.is_some() { "https" } else { "http" };
    let host = Parts::of(head).header(&HOST).unwrap_or_default();
    format!("{scheme}://{host}")
}

/// The credentials of HTTP's own scheme.
fn basic(head: &Head) -> Option<(String, String)> {
    let (scheme, text) = Parts::of(head).header(&AUTHORIZATION)?.split_once(' ')?;
    let text =
        scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(text.trim()).ok())??;
    let text = String::from_utf8(text).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_apart() {
        let table = || ("aws:cloudtrail".to_owned(), "t".to_owned());
        let (space, name) = table();
        for (method, path, ask) in [
            (Method::GET, "config", Ask::Config),
            (Method::POST, "oauth/tokens", Ask::Token),
            (Method::GET, "oauth/tokens", Ask::Unknown),
            (Method::GET, "namespaces/aws%3Acloudtrail", Ask::Namespace(space.clone())),
            (Method::HEAD, "namespaces/aws:cloudtrail/tables/t", Ask::Table(space, name)),
            (Method::POST, "namespaces/a/tables/t", Ask::Write),
            (Method::POST, "namespaces", Ask::Write),
            (Method::DELETE, "namespaces/a/tables/t", Ask::Write),
            (Method::GET, "", Ask::Unknown),
            (Method::GET, "namespaces/%ff", Ask::Unknown),
            (Method::GET, "namespaces/a/tables/t/x", Ask::Unknown),
        ] {
            assert_eq!(Ask::of(&method, &format!("/iceberg/v1/{path}")), ask, "{method} {path}");
        }
    }
}
