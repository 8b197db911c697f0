//! Which request meets which fault, from a seed.

use std::fmt;
use std::sync::Arc;

use ::http::request::Parts;

use super::Fault;
use crate::guard::random::Random;

/// The header that most vendors read an idempotency key from.
pub(super) const KEY: &str = "idempotency-key";

/// Where a run's seed comes from when it is to be repeated.
const SEED: &str = "INTEGRATIONS_FAULT_SEED";

/// Which request meets which fault, drawn from a seed.
///
/// What a request meets depends on the seed, on what it asks for (method, path, query and
/// `Idempotency-Key`) and on how many like it came before, and on nothing else: neither on the
/// order in which concurrent calls arrive nor on time. So a run that failed is repeated from its
/// seed.
///
/// ```
/// use integrations_core::testing::{Fault, FaultPlan};
///
/// // Half of all requests meet one of two faults.
/// let plan = FaultPlan::seeded(7).with_share(0.5).of([Fault::CutAfter, Fault::status(503)]);
/// assert_eq!(plan.to_string(), "fault seed 7 (INTEGRATIONS_FAULT_SEED=7 repeats the run)");
/// ```
#[derive(Clone)]
#[must_use]
pub struct FaultPlan {
    seed: u64,
    share: f64,
    first: Vec<Fault>,
    faults: Arc<[Fault]>,
}

impl FaultPlan {
    /// Three requests in ten meet a fault of the [catalogue](Fault::catalogue).
    pub fn seeded(seed: u64) -> Self {
        let all = Fault::catalogue().into_iter().map(|(_, fault)| fault);
        Self {
            seed,
            share: 0.3,
            first: Vec::new(),
            faults: all.collect(),
        }
    }

    /// As [`seeded`](Self::seeded), with the seed of the environment variable
    /// `INTEGRATIONS_FAULT_SEED` or, when it is not set or no number, a random one. Put the plan's
    /// `Display` into the messages of assertions: it says how the run is repeated.
    pub fn from_env() -> Self {
        let set = std::env::var(SEED).ok();
        let seed = set.and_then(|seed| seed.trim().parse().ok());
        Self::seeded(seed.unwrap_or_else(|| Random::new(None).next_u64()))
    }

    /// Sets the share of the requests, 0 to 1, that meet a fault. What is outside counts as the
    /// nearer end.
    pub fn with_share(mut self, share: f64) -> Self {
        self.share = share.clamp(0.0, 1.0);
        self
    }

    /// Sets the faults that are drawn from, each as likely as any other. Without one, none is met.
    pub fn of(mut self, faults: impl IntoIterator<Item = Fault>) -> Self {
        self.faults = faults.into_iter().collect();
        self
    }

    /// Sets what the first requests for each thing meet, whatever the seed: the first fault the
    /// first request, and so on. Those that come after them are drawn.
    pub fn with_first(mut self, faults: impl IntoIterator<Item = Fault>) -> Self {
        self.first = faults.into_iter().collect();
        self
    }

    /// The seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// What request number `nth` (0 is the first) of those with this identity meets.
    pub(super) fn fault(&self, identity: u64, nth: u32) -> Fault {
        if let Some(fault) = self.first.get(nth as usize) {
            return fault.clone();
        }
        let drawn = Random::new(Some(self.seed ^ identity.rotate_left(nth % 64)));
        // Two numbers mix the request's number in as well as its identity.
        for _ in 0..=nth {
            drawn.next_u64();
        }
        if self.faults.is_empty() || drawn.unit() >= self.share {
            return Fault::None;
        }
        let place = drawn.next_u64() % self.faults.len() as u64;
        self.faults[place as usize].clone()
    }
}

/// What a request asks for, as a number that is the same on every machine and in every run: FNV-1a
/// (Fowler, Noll, Vo; 64 bit), because the standard library promises that of none of its hashes.
pub(super) fn identity(head: &Parts) -> u64 {
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let key = head.headers.get(KEY).map_or(&b""[..], |key| key.as_bytes());
    let parts = [head.method.as_str().as_bytes(), path.as_bytes(), key];
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in parts.join(&b"\n"[..]) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}

impl fmt::Display for FaultPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seed = self.seed;
        write!(f, "fault seed {seed} ({SEED}={seed} repeats the run)")
    }
}

impl fmt::Debug for FaultPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultPlan")
            .field("seed", &self.seed)
            .field("share", &self.share)
            .field("faults", &self.faults.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(path: &str, key: Option<&str>) -> Parts {
        let mut request = ::http::Request::post(path);
        if let Some(key) = key {
            request = request.header(KEY, key);
        }
        request.body(()).unwrap().into_parts().0
    }

    /// What the first requests for many things meet, as text.
    fn drawn(plan: &FaultPlan) -> Vec<String> {
        let paths = (0..1000).map(|n| identity(&head(&format!("/charges/{n}"), None)));
        paths
            .flat_map(|identity| (0..3).map(move |nth| (identity, nth)))
            .map(|(identity, nth)| format!("{:?}", plan.fault(identity, nth)))
            .collect()
    }

    #[test]
    fn the_same_seed_draws_the_same_and_another_seed_another() {
        assert_eq!(drawn(&FaultPlan::seeded(7)), drawn(&FaultPlan::seeded(7)));
        assert_ne!(drawn(&FaultPlan::seeded(7)), drawn(&FaultPlan::seeded(8)));
    }

    #[test]
    fn the_share_is_kept_and_every_fault_is_drawn() {
        for share in [0.0, 0.3, 1.0] {
            let plan = FaultPlan::seeded(1).with_share(share);
            let met = drawn(&plan);
            let faults = met.iter().filter(|fault| *fault != "None").count();
            let got = faults as f64 / met.len() as f64;
            assert!((got - share).abs() < 0.05, "{got} of {share}");
        }
        let met = drawn(&FaultPlan::seeded(1).with_share(1.0));
        for (name, fault) in Fault::catalogue() {
            assert!(met.contains(&format!("{fault:?}")), "{name}");
        }
    }

    #[test]
    fn what_is_set_for_the_first_requests_comes_first() {
        let plan = FaultPlan::seeded(1).with_share(0.0);
        let plan = plan.with_first([Fault::CutAfter, Fault::Refuse]);
        let met: Vec<_> = (0..3).map(|nth| plan.fault(9, nth)).collect();
        assert!(matches!(
            met[..],
            [Fault::CutAfter, Fault::Refuse, Fault::None]
        ));
    }

    #[test]
    fn requests_are_told_apart_by_what_they_ask_for() {
        let one = identity(&head("https://bank.example/charges?a=1", Some("k")));
        assert_eq!(
            one,
            identity(&head("http://127.0.0.1:1/charges?a=1", Some("k")))
        );
        assert_ne!(
            one,
            identity(&head("https://bank.example/charges?a=2", Some("k")))
        );
        assert_ne!(
            one,
            identity(&head("https://bank.example/charges?a=1", Some("l")))
        );
    }

    /// The test vectors of the FNV draft (draft-eastlake-fnv, appendix C) have no line breaks; the
    /// constants are those of its section 5.
    #[test]
    fn the_hash_never_changes() {
        assert_eq!(identity(&head("/a", None)), {
            let mut hash = 0xcbf2_9ce4_8422_2325_u64;
            for byte in *b"POST\n/a\n" {
                hash = (hash ^ u64::from(byte)).wrapping_mul(1_099_511_628_211);
            }
            hash
        });
    }
}
