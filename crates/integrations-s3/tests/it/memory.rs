//! What an upload holds at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures::{StreamExt, stream};
use integrations_core::storage::{PutBody, PutOptions, Storage};

use crate::counterpart::{Server, key};

const MIB: usize = 1 << 20;

/// Bytes that count while they live.
struct Counted {
    bytes: Vec<u8>,
    held: Arc<AtomicUsize>,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.held.fetch_sub(self.bytes.len(), Ordering::Relaxed);
    }
}

#[tokio::test]
async fn an_upload_of_any_length_holds_a_few_parts() {
    let Some(s3) = Server::S3sFs.bucket().await else {
        return;
    };
    let held = Arc::new(AtomicUsize::new(0));
    let peak = Arc::new(AtomicUsize::new(0));
    let (count, most) = (held.clone(), peak.clone());
    // Pieces of a part's size are sent as they are, so all that is held is counted.
    let pieces = stream::iter(0..24).map(move |_| {
        let now = count.fetch_add(8 * MIB, Ordering::Relaxed) + 8 * MIB;
        most.fetch_max(now, Ordering::Relaxed);
        Ok(Bytes::from_owner(Counted {
            bytes: vec![1; 8 * MIB],
            held: count.clone(),
        }))
    });
    let body = PutBody::stream(pieces);
    let storage = Storage::new(s3);
    storage
        .put(&key("object"), body, PutOptions::default())
        .await
        .unwrap();
    assert_eq!(
        storage.head(&key("object")).await.unwrap().size,
        24 * 8 * MIB as u64
    );
    assert_eq!(held.load(Ordering::Relaxed), 0);
    // Three under way, the next, and the one that is being read.
    let peak = peak.load(Ordering::Relaxed) / MIB;
    assert!(peak <= 5 * 8, "{peak} MiB of 192 were held");
}
