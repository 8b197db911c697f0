//! Processes that serve on loopback.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server that answers.
pub(super) struct Started {
    pub(super) child: Child,
    /// What it keeps, which goes with it.
    pub(super) folder: PathBuf,
    /// Where the tests find it.
    pub(super) env: Vec<(&'static str, String)>,
}

/// A folder for what a server keeps.
pub(super) fn data_folder(home: &Path, name: &str) -> Result<PathBuf, String> {
    let folder = home.join(format!("data-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    Ok(folder)
}

/// Ports that were free a moment ago. The servers cannot be told to choose them themselves.
pub(super) fn free_ports<const N: usize>() -> Result<[u16; N], String> {
    // All held at once, so that they differ.
    let mut held = Vec::with_capacity(N);
    let mut ports = [0; N];
    for port in &mut ports {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|e| e.to_string())?;
        *port = socket.local_addr().map_err(|e| e.to_string())?.port();
        held.push(socket);
    }
    Ok(ports)
}

/// Starts a server and waits until it answers at each of its addresses: the names of the variables
/// that tell the tests, with the ports.
pub(super) fn spawn(
    mut command: Command,
    served: &[(&'static str, u16)],
    folder: PathBuf,
) -> Result<Started, String> {
    let shown = command.get_program().to_string_lossy().into_owned();
    let child = command
        // A server that watches its input ends when this process does, however it ends.
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut child = child.map_err(|error| format!("{shown} cannot be started: {error}"))?;
    let answers = |port: u16| {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok()
    };
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(60) {
        if served.iter().all(|(_, port)| answers(*port)) {
            let at = |(name, port): &(_, _)| (*name, format!("http://127.0.0.1:{port}"));
            let env = served.iter().map(at).collect();
            return Ok(Started { child, folder, env });
        }
        if let Ok(Some(status)) = child.try_wait() {
            let _ = std::fs::remove_dir_all(folder);
            return Err(format!("{shown} ended with {status}"));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let _ = child.kill();
    let _ = child.wait();
    let _ = std::fs::remove_dir_all(folder);
    Err(format!("{shown} did not answer within a minute"))
}

/// Ends a process: asked first, because some have processes of their own to end, and after five
/// seconds by force.
pub(super) fn end(child: &mut Child) {
    // Ending twice is no error, and there is nobody to tell.
    if cfg!(unix) {
        let asked = Command::new("kill").arg(child.id().to_string()).status();
        let started = Instant::now();
        while asked.is_ok() && started.elapsed() < Duration::from_secs(5) {
            if !matches!(child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    let _ = child.kill();
    let _ = child.wait();
}
