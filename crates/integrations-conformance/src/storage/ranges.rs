//! Reads of a part of an object (RFC 9110, section 14).

use integrations_core::storage::{ByteRange, GetOptions};

use super::Harness;
use crate::{Failure, Verdict, ensure_eq};

const TEXT: &str = "0123456789";

async fn range(h: &Harness, range: impl Into<ByteRange>) -> Result<String, Failure> {
    let bytes = h.storage.get_range(&h.key("digits"), range).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

pub(super) async fn a_bounded_range_gives_those_bytes(h: Harness) -> Verdict {
    h.put("digits", TEXT).await?;
    ensure_eq!(range(&h, 2..5).await?, "234", "bytes 2 to 5");
    ensure_eq!(range(&h, 0..1).await?, "0", "the first byte");
    ensure_eq!(range(&h, 9..10).await?, "9", "the last byte");
    ensure_eq!(range(&h, 0..10).await?, TEXT, "the whole object as a range");
    Ok(())
}

pub(super) async fn an_open_range_goes_to_the_end(h: Harness) -> Verdict {
    h.put("digits", TEXT).await?;
    ensure_eq!(range(&h, ByteRange::From(7)).await?, "789", "from byte 7");
    ensure_eq!(range(&h, ByteRange::From(0)).await?, TEXT, "from the start");
    Ok(())
}

pub(super) async fn a_suffix_gives_the_last_bytes(h: Harness) -> Verdict {
    h.put("digits", TEXT).await?;
    ensure_eq!(range(&h, ByteRange::Last(3)).await?, "789", "the last 3");
    ensure_eq!(range(&h, ByteRange::Last(10)).await?, TEXT, "the last 10");
    ensure_eq!(
        range(&h, ByteRange::Last(99)).await?,
        TEXT,
        "the last 99 of 10"
    );
    Ok(())
}

pub(super) async fn a_range_over_the_end_stops_there(h: Harness) -> Verdict {
    h.put("digits", TEXT).await?;
    ensure_eq!(range(&h, 8..99).await?, "89", "bytes 8 to 99 of 10");
    Ok(())
}

pub(super) async fn a_range_past_the_end_is_refused(h: Harness) -> Verdict {
    h.put("digits", TEXT).await?;
    for past in [
        ByteRange::Bounded(10..12),
        ByteRange::From(10),
        ByteRange::From(1000),
    ] {
        let text = format!("{past:?}");
        if let Ok(bytes) = range(&h, past).await {
            return Err(Failure::new(format!("{text} of 10 bytes gave {bytes:?}")));
        }
    }
    Ok(())
}

pub(super) async fn a_range_says_what_it_is_of(h: Harness) -> Verdict {
    h.put("digits", TEXT).await?;
    let read = h
        .storage
        .get(&h.key("digits"), GetOptions::range(ByteRange::Last(4)))
        .await?;
    ensure_eq!(read.range, 6..10, "the range");
    ensure_eq!(read.meta.size, 10, "the size of the whole object");
    Ok(())
}

pub(super) async fn every_single_byte_can_be_read(h: Harness) -> Verdict {
    h.put("digits", TEXT).await?;
    let mut all = String::new();
    for at in 0..10 {
        all.push_str(&range(&h, at..at + 1).await?);
    }
    ensure_eq!(all, TEXT, "the bytes put together");
    Ok(())
}
