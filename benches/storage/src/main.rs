//! Object storage beside its peers: this project's S3, the raw SDK, `object_store`, `opendal`, and
//! the bare requests, against the same in-memory server.
//!
//! The server is one process and each measurement another. Rounds are interleaved: every arm is
//! measured once before any is measured again, and the table gives medians. Client and server share
//! the machine, so compare the arms of a run with each other.

mod arms;
mod child;
mod chunked;
mod server;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use clap::{Parser, Subcommand};

use arms::{ARMS, Result};
use child::{Load, Sample, Work};

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BUCKET: &str = "bench";
const REGION: &str = "us-east-1";
const KEY_ID: &str = "AKIAEXAMPLE";
const SECRET: &str = "secretexample";
/// The object that the server has from the start.
const BIG_KEY: &str = "big";
const BIG: u64 = 256 << 20;
const SMALL: usize = 4 << 10;
const PART: usize = 8 << 20;
const PARTS_UNDER_WAY: usize = 4;

/// The SDK with one part of it left out, and with all of them.
const BREAKDOWN: &[&str] = &[
    "aws-sdk-s3",
    "aws-sdk-s3-signing",
    "aws-sdk-s3-endpoint",
    "aws-sdk-s3-retry",
    "aws-sdk-s3-timeouts",
    "aws-sdk-s3-headers",
    "aws-sdk-s3-cache",
    "aws-sdk-s3-client",
    "aws-sdk-s3-http",
    "aws-sdk-s3-signing-endpoint-retry-timeouts-headers",
    "aws-sdk-s3-signing-endpoint-retry-timeouts-headers-http",
    "object_store",
    "reqwest",
];

#[derive(Parser)]
#[command(about, name = "cargo xtask bench storage --")]
struct Cli {
    /// How often each arm is measured.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long one measurement of small objects takes, in milliseconds.
    #[arg(long, default_value_t = 1500)]
    time: u64,
    /// Only these arms.
    #[arg(long, value_delimiter = ',')]
    arms: Vec<String>,
    /// Only this work.
    #[arg(long)]
    work: Vec<Work>,
    /// Measure the SDK with parts of it left out, instead of the peers.
    #[arg(long)]
    breakdown: bool,
    #[command(subcommand)]
    part: Option<Role>,
}

#[derive(Subcommand)]
enum Role {
    /// The server alone: prints its port.
    Server,
    /// One measurement, for a profiler.
    One {
        arm: String,
        endpoint: String,
        work: Work,
        in_flight: usize,
    },
    /// Whether an arm stores what it is given.
    Check { arm: String, endpoint: String },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match &cli.part {
        None => compare(&cli),
        Some(role) => block_on(play(role, cli.time)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn block_on(work: impl Future<Output = Result<()>>) -> Result<()> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(work)
}

async fn play(role: &Role, time: u64) -> Result<()> {
    match role {
        Role::Server => server::serve().await?,
        Role::Check { arm, endpoint } => child::check(arm, endpoint).await?,
        Role::One {
            arm,
            endpoint,
            work,
            in_flight,
        } => {
            let load = Load {
                in_flight: *in_flight,
                time: Duration::from_millis(time),
            };
            let sample = child::measure(arm, endpoint, *work, load).await?;
            println!("{}", serde_json::to_string(&sample)?);
        }
    }
    Ok(())
}

/// Ends the server with the bench.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start_server() -> Result<(Server, String)> {
    let mut server = Command::new(std::env::current_exe()?)
        .arg("server")
        .stdout(Stdio::piped())
        .spawn()
        .map(Server)?;
    let out = server.0.stdout.take().ok_or("the server has no output")?;
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line)?;
    let port: u16 = line.trim().parse()?;
    Ok((server, format!("http://127.0.0.1:{port}")))
}

fn child(arguments: &[&str]) -> Result<String> {
    let output = Command::new(std::env::current_exe()?)
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()?;
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout)?),
        false => Err(format!("{} ended with {}", arguments.join(" "), output.status).into()),
    }
}

