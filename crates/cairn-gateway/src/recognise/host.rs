//! What the name of a host tells: service, Region, bucket.

use std::borrow::Cow;

use cairn_catalog::{Catalog, ServiceId};

/// Where AWS is reached.
const SUFFIXES: &[&str] = &[".amazonaws.com", ".api.aws", ".amazonaws.com.cn"];

/// The longest host name that DNS has.
const HOST_BYTES: usize = 253;

/// The longest bucket or access point that a host names; S3 has none of this length.
const BUCKET_BYTES: usize = 128;

/// What a host tells. All absent for a host of nobody known.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Host<'a> {
    pub(super) service: Option<ServiceId>,
    pub(super) region: Option<&'a str>,
    /// In lower case.
    pub(super) bucket: Option<Cow<'a, str>>,
    /// Directory buckets are managed at a host of their own, with S3's paths.
    pub(super) directories: bool,
}

/// What one label says of S3.
enum Kind<'a> {
    /// What stands before it is a bucket or an access point.
    Buckets,
    /// The same, with the Region in the label.
    BucketsIn(&'a str),
    /// The same, but alone it is a service of its own.
    Outposts,
    /// What stands before it is an account.
    Control,
    Directories,
}

impl<'a> Host<'a> {
    /// `name` may end in a port. Under one of the `domains`, what stands before it is a bucket.
    pub(super) fn parse(catalog: &Catalog, name: &'a str, domains: &[String]) -> Self {
        let name = without_port(name);
        if name.len() > HOST_BYTES {
            return Self::default();
        }
        let under = domains.iter().filter_map(|domain| Some((domain.len(), before(name, domain)?)));
        if let Some((_, rest)) = under.max_by_key(|(length, _)| *length) {
            let bucket = rest.strip_suffix('.').filter(|name| is_bucket(name)).map(lower);
            let service = bucket.as_ref().and_then(|_| catalog.named("s3"));
            return Self { service, bucket, ..Self::default() };
        }
        match SUFFIXES.iter().find_map(|suffix| before(name, suffix)) {
            Some(inner) => Self::s3(catalog, inner).unwrap_or_else(|| Self::other(catalog, inner)),
            None => Self::default(),
        }
    }

    /// `bucket.s3.region`, with or without bucket and Region, and what else S3 has been called. A
    /// bucket may have dots, and labels that look like S3's: the last three labels tell.
    fn s3(catalog: &Catalog, inner: &'a str) -> Option<Self> {
        let mut end = inner.len();
        let mut after: [&str; 2] = [""; 2];
        for seen in 0..3 {
            let start = inner[..end].rfind('.').map_or(0, |dot| dot + 1);
            let label = &inner[start..end];
            if let Some(kind) = Kind::of(label) {
                let region = after.into_iter().find(|label| is_region(label));
                let bucket = inner[..start].strip_suffix('.').filter(|name| is_bucket(name));
                return Some(Self::of_kind(catalog, &kind, region, bucket));
            }
            // Between S3 and the end stand a Region and `dualstack`, and nothing else.
            if start == 0 || seen == 2 || !(is_region(label) || label == "dualstack") {
                return None;
            }
            after[seen] = label;
            end = start - 1;
        }
        None
    }

    fn of_kind(
        catalog: &Catalog,
        kind: &Kind<'a>,
        region: Option<&'a str>,
        bucket: Option<&'a str>,
    ) -> Self {
        let access_point = |name: &'a str| lower(name.strip_suffix(".accesspoint").unwrap_or(name));
        let bucket = bucket.map(access_point);
        let s3 = catalog.named("s3");
        match kind {
            Kind::Buckets => Self { service: s3, region, bucket, directories: false },
            Kind::Outposts if bucket.is_none() => {
                Self { service: catalog.named("s3outposts"), region, ..Self::default() }
            }
            Kind::Outposts => Self { service: s3, region, bucket, directories: false },
            Kind::BucketsIn(own) => {
                Self { service: s3, region: region.or(Some(own)), bucket, directories: false }
            }
            Kind::Control => {
                Self { service: catalog.named("s3control"), region, ..Self::default() }
            }
            Kind::Directories => Self { service: s3, region, bucket: None, directories: true },
        }
    }

    /// `prefix.region`, with or without Region and labels before it.
    fn other(catalog: &Catalog, inner: &'a str) -> Self {
        let (rest, region) = match inner.rsplit_once('.') {
            Some((rest, last)) if is_region(last) => (rest, Some(last)),
            _ => (inner, None),
        };
        let mut rest = rest.strip_suffix(".dualstack").unwrap_or(rest);
        loop {
            let plain = rest.strip_suffix("-fips").unwrap_or(rest);
            if let Some(service) = catalog.hosted(plain) {
                return Self { service: Some(service), region, ..Self::default() };
            }
            match rest.split_once('.') {
                Some((_, shorter)) => rest = shorter,
                None => return Self { region, ..Self::default() },
            }
        }
    }
}

impl<'a> Kind<'a> {
    fn of(label: &'a str) -> Option<Self> {
        let rest = label.strip_prefix("s3")?;
        match rest {
            "" | "-fips" | "-accelerate" | "-accesspoint" | "-accesspoint-fips" | "-global"
            | "-object-lambda" | "-external-1" => Some(Self::Buckets),
            "-outposts" => Some(Self::Outposts),
            "-control" | "-control-fips" => Some(Self::Control),
            "express-control" => Some(Self::Directories),
            _ if rest.starts_with("express-") => Some(Self::Buckets),
            _ => rest.strip_prefix('-').filter(|region| is_region(region)).map(Self::BucketsIn),
        }
    }
}

/// What stands before `end` in a name, in whatever case.
fn before<'a>(name: &'a str, end: &str) -> Option<&'a str> {
    let at = name.len().checked_sub(end.len())?;
    let (before, found) = name.split_at_checked(at)?;
    let whole = before.is_empty() || before.ends_with('.') || end.starts_with('.');
    (whole && found.eq_ignore_ascii_case(end)).then_some(before)
}

/// An IPv6 address in brackets has colons of its own.
fn without_port(name: &str) -> &str {
    match name.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => name,
    }
}

/// Whether a name may stand in a path: a host may be any text, and a bucket of dots is a way out.
fn is_bucket(name: &str) -> bool {
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let mut labels = name.split('.');
    name.len() <= BUCKET_BYTES
        && labels.all(|label| !label.is_empty() && label.bytes().all(letters))
}

fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        name.to_ascii_lowercase().into()
    } else {
        name.into()
    }
}

/// `us-east-1`, `us-gov-west-1`: words between dashes, and a digit at the end.
fn is_region(label: &str) -> bool {
    let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (7..=super::REGION_BYTES).contains(&label.len())
        && label.bytes().all(letters)
        && label.ends_with(|last: char| last.is_ascii_digit())
        && label.bytes().filter(|byte| *byte == b'-').count() >= 2
}
