//! The source files of a crate, as its roots reach them: a file that no `mod` names is not
//! compiled, and proves nothing.

use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Expr, Item, ItemMod, Lit, Meta};

/// A source file.
pub(super) struct File {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Its text.
    pub(super) text: String,
    /// What is in it.
    pub(super) items: Vec<Item>,
    /// Whether it is compiled for tests only.
    pub(super) test: bool,
}

/// A crate's files.
pub(super) struct Crate {
    /// The folder's name.
    pub(super) name: String,
    /// Its library or program, and its unit tests.
    pub(super) sources: Vec<File>,
    /// Its integration tests.
    pub(super) tests: Vec<File>,
}

impl Crate {
    /// The crate in a folder. `tests` is where its integration tests are.
    pub(super) fn read(folder: &Path, tests: &Path) -> Result<Self, String> {
        let name = folder.file_name().unwrap_or_default();
        let mut this = Self {
            name: name.to_string_lossy().into_owned(),
            sources: Vec::new(),
            tests: Vec::new(),
        };
        for root in ["src/lib.rs", "src/main.rs"].map(|root| folder.join(root)) {
            if root.is_file() {
                read(&root, true, false, &mut this.sources)?;
            }
        }
        for entry in entries(tests)? {
            let main = entry.join("main.rs");
            if entry.extension().is_some_and(|end| end == "rs") {
                read(&entry, true, true, &mut this.tests)?;
            } else if main.is_file() {
                read(&main, true, true, &mut this.tests)?;
            }
        }
        Ok(this)
    }

    /// Every file.
    pub(super) fn files(&self) -> impl Iterator<Item = &File> {
        self.sources.iter().chain(&self.tests)
    }
}

/// What is in a folder, in an order that stays the same; nothing when there is no such folder.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| format!("{}: {e}", folder.display()))?
        .into_iter()
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    Ok(paths)
}

/// Reads a file and the files of its modules. A root's modules, and those of a `mod.rs`, are beside
/// it; those of any other file are in the folder of its name.
fn read(path: &Path, root: bool, test: bool, files: &mut Vec<File>) -> Result<(), String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let parsed = syn::parse_file(&text).map_err(|e| format!("{}: {e}", path.display()))?;
    let folder = path.parent().unwrap_or(path);
    let beside = root || path.ends_with("mod.rs");
    let below = if beside {
        folder.to_path_buf()
    } else {
        path.with_extension("")
    };
    let mut modules = Vec::new();
    named(&parsed.items, &below, folder, test, &mut modules);
    files.push(File {
        path: path.to_path_buf(),
        text,
        items: parsed.items,
        test,
    });
    for (path, test) in modules {
        read(&path, false, test, files)?;
    }
    Ok(())
}

/// The files that modules name, and whether they are for tests only.
fn named(
    items: &[Item],
    below: &Path,
    beside: &Path,
    test: bool,
    found: &mut Vec<(PathBuf, bool)>,
) {
    for item in items {
        let Item::Mod(module) = item else { continue };
        let test = test || is_test(&module.attrs);
        let name = module.ident.to_string();
        match &module.content {
            Some((_, items)) => {
                let folder = below.join(name);
                named(items, &folder, &folder, test, found);
            }
            None => {
                let path = match given_path(module) {
                    Some(path) => beside.join(path),
                    None => {
                        let file = below.join(format!("{name}.rs"));
                        if file.is_file() {
                            file
                        } else {
                            below.join(name).join("mod.rs")
                        }
                    }
                };
                found.push((path, test));
            }
        }
    }
}

fn given_path(module: &ItemMod) -> Option<String> {
    module
        .attrs
        .iter()
        .find_map(|attribute| match &attribute.meta {
            Meta::NameValue(value) if value.path.is_ident("path") => text(&value.value),
            _ => None,
        })
}

/// Whether something is compiled for tests only.
pub(super) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => has_ident(&list.tokens, "test"),
        _ => false,
    })
}

fn has_ident(tokens: &TokenStream, name: &str) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => has_ident(&group.stream(), name),
        _ => false,
    })
}

/// The text of a string literal.
pub(super) fn text(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}
