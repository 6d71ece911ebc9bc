//! `docs/reference/config.md` is made from the table of settings.

use std::fmt::Write;

use cairn_server::{FAMILIES, Family, Kind, SETTINGS, Setting};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/config.md");

const HEAD: &str = "\
<!-- Made from the settings' table; UPDATE=1 cargo test -p cairn-server writes it anew. -->

# Configuration

A server needs no configuration. What it is told comes from four places; the later wins:

1. the defaults below;
2. one TOML file: `--config FILE` or `CAIRN_CONFIG`;
3. environment variables;
4. flags of `cairn serve`: `--data`, `--listen`, `--region`, `--account`, `--tls-cert`, `--tls-key`,
   `--upstream`.

A key with a dot stands in a table of the file: `journal.segment_mib` is `segment_mib` under
`[journal]`. A key or a `CAIRN_` variable that is not below is refused with the nearest known name;
so is a value out of its bounds. `cairn config show` prints every value and where it came from;
`cairn config check` only says whether a server would take them. Changes need a restart.

```toml
data = \"/var/lib/cairn\"
listen = \"0.0.0.0:4586\"
region = \"eu-central-1\"

[tls]
cert = \"/etc/cairn/cert.pem\"
key = \"/etc/cairn/key.pem\"

[log]
format = \"json\"
```

Variables that only the client commands read: `AWS_ENDPOINT_URL`, `AWS_ACCESS_KEY_ID`,
`AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION`, `AWS_DEFAULT_REGION`.
";

const WRITES: &str = "writing to a string cannot fail";

#[test]
fn the_config_page_says_what_the_settings_are() {
    let page = page();
    if std::env::var_os("UPDATE").is_some() {
        write(&page);
    }
    let committed = std::fs::read_to_string(PAGE).unwrap_or_default();
    assert!(
        committed == page,
        "docs/reference/config.md is not what the settings say: run \
         UPDATE=1 cargo test -p cairn-server, and commit the page"
    );
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    let mut table = None;
    for setting in SETTINGS {
        let (of, _) = setting.key.split_once('.').unwrap_or(("", setting.key));
        if table != Some(of) {
            table = Some(of);
            let title = if of.is_empty() { "The server" } else { of };
            write!(page, "\n## {title}\n").expect(WRITES);
        }
        section(setting, &mut page);
    }
    for family in FAMILIES {
        chapter(family, &mut page);
    }
    page
}

fn chapter(family: &Family, page: &mut String) {
    let Family { name, doc, settings } = family;
    write!(page, "\n## {name}\n\n{doc}\n").expect(WRITES);
    for setting in *settings {
        let Setting { key, default, kind, doc } = setting;
        let (default, values) = (shown(default), values(*kind));
        write!(page, "\n### `{name}.NAME.{key}`\n\n{doc}\n\n").expect(WRITES);
        writeln!(page, "- default: {default}\n- value: {values}").expect(WRITES);
        let (family, field) = (name.to_uppercase(), key.to_uppercase());
        writeln!(page, "- variable: `CAIRN_{family}_NAME_{field}`").expect(WRITES);
    }
}

fn shown(default: &str) -> String {
    match default {
        "" => "not set".to_owned(),
        text => format!("`{text}`"),
    }
}

fn section(setting: &Setting, page: &mut String) {
    let Setting { key, default, kind, doc } = setting;
    let (default, variable, values) = (shown(default), setting.variable(), values(*kind));
    write!(page, "\n### `{key}`\n\n{doc}\n\n").expect(WRITES);
    writeln!(page, "- default: {default}\n- value: {values}\n- variable: `{variable}`")
        .expect(WRITES);
}

fn values(kind: Kind) -> String {
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::Secret => "text; never shown".to_owned(),
        Kind::Url => "an address without a path, such as `http://127.0.0.1:9000`".to_owned(),
        Kind::DataEvents => "`none`, `all`, or types separated by commas".to_owned(),
        Kind::Rules => "rules separated by commas, such as `s3:GetObject=off`".to_owned(),
        Kind::Hidden => "members separated by commas, such as `dynamodb:*:item`".to_owned(),
        Kind::Path => "a path".to_owned(),
        Kind::Address => {
            "an address and a port, such as `127.0.0.1:4586` or `[::]:4586`".to_owned()
        }
        Kind::Regions => "Regions, separated by commas".to_owned(),
        Kind::Region => "the name of a Region, such as `us-east-1`".to_owned(),
        Kind::Account => "twelve digits".to_owned(),
        Kind::Bool => "`true` or `false`".to_owned(),
        Kind::Number { min, max } => format!("a whole number from {min} to {max}"),
        Kind::Word(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            format!("one of {}", words.join(", "))
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a page that a crash cuts short is made again")]
fn write(page: &str) {
    std::fs::write(PAGE, page).expect("the page can be written");
}
