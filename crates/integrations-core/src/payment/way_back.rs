//! The way back from a call whose outcome is unknown.

use std::time::Duration;

use jiff::Timestamp;

use crate::IdempotencyKey;
use crate::error::{Effect, Result};

/// The time in which the provider remembers a key that is sent now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    opened: Timestamp,
    length: Duration,
}

impl Window {
    /// A window that opens now, before the first byte leaves: what is counted from here is never
    /// longer than what the provider counts.
    pub(super) fn open(length: Duration) -> Self {
        Self {
            opened: Timestamp::now(),
            length,
        }
    }

    /// When it closes; `None` when it was never open.
    fn closes(self) -> Option<Timestamp> {
        if self.length.is_zero() {
            return None;
        }
        self.opened.checked_add(self.length).ok()
    }
}

/// An error whose effect is unknown says how to find it out without doing it twice, and until when
/// the same key makes that harmless. Advice of the provider stays.
pub(super) fn with_way_back<T>(
    result: Result<T>,
    key: &IdempotencyKey,
    window: Window,
) -> Result<T> {
    result.map_err(|error| {
        if error.effect() != Effect::Unknown {
            return error;
        }
        let error = match (error.safe_until(), window.closes()) {
            (None, Some(closes)) => error.with_safe_until(closes),
            _ => error,
        };
        if error.has_advice() {
            return error;
        }
        error.with_advice(match in_words(window.length) {
            None => "read the state back before trying again: it may have been carried out".into(),
            Some(time) => format!(
                "send the same request with the same key {key} within {time}; later read the \
                 state back first"
            ),
        })
    })
}

/// A length of time in its largest fitting unit, never longer than it is; `None` below a second.
fn in_words(time: Duration) -> Option<String> {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let seconds = time.as_secs();
    let (number, unit) = match seconds {
        0 => return None,
        1..MINUTE => (seconds, "second"),
        MINUTE..HOUR => (seconds / MINUTE, "minute"),
        // A day and a half is said in hours.
        HOUR..=259_199 => (seconds / HOUR, "hour"),
        _ => (seconds / DAY, "day"),
    };
    let plural = if number == 1 { "" } else { "s" };
    Some(format!("{number} {unit}{plural}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, ErrorKind, RetryAdvice};

    fn failed(error: Error, length: Duration) -> Error {
        let key = "order-1".parse().unwrap();
        with_way_back::<()>(Err(error), &key, Window::open(length)).unwrap_err()
    }

    fn lost() -> Error {
        Error::new(ErrorKind::Timeout, "no answer")
    }

    #[test]
    fn a_time_is_told_in_a_unit_that_fits() {
        for (seconds, words) in [
            (0, None),
            (1, Some("1 second")),
            (90, Some("1 minute")),
            (30 * 60, Some("30 minutes")),
            (3600, Some("1 hour")),
            (24 * 3600, Some("24 hours")),
            (45 * 24 * 3600, Some("45 days")),
        ] {
            let told = in_words(Duration::from_secs(seconds));
            assert_eq!(told.as_deref(), words, "{seconds}");
        }
    }

    #[test]
    fn a_key_that_is_kept_below_an_hour_is_told_in_minutes() {
        let error = failed(lost(), Duration::from_secs(30 * 60));
        assert!(
            error.advice().contains("order-1 within 30 minutes"),
            "{error}"
        );
    }

    #[test]
    fn until_when_the_key_is_safe_is_data() {
        let length = Duration::from_secs(6 * 3600);
        let before = Timestamp::now();
        let until = failed(lost(), length).safe_until().unwrap();
        assert!(until >= before.checked_add(length).unwrap());
        assert!(until <= Timestamp::now().checked_add(length).unwrap());
        assert_eq!(failed(lost(), Duration::ZERO).safe_until(), None);
        // A definite answer needs no second call.
        let definite = failed(Error::invalid_input("x"), length);
        assert_eq!(definite.safe_until(), None);
        // What the provider says of the key holds before the general window.
        let told = lost().with_safe_until(Timestamp::UNIX_EPOCH);
        assert_eq!(
            failed(told, length).safe_until(),
            Some(Timestamp::UNIX_EPOCH)
        );
    }

    #[test]
    fn advice_of_the_provider_stays_and_general_advice_does_not() {
        let day = Duration::from_secs(24 * 3600);
        let own = failed(lost().with_advice("ask for the order"), day);
        assert_eq!(own.advice(), "ask for the order");
        assert!(own.safe_until().is_some());
        let general = failed(lost().with_default_advice("in general"), day);
        assert!(
            general.advice().contains("order-1 within 24 hours"),
            "{general}"
        );
        assert_eq!(general.retry(), RetryAdvice::ReadBackFirst);
    }

    #[test]
    fn a_call_in_flight_is_sent_again_with_its_key() {
        let key = "order-1".parse().unwrap();
        let error = failed(Error::key_in_flight(&key), Duration::from_secs(60));
        assert_eq!(error.retry(), RetryAdvice::SameRequest);
        assert!(error.safe_until().is_some());
    }
}
