//! The page of the cases.

use std::fmt::Write as _;
use std::path::Path;

use super::cases::{Case, Written, cases};
use super::{Outcome, Provider};

const HEAD: &str = "# Times of many zones\n\n\
Each of these is written at a provider and read back: at CalDAV on Radicale, Xandikos and Cyrus, at\n\
Google Calendar and Outlook on their stand-ins. The instants are checked against Python's `zoneinfo`. The\n\
tests in `tests/it/calendars/zones` hold it, and write this page.\n\n\
- **same**: the same instant, and the same time on the wall, in the form in which it was meant.\n\
- **instant**: the same instant. The provider answers what its clocks show then.\n\
- **refused**: `Unsupported`, before anything is sent: the provider has no form for it.\n\
- **–**: there is no such thing at the provider.\n\n\
A time on the wall that is skipped is read with the offset before the gap, and one that occurs twice is the\n\
first (RFC 5545, section 3.3.5); the second is an instant.\n\
Days and floating times are read in the zone that is named.\n";

fn time(case: &Case) -> (String, String) {
    let (wall, zone) = match case.written {
        Written::Zoned(wall, zone) => (wall, zone.to_owned()),
        Written::Windows(wall, name) => (wall, name.to_owned()),
        Written::Utc(at) => (at, "UTC".to_owned()),
        Written::Day(day, zone) => (day, format!("read in {zone}")),
        Written::Floating(wall, zone) => (wall, format!("read in {zone}")),
        Written::Text { wall, tzid, .. } => (wall, tzid.replace('\\', "")),
    };
    (
        wall.replace('T', " ").trim_end_matches('Z').to_owned(),
        zone,
    )
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Same => "same",
        Outcome::Instant => "instant",
        Outcome::Refused => "refused",
        Outcome::Absent => "–",
        Outcome::Wrong => "wrong",
    }
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    let mut kind = "";
    for case in cases() {
        if case.kind != kind {
            kind = case.kind;
            let mut title = kind.chars();
            let first = title.next().unwrap_or_default().to_uppercase();
            let _ = write!(
                page,
                "\n## {first}{}\n\n| time | zone | in UTC |",
                title.as_str()
            );
            for provider in Provider::ALL {
                let _ = write!(page, " {} |", provider.name());
            }
            page.push_str("\n|---|---|---|");
            page.push_str(&"---|".repeat(Provider::ALL.len()));
            page.push('\n');
        }
        let (wall, zone) = time(&case);
        let instant = case.instant.replace('T', " ");
        let _ = write!(
            page,
            "| {wall} | {zone} | {} |",
            instant.trim_end_matches('Z')
        );
        for provider in Provider::ALL {
            let _ = write!(page, " {} |", word(provider.expected(&case)));
        }
        page.push('\n');
    }
    page
}

#[test]
fn the_page_of_the_zones_is_that_of_the_cases() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/zones.md");
    if std::env::var_os("INTEGRATIONS_WRITE_ZONES").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    let is = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(cases().len() >= 60);
    assert!(
        is == page(),
        "docs/zones.md is out of date: INTEGRATIONS_WRITE_ZONES=1 writes it"
    );
}
