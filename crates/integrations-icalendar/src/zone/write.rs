//! Zones as components (RFC 5545, section 3.6.5).

use jiff::civil::{DateTime, Weekday};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use crate::component::Component;
use crate::line::Line;

/// How many years are looked at, from the year before the first use on, and at least from 2020 on.
const YEARS: i64 = 21;
/// A change that came on the same weekday of the same month for so many years, and still does at
/// the end of those that were looked at, is a rule.
const RULE: usize = 10;
/// 2020-01-01.
const LATEST: Timestamp = Timestamp::constant(1_577_836_800, 0);

/// A change of the offset.
struct Change {
    /// On the wall as it was before.
    wall: DateTime,
    from: Offset,
    to: Offset,
    summer: bool,
    name: String,
}

impl Change {
    /// What its component has beside its start.
    fn is_like(&self, other: &Self) -> bool {
        (self.from, self.to, self.summer) == (other.from, other.to, other.summer)
            && self.name == other.name
    }

    /// Which weekday of which month, at what time.
    fn place(&self) -> (i8, Weekday, jiff::civil::Time) {
        (self.wall.month(), self.wall.weekday(), self.wall.time())
    }

    fn nth(&self) -> i8 {
        (self.wall.day() - 1) / 7 + 1
    }

    fn is_last(&self) -> bool {
        self.wall.day() + 7 > self.wall.date().days_in_month()
    }
}

/// A zone from the year before an instant on. Changes that come on the same weekday of the same
/// month in every year are one rule without end; others are written one by one.
pub(crate) fn component(name: &str, rules: &TimeZone, from: Timestamp) -> Component {
    let year = |n: i64| SignedDuration::from_hours(n * 8766);
    let start = from.checked_sub(year(1)).unwrap_or(Timestamp::MIN);
    let end = start.max(LATEST).checked_add(year(YEARS));
    let end = end.unwrap_or(Timestamp::MAX);
    let mut before = rules.to_offset(start);
    let first = rules.to_offset_info(start);
    let mut zone = Component::new("VTIMEZONE");
    zone.push(Line::new("TZID").text(name));
    // What holds before the first change.
    let opening = Change {
        wall: before.to_datetime(start),
        from: before,
        to: before,
        summer: first.dst().is_dst(),
        name: first.abbreviation().to_owned(),
    };
    zone.push_part(observance(&opening, None, &[]));
    let mut changes: Vec<Change> = Vec::new();
    for change in rules.following(start).take_while(|it| it.timestamp() < end) {
        let after = change.offset();
        changes.push(Change {
            wall: before.to_datetime(change.timestamp()),
            from: before,
            to: after,
            summer: change.dst().is_dst(),
            name: change.abbreviation().to_owned(),
        });
        before = after;
    }
    let last_year = TimeZone::UTC.to_datetime(end).year() - 1;
    while !changes.is_empty() {
        let kind = changes.remove(0);
        let (mut group, rest): (Vec<_>, Vec<_>) =
            changes.into_iter().partition(|it| it.is_like(&kind));
        changes = rest;
        group.insert(0, kind);
        let (alone, rule) = group.split_at(without_rule(&group, last_year));
        if let Some((first, others)) = alone.split_first() {
            zone.push_part(observance(first, None, others));
        }
        if let Some(first) = rule.first() {
            let nth = match rule.iter().all(Change::is_last) {
                true => -1,
                false => first.nth(),
            };
            zone.push_part(observance(first, Some(nth), &[]));
        }
    }
    zone
}

/// How many changes of a group come before those that are a rule without end.
fn without_rule(group: &[Change], last_year: i16) -> usize {
    let Some(last) = group.last().filter(|last| last.wall.year() >= last_year) else {
        return group.len();
    };
    let (mut all_last, mut same_nth) = (true, true);
    let mut begins = group.len();
    for (at, change) in group.iter().enumerate().rev() {
        let next = group.get(at + 1);
        let yearly = next.is_none_or(|next| next.wall.year() == change.wall.year() + 1);
        all_last &= change.is_last();
        same_nth &= change.nth() == last.nth();
        if !yearly || change.place() != last.place() || !(all_last || same_nth) {
            break;
        }
        begins = at;
    }
    match group.len() - begins >= RULE {
        true => begins,
        false => group.len(),
    }
}

