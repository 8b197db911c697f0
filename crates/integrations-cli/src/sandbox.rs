//! `integrations sandbox`: a stand-in of a vendor's API on this machine.

use std::process::ExitCode;

use integrations_sandbox::google_calendar::{self, GoogleCalendar};
use integrations_sandbox::microsoft_graph::{self, MicrosoftGraph};
use integrations_sandbox::{Handler, Server};
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
    /// Microsoft Graph v1.0, its calendars and subscriptions.
    MicrosoftGraph,
}

/// What is served, and by which names it is configured.
struct StandIn {
    name: &'static str,
    handler: Handler,
    /// Below which path.
    path: &'static str,
    access_token: &'static str,
    account: &'static str,
    /// What the names of the environment begin with.
    variables: &'static str,
}

impl Provider {
    fn stand_in(self) -> StandIn {
        match self {
            Self::GoogleCalendar => StandIn {
                name: "google_calendar",
                handler: GoogleCalendar::new().handler(),
                path: "/calendar/v3",
                access_token: google_calendar::TOKEN,
                account: google_calendar::OWNER,
                variables: "GOOGLE_CALENDAR",
            },
            Self::MicrosoftGraph => StandIn {
                name: "microsoft_graph",
                handler: MicrosoftGraph::new().handler(),
                path: "/v1.0",
                access_token: microsoft_graph::TOKEN,
                account: microsoft_graph::OWNER,
                variables: "OUTLOOK",
            },
        }
    }
}

#[derive(Serialize)]
struct Serving {
    base_url: String,
    access_token: &'static str,
    account: &'static str,
}

/// Serves until Ctrl-C. What it keeps goes with it.
pub(crate) async fn run(args: &Args, output: &Output) -> Outcome {
    let stand_in = args.provider.stand_in();
    let server = Server::start(args.port, stand_in.handler)
        .await
        .map_err(|error| {
            Failure::failed(format!(
                "port {} of this machine cannot be had: {error}",
                args.port
            ))
        })?;
    let serving = Serving {
        base_url: format!("{}{}", server.url(), stand_in.path),
        access_token: stand_in.access_token,
        account: stand_in.account,
    };
    output.show(&serving, || {
        let (name, variables) = (stand_in.name, stand_in.variables);
        let (url, token) = (&serving.base_url, serving.access_token);
        format!(
            "{name} at {url}\n{variables}_BASE_URL={url}\n{variables}_ACCESS_TOKEN={token}\nend it with Ctrl-C"
        )
    });
    interrupt::pressed().await;
    drop(server);
    Ok(ExitCode::from(interrupt::EXIT_CODE))
}
