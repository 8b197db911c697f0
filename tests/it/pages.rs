//! Every example of the README and of the guide is a test of the documentation.

use std::path::{Path, PathBuf};

/// The Markdown files of a folder, and of the folders in it.
fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pages(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "md") {
            found.push(path);
        }
    }
}

/// The fences of a page that begin an example in Rust, with the line after them.
fn examples(text: &str) -> Vec<(&str, &str)> {
    let lines: Vec<&str> = text.lines().collect();
    let pairs = lines.windows(2).map(|pair| (pair[0], pair[1]));
    pairs
        .filter(|(fence, _)| fence.starts_with("```rust"))
        .collect()
}

#[test]
fn every_page_with_an_example_is_compiled() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let listed = std::fs::read_to_string(root.join("tests/lib.rs")).unwrap();
    let mut all = vec![root.join("README.md")];
    pages(&root.join("docs/guide/src"), &mut all);
    let mut seen = 0;
    for page in all {
        let text = std::fs::read_to_string(&page).unwrap();
        let examples = examples(&text);
        let name = page.strip_prefix(root).unwrap().display().to_string();
        if !examples.is_empty() {
            seen += examples.len();
            assert!(listed.contains(&format!("\"../{name}\"")), "{name}");
        }
        for (fence, first) in examples {
            // What is included is compiled where it stands.
            let included = first.starts_with("{{#include");
            assert_eq!(
                fence.contains("ignore"),
                included,
                "{name}: {fence} {first}"
            );
        }
    }
    assert!(seen > 10, "{seen} examples were found");
}
