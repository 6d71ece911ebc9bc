//! Words of texts, brought to the forms that they are compared in.

/// Phrases that are one word here.
const PHRASES: [(&str, &str); 18] = [
    ("sign ins", "signin"),
    ("sign in", "signin"),
    ("signed in", "signin"),
    ("signs in", "signin"),
    ("signing in", "signin"),
    ("log ins", "signin"),
    ("log in", "signin"),
    ("logged in", "signin"),
    ("logs in", "signin"),
    ("access keys", "accesskey"),
    ("access key", "accesskey"),
    ("security groups", "securitygroup"),
    ("security group", "securitygroup"),
    ("multi factor", "mfa"),
    ("two factor", "mfa"),
    ("access denied", "denied"),
    ("not authorized", "denied"),
    ("ip address", "ip"),
];

/// Words that mean the same, as stems; the first stands for all.
const SYNONYMS: [&[&str]; 34] = [
    &["signin", "login", "logon", "log", "logg", "consolelogin"],
    &["fail", "failur", "unsuccessful", "unsuccess", "wrong"],
    &["delet", "remov", "drop", "terminat", "destroy", "gone"],
    &["creat", "new", "add", "launch", "start", "made"],
    &["chang", "modif", "modifi", "updat", "edit", "alter", "write", "mutat"],
    &["user", "who", "whom", "person", "people", "principal", "operator"],
    &["deni", "unauthoriz", "forbidden", "refus", "unauthorizedoperation"],
    &["top", "most", "frequent", "popular", "common", "busiest", "biggest", "highest", "active"],
    &["count", "number", "many", "total", "amount", "volum"],
    &["error", "exception", "err"],
    &["call", "request", "invoc", "usag", "use", "us", "activ", "activit", "action", "did", "do"],
    &["operat", "api", "apis"],
    &["address", "ip", "ips"],
    &["bucket", "s3"],
    &["instanc", "ec2", "server", "vm"],
    &["function", "lambda"],
    &["key", "kms"],
    &["secret", "secretsmanag", "credential"],
    &["public", "world", "internet", "expos", "open"],
    &["firewall", "securitygroup"],
    &["polic", "permission"],
    &["admin", "administrator", "administratoraccess"],
    &["password", "loginprofil"],
    &["hour", "hourli"],
    &["day", "daili"],
    &["week", "weekli"],
    &["month", "monthli"],
    &["oldest", "first"],
    &["last", "latest", "newest", "recent"],
    &["throttl", "throttlingexception"],
    &["suspici", "anomal", "anomali", "unusual"],
    &["group", "by", "per", "each"],
    &["role", "assumerol"],
    &["stop", "disabl", "off"],
];

/// Words that say nothing.
const SILENT: [&str; 62] = [
    "a", "all", "am", "an", "and", "any", "are", "as", "at", "be", "been", "can", "could", "event",
    "events", "find", "for", "from", "get", "give", "had", "has", "have", "how", "i", "in", "into",
    "is", "it", "its", "let", "list", "me", "my", "of", "on", "or", "our", "out", "please",
    "query", "return", "see", "show", "tell", "than", "that", "the", "their", "them", "there",
    "these", "they", "this", "to", "was", "we", "were", "what", "when", "where", "with",
];

/// The words of a text that say something, as stems.
pub(crate) fn terms(text: &str) -> Vec<String> {
    let mut text = format!(" {} ", plain(text));
    for (phrase, word) in PHRASES {
        text = text.replace(&format!(" {phrase} "), &format!(" {word} "));
    }
    let words = text.split(' ').filter(|word| !word.is_empty() && !SILENT.contains(word));
    words.map(term).collect()
}

/// A word as it is compared.
pub(crate) fn term(word: &str) -> String {
    let stem = stem(&word.to_ascii_lowercase());
    let same = SYNONYMS.iter().find(|same| same.contains(&&*stem));
    same.map_or(stem, |same| same[0].to_owned())
}

/// Whether the word is one of those that say nothing.
pub(crate) fn is_silent(word: &str) -> bool {
    SILENT.contains(&word)
}

/// Small letters and digits, with single spaces.
pub(crate) fn plain(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let words = lower.split(|char: char| !char.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Cuts the endings that English words change by.
fn stem(word: &str) -> String {
    const ENDINGS: [(&str, &str); 16] = [
        ("ations", "at"),
        ("ation", "at"),
        ("ators", "at"),
        ("ator", "at"),
        ("ities", "it"),
        ("ity", "it"),
        ("ions", ""),
        ("ion", ""),
        ("ies", "i"),
        ("ing", ""),
        ("ed", ""),
        ("es", ""),
        ("y", "i"),
        ("s", ""),
        ("e", ""),
        ("'", ""),
    ];
    if word.len() <= 3 || word.ends_with("ss") {
        return word.to_owned();
    }
    for (ending, kept) in ENDINGS {
        if let Some(stem) = word.strip_suffix(ending)
            && stem.len() >= 3
        {
            return format!("{stem}{kept}");
        }
    }
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_one_word_and_words_of_one_meaning_are_the_same() {
        let same = [
            ["failed", "failures"],
            ["login", "sign-ins"],
            ["deleted", "removes"],
            ["created", "new"],
            ["policies", "policy"],
            ["denied", "unauthorized"],
            ["updates", "modified"],
            ["instances", "instance"],
            ["daily", "days"],
            ["operations", "API"],
        ];
        for [one, other] in same {
            assert_eq!(terms(one), terms(other), "{one} {other}");
        }
        assert_eq!(terms("Show me all of the events"), Vec::<String>::new());
        assert_ne!(terms("bucket"), terms("instance"));
    }
}
