//! The sealed store, and its keys.

use std::path::PathBuf;

use integrations::credential::sealed::{SealedFileStore, SealingKeys};
use integrations::{Error, ErrorKind};

use super::Place;
use crate::Failure;

impl Place {
    /// The folder.
    pub(super) fn folder(&self) -> Result<PathBuf, Failure> {
        let usual =
            || Some(base("XDG_DATA_HOME", ".local/share")?.join("integrations/credentials"));
        self.store
            .clone()
            .or_else(usual)
            .ok_or_else(|| homeless("--store"))
    }

    /// The file of keys, whether it is there or not.
    pub(super) fn keys(&self) -> Result<PathBuf, Failure> {
        let usual = || Some(base("XDG_CONFIG_HOME", ".config")?.join("integrations/sealing.keys"));
        self.key_file
            .clone()
            .or_else(usual)
            .ok_or_else(|| homeless("--key-file"))
    }

    /// Whether the keys are in the environment, so that no file is looked at.
    pub(super) fn keys_from_env(&self) -> bool {
        let set = std::env::var_os(SealingKeys::VARIABLE).is_some_and(|keys| !keys.is_empty());
        set && self.key_file.is_none()
    }

    pub(super) fn read_keys(&self) -> Result<SealingKeys, Failure> {
        if self.keys_from_env() {
            return Ok(SealingKeys::from_env()?);
        }
        let path = self.keys()?;
        if !path.exists() {
            let text = format!("there is no sealing key: {} does not exist", path.display());
            let advice = format!(
                "make one with `integrations credentials init`, or set ${}",
                SealingKeys::VARIABLE
            );
            return Err(Error::new(ErrorKind::Config, text)
                .with_advice(advice)
                .into());
        }
        Ok(SealingKeys::from_file(path)?)
    }

    /// The store, which is made when it is not there.
    pub(super) async fn open(&self) -> Result<SealedFileStore, Failure> {
        let keys = self.read_keys()?;
        Ok(SealedFileStore::open(self.folder()?, keys).await?)
    }
}

/// A folder of the user's (https://specifications.freedesktop.org/basedir-spec).
fn base(variable: &str, below_home: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from);
    let named = named.filter(|path| path.is_absolute());
    named.or_else(|| Some(std::env::home_dir()?.join(below_home)))
}

fn homeless(option: &str) -> Failure {
    Failure::usage(format!(
        "the user has no home folder; name the place with {option}"
    ))
}