fn compare(cli: &Cli) -> Result<()> {
    let arms: Vec<&str> = match (&cli.arms[..], cli.breakdown) {
        ([], false) => ARMS.iter().map(|(name, _)| *name).collect(),
        ([], true) => BREAKDOWN.to_vec(),
        (arms, _) => arms.iter().map(String::as_str).collect(),
    };
    let cells = [
        (Work::Put, 1),
        (Work::Put, 64),
        (Work::Get, 1),
        (Work::Get, 64),
        (Work::Up, 1),
        (Work::Down, 1),
    ];
    let wanted = |work: Work| match cli.work.is_empty() {
        true => !(cli.breakdown && matches!(work, Work::Up | Work::Down)),
        false => cli.work.contains(&work),
    };
    let (_server, endpoint) = start_server()?;
    for arm in &arms {
        if !arm.contains("-http") {
            child(&["check", arm, &endpoint])?;
        }
    }
    println!(
        "{} rounds, medians; 4 KiB objects for {} ms; {} MiB streams in {} MiB parts, {} under way.",
        cli.rounds,
        cli.time,
        BIG >> 20,
        PART >> 20,
        PARTS_UNDER_WAY
    );
    if !cli.breakdown {
        println!(
            "An operation's CPU is the client's user and system time, and beside it what it is to"
        );
        println!("the first arm's in the same round. The arms:");
        for (name, setup) in ARMS.iter().filter(|(name, _)| arms.contains(name)) {
            println!("- {name}: {setup}");
        }
    }
    println!("\n| work | arm | rate | lowest to highest | CPU | to the first | peak memory, MiB |");
    println!("|---|---|---:|---:|---:|---:|---:|");
    for (work, in_flight) in cells.into_iter().filter(|(work, _)| wanted(*work)) {
        let mut samples = vec![Vec::new(); arms.len()];
        for round in 0..cli.rounds.max(1) {
            // Each round begins with another arm: none is always the first after another's work.
            for turn in 0..arms.len() {
                let at = (round + turn) % arms.len();
                let work = format!("{work:?}").to_lowercase();
                let (time, in_flight) = (cli.time.to_string(), in_flight.to_string());
                let one = [
                    "--time", &time, "one", arms[at], &endpoint, &work, &in_flight,
                ];
                samples[at].push(serde_json::from_str::<Sample>(&child(&one)?)?);
            }
        }
        for (arm, of_arm) in arms.iter().zip(&samples) {
            println!("{}", row(work, in_flight, arm, of_arm, &samples[0]));
        }
    }
    Ok(())
}

/// The middle one.
fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

fn row(work: Work, in_flight: usize, arm: &str, samples: &[Sample], first: &[Sample]) -> String {
    let all = |of: fn(&Sample) -> f64| samples.iter().map(of).collect::<Vec<f64>>();
    let rates = all(|sample| sample.rate);
    let lowest = rates.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = rates.iter().copied().fold(0.0, f64::max);
    let rate = median(rates);
    let cpu = median(all(|sample| sample.cpu));
    let memory = median(all(|sample| sample.memory));
    // Round by round: what slows the machine down for a while is in both.
    let pairs = samples.iter().zip(first);
    let ratio = median(
        pairs
            .map(|(sample, first)| sample.cpu / first.cpu)
            .collect(),
    );
    let micro = format!("{cpu:.1} us");
    let milli = format!("{:.0} ms", cpu / 1e3);
    let (name, unit, cpu) = match work {
        Work::Put => (format!("put 4 KiB, {in_flight} in flight"), "/s", micro),
        Work::Get => (format!("get 4 KiB, {in_flight} in flight"), "/s", micro),
        Work::Up => ("256 MiB up".to_owned(), "MB/s", milli),
        Work::Down => ("256 MiB down".to_owned(), "MB/s", milli),
    };
    format!(
        "| {name} | {arm} | {rate:.0} {unit} | {lowest:.0} to {highest:.0} | {cpu} | {ratio:.2} | {memory:.0} |"
    )
}
