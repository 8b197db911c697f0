//! The Python process that answers.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// Where the interpreter is that has the libraries.
const VARIABLE: &str = "INTEGRATIONS_RECURRENCE_PYTHON";

pub(crate) struct Oracle {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

/// What the oracle says of a case.
pub(crate) enum Answer {
    Is(Value),
    /// It takes too long to find out.
    Slow,
}

impl Oracle {
    /// Starts it. `None`, and said, where it is not installed; fails where it must be.
    pub(crate) fn start() -> Option<Self> {
        let Some(python) = std::env::var_os(VARIABLE).filter(|path| !path.is_empty()) else {
            let required = std::env::var("INTEGRATIONS_REQUIRE_COUNTERPARTS").is_ok();
            assert!(!required, "the counterpart for recurrence is not installed");
            eprintln!("skipped: {VARIABLE} is not set; use `cargo xtask test`");
            return None;
        };
        let mut child = Command::new(python)
            .arg(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/recurrence/oracle.py"
            ))
            // Where this side has its zones from, if that was said. Both have those of the system
            // otherwise, and the oracle those of its package where the system has none.
            .envs(std::env::var_os("TZDIR").map(|folder| ("PYTHONTZPATH", folder)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the oracle starts");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut oracle = Self {
            child,
            input,
            output,
        };
        let versions = oracle.ask(&json!({"kind": "versions"}));
        eprintln!("beside {versions}");
        Some(oracle)
    }

    /// Its answer, which must be one.
    pub(crate) fn ask(&mut self, case: &Value) -> Value {
        match self.judge(case) {
            Answer::Is(value) => value,
            Answer::Slow => panic!("the oracle does not come to an end with {case}"),
        }
    }

    pub(crate) fn judge(&mut self, case: &Value) -> Answer {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{case}").unwrap();
        input.flush().unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let mut answer: Value = serde_json::from_str(&line).expect("the oracle answers");
        if answer.get("slow").is_some() {
            return Answer::Slow;
        }
        let error = &answer["error"];
        assert!(error.is_null(), "the oracle failed: {error} with {case}");
        Answer::Is(answer["ok"].take())
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // It ends when its input does.
        drop(self.input.take());
        let _ = self.child.wait();
    }
}
