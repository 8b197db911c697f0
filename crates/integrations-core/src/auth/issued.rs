//! Tokens that a provider issued in a call that failed afterwards.

use super::TokenSet;
use crate::error::{Effect, Error, ErrorKind};

/// The tokens that an error would otherwise lose: the code or the old refresh token is spent, and
/// a later step of the call failed. It is the detail of such an error, whose effect is
/// [`Applied`](Effect::Applied): store the tokens, do not repeat the call.
///
/// An error of kind [`Untrusted`](ErrorKind::Untrusted) carries none, although its effect is
/// applied as well: tokens that are proved to be of another user, or not proved genuine where they
/// must be, may be an attacker's. The user has to sign in again.
#[derive(Debug, Clone)]
pub struct IssuedTokens {
    tokens: TokenSet,
}

impl IssuedTokens {
    /// The tokens that an error carries. Their [`subject`](TokenSet::subject) is set only where
    /// their ID token was verified; verify it before anybody is signed in by them.
    #[must_use]
    pub fn of(error: &Error) -> Option<&TokenSet> {
        error.detail::<Self>().map(|issued| &issued.tokens)
    }

    /// Hangs the tokens off an error that came after they were issued.
    pub(super) fn keep(error: Error, tokens: TokenSet) -> Error {
        let error = error.with_effect(Effect::Applied);
        if error.kind() == ErrorKind::Untrusted {
            return error;
        }
        error
            .with_advice("store the tokens that the error carries (IssuedTokens::of); do not repeat the call")
            .with_detail(Self { tokens })
    }
}
