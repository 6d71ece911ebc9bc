//! A bucket in memory, and somebody who writes a trail into it as a server does.

use std::collections::BTreeMap;
use std::time::Duration;

use cairn_core::{AccountId, Region, Seq, Timestamp};
use cairn_proof::verify::{FetchError, Fetched, Object, Report, Settings, Source, Trust, verify};
use cairn_proof::{
    Coverage, Deflater, Digest, DigestFile, DigestKey, DigestKeyPair, Ended, Ending, Head,
    KeyWindow, LogFileWriter, LogKey, LogKind, Place, Previous, Proof, ProofFile, ProofKey,
    ProofSigner, SealedLogFile, Sha256, Started, unique,
};

pub(super) const BUCKET: &str = "logs";
pub(super) const TRAIL: &str = "all";
pub(super) const HOUR: Duration = Duration::from_hours(1);

#[derive(Clone, Default)]
pub(super) struct Version {
    pub(super) modified: Option<Timestamp>,
    pub(super) bytes: Vec<u8>,
    pub(super) metadata: Option<BTreeMap<String, String>>,
    pub(super) marker: bool,
}

/// Objects with all their versions, the newest last.
#[derive(Clone, Default)]
pub(super) struct Bucket {
    pub(super) objects: BTreeMap<String, Vec<Version>>,
}

impl Bucket {
    pub(super) fn put(&mut self, key: &str, bytes: Vec<u8>, metadata: &[(&str, String)]) {
        let metadata = metadata.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect();
        let version = Version { modified: None, bytes, metadata: Some(metadata), marker: false };
        self.objects.insert(key.to_owned(), vec![version]);
    }

    pub(super) fn bytes(&mut self, key: &str) -> &mut Vec<u8> {
        &mut self.objects.get_mut(key).unwrap().last_mut().unwrap().bytes
    }

    pub(super) fn metadata(&mut self, key: &str) -> &mut BTreeMap<String, String> {
        let version = self.objects.get_mut(key).unwrap().last_mut().unwrap();
        version.metadata.as_mut().unwrap()
    }

    /// The newest versions lose their metadata, as in a copy on a disk.
    pub(super) fn forget_metadata(&mut self) {
        for version in self.objects.values_mut().flatten() {
            version.metadata = None;
        }
    }

    pub(super) fn inventory(&self) -> Vec<Object> {
        let mut all = Vec::new();
        for (key, versions) in &self.objects {
            for (at, version) in versions.iter().enumerate().rev() {
                all.push(Object {
                    bucket: BUCKET.to_owned(),
                    key: key.clone(),
                    version: Some(at.to_string()),
                    latest: at + 1 == versions.len(),
                    marker: version.marker,
                    bytes: version.bytes.len() as u64,
                    modified: version.modified,
                });
            }
        }
        all
    }
}

impl Source for Bucket {
    fn fetch(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<Option<Fetched>, FetchError> {
        assert_eq!(bucket, BUCKET);
        let at: usize = version.unwrap().parse().unwrap();
        let version = self.objects.get(key).and_then(|versions| versions.get(at));
        Ok(version.map(|v| Fetched { bytes: v.bytes.clone(), metadata: v.metadata.clone() }))
    }
}

/// The secrets of a server.
pub(super) struct Keys {
    pub(super) root: ProofSigner,
    pub(super) rsa: DigestKeyPair,
}

impl Keys {
    pub(super) fn new(seed: u8) -> Self {
        let root = ProofSigner::new("cairn.example", &[seed; 32]).unwrap();
        Self { root, rsa: DigestKeyPair::generate().unwrap() }
    }
}

/// Writes one chain.
#[derive(Clone)]
pub(super) struct Scribe {
    pub(super) region: Region,
    pub(super) backfill: bool,
    pub(super) index: u64,
    pub(super) previous_proof: Option<Sha256>,
    pub(super) previous: Option<Previous>,
    pub(super) started: Option<Started>,
    pub(super) end: Timestamp,
    pub(super) through: u64,
    pub(super) heads: Vec<Head>,
}

/// What a period may be told to do otherwise than usual.
pub(super) type Twist<'a> = &'a dyn Fn(&mut Digest, &mut Proof);

pub(super) fn straight(_: &mut Digest, _: &mut Proof) {}

pub(super) fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

pub(super) fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

pub(super) fn place(region: &Region) -> Place {
    Place { prefix: None, organization: None, account: account(), region: region.clone() }
}

pub(super) fn record(id: &str, time: Timestamp) -> Vec<u8> {
    format!("{{\"eventTime\":\"{time}\",\"eventID\":\"{id}\",\"eventName\":\"Call\"}}").into_bytes()
}

impl Scribe {
    pub(super) fn new(region: &str) -> Self {
        Self {
            region: region.parse().unwrap(),
            backfill: false,
            index: 0,
            previous_proof: None,
            previous: None,
            started: Some(Started::Logging),
            end: at("2026-03-01T00:01:31Z"),
            through: 0,
            heads: vec![],
        }
    }

