//! Names of objects.

use integrations_core::storage::ObjectKey;

use super::Harness;
use crate::{Verdict, ensure_eq};

/// Stores each name with itself as bytes, and expects to read and list them all.
async fn keeps(h: &Harness, names: &[&str]) -> Verdict {
    for name in names {
        h.put(name, name.as_bytes().to_vec()).await?;
    }
    for name in names {
        h.holds(name, name.as_bytes()).await?;
    }
    let mut expected: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    expected.sort();
    ensure_eq!(h.names("").await?, expected, "the listing");
    for name in names {
        h.storage.delete(&h.key(name)).await?;
    }
    ensure_eq!(
        h.names("").await?,
        Vec::<String>::new(),
        "the listing after the deletes"
    );
    Ok(())
}

/// Keys that servers and URL libraries are known to get wrong.
pub(super) const ODD: [&str; 20] = [
    "hello world.txt",
    "plus+sign",
    "percent%41",
    "percent%2Fslash",
    "question?mark",
    "hash#tag",
    "ampersand&equals=",
    "semi;colon,comma",
    "at@dollar$",
    "quote'double\"",
    "<angle>",
    "{brace}[bracket]",
    "back\\slash",
    "pipe|caret^",
    "tilde~grave`",
    "star*!()",
    "umlaut-ü-é-ß",
    "日本語/ключ",
    "emoji-😀.png",
    "three...dots",
];

pub(super) async fn odd_keys_are_kept(h: Harness) -> Verdict {
    keeps(&h, &ODD).await
}

pub(super) async fn keys_are_bytes_and_not_paths(h: Harness) -> Verdict {
    keeps(&h, &["a/b", "a//b", "a/b//", "/a/b", "//a/b", "a///b"]).await
}

pub(super) async fn letters_keep_their_case(h: Harness) -> Verdict {
    keeps(&h, &["readme", "README", "ReadMe", "dir/x", "Dir/x"]).await
}

pub(super) async fn unicode_is_not_normalised(h: Harness) -> Verdict {
    keeps(&h, &["caf\u{e9}", "cafe\u{301}"]).await
}

pub(super) async fn a_key_may_be_the_start_of_another(h: Harness) -> Verdict {
    keeps(&h, &["a", "a/b", "a/b/c", "ab"]).await
}

pub(super) async fn names_that_file_systems_dislike_are_keys(h: Harness) -> Verdict {
    keeps(
        &h,
        &[
            "CON",
            "aux.txt",
            "dir./file.",
            "name ",
            "a:b",
            ".hidden",
            "~",
        ],
    )
    .await
}

pub(super) async fn long_keys_are_kept(h: Harness) -> Verdict {
    let most = match h.storage.capabilities().max_key_len {
        0 => ObjectKey::MAX_LEN,
        most => most,
    };
    let length = most.min(1000).saturating_sub(h.prefix.len());
    let long = "k".repeat(length);
    // The same but for the last letter: names that are cut off would fall together.
    let other = format!("{}x", "k".repeat(length.saturating_sub(1)));
    keeps(&h, &[&long, &other]).await
}
