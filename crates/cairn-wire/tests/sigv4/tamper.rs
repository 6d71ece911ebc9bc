//! Edits that make another request of a signed one: none may be accepted.

use crate::dice::Dice;
use crate::request::{Request, Vector};

pub(crate) type Edit = fn(&Dice, &mut Request, &Vector);

/// Every way of tampering, by name.
pub(crate) const EDITS: [(&str, Edit); 34] = [
    ("another method", method),
    ("a scratch in the path", |dice, request, _| dice.scratch(&mut request.path)),
    ("a path one level deeper", |_, request, _| request.path.push_str("/x")),
    ("a doubly encoded path", |_, request, _| request.path = twice(&request.path)),
    ("a scratch in the query", scratch_query),
    ("a parameter more", |_, request, _| add_parameter(request, "Injected=1")),
    ("a parameter without value more", |_, request, _| add_parameter(request, "acl")),
    ("a parameter less", drop_parameter),
    ("a parameter twice", double_parameter),
    ("two parameters' values swapped", swap_parameters),
    ("a parameter's name in another case", case_of_parameter),
    ("a doubly encoded query", |_, request, _| {
        request.query = request.query.as_deref().map(twice);
    }),
    ("a scratch in a header", scratch_header),
    ("a header less", drop_header),
    ("a header twice", double_header),
    ("a header twice with another value", contradict_header),
    ("a header's values reordered", reorder_values),
    ("a header's value in another case", case_of_value),
    ("another host", |_, request, _| set(request, "host", "other.amazonaws.com")),
    ("an unsigned x-amz header more", |dice, request, _| {
        let names = ["x-amz-target", "x-amz-acl", "x-amz-meta-a", "x-amz-security-token"];
        request.headers.push((dice.pick(&names).to_owned(), "injected".to_owned()));
    }),
    ("a scratch in the body", scratch_body),
    ("a longer body", |dice, request, _| request.body.push(dice.below(256) as u8)),
    ("a shorter body", |_, request, _| request.body.truncate(request.body.len().saturating_sub(1))),
    ("a claim about the body", claim_body),
    ("another day", |dice, request, _| everywhere(dice, request, "20150830", "20150831")),
    ("another second", |dice, request, _| everywhere(dice, request, "T123600Z", "T123601Z")),
    ("another Region", |dice, request, _| everywhere(dice, request, "us-east-1", "eu-west-1")),
    ("another service", |dice, request, _| everywhere(dice, request, "/service/", "/sts/")),
    ("another terminator", |dice, request, _| {
        everywhere(dice, request, "aws4_request", "aws4_reques");
    }),
    ("another access key", |dice, request, _| {
        everywhere(dice, request, "AKIDEXAMPLE", "AKIDEXAMPLF");
    }),
    ("another algorithm", |dice, request, _| {
        let other = dice.pick(&["AWS4-HMAC-SHA1", "AWS4-ECDSA-P256-SHA256", "none", ""]);
        everywhere(dice, request, "AWS4-HMAC-SHA256", other);
    }),
    ("a shorter signature", |_, request, _| with_signature(request, |text| text.truncate(63))),
    ("another vector's signature", foreign_signature),
    ("a scratch in the signature's parts", scratch_parts),
];

fn method(dice: &Dice, request: &mut Request, _: &Vector) {
    let methods = ["GET", "POST", "PUT", "DELETE", "HEAD", "get", "PATCH", "GETT"];
    request.method = dice.pick(&methods).to_owned();
}

fn twice(text: &str) -> String {
    text.replace('%', "%25").replace('-', "%252D").replace(' ', "%2520")
}

fn scratch_query(dice: &Dice, request: &mut Request, _: &Vector) {
    if let Some(query) = &mut request.query {
        dice.scratch(query);
    }
}

fn add_parameter(request: &mut Request, parameter: &str) {
    let query = request.query.get_or_insert_default();
    *query = if query.is_empty() { parameter.to_owned() } else { format!("{query}&{parameter}") };
}

/// Takes the query apart and puts it together again.
fn with_parameters(request: &mut Request, edit: impl FnOnce(&mut Vec<String>)) {
    if let Some(query) = &mut request.query {
        let mut pieces: Vec<String> = query.split('&').map(str::to_owned).collect();
        edit(&mut pieces);
        *query = pieces.join("&");
    }
}

fn drop_parameter(dice: &Dice, request: &mut Request, _: &Vector) {
    with_parameters(request, |pieces| drop(pieces.remove(dice.below(pieces.len()))));
}

fn double_parameter(dice: &Dice, request: &mut Request, _: &Vector) {
    with_parameters(request, |pieces| pieces.push(dice.pick(pieces)));
}