fn observance(change: &Change, nth: Option<i8>, others: &[Change]) -> Component {
    let wall = |change: &Change| change.wall.strftime("%Y%m%dT%H%M%S").to_string();
    let mut part = Component::new(if change.summer {
        "DAYLIGHT"
    } else {
        "STANDARD"
    });
    part.push(Line::new("DTSTART").value(&wall(change)));
    part.push(Line::new("TZOFFSETFROM").value(&offset(change.from)));
    part.push(Line::new("TZOFFSETTO").value(&offset(change.to)));
    part.push(Line::new("TZNAME").text(&change.name));
    if let Some(nth) = nth {
        let day = match change.wall.weekday() {
            Weekday::Monday => "MO",
            Weekday::Tuesday => "TU",
            Weekday::Wednesday => "WE",
            Weekday::Thursday => "TH",
            Weekday::Friday => "FR",
            Weekday::Saturday => "SA",
            Weekday::Sunday => "SU",
        };
        let month = change.wall.month();
        let rule = format!("FREQ=YEARLY;BYMONTH={month};BYDAY={nth}{day}");
        part.push(Line::new("RRULE").value(&rule));
    }
    for other in others {
        part.push(Line::new("RDATE").value(&wall(other)));
    }
    part
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

#[cfg(test)]
mod tests {
    use super::*;

    fn written(name: &str, from: &str) -> String {
        let rules = TimeZone::get(name).unwrap();
        component(name, &rules, from.parse().unwrap()).text()
    }

    #[test]
    fn summer_time_is_a_rule_without_end() {
        // EU directive 2000/84/EC: the last Sundays of March and October, at 01:00 UTC.
        let berlin = written("Europe/Berlin", "2026-06-01T00:00:00Z");
        for line in [
            "BEGIN:DAYLIGHT\r\nDTSTART:20260329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n\
             TZNAME:CEST\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT",
            "BEGIN:STANDARD\r\nDTSTART:20251026T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n\
             TZNAME:CET\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD",
        ] {
            assert!(berlin.contains(line), "{berlin}");
        }
        // US Energy Policy Act of 2005: the second Sunday of March, the first of November.
        let new_york = written("America/New_York", "2026-06-01T00:00:00Z");
        assert!(new_york.contains("BYMONTH=3;BYDAY=2SU"), "{new_york}");
        assert!(new_york.contains("BYMONTH=11;BYDAY=1SU"), "{new_york}");
    }

    #[test]
    fn a_change_that_comes_once_is_no_rule() {
        // Moscow: +04 until 26 October 2014 02:00, +03 since (Federal Law 248-FZ).
        let moscow = written("Europe/Moscow", "2014-06-01T00:00:00Z");
        assert!(
            moscow.contains("DTSTART:20141026T020000\r\nTZOFFSETFROM:+0400\r\nTZOFFSETTO:+0300")
        );
        assert!(!moscow.contains("RRULE"), "{moscow}");
        assert!(!written("Asia/Kolkata", "2026-01-01T00:00:00Z").contains("RRULE"));
    }

    #[test]
    fn what_came_before_a_rule_is_written_by_itself() {
        // Germany has summer time since 1980; it ends in October since 1996 (EU directive 94/21/EC),
        // and in September before. 2007 is when the United States changed theirs.
        let berlin = written("Europe/Berlin", "1971-01-01T00:00:00Z");
        assert!(
            berlin.contains("DTSTART:19800406T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200"),
            "{berlin}"
        );
        assert!(berlin.contains("RDATE:19950924T030000"), "{berlin}");
        assert!(
            berlin.contains("DTSTART:19961027T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100"),
            "{berlin}"
        );
        assert!(berlin.contains("BYMONTH=10;BYDAY=-1SU"), "{berlin}");
        let new_york = written("America/New_York", "1971-01-01T00:00:00Z");
        assert!(
            new_york.contains("DTSTART:20070311T020000\r\nTZOFFSETFROM:-0500"),
            "{new_york}"
        );
        assert!(new_york.contains("RDATE:20060402T020000"), "{new_york}");
    }
}
