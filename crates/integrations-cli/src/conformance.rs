//! `integrations conformance`: the behaviour suites against a provider.

use std::path::Path;
use std::process::ExitCode;

use integrations_conformance::{Options, Report};

use crate::output::Output;
use crate::{Failure, Outcome};

mod clean;
mod configured;
mod local;

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// `local` for the embedded providers, or the name of a configured integration.
    provider: String,
    /// Only this category.
    #[arg(long)]
    category: Option<String>,
    /// Of payments: the sandbox's token of a card that pays. The embedded provider's is known.
    #[arg(long, value_name = "TOKEN")]
    instrument: Option<String>,
    /// Of email: the domain that mail is sent to, at addresses that are made up. Needed where the
    /// integration is no sandbox; it should be a domain whose mail nobody gets.
    #[arg(long, value_name = "DOMAIN")]
    email_domain: Option<String>,
    /// Of email: who mail is from, where the account may not use any sender.
    #[arg(long, value_name = "ADDRESS")]
    email_from: Option<String>,
    /// Of sign-in: a redirect URI that is registered.
    #[arg(long, value_name = "URI")]
    redirect_uri: Option<url::Url>,
    /// How many behaviours run beside each other.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    parallel: u16,
}

pub(crate) async fn run(args: Args, file: Option<&Path>, output: &Output) -> Outcome {
    let mut options = Options::default();
    options.concurrency = usize::from(args.parallel);
    let (reports, left) = if args.provider == "local" {
        (local::run(args.category.as_deref(), &options).await?, None)
    } else {
        let (report, left) = configured::run(&args, file, options).await?;
        (vec![report], left)
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
    if let Some(left) = left {
        return Err(Failure::failed(left));
    }
    let green = reports.iter().all(Report::is_green);
    Ok(if green {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
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
