//! `cargo xtask windows-zones`: the names that Windows has for time zones, as a table of the core.
//!
//! From two packages of the Unicode CLDR, which are installed first:
//!
//! ```sh
//! npm install --prefix target/cldr cldr-core@48.2.0 cldr-bcp47@48.2.0
//! cargo xtask windows-zones --cldr target/cldr/node_modules
//! ```

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{Outcome, root, run as run_command};

/// Where the packages are.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder with `cldr-core` and `cldr-bcp47`.
    #[arg(long)]
    cldr: PathBuf,
}

const TABLE: &str = "crates/integrations-core/src/time/windows/table.rs";

pub(crate) fn run(args: &Args) -> Outcome {
    let core = read(&args.cldr.join("cldr-core/supplemental/windowsZones.json"))?;
    let keys = read(&args.cldr.join("cldr-bcp47/bcp47/timezone.json"))?;
    let package = read(&args.cldr.join("cldr-core/package.json"))?;
    let version = text(&package["version"])?;
    let path = root().join(TABLE);
    let table = table(&core, &keys, version)?;
    std::fs::write(&path, table).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut rustfmt = std::process::Command::new("rustfmt");
    run_command(rustfmt.args(["--edition", "2024"]).arg(path))
}

fn read(path: &Path) -> Result<Value, String> {
    let wrong = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
    let content = std::fs::read(path).map_err(|e| wrong(&e))?;
    serde_json::from_slice(&content).map_err(|e| wrong(&e))
}

fn text(value: &Value) -> Result<&str, String> {
    let text = value.as_str();
    text.ok_or_else(|| format!("{value} is not text; the files have another form than 48.2.0"))
}

fn table(core: &Value, keys: &Value, version: &str) -> Result<String, String> {
    // The names of one zone: today's and those that it had.
    let mut groups: Vec<(Vec<&str>, &str)> = Vec::new();
    let zones = keys["keyword"]["u"]["tz"].as_object();
    for zone in zones.ok_or("no time zones in cldr-bcp47")?.values() {
        if let Some(names) = zone.get("_alias") {
            let names: Vec<&str> = text(names)?.split(' ').collect();
            let today = match zone.get("_iana") {
                Some(today) => text(today)?,
                None => names[0],
            };
            groups.push((names, today));
        }
    }
    let group_of = |name: &str| groups.iter().find(|(names, _)| names.contains(&name));
    let mut from_windows: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    let mut to_windows: BTreeMap<&str, &str> = BTreeMap::new();
    let maps = core["supplemental"]["windowsZones"]["mapTimezones"].as_array();
    for map in maps.ok_or("no zones in cldr-core")? {
        let map = &map["mapZone"];
        let (windows, territory) = (text(&map["_other"])?, text(&map["_territory"])?);
        for (place, name) in text(&map["_type"])?.split(' ').enumerate() {
            let (names, today) = match group_of(name) {
                Some((names, today)) => (names.as_slice(), *today),
                None => (std::slice::from_ref(&name), name),
            };
            // The first is the one that the territory has by itself.
            if place == 0 {
                from_windows.insert((windows, territory), today);
            }
            for name in names.iter().chain([&name]) {
                if let Some(other) = to_windows.insert(name, windows)
                    && other != windows
                {
                    return Err(format!("{name} is {other} and {windows}"));
                }
            }
        }
    }
    let mut out = format!(
        "//! Names of time zones in Windows and in the IANA database.\n//!\n\
         //! Made by `cargo xtask windows-zones` from the Unicode CLDR {version}: `windowsZones` of \
         `cldr-core`\n//! and the aliases of `cldr-bcp47`. Copyright © 2004-2026 Unicode, Inc. The licence \
         is in\n//! `LICENSE-UNICODE` beside this file. SPDX-License-Identifier: Unicode-3.0\n\n\
         /// Windows name, territory (`001` is the world) and today's IANA name, in order.\n\
         pub(super) const FROM_WINDOWS: &[(&str, &str, &str)] = &[\n"
    );
    for ((windows, territory), today) in &from_windows {
        let _ = writeln!(out, "({windows:?}, {territory:?}, {today:?}),");
    }
    out.push_str(
        "];\n\n/// IANA name, of today or before, and Windows name, in order.\n\
         pub(super) const TO_WINDOWS: &[(&str, &str)] = &[\n",
    );
    for (name, windows) in &to_windows {
        let _ = writeln!(out, "({name:?}, {windows:?}),");
    }
    out.push_str("];\n");
    Ok(out)
}
