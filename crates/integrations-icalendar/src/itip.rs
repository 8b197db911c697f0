//! Messages about events (iTIP, RFC 5546): objects with a method, which mail carries (iMIP,
//! RFC 6047).

use integrations_core::time::TimeRange;
use jiff::Timestamp;

use crate::component::Component;
use crate::event::calendar;
use crate::line::Line;
use crate::value::utc;

/// What a message about an event is for (RFC 5546, section 1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// Somebody is invited, or what they were invited to changed.
    Request,
    /// It does not take place, or without them.
    Cancel,
    /// The answer to an invitation, for its organizer.
    Reply,
}

impl Method {
    /// The word of `METHOD`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
            Self::Reply => "REPLY",
        }
    }
}

/// An object as a message to others. What is its owner's own is not in it: alarms, the application's
/// own values, and what is for the owner's server alone (`SCHEDULE-AGENT` and its like, RFC 6638,
/// section 7). What is cancelled has that status.
///
/// Whom a reply or a cancellation names (RFC 5546, sections 3.2.3 and 3.2.5) is for the caller to
/// see to, and so are `ORGANIZER` and `SEQUENCE`.
#[must_use]
pub fn message(mut object: Component, method: Method) -> Component {
    object.replace("METHOD", [Line::new("METHOD").value(method.as_str())]);
    for part in object.parts_mut().filter(|part| part.name() == "VEVENT") {
        if method == Method::Cancel {
            part.replace("STATUS", [Line::new("STATUS").value("CANCELLED")]);
        }
        part.retain_parts(|inner| inner.name() != "VALARM");
        part.retain_lines(|line| {
            let name = line.name().get(..15);
            !name.is_some_and(|name| name.eq_ignore_ascii_case("X-INTEGRATIONS-"))
        });
        for kind in ["ATTENDEE", "ORGANIZER"] {
            let lines: Vec<Line> = part.all(kind).map(for_others).collect();
            part.replace(kind, lines);
        }
    }
    object
}

fn for_others(line: &Line) -> Line {
    let mut line = line.clone();
    for name in ["SCHEDULE-AGENT", "SCHEDULE-STATUS", "SCHEDULE-FORCE-SEND"] {
        if line.get(name).is_some() {
            line = line.with_param(name, None);
        }
    }
    line
}

/// A question for the free/busy time of people (RFC 6638, section 5.1). `own` is the address of
/// the one who asks.
#[must_use]
pub fn free_busy_request(
    own: &str,
    people: &[&str],
    range: TimeRange,
    now: Timestamp,
) -> Component {
    let mut object = calendar();
    object.push(Line::new("METHOD").value("REQUEST"));
    let mut part = Component::new("VFREEBUSY");
    part.push(Line::new("UID").value(&uuid::Uuid::new_v4().to_string()));
    part.push(Line::new("DTSTAMP").value(&utc(now)));
    part.push(Line::new("DTSTART").value(&utc(range.start)));
    part.push(Line::new("DTEND").value(&utc(range.end)));
    part.push(Line::new("ORGANIZER").value(&format!("mailto:{own}")));
    for email in people {
        part.push(Line::new("ATTENDEE").value(&format!("mailto:{email}")));
    }
    object.push_part(part);
    object
}
