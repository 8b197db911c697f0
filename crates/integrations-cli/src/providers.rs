//! `integrations providers`: what this program knows.

use std::process::ExitCode;

use integrations::config::FieldKind;
use integrations::operation::OperationSpec;
use integrations::registry::Factory;
use serde::Serialize;

use crate::output::{Output, table};
use crate::{Failure, Outcome};

/// Which providers to show.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// One provider, with every field that it takes.
    name: Option<String>,
    /// Only providers of this category.
    #[arg(long)]
    category: Option<String>,
}

#[derive(Serialize)]
struct Shown {
    name: String,
    category: String,
    summary: &'static str,
    fields: Vec<ShownField>,
    operations: Vec<OperationSpec>,
}

#[derive(Serialize)]
struct ShownField {
    name: &'static str,
    kind: &'static str,
    required: bool,
    secret: bool,
    default: Option<&'static str>,
    environment: &'static [&'static str],
    help: &'static str,
}

pub(crate) fn run(args: &Args, output: &Output) -> Outcome {
    let registry = integrations::registry();
    let mut shown: Vec<Shown> = registry.factories().iter().map(show).collect();
    if let Some(category) = &args.category {
        shown.retain(|provider| provider.category == *category);
    }
    if let Some(name) = &args.name {
        let found = registry.factory(name);
        found.map_err(|error| Failure::usage(error.message().to_owned()))?;
        shown.retain(|provider| provider.name == *name);
    }
    if shown.is_empty() {
        return Err(Failure::usage(
            "no provider matches; see `integrations providers`",
        ));
    }
    output.show(&shown, || match shown.as_slice() {
        [one] if args.name.is_some() => details(one),
        all => overview(all),
    });
    Ok(ExitCode::SUCCESS)
}

fn show(factory: &Factory) -> Shown {
    Shown {
        name: factory.name().to_owned(),
        category: factory.category().to_string(),
        summary: factory.summary(),
        fields: factory
            .fields()
            .iter()
            .map(|field| ShownField {
                name: field.name,
                kind: match field.kind {
                    FieldKind::Bool => "bool",
                    FieldKind::Integer => "integer",
                    FieldKind::List => "list",
                    _ => "text",
                },
                required: field.required,
                secret: field.secret,
                default: field.default,
                environment: field.env,
                help: field.help,
            })
            .collect(),
        operations: factory.operations().to_vec(),
    }
}

fn overview(all: &[Shown]) -> String {
    let rows = all.iter().map(|provider| {
        let required = provider.fields.iter().filter(|field| field.required);
        let required: Vec<&str> = required.map(|field| field.name).collect();
        let required = if required.is_empty() {
            "nothing".to_owned()
        } else {
            required.join(", ")
        };
        [
            provider.category.clone(),
            provider.name.clone(),
            required,
            provider.summary.to_owned(),
        ]
    });
    let mut rows: Vec<_> = rows.collect();
    rows.sort();
    table(&["category", "provider", "requires", "what it does"], rows)
}

fn details(one: &Shown) -> String {
    let rows = one.fields.iter().map(|field| {
        let mut notes = Vec::new();
        if field.required {
            notes.push("required".to_owned());
        }
        if field.secret {
            notes.push("secret".to_owned());
        }
        if let Some(default) = field.default {
            notes.push(format!("default {default}"));
        }
        let environment: Vec<String> = field
            .environment
            .iter()
            .map(|name| format!("${name}"))
            .collect();
        [
            field.name.to_owned(),
            field.kind.to_owned(),
            notes.join(", "),
            environment.join(" "),
            field.help.to_owned(),
        ]
    });
    let fields = table(&["field", "takes", "notes", "environment", "meaning"], rows);
    let text = format!(
        "{} ({}): {}\n\n{fields}",
        one.name, one.category, one.summary
    );
    if one.operations.is_empty() {
        return text;
    }
    let rows = one.operations.iter().map(|spec| {
        let again = if spec.repeats_lost_answers() {
            spec.mechanism
        } else {
            "is not sent again"
        };
        [spec.name, spec.request, spec.safety.as_str(), again].map(str::to_owned)
    });
    let headings = ["operation", "request", "safety", "when its answer is lost"];
    format!("{text}\n\n{}", table(&headings, rows))
}
