//! `integrations credentials`: secrets that an operator gives, and the keys that seal everything.

use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use integrations::credential::sealed::{SealedFileStore, SealingKey, SealingKeys};
use integrations::credential::{Connection, CredentialStore, Secrets, Swap};
use integrations::{ExposeSecret, SecretString};
use jiff::Timestamp;
use serde::Serialize;

use super::{Place, id};
use crate::output::{Output, table};
use crate::{Failure, Outcome};

/// What to do with credentials.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Make a sealing key and an empty store. A key that is there is never replaced.
    Init {
        #[command(flatten)]
        place: Place,
    },
    /// Keep secrets, sealed. They are typed at a prompt, or come from standard input, a line each:
    /// never from the arguments, which other users can see.
    Set {
        /// The connection's id, for example `stripe`.
        id: String,
        /// What the secrets are called, for example `secret_key`.
        #[arg(required = true)]
        names: Vec<String>,
        /// The integration that they are for; without it the part of the id before the first colon.
        #[arg(long)]
        integration: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// List the secrets that are kept, by their names.
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Seal everything with a new key. It can be interrupted at any point and run again.
    ///
    /// Programs that have read the old key alone cannot open what is sealed with the new one: where
    /// some are running, run it with `--prepare` first, restart them, and then run it.
    RotateKey {
        /// Only make the new key, and add it after the old one.
        #[arg(long)]
        prepare: bool,
        /// Keep the old key in the file, for backups that are sealed with it.
        #[arg(long)]
        keep_old: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Copy the store to another folder, as it is: sealed.
    Export {
        /// Sealed, as it is kept. There is no other way out.
        #[arg(long, required = true)]
        sealed: bool,
        /// The folder, which must not be there yet.
        to: PathBuf,
        #[command(flatten)]
        place: Place,
    },
}

pub(super) async fn run(command: Command, output: &Output) -> Outcome {
    match command {
        Command::Init { place } => init(&place, output).await,
        Command::Set {
            id,
            names,
            integration,
            place,
        } => set(&id, &names, integration, &place, output).await,
        Command::List { place } => list(&place, output).await,
        Command::RotateKey {
            prepare,
            keep_old,
            place,
        } => rotate(prepare, keep_old, &place, output).await,
        Command::Export { to, place, .. } => export(&to, &place, output).await,
    }
}

async fn init(place: &Place, output: &Output) -> Outcome {
    let path = place.keys()?;
    let made = !place.keys_from_env() && !path.exists();
    if made {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| Failure::failed(format!("{}: {error}", folder.display())))?;
        }
        SealingKeys::new(SealingKey::generate()?).write_new_file(&path)?;
    }
    place.open().await?;
    let folder = place.folder()?;
    let value = serde_json::json!({ "store": folder, "key_made": made });
    output.show(&value, || {
        let key = match (made, place.keys_from_env()) {
            (true, _) => format!(
                "made the key {}: keep a copy of it elsewhere",
                path.display()
            ),
            (false, true) => format!("the key is in ${}", SealingKeys::VARIABLE),
            (false, false) => format!("the key {} was there", path.display()),
        };
        format!("{key}\nthe store is {}", folder.display())
    });
    Ok(ExitCode::SUCCESS)
}

/// A secret, typed without being shown, or the next line of the input.
fn read(
    name: &str,
    lines: &mut impl Iterator<Item = std::io::Result<String>>,
) -> Result<SecretString, Failure> {
    let wrong = |error| Failure::failed(format!("{name} cannot be read: {error}"));
    let text = match std::io::stdin().is_terminal() {
        true => rpassword::prompt_password(format!("{name}: ")).map_err(wrong)?,
        false => match lines.next() {
            Some(line) => line.map_err(wrong)?,
            None => {
                let text = format!("the input ended before {name}: a line for each secret");
                return Err(Failure::usage(text));
            }
        },
    };
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err(Failure::usage(format!("{name} is empty; nothing was kept")));
    }
    Ok(SecretString::from(text))
}

