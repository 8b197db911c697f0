//! Who signed in, with everything that the provider told of it.

use super::{IdClaims, TokenSet, UserProfile};

/// What [`SignIn::sign_in`](super::SignIn::sign_in) gives. `Debug` shows no token.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SignedIn {
    /// What to call the provider with. Store them encrypted.
    pub tokens: TokenSet,
    /// Who signed in: the provider's profile, filled up from the ID token.
    pub profile: UserProfile,
    /// What the verified ID token says: when the user signed in, which session it is (for logout),
    /// until when it holds. `None` where the provider gave none.
    pub claims: Option<IdClaims>,
}

impl SignedIn {
    /// A user who signed in, for tests of applications.
    #[must_use]
    pub fn new(tokens: TokenSet, profile: UserProfile) -> Self {
        Self {
            tokens,
            profile,
            claims: None,
        }
    }

    /// Adds what the ID token says.
    #[must_use]
    pub fn with_claims(mut self, claims: IdClaims) -> Self {
        self.claims = Some(claims);
        self
    }
}
