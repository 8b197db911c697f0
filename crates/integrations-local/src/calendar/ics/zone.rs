//! Time zones as components (RFC 5545, section 3.6.5), for programs that do not know the names.

use integrations_core::time::TzId;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::line::Line;

/// How many changes of the offset are written out.
const MOST: usize = 40;

/// Writes a zone from the year before an instant on, each change of its offset by itself.
pub(super) fn write(out: &mut String, id: &TzId, zone: &TimeZone, from: Timestamp) {
    let year = jiff::SignedDuration::from_hours(366 * 24);
    let start = from.checked_sub(year).unwrap_or(Timestamp::MIN);
    Line::new("BEGIN").value(out, "VTIMEZONE");
    Line::new("TZID").text(out, &id.raw);
    let mut before = zone.to_offset(start);
    let info = zone.to_offset_info(start);
    observance(
        out,
        info.dst().is_dst(),
        start,
        before,
        before,
        info.abbreviation(),
    );
    for change in zone.following(start).take(MOST) {
        let after = change.offset();
        observance(
            out,
            change.dst().is_dst(),
            change.timestamp(),
            before,
            after,
            change.abbreviation(),
        );
        before = after;
    }
    Line::new("END").value(out, "VTIMEZONE");
}

fn observance(out: &mut String, summer: bool, at: Timestamp, from: Offset, to: Offset, name: &str) {
    let kind = if summer { "DAYLIGHT" } else { "STANDARD" };
    Line::new("BEGIN").value(out, kind);
    // The moment of the change is on the wall as it was before.
    let wall = from.to_datetime(at).strftime("%Y%m%dT%H%M%S").to_string();
    Line::new("DTSTART").value(out, &wall);
    Line::new("TZOFFSETFROM").value(out, &offset(from));
    Line::new("TZOFFSETTO").value(out, &offset(to));
    Line::new("TZNAME").text(out, name);
    Line::new("END").value(out, kind);
}

fn offset(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.abs();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match rest {
        0 => format!("{sign}{hours:02}{minutes:02}"),
        rest => format!("{sign}{hours:02}{minutes:02}{rest:02}"),
    }
}
