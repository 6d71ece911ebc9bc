//! The AWS shared files, `~/.aws/credentials` and `~/.aws/config`, as far as they name keys, a
//! Region and an endpoint.

use std::path::{Path, PathBuf};

/// What the two files say about one profile.
#[derive(Default)]
pub(crate) struct Profile {
    pub(crate) access_key_id: Option<String>,
    pub(crate) secret_access_key: Option<String>,
    pub(crate) session_token: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) endpoint: Option<String>,
}

impl Profile {
    /// Reads `name` from the files that `AWS_SHARED_CREDENTIALS_FILE` and `AWS_CONFIG_FILE` name,
    /// or from those under the home directory. A file that cannot be read says nothing.
    pub(crate) fn load(name: &str, env: impl Fn(&str) -> Option<String>) -> Self {
        let home = env("HOME").map(PathBuf::from).unwrap_or_default();
        let file = |variable: &str, usual: &str| {
            env(variable).map_or_else(|| home.join(".aws").join(usual), PathBuf::from)
        };
        let mut profile = Self::default();
        profile.take(&read(&file("AWS_CONFIG_FILE", "config")), name);
        profile.take(&read(&file("AWS_SHARED_CREDENTIALS_FILE", "credentials")), name);
        profile
    }

    /// Takes over what `text` says under `[name]` or `[profile name]`.
    fn take(&mut self, text: &str, name: &str) {
        let mut inside = false;
        for line in text.lines() {
            if line.starts_with(['#', ';', ' ', '\t']) {
                continue;
            }
            if let Some(header) = line.trim_end().strip_prefix('[') {
                let section = header.trim_end_matches(']').trim();
                let bare = section.strip_prefix("profile ").unwrap_or(section);
                inside = bare.trim() == name;
            } else if let Some((key, value)) = line.split_once('=').filter(|_| inside) {
                self.set(key.trim(), value.trim());
            }
        }
    }

    fn set(&mut self, key: &str, value: &str) {
        let place = match key {
            "aws_access_key_id" => &mut self.access_key_id,
            "aws_secret_access_key" => &mut self.secret_access_key,
            "aws_session_token" => &mut self.session_token,
            "region" => &mut self.region,
            "endpoint_url" => &mut self.endpoint,
            _ => return,
        };
        *place = Some(value.to_owned());
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_read_from_its_own_section_only() {
        let text = "[default]\naws_access_key_id = AKIADEFAULT\n# no\n[profile ops]\n\
                    region=eu-west-1\naws_access_key_id = AKIAOPS\nservices = x\n  s3 = deep\n";
        let mut profile = Profile::default();
        profile.take(text, "ops");
        assert_eq!(profile.access_key_id.as_deref(), Some("AKIAOPS"));
        assert_eq!(profile.region.as_deref(), Some("eu-west-1"));
        assert_eq!(profile.endpoint, None);
    }
}
