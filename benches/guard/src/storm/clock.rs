//! The time of a run, which its processes share, and counts along it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long one bin of the counts is.
pub const BIN: Duration = Duration::from_millis(100);

/// When a run begins, in microseconds since 1970: what two processes of a machine agree on.
#[derive(Debug, Clone, Copy)]
pub struct Start(pub u64);

impl Start {
    /// In so long.
    pub fn within(wait: Duration) -> Self {
        let at = SystemTime::now() + wait;
        let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
    }

    /// How long ago it was; nothing before it.
    pub fn elapsed(self) -> Duration {
        let start = UNIX_EPOCH + Duration::from_micros(self.0);
        SystemTime::now().duration_since(start).unwrap_or_default()
    }

    /// When a moment of the run is, as the timer has it.
    pub fn instant(self, after: Duration) -> tokio::time::Instant {
        let start = UNIX_EPOCH + Duration::from_micros(self.0);
        let left = (start + after).duration_since(SystemTime::now());
        tokio::time::Instant::now() + left.unwrap_or_default()
    }
}

/// The bin of a moment.
pub fn bin(at: Duration) -> usize {
    usize::try_from(at.as_millis() / BIN.as_millis()).unwrap_or(usize::MAX)
}

/// A count for each bin.
pub struct Bins {
    start: Start,
    counts: Vec<AtomicU32>,
}

impl Bins {
    pub fn new(start: Start, time: Duration) -> Self {
        let counts = (0..=bin(time)).map(|_| AtomicU32::new(0)).collect();
        Self { start, counts }
    }

    /// One more, now.
    pub fn note(&self) {
        self.note_at(self.start.elapsed());
    }

    /// One more, at that time of the run.
    pub fn note_at(&self, at: Duration) {
        if let Some(count) = self.counts.get(bin(at)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub fn counts(&self) -> Vec<u32> {
        let counts = self.counts.iter();
        counts.map(|count| count.load(Ordering::Relaxed)).collect()
    }
}
