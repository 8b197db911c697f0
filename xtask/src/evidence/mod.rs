//! `cargo xtask evidence`: the page that says what each operation of each provider stands on.
//!
//! Nothing is run and no server is needed: it reads the sources. Operations come from the traits of
//! the core, providers from their factories and the traits that they implement, evidence from the
//! [markers](marker) on tests. Which operations a suite's behaviours exercise is recorded by a test
//! of the embedded providers; `--record` runs it.

mod behaviours;
mod constants;
mod found;
mod judge;
mod marker;
mod operations;
mod page;
mod providers;
#[cfg(test)]
mod tests;
mod tree;

use std::path::Path;

use crate::{Outcome, cargo, root};

/// What to do with the page.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Fail when the page is out of date, instead of writing it.
    #[arg(long)]
    check: bool,
    /// First record anew which operations each behaviour exercises.
    #[arg(long, conflicts_with = "check")]
    record: bool,
}

const PAGE: &str = "docs/evidence.md";

pub(crate) fn run(args: &Args) -> Outcome {
    if args.record {
        let mut record = cargo();
        record
            .args(["test", "--quiet", "--package", "integrations-local"])
            .args(["--all-features", "--test", "it", "operations::"])
            .env("INTEGRATIONS_WRITE_OPERATIONS", "1");
        crate::run(&mut record)?;
    }
    let page = make(&root())?;
    let path = root().join(PAGE);
    if args.check {
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        if kept != page {
            return Err(format!(
                "{PAGE} is out of date; `cargo xtask evidence` makes it anew"
            ));
        }
        return Ok(());
    }
    std::fs::write(&path, page).map_err(|e| format!("{}: {e}", path.display()))
}

/// The page of a workspace.
fn make(root: &Path) -> Result<String, String> {
    let mut crates = Vec::new();
    for folder in tree::entries(&root.join("crates"))? {
        if folder.join("Cargo.toml").is_file() {
            crates.push(tree::Crate::read(&folder, &folder.join("tests"))?);
        }
    }
    // The tests that cross crates are a package of their own.
    let across = root.join("tests");
    crates.push(tree::Crate::read(&across, &across)?);

    let core = crates.iter().find(|one| one.name == "integrations-core");
    let core = core.ok_or("there is no crate integrations-core")?;
    let categories = operations::read(core)?;
    let mut providers = Vec::new();
    for one in &crates {
        providers.extend(providers::read(one, &categories)?);
    }
    providers.sort_by(|a, b| (&a.category, &a.name).cmp(&(&b.category, &b.name)));
    let lists = root.join("crates/integrations-conformance/operations");
    let behaviours = behaviours::read(&lists, &categories)?;
    let show = |file: &tree::File| {
        let path = file.path.strip_prefix(root).unwrap_or(&file.path);
        path.display().to_string()
    };
    let found: Vec<found::Found> = crates.iter().map(|one| found::read(one, show)).collect();
    let judged = judge::judge(&categories, &providers, &behaviours, &found)
        .map_err(|problems| problems.join("\nerror: "))?;
    Ok(page::render(&judged, &behaviours))
}
