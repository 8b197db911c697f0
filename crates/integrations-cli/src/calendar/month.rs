//! A month as a grid: weeks with their numbers (ISO 8601), today marked, as much of each title as a
//! cell takes.

use jiff::ToSpan;
use jiff::civil::Date;

use super::entry::Entry;
use super::reader::Reader;
use crate::output::Output;
use crate::text;

/// The number of a week, and a blank.
const WEEK: usize = 3;

/// From this width on a cell has the hour before the title.
const HOURS: usize = 14;

/// How many lines of a cell are events; where there are more, the last one counts the others.
const LINES: usize = 4;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// The text of a month, in so many columns.
pub(super) fn text(
    entries: &[Entry],
    month: Date,
    reader: &Reader,
    columns: usize,
    output: &Output,
) -> String {
    // A week is its number, and seven times a line and a cell.
    let cell = (columns.saturating_sub(WEEK) / 7).saturating_sub(1).max(5);
    let whole = WEEK + 7 * (cell + 1);
    let title = text::centre(&month.strftime("%B %Y").to_string(), whole);
    let mut lines = vec![output.strong(title.trim_end())];
    let names = DAYS.map(|name| text::pad(name, cell));
    lines.push(row("Wk ", &names));
    let rule = || {
        let cells = "─".repeat(cell);
        format!("{}{}", "─".repeat(WEEK), format!("┼{cells}").repeat(7))
    };
    let (first, last) = (month.first_of_month(), month.last_of_month());
    let mut monday = back_to_monday(first);
    while monday <= last {
        lines.push(rule());
        let days: Vec<Option<Date>> = (0..7)
            .map(|n| monday.checked_add(n.days()).ok())
            .map(|day| day.filter(|day| (first..=last).contains(day)))
            .collect();
        let cells: Vec<Vec<String>> = days
            .iter()
            .map(|day| day.map_or_else(Vec::new, |day| contents(entries, day, cell, reader)))
            .collect();
        let heads = days.iter().map(|day| {
            let Some(day) = day else {
                return " ".repeat(cell);
            };
            if *day == reader.today() {
                // Seen without colours too.
                let mark = format!("[{}]", day.day());
                let blanks = " ".repeat(cell.saturating_sub(mark.len()));
                format!("{}{blanks}", output.strong(&mark))
            } else {
                text::pad(&day.day().to_string(), cell)
            }
        });
        let week = format!("{:>2} ", monday.iso_week_date().week());
        lines.push(row(&week, &heads.collect::<Vec<_>>()));
        let height = cells.iter().map(Vec::len).max().unwrap_or(0).max(1);
        for line in 0..height {
            let parts: Vec<String> = cells
                .iter()
                .map(|cell_lines| cell_lines.get(line).map_or("", String::as_str))
                .map(|part| text::pad(part, cell))
                .collect();
            lines.push(row("   ", &parts));
        }
        let Ok(next) = monday.checked_add(7.days()) else {
            break;
        };
        monday = next;
    }
    lines.join("\n")
}

fn row(week: &str, cells: &[String]) -> String {
    let cells: String = cells.iter().map(|cell| format!("│{cell}")).collect();
    format!("{week}{cells}").trim_end().to_owned()
}

fn back_to_monday(day: Date) -> Date {
    let since = day.weekday().to_monday_zero_offset();
    day.saturating_sub(i32::from(since).days())
}

/// What a cell says of a day.
fn contents(entries: &[Entry], day: Date, cell: usize, reader: &Reader) -> Vec<String> {
    let mut here: Vec<&Entry> = entries
        .iter()
        .filter(|entry| {
            let (first, last) = entry.days(reader);
            (first..=last).contains(&day)
        })
        .collect();
    here.sort_by_key(|entry| entry.order());
    let shown = if here.len() > LINES {
        LINES - 1
    } else {
        here.len()
    };
    let mut lines: Vec<String> = here[..shown]
        .iter()
        .map(|entry| {
            let (first, _) = entry.days(reader);
            let begins_here = !entry.is_all_day() && first == day;
            let line = match begins_here && cell >= HOURS {
                true => format!("{} {}", reader.clock(entry.starts_at), entry.title()),
                false => entry.title(),
            };
            text::cut(&line, cell)
        })
        .collect();
    if shown < here.len() {
        lines.push(text::cut(&format!("+{} more", here.len() - shown), cell));
    }
    lines
}

#[cfg(test)]
mod tests {
    use integrations::calendar::Event;
    use integrations::time::EventTime;

    use super::*;

    fn reader() -> Reader {
        Reader::at("Europe/Berlin", "2026-06-17T10:00:00Z")
    }

