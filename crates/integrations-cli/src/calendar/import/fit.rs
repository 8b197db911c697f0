//! What a provider can hold of an event. What it cannot is taken out and named: an import of
//! thousands of events is not to fail for an alarm by email, and nothing is to go without a word.

use integrations::calendar::{
    AttendeeRole, CalendarCapabilities, EventStatus, NewEvent, ReminderMethod, Reminders, ShowAs,
    Visibility,
};
use integrations::time::EventTime;
use jiff::civil::DateTime;

use crate::Failure;
use crate::calendar::reader::Reader;

/// Fits an event to a provider. Gives what was taken out, by names of iCalendar. Times and rules are
/// never altered, but for times that float with the reader: those are the reader's own.
pub(super) fn fit(
    new: &mut NewEvent,
    can: &CalendarCapabilities,
    reader: &Reader,
) -> Result<Vec<&'static str>, Failure> {
    let mut out = Vec::new();
    if !can.floating_times && land(new, reader)? {
        out.push("floating times (they are the reader's)");
    }
    if !can.attendees && !new.attendees.is_empty() {
        new.attendees.clear();
        out.push("ATTENDEE");
    }
    if !can.attendee_roles {
        for one in &mut new.attendees {
            if one.role != AttendeeRole::Required {
                one.role = AttendeeRole::Required;
                out.push("ROLE");
            }
        }
    }
    if let Reminders::Only(list) = &mut new.reminders {
        let before = list.len();
        if !can.reminder_email {
            list.retain(|one| one.method == ReminderMethod::Popup);
        }
        list.truncate(can.max_reminders);
        if list.len() < before {
            out.push("VALARM");
        }
        if can.max_reminders == 0 {
            new.reminders = Reminders::Default;
        }
    }
    let is_known = match &new.status {
        EventStatus::Tentative => can.tentative,
        EventStatus::Confirmed | EventStatus::Cancelled => true,
        _ => false,
    };
    if !is_known {
        new.status = EventStatus::Confirmed;
        out.push("STATUS");
    }
    match new.show_as {
        ShowAs::Busy => {}
        ShowAs::Free if can.show_as_free => {}
        ShowAs::Tentative | ShowAs::OutOfOffice if can.show_as_finer => {}
        _ => {
            new.show_as = ShowAs::Busy;
            out.push("TRANSP");
        }
    }
    match new.visibility {
        Visibility::Default => {}
        Visibility::Public | Visibility::Private if can.visibility => {}
        _ => {
            // What is confidential in a way of its own is not to become public.
            let is_known = matches!(new.visibility, Visibility::Public | Visibility::Private);
            new.visibility = match can.visibility && !is_known {
                true => Visibility::Private,
                false => Visibility::Default,
            };
            out.push("CLASS");
        }
    }
    if !can.conference_link && new.conference.take().is_some() {
        out.push("CONFERENCE");
    }
    if !can.attachment_links && !new.attachments.is_empty() {
        new.attachments.clear();
        out.push("ATTACH");
    }
    if !can.properties && !new.properties.is_empty() {
        new.properties.clear();
        out.push("properties");
    }
    out.dedup();
    Ok(out)
}

/// Reads the times that float on the reader's wall.
fn land(new: &mut NewEvent, reader: &Reader) -> Result<bool, Failure> {
    let mut landed = false;
    let mut one = |time: &mut EventTime| -> Result<(), Failure> {
        if let EventTime::Floating(wall) = time {
            *time = on_wall(*wall, reader)?;
            landed = true;
        }
        Ok(())
    };
    one(&mut new.start)?;
    one(&mut new.end)?;
    if let Some(recurrence) = &mut new.recurrence {
        for date in &mut recurrence.dates {
            one(&mut date.start)?;
            date.end.as_mut().map_or(Ok(()), &mut one)?;
        }
        recurrence.except.iter_mut().try_for_each(&mut one)?;
    }
    Ok(landed)
}

fn on_wall(wall: DateTime, reader: &Reader) -> Result<EventTime, Failure> {
    reader.instant(wall, &reader.zone)?;
    match reader.zone.iana_name() {
        Some(zone) => Ok(EventTime::zoned(wall, zone)),
        None => Err(Failure::usage(
            "its time floats with the reader, whose zone has no name; name one with --zone",
        )),
    }
}

#[cfg(test)]
mod tests {
    use integrations::calendar::{Attendee, Reminder};

    use super::*;

    fn new() -> NewEvent {
        let at = |text: &str| EventTime::Floating(text.parse().unwrap());
        let mut new = NewEvent::new("x", at("2026-06-01T09:00"), at("2026-06-01T10:00"));
        new.attendees = vec![Attendee::new("a@example.com").with_role(AttendeeRole::Optional)];
        new.reminders = Reminders::Only(vec![Reminder::popup(5), Reminder::email(10)]);
        new.status = EventStatus::Tentative;
        new.show_as = ShowAs::OutOfOffice;
        new.visibility = Visibility::Other("confidential".to_owned());
        new.properties.insert("a".to_owned(), "b".to_owned());
        new
    }

    #[test]
    fn what_a_provider_lacks_is_named_and_the_rest_is_taken() {
        let reader = Reader::at("Europe/Berlin", "2026-06-03T08:30:00Z");
        let mut can = CalendarCapabilities::new();
        let mut least = new();
        let out = fit(&mut least, &can, &reader).unwrap();
        assert_eq!(
            out,
            [
                "floating times (they are the reader's)",
                "ATTENDEE",
                "VALARM",
                "STATUS",
                "TRANSP",
                "CLASS",
                "properties"
            ]
        );
        assert!(can.check_new_event(&least).is_ok());
        assert_eq!(
            least.start.to_string(),
            "2026-06-01T09:00:00[Europe/Berlin]"
        );
        (can.attendees, can.visibility, can.max_reminders) = (true, true, 5);
        let mut more = new();
        fit(&mut more, &can, &reader).unwrap();
        assert!(can.check_new_event(&more).is_ok());
        assert_eq!(more.visibility, Visibility::Private);
        assert_eq!(more.reminders, Reminders::Only(vec![Reminder::popup(5)]));
        assert_eq!(more.attendees[0].role, AttendeeRole::Required);
    }

    #[test]
    fn a_floating_time_that_the_reader_does_not_have_is_told() {
        let reader = Reader::at("Europe/Berlin", "2026-06-03T08:30:00Z");
        let mut skipped = new();
        skipped.start = EventTime::Floating("2026-03-29T02:30".parse().unwrap());
        let told = fit(&mut skipped, &CalendarCapabilities::new(), &reader).unwrap_err();
        assert!(told.line.contains("skipped"), "{}", told.line);
    }
}
