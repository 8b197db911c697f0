//! Servers that speak S3.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use super::Counterparts;
use super::process::{Started, data_folder, free_ports, spawn};
use super::python::environment;
use crate::{Outcome, cargo, run as run_command};

/// An S3 server in Rust that checks signatures, digests and multipart limits. 0.14.1 is the newest
/// that builds with the toolchain of this workspace.
const S3S_FS: &str = "0.14.1";
/// A model of AWS in Python that checks conditions and odd keys.
const MOTO: &str = "5.2.5";

const S3S_FS_VARIABLE: &str = "INTEGRATIONS_S3S_ENDPOINT";
const MOTO_VARIABLE: &str = "INTEGRATIONS_MOTO_ENDPOINT";

/// The key that they are told to accept.
pub(crate) const KEY_ID: &str = "AKIAEXAMPLE";
pub(crate) const SECRET: &str = "secretexample";

impl Counterparts {
    /// Makes a bucket at the server that runs alone.
    pub(crate) fn create_bucket(&self, name: &str) -> Outcome {
        let ([(_, folder)], [(variable, endpoint)]) = (&self.running[..], &self.env[..]) else {
            return Err("a bucket is made at one server".to_owned());
        };
        if *variable == S3S_FS_VARIABLE {
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
}

pub(super) fn s3s_fs(home: &Path) -> Result<Started, String> {
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
    let [port] = free_ports()?;
    let mut command = Command::new(program);
    command
        .args(["--access-key", KEY_ID, "--secret-key", SECRET])
        .args(["--host", "127.0.0.1", "--port", &port.to_string()])
        .arg(&folder)
        .env("RUST_LOG", "off");
    spawn(command, &[(S3S_FS_VARIABLE, port)], folder)
}

pub(super) fn moto(home: &Path) -> Result<Started, String> {
    let wanted = format!("moto[server]=={MOTO}");
    let python = environment(home, &format!("moto-{MOTO}"), &[&wanted])?;
    let program = python.join("bin/moto_server");
    let folder = data_folder(home, "moto")?;
    let [port] = free_ports()?;
    let mut command = Command::new(program);
    command
        .args(["-H", "127.0.0.1", "-p", &port.to_string()])
        .current_dir(&folder);
    spawn(command, &[(MOTO_VARIABLE, port)], folder)
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
