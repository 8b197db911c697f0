//! Keys in the keyring of the operating system.

use secrecy::ExposeSecret;
use secrecy::zeroize::Zeroizing;

use super::keys::SealingKeys;
use crate::error::{Error, ErrorKind, Result};

impl SealingKeys {
    /// The keys in the keyring of the operating system, in the entry `user` of `service`, as
    /// [`parse`](Self::parse) reads them. Which keyring that is, the application says once, at its
    /// start, by `keyring_core::set_default_store`: the crates of the stores are many, and none is
    /// chosen here.
    ///
    /// It may ask the user to unlock the keyring, and blocks as long: call it off the async threads.
    ///
    /// # Errors
    /// `Config` when no keyring was chosen, there is no such entry, or it is not keys;
    /// `PermissionDenied` when the keyring is locked; `Unavailable`.
    pub fn from_keyring(service: &str, user: &str) -> Result<Self> {
        let entry = keyring_core::Entry::new(service, user).map_err(|e| failed(&e, service))?;
        let text = entry.get_password().map_err(|e| failed(&e, service))?;
        Self::parse(&Zeroizing::new(text))
    }

    /// Writes the keys into the keyring, over what is in the entry.
    ///
    /// # Errors
    /// As [`from_keyring`](Self::from_keyring).
    pub fn to_keyring(&self, service: &str, user: &str) -> Result<()> {
        let entry = keyring_core::Entry::new(service, user).map_err(|e| failed(&e, service))?;
        entry
            .set_password(self.export().expose_secret())
            .map_err(|e| failed(&e, service))
    }
}

/// The error in the terms of the workspace. Some of the keyring's carry the secret: nothing of them
/// is repeated.
fn failed(error: &keyring_core::Error, service: &str) -> Error {
    use keyring_core::Error as E;
    let (kind, what, advice) = match error {
        E::NoDefaultStore => (
            ErrorKind::Config,
            "no keyring was chosen".to_owned(),
            "call keyring_core::set_default_store with a store of this system at the start",
        ),
        E::NoEntry => (
            ErrorKind::Config,
            format!("the keyring has no such entry of {service:?}"),
            "write the keys there by SealingKeys::to_keyring, or correct the names",
        ),
        E::NoStorageAccess(_) => (
            ErrorKind::PermissionDenied,
            "the keyring cannot be opened".to_owned(),
            "unlock it, or give this user access",
        ),
        E::Invalid(..) | E::TooLong(..) => (
            ErrorKind::InvalidInput,
            "the keyring does not take these names or keys".to_owned(),
            "look up what the keyring of this system allows",
        ),
        _ => (
            ErrorKind::Unavailable,
            "the keyring failed".to_owned(),
            "look at the keyring of this system",
        ),
    };
    Error::new(kind, what)
        .with_effect(crate::Effect::NotApplied)
        .with_advice(advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::sealed::SealingKey;

    // One test: which keyring is chosen holds for the whole process.
    #[test]
    fn keys_go_into_the_keyring_and_come_back_and_what_is_missing_is_said() {
        let error = SealingKeys::from_keyring("demo", "store").unwrap_err();
        assert!(error.to_string().contains("set_default_store"), "{error}");
        keyring_core::set_default_store(keyring_core::mock::Store::new().unwrap());
        let error = SealingKeys::from_keyring("demo", "store").unwrap_err();
        assert!(error.to_string().contains("no such entry"), "{error}");
        let keys =
            SealingKeys::new(SealingKey::generate().unwrap()).also(SealingKey::generate().unwrap());
        keys.to_keyring("demo", "store").unwrap();
        let back = SealingKeys::from_keyring("demo", "store").unwrap();
        assert!(back.ids().eq(keys.ids()));
        let entry = keyring_core::Entry::new("demo", "store").unwrap();
        entry.set_password("not a key, s3cret").unwrap();
        let error = SealingKeys::from_keyring("demo", "store").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }
}
