//! The guard with every policy on, and none that ever holds a call up.

use std::time::Duration;

use integrations_core::guard::{Guard, GuardBuilder, Rate};
use integrations_core::{Category, Descriptor};

pub const ATTEMPT: Duration = Duration::from_secs(30);
pub const DEADLINE: Duration = Duration::from_secs(60);

/// A rate that nobody reaches.
pub const ENDLESS: u32 = 1_000_000_000;
pub const BURST: u32 = 1_000_000;

pub fn endless() -> Rate {
    Rate::per_second(ENDLESS).with_burst(BURST)
}

/// Breaker, retry budget, deadline and the timeout of attempts; no rates.
pub fn without_rates() -> GuardBuilder {
    Guard::builder()
        .integration(&Descriptor::new("bench", Category::VIDEO, "bench"))
        .deadline(DEADLINE)
        .attempt_timeout(ATTEMPT)
}

/// All of those, a rate for each connection, and one for all together.
pub fn all() -> GuardBuilder {
    without_rates().rate(endless()).shared_rate(endless())
}
