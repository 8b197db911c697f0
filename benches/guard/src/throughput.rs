//! Small requests over loopback: what each client leaves of the bare one's throughput.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use integrations_core::guard::{Guard, Operation, Safety};
use integrations_core::http::{Body, HttpTransport, Transport, TransportConfig};
use reqwest_middleware::ClientWithMiddleware;
use serde_json::json;

use crate::report::{Part, Target};
use crate::server::BODY;
use crate::stats::Spread;
use crate::{Error, Options, Result, alloc, peers, policy, process};

const IN_FLIGHT: usize = 64;
const LEAST: f64 = 0.97;

const ARMS: [(&str, &str); 4] = [
    ("reqwest", "the bare client"),
    (
        "guard",
        "our transport under our guard, all policies, rates that nobody reaches",
    ),
    ("transport", "our transport without a guard"),
    (
        "middleware",
        "`reqwest-middleware` with `reqwest-retry` and `governor`, a rate that nobody reaches",
    ),
];

#[async_trait]
trait Arm: Send + Sync {
    async fn get(&self, url: &str) -> Result<Bytes>;
}

#[async_trait]
impl Arm for reqwest::Client {
    async fn get(&self, url: &str) -> Result<Bytes> {
        let answer = self.get(url).send().await?.error_for_status()?;
        Ok(answer.bytes().await?)
    }
}

#[async_trait]
impl Arm for ClientWithMiddleware {
    async fn get(&self, url: &str) -> Result<Bytes> {
        let answer = self.get(url).send().await?.error_for_status()?;
        Ok(answer.bytes().await?)
    }
}

#[async_trait]
impl Arm for HttpTransport {
    async fn get(&self, url: &str) -> Result<Bytes> {
        Ok(read(self, url).await?)
    }
}

struct Guarded {
    guard: Guard,
    transport: HttpTransport,
    operation: Operation,
}

#[async_trait]
impl Arm for Guarded {
    async fn get(&self, url: &str) -> Result<Bytes> {
        let attempt = |_| read(&self.transport, url);
        Ok(self.guard.run(&self.operation, attempt).await?)
    }
}

async fn read(transport: &HttpTransport, url: &str) -> integrations_core::Result<Bytes> {
    let request = http::Request::get(url)
        .body(Body::empty())
        .map_err(|_| integrations_core::Error::invalid_input("no URL"))?;
    transport
        .send(request)
        .await?
        .accepted()
        .await?
        .bytes()
        .await
}

fn client() -> Result<reqwest::Client> {
    // As our transport sets it.
    let builder = reqwest::Client::builder().pool_max_idle_per_host(IN_FLIGHT);
    Ok(builder.tcp_nodelay(true).build()?)
}

fn make(name: &str) -> Result<Arc<dyn Arm>> {
    let transport = || {
        let mut config = TransportConfig::new();
        config.pool_max_idle = IN_FLIGHT;
        HttpTransport::new(config)
    };
    Ok(match name {
        "reqwest" => Arc::new(client()?),
        "guard" => Arc::new(Guarded {
            guard: policy::all().build()?.for_connection("account-1"),
            transport: transport()?,
            operation: Operation::new("read", Safety::Read),
        }),
        "transport" => Arc::new(transport()?),
        "middleware" => Arc::new(peers::middleware(client()?, None)),
        _ => return Err(format!("there is no arm {name}").into()),
    })
}

#[derive(Clone, Copy)]
struct Sample {
    requests: f64,
    /// Requests a second.
    rate: f64,
    /// Microseconds of CPU of one.
    cpu: f64,
}

