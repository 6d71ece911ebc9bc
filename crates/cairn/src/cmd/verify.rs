//! `cairn verify`: whether a trail's bucket is as it was written.

mod result;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use cairn_core::{AccountId, Arn, Region};
use cairn_proof::verify::{Object, Report, Settings, Source, Survey, Trust};
use cairn_proof::{Key, KeyWindow};
use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{Client, Operation};
use crate::credentials::ConnectArgs;
use crate::failure::Failure;
use crate::session::{self, Session};
use crate::terminal::Terminal;
use crate::time::{TimeArg, TimeError};
use crate::verify::{
    Bucket, BucketSource, Copies, Copy, Crew, Form, VerifyError, pinned, prove, public_keys,
    public_keys_of, show,
};

const AFTER: &str = "\
Exit codes: 0 all is well, 1 tampered, 2 incomplete, 3 stale, 4 could not be verified, \
5 not allowed in, 64 wrong usage, 130 interrupted. Of several verdicts the worst counts: \
tampered, incomplete, unverifiable, stale.";

/// 2100-01-01: keys of servers whose clock runs ahead are wanted too.
const FAR: i64 = 4_102_444_800;

/// Verify a trail's log files, digests and proofs
///
/// Without --files, asks the server where the trail's bucket is and reads it through S3.
#[derive(Debug, Args)]
#[command(after_help = AFTER, args_conflicts_with_subcommands = true)]
pub(crate) struct Verify {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Prove that one record was delivered, with nothing but files and a key
    #[command(after_help = AFTER)]
    Event(Event),
    /// Verify the result of a query that was delivered, with its sign file
    #[command(after_help = AFTER)]
    Result(result::QueryResult),
}

#[derive(Debug, Args)]
struct Event {
    /// The log file that the record is in
    file: PathBuf,
    #[arg(value_name = "EVENT-ID")]
    id: String,
    /// The proof that names the log file; without it, looked for in the same copy of the bucket
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
    /// The digest beside that proof; without it, looked for as well
    #[arg(long, value_name = "FILE")]
    digest: Option<PathBuf>,
    #[command(flatten)]
    trusted: Trusted,
}

#[derive(Debug, Args)]
struct What {
    /// Name or ARN of the trail that has to be there; without it, all in the bucket
    #[arg(long, value_name = "TRAIL")]
    trail: Option<String>,
    /// The bucket, if it is not the trail's present one, and what stands before AWSLogs/ in it;
    /// several for a trail that moved
    #[arg(long, value_name = "NAME[/PREFIX]")]
    bucket: Vec<String>,
    /// What stands before AWSLogs/ in buckets that are named without
    #[arg(long, value_name = "PREFIX")]
    prefix: Option<String>,
    /// Only this account's files
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// Only files of this Region
    #[arg(long, value_name = "REGION")]
    region: Option<Region>,
    /// A copy of the bucket, as `aws s3 sync` makes it, instead of a server; several for a trail
    /// that moved
    #[arg(long, value_name = "DIR")]
    files: Vec<PathBuf>,
    /// Only what was delivered since: 2h, 7d, yesterday, 2026-11-20, 2026-11-20T08:00:00Z
    #[arg(long, value_name = "TIME", help_heading = "Range")]
    start: Option<TimeArg>,
    /// Only what was delivered until, in the same forms
    #[arg(long, value_name = "TIME", help_heading = "Range")]
    end: Option<TimeArg>,
    /// Read times in UTC instead of the local zone
    #[arg(long, help_heading = "Range")]
    utc: bool,
    #[command(flatten)]
    trusted: Trusted,
    #[arg(short, long, value_enum, default_value = "text", help_heading = "Output")]
    output: Form,
    /// Where the bucket is, if it is not in the server [env: AWS_ENDPOINT_URL_S3]
    #[arg(long, value_name = "URL", help_heading = "Connection", env = "AWS_ENDPOINT_URL_S3")]
    #[arg(hide_env = true)]
    s3_endpoint: Option<String>,
    #[command(flatten)]
    connect: ConnectArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Keys")]
struct Trusted {
    /// The key to believe, or a file with it; `cairn trail key` prints the server's
    #[arg(long, value_name = "KEY|FILE", env = "CAIRN_VERIFY_KEY")]
    key: Vec<String>,
    /// Verify digests alone, with the keys in this file or, for `server`, the server's: for trails
    /// without proofs. The file is what `aws cloudtrail list-public-keys` prints
    #[arg(long, value_name = "FILE|server", conflicts_with = "key")]
    public_keys: Option<String>,
}

/// A trail, as DescribeTrails tells of it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Trail {
    name: String,
    #[serde(rename = "TrailARN")]
    arn: String,
    home_region: String,
    s3_bucket_name: String,
    s3_key_prefix: Option<String>,
}

#[derive(Deserialize)]
struct Trails {
    #[serde(rename = "trailList")]
    list: Vec<Trail>,
}

