//! Time-travel capsules: a call that failed at night is kept, and replayed at the desk.
//!
//! Switched on, a guard keeps each call that fails as one small file: the operation, the policy,
//! every attempt with what was sent and what came, the random numbers behind the waits, and the
//! error that the caller got. [`Capsule::replay`] runs the guard again over what was recorded and
//! says whether it does the same, to the nanosecond, without a network and without waiting.
//!
//! ```
//! use integrations_core::capsule::{Capsule, Capture};
//! use integrations_core::guard::{Guard, Operation, Safety};
//! use integrations_core::{Error, ErrorKind};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = std::env::temp_dir().join(format!("capsules-{}", std::process::id()));
//! let capture = Capture::into_folder(&folder);
//! let guard = Guard::builder().capture(capture.clone()).build()?;
//!
//! let read = Operation::new("get_room", Safety::Read);
//! let lost = || Error::new(ErrorKind::Network, "the connection broke");
//! guard.run(&read, async |_| Err::<(), _>(lost())).await.unwrap_err();
//!
//! // It is written beside the call. A program that ends waits for it.
//! capture.written().await;
//! let file = std::fs::read_dir(&folder)?.next().ok_or("no capsule")??;
//! let capsule = Capsule::load(file.path())?;
//! let replay = capsule.replay().await;
//! assert!(replay.is_same(), "{replay}");
//! assert_eq!(replay.waits().len(), 2);
//! # std::fs::remove_dir_all(folder)?;
//! # Ok(()) }
//! ```
//!
//! # What is in it
//!
//! JSON with `"capsule": 1`. Times are seconds since the call began, as texts that are exact.
//!
//! | field | what it has |
//! |---|---|
//! | `integration`, `connection` | the name; whether it was one of several connections, not which: those are named after accounts |
//! | `operation` | name, safety, weight, deadline; of an idempotency key only that there was one |
//! | `policy` | attempts, backoff, deadlines, budget, rates, breaker, seed |
//! | `started` | when the call began, in UTC |
//! | `attempts` | of each: when it was due, was let in and ended; its error (kind, effect, status, code, request id, `Retry-After`, message); what the guard made of it: the wait with the number that was drawn for it, or why it ended |
//! | `attempts[].exchanges` | the requests over our [`Transport`](crate::http::Transport) (at most 16 for an attempt): method, address, headers, the length of the body; status, headers and the begin of the body that came |
//! | `refused` | that queue, circuit or deadline did not let a further attempt in |
//! | `end` | the error that the guard gave |
//!
//! # What is not
//!
//! Of an address the user, the fragment and the values of the query, but for names such as `limit`;
//! the values of headers, but for names such as `retry-after`; bodies of requests (a hash of a short
//! one would tell it to who guesses); a [`SecretString`](crate::SecretString), of which nothing is
//! ever written. The *path* of an address is written, and so are answers: who cannot have the begin
//! of answers on the disk sets [`Capture::with_max_body`] to 0.
//!
//! **A capsule that would contain a secret is not written.** The values that were hidden (whole, and
//! each part such as the token behind `Bearer`) and those of [`Capture::guarding`] are searched for
//! in the finished text: as they are, escaped, percent-encoded, and in base64, also in the middle of
//! it. One warning of target `integrations::capsule` names the operation, and not the secret. What
//! is shorter than 8 bytes is not searched for.
//!
//! # What it costs
//!
//! Nothing but a branch where it is off. Where it is on, each call notes its attempts and keeps the
//! begin of each answer until it ends; only a failure is written, by a thread of the runtime's pool,
//! at most 8 at a time: the rest is left out. It never fails or holds up the call. A file is whole or
//! not there; the folder and the files are for their owner alone (on Unix).
//!
//! A provider over an SDK that does not use our transport has capsules without exchanges; so have
//! requests that an attempt sends from a task that it spawns. A call that its caller drops leaves no
//! capsule.

mod as_test;
mod capture;
mod draft;
mod failure;
#[cfg_attr(not(any(feature = "http", feature = "testing")), allow(dead_code))]
mod log;
mod model;
mod record;
#[cfg(any(feature = "http", feature = "testing"))]
mod redact;
mod replay;
mod script;
mod seconds;
mod secrets;
mod timeline;
#[cfg(any(feature = "http", feature = "testing"))]
mod transport;
mod write;

pub use capture::Capture;
#[cfg(any(feature = "http", feature = "testing"))]
pub(crate) use log::report;
pub(crate) use log::{LOG, Log};
pub use model::Capsule;
pub(crate) use record::Record;
pub use replay::{Difference, Replay};
pub(crate) use script::Script;
pub use timeline::Event;
#[cfg(any(feature = "http", feature = "testing"))]
pub use transport::ReplayTransport;
