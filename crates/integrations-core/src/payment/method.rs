//! What a saved method is.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de};

/// What a payment method is, as far as it may be shown.
///
/// It is written as an object with one member, the kind. A kind that is not known is read as
/// [`Other`](Self::Other) with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MethodKind {
    /// A card.
    Card(CardSummary),
    /// A wallet, for example `paypal`, with the account as the provider shows it.
    Wallet {
        /// The wallet's name in lower case.
        name: String,
        /// The account, for example an email address.
        account: Option<String>,
    },
    /// A bank account.
    BankAccount {
        /// The bank's name.
        bank: Option<String>,
        /// The last four characters of the account's number.
        last4: Option<String>,
    },
    /// Something that this library does not know, in the provider's words.
    Other(String),
}

/// What may be shown of a card.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CardSummary {
    /// The network in lower case, for example `visa`.
    pub brand: Option<String>,
    /// The last four digits.
    pub last4: Option<String>,
    /// The month of expiry, 1 to 12.
    pub expiry_month: Option<u8>,
    /// The year of expiry, four digits.
    pub expiry_year: Option<u16>,
}

impl CardSummary {
    /// A card of a network with its last four digits.
    pub fn new(brand: impl Into<String>, last4: impl Into<String>) -> Self {
        Self {
            brand: Some(brand.into()),
            last4: Some(last4.into()),
            ..Self::default()
        }
    }

    /// Sets when it expires.
    #[must_use]
    pub fn with_expiry(mut self, month: u8, year: u16) -> Self {
        self.expiry_month = Some(month);
        self.expiry_year = Some(year);
        self
    }
}

/// The kinds that are known, as they are written.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Known {
    Card(CardSummary),
    Wallet {
        name: String,
        account: Option<String>,
    },
    BankAccount {
        bank: Option<String>,
        last4: Option<String>,
    },
    Other(String),
}

const KNOWN: [&str; 4] = ["card", "wallet", "bank_account", "other"];

#[derive(Deserialize)]
#[serde(untagged)]
enum Read {
    Known(Known),
    Word(String),
    Named(BTreeMap<String, de::IgnoredAny>),
}

impl<'de> Deserialize<'de> for MethodKind {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(match Read::deserialize(from)? {
            Read::Known(Known::Card(card)) => Self::Card(card),
            Read::Known(Known::Wallet { name, account }) => Self::Wallet { name, account },
            Read::Known(Known::BankAccount { bank, last4 }) => Self::BankAccount { bank, last4 },
            Read::Known(Known::Other(word)) | Read::Word(word) => Self::Other(word),
            Read::Named(members) => match members.into_keys().next() {
                // A card that is no card is damage, not another kind.
                Some(name) if !KNOWN.contains(&name.as_str()) => Self::Other(name),
                _ => return Err(de::Error::custom("this is not a kind of payment method")),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(value: Value) -> serde_json::Result<MethodKind> {
        serde_json::from_value(value)
    }

    #[test]
    fn every_kind_reads_back_as_it_was_written() {
        for kind in [
            MethodKind::Card(CardSummary::new("visa", "4242").with_expiry(12, 2099)),
            MethodKind::Wallet {
                name: "paypal".into(),
                account: Some("a@b.example".into()),
            },
            MethodKind::BankAccount {
                bank: None,
                last4: Some("6789".into()),
            },
            MethodKind::Other("carrier_pigeon".into()),
        ] {
            let written = serde_json::to_value(&kind).unwrap();
            assert_eq!(read(written.clone()).unwrap(), kind, "{written}");
        }
    }

    #[test]
    fn a_kind_that_is_not_known_is_kept_by_its_name() {
        let other = MethodKind::Other("crypto".into());
        assert_eq!(read(json!("crypto")).unwrap(), other);
        assert_eq!(read(json!({"crypto": {"coin": "x"}})).unwrap(), other);
        assert_eq!(read(serde_json::to_value(&other).unwrap()).unwrap(), other);
    }

    #[test]
    fn a_known_kind_that_is_damaged_is_an_error() {
        for damaged in [
            json!({"card": 5}),
            json!({"wallet": {}}),
            json!({}),
            json!(7),
        ] {
            assert!(read(damaged.clone()).is_err(), "{damaged}");
        }
    }
}
