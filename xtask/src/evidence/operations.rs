//! The categories and their operations, as the traits of the core have them.

use std::path::Path;

use syn::{
    FnArg, GenericArgument, Item, ItemTrait, PathArguments, ReturnType, TraitItem, Type,
    TypeParamBound,
};

use super::tree::Crate;

/// A category.
#[derive(Debug, Clone)]
pub(super) struct Category {
    /// Its name, which is also its folder's in the core.
    pub(super) name: String,
    /// The trait that its providers implement.
    pub(super) provider: String,
    /// What can be done with it, in the order of the traits.
    pub(super) operations: Vec<Operation>,
}

/// Something that can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Operation {
    /// The method's name; one of a group with the group before it: `vault.list`.
    pub(super) name: String,
    /// Where it is.
    pub(super) of: String,
    /// The method's name.
    pub(super) method: String,
}

/// The categories of the core: one for each folder with a trait over `Integration`.
pub(super) fn read(core: &Crate) -> Result<Vec<Category>, String> {
    let mut traits = Vec::new();
    for file in core.sources.iter().filter(|file| !file.test) {
        let found = file.items.iter().filter_map(|item| match item {
            Item::Trait(item) => Some((file.path.as_path(), item)),
            _ => None,
        });
        traits.extend(found);
    }
    let mut categories = Vec::new();
    for (path, item) in &traits {
        if is_provider(item) {
            categories.push(category(path, item, &traits)?);
        }
    }
    categories.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(categories)
}

fn is_provider(item: &ItemTrait) -> bool {
    item.supertraits.iter().any(
        |bound| matches!(bound, TypeParamBound::Trait(bound) if bound.path.is_ident("Integration")),
    )
}

fn category(
    path: &Path,
    provider: &ItemTrait,
    traits: &[(&Path, &ItemTrait)],
) -> Result<Category, String> {
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
    let mut operations = own(provider, None);
    for (group, of) in provider.items.iter().filter_map(group) {
        let Some((_, item)) = traits.iter().find(|(_, item)| item.ident == of) else {
            return Err(format!("{}: there is no trait {of}", path.display()));
        };
        operations.extend(own(item, Some(&group)));
    }
    Ok(Category {
        name: folder.to_string_lossy().into_owned(),
        provider: provider.ident.to_string(),
        operations,
    })
}

/// A trait's own operations: the methods that can fail. The rest only says something.
fn own(item: &ItemTrait, group: Option<&str>) -> Vec<Operation> {
    let methods = item.items.iter().filter_map(|item| match item {
        TraitItem::Fn(method) => Some(&method.sig),
        _ => None,
    });
    methods
        .filter(|signature| {
            matches!(signature.inputs.first(), Some(FnArg::Receiver(_)))
                && returned(&signature.output).is_some_and(|(name, _)| name == "Result")
        })
        .map(|signature| {
            let method = signature.ident.to_string();
            Operation {
                name: group.map_or_else(|| method.clone(), |group| format!("{group}.{method}")),
                of: item.ident.to_string(),
                method,
            }
        })
        .collect()
}

/// A method that gives a group: its name, and the group's trait.
fn group(item: &TraitItem) -> Option<(String, String)> {
    let TraitItem::Fn(method) = item else {
        return None;
    };
    let (name, arguments) = returned(&method.sig.output)?;
    let PathArguments::AngleBracketed(arguments) = arguments else {
        return None;
    };
    let GenericArgument::Type(Type::Reference(reference)) = arguments.args.first()? else {
        return None;
    };
    let Type::TraitObject(object) = &*reference.elem else {
        return None;
    };
    let TypeParamBound::Trait(bound) = object.bounds.first()? else {
        return None;
    };
    let of = bound.path.segments.last()?.ident.to_string();
    (name == "Option").then(|| (method.sig.ident.to_string(), of))
}

/// The name and arguments of the type that a method answers.
fn returned(output: &ReturnType) -> Option<(String, &PathArguments)> {
    let ReturnType::Type(_, answer) = output else {
        return None;
    };
    let Type::Path(answer) = &**answer else {
        return None;
    };
    let last = answer.path.segments.last()?;
    Some((last.ident.to_string(), &last.arguments))
}
