//! Who signed in.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::raw::Raw;

crate::id_types! {
    /// The id of a user in a provider's directory. It need not be the subject of their sign-ins.
    UserId;
}

/// Who a user is, for ever: the issuer, and what it calls the user. **Key your accounts by this**,
/// never by an email address, which can change hands.
///
/// As text it is `issuer#subject`: issuers have no fragment (OpenID Connect Discovery, section 3),
/// so the first `#` divides them.
///
/// ```
/// use integrations_core::auth::SubjectKey;
/// let key = SubjectKey::new("https://accounts.example", "10769150350006150715113082367");
/// assert_eq!(key.to_string().parse::<SubjectKey>()?, key);
/// # Ok::<_, integrations_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SubjectKey {
    issuer: String,
    subject: String,
}

impl SubjectKey {
    /// A key from an issuer and its subject. At Entra the subject is `tid` and `oid` joined,
    /// because `sub` differs per application.
    pub fn new(issuer: impl Into<String>, subject: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            subject: subject.into(),
        }
    }

    /// Who says so.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// What the issuer calls the user.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

impl fmt::Display for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.issuer, self.subject)
    }
}

impl FromStr for SubjectKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.split_once('#') {
            Some((issuer, subject)) if !issuer.is_empty() && !subject.is_empty() => {
                Ok(Self::new(issuer, subject))
            }
            _ => Err(Error::invalid_input(
                "a subject key is an issuer, `#`, and a subject",
            )),
        }
    }
}

impl TryFrom<String> for SubjectKey {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<SubjectKey> for String {
    fn from(key: SubjectKey) -> Self {
        key.to_string()
    }
}

/// One of a user's email addresses.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ProfileEmail {
    /// The address.
    pub address: String,
    /// Whether the provider says that it is proved to be the user's; `None` when it does not tell,
    /// which proves nothing.
    pub verified: Option<bool>,
    /// Whether it is the one that the user named as theirs.
    pub primary: bool,
}

/// Who signed in, as the provider tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserProfile {
    /// Who the user is.
    pub subject: SubjectKey,
    /// The user's address, whether proved or not. For decisions take
    /// [`verified_email`](Self::verified_email).
    pub email: Option<String>,
    /// Whether the provider says that [`email`](Self::email) is proved to be the user's; `None` when
    /// it does not tell, which proves nothing.
    pub email_verified: Option<bool>,
    /// All addresses, where the provider tells more than one.
    pub emails: Vec<ProfileEmail>,
    /// The user's login name.
    pub username: Option<String>,
    /// The whole name.
    pub name: Option<String>,
    /// The given name.
    pub given_name: Option<String>,
    /// The family name.
    pub family_name: Option<String>,
    /// The address of a picture.
    pub picture: Option<String>,
    /// The language, as a BCP 47 tag.
    pub locale: Option<String>,
    /// The organisation that the account belongs to.
    pub tenant: Option<String>,
    /// The user's groups; `None` when the provider does not tell them, which is not "no groups".
    pub groups: Option<Vec<String>>,
    /// The answer as it came.
    pub raw: Raw,
}

impl UserProfile {
    /// A profile of which nothing is known but who it is.
    #[must_use]
    pub fn new(subject: SubjectKey) -> Self {
        Self {
            subject,
            email: None,
            email_verified: None,
            emails: Vec::new(),
            username: None,
            name: None,
            given_name: None,
            family_name: None,
            picture: None,
            locale: None,
            tenant: None,
            groups: None,
            raw: Raw::None,
        }
    }

    /// The address, only where the provider says that it is proved to be the user's.
    #[must_use]
    pub fn verified_email(&self) -> Option<&str> {
        let proved = self.email_verified == Some(true);
        self.email.as_deref().filter(|_| proved)
    }

    /// Adds the address, and whether the provider says that it is proved: `true`, `false`, or `None`
    /// when it does not tell.
    #[must_use]
    pub fn with_email(
        mut self,
        address: impl Into<String>,
        verified: impl Into<Option<bool>>,
    ) -> Self {
        self.email = Some(address.into());
        self.email_verified = verified.into();
        self
    }

    /// Adds all addresses.
    #[must_use]
    pub fn with_emails(mut self, emails: Vec<ProfileEmail>) -> Self {
        self.emails = emails;
        self
    }

    /// Adds the login name.
    #[must_use]
    pub fn with_username(mut self, username: impl Into<String>) -> Self {
        self.username = Some(username.into());
        self
    }

    /// Adds the whole name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Adds the organisation.
    #[must_use]
    pub fn with_tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// Adds the groups.
    #[must_use]
    pub fn with_groups(mut self, groups: Vec<String>) -> Self {
        self.groups = Some(groups);
        self
    }

    /// Keeps the answer as it came.
    #[must_use]
    pub fn with_raw(mut self, raw: impl Into<Raw>) -> Self {
        self.raw = raw.into();
        self
    }

