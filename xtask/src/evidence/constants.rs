//! Constants of a crate: text and lists of it, as exceptions are written.

use std::collections::BTreeMap;

use syn::{Expr, Item, Lit};

use super::tree::Crate;

/// The constants of a crate, by name.
pub(super) struct Constants<'a>(BTreeMap<String, Vec<&'a Expr>>);

impl<'a> Constants<'a> {
    pub(super) fn of(krate: &'a Crate) -> Self {
        let mut this = Self(BTreeMap::new());
        for file in krate.files() {
            this.collect(&file.items);
        }
        this
    }

    fn collect(&mut self, items: &'a [Item]) {
        for item in items {
            match item {
                Item::Const(item) => {
                    let name = item.ident.to_string();
                    self.0.entry(name).or_default().push(&item.expr);
                }
                Item::Mod(module) => {
                    let items = module.content.as_ref().map(|(_, items)| items.as_slice());
                    self.collect(items.unwrap_or_default());
                }
                _ => {}
            }
        }
    }

    /// What a name stands for; anything else stands for itself.
    fn resolve<'e>(&self, expression: &'e Expr) -> Result<&'e Expr, String>
    where
        'a: 'e,
    {
        let Expr::Path(path) = expression else {
            return Ok(expression);
        };
        let last = path.path.segments.last();
        let name = last.map(|last| last.ident.to_string()).unwrap_or_default();
        match self.0.get(&name).map(Vec::as_slice) {
            Some([one]) => Ok(one),
            Some(_) => Err(format!("{name} names several constants of the crate")),
            None => Err(format!("{name} is no constant of the crate")),
        }
    }

    /// A text.
    pub(super) fn text(&self, expression: &Expr) -> Result<String, String> {
        match self.resolve(expression)? {
            Expr::Lit(literal) if let Lit::Str(text) = &literal.lit => Ok(text.value()),
            _ => Err("a text was expected".to_owned()),
        }
    }

    /// A list of texts.
    pub(super) fn texts(&self, expression: &Expr) -> Result<Vec<String>, String> {
        let list = self.list(expression)?;
        list.into_iter().map(|one| self.text(one)).collect()
    }

    /// A list of pairs of texts.
    pub(super) fn pairs(&self, expression: &Expr) -> Result<Vec<(String, String)>, String> {
        let pair = |one: &Expr| match one {
            Expr::Tuple(pair) if pair.elems.len() == 2 => {
                Ok((self.text(&pair.elems[0])?, self.text(&pair.elems[1])?))
            }
            _ => Err("a pair of a behaviour and a reason was expected".to_owned()),
        };
        self.list(expression)?.into_iter().map(pair).collect()
    }

    fn list<'e>(&self, expression: &'e Expr) -> Result<Vec<&'e Expr>, String>
    where
        'a: 'e,
    {
        let mut resolved = self.resolve(expression)?;
        while let Expr::Reference(reference) = resolved {
            resolved = &reference.expr;
        }
        match resolved {
            Expr::Array(array) => Ok(array.elems.iter().collect()),
            _ => Err("a list was expected".to_owned()),
        }
    }
}