impl Verify {
    pub(crate) fn run(self, terminal: &mut Terminal) -> Result<(), Failure> {
        let outcome = match &self.verb {
            Some(Verb::Event(event)) => event.run(terminal),
            Some(Verb::Result(result)) => result.run(terminal),
            None => self.what.run(terminal),
        };
        outcome.map_err(|failure| match failure {
            verdict @ Failure::Verdict(_) => verdict,
            other => Failure::Unverified(Box::new(other)),
        })
    }
}

impl Event {
    fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let keys = pinned(&self.trusted.key)?;
        if keys.is_empty() {
            return Err(VerifyError::NoKey.into());
        }
        let (proof, digest) = (self.proof.as_deref(), self.digest.as_deref());
        let proven = match prove(&self.file, &self.id, proof, digest, &keys) {
            Ok(proven) => proven,
            Err(VerifyError::Event(error)) => {
                writeln!(terminal.out, "{}: {error}", error.verdict().as_str())?;
                return Err(Failure::Verdict(error.verdict()));
            }
            Err(error) => return Err(error.into()),
        };
        terminal.out.write_all(&proven.record)?;
        writeln!(terminal.out)?;
        terminal.note(format_args!("record:     at byte {} of the text", proven.offset));
        terminal.note(format_args!("log file:   s3://{}/{}", proven.bucket, proven.object));
        terminal.note(format_args!("digest:     {}", proven.digest));
        terminal.note(format_args!("delivered:  {} to {}", proven.start, proven.end));
        terminal.note(format_args!("trail:      {}", proven.trail));
        terminal.note(format_args!("vouched by: {}", proven.vouched_by.join(", ")));
        Ok(())
    }
}

impl What {
    fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        if !self.files.is_empty() {
            return self.offline(terminal);
        }
        session::run(&self.connect, terminal, async |session| self.online(session).await)
    }

    fn offline(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let copies = self.copies()?;
        let trust = match &self.trusted.public_keys {
            Some(path) => Trust::Keys(public_keys(path.as_ref(), &self.key_region())?),
            None if self.trusted.key.is_empty() => return Err(VerifyError::NoKey.into()),
            None => Trust::Root(pinned(&self.trusted.key)?),
        };
        let mut settings = self.settings(trust)?;
        settings.trail = self.trail.as_deref().and_then(named);
        if let (Some(trail), None) = (&self.trail, &settings.trail) {
            return Err(VerifyError::NoTrail { name: trail.clone() }.into());
        }
        let objects = copies.objects()?;
        let source = || Ok(Box::new(copies.clone()) as Box<dyn Source + Send>);
        show(&verify(objects, settings, &Crew::new(0, &source))?, self.output, terminal)
    }

    async fn online(&self, session: &mut Session<'_>) -> Result<(), Failure> {
        let trail = self.find_trail(&mut session.client).await?;
        // The range is checked before anything is asked for.
        let mut settings = self.settings(Trust::Root(vec![]))?;
        let mut places = self.places();
        if let Some(trail) = trail {
            settings.trail = trail.home_region.parse().ok().map(|home| (trail.name, home));
            if places.is_empty() {
                let prefix = self.prefix.clone().or(trail.s3_key_prefix);
                places.push((trail.s3_bucket_name, prefix));
            }
        }
        let mut store =
            session.client.at(self.s3_endpoint.as_deref(), self.connect.ca.as_deref())?;
        let mut objects: Vec<Object> = Vec::new();
        for (bucket, prefix) in &places {
            let folder = match prefix {
                Some(prefix) => format!("{}/AWSLogs/", prefix.trim_end_matches('/')),
                None => "AWSLogs/".to_owned(),
            };
            objects.extend(Bucket { client: &mut store }.objects(bucket, &folder).await?);
        }
        settings.trust = self.online_trust(session, &objects).await?;
        let report = cairn_task::blocking("verify", move || {
            let source = || Ok(Box::new(BucketSource::new(&store)?) as Box<dyn Source + Send>);
            verify(objects, settings, &Crew::new(30, &source))
        });
        show(&report.await?, self.output, session.terminal)
    }

    /// The buckets that are named, and what stands before `AWSLogs/` in each.
    fn places(&self) -> Vec<(String, Option<String>)> {
        let place = |text: &String| match text.split_once('/') {
            Some((name, prefix)) => (name.to_owned(), Some(prefix.to_owned())),
            None => (text.clone(), self.prefix.clone()),
        };
        self.bucket.iter().map(place).collect()
    }

    /// The copies; the first bucket that is named is that of the first one.
    fn copies(&self) -> Result<Copies, VerifyError> {
        let mut places = self.places().into_iter();
        let copies = self.files.iter().map(|dir| {
            let (bucket, prefix) = match places.next() {
                Some((bucket, prefix)) => (Some(bucket), prefix),
                None => (None, self.prefix.clone()),
            };
            Copy::open(dir, bucket.as_deref(), prefix.as_deref())
        });
        Ok(Copies(copies.collect::<Result<_, _>>()?))
    }

    /// The trail that is meant; none if a bucket is named and no trail.
    async fn find_trail(&self, client: &mut Client) -> Result<Option<Trail>, Failure> {
        let input = match &self.trail {
            Some(name) => json!({"trailNameList": [name]}),
            None if !self.bucket.is_empty() => return Ok(None),
            None => json!({}),
        };
        let Trails { mut list } = client.read_trails("DescribeTrails", &input).await?;
        if let Some(name) = &self.trail {
            list.retain(|trail| trail.arn == *name || trail.name == *name);
        }
        match (list.pop(), list.len()) {
            (Some(trail), 0) => Ok(Some(trail)),
            (None, _) => {
                let name = self.trail.clone().unwrap_or_default();
                Err(VerifyError::NoTrail { name }.into())
            }
            (Some(last), others) => {
                list.push(last);
                let names: Vec<&str> = list.iter().map(|trail| &*trail.arn).collect();
                let names = names.join(", ");
                Err(VerifyError::WhichTrail { count: others + 1, names }.into())
            }
        }
    }

    async fn online_trust(
        &self,
        session: &mut Session<'_>,
        objects: &[Object],
    ) -> Result<Trust, Failure> {
        let client = &mut session.client;
        match self.trusted.public_keys.as_deref() {
            Some("server") => return Ok(Trust::Keys(keys_of_server(client, objects).await?)),
            Some(path) => {
                return Ok(Trust::Keys(public_keys(path.as_ref(), &self.key_region())?));
            }
            None if !self.trusted.key.is_empty() => {
                return Ok(Trust::Root(pinned(&self.trusted.key)?));
            }
            None => {}
        }
        let answer: Value = client.call(Operation::GetTrustAnchor, &json!({})).await?;
        let key = answer["Key"].as_str().ok_or(VerifyError::Answer { member: "Key" })?;
        session.terminal.note(format_args!(
            "warning: no key is pinned, so the server that is judged says which key to believe.\n\
             warning: whoever controls it could have written everything anew. Keep this key where\n\
             warning: the server cannot change it, and give it with --key:\n{key}"
        ));
        Ok(Trust::Root(pinned(&[key.to_owned()])?))
    }

    fn settings(&self, trust: Trust) -> Result<Settings, Failure> {
        let (zone, now) = (session::zone(self.utc), session::now());
        let resolve = |time: Option<TimeArg>| time.map(|time| time.resolve(now, &zone)).transpose();
        let (start, end) = (resolve(self.start)?, resolve(self.end)?);
        if start.is_some() && end.is_some() && start > end {
            return Err(TimeError::Order.into());
        }
        let (account, region) = (self.account, self.region.clone());
        // Whoever asks for what is still to come has a clock that goes on from there.
        let now = end.map_or(now, |end| end.max(now));
        Ok(Settings { start, end, account, region, ..Settings::all(trust, now) })
    }

    fn key_region(&self) -> Region {
        let home = self.trail.as_deref().and_then(named).map(|(_, home)| home);
        let known = self.region.clone().or(home);
        known.unwrap_or_else(|| "us-east-1".parse().expect("us-east-1 is a Region"))
    }
}