    /// Fills what this profile does not tell from another of the same user, for example from the
    /// ID token: many providers tell a part here and a part there. An address and its proof stay
    /// together: the other's proof holds for the other's address alone. Where one says that the
    /// address is proved and the other that it is not, it is not.
    ///
    /// # Errors
    /// `Untrusted` when the two are not the same user (OpenID Connect Core, section 5.3.2).
    pub fn or(mut self, other: Self) -> Result<Self> {
        if self.subject != other.subject {
            return Err(Error::new(
                crate::ErrorKind::Untrusted,
                "the profile is of another user than the ID token",
            )
            .with_code("subject_mismatch"));
        }
        if self.email.is_none() {
            self.email = other.email;
            self.email_verified = other.email_verified;
        } else if self.email == other.email {
            self.email_verified = match (self.email_verified, other.email_verified) {
                (Some(one), Some(two)) => Some(one && two),
                (one, two) => one.or(two),
            };
        }
        if self.emails.is_empty() {
            self.emails = other.emails;
        }
        self.username = self.username.or(other.username);
        self.name = self.name.or(other.name);
        self.given_name = self.given_name.or(other.given_name);
        self.family_name = self.family_name.or(other.family_name);
        self.picture = self.picture.or(other.picture);
        self.locale = self.locale.or(other.locale);
        self.tenant = self.tenant.or(other.tenant);
        self.groups = self.groups.or(other.groups);
        if self.raw.is_none() {
            self.raw = other.raw;
        }
        Ok(self)
    }
}

/// A user in a directory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DirectoryUser {
    /// The directory's id.
    pub id: UserId,
    /// The address that the directory holds.
    pub email: Option<String>,
    /// The whole name.
    pub name: Option<String>,
    /// The login name.
    pub username: Option<String>,
    /// The organisation.
    pub tenant: Option<String>,
    /// The user's groups; `None` when the directory does not tell them.
    pub groups: Option<Vec<String>>,
    /// Whether the account may sign in; `None` when the directory does not tell.
    pub active: Option<bool>,
    /// The entry as it came.
    pub raw: Raw,
}

impl DirectoryUser {
    /// An entry of which nothing is known but its id.
    pub fn new(id: impl Into<UserId>) -> Self {
        Self {
            id: id.into(),
            email: None,
            name: None,
            username: None,
            tenant: None,
            groups: None,
            active: None,
            raw: Raw::None,
        }
    }

    /// Adds the address.
    #[must_use]
    pub fn with_email(mut self, address: impl Into<String>) -> Self {
        self.email = Some(address.into());
        self
    }

    /// Adds the whole name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Says whether the account may sign in.
    #[must_use]
    pub fn with_active(mut self, active: bool) -> Self {
        self.active = Some(active);
        self
    }

    /// Keeps the entry as it came.
    #[must_use]
    pub fn with_raw(mut self, raw: impl Into<Raw>) -> Self {
        self.raw = raw.into();
        self
    }
}

/// Which users of a directory are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct UserQuery {
    /// Only the user with this address. Case does not matter.
    pub email: Option<String>,
    /// Only members of this group.
    pub group: Option<String>,
}

impl UserQuery {
    /// Everybody.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// The user with an address.
    pub fn email(address: impl Into<String>) -> Self {
        Self {
            email: Some(address.into()),
            group: None,
        }
    }

    /// The members of a group.
    pub fn group(group: impl Into<String>) -> Self {
        Self {
            email: None,
            group: Some(group.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile() -> UserProfile {
        UserProfile::new(SubjectKey::new("https://i.example", "1"))
    }

    #[test]
    fn an_address_is_verified_only_when_the_provider_said_so() {
        assert_eq!(profile().verified_email(), None);
        for not_proved in [Some(false), None] {
            let profile = profile().with_email("a@x.example", not_proved);
            assert_eq!(profile.verified_email(), None, "{not_proved:?}");
        }
        let proved = profile().with_email("a@x.example", true);
        assert_eq!(proved.verified_email(), Some("a@x.example"));
    }

    #[test]
    fn merging_does_not_carry_a_proof_over_to_another_address() {
        let merged = profile()
            .with_email("new@x.example", None)
            .or(profile().with_email("old@x.example", true))
            .unwrap();
        assert_eq!(merged.email_verified, None);
        assert_eq!(merged.verified_email(), None);
    }

    #[test]
    fn merging_one_address_keeps_what_is_told_and_believes_the_doubt() {
        let (yes, no) = (Some(true), Some(false));
        for (one, two, merged) in [
            (None, None, None),
            (None, yes, yes),
            (yes, None, yes),
            (None, no, no),
            (no, None, no),
            (yes, yes, yes),
            (yes, no, no),
            (no, yes, no),
        ] {
            let one = profile().with_email("a@x.example", one);
            let two = profile().with_email("a@x.example", two);
            let both = one.clone().or(two.clone()).unwrap();
            assert_eq!(both.email_verified, merged, "{one:?} {two:?}");
        }
    }

    #[test]
    fn profiles_of_two_users_do_not_merge() {
        let other = UserProfile::new(SubjectKey::new("https://i.example", "2"));
        assert_eq!(
            profile().or(other).unwrap_err().code(),
            Some("subject_mismatch")
        );
    }

    #[test]
    fn a_subject_may_hold_a_hash_and_still_reads_back() {
        let key = SubjectKey::new("https://i.example", "a#b");
        assert_eq!(key.to_string().parse::<SubjectKey>().unwrap(), key);
        assert!("no-divider".parse::<SubjectKey>().is_err());
        assert!("#b".parse::<SubjectKey>().is_err());
    }
}
