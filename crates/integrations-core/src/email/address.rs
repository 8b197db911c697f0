//! Addresses.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// An email address that was checked: `local@domain`.
///
/// What is accepted follows RFC 5321 (section 4.1.2; lengths in 4.5.3.1) and RFC 5322 (section
/// 3.4.1), without comments, folding and other obsolete forms: the local part is a dot-atom or a
/// quoted string of at most 64 bytes, the domain has labels of letters, digits and hyphens of at
/// most 63 bytes, or is an address literal. Letters beyond ASCII are allowed in both (RFC 6531);
/// an internationalised domain stays as it was given. A carriage return, a line feed or any other
/// control character is refused, so that an address cannot end a header.
///
/// ```
/// use integrations_core::email::EmailAddress;
/// let address: EmailAddress = "Ana.Silva+news@Example.org".parse()?;
/// assert_eq!(address.domain(), "Example.org");
/// assert!(address.is_same(&"ana.silva+news@example.ORG".parse()?));
/// assert!("ana@example.org\r\nBcc: eve@example.org".parse::<EmailAddress>().is_err());
/// # Ok::<_, integrations_core::Error>(())
/// ```
///
/// Deserialised it is any text, as from [`from_provider`](Self::from_provider), so that a kept
/// report or suppression reads back whole. A [`Mailer`](super::Mailer) checks every address before
/// it sends; ask [`check`](Self::check) where people's own input is deserialised.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The longest address, in bytes: a path of 256 less its angle brackets (RFC 5321, section
    /// 4.5.3.1.3).
    pub const MAX_LEN: usize = 254;

    /// An address of the caller's choice.
    ///
    /// # Errors
    /// `InvalidInput`, which says what is wrong with it.
    pub fn new(address: impl Into<String>) -> Result<Self> {
        let address = address.into();
        match fault(&address) {
            None => Ok(Self(address)),
            Some(why) => Err(Error::invalid_input(format!(
                "{address:?} is no email address: {why}"
            ))),
        }
    }

    /// An address as a provider listed it, unchecked: suppression lists hold what once failed.
    pub fn from_provider(address: impl Into<String>) -> Self {
        Self(address.into())
    }

    /// Whether it is written as an address is: one that came from a provider or was deserialised
    /// may not be.
    ///
    /// # Errors
    /// `InvalidInput`, which says what is wrong with it.
    pub fn check(&self) -> Result<()> {
        Self::new(self.0.as_str()).map(drop)
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is before the last `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// What is after the last `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The form in which addresses are compared: lower case. RFC 5321 leaves the case of the local
    /// part to the receiving host; mail services and their suppression lists ignore it.
    #[must_use]
    pub fn normalized(&self) -> String {
        self.0.to_lowercase()
    }

    /// Whether both name one mailbox, whatever their case.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.normalized() == other.normalized()
    }
}

/// What is wrong with an address, if anything.
fn fault(address: &str) -> Option<&'static str> {
    if address.len() > EmailAddress::MAX_LEN {
        return Some("it is longer than 254 bytes");
    }
    if address.chars().any(char::is_control) {
        return Some("it has a control character");
    }
    let Some((local, domain)) = address.rsplit_once('@') else {
        return Some("there is no @");
    };
    local_fault(local).or_else(|| domain_fault(domain))
}

fn local_fault(local: &str) -> Option<&'static str> {
    if local.is_empty() || local.len() > 64 {
        return Some("the part before the @ must have 1 to 64 bytes");
    }
    if let Some(quoted) = local
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        return quoted_fault(quoted);
    }
    if local.split('.').any(str::is_empty) {
        return Some("the part before the @ has a dot at its start or end, or two in a row");
    }
    let allowed = |c: char| c == '.' || is_atext(c);
    (!local.chars().all(allowed)).then_some("the part before the @ has a character that it may not")
}

fn quoted_fault(quoted: &str) -> Option<&'static str> {
    let mut escaped = false;
    for c in quoted.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some("there is a quotation mark inside the quoted part"),
            _ => {}
        }
    }
    escaped.then_some("the quoted part ends in a backslash")
}

/// RFC 5322, section 3.2.3, with what RFC 6531 adds.
pub(super) fn is_atext(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
    } else {
        !c.is_whitespace()
    }
}

