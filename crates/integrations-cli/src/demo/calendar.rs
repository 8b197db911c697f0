//! A weekly meeting, and when there is time for another.

use integrations::Error;
use integrations::calendar::recurrence::{RRule, Weekday};
use integrations::calendar::{
    Calendar, DeleteOptions, EditScope, MeetingTimeQuery, NewEvent, Subject,
};
use integrations::time::{EventTime, TimeRange};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::log::Log;

/// Next Monday at an hour in Berlin.
fn monday(hour: i8) -> EventTime {
    let mut day = TimeZone::UTC.to_datetime(Timestamp::now()).date();
    // A Monday comes within seven days, and the end of time does not.
    for _ in 0..7 {
        day = day.tomorrow().unwrap_or(day);
        if Weekday::from(day.weekday()) == Weekday::Monday {
            break;
        }
    }
    EventTime::zoned(day.at(hour, 0, 0, 0), "Europe/Berlin")
}

pub(super) async fn run(calendar: &Calendar, log: &mut Log<'_>) {
    let Some(home) = log
        .step("list_calendars", async {
            let all = calendar.list_calendars().all().await?;
            let writable = all.into_iter().find(|one| one.writable);
            let one = writable.ok_or_else(|| Error::not_found("a calendar that can be written"))?;
            Ok((one.id, format!("{:?} can be written", one.name)))
        })
        .await
    else {
        return;
    };
    let Some(series) = log
        .step("create_event", async {
            let rule = RRule::weekly([Weekday::Monday]);
            let what = format!("\"Planning\" from {} on, {rule}", monday(9));
            let new = NewEvent::new("Planning", monday(9), monday(10)).with_recurrence(rule);
            Ok((calendar.create_event(&home, new).await?.id, what))
        })
        .await
    else {
        return;
    };
    log.step("get_event", async {
        let read = calendar.get_event(&home, &series).await?;
        let rule = read.recurrence.map(|recurrence| recurrence.rules);
        let rule = rule.and_then(|rules| rules.first().map(ToString::to_string));
        Ok((
            (),
            format!(
                "{:?} starts {}, {}",
                read.summary,
                read.start,
                rule.unwrap_or_default()
            ),
        ))
    })
    .await;
    log.step("instances", async {
        let start = monday(0).to_timestamp(&TimeZone::UTC)?;
        let range = TimeRange::new(start, start + SignedDuration::from_hours(21 * 24))?;
        let all = calendar.instances(&home, &series, range).all().await?;
        let days: Vec<String> = all
            .iter()
            .map(|event| event.start.wall().date().to_string())
            .collect();
        Ok(((), format!("in three weeks: {}", days.join(", "))))
    })
    .await;
    log.step("find_meeting_times", async {
        let (from, to) = (
            monday(9).to_timestamp(&TimeZone::UTC)?,
            monday(12).to_timestamp(&TimeZone::UTC)?,
        );
        let hour = SignedDuration::from_hours(1);
        let query =
            MeetingTimeQuery::new(vec![Subject::from(&home)], TimeRange::new(from, to)?, hour)
                .with_limit(1);
        let found = calendar.find_meeting_times(&query).await?;
        let berlin = TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC);
        let what = match found.first() {
            Some(free) => format!("an hour is free at {}", berlin.to_datetime(free.start)),
            None => "no hour is free that morning".to_owned(),
        };
        Ok(((), what))
    })
    .await;
    log.step("delete_event", async {
        let all = DeleteOptions::scope(EditScope::All);
        calendar.delete_event(&home, &series, all).await?;
        Ok(((), "the whole series is gone again".to_owned()))
    })
    .await;
}
