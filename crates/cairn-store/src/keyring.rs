//! The master key, and what it seals.

use std::fmt;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use cairn_core::Entropy;
use zeroize::Zeroizing;

/// Why a master key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    #[error(
        "there is no master key at {}; put it back, or start with an empty directory",
        .0.display()
    )]
    Missing(PathBuf),
    #[error("a master key exists already at {}", .0.display())]
    Exists(PathBuf),
    #[error(
        "others than its owner may use the master key {}; run: chmod 600 '{}'",
        .0.display(), .0.display()
    )]
    LoosePermissions(PathBuf),
    #[error(
        "the master key {} does not have {KEY_BYTES} bytes; restore it from a backup",
        .0.display()
    )]
    WrongLength(PathBuf),
    #[error("failed to use the master key {}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

const KEY_BYTES: usize = 32;

/// Seals with AES-256-GCM under the master key. A clone is the same keyring.
///
/// A sealed text is a random nonce of 12 bytes, the encrypted bytes, and the tag of 16 bytes. It
/// opens only for what it was sealed for. One key is good for 2^32 sealed texts.
#[derive(Clone)]
pub struct Keyring {
    key: Arc<LessSafeKey>,
    root: Arc<hmac::Key>,
}

impl Keyring {
    /// Makes a new master key in a file that only its owner can read. After a crash the file is
    /// there with all its bytes, or not at all.
    pub fn create(path: &Path, entropy: &dyn Entropy) -> Result<Self, KeyringError> {
        let mut bytes = Zeroizing::new([0u8; KEY_BYTES]);
        entropy.fill(&mut *bytes);
        write_once(path, &*bytes).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => KeyringError::Exists(path.to_owned()),
            _ => KeyringError::Io { path: path.to_owned(), source },
        })?;
        Ok(Self::from_bytes(&bytes))
    }

    pub fn open(path: &Path) -> Result<Self, KeyringError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => KeyringError::Missing(path.to_owned()),
            _ => KeyringError::Io { path: path.to_owned(), source },
        };
        let mut file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.permissions().mode() & 0o077 != 0 {
            return Err(KeyringError::LoosePermissions(path.to_owned()));
        }
        if metadata.len() != KEY_BYTES as u64 {
            return Err(KeyringError::WrongLength(path.to_owned()));
        }
        let mut bytes = Zeroizing::new([0u8; KEY_BYTES]);
        file.read_exact(&mut *bytes).map_err(failed)?;
        Ok(Self::from_bytes(&bytes))
    }

    fn from_bytes(bytes: &[u8; KEY_BYTES]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, bytes).expect("the key has the cipher's length");
        let root = hmac::Key::new(hmac::HMAC_SHA256, bytes);
        Self { key: Arc::new(LessSafeKey::new(key)), root: Arc::new(root) }
    }

    /// A key of its own for one purpose, the same for as long as the master key is. The label is
    /// framed, so that no derived key is a prefix of another's input.
    pub(crate) fn derive(&self, label: &str) -> [u8; 32] {
        let tag = hmac::sign(&self.root, format!("cairn/derive/{label}\u{1}").as_bytes());
        tag.as_ref().try_into().expect("HMAC-SHA-256 gives 32 bytes")
    }

    /// `purpose` and `id` are authenticated: what is sealed for one opens for no other.
    pub(crate) fn seal(
        &self,
        purpose: Purpose,
        id: &str,
        plain: &[u8],
        entropy: &dyn Entropy,
    ) -> Vec<u8> {
        let mut nonce = [0u8; NONCE_LEN];
        entropy.fill(&mut nonce);
        let mut sealed = nonce.to_vec();
        sealed.extend_from_slice(plain);
        let tag = self
            .key
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(purpose.about(id)),
                &mut sealed[NONCE_LEN..],
            )
            .expect("the text is far shorter than the cipher's bound");
        sealed.extend_from_slice(tag.as_ref());
        sealed
    }

    /// `None` for bytes that this key did not seal for this purpose and id.
    pub(crate) fn open_sealed(
        &self,
        purpose: Purpose,
        id: &str,
        sealed: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut plain = Zeroizing::new(rest.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let aad = Aad::from(purpose.about(id));
        let length = self.key.open_in_place(nonce, aad, &mut plain).ok()?.len();
        plain.truncate(length);
        Some(plain)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring(hidden)")
    }
}

/// What a sealed text is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    AccessKey,
    Session,
    NoticeKey,
    DigestKey,
    /// The material of a KMS key.
    KmsMaterial,
    /// Proves that a key belongs to a state file.
    Check,
}

impl Purpose {
    fn about(self, id: &str) -> String {
        let purpose = match self {
            Self::AccessKey => "access-key",
            Self::Session => "session",
            Self::NoticeKey => "notice-key",
            Self::DigestKey => "digest-key",
            Self::KmsMaterial => "kms-material",
            Self::Check => "check",
        };
        format!("cairn/{purpose}/{id}")
    }
}

/// New file, its bytes, then its name, each durable before the next. The link fails where the name
/// is taken, so that no key is ever replaced.
fn write_once(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = path.with_extension("new");
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    // The umask may have taken bits away, never added any; this makes them exact.
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(bytes)?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    linked?;
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests;
