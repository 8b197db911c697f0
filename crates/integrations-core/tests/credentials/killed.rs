//! Processes that write to a sealed store and change its key, killed at any time.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::Duration;

use integrations_core::ExposeSecret;
use integrations_core::credential::sealed::SealingKey;
use integrations_core::credential::sealed::{SealedFileStore, SealedSqliteStore, SealingKeys};
use integrations_core::credential::{
    Connection, ConnectionId, CredentialStore, Secrets, Swap, Versioned,
};
use jiff::Timestamp;

use crate::{Numbers, alone, child_of, place, setting, start};

const RECORDS: u64 = 6;

enum Store {
    Folder(SealedFileStore),
    Database(SealedSqliteStore),
}

impl Store {
    async fn open(kind: &str, folder: &Path, keys: SealingKeys) -> integrations_core::Result<Self> {
        Ok(match kind {
            "folder" => Self::Folder(SealedFileStore::open(folder.join("store"), keys).await?),
            _ => Self::Database(SealedSqliteStore::open(folder.join("store.db"), keys).await?),
        })
    }

    fn any(&self) -> &dyn CredentialStore {
        match self {
            Self::Folder(store) => store,
            Self::Database(store) => store,
        }
    }

    /// Seals everything anew; nothing may fail.
    async fn reseal(&self) {
        let done = match self {
            Self::Folder(store) => store.reseal().await,
            Self::Database(store) => store.reseal().await,
        };
        let done = done.unwrap();
        assert!(done.failed.is_empty(), "{:?}", done.failed);
    }
}

fn id(n: u64) -> ConnectionId {
    ConnectionId::new(format!("record:{n}")).unwrap()
}

fn count_of(record: &Versioned<Connection>) -> u64 {
    let secrets = record.value.secrets().unwrap();
    secrets
        .get("count")
        .unwrap()
        .expose_secret()
        .parse()
        .unwrap()
}

fn record(n: u64, count: u64) -> Connection {
    let secrets = Secrets::new()
        .with("count", count.to_string())
        .with("more", "x".repeat(usize::try_from(count % 900).unwrap()));
    Connection::new(id(n), "demo", secrets, Timestamp::UNIX_EPOCH)
}

/// Not a test by itself: counts up in all records, and seals with one key and the other in turn. It
/// says each write that was acknowledged.
#[test]
fn a_process_that_writes() {
    let Some(args) = child_of("writes") else {
        return;
    };
    let [kind, one, other] = &args[..] else {
        panic!("three arguments, not {}", args.len());
    };
    let key = |text: &str| -> SealingKey { text.parse().unwrap() };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let mut keys = SealingKeys::new(key(one)).also(key(other));
        let mut numbers = Numbers(u64::from(std::process::id()));
        loop {
            let store = Store::open(kind, Path::new(""), keys.clone())
                .await
                .unwrap();
            for _ in 0..3 {
                let n = numbers.below(RECORDS);
                let there = store.any().load(&id(n)).await.unwrap();
                let count = there.as_ref().map_or(0, count_of) + 1;
                let expected = there.map(|there| there.version);
                let swap = store
                    .any()
                    .compare_and_swap(expected, &record(n, count))
                    .await;
                assert!(matches!(swap.unwrap(), Swap::Stored(_)));
                println!("written {n} {count}");
            }
            let sealing = keys.ids().next().unwrap();
            let next = if key(one).id() == sealing { other } else { one };
            keys = keys.rotated_to(key(next));
            Store::open(kind, Path::new(""), keys.clone())
                .await
                .unwrap()
                .reseal()
                .await;
            println!("sealed");
        }
    });
}

async fn survives(kind: &str) {
    let _alone = alone().await;
    let folder = place();
    let mut numbers = Numbers(setting("INTEGRATIONS_PROOF_SEED", 7));
    let (one, other) = (
        SealingKey::generate().unwrap(),
        SealingKey::generate().unwrap(),
    );
    let keys = SealingKeys::new(one.clone()).also(other.clone());
    let (one, other) = (one.export(), other.export());
    let args = ["writes", kind, one.expose_secret(), other.expose_secret()];
    let mut acknowledged = [0; RECORDS as usize];
    let (mut writes, mut sealings) = (0, 0);
    for _ in 0..setting("INTEGRATIONS_PROOF_KILLS", 12) {
        let mut child = start("killed::a_process_that_writes", &args, folder.path());
        let out = child.stdout.take().unwrap();
        let (began, begun) = std::sync::mpsc::channel();
        let reader = std::thread::spawn(move || {
            let lines = BufReader::new(out).lines().map_while(Result::ok);
            // The harness of the tests says something too.
            let ours = lines.filter(|line| line == "sealed" || line.starts_with("written "));
            ours.inspect(|_| began.send(()).unwrap_or_default())
                .collect::<Vec<_>>()
        });
        // From its first write on: how long a program takes to start differs.
        begun.recv_timeout(Duration::from_secs(60)).unwrap();
        tokio::time::sleep(Duration::from_millis(numbers.below(300))).await;
        child.kill().unwrap();
        child.wait().unwrap();
        for line in reader.join().unwrap() {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["written", n, count] => {
                    let n: usize = n.parse().unwrap();
                    acknowledged[n] = count.parse().unwrap();
                    writes += 1;
                }
                ["sealed"] => sealings += 1,
                _ => {}
            }
        }
        let store = Store::open(kind, folder.path(), keys.clone())
            .await
            .unwrap();
        for n in 0..RECORDS {
            let there = store.any().load(&id(n)).await.unwrap();
            let count = there.as_ref().map_or(0, count_of);
            let said: u64 = acknowledged[usize::try_from(n).unwrap()];
            // The last write may be there without having been said.
            assert!(
                count == said || count == said + 1,
                "{said} was said, and {count} is there"
            );
            acknowledged[usize::try_from(n).unwrap()] = count;
        }
    }
    println!("{kind}: {writes} writes and {sealings} changes of the key between the kills");
    assert!(sealings > 0, "no process came to change the key");
    // And the change of the key is finished by whoever comes last.
    let new = SealingKey::generate().unwrap();
    let all = keys.rotated_to(new.clone());
    Store::open(kind, folder.path(), all)
        .await
        .unwrap()
        .reseal()
        .await;
    let alone = SealingKeys::new(new);
    let store = Store::open(kind, folder.path(), alone).await.unwrap();
    for n in store.any().ids().await.unwrap() {
        assert!(store.any().load(&n).await.unwrap().is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_whose_processes_are_killed_has_every_acknowledged_write() {
    survives("folder").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_whose_processes_are_killed_has_every_acknowledged_write() {
    survives("database").await;
}
