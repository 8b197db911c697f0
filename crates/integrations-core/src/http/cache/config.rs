//! How much a cache keeps.

/// The most that one answer may be, whatever is set: 256 MiB.
const LARGEST: u64 = 256 << 20;

/// How much an [`HttpCache`](super::HttpCache) keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheConfig {
    /// How many bytes all answers together take: bodies, headers, keys, and what it takes to keep
    /// them. The default is 64 MiB; with 0 nothing is kept. For the moment that it takes to make
    /// room there may be a little more.
    pub max_bytes: u64,
    /// The longest body that is kept, in bytes after decompression. A longer one is handed on as it
    /// comes. The default is 1 MiB, the most 256 MiB; more than
    /// [`max_bytes`](Self::max_bytes) is of no use.
    pub max_entry_bytes: u64,
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self {
            max_bytes: 64 << 20,
            max_entry_bytes: 1 << 20,
        }
    }
}

impl CacheConfig {
    /// Sets how many bytes all answers together take.
    #[must_use]
    pub fn with_max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets the longest body that is kept, in bytes.
    #[must_use]
    pub fn with_max_entry_bytes(mut self, bytes: u64) -> Self {
        self.max_entry_bytes = bytes;
        self
    }

    /// The longest body that is worth reading into memory.
    pub(super) fn longest(&self) -> u64 {
        self.max_entry_bytes.min(self.max_bytes).min(LARGEST)
    }
}
