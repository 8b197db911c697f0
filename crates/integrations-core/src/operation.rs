//! What is known of a provider's calls before one is made: whether a request may be sent again, and
//! what at the vendor makes that harmless.
//!
//! A provider declares its calls once, with [`operations!`](crate::operations), runs them under its
//! [guard](crate::guard) from those declarations, and gives the list to its
//! [factory](crate::registry::Factory::with_operations). So the page that tells an operator what may
//! happen twice is written by the code that decides it.
//!
//! ```
//! use integrations_core::operation::SafetyClass;
//!
//! integrations_core::operations! {
//!     pub(crate) const OPERATIONS;
//!     /// Meetings are listed.
//!     LIST = read("list_meetings", "GET /meetings");
//!     /// The vendor takes no key: a lost answer is for the caller to find out about.
//!     CREATE = once("create_meeting", "POST /meetings", "find the meeting by its topic and start");
//!     /// A second delete finds nothing, and that is what was wanted.
//!     DELETE = idempotent("delete_meeting", "DELETE /meetings/{id}", "404 counts as deleted");
//! }
//!
//! assert_eq!(OPERATIONS.len(), 3);
//! assert_eq!(CREATE.safety, SafetyClass::Once);
//! assert!(!CREATE.repeats_lost_answers());
//! ```

use serde::Serialize;

/// Whether sending a request twice can do it twice. What [`Safety`](crate::guard::Safety) is for one
/// call, this is for all calls of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SafetyClass {
    /// Changes nothing.
    Read,
    /// Doing it twice leaves the same state as doing it once.
    Idempotent,
    /// The vendor does it once for all requests with the same key.
    Keyed,
    /// Every request that arrives is an effect.
    Once,
}

impl SafetyClass {
    /// The class as a short, stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Idempotent => "idempotent",
            Self::Keyed => "keyed",
            Self::Once => "once",
        }
    }
}

/// One request that a provider can send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OperationSpec {
    /// The operation, as errors, spans and metrics name it. Several requests can belong to one: a
    /// large put begins an upload, sends parts and completes it.
    pub name: &'static str,
    /// The request, as the vendor's reference names it.
    pub request: &'static str,
    /// Whether it may be sent again.
    pub safety: SafetyClass,
    /// What makes a second request harmless: the vendor's rule, or ours. Empty for reads.
    pub mechanism: &'static str,
    /// How to find out what happened when the outcome stays unknown.
    pub read_back: Option<&'static str>,
    /// The class of endpoint whose circuit breaker it shares.
    pub class: &'static str,
}

impl OperationSpec {
    const fn new(
        name: &'static str,
        request: &'static str,
        safety: SafetyClass,
        mechanism: &'static str,
    ) -> Self {
        Self {
            name,
            request,
            safety,
            mechanism,
            read_back: None,
            class: "default",
        }
    }

    /// A request that changes nothing.
    #[must_use]
    pub const fn read(name: &'static str, request: &'static str) -> Self {
        Self::new(name, request, SafetyClass::Read, "")
    }

    /// A request that may arrive twice, and why.
    #[must_use]
    pub const fn idempotent(
        name: &'static str,
        request: &'static str,
        mechanism: &'static str,
    ) -> Self {
        Self::new(name, request, SafetyClass::Idempotent, mechanism)
    }

    /// A request that the vendor carries out once for each key, and how it is told the key.
    #[must_use]
    pub const fn keyed(name: &'static str, request: &'static str, mechanism: &'static str) -> Self {
        Self::new(name, request, SafetyClass::Keyed, mechanism)
    }

    /// A request that must not arrive twice, and how a caller finds out whether it arrived.
    #[must_use]
    pub const fn once(name: &'static str, request: &'static str, read_back: &'static str) -> Self {
        Self {
            read_back: Some(read_back),
            ..Self::new(name, request, SafetyClass::Once, "")
        }
    }

    /// Says how a caller finds out what happened when the outcome is unknown.
    #[must_use]
    pub const fn with_read_back(mut self, how: &'static str) -> Self {
        self.read_back = Some(how);
        self
    }

    /// Names the class of endpoint whose circuit breaker it shares.
    #[must_use]
    pub const fn with_class(mut self, class: &'static str) -> Self {
        self.class = class;
        self
    }

    /// Whether the request is sent again when its answer was lost.
    #[must_use]
    pub const fn repeats_lost_answers(&self) -> bool {
        !matches!(self.safety, SafetyClass::Once)
    }
}

/// Declares the requests of a provider, each as a constant, and the list of them all.
/// See the [module page](crate::operation).
#[macro_export]
macro_rules! operations {
    ($vis:vis const $all:ident; $($(#[$doc:meta])* $name:ident = $kind:ident($($argument:expr),+ $(,)?)
        $(.$with:ident($($value:expr),+))*;)+) => {
        $(
            $(#[$doc])*
            $vis const $name: $crate::operation::OperationSpec =
                $crate::operation::OperationSpec::$kind($($argument),+)$(.$with($($value),+))*;
        )+
        /// Every request that the provider can send.
        $vis const $all: &[$crate::operation::OperationSpec] = &[$($name),+];
    };
}
