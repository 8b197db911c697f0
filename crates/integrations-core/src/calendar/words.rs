//! Enums that are written and read as one word.

/// Reads and writes enums with an `Other(String)` as one word. A word that is not known is kept as
/// `Other`, so that what a newer version or a vendor wrote is never an error of decoding. The enum
/// derives its serde with `#[serde(from = "String", into = "String")]`.
macro_rules! words {
    ($($name:ident { $($variant:ident = $word:literal,)+ })+) => {$(
        impl From<String> for $name {
            fn from(word: String) -> Self {
                match word.as_str() {
                    $($word => Self::$variant,)+
                    _ => Self::Other(word),
                }
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                match value {
                    $($name::$variant => $word.to_owned(),)+
                    $name::Other(word) => word,
                }
            }
        }
    )+};
}
pub(crate) use words;
