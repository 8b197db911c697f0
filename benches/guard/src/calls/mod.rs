//! What a call costs whose attempt does nothing.

mod arms;
mod recorder;

use serde_json::json;
use tokio::task::unconstrained;

use crate::report::{Part, Target};
use crate::stats::Spread;
use crate::{Options, Result, alloc, process};
use arms::{ARMS, Arm, make};

const MOST_NANOS: f64 = 500.0;
const MOST_ALLOCATIONS: f64 = 2.0;

struct Measured {
    name: &'static str,
    nanos: Spread,
    /// Of one call.
    allocations: f64,
}

pub fn run(options: &Options) -> Result<Part> {
    let wanted: Vec<_> = ARMS
        .into_iter()
        .filter(|(arm, _)| options.wants(arm))
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    // Without the runtime's cooperative budget, which would make every 128th call yield: a call
    // that waits for a network does that anyway.
    let measured = runtime.block_on(unconstrained(measure(options, &wanted)))?;
    let rows = measured.iter().map(|arm| {
        vec![
            format!("`{}`", arm.name),
            format!("{:.0} ns", arm.nanos.median),
            arm.nanos.range(0),
            format!("{:.2}", arm.allocations),
        ]
    });
    let figures: Vec<_> = measured
        .iter()
        .map(|arm| json!({ "arm": arm.name, "nanos": arm.nanos, "allocations": arm.allocations }))
        .collect();
    Ok(Part {
        name: "calls",
        title: "Overhead of a call, without I/O".to_owned(),
        how: format!(
            "One thread calls again and again what answers at once. CPU time of the thread (what \
             a quiet machine would show on the wall), medians of {} interleaved rounds; \
             allocations are counted in a pass of their own.",
            rounds(options)
        ),
        rows: rows.collect(),
        targets: targets(&measured),
        arms: wanted,
        head: vec!["arm", "a call", "lowest to highest", "allocations"],
        figures: json!(figures),
    })
}

fn rounds(options: &Options) -> usize {
    options.rounds(21, 5)
}

async fn measure(
    options: &Options,
    wanted: &[(&'static str, &'static str)],
) -> Result<Vec<Measured>> {
    let micros = if options.quick { 5_000.0 } else { 50_000.0 };
    let mut arms = Vec::new();
    for (name, _) in wanted {
        let mut arm = make(name)?;
        // Everything that is made once is made here.
        let once = timed(arm.as_mut(), 2_000).await?;
        let calls = (micros / once * 1e3).max(1_000.0) as u64;
        alloc::start();
        arm.calls(10_000).await?;
        let allocations = alloc::stop().allocations as f64 / 1e4;
        arms.push((*name, arm, calls, allocations));
    }
    let mut nanos = vec![Vec::new(); arms.len()];
    for round in 0..rounds(options) {
        // Each round begins with another arm: none is always the first after another's work.
        for turn in 0..arms.len() {
            let at = (round + turn) % arms.len();
            let (_, arm, calls, _) = &mut arms[at];
            nanos[at].push(timed(arm.as_mut(), *calls).await?);
        }
    }
    let arms = arms.into_iter().zip(nanos);
    Ok(arms
        .map(|((name, _, _, allocations), nanos)| Measured {
            name,
            nanos: Spread::of(nanos),
            allocations,
        })
        .collect())
}

/// Nanoseconds of one of so many calls.
async fn timed(arm: &mut dyn Arm, calls: u64) -> Result<f64> {
    let before = process::used_by_thread()?;
    arm.calls(calls).await?;
    let micros = process::used_by_thread()? - before;
    Ok(micros.max(1.0) * 1e3 / calls as f64)
}

fn targets(measured: &[Measured]) -> Vec<Target> {
    let find = |name: &str| measured.iter().find(|arm| arm.name == name);
    let Some(ours) = find("guard") else {
        return Vec::new();
    };
    let (nanos, allocations) = (ours.nanos.median, ours.allocations);
    let mut targets = vec![
        Target::new(
            format!("`guard` takes at most {MOST_NANOS:.0} ns ({nanos:.0})"),
            nanos <= MOST_NANOS,
        ),
        Target::new(
            format!("`guard` allocates at most {MOST_ALLOCATIONS:.0} times ({allocations:.2})"),
            allocations <= MOST_ALLOCATIONS,
        ),
    ];
    if let (Some(all), Some(floor)) = (find("middleware"), find("middleware-floor")) {
        let peer = all.nanos.median - floor.nanos.median;
        targets.push(Target::new(
            format!(
                "`guard` is ahead of `middleware` ({:.0} ns), and of what that adds to its floor \
                 ({peer:.0} ns)",
                all.nanos.median
            ),
            nanos < all.nanos.median && nanos < peer,
        ));
    }
    if let Some(peer) = find("tower") {
        targets.push(Target::new(
            format!("`guard` is ahead of `tower` ({:.0} ns)", peer.nanos.median),
            nanos < peer.nanos.median,
        ));
    }
    targets
}
