//! Every safety under every fault, against servers with and without idempotency.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use futures::future::join_all;
use integrations_core::guard::{Guard, RetryBudget};
use integrations_core::testing::{Fault, FaultPlan, FaultyTransport, Idempotency, Ledger};
use integrations_core::{Effect, Result};

use crate::judge::{Wrong, follow, judge, met};
use crate::provider::{Kind, Mistake, Provider, Receipt};

const SECOND: Duration = Duration::from_secs(1);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);
/// Calls that are under way together.
const TOGETHER: usize = 100;

/// What the run is to be, from the environment.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) calls: usize,
    pub(crate) seed: u64,
    cell: String,
}

impl Settings {
    pub(crate) fn from_env() -> Self {
        let number = |name: &str| std::env::var(name).ok()?.trim().parse().ok();
        Self {
            calls: number("INTEGRATIONS_MATRIX_CALLS").unwrap_or(500) as usize,
            seed: number("INTEGRATIONS_MATRIX_SEED").unwrap_or(20_261_128),
            cell: std::env::var("INTEGRATIONS_MATRIX_CELL").unwrap_or_default(),
        }
    }

    /// How the run is repeated.
    pub(crate) fn again(&self, test: &str, cell: &str) -> String {
        let Self { calls, seed, .. } = self;
        format!(
            "the same run: INTEGRATIONS_MATRIX_SEED={seed} INTEGRATIONS_MATRIX_CALLS={calls} \
             INTEGRATIONS_MATRIX_CELL='{cell}' cargo test -p integrations-core --all-features \
             --test faults {test}"
        )
    }
}

/// One safety under one fault against one server.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    kind: Kind,
    idempotency: Idempotency,
    name: &'static str,
    fault: Fault,
}

impl Cell {
    /// Every cell of these safeties. `Keyed` promises that the server honours keys, so a server
    /// that ignores them is no cell of it; it is one of the mutants.
    pub(crate) fn all(kinds: &[Kind]) -> Vec<Self> {
        use Idempotency::{Ignored, Refuses, Replays};
        let mut cells = Vec::new();
        for kind in kinds {
            let servers: &[Idempotency] = match kind {
                Kind::Keyed => &[Replays, Refuses(409), Refuses(422)],
                _ => &[Ignored, Replays],
            };
            let none = ("no fault first", Fault::None);
            for (name, fault) in Fault::catalogue().into_iter().chain([none]) {
                for idempotency in servers {
                    cells.push(Self {
                        kind: *kind,
                        idempotency: *idempotency,
                        name,
                        fault: fault.clone(),
                    });
                }
            }
        }
        cells
    }

    pub(crate) fn against(mut self, idempotency: Idempotency) -> Self {
        self.idempotency = idempotency;
        self
    }

    fn name(&self) -> String {
        format!(
            "{:?}, {}, keys {:?}",
            self.kind, self.name, self.idempotency
        )
    }

    /// The same for each cell in every run, and another for each.
    fn seed(&self, base: u64) -> u64 {
        let name = self.name();
        name.bytes().fold(base, |seed, byte| {
            (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }
}

/// What came of a cell's calls.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) outcomes: BTreeMap<&'static str, usize>,
    pub(crate) wrong: BTreeMap<Wrong, usize>,
    /// The first that was wrong, in words.
    first: Option<String>,
    /// What every call told, for comparing runs.
    pub(crate) told: Vec<String>,
}

/// Makes the calls of a cell. The first request of each call meets the cell's fault, those after
/// it are drawn from all.
pub(crate) async fn run(cell: &Cell, settings: &Settings, mistake: Mistake) -> Tally {
    let seed = cell.seed(settings.seed);
    let ledger = Ledger::new();
    let guard = guard(seed);
    let plan = FaultPlan::seeded(seed)
        .with_share(0.4)
        .with_first([cell.fault.clone()]);
    let healthy = FaultyTransport::answering(ledger.service(cell.idempotency));
    let mut tally = Tally::default();
    let things: Vec<String> = (0..settings.calls)
        .map(|n| format!("/charges/{n}"))
        .collect();
    for batch in things.chunks(TOGETHER) {
        let transport = FaultyTransport::answering(ledger.service(cell.idempotency));
        let transport = transport.with_plan(plan.clone());
        let calls = batch.iter().map(|thing| {
            // A connection for each, so that one's "too many" does not hold up the others.
            let (guard, transport) = (guard.for_connection(thing), &transport);
            async move {
                let provider = provider(&guard, transport, mistake);
                provider.call(cell.kind, thing).await
            }
        });
        let outcomes = join_all(calls).await;
        // Until what arrives late has arrived.
        tokio::time::sleep(2 * HOUR).await;
        let met = met(transport.exchanges());
        for (thing, told) in batch.iter().zip(&outcomes) {
            let mut wrong = judge(cell.kind, thing, told, &ledger, &met);
            let unknown = matches!(told, Err(error) if error.effect() == Effect::Unknown);
            if wrong.is_none() && unknown {
                let provider = provider(&guard, &healthy, Mistake::None);
                wrong = follow(provider, cell.kind, thing, &ledger, cell.idempotency).await;
            }
            tally.note(thing, told, wrong, &ledger);
        }
    }
    tally
}

fn guard(seed: u64) -> Guard {
    let budget = RetryBudget::default().with_capacity(u32::MAX);
    let builder = Guard::builder().seed(seed).max_attempts(4);
    let builder = builder.retry_budget(budget).without_breaker();
    let builder = builder.attempt_timeout(10 * SECOND);
    builder.build().unwrap()
}

fn provider<'a>(
    guard: &'a Guard,
    transport: &'a FaultyTransport,
    mistake: Mistake,
) -> Provider<'a> {
    Provider {
        guard,
        transport,
        base: "https://bank.example",
        deadline: 30 * SECOND,
        mistake,
    }
}

