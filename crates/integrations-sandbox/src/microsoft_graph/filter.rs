//! `$filter` and `$orderby` (<https://learn.microsoft.com/graph/filter-query-parameter>), over
//! events as they are answered in UTC.

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::Value;

use super::refusal::Refusal;
use super::state::{Answer, Fields};

/// The properties of an event by which it can be filtered and ordered: those of the type.
const PROPERTIES: &[&str] = &[
    "allowNewTimeProposals",
    "attendees",
    "bodyPreview",
    "categories",
    "changeKey",
    "createdDateTime",
    "end",
    "hasAttachments",
    "iCalUId",
    "id",
    "importance",
    "isAllDay",
    "isCancelled",
    "isDraft",
    "isOnlineMeeting",
    "isOrganizer",
    "isReminderOn",
    "lastModifiedDateTime",
    "location",
    "organizer",
    "originalStart",
    "recurrence",
    "reminderMinutesBeforeStart",
    "responseRequested",
    "responseStatus",
    "sensitivity",
    "seriesMasterId",
    "showAs",
    "start",
    "subject",
    "transactionId",
    "type",
    "webLink",
];

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

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Open,
    Close,
    Comma,
    Colon,
    Text(String),
    Word(String),
}

fn wrong(what: &str) -> Refusal {
    Refusal::query(format!("Invalid filter clause: {what}."))
}

fn tokens(text: &str) -> Answer<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '(' => found.push(Token::Open),
            ')' => found.push(Token::Close),
            ',' => found.push(Token::Comma),
            c if c.is_whitespace() => {}
            '\'' => {
                // A quote inside is written twice (OData 4.01, URL conventions, section 5.1.1.6.1).
                let mut text = String::new();
                loop {
                    match rest.next() {
                        Some('\'') if rest.peek() == Some(&'\'') => {
                            rest.next();
                            text.push('\'');
                        }
                        Some('\'') => break,
                        Some(c) => text.push(c),
                        None => return Err(wrong("there is an unterminated string literal")),
                    }
                }
                found.push(Token::Text(text));
            }
            c => {
                let mut word = String::from(c);
                while let Some(next) = rest.peek().copied() {
                    if next.is_whitespace() || matches!(next, '(' | ')' | ',' | '\'') {
                        break;
                    }
                    word.push(next);
                    rest.next();
                }
                // `x:` of a lambda; a time has its colons between digits.
                match word.strip_suffix(':').or_else(|| lambda(&word)) {
                    Some(name) => {
                        let behind = word[name.len() + 1..].to_owned();
                        found.push(Token::Word(name.to_owned()));
                        found.push(Token::Colon);
                        if !behind.is_empty() {
                            found.push(Token::Word(behind));
                        }
                    }
                    None => found.push(Token::Word(word)),
                }
            }
        }
    }
    Ok(found)
}

fn lambda(word: &str) -> Option<&str> {
    let (name, _) = word.split_once(':')?;
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        .then_some(name)
}

impl Filter {
    pub(super) fn read(text: &str) -> Answer<Self> {
        let mut reader = Reader {
            tokens: tokens(text)?,
            at: 0,
            variable: None,
        };
        let filter = reader.or()?;
        match reader.peek() {
            None => Ok(filter),
            Some(_) => Err(wrong("a part is left over")),
        }
    }

