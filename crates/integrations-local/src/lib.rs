//! Embedded, working providers of all six categories: in memory, or in a folder.
//!
//! They are what an application runs on when it is developed offline, what its tests run on, and
//! what the conformance suites are proved with.

#[cfg(feature = "auth")]
pub mod auth;
#[cfg(feature = "calendar")]
pub mod calendar;
#[cfg(feature = "email")]
pub mod email;
#[cfg_attr(
    not(any(
        feature = "auth",
        feature = "calendar",
        feature = "email",
        feature = "payment",
        feature = "storage",
        feature = "video"
    )),
    allow(unused, reason = "without a category there is no provider to make")
)]
mod factories;
mod files;
#[cfg(any(feature = "email", feature = "payment"))]
mod journal;
mod lazy;
#[cfg(feature = "payment")]
pub mod payment;
#[cfg(feature = "storage")]
pub mod storage;
#[cfg(feature = "video")]
pub mod video;

pub use factories::{Requests, counted_factories, factories};
