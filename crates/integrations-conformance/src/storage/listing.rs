//! Listings.

use std::num::NonZeroU32;

use integrations_core::storage::{ListEntry, ListOptions};
use integrations_core::{Cursor, PageRequest};

use super::Harness;
use crate::{Failure, Verdict, ensure, ensure_eq};

/// Twenty-five objects: more than two pages of ten.
async fn many(h: &Harness) -> Result<Vec<String>, Failure> {
    let names: Vec<String> = (0..25).map(|n| format!("{n:02}")).collect();
    for name in &names {
        h.put(name, name.clone()).await?;
    }
    Ok(names)
}

fn limit(items: u32) -> PageRequest {
    PageRequest {
        cursor: None,
        limit: NonZeroU32::new(items),
    }
}

/// The names in a listing; prefixes are told from objects by a trailing `>`.
async fn entries(
    h: &Harness,
    options: ListOptions,
    first: PageRequest,
) -> Result<Vec<String>, Failure> {
    let all = h.storage.list_with(options, first).all().await?;
    let name = |entry: ListEntry| match entry {
        ListEntry::Object(meta) => h.name(meta.key.as_str()),
        other => h.name(other.name()).map(|name| format!("{name}>")),
    };
    all.into_iter().map(name).collect()
}

fn under(h: &Harness, prefix: &str) -> ListOptions {
    ListOptions::prefix(format!("{}{prefix}", h.prefix))
}

pub(super) async fn nothing_is_listed_under_a_new_prefix(h: Harness) -> Verdict {
    ensure_eq!(h.names("").await?, Vec::<String>::new(), "the listing");
    Ok(())
}

pub(super) async fn every_object_is_listed_once(h: Harness) -> Verdict {
    let expected = many(&h).await?;
    let objects = h.storage.list(h.prefix.clone()).all().await?;
    ensure!(
        objects.iter().all(|meta| meta.size == 2),
        "a listed size is wrong"
    );
    ensure_eq!(h.names("").await?, expected, "the listing");
    Ok(())
}

pub(super) async fn keys_are_in_byte_order(h: Harness) -> Verdict {
    // In bytes: `-` `/` `0` `A` `Z` `_` `a` `z` `é`.
    let expected = ["-", "0", "A", "Z", "_", "a", "a-b", "a/b", "a0", "z", "é"];
    for name in expected.iter().rev() {
        h.put(name, "x").await?;
    }
    ensure_eq!(h.names("").await?, expected, "the listing");
    Ok(())
}

pub(super) async fn a_prefix_is_text_and_not_a_folder(h: Harness) -> Verdict {
    for name in ["photo", "photo-1", "photos/a", "phone", "x/photo"] {
        h.put(name, "x").await?;
    }
    ensure_eq!(
        h.names("photo").await?,
        ["photo", "photo-1", "photos/a"],
        "under `photo`"
    );
    ensure_eq!(h.names("photos/").await?, ["photos/a"], "under `photos/`");
    ensure_eq!(h.names("no").await?, Vec::<String>::new(), "under `no`");
    Ok(())
}

pub(super) async fn a_key_is_its_own_prefix(h: Harness) -> Verdict {
    h.put("dir/file", "x").await?;
    h.put("dir/other", "x").await?;
    ensure_eq!(h.names("dir/file").await?, ["dir/file"], "under the key");
    Ok(())
}

pub(super) async fn small_pages_lose_nothing(h: Harness) -> Verdict {
    let expected = many(&h).await?;
    for size in 1..=3 {
        let seen = entries(&h, under(&h, ""), limit(size)).await?;
        ensure_eq!(seen, expected, "in pages of {size}");
    }
    Ok(())
}

pub(super) async fn a_listing_goes_on_at_a_stored_cursor(h: Harness) -> Verdict {
    let expected = many(&h).await?;
    let mut seen = Vec::new();
    let mut cursor: Option<String> = None;
    for _ in 0..expected.len() + 1 {
        // As if the application had been started again between the pages.
        let request = PageRequest {
            cursor: cursor.map(Cursor::new),
            limit: NonZeroU32::new(7),
        };
        let mut list = h.storage.list_with(under(&h, ""), request);
        let Some(page) = list.next_page().await? else {
            break;
        };
        for entry in &page.items {
            seen.push(h.name(entry.name())?);
        }
        cursor = page.next.map(Cursor::into_string);
        if cursor.is_none() {
            break;
        }
    }
    ensure_eq!(seen, expected, "the pages together");
    Ok(())
}

const TREE: [&str; 8] = [
    "a",
    "dir/1",
    "dir/2",
    "dir/sub/3",
    "dir2/4",
    "dir-x",
    "other/5",
    "z",
];

async fn tree(h: &Harness) -> Verdict {
    for name in TREE {
        h.put(name, "x").await?;
    }
    Ok(())
}

pub(super) async fn a_delimiter_folds_keys(h: Harness) -> Verdict {
    tree(&h).await?;
    let mut top = entries(
        &h,
        under(&h, "").with_delimiter("/"),
        PageRequest::default(),
    )
    .await?;
    top.sort();
    let mut expected = ["a", "dir-x", "dir/>", "dir2/>", "other/>", "z"];
    expected.sort_unstable();
    ensure_eq!(top, expected, "the top");
    let mut dir = entries(
        &h,
        under(&h, "dir/").with_delimiter("/"),
        PageRequest::default(),
    )
    .await?;
    dir.sort();
    ensure_eq!(dir, ["dir/1", "dir/2", "dir/sub/>"], "below `dir/`");
    Ok(())
}

pub(super) async fn folded_pages_lose_nothing(h: Harness) -> Verdict {
    tree(&h).await?;
    for size in 1..=3 {
        let mut seen = entries(&h, under(&h, "").with_delimiter("/"), limit(size)).await?;
        seen.sort();
        let mut expected = ["a", "dir-x", "dir/>", "dir2/>", "other/>", "z"];
        expected.sort_unstable();
        ensure_eq!(seen, expected, "in pages of {size}");
    }
    Ok(())
}

pub(super) async fn any_text_can_be_a_delimiter(h: Harness) -> Verdict {
    for name in ["a-b", "a-c", "ab", "x/y"] {
        h.put(name, "x").await?;
    }
    let mut seen = entries(
        &h,
        under(&h, "").with_delimiter("-"),
        PageRequest::default(),
    )
    .await?;
    // The behaviour's own prefix holds dashes: it must not be folded.
    seen.sort();
    ensure_eq!(seen, ["a->", "ab", "x/y"], "folded at a dash");
    Ok(())
}

pub(super) async fn a_listing_starts_after_a_key(h: Harness) -> Verdict {
    for name in ["a", "b", "c", "d"] {
        h.put(name, "x").await?;
    }
    for (start, expected) in [("b", vec!["c", "d"]), ("bb", vec!["c", "d"]), ("d", vec![])] {
        let options = under(&h, "").with_start_after(format!("{}{start}", h.prefix));
        let seen = entries(&h, options, limit(1)).await?;
        ensure_eq!(seen, expected, "after {start:?}");
    }
    Ok(())
}

pub(super) async fn what_is_written_is_listed_at_once(h: Harness) -> Verdict {
    for round in 0..5 {
        let name = format!("round-{round}");
        h.put(&name, "x").await?;
        ensure_eq!(h.names("").await?, [name.as_str()], "after the put");
        h.storage.delete(&h.key(&name)).await?;
        ensure_eq!(h.names("").await?, Vec::<String>::new(), "after the delete");
    }
    Ok(())
}
