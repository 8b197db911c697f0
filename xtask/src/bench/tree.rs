//! `cargo xtask bench tree`: a real tree of files, up and down.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::program::{MIB, Program, Watch, endpoint};
use crate::Outcome;
use crate::counterparts::{self, Server};

/// What a sync may take of memory, however large its files are and however many are under way.
/// The list of both sides is held beside the bytes, so there is something for each file too.
const BOUND: u64 = 96 * MIB;
const PER_FILE: u64 = 2 << 10;

pub(super) fn run(folder: Option<&Path>, parallel: u16) -> Outcome {
    let folder = match folder {
        Some(folder) => folder.to_path_buf(),
        None => sources()?,
    };
    let folder = folder
        .canonicalize()
        .map_err(|e| format!("{}: {e}", folder.display()))?;
    let files = files(&folder)?;
    let total: u64 = files.values().sum();
    println!("{} files below {}", files.len(), folder.display());

    // moto takes every key; s3s-fs makes file names of them.
    let server = counterparts::only(Server::Moto)?;
    server.create_bucket("bench")?;
    let program = Program::new("tree")?;
    program.configure_bucket(&endpoint(&server)?)?;
    let back = program.folder.join("back");
    let parallel = parallel.to_string();
    let sync = |from: &str, to: &str, what: &str| {
        let args = ["storage", "sync", from, to, "--parallel", &parallel];
        let child = program.command(&args).spawn();
        let child = child.map_err(|e| format!("{what}: {e}"))?;
        let taken = Watch::new(&child).end(child, what)?;
        println!("{}", taken.line(what, total));
        Ok::<u64, String>(taken.peak)
    };
    let from = folder.to_str().ok_or("the folder's name is not Unicode")?;
    let to = back.to_str().ok_or("the folder's name is not Unicode")?;
    let up = sync(from, "s3:tree", "up")?;
    let down = sync("s3:tree", to, "down")?;
    let again = sync("s3:tree", to, "again, with nothing to do")?;

    let returned = self::files(&back)?;
    if returned != files {
        return Err(format!(
            "{} files came back of {}, or their sizes differ",
            returned.len(),
            files.len()
        ));
    }
    for name in files.keys() {
        let read = |side: &Path| {
            let path = side.join(name);
            std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))
        };
        if read(&folder)? != read(&back)? {
            return Err(format!("{name} came back different"));
        }
    }
    println!("every file the same");
    let (peak, bound) = (
        up.max(down).max(again),
        BOUND + PER_FILE * files.len() as u64,
    );
    if peak > bound {
        let (peak, bound) = (peak / MIB, bound / MIB);
        return Err(format!(
            "{peak} MiB of memory were taken; the bound is {bound}"
        ));
    }
    Ok(())
}

/// Where the package manager keeps the sources of dependencies.
fn sources() -> Result<PathBuf, String> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    home.map(|home| home.join("registry/src"))
        .ok_or_else(|| "neither CARGO_HOME nor HOME is set; name a folder".to_owned())
}

/// All files below a folder, with their sizes.
fn files(root: &Path) -> Result<BTreeMap<String, u64>, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let meta = std::fs::metadata(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            if meta.is_dir() {
                folders.push(path);
            } else if let Some(name) = path.strip_prefix(root).ok().and_then(Path::to_str) {
                found.insert(name.to_owned(), meta.len());
            }
        }
    }
    Ok(found)
}
