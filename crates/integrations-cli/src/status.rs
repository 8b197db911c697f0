//! `integrations status`: everything that is configured.

use std::path::Path;
use std::process::ExitCode;

use integrations::{ConnectionState, Error, Manager};

use crate::output::{Output, table};
use crate::{Outcome, open};

/// How to find the status.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Do not connect: say only what is known without asking.
    #[arg(long)]
    offline: bool,
}

pub(crate) async fn run(args: &Args, file: Option<&Path>, output: &Output) -> Outcome {
    let manager;
    let failed: Vec<(String, Error)>;
    if args.offline {
        // Nothing is known of what nobody called, so nothing has to be made.
        manager = open(file, [""; 0]).await?;
        manager.check()?;
        failed = Vec::new();
    } else {
        manager = Manager::load(file).await?;
        let outcomes = manager.connect_all().await.into_iter();
        failed = outcomes
            .filter_map(|(name, result)| Some((name, result.err()?)))
            .collect();
    }
    let mut reports = manager.status();
    for report in &mut reports {
        if let Some((_, error)) = failed.iter().find(|(name, _)| *name == report.name) {
            report.status = ConnectionState::Failed;
            // It is the newest, and says what to do.
            report.last_error = Some(error.to_string());
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
