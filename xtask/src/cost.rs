//! `cargo xtask cost`: what a provider costs to compile, beside its SDK alone.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::memory::PEAKS;
use crate::{Outcome, cargo, root, run as run_command};

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write the table to this file too.
    #[arg(long)]
    write: Option<PathBuf>,
}

struct Set {
    name: &'static str,
    /// The dependency, as a line of a manifest.
    dependencies: &'static [&'static str],
}

const SETS: [Set; 7] = [
    Set {
        name: "core alone",
        dependencies: &["integrations-core = { PATH }"],
    },
    Set {
        name: "core with `guard`",
        dependencies: &["integrations-core = { PATH, features = [\"guard\"] }"],
    },
    Set {
        name: "core with `http`",
        dependencies: &["integrations-core = { PATH, features = [\"guard\", \"http\"] }"],
    },
    Set {
        name: "local, storage only",
        dependencies: &[
            "integrations-local = { PATH, default-features = false, features = [\"storage\"] }",
        ],
    },
    Set {
        name: "local, all six",
        dependencies: &["integrations-local = { PATH }"],
    },
    Set {
        name: "aws-sdk-s3 + aws-config alone",
        dependencies: &[
            "aws-sdk-s3 = { version = \"1\", default-features = false, features = [\"rt-tokio\", \"default-https-client\", \"http-1x\"] }",
            "aws-config = { version = \"1\", default-features = false, features = [\"rt-tokio\", \"default-https-client\"] }",
        ],
    },
    Set {
        name: "integrations-s3",
        dependencies: &["integrations-s3 = { PATH }"],
    },
];

pub(crate) fn run(args: &Args) -> Outcome {
    let work = root().join("target/cost");
    let mut table = String::from(
        "| set | crates | wall s | CPU s | largest rustc |\n|---|---:|---:|---:|---|\n",
    );
    for set in SETS {
        let row = measure(&set, &work)?;
        println!("{row}");
        let _ = writeln!(table, "{row}");
    }
    println!("\n{table}");
    if let Some(path) = &args.write {
        std::fs::write(path, table).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}

/// Checks a crate of one line that depends on the set, in an empty target folder.
fn measure(set: &Set, work: &Path) -> Result<String, String> {
    let _ = std::fs::remove_dir_all(work);
    std::fs::create_dir_all(work.join("src")).map_err(|e| e.to_string())?;
    let crates = root().join("crates");
    let mut manifest = String::from(
        "[package]\nname = \"cost\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n\
         [dependencies]\n",
    );
    for line in set.dependencies {
        let name = line.split_whitespace().next().unwrap_or_default();
        let path = format!("path = {:?}", crates.join(name));
        let _ = writeln!(manifest, "{}", line.replace("PATH", &path));
    }
    let write = |name: &str, text: &str| std::fs::write(work.join(name), text);
    write("Cargo.toml", &manifest).map_err(|e| e.to_string())?;
    write("src/main.rs", "fn main() {}\n").map_err(|e| e.to_string())?;
    // The versions of this workspace.
    std::fs::copy(root().join("Cargo.lock"), work.join("Cargo.lock")).map_err(|e| e.to_string())?;

    let in_work = || {
        let mut command = cargo();
        command
            .current_dir(work)
            .env("CARGO_TARGET_DIR", work.join("target"));
        command
    };
    run_command(in_work().args(["fetch", "--quiet"]))?;
    let tree = in_work()
        .args([
            "tree",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--no-dedupe",
        ])
        .output()
        .map_err(|e| e.to_string())?;
    let mut crates: Vec<String> = String::from_utf8_lossy(&tree.stdout)
        .lines()
        .map(|line| {
            line.split_whitespace()
                .take(2)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    crates.sort();
    crates.dedup();
    let (cpu, started) = (children_cpu()?, Instant::now());
    let peaks = work.join("peaks");
    let program = std::env::current_exe().map_err(|e| e.to_string())?;
    let mut check = in_work();
    check.env("RUSTC_WRAPPER", program).env(PEAKS, &peaks);
    run_command(check.args(["check", "--quiet"]))?;
    let wall = started.elapsed().as_secs_f64();
    let cpu = children_cpu()? - cpu;
    let largest = largest(&std::fs::read_to_string(&peaks).map_err(|e| e.to_string())?);
    let _ = std::fs::remove_dir_all(work);
    Ok(format!(
        "| {} | {} | {wall:.0} | {cpu:.0} | {largest} |",
        set.name,
        crates.len().saturating_sub(1)
    ))
}

/// The compiler that took the most memory, of lines with bytes and a crate's name.
fn largest(peaks: &str) -> String {
    let peaks = peaks.lines().filter_map(|line| {
        let (bytes, name) = line.split_once(' ')?;
        Some((bytes.parse::<u64>().ok()?, name))
    });
    let (bytes, name) = peaks.max().unwrap_or_default();
    format!("{} MB ({name})", bytes / 1_000_000)
}

/// Seconds of CPU that the processes which this one waited for have used, with all below them
/// (fields 16 and 17 of `/proc/self/stat`, in ticks of 1/100 s).
fn children_cpu() -> Result<f64, String> {
    let stat = std::fs::read_to_string("/proc/self/stat")
        .map_err(|e| format!("the cost is measured on Linux only: {e}"))?;
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    // The part after the name starts with field 3.
    let ticks = |field: usize| {
        fields
            .get(field - 3)
            .and_then(|text| text.parse::<f64>().ok())
    };
    match (ticks(16), ticks(17)) {
        (Some(user), Some(system)) => Ok((user + system) / 100.0),
        _ => Err("/proc/self/stat has another form than expected".to_owned()),
    }
}
