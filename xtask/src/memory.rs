//! How much memory a process has taken at most.

use std::io::Write;
use std::process::{Command, ExitCode};
use std::time::Duration;

/// `VmHWM` of a process (proc(5)), in bytes. There is none when it has ended.
pub(crate) fn high_water(id: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024)
}

/// Names the file in which [`compile`] writes down what each compiler took.
pub(crate) const PEAKS: &str = "INTEGRATIONS_XTASK_PEAKS";

/// This program in the place of the compiler (`RUSTC_WRAPPER`): runs it, and adds a line with its
/// peak in bytes and the crate's name to the file.
pub(crate) fn compile(file: &std::ffi::OsStr) -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let Some(compiler) = args.next() else {
        return ExitCode::FAILURE;
    };
    let args: Vec<_> = args.collect();
    let Ok(mut child) = Command::new(compiler).args(&args).spawn() else {
        return ExitCode::FAILURE;
    };
    let mut peak = 0;
    let status = loop {
        peak = high_water(child.id()).unwrap_or(peak);
        match child.try_wait() {
            Ok(None) => std::thread::sleep(Duration::from_millis(5)),
            Ok(Some(status)) => break status,
            Err(_) => return ExitCode::FAILURE,
        }
    };
    let name = args.iter().position(|arg| arg == "--crate-name");
    if let Some(name) = name.and_then(|at| args.get(at + 1)) {
        let line = format!("{peak} {}\n", name.to_string_lossy());
        let append = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(file);
        if append
            .and_then(|mut file| file.write_all(line.as_bytes()))
            .is_err()
        {
            return ExitCode::FAILURE;
        }
    }
    if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
