//! The proof of connections and of sealed stores: several processes, killed at random.
//!
//! - `proof`: 64 tasks in each of 4 processes use one connection at a provider that rotates refresh
//!   tokens and ends the grant when one is used twice. There is one refresh for each expiry, and the
//!   provider's ledger shows it.
//! - `killed`: processes that write to a sealed store, and change its key, are killed at random: what
//!   was acknowledged is there, and every record opens.
//!
//! `INTEGRATIONS_PROOF_EXPIRIES` says over how many expiries each proof goes (12 unless it is
//! set), `INTEGRATIONS_PROOF_KILLS` how often a store's process is killed (12), and
//! `INTEGRATIONS_PROOF_SEED` when.
//!
//! A process under test is this program again, with a variable that says what to do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)] // It is all tests.

mod child;
mod killed;
mod ledger;
mod proof;
mod server;

use std::path::Path;
use std::process::{Child, Command, Stdio};

use tokio::sync::{Mutex, MutexGuard};

/// The variable that says which process this is, with its arguments after it.
const CHILD: &str = "INTEGRATIONS_CREDENTIALS_CHILD";

/// Starts this program again, as the process `test` of the tests.
fn start(test: &str, args: &[&str], folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, args.join("\n"))
        .current_dir(folder)
        // It ends when this closes, however the parent ends.
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// A folder that is removed with it: in memory where the system has such a place, because what is
/// killed here are processes, not the machine, and disks of test machines are slow.
fn place() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

/// What to do, where this is a process under test.
fn child_of(name: &str) -> Option<Vec<String>> {
    let args: Vec<String> = std::env::var(CHILD)
        .ok()?
        .lines()
        .map(str::to_owned)
        .collect();
    (args.first().map(String::as_str) == Some(name)).then(|| args[1..].to_vec())
}

/// One proof at a time: there are two cores.
async fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::const_new(());
    ONE.lock().await
}

fn setting(name: &str, otherwise: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name} is not a number: {text}")),
        Err(_) => otherwise,
    }
}

/// Numbers that look random, the same for the same seed (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % end
    }
}
