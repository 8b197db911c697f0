//! The command line as its users have it, and what it takes of the machine.

use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::counterparts::{Counterparts, KEY_ID, SECRET};
use crate::memory::high_water;
use crate::{cargo, root, run as run_command};

pub(super) const MIB: u64 = 1 << 20;

/// The program in a release build.
pub(super) struct Program {
    path: PathBuf,
    /// Its working folder, which ends with it.
    pub(super) folder: PathBuf,
}

impl Program {
    /// Builds it, and makes its folder.
    pub(super) fn new(name: &str) -> Result<Self, String> {
        run_command(cargo().args(["build", "--release", "--quiet", "-p", "integrations-cli"]))?;
        let folder = root().join(format!("target/bench-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        let target = target.unwrap_or_else(|| root().join("target"));
        let path = target.join("release/integrations");
        Ok(Self { path, folder })
    }

    /// Configures it.
    pub(super) fn configure(&self, settings: &str) -> Result<(), String> {
        let file = self.folder.join("integrations.toml");
        std::fs::write(&file, settings).map_err(|e| format!("{}: {e}", file.display()))
    }

    /// Configures it for a bucket `bench` at this endpoint.
    pub(super) fn configure_bucket(&self, endpoint: &str) -> Result<(), String> {
        self.configure(&format!(
            "[s3]\nbucket = \"bench\"\nendpoint = \"{endpoint}\"\naccess_key_id = \"{KEY_ID}\"\n\
             secret_access_key = \"{SECRET}\"\n"
        ))
    }

    pub(super) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command.current_dir(&self.folder).args(args);
        command
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The only endpoint that runs.
pub(super) fn endpoint(counterparts: &Counterparts) -> Result<String, String> {
    let endpoint = counterparts.env().next().map(|(_, endpoint)| endpoint);
    endpoint.ok_or_else(|| "no server is running".to_owned())
}

/// What a run of the program took.
pub(super) struct Taken {
    pub(super) wall: Duration,
    /// The peak of its resident memory, in bytes.
    pub(super) peak: u64,
}

impl Taken {
    pub(super) fn line(&self, what: &str, bytes: u64) -> String {
        #[expect(clippy::cast_precision_loss, reason = "it is printed with no decimals")]
        let rate = bytes as f64 / 1e6 / self.wall.as_secs_f64();
        format!(
            "{what}: {} MiB in {:.0} s ({rate:.0} MB/s), peak memory {} MiB",
            bytes / MIB,
            self.wall.as_secs_f64(),
            self.peak / MIB
        )
    }
}

/// Watches a process until it ends.
pub(super) struct Watch {
    started: Instant,
    peak: JoinHandle<u64>,
}

impl Watch {
    pub(super) fn new(child: &Child) -> Self {
        let id = child.id();
        let peak = std::thread::spawn(move || {
            let mut peak = 0;
            // The kernel keeps the peak itself; it is gone when the process has ended.
            while let Some(now) = high_water(id) {
                peak = now;
                std::thread::sleep(Duration::from_millis(20));
            }
            peak
        });
        Self {
            started: Instant::now(),
            peak,
        }
    }

    /// Waits for the process, which must succeed.
    pub(super) fn end(self, mut child: Child, what: &str) -> Result<Taken, String> {
        let status = child.wait().map_err(|e| format!("{what}: {e}"))?;
        let wall = self.started.elapsed();
        let peak = self
            .peak
            .join()
            .map_err(|_| format!("{what}: not watched"))?;
        if !status.success() {
            return Err(format!("{what} ended with {status}"));
        }
        if peak == 0 {
            return Err(format!(
                "{what}: its memory is read from /proc, on Linux only"
            ));
        }
        Ok(Taken { wall, peak })
    }
}
