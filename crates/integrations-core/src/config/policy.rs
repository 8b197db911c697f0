//! The guard's policy as settings, for whoever operates an application.

use std::time::Duration;

use super::{Field, Problem, ProblemKind, Problems, Settings};
use crate::error::Result;
use crate::guard::{Guard, GuardConfig, Rate};
use crate::integration::Descriptor;

const DEADLINE: &str = "deadline_seconds";
const ATTEMPT_TIMEOUT: &str = "attempt_timeout_seconds";
const MAX_ATTEMPTS: &str = "max_attempts";
const CALLS_PER_SECOND: &str = "calls_per_second";
#[cfg(feature = "capsule")]
const CAPSULE_FOLDER: &str = "capsule_folder";

/// What every provider takes whose calls run under a [`Guard`].
const FIELDS: &[Field] = &[
    Field::integer(
        DEADLINE,
        "How long a call may take in all, waits and repeated attempts included, in seconds; \
         transfers have more time by their length.",
    )
    .of_guard(),
    Field::integer(
        ATTEMPT_TIMEOUT,
        "How long one attempt may take, in seconds.",
    )
    .of_guard(),
    Field::integer(
        MAX_ATTEMPTS,
        "How often a call is attempted at most, where repeating it is safe; 1 is no repetition.",
    )
    .of_guard(),
    Field::integer(
        CALLS_PER_SECOND,
        "The most calls a second; others wait for their turn.",
    )
    .of_guard(),
    #[cfg(feature = "capsule")]
    Field::text(
        CAPSULE_FOLDER,
        "The folder in which calls that fail are kept, to be replayed; none are without it.",
    )
    .of_guard(),
];

/// A year: far beyond use, and what the guard takes.
const LONGEST: u32 = 365 * 24 * 3600;

/// A provider's fields, and behind them those of the guard that its calls run under.
///
/// ```
/// use std::sync::LazyLock;
///
/// use integrations_core::config::{Field, guarded};
///
/// static FIELDS: LazyLock<Vec<Field>> =
///     LazyLock::new(|| guarded(&[Field::secret("api_key", "The key.").required()]));
///
/// assert_eq!(FIELDS[0].name, "api_key");
/// assert!(FIELDS.iter().any(|field| field.name == "max_attempts"));
/// ```
#[must_use]
pub fn guarded(own: &[Field]) -> Vec<Field> {
    [own, FIELDS].concat()
}

impl Settings {
    /// A guard with the names of an integration, and with its provider's `policy` but for what is
    /// set of the fields that [`guarded`] adds. Where calls that fail are kept, the values of
    /// fields that are [secret](Field::secret) are searched for in what is kept.
    ///
    /// # Errors
    /// One `Config` error that names every value that cannot work.
    pub fn guard(&self, descriptor: &Descriptor, policy: &GuardConfig) -> Result<Guard> {
        let policy = self.policy(policy.clone())?;
        let guard = Guard::builder().integration(descriptor);
        guard.config(policy).build()
    }

    /// A policy, but for what is set.
    pub(crate) fn policy(&self, mut policy: GuardConfig) -> Result<GuardConfig> {
        let mut problems = Vec::new();
        let mut number = |name: &str, most: u32| {
            let (given, origin) = self.values.get(name)?;
            let given = u32::try_from(given.as_integer()?).ok();
            let fits = given.filter(|given| (1..=most).contains(given));
            if fits.is_none() {
                let text = format!("must be 1 to {most} (from {origin})");
                let problem = Problem::new(&self.name, name, ProblemKind::Invalid, text);
                problems.push(problem);
            }
            fits
        };
        let seconds = |number: u32| Duration::from_secs(number.into());
        if let Some(limit) = number(DEADLINE, LONGEST) {
            policy.deadline = seconds(limit);
        }
        if let Some(limit) = number(ATTEMPT_TIMEOUT, LONGEST) {
            policy.attempt_timeout = Some(seconds(limit));
        }
        if let Some(most) = number(MAX_ATTEMPTS, 100) {
            policy.max_attempts = most;
        }
        if let Some(most) = number(CALLS_PER_SECOND, 1_000_000) {
            policy.rate = Some(Rate::per_second(most));
        }
        #[cfg(feature = "capsule")]
        if let Some(folder) = self.text(CAPSULE_FOLDER) {
            let secrets = self.fields.iter().filter(|field| field.secret);
            let secrets = secrets.filter_map(|field| self.secret(field.name));
            let capture = crate::capsule::Capture::into_folder(folder);
            policy.capture = Some(secrets.fold(capture, |capture, one| capture.guarding(one)));
        }
        Problems(problems).into_result()?;
        Ok(policy)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::Category;
    use crate::config::Layers;

    static ALL: LazyLock<Vec<Field>> =
        LazyLock::new(|| guarded(&[Field::secret("key", "The key.").required()]));

    fn settings(text: &str) -> Settings {
        let layers = Layers::new().with_toml("a.toml", &format!("[x]\nkey = 'k'\n{text}"));
        layers.unwrap().resolve("x", &ALL).unwrap()
    }

    fn policy(text: &str) -> Result<GuardConfig> {
        let descriptor = Descriptor::new("x", Category::EMAIL, "acme");
        let own = GuardConfig {
            max_attempts: 5,
            max_queue: 7,
            ..GuardConfig::default()
        };
        let guard = settings(text).guard(&descriptor, &own)?;
        assert_eq!(guard.integration(), "x");
        Ok(guard.config().clone())
    }

    #[test]
    fn what_is_set_wins_over_the_providers_policy_and_the_rest_stays() {
        let text = "deadline_seconds = 20\nattempt_timeout_seconds = 4\ncalls_per_second = 9";
        let set = policy(text).unwrap();
        assert_eq!(set.deadline, Duration::from_secs(20));
        assert_eq!(set.attempt_timeout, Some(Duration::from_secs(4)));
        assert_eq!(set.rate, Some(Rate::per_second(9)));
        assert_eq!((set.max_attempts, set.max_queue), (5, 7));
        let set = policy("max_attempts = 1").unwrap();
        assert_eq!(set.max_attempts, 1);
        assert_eq!(set.deadline, GuardConfig::default().deadline);
    }

    #[test]
    fn every_value_that_cannot_work_is_named_in_one_error() {
        let error = policy("deadline_seconds = 0\nmax_attempts = -3\ncalls_per_second = 9999999");
        let error = error.unwrap_err();
        for part in [
            "x.deadline_seconds: must be 1 to 31536000 (from a.toml)",
            "x.max_attempts: must be 1 to 100",
            "x.calls_per_second",
        ] {
            assert!(error.message().contains(part), "{error}");
        }
    }

    #[test]
    fn the_providers_own_type_does_not_see_them() {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Own {
            key: String,
        }
        let own: Own = settings("max_attempts = 2").read().unwrap();
        assert_eq!(own.key, "k");
    }

    #[cfg(feature = "capsule")]
    #[test]
    fn a_folder_is_the_switch_for_capsules() {
        assert!(policy("").unwrap().capture.is_none());
        let kept = policy("capsule_folder = 'failed'")
            .unwrap()
            .capture
            .unwrap();
        assert_eq!(kept.folder(), std::path::Path::new("failed"));
    }
}
