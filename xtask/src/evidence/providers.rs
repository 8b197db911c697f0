//! The providers: their names from their factories, their operations from the traits that they
//! implement.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Expr, ImplItem, Item, ItemImpl, Token, Type};

use super::constants::Constants;
use super::operations::{Category, Operation};
use super::tree::{Crate, is_test};

/// A provider.
#[derive(Debug, Clone)]
pub(super) struct Provider {
    /// The name under which operators know it.
    pub(super) name: String,
    /// Its category's name.
    pub(super) category: String,
    /// What it implements, in the order of the traits.
    pub(super) operations: Vec<Operation>,
}

/// The providers of a crate.
pub(super) fn read(krate: &Crate, categories: &[Category]) -> Result<Vec<Provider>, String> {
    let (mut factories, mut impls) = (Vec::new(), Vec::new());
    for file in krate.sources.iter().filter(|file| !file.test) {
        visit(&file.items, &mut factories, &mut impls)
            .map_err(|e| format!("{}: {e}", file.path.display()))?;
    }
    let constants = Constants::of(krate);
    let mut providers: Vec<Provider> = Vec::new();
    for factory in factories {
        let name = constants
            .text(&factory.name)
            .map_err(|e| format!("{}: the name of a factory: {e}", krate.name))?;
        let Some(category) = categories.iter().find(|one| one.name == factory.category) else {
            return Err(format!(
                "{}: the provider {name} is of a category {} that the core does not have",
                krate.name, factory.category
            ));
        };
        let types: Vec<&String> = impls
            .iter()
            .filter(|one| one.of == category.provider)
            .map(|one| &one.by)
            .collect();
        if types.len() != 1 || providers.iter().any(|one| one.category == category.name) {
            return Err(format!(
                "{}: which type is the provider {name} cannot be told: {} implement {} there; a \
                 crate has one provider of a category",
                krate.name,
                types.len(),
                category.provider
            ));
        }
        let implemented = |operation: &&Operation| {
            impls
                .iter()
                .any(|one| one.of == operation.of && one.methods.contains(&operation.method))
        };
        providers.push(Provider {
            name,
            category: category.name.clone(),
            operations: category
                .operations
                .iter()
                .filter(implemented)
                .cloned()
                .collect(),
        });
    }
    Ok(providers)
}

/// What a factory is made with.
struct Factory {
    name: Expr,
    category: String,
}

/// A trait that a type implements.
struct Impl {
    of: String,
    by: String,
    methods: Vec<String>,
}

fn visit(
    items: &[Item],
    factories: &mut Vec<Factory>,
    impls: &mut Vec<Impl>,
) -> Result<(), syn::Error> {
    for item in items {
        match item {
            Item::Mod(module) if is_test(&module.attrs) => {}
            Item::Mod(module) => {
                let items = module.content.as_ref().map(|(_, items)| items.as_slice());
                visit(items.unwrap_or_default(), factories, impls)?;
            }
            Item::Impl(item) => {
                impls.extend(implemented(item));
                find_factories(item.to_token_stream(), factories)?;
            }
            other => find_factories(other.to_token_stream(), factories)?,
        }
    }
    Ok(())
}

fn implemented(item: &ItemImpl) -> Option<Impl> {
    let (of, _) = item.trait_.as_ref()?;
    let Type::Path(by) = &*item.self_ty else {
        return None;
    };
    let methods = item.items.iter().filter_map(|item| match item {
        ImplItem::Fn(method) => Some(method.sig.ident.to_string()),
        _ => None,
    });
    Some(Impl {
        of: of.segments.last()?.ident.to_string(),
        by: by.path.segments.last()?.ident.to_string(),
        methods: methods.collect(),
    })
}

/// Every `Factory::new("name", Category::CONSTANT, …`, also within macros, which are not parsed.
fn find_factories(tokens: TokenStream, found: &mut Vec<Factory>) -> Result<(), syn::Error> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else {
            continue;
        };
        if ends_with(&tokens[..at], "Factory", "new") {
            let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
            found.extend(factory(parser.parse2(group.stream())?));
        }
        find_factories(group.stream(), found)?;
    }
    Ok(())
}

/// The name and category that a factory is made with. One of an application's own category has no
/// constant, and is not on the page.
fn factory(arguments: Punctuated<Expr, Token![,]>) -> Option<Factory> {
    let mut arguments = arguments.into_iter();
    let (name, category) = (arguments.next()?, arguments.next()?);
    let Expr::Path(path) = category else {
        return None;
    };
    let constant = path.path.segments.last()?.ident.to_string();
    Some(Factory {
        name,
        category: constant.to_ascii_lowercase(),
    })
}

fn ends_with(tokens: &[TokenTree], first: &str, second: &str) -> bool {
    let [.., a, b, c, d] = tokens else {
        return false;
    };
    let ident = |token: &TokenTree, name: &str| matches!(token, TokenTree::Ident(i) if i == name);
    let colon = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ':');
    ident(a, first) && colon(b) && colon(c) && ident(d, second)
}
