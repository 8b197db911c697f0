//! What a provider needs to know.

/// What values a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldKind {
    /// Text.
    Text,
    /// `true` or `false` (in the environment also `1` and `0`, `yes` and `no`, `on` and `off`).
    Bool,
    /// A whole number.
    Integer,
    /// Text in a list; in the environment separated by commas.
    List,
}

impl FieldKind {
    /// What a value looks like, for messages.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Bool => "true or false",
            Self::Integer => "a whole number",
            Self::List => "a list of texts",
        }
    }
}

/// One thing that a provider needs to know. Providers declare them as constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Field {
    /// Its name in the file and in the provider's configuration type.
    pub name: &'static str,
    /// What it is, in one sentence.
    pub help: &'static str,
    /// What values it takes.
    pub kind: FieldKind,
    /// The environment variables that set it; the first one found wins.
    pub env: &'static [&'static str],
    /// Whether the integration cannot work without it.
    pub required: bool,
    /// Whether it must never be shown.
    pub secret: bool,
    /// The value when nobody sets it.
    pub default: Option<&'static str>,
    /// Whether it is about the guard, and nothing that the provider's own configuration has.
    pub(super) of_guard: bool,
}

impl Field {
    const fn new(name: &'static str, help: &'static str, kind: FieldKind) -> Self {
        Self {
            name,
            help,
            kind,
            env: &[],
            required: false,
            secret: false,
            default: None,
            of_guard: false,
        }
    }

    /// A field that holds text.
    #[must_use]
    pub const fn text(name: &'static str, help: &'static str) -> Self {
        Self::new(name, help, FieldKind::Text)
    }

    /// A field that holds a secret: it is never shown.
    #[must_use]
    pub const fn secret(name: &'static str, help: &'static str) -> Self {
        let mut field = Self::new(name, help, FieldKind::Text);
        field.secret = true;
        field
    }

    /// A field that is true or false.
    #[must_use]
    pub const fn bool(name: &'static str, help: &'static str) -> Self {
        Self::new(name, help, FieldKind::Bool)
    }

    /// A field that holds a whole number.
    #[must_use]
    pub const fn integer(name: &'static str, help: &'static str) -> Self {
        Self::new(name, help, FieldKind::Integer)
    }

    /// A field that holds a list of texts.
    #[must_use]
    pub const fn list(name: &'static str, help: &'static str) -> Self {
        Self::new(name, help, FieldKind::List)
    }

    /// The environment variables that set it.
    #[must_use]
    pub const fn env(mut self, names: &'static [&'static str]) -> Self {
        self.env = names;
        self
    }

    /// Makes it required.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    #[cfg(feature = "guard")]
    pub(super) const fn of_guard(mut self) -> Self {
        self.of_guard = true;
        self
    }

    /// The value when nobody sets it.
    #[must_use]
    pub const fn default(mut self, value: &'static str) -> Self {
        self.default = Some(value);
        self
    }
}
