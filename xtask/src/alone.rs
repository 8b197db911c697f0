//! `cargo xtask alone`: a crate that compiles only because another one switched a feature on is
//! broken for whoever adds it alone.

use crate::{Outcome, cargo, run as run_command};

/// Checks every published crate without features, and with each of its features by itself.
pub(crate) fn run() -> Outcome {
    let output = cargo()
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .map_err(|error| format!("cargo metadata cannot be run: {error}"))?;
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).map_err(|e| format!("cargo metadata: {e}"))?;
    let packages = metadata["packages"]
        .as_array()
        .ok_or("cargo metadata lists no packages")?;
    for package in packages {
        // `publish = false` is an empty list of registries: the tools of this workspace.
        let published = package["publish"].is_null();
        let (Some(name), true) = (package["name"].as_str(), published) else {
            continue;
        };
        check(name, "")?;
        let features = package["features"].as_object().into_iter().flatten();
        for (feature, _) in features.filter(|(feature, _)| *feature != "default") {
            check(name, feature)?;
        }
    }
    Ok(())
}

fn check(package: &str, feature: &str) -> Outcome {
    println!(
        "{package} with {}",
        if feature.is_empty() {
            "no feature"
        } else {
            feature
        }
    );
    let mut command = cargo();
    command.args([
        "check",
        "--quiet",
        "--package",
        package,
        "--no-default-features",
    ]);
    if !feature.is_empty() {
        command.args(["--features", feature]);
    }
    // Warnings of a crate alone are as much a defect as those of the whole.
    run_command(command.env("CARGO_BUILD_WARNINGS", "deny"))
}
