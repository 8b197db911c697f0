//! `integrations conformance`: the behaviour suites against a provider.

use std::path::Path;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use integrations::{Category, Manager};
use integrations_conformance::{Options, Report, run as run_suite};

use crate::output::Output;
use crate::{Failure, Outcome};

mod local;

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// `local` for the embedded providers, or the name of a configured integration.
    provider: String,
    /// Only this category.
    #[arg(long)]
    category: Option<String>,
    /// How many behaviours run beside each other.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    parallel: u16,
}

pub(crate) async fn run(args: Args, file: Option<&Path>, output: &Output) -> Outcome {
    let mut options = Options::default();
    options.concurrency = usize::from(args.parallel);
    let reports = if args.provider == "local" {
        local::run(args.category.as_deref(), &options).await?
    } else {
        vec![configured(&args, file, &options).await?]
    };
    if reports.is_empty() {
        return Err(Failure::usage(
            "no suite of that category; see `integrations providers`",
        ));
    }
    output.show(&reports, || {
        let cards: Vec<String> = reports.iter().map(|report| card(report, output)).collect();
        cards.join("\n\n")
    });
    let green = reports.iter().all(Report::is_green);
    Ok(if green {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A suite against something that is configured. It works below a prefix of its own and leaves
/// what is there alone.
async fn configured(
    args: &Args,
    file: Option<&Path>,
    options: &Options,
) -> Result<Report, Failure> {
    let manager = Manager::load(file).await?;
    let instance = manager.instance(&args.provider)?;
    let category = instance.category().clone();
    if args
        .category
        .as_deref()
        .is_some_and(|wanted| wanted != category.as_str())
    {
        return Err(Failure::usage(format!(
            "{} is of the category {category}",
            args.provider
        )));
    }
    instance.integration().connect().await?;
    if category != Category::STORAGE {
        return Err(Failure::usage(format!(
            "the {category} suite needs what the command line cannot supply (a buyer, a browser, \
             a mailbox); run it from a test of the provider's crate"
        )));
    }
    let storage = manager.storage(&args.provider)?;
    // Each behaviour works below a prefix of its own: those are removed afterwards, and nothing
    // that only looks like them.
    let prefixes = Mutex::new(Vec::new());
    let report = run_suite(
        &integrations_conformance::storage::suite(),
        &args.provider,
        || {
            let harness = integrations_conformance::storage::Harness::new(storage.clone());
            let mut made = prefixes.lock().unwrap_or_else(PoisonError::into_inner);
            made.push(harness.prefix.clone());
            async move { harness }
        },
        options,
    )
    .await;
    for prefix in prefixes
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
    {
        let mut left = storage.list(prefix);
        while let Some(page) = left.next_page().await? {
            let keys: Vec<_> = page.items.into_iter().map(|meta| meta.key).collect();
            storage.delete_many(&keys).await?;
        }
    }
    Ok(report)
}

fn card(report: &Report, output: &Output) -> String {
    report
        .to_string()
        .lines()
        .map(|line| match line.trim_start().split_once(' ') {
            Some(("pass", rest)) => format!("  {} {rest}", output.verdict("pass", true)),
            Some(("FAIL", rest)) => format!("  {} {rest}", output.verdict("FAIL", false)),
            _ => line.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("\n")
}
