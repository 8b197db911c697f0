//! Sealed records. The first byte of the input says what the rest is:
//!
//! - 0: a file of keys;
//! - 1 and 2: the file of a record, and the list of records, as they are;
//! - 3 and 4: the content of such a file, sealed with the key that the store has, so that everything
//!   behind the tag is reached too; a byte of 1 in it stands for a secret;
//! - all others: changes to a folder of records, five bytes each.
//!
//! What is sealed here is written by the form that the documentation gives, and not by the store; so
//! that form is held to as well.

#![no_main]
#![forbid(unsafe_code)]

mod changes;
mod form;
mod model;

use std::future::Future;
use std::sync::LazyLock;

use integrations_core::credential::sealed::{SealedFileStore, SealingKeys};
use integrations_core::credential::{
    Connection, ConnectionId, CredentialStore, Swap, Version, Versioned,
};
use integrations_core::{Error, ErrorKind, ExposeSecret, PageRequest};
use libfuzzer_sys::fuzz_target;
use tokio::runtime::{Builder, Runtime};

use form::{KEY, Kind, OLD, key_text, seal};
use model::{Files, Found, NAMES, TEMPLATES, connection};

/// Every secret has this in it, and no id can.
const HUSH: &str = "hu5h~";

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread().build();
    runtime.expect("a runtime")
});

static KEYS: LazyLock<SealingKeys> = LazyLock::new(|| {
    let text = format!("{}\n{}", key_text(KEY), key_text(OLD));
    SealingKeys::parse(&text).expect("two keys")
});

fuzz_target!(|input: &[u8]| {
    let Some((what, rest)) = input.split_first() else {
        return;
    };
    let now = || Files::now(&TEMPLATES);
    match what {
        0 => keys(rest),
        1 => run(stored(&Files {
            records: [Some(rest.to_vec()), now().records[1].clone(), None],
            ..now()
        })),
        2 => run(stored(&Files {
            list: Some(rest.to_vec()),
            ..now()
        })),
        3 => run(content_of_a_record(&with_secrets(rest))),
        4 => run(content_of_the_list(&with_secrets(rest))),
        _ => run(stored(&changes::made(rest))),
    }
});

fn run(what: impl Future<Output = ()>) {
    RUNTIME.block_on(what);
}

fn with_secrets(text: &[u8]) -> Vec<u8> {
    let parts: Vec<&[u8]> = text.split(|byte| *byte == 1).collect();
    parts.join(HUSH.as_bytes())
}

/// Whatever is in a file of keys, it is keys or an error of three words.
fn keys(text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    match SealingKeys::parse(&text) {
        Ok(keys) => {
            let again = keys.export();
            let again = SealingKeys::parse(again.expose_secret()).expect("what was written");
            assert!(keys.ids().eq(again.ids()));
            let words = text.split([',', '\n']).filter(|word| word.len() >= 44);
            assert!((1..=words.count()).contains(&keys.ids().count()));
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Config);
            let message = error.message();
            let number = message.strip_prefix("key ").and_then(|rest| {
                let rest = rest
                    .strip_suffix(": a sealing key is 32 bytes in base64, and this text is not")?;
                rest.parse::<usize>().ok()
            });
            assert!(number.is_some() || message == "there is no sealing key");
        }
    }
}

/// A store in a folder of these files gives out what was sealed, and an error for all else.
async fn stored(files: &Files) {
    let folder = form::Folder::new();
    // Opened before anything was written: one that was open when somebody changed the files.
    let before = open(&folder).await.expect("an empty folder");
    files.write(&folder);
    let expected = NAMES.map(|name| files.expected(name));
    gives(&before, &expected).await;
    let listed = match files.listed() {
        Ok(listed) => listed,
        Err(()) => {
            refused(&open(&folder).await.expect_err("it has no list"));
            return;
        }
    };
    let store = open(&folder).await.expect("it has its list");
    gives(&store, &expected).await;
    let wrong: Vec<&str> = NAMES
        .iter()
        .zip(&expected)
        .filter(|(_, expected)| matches!(expected, Found::Error))
        .map(|(name, _)| *name)
        .collect();
    let found = store.verify().await.expect("it has its list");
    assert_eq!(names(&found), wrong);
    let resealed = store.reseal().await.expect("it has its list");
    assert_eq!(names(&resealed.failed), wrong);
    gives(&store, &expected).await;
    let ids = store.list(&PageRequest::default()).await.expect("a list");
    let ids: Vec<&str> = ids.items.iter().map(ConnectionId::as_str).collect();
    assert!(ids.iter().eq(listed.iter().map(|(name, _)| name)));
    // A write is what mends a record, and it changes no other.
    let version = listed.iter().find(|(name, _)| *name == "a");
    let version = version.map(|(_, version)| Version::new(*version));
    let new = connection("a", 9);
    let swap = store.compare_and_swap(version, &new).await;
    assert!(matches!(swap, Ok(Swap::Stored(_))), "{swap:?}");
    let of_new = Found::Connection(new.export().expose_secret().to_owned());
    let [_, b, c] = expected;
    gives(&store, &[of_new, b, c]).await;
}

