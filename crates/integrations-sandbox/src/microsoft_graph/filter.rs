//! `$filter` and `$orderby` (<https://learn.microsoft.com/graph/filter-query-parameter>), over
//! events as they are answered in UTC.

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::Value;

use super::clause;
use super::properties::same_id;
use super::refusal::Refusal;
use super::state::{Answer, Fields};

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    Compare(Path, Op, Literal),
    /// `startswith`, `endswith`, `contains`.
    Text(String, Path, String),
    /// Some item of a collection fits: what it is called there, and what is said of it.
    Any(String, Box<Filter>),
}

/// A path of properties, such as `start/dateTime`.
pub(super) type Path = Vec<String>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Number(i64),
    Text(String),
    Instant(Timestamp),
}

impl Filter {
    pub(super) fn read(text: &str) -> Answer<Self> {
        clause::whole(text)
    }

    /// The condition of `$expand=singleValueExtendedProperties($filter=id eq '...')`: the ids.
    pub(super) fn ids(text: &str) -> Answer<Vec<String>> {
        let mut ids = Vec::new();
        collect(&clause::of_item(text)?, &mut ids)?;
        Ok(ids)
    }

    pub(super) fn fits(&self, fields: &Fields) -> bool {
        self.holds(&Value::Object(fields.clone()))
    }

    fn holds(&self, of: &Value) -> bool {
        match self {
            Self::And(one, other) => one.holds(of) && other.holds(of),
            Self::Or(one, other) => one.holds(of) || other.holds(of),
            Self::Not(one) => !one.holds(of),
            // Of extended properties the id, whose name is read with its case.
            Self::Compare(path, Op::Eq, Literal::Text(id)) if path == &["id"] => {
                of["id"].as_str().is_some_and(|own| same_id(own, id))
            }
            Self::Compare(path, op, literal) => compare(at(of, path), *op, literal),
            Self::Text(function, path, wanted) => {
                // Exchange compares without case.
                let text = at(of, path).as_str().unwrap_or_default().to_lowercase();
                let wanted = wanted.to_lowercase();
                match function.as_str() {
                    "startswith" => text.starts_with(&wanted),
                    "endswith" => text.ends_with(&wanted),
                    _ => text.contains(&wanted),
                }
            }
            Self::Any(name, filter) => {
                let all = of[name].as_array().into_iter().flatten();
                all.into_iter().any(|one| filter.holds(one))
            }
        }
    }
}

fn collect(filter: &Filter, ids: &mut Vec<String>) -> Answer<()> {
    match filter {
        Filter::Or(one, other) => {
            collect(one, ids)?;
            collect(other, ids)
        }
        Filter::Compare(path, Op::Eq, Literal::Text(id)) if path == &["id"] => {
            ids.push(id.clone());
            Ok(())
        }
        _ => Err(clause::wrong(
            "extended properties are expanded by their ids alone",
        )),
    }
}

fn at<'v>(of: &'v Value, path: &Path) -> &'v Value {
    path.iter().fold(of, |of, name| &of[name])
}

fn compare(value: &Value, op: Op, literal: &Literal) -> bool {
    use std::cmp::Ordering;
    let order = match literal {
        Literal::Null => return (op == Op::Eq) == value.is_null(),
        Literal::Bool(wanted) => value.as_bool().map(|value| value.cmp(wanted)),
        Literal::Number(wanted) => value.as_i64().map(|value| value.cmp(wanted)),
        Literal::Instant(wanted) => {
            let value = value.as_str().and_then(|it| it.parse::<Timestamp>().ok());
            value.map(|value| value.cmp(wanted))
        }
        Literal::Text(wanted) => value.as_str().map(|value| {
            // A `dateTime` is text that is a time.
            match (
                value.parse::<DateTime>(),
                wanted.trim_end_matches('Z').parse::<DateTime>(),
            ) {
                (Ok(value), Ok(wanted)) => value.cmp(&wanted),
                _ => value.to_lowercase().cmp(&wanted.to_lowercase()),
            }
        }),
    };
    match (op, order) {
        (Op::Ne, None) => true,
        (_, None) => false,
        (Op::Eq, Some(order)) => order == Ordering::Equal,
        (Op::Ne, Some(order)) => order != Ordering::Equal,
        (Op::Gt, Some(order)) => order == Ordering::Greater,
        (Op::Ge, Some(order)) => order != Ordering::Less,
        (Op::Lt, Some(order)) => order == Ordering::Less,
        (Op::Le, Some(order)) => order != Ordering::Greater,
    }
}

