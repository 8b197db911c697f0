//! `cargo xtask alone`: a crate that compiles only because another one switched a feature on is
//! broken for whoever adds it alone.

use crate::{Outcome, cargo, run as run_command};

/// Checks every published crate without features, with each of its features by itself, and with the
/// combinations that its manifest lists under `package.metadata.alone`. Features that begin with an
/// underscore are parts of others.
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
        for features in sets(package) {
            check(name, &features)?;
        }
    }
    Ok(())
}

/// The sets of features that a package is checked with, as Cargo takes them.
fn sets(package: &serde_json::Value) -> Vec<String> {
    let mut sets = vec![String::new()];
    let features = package["features"].as_object().into_iter().flatten();
    let features = features.map(|(feature, _)| feature);
    sets.extend(
        features
            .filter(|feature| *feature != "default" && !feature.starts_with('_'))
            .cloned(),
    );
    let combinations = package["metadata"]["alone"]["combinations"].as_array();
    for combination in combinations.into_iter().flatten() {
        let features = combination.as_array().into_iter().flatten();
        let features: Vec<&str> = features.filter_map(|feature| feature.as_str()).collect();
        sets.push(features.join(","));
    }
    sets
}

fn check(package: &str, features: &str) -> Outcome {
    println!(
        "{package} with {}",
        if features.is_empty() {
            "no feature"
        } else {
            features
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
    if !features.is_empty() {
        command.args(["--features", features]);
    }
    // Warnings of a crate alone are as much a defect as those of the whole.
    run_command(command.env("CARGO_BUILD_WARNINGS", "deny"))
}

#[cfg(test)]
mod tests {
    use super::sets;

    #[test]
    fn each_feature_is_checked_alone_and_combinations_as_they_are_listed() {
        let package = serde_json::json!({
            "features": { "_part": [], "a": ["_part"], "b": [], "default": ["a"] },
            "metadata": { "alone": { "combinations": [["a", "b"]] } },
        });
        assert_eq!(sets(&package), ["", "a", "b", "a,b"]);
        let plain = serde_json::json!({ "features": {}, "metadata": null });
        assert_eq!(sets(&plain), [""]);
    }
}
