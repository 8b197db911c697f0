//! The days of a span, each with what takes place on it.

use jiff::civil::Date;

use super::entry::Entry;
use super::reader::{Range, Reader};
use crate::output::Output;
use crate::text;

/// The widest place that is shown.
const PLACE: usize = 30;

/// How an agenda is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// Lines are cut to this.
    pub(super) columns: Option<usize>,
    /// Ids are shown.
    pub(super) ids: bool,
}

/// The text of an agenda. Days on which nothing is are left out.
pub(super) fn text(
    entries: &[Entry],
    range: Range,
    reader: &Reader,
    style: Style,
    output: &Output,
) -> String {
    let mut days = Vec::new();
    let mut day = Some(range.first);
    while let Some(on) = day.filter(|day| *day <= range.last) {
        let mut here: Vec<&Entry> = entries
            .iter()
            .filter(|entry| {
                let (first, last) = entry.days(reader);
                (first..=last).contains(&on)
            })
            .collect();
        // What goes on from the day before is there before the day's own.
        here.sort_by_key(|entry| (entry.hours(on, reader) != "all day", entry.order()));
        if !here.is_empty() {
            days.push((on, here));
        }
        day = on.tomorrow().ok();
    }
    if days.is_empty() {
        return format!("nothing from {} to {}", long(range.first), long(range.last));
    }
    let hours = |(day, here): &(Date, Vec<&Entry>)| {
        let widths = here.iter().map(|entry| entry.hours(*day, reader));
        widths.map(|hours| text::width(&hours)).max().unwrap_or(0)
    };
    let column = days.iter().map(hours).max().unwrap_or(0);
    let mut lines = Vec::new();
    for (on, here) in &days {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push(output.strong(&heading(*on, reader)));
        for entry in here {
            let time = text::pad(&entry.hours(*on, reader), column);
            let line = format!("  {time}  {}", describe(entry, *on, reader));
            lines.push(fit(&line, style.columns));
            if style.ids {
                // An id is for copying, and is never cut.
                let blanks = " ".repeat(column + 4);
                lines.push(format!("{blanks}{}", text::line(entry.event.id.as_str())));
            }
        }
    }
    lines.join("\n")
}

fn fit(line: &str, columns: Option<usize>) -> String {
    columns.map_or_else(|| line.to_owned(), |columns| text::cut(line, columns))
}

fn long(day: Date) -> String {
    day.strftime("%A, %-d %B %Y").to_string()
}

/// A day, whether it is today, and whether its hours are others than usual.
fn heading(day: Date, reader: &Reader) -> String {
    let mut heading = long(day);
    if day == reader.today() {
        heading.push_str(" (today)");
    }
    if let Some(change) = reader.change(day) {
        heading.push_str(&format!(" - {change}"));
    }
    heading
}

/// A title, which of its days this is, where it is, and whose conference.
fn describe(entry: &Entry, on: Date, reader: &Reader) -> String {
    let event = &entry.event;
    let mut words = vec![entry.title()];
    let (first, last) = entry.days(reader);
    if first != last {
        let number = |day: Date| (day.duration_since(first).as_hours() / 24) + 1;
        words[0].push_str(&format!(" (day {} of {})", number(on), number(last)));
    }
    let status = String::from(event.status.clone());
    if status != "confirmed" {
        words[0].push_str(&format!(" ({})", text::line(&status)));
    }
    let place = event.location.as_deref().map(text::line);
    if let Some(place) = place.filter(|place| !place.is_empty()) {
        words.push(text::cut(&place, PLACE));
    }
    if let Some(conference) = &event.conference {
        // The link itself can carry the passcode, and is long: `show` has it.
        let name = conference.name.as_deref().map(text::line);
        let host = || conference.join_url.host_str().map(text::line);
        words.extend(name.filter(|name| !name.is_empty()).or_else(host));
    }
    words.join(" · ")
}

#[cfg(test)]
mod tests {
    use integrations::calendar::{Conference, Event, EventStatus};
    use integrations::time::EventTime;

    use super::*;

    fn entry(summary: &str, start: EventTime, end: EventTime, reader: &Reader) -> Entry {
        Entry::of(Event::new(summary, "c", summary, start, end), reader).unwrap()
    }

    fn berlin(start: &str, end: &str) -> (EventTime, EventTime) {
        let at = |text: &str| EventTime::zoned(text.parse().unwrap(), "Europe/Berlin");
        (at(start), at(end))
    }

    fn day(text: &str) -> EventTime {
        EventTime::Date(text.parse().unwrap())
    }

    fn show(entries: &[Entry], reader: &Reader, from: &str, to: &str, columns: usize) -> String {
        let range = reader.range(Some(from), Some(to), 1).unwrap();
        let style = Style {
            columns: Some(columns),
            ids: false,
        };
        let output = Output::plain();
        let text = text(entries, range, reader, style, &output);
        for line in text.lines() {
            assert!(text::width(line) <= columns, "{line:?}");
        }
        text
    }

