//! What is printed, and what goes into the file.

use std::fmt::Write;
use std::process::Command;

use serde_json::{Value, json};

/// What one part of the bench found.
#[derive(Debug)]
pub struct Part {
    /// Its name on the command line.
    pub name: &'static str,
    pub title: String,
    /// How it was measured, in a paragraph.
    pub how: String,
    /// Each arm with what it is.
    pub arms: Vec<(&'static str, &'static str)>,
    pub head: Vec<&'static str>,
    pub rows: Vec<Vec<String>>,
    pub targets: Vec<Target>,
    /// Everything, for the file.
    pub figures: Value,
}

/// What is aimed at, and whether it was reached.
#[derive(Debug)]
pub struct Target {
    pub text: String,
    pub met: bool,
}

impl Target {
    pub fn new(text: impl Into<String>, met: bool) -> Self {
        Self {
            text: text.into(),
            met,
        }
    }
}

impl Part {
    pub fn markdown(&self) -> String {
        let mut text = format!("\n### {}\n\n{}\n\n", self.title, self.how);
        for (name, what) in &self.arms {
            let _ = writeln!(text, "- `{name}`: {what}");
        }
        let _ = writeln!(text, "\n| {} |", self.head.join(" | "));
        let columns: Vec<&str> = (0..self.head.len())
            .map(|at| if at == 0 { "---" } else { "---:" })
            .collect();
        let _ = writeln!(text, "|{}|", columns.join("|"));
        for row in &self.rows {
            let _ = writeln!(text, "| {} |", row.join(" | "));
        }
        text.push('\n');
        for target in &self.targets {
            let met = if target.met { "met" } else { "**missed**" };
            let _ = writeln!(text, "- Target: {}: {met}.", target.text);
        }
        text
    }

    pub fn json(&self) -> Value {
        let targets: Vec<Value> = self
            .targets
            .iter()
            .map(|target| json!({ "text": target.text, "met": target.met }))
            .collect();
        json!({ "part": self.name, "figures": self.figures, "targets": targets })
    }
}

/// The machine, in a line.
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("an unknown CPU", |(_, model)| model.trim());
    let rustc = Command::new("rustc").arg("--version").output().ok();
    let rustc = rustc.and_then(|output| String::from_utf8(output.stdout).ok());
    let rustc = rustc.as_deref().map_or("an unknown rustc", str::trim);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("unknown");
    format!("{cores} cores, {model}, {rustc}; load {load} at the start")
}
