//! A process under test: many tasks that use one connection.

use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use integrations_core::auth::{
    AuthCapabilities, AuthProvider, AuthSession, Authorization, AuthorizeRequest, Scopes, SignIn,
    TokenSet, UserProfile, oauth_error,
};
use integrations_core::credential::sealed::{SealedFileStore, SealedSqliteStore, SealingKeys};
use integrations_core::credential::{ConnectionId, CredentialStore, CutOff, TokenSource};
use integrations_core::{
    Category, ConnectionState, Descriptor, Error, ErrorKind, ExposeSecret, Health, Integration,
    Result, SecretString, Status, async_trait, unsupported,
};
use jiff::Timestamp;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Mutex;

use crate::ledger::SKEW;

/// How long a refresh may take. Others wait twice as long.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(1);
const TASKS: usize = 64;

/// A connection to the provider.
#[derive(Debug)]
struct Line {
    process: u64,
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
}

impl Line {
    async fn open(address: SocketAddr, process: u64) -> std::io::Result<Self> {
        let socket = TcpStream::connect(address).await?;
        socket.set_nodelay(true)?;
        let (reader, writer) = socket.into_split();
        let reader = BufReader::new(reader);
        Ok(Self {
            process,
            reader,
            writer,
        })
    }

    async fn ask(&mut self, what: &str, rest: &str) -> std::io::Result<String> {
        let line = format!("{what} {} {rest}\n", self.process);
        self.writer.write_all(line.as_bytes()).await?;
        let mut answer = String::new();
        self.reader.read_line(&mut answer).await?;
        Ok(answer.trim_end().to_owned())
    }
}

#[derive(Debug)]
struct Provider {
    address: SocketAddr,
    process: u64,
    can: AuthCapabilities,
    descriptor: Descriptor,
}

#[async_trait]
impl Integration for Provider {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    async fn connect(&self) -> Result<()> {
        Ok(())
    }

    async fn check_health(&self) -> Health {
        Health::healthy(Duration::ZERO)
    }

    fn status(&self) -> Status {
        Status::new(ConnectionState::Connected, None)
    }
}

#[async_trait]
impl AuthProvider for Provider {
    fn capabilities(&self) -> &AuthCapabilities {
        &self.can
    }

    async fn authorize(&self, _: &AuthorizeRequest) -> Result<Authorization> {
        Err(unsupported(self, "authorize"))
    }

    async fn exchange(&self, _: &SecretString, _: &AuthSession) -> Result<TokenSet> {
        Err(unsupported(self, "exchange"))
    }

    async fn user_profile(&self, _: &TokenSet) -> Result<UserProfile> {
        Err(unsupported(self, "user_profile"))
    }

    async fn refresh(&self, token: &SecretString, _: &Scopes) -> Result<TokenSet> {
        let lost = |error| Error::new(ErrorKind::Network, "the line broke").with_source(error);
        let mut line = Line::open(self.address, self.process).await.map_err(lost)?;
        let answer = line
            .ask("refresh", token.expose_secret())
            .await
            .map_err(lost)?;
        let words: Vec<&str> = answer.split(' ').collect();
        match words[..] {
            ["ok", access, refresh, ends] => Ok(TokenSet::new(access)
                .with_refresh_token(refresh)
                .with_expiry(Timestamp::from_millisecond(ends.parse().unwrap()).unwrap())),
            [code] => Err(oauth_error(code, None)),
            _ => Err(Error::new(ErrorKind::Decode, "no such answer")),
        }
    }
}

/// The store of the kind `kind` in a folder.
pub(crate) async fn open(
    folder: &Path,
    kind: &str,
    keys: SealingKeys,
) -> Result<Arc<dyn CredentialStore>> {
    Ok(match kind {
        "folder" => Arc::new(SealedFileStore::open(folder.join("store"), keys).await?),
        _ => Arc::new(SealedSqliteStore::open(folder.join("store.db"), keys).await?),
    })
}

pub(crate) fn connection() -> ConnectionId {
    ConnectionId::new("zoom:1").unwrap()
}

/// Not a test by itself: see [`crate::start`].
#[test]
fn a_process_of_the_proof() {
    let Some(args) = crate::child_of("proof") else {
        return;
    };
    let [process, address, kind, cut_off, keys] = &args[..] else {
        panic!("five arguments, not {}", args.len());
    };
    let process: u64 = process.parse().unwrap();
    let address: SocketAddr = address.parse().unwrap();
    let cut_off = match &cut_off[..] {
        "ask_owner" => CutOff::AskOwner,
        _ => CutOff::RepeatOnce,
    };
    let keys: SealingKeys = SealingKeys::parse(keys).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let store = open(Path::new(""), kind, keys).await.unwrap();
        let mut can = AuthCapabilities::new();
        can.refresh = true;
        can.refresh_rotation = true;
        let provider = Provider {
            address,
            process,
            can,
            descriptor: Descriptor::new("rotating", Category::AUTH, "rotating"),
        };
        let source = TokenSource::builder(connection(), store, SignIn::new(provider))
            .skew(Duration::from_millis(SKEW.unsigned_abs()))
            .refresh_timeout(TIMEOUT)
            .cut_off(cut_off)
            .build();
        let line = Line::open(address, process).await.unwrap();
        let line = Arc::new(Mutex::new(line));
        for task in 0..TASKS {
            tokio::spawn(work(source.clone(), Arc::clone(&line), task));
        }
        // Until the parent closes its end.
        tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()))
            .await
            .unwrap()
            .unwrap();
        source.settle().await;
    });
    // Without waiting for the tasks, which go on for ever.
    runtime.shutdown_background();
}

/// What an application does: take a token, call, and once more when it is refused.
async fn work(source: TokenSource, line: Arc<Mutex<Line>>, task: usize) {
    let call = async |token: &SecretString| {
        let mut line = line.lock().await;
        line.ask("call", token.expose_secret()).await.unwrap()
    };
    let mut round = task;
    loop {
        round += 1;
        let pause = 10 + (task as u64 * 7 + round as u64 * 13) % 40;
        tokio::time::sleep(Duration::from_millis(pause)).await;
        let error = match source.access_token().await {
            Ok(token) if !round.is_multiple_of(16) => {
                drop(token);
                continue;
            }
            Ok(token) => {
                if call(token.secret()).await == "ok" {
                    continue;
                }
                match source.rejected(&token).await {
                    Ok(_) => continue,
                    Err(error) => error,
                }
            }
            Err(error) => error,
        };
        if error.needs_reconnect() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        } else {
            let _ = line.lock().await.ask("note", &error.to_string()).await;
        }
    }
}
