//! One measurement: one arm, one kind of work, in a process of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::StreamExt;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use serde::{Deserialize, Serialize};

use crate::arms::{Arm, Error, Result, Source, make};
use crate::{BIG, BIG_KEY, SMALL};

/// A kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
pub enum Work {
    /// 4 KiB objects are put.
    Put,
    /// A 4 KiB object is read.
    Get,
    /// A 256 MiB stream goes up.
    Up,
    /// A 256 MiB object comes down.
    Down,
}

/// What was seen.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Sample {
    /// Operations a second, or MB (10^6 bytes) a second.
    pub rate: f64,
    /// User and system time of an operation, in microseconds.
    pub cpu: f64,
    /// The most memory that was resident, in MiB.
    pub memory: f64,
}

/// How the small operations are measured.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub in_flight: usize,
    pub time: Duration,
}

pub async fn measure(arm: &str, endpoint: &str, work: Work, load: Load) -> Result<Sample> {
    let arm: Arc<dyn Arm> = make(arm, endpoint)?.into();
    let body = Bytes::from(vec![b'x'; SMALL]);
    let (operations, spent, cpu) = match work {
        Work::Put | Work::Get => {
            arm.put("small", body).await?;
            // Connections are opened and caches filled before anything is counted.
            run(&arm, work, load.in_flight, load.time / 5).await?;
            let (before, start) = (used()?, Instant::now());
            let operations = run(&arm, work, load.in_flight, load.time).await?;
            (operations, start.elapsed(), used()? - before)
        }
        Work::Up => {
            let (before, start) = (used()?, Instant::now());
            arm.upload("stream", source(BIG)).await?;
            (1, start.elapsed(), used()? - before)
        }
        Work::Down => {
            let (before, start) = (used()?, Instant::now());
            let size = arm.download(BIG_KEY).await?;
            if size != BIG {
                return Err(format!("{size} bytes came of {BIG}").into());
            }
            (1, start.elapsed(), used()? - before)
        }
    };
    let amount = match work {
        Work::Put | Work::Get => operations as f64,
        Work::Up | Work::Down => BIG as f64 / 1e6,
    };
    Ok(Sample {
        rate: amount / spent.as_secs_f64(),
        cpu: cpu as f64 / operations as f64,
        memory: peak_memory()?,
    })
}

/// Runs an operation again and again, so many at a time, until the time is over.
async fn run(arm: &Arc<dyn Arm>, work: Work, in_flight: usize, time: Duration) -> Result<u64> {
    let count = Arc::new(AtomicU64::new(0));
    let end = Instant::now() + time;
    let tasks: Vec<_> = (0..in_flight)
        .map(|task| {
            let (arm, count) = (arm.clone(), count.clone());
            let body = Bytes::from(vec![b'x'; SMALL]);
            tokio::spawn(async move {
                let key = format!("small-{task}");
                while Instant::now() < end {
                    match work {
                        Work::Put => arm.put(&key, body.clone()).await?,
                        _ => {
                            let read = arm.get("small").await?;
                            if read.len() != SMALL {
                                return Err(format!("{} bytes came", read.len()).into());
                            }
                        }
                    }
                    count.fetch_add(1, Ordering::Relaxed);
                }
                Ok::<(), Error>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(count.load(Ordering::Relaxed))
}

/// A stream in pieces of 64 KiB, each in memory of its own, as from a file or a socket.
fn source(size: u64) -> Source {
    const PIECE: usize = 64 << 10;
    let piece = Bytes::from(vec![b'x'; PIECE]);
    let pieces = usize::try_from(size).unwrap_or(usize::MAX) / PIECE;
    let pieces = (0..pieces).map(move |_| Bytes::copy_from_slice(&piece));
    futures::stream::iter(pieces).boxed()
}

/// Microseconds of user and system time of this process.
fn used() -> Result<i64> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    Ok(usage.user_time().num_microseconds() + usage.system_time().num_microseconds())
}

/// `VmHWM` of this process, in MiB.
fn peak_memory() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next());
    let kib: f64 = kib.ok_or("the kernel tells no VmHWM")?.parse()?;
    Ok(kib / 1024.0)
}

/// Whether an arm stores what it is given: checked before it is measured.
pub async fn check(name: &str, endpoint: &str) -> Result<()> {
    let (arm, floor) = (make(name, endpoint)?, make("reqwest", endpoint)?);
    // Pieces that end nowhere near a part's end, and do not repeat with them.
    let bytes: Bytes = (0..20_000_003_u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let pieces: Vec<Bytes> = bytes.chunks(70_001).map(|p| bytes.slice_ref(p)).collect();
    arm.upload("check", futures::stream::iter(pieces).boxed())
        .await?;
    let small = bytes.slice(..SMALL);
    arm.put("check-small", small.clone()).await?;
    let right = floor.get("check").await? == bytes
        && arm.get("check").await? == bytes
        && arm.download("check").await? == bytes.len() as u64
        && floor.get("check-small").await? == small;
    match right {
        true => Ok(()),
        false => Err(format!("{name} does not store what it is given").into()),
    }
}
