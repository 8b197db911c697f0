//! Servers that nobody here wrote: installed below `target/counterparts` (or where
//! `$INTEGRATIONS_COUNTERPARTS` says), with pinned versions, bound to loopback on free ports, and
//! stopped by the id of the process that was started.

use std::io::{BufRead, BufReader, Write};
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

/// The key that they are told to accept.
pub(crate) const KEY_ID: &str = "AKIAEXAMPLE";
pub(crate) const SECRET: &str = "secretexample";

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

    /// Makes a bucket at the server that runs alone.
    pub(crate) fn create_bucket(&self, name: &str) -> Outcome {
        let ([(_, folder)], [(variable, endpoint)]) = (&self.running[..], &self.env[..]) else {
            return Err("a bucket is made at one server".to_owned());
        };
        if *variable == Server::S3sFs.variable() {
            // A folder of its data is a bucket.
            let path = folder.join(name);
            return std::fs::create_dir(&path).map_err(|e| format!("{}: {e}", path.display()));
        }
        let address = endpoint.trim_start_matches("http://");
        let answer = put(address, &format!("/{name}")).map_err(|e| format!("{endpoint}: {e}"))?;
        match answer.split(' ').nth(1) {
            Some("200") => Ok(()),
            _ => Err(format!("the bucket {name} cannot be made: {answer}")),
        }
    }

    pub(crate) fn skipped(&self) -> &[(&'static str, String)] {
        &self.skipped
    }

    fn add(&mut self, server: Server, started: Result<Started, String>, require: bool) -> Outcome {
        match started {
            Ok(Started {
                child,
                address,
                folder,
            }) => {
                self.running.push((child, folder));
                let endpoint = format!("http://{address}");
                self.env.push((server.variable(), endpoint));
                Ok(())
            }
            Err(why) if require => {
                let name = server.name();
                Err(format!("the counterpart {name} is required: {why}"))
            }
            Err(why) => {
                let name = server.name();
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

/// A server of another's making.
#[derive(Clone, Copy)]
pub(crate) enum Server {
    /// Keeps objects as files.
    S3sFs,
    /// Keeps them in memory.
    Moto,
}

impl Server {
    const ALL: [Self; 2] = [Self::S3sFs, Self::Moto];

    fn name(self) -> &'static str {
        match self {
            Self::S3sFs => "s3s-fs",
            Self::Moto => "moto",
        }
    }

    /// Where the tests find its endpoint.
    fn variable(self) -> &'static str {
        match self {
            Self::S3sFs => "INTEGRATIONS_S3S_ENDPOINT",
            Self::Moto => "INTEGRATIONS_MOTO_ENDPOINT",
        }
    }

    fn start(self, home: &Path) -> Result<Started, String> {
        match self {
            Self::S3sFs => s3s_fs(home),
            Self::Moto => moto(home),
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

/// Sends a PUT without a body, and gives the first line of the answer.
fn put(address: &str, path: &str) -> std::io::Result<String> {
    let mut socket = TcpStream::connect(address)?;
    write!(
        socket,
        "PUT {path} HTTP/1.1\r\nhost: {address}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )?;
    let mut line = String::new();
    BufReader::new(socket).read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
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
        .args(["--access-key", KEY_ID, "--secret-key", SECRET])
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
