//! Ids are newtypes, so that a calendar's id cannot be passed where an event's is wanted.

/// Declares id types: strings as the provider gave them, compared and ordered as text.
///
/// ```
/// integrations_core::id_types! {
///     /// The id of a parcel.
///     ParcelId;
/// }
/// let id = ParcelId::new("p-1");
/// assert_eq!(id.as_str(), "p-1");
/// assert_eq!(id.to_string(), "p-1");
/// ```
#[macro_export]
macro_rules! id_types {
    ($($(#[$meta:meta])* $name:ident;)+) => {$(
        $(#[$meta])*
        #[derive(
            Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord,
            $crate::__private::serde::Serialize, $crate::__private::serde::Deserialize,
        )]
        #[serde(crate = "integrations_core::__private::serde", transparent)]
        pub struct $name(String);

        impl $name {
            /// An id as the provider gave it.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The id as an owned string.
            #[must_use]
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    )+};
}