pub fn run(options: &Options) -> Result<Part> {
    let wanted: Vec<_> = ARMS
        .into_iter()
        .filter(|(arm, _)| options.wants(arm))
        .collect();
    let rounds = options.rounds(15, 3);
    let time = Duration::from_millis(if options.quick { 200 } else { 600 });
    let (_server, url) = process::start(&["server"])?;
    let url = format!("{url}/meetings/4711");
    // One thread for the client and one for the server: a core of each where there are two.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut samples = vec![Vec::new(); wanted.len()];
    let mut allocations = Vec::new();
    runtime.block_on(async {
        let mut arms = Vec::new();
        for (name, _) in &wanted {
            let arm = make(name)?;
            if arm.get(&url).await? != BODY {
                return Err(format!("{name} reads another answer").into());
            }
            // Opens the connections.
            load(&arm, &url, time / 4).await?;
            alloc::start();
            let counted = load(&arm, &url, time / 4).await?;
            allocations.push(alloc::stop().allocations as f64 / counted.requests);
            arms.push(arm);
        }
        for round in 0..rounds {
            for turn in 0..arms.len() {
                let at = (round + turn) % arms.len();
                samples[at].push(load(&arms[at], &url, time).await?);
            }
        }
        Result::Ok(())
    })?;
    Ok(part(wanted, &samples, &allocations, rounds, time))
}

/// Requests again and again, so many at a time, until the time is over.
async fn load(arm: &Arc<dyn Arm>, url: &str, time: Duration) -> Result<Sample> {
    let (before, start) = (process::used_by_process()?, Instant::now());
    let count = Arc::new(AtomicU64::new(0));
    let tasks: Vec<_> = (0..IN_FLIGHT)
        .map(|_| {
            let (arm, count, url) = (arm.clone(), count.clone(), url.to_owned());
            tokio::spawn(async move {
                while start.elapsed() < time {
                    arm.get(&url).await?;
                    count.fetch_add(1, Ordering::Relaxed);
                }
                Ok::<(), Error>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    let (spent, cpu) = (start.elapsed(), process::used_by_process()? - before);
    let requests = count.load(Ordering::Relaxed).max(1) as f64;
    Ok(Sample {
        requests,
        rate: requests / spent.as_secs_f64(),
        cpu: cpu / requests,
    })
}

fn part(
    arms: Vec<(&'static str, &'static str)>,
    samples: &[Vec<Sample>],
    allocations: &[f64],
    rounds: usize,
    time: Duration,
) -> Part {
    let mut rows = Vec::new();
    let mut figures = Vec::new();
    let mut targets = Vec::new();
    for (((name, _), of_arm), allocations) in arms.iter().zip(samples).zip(allocations) {
        let spread = |of: fn(&Sample) -> f64| Spread::of(of_arm.iter().map(of).collect());
        // Round by round: what slows the machine down for a while is in both.
        let ratio = |of: fn(&Sample) -> f64| {
            let pairs = of_arm.iter().zip(&samples[0]);
            Spread::of(pairs.map(|(own, first)| of(own) / of(first)).collect())
        };
        let (rate, cpu) = (spread(|sample| sample.rate), spread(|sample| sample.cpu));
        let (share, more) = (ratio(|sample| sample.rate), ratio(|sample| sample.cpu));
        rows.push(vec![
            format!("`{name}`"),
            format!("{:.0} /s", rate.median),
            rate.range(0),
            format!("{:.1} %", share.median * 100.0),
            format!("{:.1} us", cpu.median),
            format!("{:.3}", more.median),
            format!("{allocations:.0}"),
        ]);
        if *name == "guard" && arms[0].0 == "reqwest" {
            let text = format!(
                "`guard` has at least {:.0} % of the throughput of `reqwest` ({:.1} %)",
                LEAST * 100.0,
                share.median * 100.0
            );
            targets.push(Target::new(text, share.median >= LEAST));
        }
        figures.push(json!({
            "arm": name, "rate": rate, "cpu_micros": cpu, "share": share, "cpu_ratio": more,
            "allocations": allocations,
        }));
    }
    Part {
        name: "throughput",
        title: format!("Small requests over loopback, {IN_FLIGHT} in flight"),
        how: format!(
            "GET of {} bytes of JSON from a server in a process of its own (one thread), HTTP/1.1 \
             with connections that are kept, a client of one thread. {rounds} interleaved rounds \
             of {} ms; medians, shares of the first arm's in the same round. CPU is the client's \
             time of one request. Allocations of one request are counted in a pass of their own.",
            BODY.len(),
            time.as_millis()
        ),
        arms,
        head: vec![
            "arm",
            "requests",
            "lowest to highest",
            "of the first",
            "CPU",
            "to the first",
            "allocations",
        ],
        rows,
        targets,
        figures: json!(figures),
    }
}
