//! The locks and atomics of the guard, by one name, so that a test can put others in their place
//! that try every interleaving of threads.

pub(super) use std::sync::atomic;
pub(super) use std::sync::{Mutex, MutexGuard};
