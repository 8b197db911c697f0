//! What is wrong with a configuration, all of it.

use std::fmt;

use crate::error::{Error, ErrorKind};

/// Why a field cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// It is required and nobody set it.
    Missing,
    /// Its value is not what it takes.
    Invalid,
    /// The provider has no such field.
    Unknown,
    /// It is shown to people and holds what looks like a secret.
    MisplacedSecret,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// Which integration.
    pub integration: String,
    /// Which field; `None` when it is the whole table.
    pub field: Option<String>,
    /// Why.
    pub kind: ProblemKind,
    /// What is wrong, where it was looked for, and what to set. Never the value of a secret.
    pub message: String,
}

impl Problem {
    /// A problem of one field.
    pub fn new(
        integration: impl Into<String>,
        field: impl Into<String>,
        kind: ProblemKind,
        message: impl Into<String>,
    ) -> Self {
        Self {
            integration: integration.into(),
            field: Some(field.into()),
            kind,
            message: message.into(),
        }
    }

    /// A problem of a whole table.
    pub fn of_table(
        integration: impl Into<String>,
        kind: ProblemKind,
        message: impl Into<String>,
    ) -> Self {
        Self {
            integration: integration.into(),
            field: None,
            kind,
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{}.{field}: {}", self.integration, self.message),
            None => write!(f, "{}: {}", self.integration, self.message),
        }
    }
}

/// Everything that is wrong, as the detail of one error: `error.detail::<Problems>()`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// One `Config` error that names them all; `Ok` when there is none.
    ///
    /// # Errors
    /// When anything is wrong.
    pub fn into_result(self) -> Result<(), Error> {
        if self.0.is_empty() {
            return Ok(());
        }
        let all: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        let message = match all.as_slice() {
            [one] => one.clone(),
            many => format!("{} problems: {}", many.len(), many.join("; ")),
        };
        Err(Error::new(ErrorKind::Config, message).with_detail(self))
    }
}
