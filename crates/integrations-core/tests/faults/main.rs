//! The proof of the guard: many thousand calls under every fault, held against what really
//! happened.
//!
//! - `matrix`: every safety, every fault, servers with and without idempotency, under paused time.
//! - `mutants`: guards and providers that are wrong on purpose, which the matrix has to catch.
//! - `storm`: everything at once, with breaker, limits, budget and callers that give up.
//! - `sockets`: a smaller sample with the real transport over real connections.
//!
//! `INTEGRATIONS_MATRIX_CALLS` says how many calls each cell has (500 unless it is set),
//! `INTEGRATIONS_MATRIX_SEED` which seed, `INTEGRATIONS_MATRIX_CELL` which cells: those whose name
//! has the text. A failure prints what to set for the same run.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // It is all tests.

mod judge;
mod matrix;
mod mutants;
mod provider;
mod sockets;
mod storm;
