//! `integrations status`: everything that is configured.

use std::process::ExitCode;

use integrations::{ConnectionState, Manager};

use crate::Outcome;
use crate::output::{Output, table};

/// How to find the status.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Do not connect: say only what is known without asking.
    #[arg(long)]
    offline: bool,
}

pub(crate) async fn run(args: &Args, manager: &Manager, output: &Output) -> Outcome {
    let failed = if args.offline {
        Vec::new()
    } else {
        let outcomes = manager.connect_all().await;
        outcomes
            .into_iter()
            .filter_map(|(name, result)| Some((name, result.err()?)))
            .collect()
    };
    let mut reports = manager.status();
    for report in &mut reports {
        if let Some((_, error)) = failed.iter().find(|(name, _)| *name == report.name) {
            report.status = ConnectionState::Failed;
            report.last_error.get_or_insert_with(|| error.to_string());
        }
    }
    output.show(&reports, || {
        if reports.is_empty() {
            return "nothing is configured; see `integrations providers`".to_owned();
        }
        let rows = reports.iter().map(|report| {
            let good = report.status == ConnectionState::Connected;
            [
                report.name.clone(),
                report.category.to_string(),
                report.provider.clone(),
                output.verdict(report.status.as_str(), good || !report.enabled),
                if report.enabled { "yes" } else { "no" }.to_owned(),
                report.last_error.clone().unwrap_or_default(),
            ]
        });
        table(
            &[
                "name",
                "type",
                "provider",
                "status",
                "enabled",
                "last error",
            ],
            rows,
        )
    });
    Ok(if failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