fn domain_fault(domain: &str) -> Option<&'static str> {
    if domain.is_empty() || domain.len() > 253 {
        return Some("the domain must have 1 to 253 bytes");
    }
    if let Some(literal) = domain.strip_prefix('[').and_then(|d| d.strip_suffix(']')) {
        let known = match literal.strip_prefix("IPv6:") {
            Some(v6) => v6.parse::<std::net::Ipv6Addr>().is_ok(),
            None => literal.parse::<std::net::Ipv4Addr>().is_ok(),
        };
        return (!known).then_some("the address literal is no IP address");
    }
    for label in domain.split('.') {
        if label.is_empty() || label.len() > 63 {
            return Some("a label of the domain must have 1 to 63 bytes");
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Some("a label of the domain starts or ends with a hyphen");
        }
        let allowed = |c: char| {
            if c.is_ascii() {
                c.is_ascii_alphanumeric() || c == '-'
            } else {
                c.is_alphanumeric() || is_mark(c)
            }
        };
        if !label.chars().all(allowed) {
            return Some("the domain has a character that it may not");
        }
    }
    let last = domain.rsplit('.').next().unwrap_or_default();
    last.bytes()
        .all(|b| b.is_ascii_digit())
        .then_some("the domain ends in a number")
}

/// Combining marks and joiners that internationalised labels need (RFC 5892).
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{dff}' | '\u{e00}'..='\u{eff}'
        | '\u{200c}' | '\u{200d}' | '\u{b7}' | '\u{30fb}')
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for EmailAddress {
    type Err = Error;

    fn from_str(address: &str) -> Result<Self> {
        Self::new(address)
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = Error;

    fn try_from(address: String) -> Result<Self> {
        Self::new(address)
    }
}

impl TryFrom<&str> for EmailAddress {
    type Error = Error;

    fn try_from(address: &str) -> Result<Self> {
        Self::new(address)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0
    }
}

impl AsRef<str> for EmailAddress {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn an_address_that_a_provider_listed_reads_back_and_is_known_to_be_none() {
        let listed = EmailAddress::from_provider("no address");
        let json = serde_json::to_string(&listed).unwrap();
        let read: EmailAddress = serde_json::from_str(&json).unwrap();
        assert_eq!(read, listed);
        assert_eq!(read.check().unwrap_err().kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn addresses_of_the_standards_are_accepted() {
        // RFC 5322 sections 3.4.1 and A.1, RFC 5321 section 4.1.3, RFC 6531 section 3.3.
        for address in [
            "jdoe@machine.example",
            "john.q.public@example.com",
            "user+tag@example.org",
            "!#$%&'*+-/=?^_`{|}~@example.org",
            "\"john doe\"@example.org",
            "\"a\\\"b\"@example.org",
            "\"very.(),:;<>[]@unusual\"@strange.example.com",
            "user@[192.0.2.1]",
            "user@[IPv6:2001:db8::1]",
            "postmaster@localhost",
            "用户@例え.jp",
            "jürgen@müller.example",
            "user@xn--mller-kva.example",
        ] {
            assert_eq!(EmailAddress::new(address).unwrap().as_str(), address);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long_local = format!("{}@example.org", "a".repeat(65));
        let long_label = format!("a@{}.org", "b".repeat(64));
        let long = format!("{}@{}.org", "a".repeat(60), "b.".repeat(120));
        for address in [
            "",
            "plain",
            "@example.org",
            "a@",
            "a b@example.org",
            ".a@example.org",
            "a.@example.org",
            "a..b@example.org",
            "a@b@example.org",
            "a@-b.org",
            "a@b-.org",
            "a@b..org",
            "a@example.org.",
            "a@exa mple.org",
            "a@ex_ample.org",
            "a@192.0.2.1",
            "a@[300.1.1.1]",
            "a@[IPv6:zz]",
            "\"a\"b\"@example.org",
            "\"a\\\"@example.org",
            "a,b@example.org",
            "<a@example.org>",
            "a@example.org\r\nBcc: eve@example.org",
            "a@example.org\n",
            "a\0@example.org",
            &long_local,
            &long_label,
            &long,
        ] {
            let error = EmailAddress::new(address).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{address:?}");
        }
    }
}
