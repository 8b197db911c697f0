//! This program, started again in another role, and what a process takes of the machine.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use serde::de::DeserializeOwned;

use crate::Result;

/// A process that ends with the bench.
pub struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts this program in a role that runs until it is killed. Answers its first line.
pub fn start(role: &[&str]) -> Result<(Ending, String)> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(role)
        .stdout(Stdio::piped())
        .spawn()
        .map(Ending)?;
    let out = child.0.stdout.take().ok_or("it has no output")?;
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line)?;
    Ok((child, line.trim().to_owned()))
}

/// Starts this program in a role that ends by itself.
pub fn spawn(role: &[String]) -> Result<Child> {
    let child = Command::new(std::env::current_exe()?)
        .args(role)
        .stdout(Stdio::piped())
        .spawn()?;
    Ok(child)
}

/// Waits for its end, and reads what it printed.
pub fn answer<T: DeserializeOwned>(child: Child) -> Result<T> {
    let output = child.wait_with_output()?;
    match output.status.success() {
        true => Ok(serde_json::from_slice(&output.stdout)?),
        false => Err(format!("a part of the bench ended with {}", output.status).into()),
    }
}

/// Microseconds of CPU that this process used. Not by `getrusage`, which counts in ticks of some
/// milliseconds.
pub fn used_by_process() -> Result<f64> {
    used(ClockId::CLOCK_PROCESS_CPUTIME_ID)
}

/// Microseconds of CPU that this thread used.
pub fn used_by_thread() -> Result<f64> {
    used(ClockId::CLOCK_THREAD_CPUTIME_ID)
}

fn used(clock: ClockId) -> Result<f64> {
    let used = Duration::from(clock_gettime(clock)?);
    Ok(used.as_secs_f64() * 1e6)
}

/// The memory that is resident, in bytes.
pub fn resident() -> Result<i64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next());
    let kib: i64 = kib.ok_or("the kernel tells no VmRSS")?.parse()?;
    Ok(kib << 10)
}
