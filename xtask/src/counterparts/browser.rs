//! A browser that people use, without a screen.

use std::path::Path;
use std::process::Command;

use super::process::{Started, data_folder, free_ports, spawn};

/// Chromium by its driver, both from the system's packages: Debian's are `chromium` and
/// `chromium-driver`. Which version that is the system decides, as it does for people.
pub(super) fn chromedriver(home: &Path) -> Result<Started, String> {
    let [port] = free_ports::<1>()?;
    let folder = data_folder(home, "chromedriver")?;
    let mut command = Command::new("chromedriver");
    command.arg(format!("--port={port}")).current_dir(&folder);
    spawn(command, &[("INTEGRATIONS_TEST_WEBDRIVER", port)], folder)
        .map_err(|why| format!("{why} (Debian: apt-get install chromium chromium-driver)"))
}
