//! Addresses with a name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::EmailAddress;
use super::address::is_atext;
use super::check;
use crate::error::{Error, Result};

/// An address with the name that mail programs show: `Ana Silva <ana@example.org>`.
///
/// ```
/// use integrations_core::email::Mailbox;
/// let ana: Mailbox = "Ana Silva <ana@example.org>".parse()?;
/// assert_eq!(ana.name(), Some("Ana Silva"));
/// let quoted: Mailbox = r#""Silva, Ana" <ana@example.org>"#.parse()?;
/// assert_eq!(quoted.name(), Some("Silva, Ana"));
/// assert_eq!(quoted.to_string(), r#""Silva, Ana" <ana@example.org>"#);
/// # Ok::<_, integrations_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Fields")]
pub struct Mailbox {
    name: Option<String>,
    address: EmailAddress,
}

#[derive(Deserialize)]
struct Fields {
    name: Option<String>,
    address: EmailAddress,
}

impl TryFrom<Fields> for Mailbox {
    type Error = Error;

    fn try_from(fields: Fields) -> Result<Self> {
        let mailbox = Self::new(fields.address);
        match fields.name {
            Some(name) => mailbox.with_name(name),
            None => Ok(mailbox),
        }
    }
}

impl Mailbox {
    /// An address without a name.
    #[must_use]
    pub fn new(address: EmailAddress) -> Self {
        Self {
            name: None,
            address,
        }
    }

    /// Gives it a name. An empty one is none.
    ///
    /// # Errors
    /// `InvalidInput` for a name with a line break or another control character, or of more than
    /// 256 bytes.
    pub fn with_name(mut self, name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        check::line("the name of a mailbox", &name, 256)?;
        self.name = Some(name).filter(|name| !name.trim().is_empty());
        Ok(self)
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The address.
    #[must_use]
    pub fn address(&self) -> &EmailAddress {
        &self.address
    }
}

impl From<EmailAddress> for Mailbox {
    fn from(address: EmailAddress) -> Self {
        Self::new(address)
    }
}

impl FromStr for Mailbox {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        let Some((name, rest)) = text.rsplit_once('<') else {
            return EmailAddress::new(text).map(Self::new);
        };
        let Some(address) = rest.strip_suffix('>') else {
            return Err(Error::invalid_input(format!(
                "{text:?} is no mailbox: the angle bracket does not close"
            )));
        };
        let name = name.trim();
        let name = match name.strip_prefix('"').and_then(|n| n.strip_suffix('"')) {
            Some(quoted) => unescape(quoted),
            None => name.to_owned(),
        };
        Self::new(EmailAddress::new(address)?).with_name(name)
    }
}

impl TryFrom<&str> for Mailbox {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self> {
        text.parse()
    }
}

fn unescape(quoted: &str) -> String {
    let mut plain = String::with_capacity(quoted.len());
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        plain.push(match c {
            '\\' => chars.next().unwrap_or('\\'),
            other => other,
        });
    }
    plain
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(name) = &self.name else {
            return self.address.fmt(f);
        };
        if name.chars().all(|c| c == ' ' || is_atext(c)) {
            write!(f, "{name} <{}>", self.address)
        } else {
            let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
            write!(f, "\"{quoted}\" <{}>", self.address)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn a_mailbox_is_read_back_from_what_it_prints() {
        for (name, printed) in [
            ("Ana Silva", "Ana Silva <ana@example.org>"),
            ("Silva, Ana", "\"Silva, Ana\" <ana@example.org>"),
            (
                "\"Ana\" \\ Silva",
                "\"\\\"Ana\\\" \\\\ Silva\" <ana@example.org>",
            ),
            ("Zoë 東京", "Zoë 東京 <ana@example.org>"),
        ] {
            let mailbox = Mailbox::new("ana@example.org".parse().unwrap())
                .with_name(name)
                .unwrap();
            assert_eq!(mailbox.to_string(), printed);
            assert_eq!(printed.parse::<Mailbox>().unwrap(), mailbox);
        }
    }

    #[test]
    fn a_name_cannot_start_a_header() {
        let ana = Mailbox::new("ana@example.org".parse().unwrap());
        for name in ["Ana\r\nBcc: eve@example.org", "Ana\n", "Ana\u{0}"] {
            let error = ana.clone().with_name(name).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name:?}");
        }
        assert!(
            "Ana\r\nBcc: x <ana@example.org>"
                .parse::<Mailbox>()
                .is_err()
        );
        assert!(
            serde_json::from_str::<Mailbox>(
                r#"{"name":"Ana\r\nBcc: x","address":"ana@example.org"}"#
            )
            .is_err()
        );
    }
}
