//! Servers that nobody here wrote: installed below `target/counterparts` (or where
//! `$INTEGRATIONS_COUNTERPARTS` says), with pinned versions, bound to loopback on free ports, and
//! stopped by the id of the process that was started.

mod browser;
mod calendar;
mod node;
mod process;
mod python;
mod s3;
mod sign_in;

use std::path::{Path, PathBuf};
use std::process::Child;

use crate::{Outcome, root};
use process::Started;
pub(crate) use s3::{KEY_ID, SECRET};

/// What to do with the counterparts.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Install them.
    Install,
    /// Start them, print where they are, and wait for the end of the input or Ctrl-C.
    Up,
}

pub(crate) fn run(command: &Command) -> Outcome {
    match command {
        Command::Install => start(true).map(drop),
        Command::Up => {
            let counterparts = start(false)?;
            for (name, value) in counterparts.env() {
                println!("export {name}={value}");
            }
            for (name, why) in counterparts.skipped() {
                println!("# skipped {name}: {why}");
            }
            println!("# end them with Ctrl-D");
            let mut line = String::new();
            while std::io::stdin()
                .read_line(&mut line)
                .is_ok_and(|count| count > 0)
            {}
            Ok(())
        }
    }
}

/// Running counterparts. They end with it.
pub(crate) struct Counterparts {
    running: Vec<(Child, PathBuf)>,
    env: Vec<(&'static str, String)>,
    skipped: Vec<(&'static str, String)>,
}

impl Counterparts {
    pub(crate) fn none() -> Self {
        Self {
            running: Vec::new(),
            env: Vec::new(),
            skipped: Vec::new(),
        }
    }

    /// Where the tests find them.
    pub(crate) fn env(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.env.iter().cloned()
    }

    pub(crate) fn skipped(&self) -> &[(&'static str, String)] {
        &self.skipped
    }

    fn add(&mut self, server: Server, started: Result<Started, String>, require: bool) -> Outcome {
        match started {
            Ok(Started { child, folder, env }) => {
                self.running.push((child, folder));
                self.env.extend(env);
                Ok(())
            }
            Err(why) => self.skip(server.name(), why, require),
        }
    }

    /// Adds a client of another's making, which runs when a test starts it.
    fn add_client(
        &mut self,
        name: &'static str,
        (variable, installed): (&'static str, Result<PathBuf, String>),
        require: bool,
    ) -> Outcome {
        match installed {
            Ok(program) => {
                let program = program.to_string_lossy().into_owned();
                self.env.push((variable, program));
                Ok(())
            }
            Err(why) => self.skip(name, why, require),
        }
    }

    fn skip(&mut self, name: &'static str, why: String, require: bool) -> Outcome {
        if require {
            return Err(format!("the counterpart {name} is required: {why}"));
        }
        eprintln!("skipping the counterpart {name}: {why}");
        self.skipped.push((name, why));
        Ok(())
    }
}

impl Drop for Counterparts {
    fn drop(&mut self) {
        for (child, folder) in &mut self.running {
            process::end(child);
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// A server of another's making.
#[derive(Clone, Copy)]
pub(crate) enum Server {
    /// An S3 server that keeps objects as files.
    S3sFs,
    /// One that keeps them in memory.
    Moto,
    /// An OpenID provider.
    OidcProvider,
    /// The sign-in of Google, Microsoft and GitHub.
    Emulate,
    /// A browser.
    Chromedriver,
    /// A CalDAV server that keeps what it is given.
    Radicale,
    /// One that keeps calendars as Git repositories.
    Xandikos,
    /// One that invites people and shares calendars.
    Cyrus,
}

impl Server {
    const ALL: [Self; 8] = [
        Self::S3sFs,
        Self::Moto,
        Self::OidcProvider,
        Self::Emulate,
        Self::Chromedriver,
        Self::Radicale,
        Self::Xandikos,
        Self::Cyrus,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::S3sFs => "s3s-fs",
            Self::Moto => "moto",
            Self::OidcProvider => "oidc-provider",
            Self::Emulate => "emulate",
            Self::Chromedriver => "chromedriver",
            Self::Radicale => "Radicale",
            Self::Xandikos => "Xandikos",
            Self::Cyrus => "Cyrus",
        }
    }

    fn start(self, home: &Path) -> Result<Started, String> {
        match self {
            Self::S3sFs => s3::s3s_fs(home),
            Self::Moto => s3::moto(home),
            Self::OidcProvider => sign_in::oidc_provider(home),
            Self::Emulate => sign_in::emulate(home),
            Self::Chromedriver => browser::chromedriver(home),
            Self::Radicale => calendar::radicale(home),
            Self::Xandikos => calendar::xandikos(home),
            Self::Cyrus => calendar::cyrus(),
        }
    }
}

/// Installs what is missing and starts everything.
pub(crate) fn start(require: bool) -> Result<Counterparts, String> {
    let home = home()?;
    let mut counterparts = Counterparts::none();
    for server in Server::ALL {
        counterparts.add(server, server.start(&home), require)?;
    }
    let python = ("INTEGRATIONS_RECURRENCE_PYTHON", python::recurrence(&home));
    counterparts.add_client("recurrence", python, require)?;
    let client = calendar::python_caldav(&home);
    let client = (calendar::PYTHON_CALDAV_VARIABLE, client);
    counterparts.add_client("python-caldav", client, require)?;
    let client = ("INTEGRATIONS_GOOGLE_PYTHON", python::google(&home));
    counterparts.add_client("google-api-python-client", client, require)?;
    let client = ("INTEGRATIONS_GRAPH_PYTHON", python::graph(&home));
    counterparts.add_client("msgraph-sdk", client, require)?;
    Ok(counterparts)
}

/// The same for one server, which has to start.
pub(crate) fn only(server: Server) -> Result<Counterparts, String> {
    let mut counterparts = Counterparts::none();
    counterparts.add(server, server.start(&home()?), true)?;
    Ok(counterparts)
}

fn home() -> Result<PathBuf, String> {
    let home = std::env::var_os("INTEGRATIONS_COUNTERPARTS")
        .map_or_else(|| root().join("target/counterparts"), PathBuf::from);
    std::fs::create_dir_all(&home).map_err(|e| format!("{}: {e}", home.display()))?;
    Ok(home)
}
