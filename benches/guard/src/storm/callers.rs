//! One process of callers. They do not wait for each other: each calls when its time comes,
//! however slow the answers are.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{sleep_until, timeout_at};

use super::arms;
use super::clock::{Bins, Start};
use crate::Result;

/// How long the last calls may take after the end. The longest backoff of any arm is 7 s.
pub const GRACE: Duration = Duration::from_secs(9);

#[derive(clap::Args)]
pub struct Callers {
    arm: String,
    url: String,
    /// When it begins, in microseconds since 1970.
    start: u64,
    /// For how long it calls, in milliseconds.
    time: u64,
    /// Calls a second.
    rate: u32,
    /// How long after the beginning the first call is, in microseconds.
    offset: u64,
}

/// What was seen, for each bin of the run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Seen {
    /// Calls that began.
    pub offered: Vec<u32>,
    /// Of those that began then, how many succeeded in the end.
    pub succeeded: Vec<u32>,
    /// What was sent.
    pub sent: Vec<u32>,
}

impl Callers {
    pub fn arguments(
        arm: &str,
        url: &str,
        start: Start,
        time: Duration,
        rate: u32,
        offset: u64,
    ) -> Vec<String> {
        let mut arguments = vec!["storm-callers".to_owned(), arm.to_owned(), url.to_owned()];
        let numbers = [
            start.0,
            u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
            u64::from(rate),
            offset,
        ];
        arguments.extend(numbers.map(|number| number.to_string()));
        arguments
    }
}

pub fn call(callers: &Callers) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let seen = runtime.block_on(run(callers))?;
    println!("{}", serde_json::to_string(&seen)?);
    Ok(())
}

async fn run(callers: &Callers) -> Result<Seen> {
    let start = Start(callers.start);
    let time = Duration::from_millis(callers.time);
    let sent = Arc::new(Bins::new(start, time));
    let arm: Arc<dyn arms::Arm> = arms::make(&callers.arm, &callers.url, &sent)?.into();
    let (offered, succeeded) = (Bins::new(start, time), Arc::new(Bins::new(start, time)));
    let mut calls = Vec::new();
    let between = Duration::from_secs(1) / callers.rate;
    let mut at = Duration::from_micros(callers.offset);
    while at < time {
        sleep_until(start.instant(at)).await;
        offered.note_at(at);
        let (arm, succeeded) = (arm.clone(), succeeded.clone());
        calls.push(tokio::spawn(async move {
            if arm.call().await {
                succeeded.note_at(at);
            }
        }));
        at += between;
    }
    let end = start.instant(time + GRACE);
    for call in calls {
        // What is not over by then has failed.
        let _ = timeout_at(end, call).await;
    }
    Ok(Seen {
        offered: offered.counts(),
        succeeded: succeeded.counts(),
        sent: sent.counts(),
    })
}
