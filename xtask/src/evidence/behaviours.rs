//! The behaviours of the suites, as `crates/integrations-conformance/operations` has them. A test
//! of the embedded providers writes those lists and checks them.

use std::collections::BTreeMap;
use std::path::Path;

use super::operations::Category;
use super::tree::entries;

/// A behaviour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Behaviour {
    pub(super) name: String,
    /// The capabilities and hooks that it needs.
    pub(super) needs: Vec<String>,
    /// The operations that it exercises.
    pub(super) operations: Vec<String>,
}

/// The behaviours by category.
pub(super) fn read(
    folder: &Path,
    categories: &[Category],
) -> Result<BTreeMap<String, Vec<Behaviour>>, String> {
    let mut behaviours = BTreeMap::new();
    for file in entries(folder)? {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let at = |what: String| format!("{}: {what}", file.display());
        let Some(category) = categories.iter().find(|one| one.name == name) else {
            return Err(at("the core has no such category".to_owned()));
        };
        let text = std::fs::read_to_string(&file).map_err(|e| at(e.to_string()))?;
        let lines = text.lines().map(|line| parse(line, category));
        let read: Result<Vec<_>, _> = lines.collect();
        behaviours.insert(name.into_owned(), read.map_err(at)?);
    }
    Ok(behaviours)
}

/// Reads `name | needs | operations`.
fn parse(line: &str, category: &Category) -> Result<Behaviour, String> {
    let fields: Vec<&str> = line.split('|').map(str::trim).collect();
    let [name, needs, operations] = fields[..] else {
        return Err(format!("{line:?} is not `name | needs | operations`"));
    };
    let list = |text: &str| -> Vec<String> {
        let parts = text.split(", ").filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    };
    let operations = list(operations);
    for operation in &operations {
        if category.operations.iter().all(|one| one.name != *operation) {
            return Err(format!("{name} exercises {operation}, which is none"));
        }
    }
    Ok(Behaviour {
        name: name.to_owned(),
        needs: list(needs),
        operations,
    })
}

#[cfg(test)]
mod tests {
    use super::super::operations::Operation;
    use super::*;

    fn storage() -> Category {
        let operation = |name: &str| Operation {
            name: name.to_owned(),
            of: "StorageProvider".to_owned(),
            method: name.to_owned(),
        };
        Category {
            name: "storage".to_owned(),
            provider: "StorageProvider".to_owned(),
            operations: vec![operation("put"), operation("get")],
        }
    }

    #[test]
    fn a_line_has_name_needs_and_operations() {
        let read = parse("keeps | tags, the hook `x` | get, put", &storage()).unwrap();
        assert_eq!(read.name, "keeps");
        assert_eq!(read.needs, ["tags", "the hook `x`"]);
        assert_eq!(read.operations, ["get", "put"]);
        let nothing = parse("refuses |  |", &storage()).unwrap();
        assert!(nothing.needs.is_empty() && nothing.operations.is_empty());
    }

    #[test]
    fn a_line_of_another_form_or_an_unknown_operation_is_refused() {
        assert!(parse("keeps | put", &storage()).is_err());
        let error = parse("keeps | | copy", &storage()).unwrap_err();
        assert!(error.contains("exercises copy, which is none"), "{error}");
    }
}