fn swap_parameters(dice: &Dice, request: &mut Request, _: &Vector) {
    with_parameters(request, |pieces| {
        let (one, two) = (dice.below(pieces.len()), dice.below(pieces.len()));
        let parts = [pieces[one].clone(), pieces[two].clone()];
        let cut = parts.each_ref().map(|part| part.split_once('=').unwrap_or((part, "")));
        pieces[one] = format!("{}={}", cut[0].0, cut[1].1);
        pieces[two] = format!("{}={}", cut[1].0, cut[0].1);
    });
}

fn case_of_parameter(dice: &Dice, request: &mut Request, _: &Vector) {
    with_parameters(request, |pieces| {
        let at = dice.below(pieces.len());
        pieces[at] = match pieces[at].split_once('=') {
            Some((name, value)) => format!("{}={value}", name.to_ascii_lowercase()),
            None => pieces[at].to_ascii_uppercase(),
        };
    });
}

fn scratch_header(dice: &Dice, request: &mut Request, _: &Vector) {
    let at = dice.below(request.headers.len());
    dice.scratch(&mut request.headers[at].1);
}

fn drop_header(dice: &Dice, request: &mut Request, _: &Vector) {
    request.headers.remove(dice.below(request.headers.len()));
}

fn double_header(dice: &Dice, request: &mut Request, _: &Vector) {
    let again = dice.pick(&request.headers);
    request.headers.insert(dice.below(request.headers.len() + 1), again);
}

fn contradict_header(dice: &Dice, request: &mut Request, _: &Vector) {
    let (name, mut value) = dice.pick(&request.headers);
    dice.scratch(&mut value);
    request.headers.insert(dice.below(request.headers.len() + 1), (name, value));
}

fn reorder_values(dice: &Dice, request: &mut Request, _: &Vector) {
    let (one, two) = (dice.below(request.headers.len()), dice.below(request.headers.len()));
    let (a, b) = (request.headers[one].1.clone(), request.headers[two].1.clone());
    (request.headers[one].1, request.headers[two].1) = (b, a);
}

fn case_of_value(dice: &Dice, request: &mut Request, _: &Vector) {
    let at = dice.below(request.headers.len());
    let value = &mut request.headers[at].1;
    *value = if dice.below(2) == 0 { value.to_ascii_uppercase() } else { value.to_lowercase() };
}

fn set(request: &mut Request, name: &str, value: &str) {
    if let Some(found) = request.header(name) {
        value.clone_into(found);
    }
}

fn scratch_body(dice: &Dice, request: &mut Request, _: &Vector) {
    if !request.body.is_empty() {
        let at = dice.below(request.body.len());
        request.body[at] ^= 1 << dice.below(8);
    }
}

fn claim_body(dice: &Dice, request: &mut Request, _: &Vector) {
    let claims = [
        "UNSIGNED-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6f",
        "",
    ];
    let claim = dice.pick(&claims);
    match request.header("x-amz-content-sha256") {
        Some(found) => claim.clone_into(found),
        None => request.headers.push(("X-Amz-Content-Sha256".to_owned(), claim.to_owned())),
    }
}

/// In one place or in all: a tamperer may well keep the request consistent.
fn everywhere(dice: &Dice, request: &mut Request, from: &str, to: &str) {
    let all = dice.below(2) == 0;
    let encoded = [from.replace('/', "%2F"), to.replace('/', "%2F")];
    let mut texts: Vec<&mut String> =
        request.headers.iter_mut().map(|(_, value)| value).chain(&mut request.query).collect();
    for text in &mut texts {
        let changed = text.replace(from, to).replace(&encoded[0], &encoded[1]);
        if changed != **text {
            **text = changed;
            if !all {
                return;
            }
        }
    }
}

fn with_signature(request: &mut Request, edit: impl Fn(&mut String)) {
    for text in request.headers.iter_mut().map(|(_, value)| value).chain(&mut request.query) {
        if let Some(at) = text.find("Signature=") {
            let mut signature = text.split_off(at + "Signature=".len());
            edit(&mut signature);
            text.push_str(&signature);
        }
    }
}

fn foreign_signature(dice: &Dice, request: &mut Request, _: &Vector) {
    let vectors = Vector::all();
    let mut other = dice.pick(&vectors).signed_in_header();
    let text = other.header("authorization").unwrap();
    let foreign = text[text.len() - 64..].to_owned();
    with_signature(request, |signature| foreign.clone_into(signature));
}

fn scratch_parts(dice: &Dice, request: &mut Request, _: &Vector) {
    match request.header("authorization") {
        Some(text) => dice.scratch(text),
        None => dice.scratch(request.query.as_mut().unwrap()),
    }
}
