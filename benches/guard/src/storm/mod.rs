//! An outage under load: how much is sent at a counterpart that is down, and how soon calls
//! succeed when it is back.

mod arms;
mod callers;
mod clock;
mod counterpart;

use std::time::Duration;

use serde_json::json;

use crate::report::{Part, Target};
use crate::{Options, Result, process};
use callers::Seen;
use clock::{BIN, Start, bin};
use counterpart::{Counterpart, Listening};

pub use callers::{Callers, call};

/// What the counterpart does in a second.
pub const CAPACITY: u64 = 500;
const PROCESSES: u32 = 2;
/// Calls a second of each process.
const RATE: u32 = 200;
const MOST_AMPLIFIED: f64 = 1.1;
/// The default breaker's longest interval between probes, and a fifth more at random. It begins with
/// one second, and doubles.
const PROBE: Duration = Duration::from_secs(6);

/// A kind of outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Down {
    /// It answers 503 at once.
    #[value(name = "503")]
    Answers503,
    /// It closes its connections and refuses new ones.
    #[value(name = "refuses")]
    Refuses,
}

impl Down {
    fn name(self) -> &'static str {
        match self {
            Self::Answers503 => "503",
            Self::Refuses => "refuses",
        }
    }
}

/// The phases of a run.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    pub before: Duration,
    pub down: Duration,
    pub after: Duration,
}

impl Times {
    /// When it is up again.
    pub fn up(self) -> Duration {
        self.before + self.down
    }

    pub fn all(self) -> Duration {
        self.up() + self.after
    }
}

pub fn run(options: &Options, only: Option<Down>) -> Result<Part> {
    let seconds = |before, down, after| Times {
        before: Duration::from_secs(before),
        down: Duration::from_secs(down),
        after: Duration::from_secs(after),
    };
    let times = match options.quick {
        true => seconds(2, 4, 10),
        false => seconds(5, 10, 20),
    };
    let wanted: Vec<_> = arms::ARMS
        .into_iter()
        .filter(|(arm, _)| options.wants(arm))
        .collect();
    let kinds = [Down::Answers503, Down::Refuses];
    let mut found = Vec::new();
    for down in kinds
        .into_iter()
        .filter(|kind| only.is_none_or(|only| only == *kind))
    {
        for (arm, _) in &wanted {
            found.push(Found::of(arm, down, times)?);
        }
    }
    Ok(Part {
        name: "storm",
        title: format!("An outage of {} s under load", times.down.as_secs()),
        how: how(times),
        arms: wanted,
        head: vec![
            "outage",
            "arm",
            "sent / offered in the outage",
            "in the 5 s after it",
            "99 % succeed again after",
            "failed in the outage",
            "failed after it",
        ],
        rows: found.iter().map(Found::row).collect(),
        targets: found.iter().flat_map(Found::targets).collect(),
        figures: json!(found.iter().map(Found::json).collect::<Vec<_>>()),
    })
}

fn how(times: Times) -> String {
    format!(
        "A counterpart that does {CAPACITY} requests a second, one after the other, with a queue of \
         {} s beyond which it answers 503; {PROCESSES} processes that call {} times a second \
         together and do not wait for answers; each attempt waits {} s at most. After {} s the \
         counterpart is down for {} s: `503` answers that at once, `refuses` has no open port. For \
         `503` what is sent is counted at the counterpart, for `refuses` at the callers. The time \
         after which calls succeed again is that of the first half second from which on 99 % of \
         the calls that begin in each half second succeed.",
        counterpart::QUEUE.as_secs(),
        PROCESSES * RATE,
        arms::PATIENCE.as_secs(),
        times.before.as_secs(),
        times.down.as_secs(),
    )
}

/// What one arm did in one outage.
struct Found {
    arm: &'static str,
    down: Down,
    times: Times,
    seen: Seen,
    /// For each bin, at the counterpart.
    received: Vec<u32>,
}

