//! `rust-version` is what the workspace is built with, and nothing that nobody tried.

use std::path::Path;
use std::process::Command;

/// `1.95` of `1.95.0` and of `rustc 1.95.0 (hash date)`.
fn minor(version: &str) -> String {
    let mut words = version.split_whitespace();
    let number = words.find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    let parts: Vec<&str> = number.unwrap().split('.').collect();
    format!("{}.{}", parts[0], parts[1])
}

#[test]
fn the_stated_rust_version_is_the_one_that_is_built_with() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    // In this package's folder: a toolchain file would be heard here as it is by Cargo.
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(rustc)
        .arg("--version")
        .current_dir(root)
        .output();
    let built_with = String::from_utf8(output.unwrap().stdout).unwrap();
    let stated = env!("CARGO_PKG_RUST_VERSION");
    assert_eq!(
        minor(stated),
        minor(&built_with),
        "Cargo.toml states {stated}, and this is {built_with}: state the version that is tested"
    );
}

#[test]
fn a_version_is_read_in_every_form() {
    assert_eq!(minor("1.95"), "1.95");
    assert_eq!(minor("rustc 1.95.0-nightly (f3f8a2a 2026-02-01)"), "1.95");
}
