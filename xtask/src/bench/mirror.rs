//! `cargo xtask bench mirror`: a large calendar into a file, over HTTP, and kept there.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::program::{MIB, Program, Taken, Watch};
use crate::Outcome;

/// What an import and a copy may take of memory, however many events there are: 80 MB.
const BOUND: u64 = 80_000_000;

pub(super) fn run(events: u32) -> Outcome {
    let program = Program::new("mirror")?;
    let stand_in = StandIn::start(&program)?;
    program.configure(&stand_in.settings)?;
    let file = "large.ics";
    write_calendar(&program.folder.join(file), events)?;

    let import = timed(&program, &["calendar", "import", file], "the import")?;
    report("import", events, &import);
    let sync = ["calendar", "sync", "--to", "copy.db"];
    let first = timed(&program, &sync, "the first copy")?;
    report("first copy", events, &first);
    let again = timed(&program, &sync, "a copy without changes")?;
    report("without changes", events, &again);

    let mut list = program.command(&[
        "--json",
        "calendar",
        "events",
        "--mirror",
        "copy.db",
        "--from",
        "2026-01-01",
        "--to",
        "2026-01-02",
    ]);
    let day = list
        .output()
        .map_err(|e| format!("reading the copy: {e}"))?;
    let text = String::from_utf8_lossy(&day.stdout);
    if !day.status.success() || !text.contains("Event 0") {
        return Err(format!(
            "the copy has not the events of its first day: {text}"
        ));
    }
    let peak = import.peak.max(first.peak).max(again.peak);
    if peak > BOUND {
        return Err(format!(
            "{peak} bytes of memory were taken; the bound is {BOUND}"
        ));
    }
    Ok(())
}

fn timed(program: &Program, args: &[&str], what: &str) -> Result<Taken, String> {
    let mut command = program.command(args);
    let child = command.stdout(Stdio::null()).spawn();
    let child = child.map_err(|e| format!("{what}: {e}"))?;
    Watch::new(&child).end(child, what)
}

fn report(what: &str, events: u32, taken: &Taken) {
    let seconds = taken.wall.as_secs_f64();
    let rate = f64::from(events) / seconds;
    let peak = taken.peak / MIB;
    println!("{what}: {events} events in {seconds:.0} s ({rate:.0} /s), peak memory {peak} MiB");
}

/// Events of half an hour, forty a day, each with what events usually have.
fn write_calendar(path: &Path, events: u32) -> Outcome {
    let mut text = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//bench//EN\r\n");
    for n in 0..events {
        // Months of 28 days, which all months have.
        let day = n / 40;
        let (year, month, day) = (2026 + day / 336, 1 + day % 336 / 28, 1 + day % 28);
        let (hour, minute) = (n % 40 / 2, n % 2 * 30);
        let _ = write!(
            text,
            "BEGIN:VEVENT\r\nUID:bench-{n}\r\nDTSTAMP:20260101T000000Z\r\n\
             DTSTART:{year}{month:02}{day:02}T{hour:02}{minute:02}00Z\r\nDURATION:PT30M\r\nSUMMARY:Event {n}\r\n\
             LOCATION:Room {}\r\nDESCRIPTION:What event {n} of the bench is about\\, in a sentence \
             that\r\n  goes on for some time\\, as they do.\r\nEND:VEVENT\r\n",
            n % 17
        );
    }
    text.push_str("END:VCALENDAR\r\n");
    std::fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))
}

/// The stand-in of Google Calendar, in a process of its own. It ends with this.
struct StandIn {
    child: Child,
    settings: String,
}

impl StandIn {
    fn start(program: &Program) -> Result<Self, String> {
        let mut command: Command = program.command(&["--json", "sandbox", "google_calendar"]);
        let child = command.stdout(Stdio::piped()).spawn();
        let child = child.map_err(|e| format!("the stand-in: {e}"))?;
        let mut this = Self {
            child,
            settings: String::new(),
        };
        let output = this
            .child
            .stdout
            .take()
            .ok_or("the stand-in says nothing")?;
        let mut text = String::new();
        for line in BufReader::new(output).lines() {
            text.push_str(&line.map_err(|e| format!("the stand-in: {e}"))?);
            if let Ok(serving) = serde_json::from_str::<serde_json::Value>(&text) {
                // The stand-in has no limit of its own.
                this.settings = format!(
                    "[google_calendar]\nbase_url = {}\naccess_token = {}\ncalls_per_second = 100000\n",
                    serving["base_url"], serving["access_token"]
                );
                return Ok(this);
            }
        }
        Err(format!("the stand-in did not say where it is: {text}"))
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
