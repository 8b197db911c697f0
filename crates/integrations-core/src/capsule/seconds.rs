//! Spans of time as decimal seconds: read by people, and exact to the nanosecond.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A span of time, in JSON a text such as `"1.204"`: a number would lose nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seconds(pub(crate) Duration);

impl From<Duration> for Seconds {
    fn from(span: Duration) -> Self {
        Self(span)
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0.as_secs(), self.0.subsec_nanos());
        if rest == 0 {
            return write!(f, "{whole}");
        }
        let rest = format!("{rest:09}");
        write!(f, "{whole}.{}", rest.trim_end_matches('0'))
    }
}

fn parse(text: &str) -> Option<Duration> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(rest) || rest.len() > 9 {
        return None;
    }
    Some(Duration::new(
        whole.parse().ok()?,
        format!("{rest:0<9}").parse().ok()?,
    ))
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let span = parse(&text).map(Self);
        span.ok_or_else(|| de::Error::custom("a span of time is a text such as \"1.204\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_span_comes_back_to_the_nanosecond() {
        for span in [
            Duration::ZERO,
            Duration::from_nanos(1),
            Duration::from_millis(1_204),
            Duration::new(7, 999_999_999),
            Duration::MAX,
        ] {
            let text = serde_json::to_string(&Seconds(span)).unwrap();
            let back: Seconds = serde_json::from_str(&text).unwrap();
            assert_eq!(back.0, span, "{text}");
        }
        assert_eq!(Seconds(Duration::from_millis(1_204)).to_string(), "1.204");
        for wrong in ["", ".", "1.", "-1", "1.0000000001", "+1", "1e3"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