/// Every Region has keys of its own.
async fn keys_of_server(client: &Client, objects: &[Object]) -> Result<Vec<KeyWindow>, Failure> {
    let region = |object: &Object| match Key::parse(&object.key) {
        Key::Digest(key) => Some(key.place.region),
        _ => None,
    };
    let regions: BTreeSet<Region> = objects.iter().filter_map(region).collect();
    let input = json!({"StartTime": 0, "EndTime": FAR});
    let mut keys = Vec::new();
    for region in regions {
        let mut there = client.in_region(region.as_str());
        let answer: Value = there.read_trails("ListPublicKeys", &input).await?;
        keys.extend(public_keys_of(&answer, &region)?);
    }
    Ok(keys)
}

/// The name and home Region in a trail's ARN.
fn named(arn: &str) -> Option<(String, Region)> {
    let arn = Arn::parse(arn)?;
    let name = arn.resource.strip_prefix("trail/")?;
    Some((name.to_owned(), arn.region.parse().ok()?))
}

fn verify(objects: Vec<Object>, settings: Settings, crew: &Crew<'_>) -> Result<Report, Failure> {
    let survey = Arc::new(Survey::new(objects, settings));
    let count = survey.jobs().len();
    let periods = crew.run(&survey, count, |survey, at, source| survey.jobs()[at].run(source))?;
    let survey = Arc::into_inner(survey).expect("the threads that shared it have ended");
    let plan = Arc::new(survey.link(periods));
    let count = plan.jobs().len();
    let files = crew.run(&plan, count, |plan, at, source| plan.jobs()[at].run(source))?;
    let plan = Arc::into_inner(plan).expect("the threads that shared it have ended");
    Ok(plan.conclude(files, &*crew.source()?))
}
