//! The markers in the tests of a crate, and the suites that they stand on.

use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Expr, Ident, Item, ItemMod, Meta, Token};

use super::constants::Constants;
use super::marker::{Leg, Marker, START, Scope};
use super::tree::{Crate, File, text};

/// Behaviours that are not run, with the reason.
type Exceptions = Vec<(String, String)>;

/// A suite that is run as tests, with one marker. With several there are several of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Suite {
    pub(super) provider: String,
    pub(super) leg: Leg,
    pub(super) source: String,
    /// The category whose suite it is.
    pub(super) category: String,
    pub(super) except: Exceptions,
    /// Capabilities and hooks that are missing.
    pub(super) without: Vec<String>,
    /// Where it is, for messages.
    pub(super) place: String,
}

/// A test with a marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Test {
    pub(super) provider: String,
    pub(super) operations: Vec<String>,
    pub(super) leg: Leg,
    pub(super) source: String,
    /// The test's name.
    pub(super) name: String,
    /// Its file, and its name for messages.
    pub(super) place: String,
}

/// What a crate's tests are evidence of.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) suites: Vec<Suite>,
    pub(super) tests: Vec<Test>,
    pub(super) problems: Vec<String>,
}

/// Reads a crate's markers. `show` writes a file's path for the page and for messages.
pub(super) fn read(krate: &Crate, show: impl Fn(&File) -> String) -> Found {
    let constants = Constants::of(krate);
    let mut found = Found::default();
    for file in krate.files() {
        let mut reader = Reader {
            file: show(file),
            constants: &constants,
            found: &mut found,
            read: Vec::new(),
        };
        reader.items(&file.items);
        reader.strays(&file.text);
    }
    found
}

struct Reader<'a> {
    file: String,
    constants: &'a Constants<'a>,
    found: &'a mut Found,
    /// The markers that were read, to know those that stand elsewhere.
    read: Vec<String>,
}

impl Reader<'_> {
    fn items(&mut self, items: &[Item]) {
        for item in items {
            match item {
                Item::Fn(item) => self.test(&item.attrs, &item.sig.ident),
                Item::Mod(module) => {
                    self.suite(module);
                    let items = module.content.as_ref().map(|(_, items)| items.as_slice());
                    self.items(items.unwrap_or_default());
                }
                _ => {}
            }
        }
    }

    /// The markers of a test.
    fn test(&mut self, attributes: &[Attribute], name: &Ident) {
        let markers = self.markers(attributes, name);
        if markers.is_empty() {
            return;
        }
        let has = |last: &str| {
            let mut paths = attributes.iter().map(Attribute::path);
            paths.any(|path| path.segments.last().is_some_and(|one| one.ident == last))
        };
        if !has("test") {
            return self.problem(name, "the marker is on a function that is no test");
        }
        if has("ignore") {
            return self.problem(name, "a test that is not run is no evidence");
        }
        for marker in markers {
            let Scope::Operations(operations) = marker.scope else {
                self.problem(name, "a test names its operations; `suite` is for a module");
                continue;
            };
            self.found.tests.push(Test {
                provider: marker.provider,
                operations,
                leg: marker.leg,
                source: marker.source,
                name: name.to_string(),
                place: self.file.clone(),
            });
        }
    }

    /// The markers of a module around a suite's tests.
    fn suite(&mut self, module: &ItemMod) {
        let name = &module.ident;
        let markers = self.markers(&module.attrs, name);
        if markers.is_empty() {
            return;
        }
        let items = module.content.as_ref().map(|(_, items)| items.as_slice());
        let suites: Vec<(String, &TokenStream)> = items
            .unwrap_or_default()
            .iter()
            .filter_map(suite_macro)
            .collect();
        let [(category, tokens)] = &suites[..] else {
            let what = "the marker is on a module without exactly one suite's tests in it";
            return self.problem(name, what);
        };
        let (except, without) = match self.lists((*tokens).clone()) {
            Ok(lists) => lists,
            Err(error) => return self.problem(name, &error),
        };
        for marker in markers {
            if marker.scope != Scope::Suite {
                self.problem(name, "a module's operations are those of its `suite`");
                continue;
            }
            self.found.suites.push(Suite {
                provider: marker.provider,
                leg: marker.leg,
                source: marker.source,
                category: category.clone(),
                except: except.clone(),
                without: without.clone(),
                place: format!("{}: {name}", self.file),
            });
        }
    }

    /// The exceptions of a suite, and what is missing.
    fn lists(&self, tokens: TokenStream) -> Result<(Exceptions, Vec<String>), String> {
        let parsed = Arguments::parse.parse2(tokens).map_err(|e| e.to_string())?;
        if parsed.complete {
            return Ok(Default::default());
        }
        let Some(without) = &parsed.without else {
            let what = "a suite with a marker says with `without` what is missing, or `complete`, so \
                        that nothing is skipped unseen";
            return Err(what.to_owned());
        };
        let except = match &parsed.except {
            Some(except) => self.constants.pairs(except)?,
            None => Vec::new(),
        };
        Ok((except, self.constants.texts(without)?))
    }

    fn markers(&mut self, attributes: &[Attribute], name: &Ident) -> Vec<Marker> {
        let mut markers = Vec::new();
        for line in attributes.iter().filter_map(documentation) {
            let Some(marker) = line.trim().strip_prefix(START) else {
                continue;
            };
            self.read.push(line.trim().to_owned());
            match Marker::read(marker) {
                Ok(marker) => markers.push(marker),
                Err(error) => self.problem(name, &error),
            }
        }
        markers
    }

    /// Markers that are on no test: the test went and the marker stayed.
    fn strays(&mut self, text: &str) {
        for (number, line) in text.lines().enumerate() {
            let Some(comment) = line.trim().strip_prefix("//") else {
                continue;
            };
            let comment = comment.trim_start_matches(['/', '!']).trim();
            if !comment.starts_with(START) {
                continue;
            }
            match self.read.iter().position(|read| read == comment) {
                Some(at) => drop(self.read.swap_remove(at)),
                None => self.found.problems.push(format!(
                    "{}:{}: the marker is on no test and no module",
                    self.file,
                    number + 1
                )),
            }
        }
    }

    fn problem(&mut self, name: &Ident, what: &str) {
        let problem = format!("{}: {name}: {what}", self.file);
        self.found.problems.push(problem);
    }
}

/// A line of documentation.
fn documentation(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(value) if value.path.is_ident("doc") => text(&value.value),
        _ => None,
    }
}

/// The category of a suite's macro, and what it is given.
fn suite_macro(item: &Item) -> Option<(String, &TokenStream)> {
    let Item::Macro(item) = item else {
        return None;
    };
    let name = item.mac.path.segments.last()?.ident.to_string();
    let category = name.strip_suffix("_tests")?.to_owned();
    Some((category, &item.mac.tokens))
}

/// `harness, except LIST, without LIST`, or `harness, complete`.
#[derive(Default)]
struct Arguments {
    except: Option<Expr>,
    without: Option<Expr>,
    complete: bool,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut this = Self::default();
        input.parse::<Expr>()?;
        while input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            let word: Ident = input.parse()?;
            if word == "complete" {
                this.complete = true;
            } else if word == "except" {
                this.except = Some(input.parse()?);
            } else if word == "without" {
                this.without = Some(input.parse()?);
            } else {
                let what = "expected `except`, `without` or `complete`";
                return Err(syn::Error::new(word.span(), what));
            }
        }
        Ok(this)
    }
}
