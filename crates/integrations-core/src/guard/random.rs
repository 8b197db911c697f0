//! Random numbers for jitter, from a seed, so that a run can be repeated.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// SplitMix64 (Steele, Lea and Flood, 2014): one atomic addition per number, no lock.
#[derive(Debug)]
pub(crate) struct Random(AtomicU64);

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

impl Random {
    /// From a seed, or from the operating system's randomness.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        // The keys of a `RandomState` are random, and so is the hash of nothing.
        let seed = seed.unwrap_or_else(|| RandomState::new().build_hasher().finish());
        Self(AtomicU64::new(seed))
    }

    pub(crate) fn next_u64(&self) -> u64 {
        let mut z = self
            .0
            .fetch_add(GOLDEN, Ordering::Relaxed)
            .wrapping_add(GOLDEN);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number of 53 bits, which are what an f64 holds exactly.
    pub(crate) fn draw(&self) -> u64 {
        self.next_u64() >> 11
    }

    /// What [`draw`](Self::draw) gave, as a share in `0.0..1.0`.
    pub(crate) fn share(drawn: u64) -> f64 {
        drawn as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in `0.0..1.0`.
    pub(crate) fn unit(&self) -> f64 {
        Self::share(self.draw())
    }

    /// Uniform between nothing and `most`.
    pub(crate) fn up_to(&self, most: Duration) -> Duration {
        most.mul_f64(self.unit())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_published_generator() {
        // The reference output of SplitMix64 for seed 1234567 (Rosetta Code, "Pseudo-random
        // numbers/Splitmix64").
        let random = Random::new(Some(1_234_567));
        for expected in [
            6_457_827_717_110_365_317_u64,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ] {
            assert_eq!(random.next_u64(), expected);
        }
    }

    #[test]
    fn fractions_stay_below_one() {
        let random = Random::new(Some(7));
        let sum: f64 = (0..10_000)
            .map(|_| {
                let x = random.unit();
                assert!((0.0..1.0).contains(&x));
                x
            })
            .sum();
        assert!((4_800.0..5_200.0).contains(&sum), "{sum}");
    }

    #[test]
    fn without_a_seed_two_sources_differ() {
        assert_ne!(Random::new(None).next_u64(), Random::new(None).next_u64());
    }
}