    /// The ids of its records are made of the Region and their place.
    pub(super) fn next_file(&mut self, bucket: &mut Bucket) -> ProofFile {
        let name = format!("{}-{}", self.region, self.through);
        self.file(bucket, &name)
    }

    /// Delivers a log file of two records; its times lie in the period that begins.
    pub(super) fn file(&mut self, bucket: &mut Bucket, name: &str) -> ProofFile {
        let (oldest, newest) =
            (self.end.saturating_add(HOUR / 6), self.end.saturating_add(HOUR / 5));
        let records = [record(&format!("{name}-1"), oldest), record(&format!("{name}-2"), newest)];
        self.records(bucket, &records, oldest, newest)
    }

    /// Delivers a log file of these records.
    pub(super) fn records(
        &mut self,
        bucket: &mut Bucket,
        records: &[Vec<u8>],
        oldest: Timestamp,
        newest: Timestamp,
    ) -> ProofFile {
        let places = records.len() as u64 + 1;
        let (first, last) = (Seq(self.through + 1), Seq(self.through + places));
        self.through = last.0;
        let (bytes, sealed) = log(records);
        let minute = Timestamp::from_seconds(newest.seconds() / 60 * 60);
        let unique = unique(b"secret", first, last, &sealed.sha256);
        let key =
            LogKey { place: place(&self.region), kind: LogKind::Records, time: minute, unique };
        let object = key.to_string();
        bucket.put(&object, bytes, &[]);
        let SealedLogFile { sha256, gzip_sha256, bytes, gzip_bytes, records } = sealed;
        let bucket = BUCKET.to_owned();
        ProofFile {
            bucket,
            object,
            sha256,
            gzip_sha256,
            bytes,
            gzip_bytes,
            records,
            oldest,
            newest,
            first,
            last,
        }
    }

    /// Writes digest and proof of the next hour, and gives the digest's key.
    pub(super) fn period(
        &mut self,
        keys: &Keys,
        bucket: &mut Bucket,
        files: Vec<ProofFile>,
        twist: Twist<'_>,
    ) -> DigestKey {
        let key = DigestKey {
            place: place(&self.region),
            trail: TRAIL.to_owned(),
            home: "us-east-1".parse().unwrap(),
            end: self.end.saturating_add(HOUR),
            backfill: self.backfill,
        };
        let mut digest = self.digest(keys, &key, &files);
        let mut proof = self.proof(keys, &key, files);
        twist(&mut digest, &mut proof);
        let sealed = digest.seal(&keys.rsa, &mut Deflater::new(6)).unwrap();
        proof.digest_sha256 = sealed.sha256;
        proof.digest_gzip_sha256 = sealed.gzip_sha256;
        proof.digest_signature = sealed.signature.clone();
        let bytes = proof.seal(&keys.root);
        self.previous_proof = Some(Sha256::of(&bytes));
        self.previous = proof.ended.is_none().then(|| Previous {
            bucket: BUCKET.to_owned(),
            object: key.to_string(),
            sha256: sealed.sha256,
            signature: sealed.signature.clone(),
        });
        self.started = None;
        self.index += 1;
        self.end = proof.end;
        bucket.put(&key.to_string(), sealed.gzip.clone(), &sealed.metadata(proof.generated));
        bucket.put(&ProofKey(key.clone()).to_string(), bytes, &[]);
        key
    }

    fn digest(&self, keys: &Keys, key: &DigestKey, files: &[ProofFile]) -> Digest {
        let named = |file: &ProofFile| DigestFile {
            bucket: file.bucket.clone(),
            object: file.object.clone(),
            sha256: file.sha256,
            newest: Some(file.newest),
            oldest: Some(file.oldest),
        };
        Digest {
            account: account(),
            start: self.end,
            end: key.end,
            bucket: BUCKET.to_owned(),
            object: key.to_string(),
            fingerprint: keys.rsa.fingerprint(),
            newest: files.iter().map(|file| file.newest).max(),
            oldest: files.iter().map(|file| file.oldest).min(),
            previous: self.previous.clone(),
            files: files.iter().map(named).collect(),
        }
    }

