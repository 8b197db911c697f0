//! Answers that are lost after their effect: what is done twice, and what callers are told.

mod arms;

use std::sync::Arc;

use futures::stream::{self, StreamExt};
use integrations_core::Effect;
use integrations_core::testing::{Fault, FaultPlan, FaultyServer, Idempotency, Ledger};
use serde::Serialize;
use serde_json::json;

use crate::report::{Part, Target};
use crate::{Options, Result};
use arms::{ARMS, Arm, Told, make};

const IN_FLIGHT: usize = 64;
const SEED: u64 = 1;
const MOST_AMPLIFIED: f64 = 1.25;

/// What one arm did.
#[derive(Debug, Default, Serialize)]
struct Found {
    /// Effects beyond the first of a thing.
    duplicates: u32,
    /// Things that were done and of which the caller was told an error.
    done_and_failed: u32,
    /// Of those, the ones whose error says that the effect is unknown or applied.
    said: u32,
    /// Things that were done and of which the caller was told that they are not.
    denied: u32,
    /// Things that were not done and of which the caller was told that they are.
    missing: u32,
    /// Calls that ended with an error.
    errors: u32,
    /// Requests for each call, with the faults.
    sent: f64,
    /// Requests for each call, in a total outage.
    sent_in_an_outage: f64,
}

pub fn run(options: &Options) -> Result<Part> {
    let wanted: Vec<_> = ARMS
        .into_iter()
        .filter(|(arm, _)| options.wants(arm))
        .collect();
    let posts = if options.quick { 400 } else { 2_000 };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let mut all = Vec::new();
    for (name, _) in &wanted {
        all.push((*name, runtime.block_on(measure(name, posts))?));
    }
    let rows = all.iter().map(|(name, found)| row(name, found));
    let figures: Vec<_> = all
        .iter()
        .map(|(name, found)| json!({ "arm": name, "posts": posts, "found": found }))
        .collect();
    Ok(Part {
        name: "duplicates",
        title: format!("Lost answers: {posts} POSTs, each of a thing to be done once"),
        how: format!(
            "A server over loopback that keeps a ledger of effects. Of the requests one in ten is \
             carried out and answered 502, one in twenty is carried out and its connection cut, by \
             seed {SEED}; {IN_FLIGHT} calls are under way. Then the same against a server that \
             answers 503 to all, for the requests it takes."
        ),
        rows: rows.collect(),
        targets: all
            .iter()
            .flat_map(|(name, found)| targets(name, found))
            .collect(),
        arms: wanted,
        head: vec![
            "arm",
            "done twice",
            "done, and told an error",
            "of those, said to be unknown",
            "said not to be done",
            "calls that failed",
            "sent / calls",
            "sent / calls in an outage",
        ],
        figures: json!(figures),
    })
}

async fn measure(name: &str, posts: u32) -> Result<Found> {
    let ledger = Ledger::new();
    let idempotency = match name.contains("keyed") {
        true => Idempotency::Replays,
        false => Idempotency::Ignored,
    };
    let lost = [
        Fault::status_after(502),
        Fault::status_after(502),
        Fault::CutAfter,
    ];
    let plan = FaultPlan::seeded(SEED).with_share(0.15).of(lost);
    let server = FaultyServer::answering(ledger.service(idempotency)).await?;
    let server = server.with_plan(plan);
    let told = post(make(name)?.into(), server.url(), posts).await;
    let mut found = Found {
        sent: server.exchanges().len() as f64 / f64::from(posts),
        ..Found::default()
    };
    for (number, told) in told {
        found.add(ledger.effects(&path(number)), told);
    }
    let down = FaultPlan::seeded(SEED)
        .with_share(1.0)
        .of([Fault::status(503)]);
    let server = FaultyServer::answering(ledger.service(idempotency)).await?;
    let server = server.with_plan(down);
    post(make(name)?.into(), server.url(), posts).await;
    found.sent_in_an_outage = server.exchanges().len() as f64 / f64::from(posts);
    Ok(found)
}

fn path(number: u32) -> String {
    format!("/charges/{number}")
}

async fn post(arm: Arc<dyn Arm>, url: &str, posts: u32) -> Vec<(u32, Told)> {
    stream::iter(0..posts)
        .map(|number| {
            let (arm, url) = (arm.clone(), format!("{url}{}", path(number)));
            async move { (number, arm.post(&url, number).await) }
        })
        .buffer_unordered(IN_FLIGHT)
        .collect()
        .await
}

impl Found {
    fn add(&mut self, effects: u32, told: Told) {
        self.duplicates += effects.saturating_sub(1);
        self.errors += u32::from(told != Told::Success);
        match (effects, told) {
            (0, Told::Success | Told::Known(Effect::Applied)) => self.missing += 1,
            (0, _) | (_, Told::Success) => {}
            (_, Told::Known(Effect::NotApplied)) => {
                self.done_and_failed += 1;
                self.denied += 1;
            }
            (_, Told::Known(_)) => {
                self.done_and_failed += 1;
                self.said += 1;
            }
            (_, Told::Unsaid) => self.done_and_failed += 1,
        }
    }
}

fn row(name: &str, found: &Found) -> Vec<String> {
    let says = name.starts_with("guard");
    let only = |count: u32| {
        if says {
            count.to_string()
        } else {
            "-".to_owned()
        }
    };
    vec![
        format!("`{name}`"),
        found.duplicates.to_string(),
        found.done_and_failed.to_string(),
        only(found.said),
        only(found.denied),
        found.errors.to_string(),
        format!("{:.3}", found.sent),
        format!("{:.3}", found.sent_in_an_outage),
    ]
}

fn targets(name: &str, found: &Found) -> Vec<Target> {
    let Found {
        duplicates,
        done_and_failed,
        denied,
        missing,
        sent_in_an_outage: sent,
        ..
    } = found;
    let mut targets = Vec::new();
    match name {
        "guard-once" => targets.push(Target::new(
            format!(
                "`guard-once` does nothing twice ({duplicates}), and never says that what is done \
                 is not ({denied}) or that what is not done is ({missing})"
            ),
            duplicates + denied + missing == 0,
        )),
        "guard-keyed" | "guard-keyed-again" => targets.push(Target::new(
            format!(
                "`{name}` does nothing twice ({duplicates}), and tells no error of what is \
                 done ({done_and_failed})"
            ),
            duplicates + done_and_failed + missing == 0,
        )),
        _ => {}
    }
    if name.starts_with("guard") {
        targets.push(Target::new(
            format!(
                "`{name}` sends at most {MOST_AMPLIFIED} for each call in an outage ({sent:.3})"
            ),
            *sent <= MOST_AMPLIFIED,
        ));
    }
    targets
}
