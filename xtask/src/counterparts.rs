//! Servers that nobody here wrote: installed below `target/counterparts` (or where
//! `$INTEGRATIONS_COUNTERPARTS` says), with pinned versions, bound to loopback on free ports, and
//! stopped by the id of the process that was started.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::{Outcome, cargo, root, run as run_command};

/// An S3 server in Rust that checks signatures, digests and multipart limits. 0.14.1 is the newest
/// that builds with the toolchain of this workspace.
const S3S_FS: &str = "0.14.1";
/// A model of AWS in Python that checks conditions and odd keys.
const MOTO: &str = "5.2.5";

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

    fn add(
        &mut self,
        name: &'static str,
        variable: &'static str,
        started: Result<Started, String>,
        require: bool,
    ) -> Outcome {
        match started {
            Ok(Started {
                child,
                address,
                folder,
            }) => {
                self.running.push((child, folder));
                self.env.push((variable, format!("http://{address}")));
                Ok(())
            }
            Err(why) if require => Err(format!("the counterpart {name} is required: {why}")),
            Err(why) => {
                eprintln!("skipping the counterpart {name}: {why}");
                self.skipped.push((name, why));
                Ok(())
            }
        }
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

struct Started {
    child: Child,
    address: SocketAddr,
    folder: PathBuf,
}

/// Installs what is missing and starts everything.
pub(crate) fn start(require: bool) -> Result<Counterparts, String> {
    let home = std::env::var_os("INTEGRATIONS_COUNTERPARTS")
        .map_or_else(|| root().join("target/counterparts"), PathBuf::from);
    std::fs::create_dir_all(&home).map_err(|e| format!("{}: {e}", home.display()))?;
    let mut counterparts = Counterparts::none();
    counterparts.add(
        "s3s-fs",
        "INTEGRATIONS_S3S_ENDPOINT",
        s3s_fs(&home),
        require,
    )?;
    counterparts.add("moto", "INTEGRATIONS_MOTO_ENDPOINT", moto(&home), require)?;
    Ok(counterparts)
}

fn s3s_fs(home: &Path) -> Result<Started, String> {
    let program = home.join("bin/s3s-fs");
    if !program.exists() {
        println!("installing s3s-fs {S3S_FS} (once)");
        // Its own target folder: the build lock of the workspace may be held by whoever called.
        let build = home.join("build");
        let mut install = cargo();
        install
            .args([
                "install",
                "s3s-fs",
                "--quiet",
                "--locked",
                "--features",
                "binary",
            ])
            .args(["--version", S3S_FS, "--root"])
            .arg(home)
            .env("CARGO_TARGET_DIR", &build)
            .env_remove("RUSTFLAGS");
        run_command(&mut install)?;
        let _ = std::fs::remove_dir_all(build);
    }
    let folder = data_folder(home, "s3s-fs")?;
    let port = free_port()?;
    let mut command = std::process::Command::new(program);
    command
        .args([
            "--access-key",
            "AKIAEXAMPLE",
            "--secret-key",
            "secretexample",
        ])
        .args(["--host", "127.0.0.1", "--port", &port.to_string()])
        .arg(&folder)
        .env("RUST_LOG", "off");
    spawn(command, port, folder)
}

fn moto(home: &Path) -> Result<Started, String> {
    let python = home.join("moto");
    let program = python.join("bin/moto_server");
    if !program.exists() {
        println!("installing moto {MOTO} (once)");
        let _ = std::fs::remove_dir_all(&python);
        let mut venv = std::process::Command::new("python3");
        run_command(venv.args(["-m", "venv"]).arg(&python))?;
        let mut pip = std::process::Command::new(python.join("bin/python"));
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]);
        run_command(pip.arg(format!("moto[server]=={MOTO}")))?;
    }
    let folder = data_folder(home, "moto")?;
    let port = free_port()?;
    let mut command = std::process::Command::new(program);
    command
        .args(["-H", "127.0.0.1", "-p", &port.to_string()])
        .current_dir(&folder);
    spawn(command, port, folder)
}

fn data_folder(home: &Path, name: &str) -> Result<PathBuf, String> {
    let folder = home.join(format!("data-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    Ok(folder)
}

/// A port that was free a moment ago. The servers cannot be told to choose one themselves.
fn free_port() -> Result<u16, String> {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|e| e.to_string())?;
    Ok(socket.local_addr().map_err(|e| e.to_string())?.port())
}

fn spawn(
    mut command: std::process::Command,
    port: u16,
    folder: PathBuf,
) -> Result<Started, String> {
    let shown = command.get_program().to_string_lossy().into_owned();
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut child = child.map_err(|error| format!("{shown} cannot be started: {error}"))?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(60) {
        if TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok() {
            return Ok(Started {
                child,
                address,
                folder,
            });
        }
        if let Ok(Some(status)) = child.try_wait() {
            return Err(format!("{shown} ended with {status}"));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let _ = child.kill();
    let _ = child.wait();
    Err(format!("{shown} did not answer within a minute"))
}
