//! Servers to sign in at. What clients and people they know stands at the head of their scripts.

use std::path::Path;
use std::process::Command;

use super::node;
use super::process::{Started, data_folder, free_ports, spawn};

/// A certified OpenID provider.
const OIDC_PROVIDER: &str = "9.13.3";
/// The sign-in of Google, Microsoft and GitHub. 0.12 needs a newer Node than 20; the tag
/// `latest` is a package of somebody else, from before the name changed hands.
const EMULATE: &str = "0.11.2";

pub(super) fn oidc_provider(home: &Path) -> Result<Started, String> {
    let script = include_str!("../../counterparts/oidc-provider.mjs");
    let ports = free_ports::<1>()?;
    start(
        home,
        "oidc-provider",
        OIDC_PROVIDER,
        script,
        &["INTEGRATIONS_TEST_OIDC"],
        ports,
    )
}

pub(super) fn emulate(home: &Path) -> Result<Started, String> {
    let script = include_str!("../../counterparts/emulate.mjs");
    let variables = [
        "INTEGRATIONS_TEST_GOOGLE",
        "INTEGRATIONS_TEST_MICROSOFT",
        "INTEGRATIONS_TEST_GITHUB",
    ];
    start(
        home,
        "emulate",
        EMULATE,
        script,
        &variables,
        free_ports::<3>()?,
    )
}

/// Installs a package and runs its script, which takes the ports in the order of the variables.
fn start<const N: usize>(
    home: &Path,
    package: &str,
    version: &str,
    script: &str,
    variables: &[&'static str; N],
    ports: [u16; N],
) -> Result<Started, String> {
    let script = node::install(home, package, version, script)?;
    let folder = data_folder(home, package)?;
    let mut command = Command::new("node");
    command
        .arg(script)
        .args(ports.map(|port| port.to_string()))
        .current_dir(&folder);
    let served: Vec<_> = variables.iter().copied().zip(ports).collect();
    spawn(command, &served, folder)
}