async fn set(
    text: &str,
    names: &[String],
    integration: Option<String>,
    place: &Place,
    output: &Output,
) -> Outcome {
    let id = id(text)?;
    if let Some(name) = names.iter().find(|name| name.contains('=')) {
        let line = format!(
            "{:?} looks like a secret: only names are arguments",
            clip(name)
        );
        return Err(Failure::usage(line));
    }
    let store = place.open().await?;
    let before = text.split(':').next().unwrap_or(text).to_owned();
    let integration = integration.unwrap_or(before);
    let mut lines = std::io::stdin().lock().lines();
    let mut given = Vec::new();
    for name in names {
        given.push((name.clone(), read(name, &mut lines)?));
    }
    for _ in 0..10 {
        let (now, there) = (Timestamp::now(), store.load(&id).await?);
        let mut secrets = Secrets::new();
        if let Some(there) = &there {
            let Some(kept) = there.value.secrets() else {
                let line = format!("{id} is a connection with tokens; choose another id");
                return Err(Failure::usage(line));
            };
            for name in kept.names() {
                if let Some(secret) = kept.get(name) {
                    secrets = secrets.with(name, secret.clone());
                }
            }
        }
        for (name, secret) in &given {
            secrets = secrets.with(name.clone(), secret.clone());
        }
        let (expected, new) = match there {
            None => (
                None,
                Connection::new(id.clone(), &*integration, secrets, now),
            ),
            Some(there) => (Some(there.version), there.value.reconnected(secrets, now)),
        };
        if let Swap::Stored(_) = store.compare_and_swap(expected, &new).await? {
            let value = serde_json::json!({ "id": id, "secrets": names });
            output.show(&value, || {
                format!("kept {} of {id}, sealed", names.join(", "))
            });
            return Ok(ExitCode::SUCCESS);
        }
    }
    Err(Failure::failed(
        "others write the same record all the time; nothing was kept",
    ))
}

/// What may be a secret is not repeated.
fn clip(text: &str) -> String {
    let name = text.split('=').next().unwrap_or_default();
    format!("{name}=…")
}

#[derive(Serialize)]
struct Kept {
    id: String,
    integration: Option<String>,
    secrets: Vec<String>,
    problem: Option<String>,
}

