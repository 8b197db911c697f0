//! The provider as a server on the loopback interface: one request a line.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;

use crate::ledger::Ledger;

pub(crate) fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

/// Whom to kill at the next refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trap {
    /// The process that refreshes, before its token is spent.
    Before,
    /// The process that refreshes, after its token is spent and before it has the answer.
    After,
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    ledger: Mutex<Ledger>,
    processes: Mutex<BTreeMap<u64, Child>>,
    trap: Mutex<Option<Trap>>,
    closed: AtomicBool,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            ledger: Mutex::default(),
            processes: Mutex::default(),
            trap: Mutex::default(),
            closed: AtomicBool::new(false),
        });
        let this = Arc::clone(&shared);
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                if this.closed.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(socket), this) = (socket, Arc::clone(&this)) else {
                    continue;
                };
                std::thread::spawn(move || this.serve(socket));
            }
        });
        Self { address, shared }
    }

    pub(crate) fn ledger<T>(&self, look: impl FnOnce(&mut Ledger) -> T) -> T {
        look(&mut self.shared.ledger.lock().unwrap())
    }

    pub(crate) fn add(&self, process: u64, child: Child) {
        self.ledger(|ledger| ledger.pids.insert(process, child.id()));
        self.shared.processes.lock().unwrap().insert(process, child);
    }

    /// The processes that live.
    pub(crate) fn alive(&self) -> Vec<u64> {
        self.shared
            .processes
            .lock()
            .unwrap()
            .keys()
            .copied()
            .collect()
    }

    pub(crate) fn kill(&self, process: u64, why: &'static str) {
        self.shared.kill(process, why);
    }

    pub(crate) fn set_trap(&self, trap: Trap) {
        *self.shared.trap.lock().unwrap() = Some(trap);
    }

    /// Ends the processes as they end by themselves: they finish what is under way.
    pub(crate) fn end(&self) {
        let children = std::mem::take(&mut *self.shared.processes.lock().unwrap());
        let mut children: Vec<Child> = children.into_values().collect();
        for child in &mut children {
            drop(child.stdin.take());
        }
        for child in &mut children {
            assert!(child.wait().unwrap().success(), "a process failed");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for (_, mut child) in std::mem::take(&mut *self.shared.processes.lock().unwrap()) {
            let _ = child.kill();
            let _ = child.wait();
        }
        self.shared.closed.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    /// Kills a process, and waits until it is dead.
    fn kill(&self, process: u64, why: &'static str) {
        let Some(mut child) = self.processes.lock().unwrap().remove(&process) else {
            return;
        };
        // SIGKILL, on Unix.
        child.kill().unwrap();
        child.wait().unwrap();
        self.ledger.lock().unwrap().killed.insert(process, why);
    }

    fn trapped(&self, trap: Trap) -> bool {
        let mut set = self.trap.lock().unwrap();
        let hit = *set == Some(trap);
        if hit {
            *set = None;
        }
        hit
    }

    fn serve(&self, socket: TcpStream) {
        socket.set_nodelay(true).unwrap();
        let mut answers = socket.try_clone().unwrap();
        for line in BufReader::new(socket).lines() {
            let Ok(line) = line else { return };
            let mut words = line.splitn(3, ' ');
            let (what, process, rest) = (
                words.next().unwrap_or_default(),
                words.next().unwrap_or_default().parse().unwrap_or_default(),
                words.next().unwrap_or_default(),
            );
            let answer = match what {
                "refresh" => self.refresh(rest, process),
                "call" => match self.ledger.lock().unwrap().call(rest, now()) {
                    true => "ok".to_owned(),
                    false => "401".to_owned(),
                },
                _ => {
                    self.ledger.lock().unwrap().notes.push(line.clone());
                    "ok".to_owned()
                }
            };
            if answers.write_all(format!("{answer}\n").as_bytes()).is_err() {
                return;
            }
        }
    }

    fn refresh(&self, token: &str, process: u64) -> String {
        if self.trapped(Trap::Before) {
            self.kill(process, "before its token was spent");
            return "error".to_owned();
        }
        let given = self.ledger.lock().unwrap().refresh(token, process, now());
        let Some(given) = given else {
            return "invalid_grant".to_owned();
        };
        if self.trapped(Trap::After) {
            self.kill(process, "before it had the answer");
        }
        // The way back takes its time, and a process may be killed meanwhile.
        std::thread::sleep(Duration::from_millis(2));
        format!("ok {} {} {}", given.access, given.refresh, given.ends)
    }
}