    fn proof(&self, keys: &Keys, key: &DigestKey, files: Vec<ProofFile>) -> Proof {
        let after = files.first().map_or(self.through, |file| file.first.0 - 1);
        let coverage = Coverage { after: Seq(after), through: Seq(self.through) };
        Proof {
            trail: format!("arn:aws:cloudtrail:us-east-1:{}:trail/{TRAIL}", account()),
            account: account(),
            region: self.region.clone(),
            index: self.index,
            previous: self.previous_proof,
            started: self.started,
            ended: None,
            start: self.end,
            end: key.end,
            generated: self.backfill.then(|| key.end.saturating_add(HOUR)),
            coverage: (!self.backfill).then_some(coverage),
            digest_bucket: BUCKET.to_owned(),
            digest_object: key.to_string(),
            digest_sha256: Sha256::of(b""),
            digest_gzip_sha256: Sha256::of(b""),
            digest_signature: String::new(),
            key: window(keys, &self.region),
            files,
            heads: self.heads.clone(),
        }
    }
}

pub(super) fn window(keys: &Keys, region: &Region) -> KeyWindow {
    KeyWindow {
        region: region.clone(),
        public: keys.rsa.public().to_vec(),
        not_before: at("2026-03-01T00:00:00Z"),
        not_after: at("2026-03-02T02:00:00Z"),
    }
}

pub(super) fn log(records: &[Vec<u8>]) -> (Vec<u8>, SealedLogFile) {
    let (mut deflater, mut out) = (Deflater::new(6), Vec::new());
    let mut writer = LogFileWriter::start(&mut out);
    for record in records {
        writer.push(record, &mut deflater, &mut out);
    }
    let sealed = writer.finish(&mut deflater, &mut out);
    (out, sealed)
}

/// One trail in two Regions over four hours, two log files in each but the second.
pub(super) struct World {
    pub(super) keys: Keys,
    /// Keys of an attacker's own, which the judged server hands out.
    pub(super) others: Option<Keys>,
    pub(super) bucket: Bucket,
    pub(super) home: Scribe,
    pub(super) away: Scribe,
    /// The digests of the home Region.
    pub(super) digests: Vec<DigestKey>,
    /// The log files of the home Region.
    pub(super) files: Vec<ProofFile>,
}

impl World {
    pub(super) fn new() -> Self {
        let mut world = Self::empty(7);
        for hour in 0..4 {
            world.hour(if hour == 1 { 0 } else { 2 });
        }
        world
    }

    /// As little as has everything: two hours, the second a backfill's too.
    pub(super) fn small() -> Self {
        let mut world = Self::empty(7);
        world.hour(1);
        world.backfill();
        world
    }

    /// As a real one, with everything that there may be.
    pub(super) fn whole() -> Self {
        let mut world = Self::new();
        world.backfill();
        world
    }

    fn backfill(&mut self) {
        let mut late = Scribe { backfill: true, through: 1000, ..Scribe::new("us-east-1") };
        late.period(&self.keys, &mut self.bucket, vec![], &straight);
    }

    pub(super) fn empty(seed: u8) -> Self {
        Self {
            keys: Keys::new(seed),
            others: None,
            bucket: Bucket::default(),
            home: Scribe::new("us-east-1"),
            away: Scribe::new("eu-west-1"),
            digests: vec![],
            files: vec![],
        }
    }

    /// An hour with so many log files in each Region.
    pub(super) fn hour(&mut self, files: usize) {
        self.hour_with(files, &straight);
    }

    /// The same, with a twist in the home Region.
    pub(super) fn hour_with(&mut self, files: usize, twist: Twist<'_>) {
        self.hour_of(files, twist, &straight);
    }

    fn hour_of(&mut self, files: usize, twist: Twist<'_>, twist_away: Twist<'_>) {
        let Self { keys, bucket, home, away, .. } = self;
        let of_home: Vec<_> = (0..files).map(|_| home.next_file(bucket)).collect();
        let of_away: Vec<_> = (0..files).map(|_| away.next_file(bucket)).collect();
        self.files.extend(of_home.clone());
        self.digests.push(home.period(keys, bucket, of_home, twist));
        away.period(keys, bucket, of_away, twist_away);
        home.heads = vec![head(away)];
        away.heads = vec![head(home)];
    }

    /// An hour at the end of which both chains end.
    pub(super) fn stop(&mut self, by: Ending) {
        let at = self.home.end;
        let end = move |_: &mut Digest, proof: &mut Proof| proof.ended = Some(Ended { by, at });
        self.hour_of(1, &end, &end);
    }

    /// Both chains start again, three hours and some records later.
    pub(super) fn start(&mut self, why: Started) {
        for scribe in [&mut self.home, &mut self.away] {
            scribe.end = scribe.end.saturating_add(HOUR * 3);
            scribe.through += 40;
            scribe.started = Some(why);
        }
    }

    pub(super) fn settings(&self) -> Settings {
        let trust = Trust::Root(vec![self.keys.root.verifier().clone()]);
        Settings::all(trust, self.home.end.saturating_add(HOUR * 3 / 4))
    }

    /// As for a trail without proofs.
    pub(super) fn settings_of_aws(&self) -> Settings {
        let region = &self.home.region;
        let trust = Trust::Keys(vec![window(&self.keys, region)]);
        Settings { trust, ..self.settings() }
    }

    pub(super) fn verify(&self) -> Report {
        verify(self.bucket.inventory(), &self.bucket, self.settings())
    }

    pub(super) fn digest(&self, at: usize) -> String {
        self.digests[at].to_string()
    }

    pub(super) fn proof(&self, at: usize) -> String {
        ProofKey(self.digests[at].clone()).to_string()
    }

    pub(super) fn log(&self, at: usize) -> String {
        self.files[at].object.clone()
    }
}

fn head(scribe: &Scribe) -> Head {
    Head {
        account: account(),
        region: scribe.region.clone(),
        index: scribe.index - 1,
        end: scribe.end,
        sha256: scribe.previous_proof.unwrap(),
    }
}

/// Codes and objects of what was found.
pub(super) fn told(report: &Report) -> Vec<(&'static str, String)> {
    report.findings.iter().map(|f| (f.fault.code(), f.object.clone())).collect()
}
