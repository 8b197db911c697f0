//! Packages of npm.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::run as run_command;

/// The oldest Node that the servers run on.
const NODE: u32 = 20;

/// Installs a package in a folder of its own, once for each version, and puts the script beside it
/// that starts it. Gives the script.
pub(super) fn install(
    home: &Path,
    package: &str,
    version: &str,
    script: &str,
) -> Result<PathBuf, String> {
    check_node()?;
    let folder = home.join(format!("{package}-{version}"));
    // Written last: an installation that was cut off is made anew.
    let done = folder.join("installed");
    if !done.exists() {
        println!("installing {package} {version} (once)");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let mut npm = Command::new("npm");
        npm.args(["install", "--silent", "--no-audit", "--no-fund"])
            // Nothing of a package runs before its own server does.
            .args(["--ignore-scripts", "--no-package-lock", "--prefix"])
            .arg(&folder)
            .arg(format!("{package}@{version}"))
            .stdout(Stdio::null());
        run_command(&mut npm)?;
        std::fs::write(&done, "").map_err(|e| format!("{}: {e}", done.display()))?;
    }
    // Written at each start: a module finds its packages from where it lies.
    let path = folder.join("server.mjs");
    std::fs::write(&path, script).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(path)
}

/// Whether a Node is there that is new enough.
fn check_node() -> Result<(), String> {
    let output = Command::new("node").arg("--version").output();
    let output = output.map_err(|error| format!("node cannot be run: {error}"))?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next();
    match major.and_then(|major| major.parse::<u32>().ok()) {
        Some(major) if major >= NODE => Ok(()),
        _ => Err(format!(
            "node {NODE} or newer is needed, and this is {version:?}"
        )),
    }
}