/// Orders events as `$orderby` says: properties with `asc` or `desc`.
pub(super) fn order(events: &mut [Fields], by: &str) -> Answer<()> {
    let mut keys = Vec::new();
    for part in by.split(',') {
        let mut words = part.split_whitespace();
        let path = clause::property(words.next().unwrap_or_default())?;
        let down = match words.next() {
            None | Some("asc") => false,
            Some("desc") => true,
            Some(other) => return Err(Refusal::query(format!("'{other}' is no order."))),
        };
        keys.push((path, down));
    }
    let text = |fields: &Fields, path: &Path| {
        let first = fields.get(&path[0]).unwrap_or(&Value::Null);
        match at(first, &path[1..].to_vec()) {
            Value::String(text) => text.to_lowercase(),
            Value::Number(number) => format!("{:>20}", number.as_i64().unwrap_or(0)),
            other => other.to_string(),
        }
    };
    events.sort_by(|one, other| {
        let each = keys.iter().map(|(path, down)| {
            let order = text(one, path).cmp(&text(other, path));
            if *down { order.reverse() } else { order }
        });
        each.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(filter: &str) -> bool {
        let event = serde_json::json!({"subject": "Bob's lunch", "categories": ["Red", "Blue"],
            "start": {"dateTime": "2026-06-01T09:00:00.0000000", "timeZone": "UTC"},
            "lastModifiedDateTime": "2026-05-01T00:00:00Z", "seriesMasterId": null, "isAllDay": false,
            "singleValueExtendedProperties": [{"id": "String {x} Name a", "value": "1"}]});
        Filter::read(filter)
            .unwrap()
            .fits(event.as_object().unwrap())
    }

    #[test]
    fn conditions_hold_as_odata_has_them() {
        for (filter, expected) in [
            ("subject eq 'Bob''s lunch'", true),
            ("startswith(subject,'bob') and not (isAllDay eq true)", true),
            ("contains(subject,'dinner') or isAllDay eq false", true),
            (
                "start/dateTime ge '2026-06-01T09:00' and start/dateTime lt '2026-06-01T10:00:00Z'",
                true,
            ),
            ("start/dateTime gt '2026-06-01T09:00:00.0000000'", false),
            ("lastModifiedDateTime ge 2026-05-01T00:00:00Z", true),
            ("categories/any(c:c eq 'blue')", true),
            ("categories/any(c: c eq 'green')", false),
            ("seriesMasterId eq null", true),
            (
                "singleValueExtendedProperties/any(ep:ep/id eq 'String {X} Name a')",
                true,
            ),
            (
                "singleValueExtendedProperties/any(ep:ep/id eq 'String {x} Name A')",
                false,
            ),
            (
                "singleValueExtendedProperties/Any(ep: ep/id eq 'String {x} Name a' and ep/value eq '1')",
                true,
            ),
            (
                "singleValueExtendedProperties/any(ep:ep/id eq 'String {x} Name a' and ep/value eq '2')",
                false,
            ),
        ] {
            assert_eq!(fits(filter), expected, "{filter}");
        }
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for filter in [
            "subject",
            "subject eq",
            "subject eq 'x",
            "colour eq 'red'",
            "subject like 'x'",
            "subject eq 'x' and",
            "(subject eq 'x'",
            "subject eq 'x' y",
            "body/any(b:b eq 'x')",
            "categories/any(c:d eq 'x')",
            "",
        ] {
            assert!(Filter::read(filter).is_err(), "{filter}");
        }
    }
}
