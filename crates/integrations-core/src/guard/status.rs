//! What is known of the integration from its calls, without asking anybody.

use std::sync::PoisonError;

use jiff::Timestamp;

use crate::error::{Error, ErrorKind};
use crate::integration::{Circuit, ConnectionState, Status};

use super::policy::Verdict;
use super::sync::Mutex;
use super::sync::atomic::{AtomicU8, Ordering};

const NEVER: u8 = 0;
const CONNECTED: u8 = 1;
const FAILED: u8 = 2;
const REVOKED: u8 = 3;

/// The last contact with the provider, on one connection or on all.
#[derive(Debug, Default)]
pub(crate) struct Board {
    /// Read by every call: a success after a success changes nothing and takes no lock.
    state: AtomicU8,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    since: Option<Timestamp>,
    last_error: Option<String>,
}

impl Board {
    /// A call got through. News of the availability is told before anybody else can change it, so
    /// that what was told last is what is.
    pub(crate) fn success(&self, tell: impl FnOnce(bool)) {
        if self.state.load(Ordering::Acquire) != CONNECTED {
            self.change(CONNECTED, None, tell);
        }
    }

    /// An attempt failed.
    pub(crate) fn failure(&self, error: &Error, verdict: Verdict, tell: impl FnOnce(bool)) {
        // A caller's mistake, or "not found", is no failure of the integration.
        let concerns_us = matches!(
            error.kind(),
            ErrorKind::Unauthenticated
                | ErrorKind::Config
                | ErrorKind::PermissionDenied
                | ErrorKind::QuotaExceeded
                | ErrorKind::RateLimited
                | ErrorKind::Decode
                | ErrorKind::Internal
        );
        if error.needs_reconnect() {
            return self.change(REVOKED, Some(error), tell);
        }
        match (verdict, error.kind()) {
            (Verdict::Failing, _) | (_, ErrorKind::Unauthenticated | ErrorKind::Config) => {
                self.change(FAILED, Some(error), tell);
            }
            (Verdict::Alive, _) if concerns_us => self.change(CONNECTED, Some(error), tell),
            (Verdict::Alive, _) => self.success(tell),
            (Verdict::NoEvidence, _) if concerns_us => self.note(error),
            (Verdict::NoEvidence, _) => {}
        }
    }

    fn change(&self, to: u8, error: Option<&Error>, tell: impl FnOnce(bool)) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.last_error = error.map(ToString::to_string);
        let was = self.state.load(Ordering::Acquire);
        // Lost contact does not give consent back: only a call that gets through does.
        let to = if (was, to) == (REVOKED, FAILED) {
            REVOKED
        } else {
            to
        };
        if self.state.swap(to, Ordering::AcqRel) != to {
            seen.since = Some(Timestamp::now());
            tell(to == CONNECTED);
        }
    }

    fn note(&self, error: &Error) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.last_error = Some(error.to_string());
    }

    /// The status, given the worst circuit of the integration.
    pub(crate) fn status(&self, circuit: Circuit) -> Status {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let state = match (self.state.load(Ordering::Acquire), circuit) {
            (REVOKED, _) => ConnectionState::NeedsReconnect,
            (NEVER, _) => ConnectionState::Disconnected,
            (CONNECTED, Circuit::Closed) => ConnectionState::Connected,
            (CONNECTED, _) => ConnectionState::Degraded,
            _ => ConnectionState::Failed,
        };
        let mut status = Status::new(state, seen.since).with_last_error(seen.last_error.clone());
        status.circuit = circuit;
        status
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::policy::verdict;

    fn fail(board: &Board, kind: ErrorKind) -> Option<bool> {
        let error = Error::new(kind, "why").with_status(500);
        let mut told = None;
        board.failure(&error, verdict(&error), |available| told = Some(available));
        told
    }

    fn succeed(board: &Board) -> bool {
        let mut told = false;
        board.success(|_| told = true);
        told
    }

    #[test]
    fn before_the_first_call_nothing_is_known() {
        let status = Board::default().status(Circuit::Closed);
        assert_eq!(status, Status::disconnected());
    }

    #[test]
    fn contact_is_lost_and_found_and_the_error_goes_with_it() {
        let board = Board::default();
        assert!(succeed(&board));
        assert!(!succeed(&board));
        let connected = board.status(Circuit::Closed);
        assert_eq!(connected.state, ConnectionState::Connected);
        assert!(connected.since.is_some());

        assert_eq!(fail(&board, ErrorKind::Network), Some(false));
        assert_eq!(fail(&board, ErrorKind::Timeout), None);
        let failed = board.status(Circuit::Open);
        assert_eq!(failed.state, ConnectionState::Failed);
        assert!(
            failed
                .last_error
                .is_some_and(|text| text.contains("timeout"))
        );
        assert_eq!(failed.circuit, Circuit::Open);

        assert!(succeed(&board));
        assert_eq!(board.status(Circuit::Closed).last_error, None);
    }

    #[test]
    fn a_missing_thing_is_no_failure_of_the_integration() {
        let board = Board::default();
        assert_eq!(fail(&board, ErrorKind::NotFound), Some(true));
        let status = board.status(Circuit::Closed);
        assert_eq!(status.state, ConnectionState::Connected);
        assert_eq!(status.last_error, None);
    }

    #[test]
    fn wrong_credentials_are_a_failure_although_the_provider_answers() {
        let board = Board::default();
        fail(&board, ErrorKind::Unauthenticated);
        let status = board.status(Circuit::Closed);
        assert_eq!(status.state, ConnectionState::Failed);
        assert!(status.last_error.is_some());
    }

    #[test]
    fn a_revoked_grant_needs_a_reconnect_until_a_call_gets_through() {
        let board = Board::default();
        let revoked = Error::new(ErrorKind::Unauthenticated, "revoked").with_reconnect();
        board.failure(&revoked, verdict(&revoked), |_| {});
        fail(&board, ErrorKind::Network);
        let state = board.status(Circuit::Open).state;
        assert_eq!(state, ConnectionState::NeedsReconnect);
        succeed(&board);
        let state = board.status(Circuit::Closed).state;
        assert_eq!(state, ConnectionState::Connected);
    }

    #[test]
    fn one_class_of_endpoints_down_is_degraded() {
        let board = Board::default();
        succeed(&board);
        assert_eq!(
            board.status(Circuit::HalfOpen).state,
            ConnectionState::Degraded
        );
    }
}
