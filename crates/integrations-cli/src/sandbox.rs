//! `integrations sandbox`: a stand-in of a vendor's API on this machine.

use std::process::ExitCode;

use integrations_sandbox::Server;
use integrations_sandbox::google_calendar::{GoogleCalendar, OWNER, TOKEN};
use serde::Serialize;

use crate::output::Output;
use crate::{Failure, Outcome, interrupt};

/// Whose API, and where.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Whose API.
    provider: Provider,
    /// The port of loopback; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
enum Provider {
    /// Google Calendar v3.
    GoogleCalendar,
}

#[derive(Serialize)]
struct Serving {
    base_url: String,
    access_token: &'static str,
    account: &'static str,
}

/// Serves until Ctrl-C. What it keeps goes with it.
pub(crate) async fn run(args: &Args, output: &Output) -> Outcome {
    let Provider::GoogleCalendar = args.provider;
    let handler = GoogleCalendar::new().handler();
    let server = Server::start(args.port, handler).await.map_err(|error| {
        Failure::failed(format!(
            "port {} of this machine cannot be had: {error}",
            args.port
        ))
    })?;
    let serving = Serving {
        base_url: format!("{}/calendar/v3", server.url()),
        access_token: TOKEN,
        account: OWNER,
    };
    output.show(&serving, || {
        format!(
            "google_calendar at {}\nGOOGLE_CALENDAR_BASE_URL={}\nGOOGLE_CALENDAR_ACCESS_TOKEN={TOKEN}\nend it with Ctrl-C",
            serving.base_url, serving.base_url
        )
    });
    interrupt::pressed().await;
    drop(server);
    Ok(ExitCode::from(interrupt::EXIT_CODE))
}