impl Found {
    fn of(arm: &'static str, down: Down, times: Times) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (received, seen) = runtime.block_on(async {
            let socket = Listening::new()?;
            // Time for the processes to start in.
            let start = Start::within(Duration::from_millis(1500));
            let (all, url) = (times.all(), socket.url());
            let children = (0..PROCESSES).map(|number| {
                let offset = u64::from(number * 1_000_000 / RATE / PROCESSES);
                let role = Callers::arguments(arm, &url, start, all, RATE, offset);
                process::spawn(&role)
            });
            let children = children.collect::<Result<Vec<_>>>()?;
            let counterpart = Counterpart::new(start, all);
            let moments = (start.instant(times.before), start.instant(times.up()));
            // It is there until the last call is over.
            let callers = tokio::task::spawn_blocking(|| {
                let mut seen = Seen::default();
                for child in children {
                    add(&mut seen, &process::answer(child)?);
                }
                Result::Ok(seen)
            });
            let seen = tokio::select! {
                ended = counterpart.clone().run(socket, moments, down) => match ended? {},
                seen = callers => seen??,
            };
            Result::Ok((counterpart.received(), seen))
        })?;
        Ok(Self {
            arm,
            down,
            times,
            seen,
            received,
        })
    }

    fn sent(&self) -> &[u32] {
        match self.down {
            Down::Answers503 => &self.received,
            Down::Refuses => &self.seen.sent,
        }
    }

    /// What is sent for each call, within these times of the run.
    fn amplification(&self, from: Duration, to: Duration) -> f64 {
        sum(self.sent(), from, to) / sum(&self.seen.offered, from, to).max(1.0)
    }

    fn in_the_outage(&self) -> f64 {
        self.amplification(self.times.before, self.times.up())
    }

    fn failed(&self, from: Duration, to: Duration) -> f64 {
        sum(&self.seen.offered, from, to) - sum(&self.seen.succeeded, from, to)
    }

    /// How long after the end of the outage calls succeed again, for good.
    fn recovered(&self) -> Option<Duration> {
        let step = 5 * BIN;
        let mut from = self.times.all();
        while from >= self.times.up() + step {
            let before = from - step;
            let offered = sum(&self.seen.offered, before, from);
            if sum(&self.seen.succeeded, before, from) < 0.99 * offered {
                break;
            }
            from = before;
        }
        (from < self.times.all()).then(|| from - self.times.up())
    }

    fn row(&self) -> Vec<String> {
        let Times { before, .. } = self.times;
        let (up, all) = (self.times.up(), self.times.all());
        let after = self.amplification(up, up + Duration::from_secs(5));
        vec![
            self.down.name().to_owned(),
            format!("`{}`", self.arm),
            format!("{:.2}", self.in_the_outage()),
            match (self.arm, self.down) {
                // Only the connections that it opens are seen, and when it is up it keeps them.
                ("reqwest", Down::Refuses) => "-".to_owned(),
                _ => format!("{after:.2}"),
            },
            self.recovered().map_or(not_within(self.times), |after| {
                format!("{:.1} s", after.as_secs_f64())
            }),
            format!("{:.0}", self.failed(before, up)),
            format!("{:.0}", self.failed(up, all)),
        ]
    }

    fn targets(&self) -> Vec<Target> {
        if self.arm != "guard" {
            return Vec::new();
        }
        let (down, sent) = (self.down.name(), self.in_the_outage());
        let recovered = self.recovered();
        let took = recovered.map_or(not_within(self.times), |took| {
            format!("{:.1} s", took.as_secs_f64())
        });
        vec![
            Target::new(
                format!(
                    "`guard`, `{down}`: at most {MOST_AMPLIFIED} sent for each call in the outage \
                     ({sent:.2})"
                ),
                sent <= MOST_AMPLIFIED,
            ),
            Target::new(
                format!(
                    "`guard`, `{down}`: calls succeed again within one of the default breaker's \
                     longest probe intervals, which are 5 to 6 s ({took})"
                ),
                recovered.is_some_and(|took| took <= PROBE),
            ),
        ]
    }

    fn json(&self) -> serde_json::Value {
        let (before, up, all) = (self.times.before, self.times.up(), self.times.all());
        json!({
            "arm": self.arm,
            "outage": self.down.name(),
            "amplification": self.in_the_outage(),
            "recovered_seconds": self.recovered().map(|after| after.as_secs_f64()),
            "failed_in_the_outage": self.failed(before, up),
            "failed_after_it": self.failed(up, all),
            "bin_millis": BIN.as_millis(),
            "down_at_bin": bin(before),
            "up_at_bin": bin(up),
            "received": self.received,
            "seen": self.seen,
        })
    }
}

fn not_within(times: Times) -> String {
    format!("not within {} s", times.after.as_secs())
}

/// What two processes saw together.
fn add(all: &mut Seen, more: &Seen) {
    let pairs = [
        (&mut all.offered, &more.offered),
        (&mut all.succeeded, &more.succeeded),
        (&mut all.sent, &more.sent),
    ];
    for (sums, counts) in pairs {
        sums.resize(counts.len(), 0);
        sums.iter_mut()
            .zip(counts)
            .for_each(|(sum, count)| *sum += count);
    }
}

fn sum(counts: &[u32], from: Duration, to: Duration) -> f64 {
    let bins = counts.get(bin(from)..bin(to)).unwrap_or_default();
    bins.iter().copied().map(f64::from).sum()
}
