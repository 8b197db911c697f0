//! The text of a `$filter`, read.

use super::filter::{Filter, Literal, Op, Path};
use super::refusal::Refusal;
use super::state::Answer;
use super::times;

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

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Open,
    Close,
    Comma,
    Colon,
    Text(String),
    Word(String),
}

pub(super) fn wrong(what: &str) -> Refusal {
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

/// Reads a condition on events.
pub(super) fn whole(text: &str) -> Answer<Filter> {
    read(text, None)
}

/// Reads a condition on the items of a collection, whose properties have no name before them.
pub(super) fn of_item(text: &str) -> Answer<Filter> {
    read(text, Some("$it"))
}

fn read(text: &str, variable: Option<&str>) -> Answer<Filter> {
    let mut reader = Reader {
        tokens: tokens(text)?,
        at: 0,
        variable: variable.map(str::to_owned),
    };
    let filter = reader.or()?;
    match reader.peek() {
        None => Ok(filter),
        Some(_) => Err(wrong("a part is left over")),
    }
}

/// A path that begins with a property of an event.
pub(super) fn property(word: &str) -> Answer<Path> {
    let parts: Path = word.split('/').map(str::to_owned).collect();
    match PROPERTIES.contains(&&*parts[0]) {
        true => Ok(parts),
        false => Err(Refusal::query(format!(
            "Could not find a property named '{}' on type 'microsoft.graph.event'.",
            parts[0]
        ))),
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
            None => return property(word),
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
        let at = times::instant(&word).map(Literal::Instant);
        at.ok_or_else(|| wrong(&format!("'{word}' is no value")))
    }
}
