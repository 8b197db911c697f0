//! The form of what is sealed, as its documentation gives it.

use std::path::{Path, PathBuf};

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The key that seals.
pub const KEY: u8 = 1;
/// The one before, which opens.
pub const OLD: u8 = 2;
/// One that the store has not.
pub const FOREIGN: u8 = 3;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Record = 1,
    Manifest = 2,
}

pub fn key_text(key: u8) -> String {
    STANDARD.encode([key; 32])
}

/// Seals with a nonce that is always the same, so that a run can be repeated.
pub fn seal(key: u8, kind: Kind, name: &str, version: u64, content: &[u8]) -> Vec<u8> {
    let bytes = [key; 32];
    let id = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, &bytes),
        b"integrations sealed store, key id, 1",
    );
    let mut sealed = b"ISEAL".to_vec();
    sealed.extend([1, kind as u8]);
    sealed.extend(&id.as_ref()[..8]);
    sealed.extend(version.to_be_bytes());
    let aad = [&sealed, name.as_bytes()].concat();
    let nonce = [5; 12];
    sealed.extend(nonce);
    let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM_SIV, &bytes).expect("a key"));
    let mut body = content.to_vec();
    let nonce = Nonce::assume_unique_for_key(nonce);
    cipher
        .seal_in_place_append_tag(nonce, Aad::from(aad), &mut body)
        .expect("it can be sealed");
    sealed.extend(body);
    sealed
}

/// The name of a record's file.
pub fn file_of(name: &str) -> String {
    let digest = digest(&SHA256, name.as_bytes());
    let hex: String = digest.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    format!("{hex}.rec")
}

/// A folder that is removed with it, in memory where the system has that.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        let memory = PathBuf::from("/dev/shm");
        let place = Some(memory).filter(|place| place.is_dir());
        let place = place.unwrap_or_else(std::env::temp_dir);
        let path = place.join(format!("integrations-fuzz-{}", std::process::id()));
        private(&path);
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        use std::io::Write;
        let mut options = std::fs::File::options();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(self.0.join(name));
        file.and_then(|mut file| file.write_all(bytes))
            .expect("it can be written");
    }
}

fn private(path: &Path) {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).expect("a folder");
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).expect("it can be removed");
    }
}
