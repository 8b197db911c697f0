//! The marker on a test that says what it is evidence of.
//!
//! It is a line of the doc comment of a test, or of the module around a suite's tests:
//!
//! ```text
//! /// evidence: local_auth: verify_id_token: published vector: RFC 7515, appendix A.3
//! /// evidence: s3: suite: independent server: moto
//! ```
//!
//! provider, operations (with commas between them, or `suite` for those that the suite's behaviours
//! exercise), leg, source. The source comes last and may have colons in it.

/// How a marker's line starts.
pub(super) const START: &str = "evidence:";

/// What an operation stands on, the strongest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Leg {
    OwnReference,
    Specification,
    Sdk,
    Server,
    Vector,
    Live,
}

impl Leg {
    pub(super) const ALL: [Self; 6] = [
        Self::Specification,
        Self::Sdk,
        Self::Server,
        Self::Vector,
        Self::Live,
        Self::OwnReference,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::OwnReference => "own reference",
            Self::Specification => "vendor specification",
            Self::Sdk => "vendor SDK",
            Self::Server => "independent server",
            Self::Vector => "published vector",
            Self::Live => "live",
        }
    }

    pub(super) fn meaning(self) -> &'static str {
        match self {
            Self::OwnReference => {
                "It holds only against what this project wrote: an embedded provider or a stand-in \
                 of the vendor's service."
            }
            Self::Specification => {
                "Requests and answers were checked against the vendor's published schema or the \
                 text of its documentation."
            }
            Self::Sdk => {
                "The vendor's own client library read what this project wrote, or wrote what it \
                 read."
            }
            Self::Server => "It ran against a server that this project did not write.",
            Self::Vector => {
                "The expected value is one that a standard or the vendor prints in its documents."
            }
            Self::Live => "It ran against the vendor's own service, with a real account.",
        }
    }

    fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|leg| leg.name() == text)
    }
}

/// Which operations a marker is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scope {
    /// Those that the suite's behaviours exercise.
    Suite,
    /// These.
    Operations(Vec<String>),
}

/// A marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Marker {
    pub(super) provider: String,
    pub(super) scope: Scope,
    pub(super) leg: Leg,
    pub(super) source: String,
}

impl Marker {
    /// Reads what follows `evidence:`.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut fields = text.splitn(4, ':').map(str::trim);
        let mut next = |what: &str| {
            let field = fields.next().filter(|field| !field.is_empty());
            field.map(str::to_owned).ok_or_else(|| {
                format!(
                    "`{START}{text}` has no {what}; it is `{START} provider: operations: leg: \
                     source`"
                )
            })
        };
        let (provider, operations) = (next("provider")?, next("operations")?);
        let (leg, source) = (next("leg")?, next("source")?);
        let Some(leg) = Leg::read(&leg) else {
            let known = Leg::ALL.map(Leg::name).join(", ");
            return Err(format!(
                "`{START}{text}`: there is no leg {leg:?}; there are {known}"
            ));
        };
        let scope = if operations == "suite" {
            Scope::Suite
        } else {
            let names = operations.split(',').map(|name| name.trim().to_owned());
            Scope::Operations(names.collect())
        };
        Ok(Self {
            provider,
            scope,
            leg,
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_has_provider_operations_leg_and_source() {
        let marker = Marker::read(" s3: get, put: vendor specification: AWS: GetObject").unwrap();
        assert_eq!(marker.provider, "s3");
        assert_eq!(
            marker.scope,
            Scope::Operations(vec!["get".into(), "put".into()])
        );
        assert_eq!(marker.leg, Leg::Specification);
        assert_eq!(marker.source, "AWS: GetObject");
        let suite = Marker::read(" s3: suite: independent server: moto").unwrap();
        assert_eq!(suite.scope, Scope::Suite);
    }

    #[test]
    fn every_leg_is_read_by_its_name() {
        for leg in Leg::ALL {
            let marker = Marker::read(&format!(" s3: put: {}: x", leg.name())).unwrap();
            assert_eq!(marker.leg, leg);
        }
    }

    #[test]
    fn a_marker_with_a_field_missing_says_which() {
        for (text, missing) in [
            ("", "provider"),
            (" s3", "operations"),
            (" s3: put", "leg"),
            (" s3: put: live", "source"),
            (" s3: put: live: ", "source"),
            (" s3: : live: x", "operations"),
        ] {
            let error = Marker::read(text).unwrap_err();
            assert!(error.contains(&format!("has no {missing};")), "{error}");
        }
    }

    #[test]
    fn an_unknown_leg_is_refused_with_those_that_there_are() {
        let error = Marker::read(" s3: put: hearsay: x").unwrap_err();
        assert!(error.contains("there is no leg \"hearsay\""), "{error}");
        assert!(error.contains("independent server"), "{error}");
    }
}