async fn list(place: &Place, output: &Output) -> Outcome {
    let store = place.open().await?;
    let store: &dyn CredentialStore = &store;
    let mut all = Vec::new();
    for id in store.ids().await? {
        match store.load(&id).await {
            Ok(Some(there)) => {
                if let Some(secrets) = there.value.secrets() {
                    all.push(Kept {
                        id: id.to_string(),
                        integration: Some(there.value.integration.clone()),
                        secrets: secrets.names().map(str::to_owned).collect(),
                        problem: None,
                    });
                }
            }
            Ok(None) => {}
            Err(error) => all.push(Kept {
                id: id.to_string(),
                integration: None,
                secrets: Vec::new(),
                problem: Some(error.to_string()),
            }),
        }
    }
    output.show(&all, || {
        if all.is_empty() {
            return "no secrets are kept".to_owned();
        }
        let rows = all.iter().map(|one| {
            [
                one.id.clone(),
                one.integration.clone().unwrap_or_default(),
                one.problem
                    .clone()
                    .unwrap_or_else(|| one.secrets.join(", ")),
            ]
        });
        table(&["id", "integration", "secrets"], rows)
    });
    let damaged = all.iter().any(|one| one.problem.is_some());
    Ok(if damaged {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// In a file of keys: the last key is a new one that seals nothing yet. Readers skip the line.
const PREPARED: &str = "# the last key is prepared";

/// The file of keys, in the place of the one that is there: whole, or the old one.
fn replace(path: &Path, keys: &SealingKeys, note: Option<&str>) -> Result<(), Failure> {
    let wrong = |error| Failure::failed(format!("{}: {error}", path.display()));
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    if new.exists() {
        // Of a run that was interrupted before it had written everything.
        std::fs::remove_file(&new).map_err(wrong)?;
    }
    keys.write_new_file(&new)?;
    if let Some(note) = note {
        let mut file = std::fs::File::options()
            .append(true)
            .open(&new)
            .map_err(wrong)?;
        writeln!(file, "{note}")
            .and_then(|()| file.sync_all())
            .map_err(wrong)?;
    }
    std::fs::rename(&new, path).map_err(wrong)?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = std::fs::File::open(folder.unwrap_or(Path::new("."))).map_err(wrong)?;
    folder.sync_all().map_err(wrong)
}

/// The keys of a file one by one, that which is to seal first; a new one where there is one alone.
fn order(path: &Path, keys: &SealingKeys) -> Result<Vec<SealingKey>, Failure> {
    let text = keys.export();
    let mut all = Vec::new();
    for line in text.expose_secret().lines() {
        all.push(line.parse::<SealingKey>()?);
    }
    let kept = std::fs::read_to_string(path)
        .map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?;
    match (all.len(), kept.contains(PREPARED)) {
        (1, _) => all.insert(0, SealingKey::generate()?),
        (_, true) => all.rotate_right(1),
        // The first is new already, of a run that was interrupted.
        (_, false) => {}
    }
    Ok(all)
}

async fn rotate(prepare: bool, keep_old: bool, place: &Place, output: &Output) -> Outcome {
    if place.keys_from_env() {
        return Err(Failure::usage(format!(
            "the keys are in ${}, which nobody can change from here: put them into a file, and name \
             it with --key-file",
            SealingKeys::VARIABLE
        )));
    }
    let path = place.keys()?;
    let keys = place.read_keys()?;
    if prepare {
        if keys.ids().count() > 1 {
            let line = "there is more than one key already; run it without --prepare";
            return Err(Failure::usage(line));
        }
        replace(&path, &keys.also(SealingKey::generate()?), Some(PREPARED))?;
        let value = serde_json::json!({ "prepared": true });
        output.show(&value, || {
            "the new key is in the file, after the old one; restart what uses the store, and run \
             it again without --prepare"
                .to_owned()
        });
        return Ok(ExitCode::SUCCESS);
    }
    let mut ordered = order(&path, &keys)?.into_iter();
    let first = ordered
        .next()
        .ok_or_else(|| Failure::failed("there is no key"))?;
    let new = SealingKeys::new(first);
    let both = ordered.fold(new.clone(), SealingKeys::also);
    replace(&path, &both, None)?;
    let store = SealedFileStore::open(place.folder()?, both).await?;
    let done = store.reseal().await?;
    if !done.failed.is_empty() {
        let failed = done.failed.iter().map(|(id, why)| format!("{id}: {why}"));
        let names: Vec<String> = failed.collect();
        return Err(Failure::failed(format!(
            "{} records could not be opened, so that the old key is kept: {}",
            names.len(),
            names.join("; ")
        )));
    }
    if !keep_old {
        replace(&path, &new, None)?;
    }
    let (now, already) = (done.resealed, done.already);
    let value = serde_json::json!({
        "resealed": now, "already": already, "old_key_kept": keep_old });
    output.show(&value, || {
        let kept = if keep_old { "kept, after the new one" } else { "gone" };
        format!(
            "{} records are sealed with the new key ({already} were already); the old key is {kept}",
            now + already
        )
    });
    Ok(ExitCode::SUCCESS)
}

async fn export(to: &Path, place: &Place, output: &Output) -> Outcome {
    let wrong = |error| Failure::failed(format!("{}: {error}", to.display()));
    if to.exists() {
        return Err(Failure::usage(format!("{} is there already", to.display())));
    }
    let keys = place.read_keys()?;
    let from = place.folder()?;
    SealedFileStore::open(&from, keys.clone()).await?;
    // Others may write meanwhile: what was copied in between is found out, and copied again.
    let mut problems = Vec::new();
    for _ in 0..5 {
        copy(&from, to).map_err(wrong)?;
        problems = match SealedFileStore::open(to, keys.clone()).await {
            Ok(copy) => copy.verify().await?,
            Err(error) => return Err(error.into()),
        };
        if problems.is_empty() {
            let value = serde_json::json!({ "to": to, "sealed": true });
            output.show(&value, || {
                format!(
                    "copied to {}, sealed; it opens with the same keys",
                    to.display()
                )
            });
            return Ok(ExitCode::SUCCESS);
        }
        std::fs::remove_dir_all(to).map_err(wrong)?;
    }
    let names: Vec<String> = problems
        .iter()
        .map(|(id, why)| format!("{id}: {why}"))
        .collect();
    Err(Failure::failed(format!(
        "the copy is not whole, and was removed: {}",
        names.join("; ")
    )))
}

/// Copies a folder for its owner alone.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    let mut make = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut make, 0o700);
    make.create(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &target)?,
            // Permissions come along. What was removed meanwhile is not missed.
            false => match std::fs::copy(entry.path(), &target) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                copied => drop(copied?),
            },
        }
    }
    Ok(())
}