impl Tally {
    fn note(&mut self, thing: &str, told: &Result<Receipt>, wrong: Option<Wrong>, ledger: &Ledger) {
        let outcome = match told {
            Ok(_) => "ok",
            Err(error) => error.effect().as_str(),
        };
        *self.outcomes.entry(outcome).or_default() += 1;
        self.told.push(match told {
            Ok(receipt) => format!("{thing}: {} effects", receipt.effects),
            Err(error) => format!("{thing}: {error}"),
        });
        if let Some(wrong) = wrong {
            *self.wrong.entry(wrong).or_default() += 1;
            let effects = ledger.effects(thing);
            let told = self.told.last().cloned().unwrap_or_default();
            let text = || format!("{wrong:?}: {effects} effects; told: {told}");
            self.first.get_or_insert_with(text);
        }
    }
}

/// Runs all cells of a safety, and fails with what is wrong and how to see it again.
async fn prove(kind: Kind, test: &str) {
    let settings = Settings::from_env();
    let mut failures = String::new();
    let mut outcomes: BTreeMap<&'static str, usize> = BTreeMap::new();
    for cell in Cell::all(&[kind]) {
        let name = cell.name();
        if !name.contains(&settings.cell) {
            continue;
        }
        let tally = run(&cell, &settings, Mistake::None).await;
        for (outcome, count) in &tally.outcomes {
            *outcomes.entry(outcome).or_default() += count;
        }
        if let Some(first) = &tally.first {
            let (count, again) = (
                tally.wrong.values().sum::<usize>(),
                settings.again(test, &name),
            );
            let _ = writeln!(
                failures,
                "{name}: {count} of {}, the first: {first}\n  {again}",
                settings.calls
            );
        }
    }
    println!("{kind:?}, seed {}: {outcomes:?}", settings.seed);
    assert!(failures.is_empty(), "\n{failures}");
}

#[tokio::test(start_paused = true)]
async fn matrix_of_reads() {
    prove(Kind::Read, "matrix_of_reads").await;
}

#[tokio::test(start_paused = true)]
async fn matrix_of_idempotent_calls() {
    prove(Kind::Idempotent, "matrix_of_idempotent_calls").await;
}

#[tokio::test(start_paused = true)]
async fn matrix_of_keyed_calls() {
    prove(Kind::Keyed, "matrix_of_keyed_calls").await;
}

#[tokio::test(start_paused = true)]
async fn matrix_of_single_calls() {
    prove(Kind::Once, "matrix_of_single_calls").await;
}

#[tokio::test(start_paused = true)]
async fn a_run_is_repeated_from_its_seed() {
    let settings = |seed| Settings {
        calls: 50,
        seed,
        cell: String::new(),
    };
    let told = async |seed| {
        let mut told = Vec::new();
        for cell in Cell::all(&[Kind::Keyed]).into_iter().step_by(7) {
            told.extend(run(&cell, &settings(seed), Mistake::None).await.told);
        }
        told
    };
    let one = told(1).await;
    // Without the lists in the message: they are long.
    assert!(one == told(1).await, "the same seed, and another run");
    assert!(one != told(2).await, "another seed, and the same run");
}

/// What a call comes to that meets this fault and then no other.
async fn one_fault(kind: Kind, fault: Fault) -> (Result<Receipt>, Duration) {
    let ledger = Ledger::new();
    let transport = FaultyTransport::answering(ledger.service(Idempotency::Replays));
    let transport = transport.with_faults([fault]);
    let start = tokio::time::Instant::now();
    let told = provider(&guard(1), &transport, Mistake::None)
        .call(kind, "/charges/1")
        .await;
    (told, start.elapsed())
}

#[tokio::test(start_paused = true)]
async fn one_fault_is_overcome_wherever_repeating_is_safe() {
    // What lasts longer than the deadline, and answers that can be read by nobody.
    let given_up = [
        "429, wait beyond the deadline",
        "body too long",
        "a captive portal's page",
    ];
    // Where the server cannot have acted, a call of kind `Once` is repeated too.
    let not_sent = |name: &str| name == "no connection" || name.starts_with("429");
    let harmless = [
        "wrong content type",
        "answer twice",
        "answer without length",
    ];
    for (name, fault) in Fault::catalogue() {
        for kind in [Kind::Read, Kind::Idempotent, Kind::Keyed, Kind::Once] {
            let (told, _) = one_fault(kind, fault.clone()).await;
            let comes = !given_up.contains(&name)
                && (kind != Kind::Once || not_sent(name) || harmless.contains(&name));
            assert_eq!(told.is_ok(), comes, "{kind:?}, {name}: {told:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_form_of_retry_after_is_waited_for() {
    for (name, seconds) in [
        ("429, wait in seconds", 2),
        ("429, wait until an HTTP date", 3),
        ("429, wait until an ISO timestamp", 4),
        ("429", 0),
        ("429, unreadable wait", 0),
    ] {
        let all = Fault::catalogue();
        let (_, fault) = all.into_iter().find(|(known, _)| *known == name).unwrap();
        let (told, took) = one_fault(Kind::Once, fault).await;
        told.unwrap();
        // The backoff of the first retry, at most 200 ms, comes on top.
        let least = seconds * SECOND;
        assert!(
            took >= least && took <= least + SECOND / 4,
            "{name}: {took:?}"
        );
    }
}
