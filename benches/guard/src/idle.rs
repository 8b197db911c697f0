//! What accounts hold that made a call and make no more.

use integrations_core::guard::{Guard, Operation, Safety};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::report::{Part, Target};
use crate::{Options, Result, alloc, policy, process};

const MOST: i64 = 60_000_000;

/// Whether the application keeps the guards of its accounts.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum Held {
    /// It does.
    Held,
    /// It asks for one when it needs it, and lets it go.
    Dropped,
}

const ARMS: [(&str, &str); 2] = [
    (
        "held",
        "the application holds the guard of each account (16 bytes of each figure)",
    ),
    (
        "dropped",
        "it asks for the guard of an account at each call: the registry lets idle ones go",
    ),
];

#[derive(Serialize, Deserialize)]
struct Sample {
    /// By the allocator, in bytes.
    bytes: i64,
    /// Resident, in bytes.
    resident: i64,
    allocations: u64,
}

pub fn run(options: &Options) -> Result<Part> {
    let accounts: usize = if options.quick { 10_000 } else { 100_000 };
    let arms: Vec<_> = ARMS
        .into_iter()
        .filter(|(arm, _)| options.wants(arm))
        .collect();
    let mut rows = Vec::new();
    let mut figures = Vec::new();
    let mut targets = Vec::new();
    for (arm, _) in &arms {
        let role = ["idle-one", &accounts.to_string(), arm].map(str::to_owned);
        let sample: Sample = process::answer(process::spawn(&role)?)?;
        let each = |bytes: i64| format!("{:.0}", bytes as f64 / accounts as f64);
        let mega = |bytes: i64| format!("{:.1} MB", bytes as f64 / 1e6);
        rows.push(vec![
            format!("`{arm}`"),
            mega(sample.bytes),
            each(sample.bytes),
            format!("{:.1}", sample.allocations as f64 / accounts as f64),
            mega(sample.resident),
            each(sample.resident),
        ]);
        if *arm == "held" {
            let most = MOST * i64::try_from(accounts)? / 100_000;
            let text = format!(
                "{accounts} idle accounts hold less than {} (allocator and resident)",
                mega(most)
            );
            let met = sample.bytes < most && sample.resident < most;
            targets.push(Target::new(text, met));
        }
        figures.push(json!({ "arm": arm, "accounts": accounts, "sample": sample }));
    }
    Ok(Part {
        name: "idle",
        title: format!("Idle connections: {accounts} accounts, one call each"),
        how: "A guard with all policies on; `for_connection(\"account-N\")` and one call for each \
              account, in a process of its own. Bytes by the counting allocator (what was asked \
              for and not given back), and the growth of the resident memory."
            .to_owned(),
        arms,
        head: vec![
            "arm",
            "allocated",
            "bytes each",
            "allocations each",
            "resident",
            "resident bytes each",
        ],
        rows,
        targets,
        figures: json!(figures),
    })
}

/// One measurement.
pub fn one(accounts: usize, held: Held) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let sample = runtime.block_on(async {
        let guard = policy::all().build()?;
        let operation = Operation::new("read", Safety::Read);
        // What is made once for all is there before the counting begins.
        call(&guard.for_connection("warm-up"), &operation).await?;
        let before = process::resident()?;
        alloc::start();
        let mut kept = Vec::new();
        for number in 0..accounts {
            let guard = guard.for_connection(format!("account-{number}"));
            call(&guard, &operation).await?;
            if matches!(held, Held::Held) {
                kept.push(guard);
            }
        }
        kept.shrink_to_fit();
        let count = alloc::stop();
        let resident = process::resident()? - before;
        drop(kept);
        Result::Ok(Sample {
            bytes: count.held,
            resident,
            allocations: count.allocations,
        })
    })?;
    println!("{}", serde_json::to_string(&sample)?);
    Ok(())
}

async fn call(guard: &Guard, operation: &Operation) -> Result<()> {
    Ok(guard.run(operation, |_| async { Ok(()) }).await?)
}