/// What is in a record that was sealed with the key is a connection, or it is an error.
async fn content_of_a_record(content: &[u8]) {
    let folder = form::Folder::new();
    let mut files = Files::now(&TEMPLATES);
    files.records[0] = Some(seal(KEY, Kind::Record, "a", 4, content));
    files.write(&folder);
    let store = open(&folder).await.expect("it has its list");
    let text = std::str::from_utf8(content).unwrap_or_default();
    match (load(&store, "a").await, Connection::import(text)) {
        (Err(error), Err(_)) => refused(&error),
        (Ok(Some(found)), Ok(read)) => {
            assert_eq!(found.version.get(), 4);
            let export = found.value.export();
            assert_eq!(export.expose_secret(), read.export().expose_secret());
            let again = Connection::import(export.expose_secret()).expect("what was written");
            assert_eq!(export.expose_secret(), again.export().expose_secret());
            let access = found.value.tokens().map(|tokens| &tokens.access_token);
            if access.is_some_and(|access| access.expose_secret().contains(HUSH))
                && text.matches(HUSH).count() == 1
            {
                let shown = format!("{:?}", found.value);
                assert!(!shown.contains(HUSH), "{shown}");
            }
        }
        (found, read) => panic!("{found:?}, and {read:?}"),
    }
    assert!(matches!(load(&store, "b").await, Ok(Some(_))));
}

/// What is in a list that was sealed with the key is a list, or it is an error.
async fn content_of_the_list(content: &[u8]) {
    let folder = form::Folder::new();
    let mut files = Files::now(&TEMPLATES);
    files.list = Some(seal(KEY, Kind::Manifest, "", 6, content));
    files.write(&folder);
    let store = match open(&folder).await {
        Ok(store) => store,
        Err(error) => return refused(&error),
    };
    let wrong = store.verify().await.expect("it has its list");
    wrong.iter().for_each(|(_, error)| refused(error));
    let resealed = store.reseal().await.expect("it has its list");
    resealed.failed.iter().for_each(|(_, error)| refused(error));
    let Ok(there) = load(&store, "a").await else {
        return;
    };
    let new = connection("a", 9);
    let version = there.map(|there| there.version);
    let swap = store.compare_and_swap(version, &new).await;
    assert!(matches!(swap, Ok(Swap::Stored(_))), "{swap:?}");
    let there = load(&store, "a").await.expect("it was written");
    let there = there.expect("it was written").value.export();
    assert_eq!(there.expose_secret(), new.export().expose_secret());
}

async fn open(folder: &form::Folder) -> Result<SealedFileStore, Error> {
    SealedFileStore::open(folder.path(), KEYS.clone()).await
}

async fn load(store: &SealedFileStore, name: &str) -> Result<Option<Versioned<Connection>>, Error> {
    store.load(&ConnectionId::new(name)?).await
}

async fn gives(store: &SealedFileStore, expected: &[Found; 3]) {
    for (name, expected) in NAMES.iter().zip(expected) {
        let found = match load(store, name).await {
            Ok(None) => Found::Nothing,
            Ok(Some(found)) => {
                let shown = format!("{:?}", found.value);
                assert!(!shown.contains(HUSH), "{shown}");
                Found::Connection(found.value.export().expose_secret().to_owned())
            }
            Err(error) => {
                refused(&error);
                Found::Error
            }
        };
        assert_eq!(found, *expected, "{name}");
    }
}

fn names(of: &[(ConnectionId, Error)]) -> Vec<&str> {
    of.iter().for_each(|(_, error)| refused(error));
    of.iter().map(|(id, _)| id.as_str()).collect()
}

/// An error is one of those that are documented, and has no secret in it.
fn refused(error: &Error) {
    let code = error.code().unwrap_or_default();
    // The tokens in a connection are in a form of their own, whose error has no code.
    let tokens = error.message() == "the stored tokens are not ours";
    let ours = code.starts_with("record_") || code.starts_with("list_") || tokens;
    assert!(ours, "{error:?}");
    assert!(matches!(
        error.kind(),
        ErrorKind::Untrusted | ErrorKind::Config
    ));
    let shown = format!("{error} {error:?} {}", error.advice());
    assert!(!shown.contains(HUSH), "{shown}");
    for key in [KEY, OLD] {
        assert!(!shown.contains(key_text(key).trim_end_matches('=')));
    }
}
