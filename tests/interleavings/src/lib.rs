//! The guard's hand-written synchronisation (breaker, retry budget, status), compiled once more over
//! [`loom`]'s locks and atomics, which run a test under every interleaving that the memory model
//! allows. The sources are those of `integrations-core`; only `sync` is another.
//!
//! The limiter is not here: its queue is tokio's own mutex, and its bucket is one lock that is never
//! held across an await.
// The sources have tests of their own, which run where they stand.
#![cfg(not(test))]
// Features are those of the core, which are not known here.
#![allow(missing_docs, dead_code, unreachable_pub, unexpected_cfgs)]

// What the included sources name.
mod error {
    pub use integrations_core::{Error, ErrorKind};
}
mod integration {
    pub use integrations_core::{Circuit, ConnectionState, Status};
}

pub mod guard {
    pub mod sync {
        pub use loom::sync::atomic;
        pub use loom::sync::{Mutex, MutexGuard};
    }

    pub mod policy {
        /// As in the guard, whose own cannot be named from here.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Verdict {
            Alive,
            Failing,
            NoEvidence,
        }
    }

    #[path = "../../../../crates/integrations-core/src/guard/breaker.rs"]
    mod breaker;
    #[path = "../../../../crates/integrations-core/src/guard/budget.rs"]
    mod budget;
    #[path = "../../../../crates/integrations-core/src/guard/random.rs"]
    mod random;
    #[path = "../../../../crates/integrations-core/src/guard/status.rs"]
    mod status;

    mod models;
    pub use models::*;
}
