//! Edits that only spell a request differently: all must still be accepted.

use cairn_wire::sigv4::PathStyle;

use crate::dice::Dice;
use crate::request::{Request, Vector};
use crate::tamper::Edit;

pub(crate) const EDITS: [(&str, Edit); 12] = [
    ("headers in another order", move_header),
    ("a header's name in another case", case_of_name),
    ("blanks around a header's value", pad_value),
    ("more blanks inside a header's value", stretch_value),
    ("an unsigned header more", add_header),
    ("parameters in another order", rotate_query),
    ("an empty parameter more", |dice, request, _| {
        in_query(request, |query| {
            dice.replace(query, "&", "&&");
        });
    }),
    ("a needless escape in the query", |dice, request, _| {
        in_query(request, |query| dice.encode_one(query));
    }),
    ("escapes in lower case", |_, request, _| in_query(request, |query| lower_escapes(query))),
    ("another path to the same place", detour),
    ("the parts of the signature in another order", rotate_parts),
    ("other blanks between the parts of the signature", respace_parts),
];

fn move_header(dice: &Dice, request: &mut Request, _: &Vector) {
    let at = dice.below(request.headers.len());
    let name = &request.headers[at].0;
    if request.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name)).count() == 1 {
        let header = request.headers.remove(at);
        request.headers.insert(dice.below(request.headers.len() + 1), header);
    }
}

fn case_of_name(dice: &Dice, request: &mut Request, _: &Vector) {
    let at = dice.below(request.headers.len());
    let name = &mut request.headers[at].0;
    *name = if dice.below(2) == 0 { name.to_ascii_uppercase() } else { name.to_lowercase() };
}

fn pad_value(dice: &Dice, request: &mut Request, _: &Vector) {
    let at = dice.below(request.headers.len());
    let value = &mut request.headers[at].1;
    *value = format!("{}{value}{}", dice.pick(&["", " ", "\t "]), dice.pick(&["", " ", "  \t"]));
}

fn stretch_value(dice: &Dice, request: &mut Request, _: &Vector) {
    for (name, value) in &mut request.headers {
        if name != "Authorization" {
            dice.replace(value, " ", dice.pick(&["  ", " \t ", "    "]));
        }
    }
}

fn add_header(dice: &Dice, request: &mut Request, _: &Vector) {
    let headers = [("User-Agent", "x"), ("X-Forwarded-For", "10.0.0.1"), ("X-Amzn-Trace-Id", "1")];
    let (name, value) = dice.pick(&headers);
    request.headers.push((name.to_owned(), value.to_owned()));
}

fn in_query(request: &mut Request, edit: impl FnOnce(&mut String)) {
    if let Some(query) = &mut request.query {
        edit(query);
    }
}

fn rotate_query(dice: &Dice, request: &mut Request, _: &Vector) {
    in_query(request, |query| {
        let mut pieces: Vec<&str> = query.split('&').collect();
        let by = dice.below(pieces.len());
        pieces.rotate_left(by);
        *query = pieces.join("&");
    });
}

fn lower_escapes(query: &mut str) {
    let escapes: Vec<usize> = query.match_indices('%').map(|(at, _)| at).collect();
    for at in escapes {
        query[at..at + 3].make_ascii_lowercase();
    }
}

fn detour(dice: &Dice, request: &mut Request, vector: &Vector) {
    match vector.dialect().path {
        PathStyle::Raw => dice.encode_one(&mut request.path),
        PathStyle::Normalised => {
            let detours = ["//", "/./", "/a/../", "/a/b/.././../"];
            dice.replace(&mut request.path, "/", dice.pick(&detours));
        }
    }
}

fn parts(request: &mut Request) -> Option<(&mut String, String, Vec<String>)> {
    let text = request.header("authorization")?;
    let (algorithm, rest) = text.trim().split_once(' ')?;
    let (algorithm, rest) =
        (algorithm.to_owned(), rest.split(',').map(|part| part.trim().to_owned()).collect());
    Some((text, algorithm, rest))
}

fn rotate_parts(dice: &Dice, request: &mut Request, _: &Vector) {
    if let Some((text, algorithm, mut rest)) = parts(request) {
        rest.rotate_left(dice.below(3));
        *text = format!("{algorithm} {}", rest.join(", "));
    }
}

fn respace_parts(dice: &Dice, request: &mut Request, _: &Vector) {
    if let Some((text, algorithm, rest)) = parts(request) {
        *text =
            format!("{algorithm} {}", rest.join(dice.pick::<&str>(&[",", ",  ", " , ", ",\t"])));
    }
}
