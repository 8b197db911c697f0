//! Enumerations that a vendor extends without asking: each is one word, and a word that is not
//! known is kept.

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        ///
        /// It is written and read as one word; a word that is not known is kept as `Other`.
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)+
            /// What this library does not know, in the provider's words.
            Other(String),
        }

        impl $name {
            /// The short, stable word of it; the provider's own for `Other`.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                }
            }
        }

        impl From<String> for $name {
            fn from(word: String) -> Self {
                match word.as_str() {
                    $($word => Self::$variant,)+
                    _ => Self::Other(word),
                }
            }
        }

        impl From<$name> for String {
            fn from(known: $name) -> Self {
                known.as_str().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}
pub(in crate::payment) use words;

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use serde::Serialize;
    use serde::de::DeserializeOwned;

    use crate::payment::{
        AuthorizationStatus, CaptureStatus, DeclineReason, DisputeReason, DisputeStatus,
        PaymentStatus, RefundReason, RefundStatus, SetupStatus, SubscriptionStatus,
    };

    /// A word reads as `expected`, and what is written is the word again.
    fn reads<T: Serialize + DeserializeOwned + PartialEq + Debug>(word: &str, expected: &T) {
        let json = format!("\"{word}\"");
        assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), expected);
        assert_eq!(serde_json::to_string(expected).unwrap(), json);
    }

    #[test]
    fn a_word_that_is_not_known_is_kept_and_written_as_it_was() {
        let word = || "brand_new".to_owned();
        reads("brand_new", &DeclineReason::Other(word()));
        reads("brand_new", &RefundReason::Other(word()));
        reads("brand_new", &DisputeReason::Other(word()));
        reads("brand_new", &DisputeStatus::Other(word()));
        reads("brand_new", &PaymentStatus::Other(word()));
        reads("brand_new", &AuthorizationStatus::Other(word()));
        reads("brand_new", &CaptureStatus::Other(word()));
        reads("brand_new", &RefundStatus::Other(word()));
        reads("brand_new", &SetupStatus::Other(word()));
        reads("brand_new", &SubscriptionStatus::Other(word()));
    }

    #[test]
    fn a_word_that_is_known_is_the_one_of_as_str() {
        reads("lost_card", &DeclineReason::LostCard);
        reads("generic_decline", &DeclineReason::Generic);
        reads("requested_by_customer", &RefundReason::RequestedByCustomer);
        reads("not_received", &DisputeReason::NotReceived);
    }
}
