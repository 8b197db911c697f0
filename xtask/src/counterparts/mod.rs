//! Servers that nobody here wrote: installed below `target/counterparts` (or where
//! `$INTEGRATIONS_COUNTERPARTS` says), with pinned versions, bound to loopback on free ports, and
//! stopped by the id of the process that was started.

mod browser;
mod google;
mod node;
mod process;
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
            // Ending twice is no error, and there is nobody to tell.
            let _ = child.kill();
            let _ = child.wait();
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
}

impl Server {
    const ALL: [Self; 5] = [
        Self::S3sFs,
        Self::Moto,
        Self::OidcProvider,
        Self::Emulate,
        Self::Chromedriver,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::S3sFs => "s3s-fs",
            Self::Moto => "moto",
            Self::OidcProvider => "oidc-provider",
            Self::Emulate => "emulate",
            Self::Chromedriver => "chromedriver",
        }
    }

    fn start(self, home: &Path) -> Result<Started, String> {
        match self {
            Self::S3sFs => s3::s3s_fs(home),
            Self::Moto => s3::moto(home),
            Self::OidcProvider => sign_in::oidc_provider(home),
            Self::Emulate => sign_in::emulate(home),
            Self::Chromedriver => browser::chromedriver(home),
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
    let client = (google::PYTHON_VARIABLE, google::python_client(&home));
    counterparts.add_client("google-api-python-client", client, require)?;
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
