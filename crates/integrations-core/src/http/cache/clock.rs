//! What time it is.

use std::time::SystemTime;

use tokio::time::Instant;

/// A wall clock that goes with tokio's: it stands still and jumps where a test pauses time, and
/// nothing that happens to the machine's clock makes an answer fresh again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    base: SystemTime,
    started: Instant,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self {
            base: SystemTime::now(),
            started: Instant::now(),
        }
    }

    pub(super) fn now(&self) -> SystemTime {
        self.base + self.started.elapsed()
    }
}
