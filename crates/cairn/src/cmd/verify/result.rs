//! `cairn verify result`: whether a query's result is as it was delivered.

use std::path::Path;

use cairn_core::Region;
use cairn_proof::KeyWindow;
use clap::Args;
use serde_json::{Value, json};

use super::FAR;
use crate::client::Client;
use crate::credentials::ConnectArgs;
use crate::failure::Failure;
use crate::session::{self, Session};
use crate::terminal::Terminal;
use crate::verify::{
    Bucket, BucketSource, Files, Form, VerifyError, public_keys, public_keys_of, show_result,
};

const SERVER: &str = "server";

#[derive(Debug, Args)]
pub(super) struct QueryResult {
    /// Where result_sign.json lies: a directory, or s3://BUCKET/PREFIX
    #[arg(value_name = "DIR|S3-URI")]
    place: String,
    /// The keys to believe: a file with what `aws cloudtrail list-public-keys` prints, or `server`
    #[arg(long, value_name = "FILE|server", default_value = SERVER)]
    public_keys: String,
    #[arg(short, long, value_enum, default_value = "text", help_heading = "Output")]
    output: Form,
    /// Where the bucket is, if it is not in the server [env: AWS_ENDPOINT_URL_S3]
    #[arg(long, value_name = "URL", help_heading = "Connection", env = "AWS_ENDPOINT_URL_S3")]
    #[arg(hide_env = true)]
    s3_endpoint: Option<String>,
    #[command(flatten)]
    connect: ConnectArgs,
}

impl QueryResult {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        let place = self.place.strip_prefix("s3://");
        if place.is_none() && self.public_keys != SERVER {
            let files = Files::read(Path::new(&self.place))?;
            return self.conclude(&files, &self.keys_of_file(&files)?, terminal);
        }
        session::run(&self.connect, terminal, async |session| {
            let files = match place {
                Some(place) => self.download(session, place).await?,
                None => Files::read(Path::new(&self.place))?,
            };
            let keys = match &*self.public_keys {
                SERVER => keys_of_server(&session.client, &files).await?,
                _ => self.keys_of_file(&files)?,
            };
            self.conclude(&files, &keys, session.terminal)
        })
    }

    async fn download(&self, session: &mut Session<'_>, place: &str) -> Result<Files, Failure> {
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        let prefix = prefix.trim_matches('/');
        let folder = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        let mut store =
            session.client.at(self.s3_endpoint.as_deref(), self.connect.ca.as_deref())?;
        let objects = Bucket { client: &mut store }.objects(bucket, &folder).await?;
        let fetched = cairn_task::blocking("verify", move || {
            Files::fetch(&objects, &folder, &BucketSource::new(&store)?)
        });
        fetched.await
    }

    /// A file of keys does not say of which Region they are: of the result's.
    fn keys_of_file(&self, files: &Files) -> Result<Vec<KeyWindow>, Failure> {
        Ok(public_keys(self.public_keys.as_ref(), &region(files))?)
    }

    fn conclude(
        &self,
        files: &Files,
        keys: &[KeyWindow],
        terminal: &mut Terminal,
    ) -> Result<(), Failure> {
        show_result(&files.check(keys), self.output, terminal)
    }
}

async fn keys_of_server(client: &Client, files: &Files) -> Result<Vec<KeyWindow>, Failure> {
    let region = region(files);
    let input = json!({"StartTime": 0, "EndTime": FAR});
    let mut there = client.in_region(region.as_str());
    let answer: Value = there.read_trails("ListPublicKeys", &input).await?;
    let keys: Result<_, VerifyError> = public_keys_of(&answer, &region);
    Ok(keys?)
}

/// The Region that the sign file names; what it says is verified with the keys of it.
fn region(files: &Files) -> Region {
    let known = files.region();
    known.unwrap_or_else(|| "us-east-1".parse().expect("us-east-1 is a Region"))
}