    #[test]
    fn whole_days_come_first_and_what_goes_on_says_so() {
        let reader = Reader::at("Europe/Berlin", "2026-06-02T10:00:00Z");
        let of = |summary: &str, (start, end)| entry(summary, start, end, &reader);
        let mut planning = of("Planning", berlin("2026-06-01T09:00", "2026-06-01T10:30"));
        let mut event = (*planning.event).clone();
        event.location = Some("Room 5,\nsecond floor, the one behind the lift".to_owned());
        event.conference = Some(Conference::new(
            "https://meet.example.com/abc?pwd=1".parse().unwrap(),
        ));
        event.status = EventStatus::Tentative;
        planning.event = event.into();
        let entries = [
            planning,
            of(
                "Night train",
                berlin("2026-06-01T22:10", "2026-06-03T06:05"),
            ),
            of("Opera", berlin("2026-06-02T19:30", "2026-06-03T00:00")),
            entry("Fair", day("2026-06-02"), day("2026-06-04"), &reader),
            of("Alarm", berlin("2026-06-02T07:00", "2026-06-02T07:00")),
        ];
        let shown = show(&entries, &reader, "2026-06-01", "2026-06-04", 90);
        let expected = "\
Monday, 1 June 2026
  09:00-10:30  Planning (tentative) · Room 5, second floor, the one… · meet.example.com
  22:10 →      Night train (day 1 of 3)

Tuesday, 2 June 2026 (today)
  all day      Fair (day 1 of 2)
  all day      Night train (day 2 of 3)
  07:00        Alarm
  19:30-24:00  Opera

Wednesday, 3 June 2026
  all day      Fair (day 2 of 2)
  → 06:05      Night train (day 3 of 3)";
        assert_eq!(shown, expected);
    }

    #[test]
    fn times_are_those_of_the_readers_wall() {
        let reader = Reader::at("America/New_York", "2026-06-02T10:00:00Z");
        // Nine in Berlin is three at night in New York, and one o'clock is the evening before.
        let of = |summary: &str, (start, end)| entry(summary, start, end, &reader);
        let entries = [
            of("Planning", berlin("2026-06-02T09:00", "2026-06-02T10:00")),
            of("Late", berlin("2026-06-02T01:00", "2026-06-02T02:00")),
            entry(
                "Lunch",
                EventTime::Floating("2026-06-02T12:00".parse().unwrap()),
                EventTime::Floating("2026-06-02T13:00".parse().unwrap()),
                &reader,
            ),
            entry("Holiday", day("2026-06-02"), day("2026-06-03"), &reader),
        ];
        let shown = show(&entries, &reader, "2026-06-01", "2026-06-02", 80);
        let expected = "\
Monday, 1 June 2026
  19:00-20:00  Late

Tuesday, 2 June 2026 (today)
  all day      Holiday
  03:00-04:00  Planning
  12:00-13:00  Lunch";
        assert_eq!(shown, expected);
    }

    #[test]
    fn days_of_the_change_tell_it_and_equal_hours_apart() {
        let reader = Reader::at("Europe/Berlin", "2026-06-02T10:00:00Z");
        let at = |text: &str| EventTime::Utc(text.parse().unwrap());
        let of = |summary: &str, start, end| entry(summary, at(start), at(end), &reader);
        // The clocks go from three to two at 01:00 UTC, and from two to three in spring.
        let autumn = [
            of("Backup", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),
            of("Breakfast", "2026-10-25T07:00:00Z", "2026-10-25T08:00:00Z"),
        ];
        let expected = "\
Sunday, 25 October 2026 - clocks go back from 03:00 to 02:00
  02:30 CEST-02:30 CET  Backup
  08:00-09:00           Breakfast";
        assert_eq!(
            show(&autumn, &reader, "2026-10-25", "2026-10-25", 80),
            expected
        );
        let spring = [of("Backup", "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z")];
        let expected = "\
Sunday, 29 March 2026 - clocks go forward from 02:00 to 03:00
  01:30-03:30  Backup";
        assert_eq!(
            show(&spring, &reader, "2026-03-28", "2026-03-29", 80),
            expected
        );
    }

    #[test]
    fn wide_titles_are_cut_to_the_width_and_an_empty_span_says_so() {
        let reader = Reader::at("Asia/Tokyo", "2026-06-02T10:00:00Z");
        let at = |text: &str| EventTime::zoned(text.parse().unwrap(), "Asia/Tokyo");
        let (start, end) = (at("2026-06-01T09:00"), at("2026-06-01T10:00"));
        let entries = [entry("プロジェクト計画会議 🎉", start, end, &reader)];
        // Fifteen columns are before the title, so that 17 are left: one for the ellipsis.
        let expected = "\
Monday, 1 June 2026
  09:00-10:00  プロジェクト計画…";
        assert_eq!(
            show(&entries, &reader, "2026-06-01", "2026-06-01", 32),
            expected
        );
        let reader = Reader::at("Asia/Tokyo", "2026-06-02T10:00:00Z");
        let range = reader.range(Some("2026-06-08"), Some("2026-06-09"), 1);
        let style = Style {
            columns: None,
            ids: false,
        };
        assert_eq!(
            text(&entries, range.unwrap(), &reader, style, &Output::plain()),
            "nothing from Monday, 8 June 2026 to Tuesday, 9 June 2026"
        );
    }
}
