//! Many at once.

use futures::future::{join, join_all};
use integrations_core::ErrorKind;
use integrations_core::storage::{GetOptions, PutOptions};

use super::Harness;
use crate::{Failure, Verdict, ensure, ensure_eq};

pub(super) async fn one_of_many_creators_wins(h: Harness) -> Verdict {
    let key = h.key("object");
    let writers = (0..8).map(|writer| {
        let (h, key) = (h.clone(), key.clone());
        async move {
            let body = format!("writer {writer}");
            (
                writer,
                h.storage.put(&key, body, PutOptions::create()).await,
            )
        }
    });
    let mut winners = Vec::new();
    for (writer, outcome) in join_all(writers).await {
        match outcome {
            Ok(_) => winners.push(writer),
            // A store may answer `Conflict` to writers that came at the same moment.
            Err(error)
                if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let [winner] = winners[..] else {
        return Err(Failure::new(format!(
            "the winners are {winners:?} and must be one"
        )));
    };
    ensure_eq!(
        h.read("object").await?,
        format!("writer {winner}"),
        "the bytes"
    );
    Ok(())
}

pub(super) async fn no_update_is_lost(h: Harness) -> Verdict {
    const WRITERS: usize = 4;
    const ROUNDS: usize = 5;
    h.put("counter", "0").await?;
    let writers = (0..WRITERS).map(|_| {
        let h = h.clone();
        async move {
            for _ in 0..ROUNDS {
                increment(&h).await?;
            }
            Ok::<(), Failure>(())
        }
    });
    for outcome in join_all(writers).await {
        outcome?;
    }
    ensure_eq!(
        h.read("counter").await?,
        (WRITERS * ROUNDS).to_string(),
        "the counter"
    );
    Ok(())
}

async fn increment(h: &Harness) -> Verdict {
    let key = h.key("counter");
    for _ in 0..500 {
        let read = h.storage.get(&key, GetOptions::default()).await?;
        let Some(etag) = read.meta.etag.clone() else {
            return Err(Failure::new("a read gives no entity tag"));
        };
        let text = String::from_utf8_lossy(&read.bytes().await?).into_owned();
        let count: u64 = text
            .parse()
            .map_err(|_| Failure::new(format!("it reads {text:?}")))?;
        let body = (count + 1).to_string();
        // The other writers come between, also where a store answers at once.
        tokio::task::yield_now().await;
        match h.storage.put(&key, body, PutOptions::update(etag)).await {
            Ok(_) => return Ok(()),
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::PreconditionFailed | ErrorKind::Conflict
                ) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failure::new("500 tries did not get one update through"))
}

fn version(letter: u8) -> Vec<u8> {
    vec![letter; 200_000]
}

pub(super) async fn the_last_writer_wins_whole(h: Harness) -> Verdict {
    let writers = (b'a'..=b'f').map(|letter| {
        let h = h.clone();
        async move { h.put("object", version(letter)).await }
    });
    for outcome in join_all(writers).await {
        outcome?;
    }
    whole(&h.storage.get_bytes(&h.key("object")).await?)
}

fn whole(bytes: &[u8]) -> Verdict {
    ensure_eq!(bytes.len(), 200_000, "the length");
    let first = bytes.first();
    ensure!(
        bytes.iter().all(|byte| Some(byte) == first),
        "bytes of two versions are mixed"
    );
    Ok(())
}

pub(super) async fn a_reader_never_sees_half_a_put(h: Harness) -> Verdict {
    h.put("object", version(b'a')).await?;
    let write = async {
        for round in 0..20_u8 {
            h.put("object", version(b'a' + round % 26)).await?;
        }
        Ok::<(), Failure>(())
    };
    let read = async {
        for _ in 0..20 {
            whole(&h.storage.get_bytes(&h.key("object")).await?)?;
        }
        Ok::<(), Failure>(())
    };
    let (written, seen) = join(write, read).await;
    written?;
    seen
}
