//! Places: in a store (`NAME:KEY`), or in the file system.

use std::path::PathBuf;

use integrations::storage::{ObjectKey, Storage};
use integrations::{ErrorKind, Manager};

use crate::Failure;

/// A place in a store.
#[derive(Debug, Clone)]
pub(crate) struct Remote {
    pub(crate) name: String,
    pub(crate) storage: Storage,
    pub(crate) key: String,
}

impl Remote {
    pub(crate) fn parse(place: &str, manager: &Manager) -> Result<Self, Failure> {
        let Some((name, key)) = split(place) else {
            return Err(Failure::usage(format!(
                "{place:?} is not a place in a store; write NAME:KEY, for example s3:photos/cat.jpg"
            )));
        };
        let storage = manager.storage(name).map_err(|error| match error.kind() {
            ErrorKind::Config => Failure::usage(format!("{}, and no store", error.message())),
            _ => Failure::about_a_name(error),
        })?;
        Ok(Self {
            name: name.to_owned(),
            storage,
            key: key.to_owned(),
        })
    }

    /// The key as that of one object.
    pub(crate) fn object(&self) -> Result<ObjectKey, Failure> {
        Ok(ObjectKey::new(self.key.clone())?)
    }

    /// The place of a key in the same store.
    pub(crate) fn show(&self, key: &str) -> String {
        format!("{}:{key}", self.name)
    }

    /// The key as a folder: empty, or ending with a slash.
    pub(crate) fn folder(&self) -> String {
        match self.key.as_str() {
            "" => String::new(),
            key if key.ends_with('/') => key.to_owned(),
            key => format!("{key}/"),
        }
    }
}

/// A place in a store or in the file system.
#[derive(Debug, Clone)]
pub(crate) enum Location {
    Store(Remote),
    Folder(PathBuf),
}

impl Location {
    pub(crate) fn parse(place: &str, manager: &Manager) -> Result<Self, Failure> {
        match split(place) {
            Some(_) => Remote::parse(place, manager).map(Self::Store),
            None => Ok(Self::Folder(PathBuf::from(place))),
        }
    }
}

/// The store that a place is in.
pub(super) fn name(place: &str) -> Option<&str> {
    split(place).map(|(name, _)| name)
}

/// `NAME:KEY`. A name has no slash in it, and a single letter before the colon is a drive.
fn split(place: &str) -> Option<(&str, &str)> {
    let (name, key) = place.split_once(':')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    (name.len() > 1 && name.chars().all(plain)).then_some((name, key))
}

/// A key as a path below a folder. `None` for keys that are no path: they would leave the folder
/// or have no file name.
pub(crate) fn relative_path(key: &str) -> Option<PathBuf> {
    let fits =
        |segment: &str| !matches!(segment, "" | "." | "..") && !segment.contains(['\\', '\0', ':']);
    key.split('/').all(fits).then(|| key.split('/').collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_from_paths() {
        assert_eq!(split("s3:photos/cat.jpg"), Some(("s3", "photos/cat.jpg")));
        assert_eq!(split("s3:"), Some(("s3", "")));
        assert_eq!(split("local_storage:a:b"), Some(("local_storage", "a:b")));
        for path in ["./a:b", "C:\\photos", "photos", "/tmp/a:b"] {
            assert_eq!(split(path), None, "{path}");
        }
    }

    #[test]
    fn a_key_never_leaves_the_folder() {
        assert_eq!(relative_path("a/b.txt"), Some(PathBuf::from("a/b.txt")));
        for key in [
            "../a",
            "a/../../b",
            "/etc/passwd",
            "a//b",
            "a/",
            "",
            "C:\\x",
            "a\\..\\b",
        ] {
            assert_eq!(relative_path(key), None, "{key}");
        }
    }
}
