//! Verifies signed requests, one JSON object per line of standard input, and answers each with
//! `accepted` or the error's code and text: the peer of other signers in differential tests.
//!
//! ```text
//! {"method":"GET","path":"/","query":null,"headers":[["Host","a.example"]],"body":"<hex>",
//!  "secret":"…","now":"20150830T123600Z"}
//! ```

use std::error::Error;
use std::io::{self, BufRead, Write};

use cairn_core::Timestamp;
use cairn_wire::Parts;
use cairn_wire::sigv4::{AuthError, Claim, Payload, Presented, SigningKey, Skew};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Deserialize;

#[derive(Deserialize)]
struct Signed {
    method: String,
    path: String,
    query: Option<String>,
    headers: Vec<(String, String)>,
    body: String,
    secret: String,
    now: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let signed: Signed = serde_json::from_str(&line?)?;
        match signed.judge()? {
            Ok(()) => writeln!(out, "accepted")?,
            Err(error) => writeln!(out, "{}: {error}", error.code())?,
        }
    }
    Ok(out.flush()?)
}

impl Signed {
    /// The outer error is a line that is no request; the inner one is the verifier's.
    fn judge(&self) -> Result<Result<(), AuthError>, Box<dyn Error>> {
        let method: Method = self.method.parse()?;
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            headers.append(HeaderName::try_from(name)?, HeaderValue::try_from(value.trim())?);
        }
        let body = hex::decode(&self.body)?;
        let now = Timestamp::parse_basic(&self.now).ok_or("now is not a basic timestamp")?;
        let (path, query) = (&self.path, self.query.as_deref());
        let parts = Parts { method: &method, path, query, headers: &headers };
        Ok(Presented::parse(&parts).and_then(|presented| {
            let scope = presented.scope();
            let key = SigningKey::derive(&self.secret, &scope.date, &scope.region, &scope.service);
            let payload = match presented.claim() {
                Claim::Unsigned => Payload::Unsigned,
                Claim::Absent | Claim::Sha256(_) | Claim::Streaming(_) => Payload::of(&body),
            };
            presented.verify(&key, payload, Skew::default(), now)
        }))
    }
}