    /// The condition of `$expand=singleValueExtendedProperties($filter=id eq '...')`: the ids.
    pub(super) fn ids(text: &str) -> Answer<Vec<String>> {
        let mut reader = Reader {
            tokens: tokens(text)?,
            at: 0,
            variable: Some("$it".to_owned()),
        };
        let mut ids = Vec::new();
        collect(&reader.or()?, &mut ids)?;
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
        _ => Err(wrong("extended properties are expanded by their ids alone")),
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

struct Reader {
    tokens: Vec<Token>,
    at: usize,
    /// What an item of a collection is called; `$it` has properties without a name before them.
    variable: Option<String>,
}

impl Reader {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Answer<Token> {
        let token = self.peek().cloned();
        self.at += 1;
        token.ok_or_else(|| wrong("it ends too early"))
    }

    fn word(&mut self) -> Answer<String> {
        match self.next()? {
            Token::Word(word) => Ok(word),
            _ => Err(wrong("a name is missing")),
        }
    }

    fn expect(&mut self, token: &Token) -> Answer<()> {
        match self.next()? == *token {
            true => Ok(()),
            false => Err(wrong("a bracket or comma is missing")),
        }
    }

    fn is(&mut self, word: &str) -> bool {
        let is = self.peek() == Some(&Token::Word(word.to_owned()));
        self.at += usize::from(is);
        is
    }

    fn or(&mut self) -> Answer<Filter> {
        let mut left = self.and()?;
        while self.is("or") {
            left = Filter::Or(left.into(), self.and()?.into());
        }
        Ok(left)
    }

    fn and(&mut self) -> Answer<Filter> {
        let mut left = self.not()?;
        while self.is("and") {
            left = Filter::And(left.into(), self.not()?.into());
        }
        Ok(left)
    }

    fn not(&mut self) -> Answer<Filter> {
        if self.is("not") {
            return Ok(Filter::Not(self.not()?.into()));
        }
        if self.peek() == Some(&Token::Open) {
            self.at += 1;
            let inner = self.or()?;
            self.expect(&Token::Close)?;
            return Ok(inner);
        }
        let word = self.word()?;
        let function = word.to_lowercase();
        if ["startswith", "endswith", "contains"].contains(&&*function) {
            self.expect(&Token::Open)?;
            let path = self.word()?;
            let path = self.path(&path)?;
            self.expect(&Token::Comma)?;
            let Token::Text(wanted) = self.next()? else {
                return Err(wrong("a text is missing"));
            };
            self.expect(&Token::Close)?;
            return Ok(Filter::Text(function, path, wanted));
        }
        if let Some((collection, "any")) = word.to_lowercase().rsplit_once('/') {
            let length = collection.len();
            return self.any(&word[..length]);
        }
        let path = self.path(&word)?;
        let op = match &*self.word()? {
            "eq" => Op::Eq,
            "ne" => Op::Ne,
            "gt" => Op::Gt,
            "ge" => Op::Ge,
            "lt" => Op::Lt,
            "le" => Op::Le,
            other => return Err(wrong(&format!("the operator '{other}' is not supported"))),
        };
        let literal = self.literal()?;
        Ok(Filter::Compare(path, op, literal))
    }

    fn any(&mut self, collection: &str) -> Answer<Filter> {
        if !["categories", "singleValueExtendedProperties", "attendees"].contains(&collection) {
            return Err(wrong(&format!("'{collection}' is no collection of events")));
        }
        self.expect(&Token::Open)?;
        let name = self.word()?;
        self.expect(&Token::Colon)?;
        let outer = self.variable.replace(name);
        let inner = self.or()?;
        self.variable = outer;
        self.expect(&Token::Close)?;
        Ok(Filter::Any(collection.to_owned(), inner.into()))
    }

    fn path(&self, word: &str) -> Answer<Path> {
        let mut parts: Vec<String> = word.split('/').map(str::to_owned).collect();
        match self.variable.as_deref() {
            Some("$it") => {}
            Some(name) if parts[0] == name => {
                parts.remove(0);
            }
            Some(_) => return Err(wrong(&format!("'{word}' is not of the collection's item"))),
            None if !PROPERTIES.contains(&&*parts[0]) => {
                return Err(Refusal::query(format!(
                    "Could not find a property named '{}' on type 'microsoft.graph.event'.",
                    parts[0]
                )));
            }
            None => {}
        }
        Ok(parts)
    }

    fn literal(&mut self) -> Answer<Literal> {
        let word = match self.next()? {
            Token::Text(text) => return Ok(Literal::Text(text)),
            Token::Word(word) => word,
            _ => return Err(wrong("a value is missing")),
        };
        match &*word {
            "null" => return Ok(Literal::Null),
            "true" => return Ok(Literal::Bool(true)),
            "false" => return Ok(Literal::Bool(false)),
            _ => {}
        }
        if let Ok(number) = word.parse() {
            return Ok(Literal::Number(number));
        }
        let at = super::times::instant(&word).map(Literal::Instant);
        at.ok_or_else(|| wrong(&format!("'{word}' is no value")))
    }
}

/// Orders events as `$orderby` says: properties with `asc` or `desc`.
pub(super) fn order(events: &mut [Fields], by: &str) -> Answer<()> {
    let reader = Reader {
        tokens: Vec::new(),
        at: 0,
        variable: None,
    };
    let mut keys = Vec::new();
    for part in by.split(',') {
        let mut words = part.split_whitespace();
        let path = reader.path(words.next().unwrap_or_default())?;
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
