//! `calendar export`: a calendar as an iCalendar file.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use futures::TryStreamExt;
use integrations::calendar::EventQuery;
use integrations::icalendar::Export;
use serde_json::json;
use tokio::io::{AsyncWrite, AsyncWriteExt, BufWriter};

use super::Wall;
use super::place::{Place, Target};
use crate::output::Output;
use crate::{Failure, Outcome, interrupt, progress, text};

/// What is exported, and where to.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file, or `-` for standard output. A file is whole, or stays as it was.
    #[arg(default_value = "-")]
    file: String,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    wall: Wall,
    /// Only events and series with something from this time on, as with `events`.
    #[arg(long, requires = "to", allow_hyphen_values = true)]
    from: Option<String>,
    /// Until when: a day (it is included), a time, or a length from the start (`+7d`).
    #[arg(long, requires = "from")]
    to: Option<String>,
}

/// What was written, and what was not.
struct Done {
    count: u64,
    failed: Vec<String>,
}

pub(super) async fn run(args: &Args, file: Option<&Path>, output: &Output) -> Outcome {
    let reader = args.wall.reader()?;
    let query = match &args.from {
        None => EventQuery::default(),
        Some(from) => EventQuery::range(reader.range(Some(from), args.to.as_deref(), 1)?.span),
    };
    let target = args.place.open(file).await?;
    let done = match args.file.as_str() {
        "-" => {
            let mut out = BufWriter::new(tokio::io::stdout());
            write(&target, query, &mut out, "standard output", output).await?
        }
        name => {
            let path = PathBuf::from(name);
            let part = part(&path)?;
            let done = whole(&target, query, &part, output).await;
            let moved = match &done {
                Ok(_) => tokio::fs::rename(&part, &path).await,
                // Nothing half-written is to look like a calendar.
                Err(_) => tokio::fs::remove_file(&part).await,
            };
            let done = done?;
            moved.map_err(|error| cannot(name, &error))?;
            let value = json!({ "file": name, "events": done.count, "failed": done.failed });
            output.show(&value, || {
                format!("exported {} events to {name}", done.count)
            });
            done
        }
    };
    for why in &done.failed {
        if !output.is_json() || args.file == "-" {
            output.failure(&format!("not exported: {why}"), None);
        }
    }
    Ok(if done.failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The hidden file in which an export gathers.
fn part(path: &Path) -> Result<PathBuf, Failure> {
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| Failure::usage(format!("{} is not a file", path.display())))?;
    Ok(path.with_file_name(format!(".{name}.{}.part", std::process::id())))
}

fn cannot(name: &str, error: &std::io::Error) -> Failure {
    Failure::failed(format!("{name} cannot be written: {error}"))
}

async fn whole(
    target: &Target,
    query: EventQuery,
    path: &Path,
    output: &Output,
) -> Result<Done, Failure> {
    let name = path.display().to_string();
    let file = tokio::fs::File::create_new(path).await;
    let mut out = BufWriter::new(file.map_err(|error| cannot(&name, &error))?);
    let done = write(target, query, &mut out, &name, output).await?;
    let on_disk = out.into_inner().sync_all().await;
    on_disk.map_err(|error| cannot(&name, &error))?;
    Ok(done)
}

/// Writes the events as they come, one after the other.
async fn write(
    target: &Target,
    query: EventQuery,
    out: &mut (impl AsyncWrite + Unpin),
    name: &str,
    output: &Output,
) -> Result<Done, Failure> {
    let bar = progress::count(None, "export", output);
    let mut export = Export::new();
    let mut done = Done {
        count: 0,
        failed: Vec::new(),
    };
    let failed = |error: std::io::Error| cannot(name, &error);
    let begin = export.begin();
    out.write_all(begin.as_bytes()).await.map_err(failed)?;
    let mut events = target.calendars.list_events(target.id(), query);
    while let Some(event) = events.try_next().await? {
        interrupt::check()?;
        match export.event(&event) {
            Ok(text) => {
                out.write_all(text.as_bytes()).await.map_err(failed)?;
                done.count += 1;
                bar.inc(1);
            }
            Err(error) => {
                let id = text::line(event.id.as_str());
                done.failed.push(format!("{id}: {}", error.message()));
            }
        }
    }
    let end = export.end();
    out.write_all(end.as_bytes()).await.map_err(failed)?;
    out.flush().await.map_err(failed)?;
    bar.finish_and_clear();
    Ok(done)
}
