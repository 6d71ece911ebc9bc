use super::*;
use crate::key::KeyWindow;
use crate::verify::Verdict;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_652_220_390 + seconds)
}

fn region() -> Region {
    "us-east-1".parse().unwrap()
}

/// A result of three files, its sign file and the key that is believed.
struct Case {
    pair: DigestKeyPair,
    sign: Vec<u8>,
    found: Vec<Found>,
    keys: Vec<KeyWindow>,
}

impl Case {
    fn new() -> Self {
        let pair = DigestKeyPair::generate().unwrap();
        let hashes: Vec<Sha256> = (1..=3u8).map(|number| Sha256::of(&[number])).collect();
        let sign = ResultSign { region: &region(), completed: at(0), files: &hashes };
        let found = hashes
            .iter()
            .enumerate()
            .map(|(index, sha256)| Found { name: file_name(index + 1), sha256: Some(*sha256) });
        let window = KeyWindow {
            region: region(),
            public: pair.public().to_vec(),
            not_before: at(-10),
            not_after: at(10),
        };
        let sign = render(sign, &pair).unwrap();
        Self { sign, found: found.collect(), keys: vec![window], pair }
    }

    /// With the sign file's text changed.
    fn with(mut self, from: &str, to: &str) -> Self {
        let text = String::from_utf8(self.sign).unwrap();
        assert!(text.contains(from), "{text}");
        self.sign = text.replacen(from, to, 1).into_bytes();
        self
    }

    fn codes(&self) -> Vec<&'static str> {
        let checked = check(Some(&self.sign), &self.found, &self.keys);
        checked.faults.iter().map(ResultFault::code).collect()
    }
}

#[test]
fn a_sign_file_has_the_bytes_that_aws_gives_it() {
    let case = Case::new();
    let hashes: Vec<Sha256> = (1..=3u8).map(|number| Sha256::of(&[number])).collect();
    let [one, two, three] = [1u8, 2, 3].map(|number| Sha256::of(&[number]));
    let signature = case.pair.sign(format!("{one} {two} {three}").as_bytes()).unwrap();
    let fingerprint = case.pair.fingerprint();
    let expected = format!(
        "{{\"version\":\"1.0\",\"region\":\"us-east-1\",\"files\":[\
         {{\"fileHashValue\":\"{one}\",\"fileName\":\"result_1.csv.gz\"}},\
         {{\"fileHashValue\":\"{two}\",\"fileName\":\"result_2.csv.gz\"}},\
         {{\"fileHashValue\":\"{three}\",\"fileName\":\"result_3.csv.gz\"}}],\
         \"hashAlgorithm\":\"SHA-256\",\"signatureAlgorithm\":\"SHA256withRSA\",\
         \"queryCompleteTime\":\"2022-05-10T22:06:30Z\",\"hashSignature\":\"{signature}\",\
         \"publicKeyFingerprint\":\"{fingerprint}\"}}"
    );
    let sign = ResultSign { region: &region(), completed: at(0), files: &hashes };
    assert_eq!(render(sign, &case.pair).unwrap(), expected.as_bytes());
    let checked = check(Some(&case.sign), &case.found, &case.keys);
    assert_eq!((checked.verdict(), checked.intact), (Verdict::Ok, 3), "{checked:?}");
    assert_eq!(checked.completed, Some(at(0)));
    assert_eq!(checked.fingerprint, Some(fingerprint));
}

#[test]
fn a_changed_missing_or_added_file_is_named() {
    let mut case = Case::new();
    case.found[1].sha256 = Some(Sha256::of(b"other"));
    assert_eq!(case.codes(), ["altered"]);
    case.found[1].sha256 = None;
    assert_eq!(case.codes(), ["unreadable"]);
    case.found.remove(1);
    let extra = Found { name: file_name(4), sha256: Some(Sha256::of(b"x")) };
    case.found.push(extra);
    let checked = check(Some(&case.sign), &case.found, &case.keys);
    let texts: Vec<String> = checked.faults.iter().map(ToString::to_string).collect();
    let expected = ["result_2.csv.gz is missing", "result_4.csv.gz is no file of the result"];
    assert_eq!(texts, expected);
    assert_eq!((checked.verdict(), checked.intact), (Verdict::Tampered, 2));
    assert_eq!(check(None, &case.found, &case.keys).verdict(), Verdict::Incomplete);
}

#[test]
fn a_sign_file_that_was_changed_is_told() {
    let [one, two, _] = [1u8, 2, 3].map(|number| Sha256::of(&[number]).to_string());
    let other = Sha256::of(b"other").to_string();
    let cases = [
        ("result_2.csv.gz", "result_9.csv.gz", "name"),
        (&*one, &*other, "signature altered"),
        (&*one, &*two, "signature altered"),
        (&*one, "nonsense", "signature value"),
        ("\"1.0\"", "\"2.0\"", "value"),
        ("SHA-256", "MD5", "value"),
        ("us-east-1", "eu-west-1", "key-region"),
        ("2022-05-10T22:06:30Z", "2022-05-10T22:07:30Z", "key-window"),
        ("2022-05-10T22:06:30Z", "yesterday", "value"),
        ("\"version\":\"1.0\",", "", "shape"),
        ("{\"version\"", "{\"more\":1,\"version\"", "shape"),
        ("\"publicKeyFingerprint\":\"", "\"publicKeyFingerprint\":\"00", "no-key"),
    ];
    for (from, to, codes) in cases {
        let case = Case::new().with(from, to);
        assert_eq!(case.codes().join(" "), codes, "{from} {to}");
    }
}

#[test]
fn files_in_another_order_are_told_by_signature_or_name() {
    // The hashes change places and the names stay: the signature is over the order.
    let [one, two, _] = [1u8, 2, 3].map(|number| Sha256::of(&[number]).to_string());
    let mut case = Case::new().with(&one, "first").with(&two, &one).with("first", &two);
    let (first, second) = (case.found[0].sha256, case.found[1].sha256);
    (case.found[0].sha256, case.found[1].sha256) = (second, first);
    assert_eq!(case.codes(), ["signature"]);
    // The names change places with the files: AWS's signature does not see it.
    let mut case = Case::new()
        .with("result_1.csv.gz", "first")
        .with("result_2.csv.gz", "result_1.csv.gz")
        .with("first", "result_2.csv.gz");
    (case.found[0].sha256, case.found[1].sha256) = (second, first);
    assert_eq!(case.codes(), ["name", "altered", "name", "altered"]);
}

#[test]
fn a_result_without_a_file_is_signed_too() {
    let pair = DigestKeyPair::generate().unwrap();
    let sign = ResultSign { region: &region(), completed: at(0), files: &[] };
    let sign = render(sign, &pair).unwrap();
    let public = pair.public().to_vec();
    let window = KeyWindow { region: region(), public, not_before: at(0), not_after: at(0) };
    assert_eq!(check(Some(&sign), &[], &[window]).verdict(), Verdict::Ok);
    assert_eq!(check(Some(&sign), &[], &[]).verdict(), Verdict::Unverifiable);
}
