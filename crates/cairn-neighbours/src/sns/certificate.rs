//! An X.509 certificate, written by hand: one key vouches for itself.

use cairn_core::Timestamp;

const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const NULL: u8 = 0x05;
const OID: u8 = 0x06;
const UTF8: u8 = 0x0c;
const TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// `[0]` and `[3]`, explicit.
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;

/// 1.2.840.113549.1.1.11.
const SHA256_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
/// 2.5.4.3, the name that people know somebody by.
const CN: &[u8] = &[0x55, 0x04, 0x03];
/// 2.5.29.15 and 2.5.29.19.
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];

/// Valid from `from` on, without an end that is known (RFC 5280, 4.1.2.5).
const FOREVER: &str = "99991231235959Z";

/// What a certificate says.
pub(super) struct Subject<'a> {
    pub(super) name: &'a str,
    /// 16 random bytes.
    pub(super) serial: [u8; 16],
    pub(super) from: Timestamp,
    /// SubjectPublicKeyInfo, DER.
    pub(super) key: &'a [u8],
}

/// The part that is signed.
pub(super) fn to_be_signed(subject: &Subject<'_>) -> Vec<u8> {
    // A positive number in the shortest form.
    let mut serial = subject.serial;
    serial[0] = (serial[0] & 0x3f) | 0x40;
    let name = name(subject.name);
    let from: String = subject.from.basic().chars().filter(|c| *c != 'T').collect();
    let validity = sequence(&[element(TIME, from.as_bytes()), element(TIME, FOREVER.as_bytes())]);
    sequence(&[
        element(VERSION, &element(INTEGER, &[2])),
        element(INTEGER, &serial),
        algorithm(),
        name.clone(),
        validity,
        name,
        subject.key.to_vec(),
        element(EXTENSIONS, &extensions()),
    ])
}

/// The certificate, DER.
pub(super) fn signed(to_be_signed: Vec<u8>, signature: &[u8]) -> Vec<u8> {
    sequence(&[to_be_signed, algorithm(), bits(0, signature)])
}

/// Base64 between two lines.
pub(super) fn pem(der: &[u8]) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, next) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = next;
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}

/// It signs, and vouches for nobody.
fn extensions() -> Vec<u8> {
    let critical = || element(BOOLEAN, &[0xff]);
    let usage = bits(7, &[0x80]);
    sequence(&[
        sequence(&[
            element(OID, BASIC_CONSTRAINTS),
            critical(),
            element(OCTET_STRING, &sequence(&[])),
        ]),
        sequence(&[element(OID, KEY_USAGE), critical(), element(OCTET_STRING, &usage)]),
    ])
}

fn name(text: &str) -> Vec<u8> {
    let part = sequence(&[element(OID, CN), element(UTF8, text.as_bytes())]);
    sequence(&[element(SET, &part)])
}

fn algorithm() -> Vec<u8> {
    sequence(&[element(OID, SHA256_WITH_RSA), element(NULL, &[])])
}

fn bits(unused: u8, bytes: &[u8]) -> Vec<u8> {
    let mut content = vec![unused];
    content.extend_from_slice(bytes);
    element(BIT_STRING, &content)
}

fn sequence(elements: &[Vec<u8>]) -> Vec<u8> {
    element(SEQUENCE, &elements.concat())
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len().to_be_bytes();
    let short = length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1);
    if content.len() >= 0x80 {
        out.push(0x80 | (length.len() - short) as u8);
    }
    out.extend_from_slice(&length[short..]);
    out.extend_from_slice(content);
    out
}
