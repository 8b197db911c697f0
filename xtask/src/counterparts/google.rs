//! Google's own client library.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run as run_command;

/// The client of Google's APIs in Python, with the discovery documents of this version.
const PYTHON_CLIENT: &str = "2.202.0";

/// Where the tests find the Python that has it.
pub(super) const PYTHON_VARIABLE: &str = "INTEGRATIONS_GOOGLE_PYTHON";

/// The Python that has the client.
pub(super) fn python_client(home: &Path) -> Result<PathBuf, String> {
    let folder = home.join(format!("google-api-python-client-{PYTHON_CLIENT}"));
    let python = folder.join("bin/python");
    // Written last: an installation that was cut off is made anew.
    let done = folder.join("installed");
    if !done.exists() {
        println!("installing google-api-python-client {PYTHON_CLIENT} (once)");
        let _ = std::fs::remove_dir_all(&folder);
        let mut venv = Command::new("python3");
        run_command(venv.args(["-m", "venv"]).arg(&folder))?;
        let mut pip = Command::new(&python);
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]);
        run_command(pip.arg(format!("google-api-python-client=={PYTHON_CLIENT}")))?;
        std::fs::write(&done, PYTHON_CLIENT).map_err(|e| format!("{}: {e}", done.display()))?;
    }
    Ok(python)
}
