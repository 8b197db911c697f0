//! `Retry-After`, in the forms that vendors send.

use std::time::Duration;

use jiff::Timestamp;

/// Reads a `Retry-After`: seconds (RFC 9110, section 10.2.3; fractions are rounded up, because
/// some vendors send them), an HTTP date in any of its three forms (section 5.6.7), or an ISO 8601
/// timestamp, which Zoom sends. A time that has passed is a wait of zero; anything else is `None`.
///
/// ```
/// use std::time::Duration;
/// use integrations_core::http::parse_retry_after;
///
/// let now = "2026-11-06T08:49:00Z".parse().unwrap();
/// let wait = |text| parse_retry_after(text, now);
/// assert_eq!(wait("120"), Some(Duration::from_secs(120)));
/// assert_eq!(wait("Fri, 06 Nov 2026 08:49:37 GMT"), Some(Duration::from_secs(37)));
/// assert_eq!(wait("2026-11-06T08:50:00Z"), Some(Duration::from_secs(60)));
/// assert_eq!(wait("soon"), None);
/// ```
#[must_use]
pub fn parse_retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        let seconds: f64 = text.parse().ok()?;
        return Duration::try_from_secs_f64(seconds.ceil()).ok();
    }
    let at = match httpdate::parse_http_date(text) {
        Ok(at) => Timestamp::try_from(at).ok()?,
        Err(_) => text.parse::<Timestamp>().ok()?,
    };
    let wait = at.duration_since(now);
    Some(Duration::try_from(wait).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_nonsense_is_not() {
        // The date of RFC 9110, section 5.6.7, in its three forms.
        let now: Timestamp = "1994-11-06T08:49:30Z".parse().unwrap();
        let seven = Some(Duration::from_secs(7));
        for text in [
            "7",
            " 7 ",
            "6.2",
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "1994-11-06T08:49:37Z",
            "1994-11-06T09:49:37+01:00",
        ] {
            assert_eq!(parse_retry_after(text, now), seven, "{text}");
        }
        for past in ["Sun, 06 Nov 1994 08:49:29 GMT", "0", "1994-11-06T08:00:00Z"] {
            assert_eq!(parse_retry_after(past, now), Some(Duration::ZERO), "{past}");
        }
        for nonsense in [
            "",
            "-1",
            ".",
            "1.2.3",
            "seven",
            "99999999999999999999999999",
            "1e400",
            "1994-11-06",
            "Sun, 36 Nov 1994 08:49:37 GMT",
        ] {
            let wait = parse_retry_after(nonsense, now);
            assert!(
                wait.is_none() || wait > Some(Duration::from_secs(1 << 40)),
                "{nonsense}"
            );
        }
    }
}