    fn timed(summary: &str, start: &str, end: &str) -> Entry {
        let at = |text: &str| EventTime::zoned(text.parse().unwrap(), "Europe/Berlin");
        let event = Event::new(summary, "c", summary, at(start), at(end));
        Entry::of(event, &reader()).unwrap()
    }

    fn days(summary: &str, first: &str, after: &str) -> Entry {
        let day = |text: &str| EventTime::Date(text.parse().unwrap());
        let event = Event::new(summary, "c", summary, day(first), day(after));
        Entry::of(event, &reader()).unwrap()
    }

    fn month() -> Vec<Entry> {
        vec![
            timed("Planning", "2026-06-01T09:00", "2026-06-01T10:00"),
            timed("会議の予定です", "2026-06-01T11:00", "2026-06-01T12:00"),
            days("Fair in Hanover", "2026-06-03", "2026-06-05"),
            timed(
                "🎉 Party of the year",
                "2026-06-17T20:00",
                "2026-06-18T02:00",
            ),
            timed("One", "2026-06-30T08:00", "2026-06-30T09:00"),
            timed("Two", "2026-06-30T09:00", "2026-06-30T10:00"),
            timed("Three", "2026-06-30T10:00", "2026-06-30T11:00"),
            timed("Four", "2026-06-30T11:00", "2026-06-30T12:00"),
            timed("Five", "2026-06-30T12:00", "2026-06-30T13:00"),
            // Not of this month.
            days("July", "2026-07-01", "2026-07-02"),
        ]
    }

    fn show(columns: usize) -> String {
        let first = "2026-06-01".parse().unwrap();
        let text = text(&month(), first, &reader(), columns, &Output::plain());
        for line in text.lines() {
            assert!(text::width(line) <= columns, "{line:?}");
        }
        text
    }

    #[test]
    fn a_month_fits_eighty_columns() {
        let expected = "                                   June 2026
Wk │Mon       │Tue       │Wed       │Thu       │Fri       │Sat       │Sun
───┼──────────┼──────────┼──────────┼──────────┼──────────┼──────────┼──────────
23 │1         │2         │3         │4         │5         │6         │7
   │Planning  │          │Fair in H…│Fair in H…│          │          │
   │会議の予… │          │          │          │          │          │
───┼──────────┼──────────┼──────────┼──────────┼──────────┼──────────┼──────────
24 │8         │9         │10        │11        │12        │13        │14
   │          │          │          │          │          │          │
───┼──────────┼──────────┼──────────┼──────────┼──────────┼──────────┼──────────
25 │15        │16        │[17]      │18        │19        │20        │21
   │          │          │🎉 Party…│🎉 Party…│          │          │
───┼──────────┼──────────┼──────────┼──────────┼──────────┼──────────┼──────────
26 │22        │23        │24        │25        │26        │27        │28
   │          │          │          │          │          │          │
───┼──────────┼──────────┼──────────┼──────────┼──────────┼──────────┼──────────
27 │29        │30        │          │          │          │          │
   │          │One       │          │          │          │          │
   │          │Two       │          │          │          │          │
   │          │Three     │          │          │          │          │
   │          │+2 more   │          │          │          │          │";
        // Emoji are two columns wide: eight and the ellipsis are nine of ten.
        let expected = expected.replace("│🎉 Party…│🎉 Party…│", "│🎉 Party… │🎉 Party… │");
        assert_eq!(show(80), expected);
    }

    #[test]
    fn a_wide_month_has_the_hours() {
        let shown = show(120);
        let cells = |needle: &str| shown.lines().filter(|line| line.contains(needle)).count();
        assert_eq!(cells("│09:00 Planning "), 1, "{shown}");
        assert_eq!(cells("│11:00 会議の予…│"), 1, "{shown}");
        // The second day of the party has no hour of its own.
        assert_eq!(cells("│20:00 🎉 Party…│🎉 Party of th…│"), 1, "{shown}");
        assert_eq!(cells("│Fair in Hanover│"), 1, "{shown}");
    }

    #[test]
    fn weeks_are_those_of_iso_8601() {
        // The first of January 2027 is a Friday, of week 53 of the year before.
        let first = "2027-01-01".parse().unwrap();
        let shown = text(&[], first, &reader(), 80, &Output::plain());
        let weeks: Vec<&str> = shown
            .lines()
            .map(|line| line.split('│').next().unwrap().trim())
            .filter(|week| week.parse::<u8>().is_ok())
            .collect();
        assert_eq!(weeks, ["53", "1", "2", "3", "4"]);
        assert!(!shown.contains('['), "today is in another month");
    }
}
