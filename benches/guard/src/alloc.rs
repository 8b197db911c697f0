//! The system's allocator, which counts while it is told to.
#![expect(unsafe_code, reason = "an allocator cannot be written without")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// Off, it costs one load: what is timed is not slowed down by the counting.
static ON: AtomicBool = AtomicBool::new(false);
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static HELD: AtomicI64 = AtomicI64::new(0);

struct Counting;

fn note(allocations: u64, grown_by: i64) {
    if ON.load(Ordering::Relaxed) {
        ALLOCATIONS.fetch_add(allocations, Ordering::Relaxed);
        HELD.fetch_add(grown_by, Ordering::Relaxed);
    }
}

fn size(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

// SAFETY: everything is the system allocator's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(1, size(layout.size()));
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(1, size(layout.size()));
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, to: usize) -> *mut u8 {
        note(1, size(to) - size(layout.size()));
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(at, layout, to) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        note(0, -size(layout.size()));
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

/// What was allocated since the counting began.
#[derive(Debug, Clone, Copy)]
pub struct Count {
    /// Allocations, growing ones included.
    pub allocations: u64,
    /// Bytes that are not yet given back.
    pub held: i64,
}

/// Begins to count, from nothing.
pub fn start() {
    ALLOCATIONS.store(0, Ordering::Relaxed);
    HELD.store(0, Ordering::Relaxed);
    ON.store(true, Ordering::Relaxed);
}

/// Ends the counting.
pub fn stop() -> Count {
    ON.store(false, Ordering::Relaxed);
    Count {
        allocations: ALLOCATIONS.load(Ordering::Relaxed),
        held: HELD.load(Ordering::Relaxed),
    }
}
