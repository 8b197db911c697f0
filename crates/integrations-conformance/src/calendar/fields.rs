//! What an event has beside its times.

use integrations_core::calendar::{
    Attachment, Attendee, AttendeeRole, Conference, ConferenceRequest, EventPatch, Notify,
    Participation, Reminder, Reminders, Rsvp, ShowAs, UpdateOptions, Visibility,
};
use url::Url;

use super::Harness;
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

fn url(text: &str) -> Result<Url, Failure> {
    Url::parse(text).map_err(|error| Failure::new(format!("{text}: {error}")))
}

pub(super) async fn people_are_kept(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let role = match h.calendar.capabilities().attendee_roles {
        true => AttendeeRole::Optional,
        false => AttendeeRole::Required,
    };
    let people = [
        Attendee::new("ada@example.com").with_name("Ada; \"the\" Countess, L."),
        Attendee::new("bob@example.com").with_role(role),
    ];
    let mut new = h.event("People", 9, 10).with_notify(h.notify());
    new.attendees = people.to_vec();
    let made = h.calendar.create_event(&calendar, new).await?;
    let mut seen = h.calendar.get_event(&calendar, &made.id).await?.attendees;
    seen.sort_by(|a, b| a.person.email.cmp(&b.person.email));
    ensure_eq!(seen.len(), 2, "how many");
    for (seen, expected) in seen.iter().zip(&people) {
        ensure_eq!(seen.person.email, expected.person.email, "the address");
        ensure_eq!(
            seen.role,
            expected.role,
            "the role of {}",
            expected.person.email
        );
        ensure_eq!(seen.participation, Participation::NeedsAction, "the answer");
    }
    ensure_eq!(seen[0].person.name, people[0].person.name, "the name");
    Ok(())
}

pub(super) async fn people_are_replaced(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let new = h
        .event("People", 9, 10)
        .with_attendee(Attendee::new("ada@example.com"))
        .with_notify(h.notify());
    let made = h.calendar.create_event(&calendar, new).await?;
    let patch = EventPatch::default().with_attendees(vec![Attendee::new("bob@example.com")]);
    h.calendar
        .update_event(&calendar, &made.id, patch, h.options())
        .await?;
    let seen = h.calendar.get_event(&calendar, &made.id).await?.attendees;
    let seen: Vec<_> = seen.iter().map(|one| one.person.email.as_str()).collect();
    ensure_eq!(seen, ["bob@example.com"], "the attendees");
    Ok(())
}

pub(super) async fn an_answer_is_kept(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let me = h.me.clone().unwrap_or_default();
    let new = h
        .event("Invitation", 9, 10)
        .with_attendee(Attendee::new(&me))
        .with_attendee(Attendee::new("ada@example.com"))
        .with_notify(h.notify());
    let made = h.calendar.create_event(&calendar, new).await?;
    let rsvp = Rsvp::new(Participation::Accepted);
    h.calendar.respond(&calendar, &made.id, rsvp).await?;
    let seen = h.calendar.get_event(&calendar, &made.id).await?.attendees;
    for one in seen {
        let expected = if one.person.email == me {
            Participation::Accepted
        } else {
            Participation::NeedsAction
        };
        ensure_eq!(
            one.participation,
            expected,
            "the answer of {}",
            one.person.email
        );
    }
    Ok(())
}

pub(super) async fn one_who_is_not_invited_cannot_answer(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let made = h
        .calendar
        .create_event(&calendar, h.event("Alone", 9, 10))
        .await?;
    let answer = h
        .calendar
        .respond(&calendar, &made.id, Rsvp::new(Participation::Declined))
        .await;
    ensure_kind!(answer, Conflict, "answering");
    Ok(())
}

pub(super) async fn those_invited_are_told_when_that_is_asked(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let address = |name: &str| format!("{}-{name}@example.com", h.label);
    let (told, untold, late) = (address("told"), address("untold"), address("late"));
    let got = async |address: &String| -> Result<Vec<String>, Failure> {
        match &h.invitations {
            Some(read) => Ok(read(address.clone()).await?),
            None => Ok(Vec::new()),
        }
    };
    if !h.calendar.capabilities().notify_always {
        let quiet = h.event("Quiet", 9, 10);
        let quiet = quiet.with_attendee(Attendee::new(&untold));
        h.calendar.create_event(&calendar, quiet).await?;
    }
    ensure_eq!(
        got(&untold).await?,
        [""; 0],
        "what came without being asked for"
    );

    let loud = h.event("Loud", 9, 10);
    let loud = loud.with_attendee(Attendee::new(&told));
    let loud = loud.with_notify(Notify::Everybody);
    let made = h.calendar.create_event(&calendar, loud).await?;
    ensure_eq!(got(&told).await?, ["REQUEST"], "what came of the event");

    let mut everybody = UpdateOptions::default();
    everybody.notify = Notify::Everybody;
    let people = vec![Attendee::new(&late)];
    let patch = EventPatch::default().with_attendees(people);
    h.calendar
        .update_event(&calendar, &made.id, patch, everybody.clone())
        .await?;
    ensure_eq!(
        got(&told).await?,
        ["REQUEST", "CANCEL"],
        "what came to one who is no longer invited"
    );
    ensure_eq!(
        got(&late).await?,
        ["REQUEST"],
        "what came to one who is now"
    );
    h.calendar
        .delete_event(&calendar, &made.id, everybody)
        .await?;
    ensure_eq!(
        got(&late).await?,
        ["REQUEST", "CANCEL"],
        "what came of the end"
    );
    Ok(())
}

pub(super) async fn reminders_are_kept(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let early = match h.calendar.capabilities().reminder_email {
        true => Reminder::email(1440),
        false => Reminder::popup(1440),
    };
    let reminders = vec![Reminder::popup(10), early];
    let new = h
        .event("Reminders", 9, 10)
        .with_reminders(Reminders::Only(reminders.clone()));
    let made = h.calendar.create_event(&calendar, new).await?;
    let Reminders::Only(mut seen) = h.calendar.get_event(&calendar, &made.id).await?.reminders
    else {
        return Err(Failure::new("the reminders are the calendar's"));
    };
    seen.sort();
    ensure_eq!(seen, reminders, "the reminders");
    Ok(())
}

pub(super) async fn no_reminder_is_not_the_default(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    for (name, reminders) in [
        ("None", Reminders::Only(vec![])),
        ("Default", Reminders::Default),
    ] {
        let new = h.event(name, 9, 10).with_reminders(reminders.clone());
        let made = h.calendar.create_event(&calendar, new).await?;
        let seen = h.calendar.get_event(&calendar, &made.id).await?.reminders;
        ensure_eq!(seen, reminders, "the reminders");
    }
    Ok(())
}

pub(super) async fn private_stays_private(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    for visibility in [Visibility::Private, Visibility::Public] {
        let mut new = h.event("Visibility", 9, 10);
        new.visibility = visibility.clone();
        let made = h.calendar.create_event(&calendar, new).await?;
        let seen = h.calendar.get_event(&calendar, &made.id).await?.visibility;
        ensure_eq!(seen, visibility, "the visibility");
    }
    Ok(())
}

pub(super) async fn free_time_stays_free(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    for show_as in [ShowAs::Free, ShowAs::Busy] {
        let new = h.event("Free", 9, 10).with_show_as(show_as.clone());
        let made = h.calendar.create_event(&calendar, new).await?;
        let seen = h.calendar.get_event(&calendar, &made.id).await?.show_as;
        ensure_eq!(seen, show_as, "what it does to the time");
    }
    Ok(())
}

pub(super) async fn properties_are_kept(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let new = h
        .event("Properties", 9, 10)
        .with_property("order", "1042")
        .with_property("note", "a; b, c=d");
    let expected = new.properties.clone();
    let made = h.calendar.create_event(&calendar, new).await?;
    let seen = h.calendar.get_event(&calendar, &made.id).await?.properties;
    ensure_eq!(seen, expected, "the properties");

    let mut patch = EventPatch::default();
    patch.properties.insert("order".into(), None);
    h.calendar
        .update_event(&calendar, &made.id, patch, UpdateOptions::default())
        .await?;
    let seen = h.calendar.get_event(&calendar, &made.id).await?.properties;
    ensure_eq!(seen.keys().collect::<Vec<_>>(), ["note"], "what is left");
    Ok(())
}

pub(super) async fn links_are_kept(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let link = url("https://example.com/agenda?id=1&v=2")?;
    let mut new = h.event("Links", 9, 10);
    new.attachments
        .push(Attachment::link("Agenda; v2.pdf", link.clone()));
    let made = h.calendar.create_event(&calendar, new).await?;
    let seen = h.calendar.get_event(&calendar, &made.id).await?.attachments;
    ensure_eq!(seen.len(), 1, "how many");
    ensure_eq!(
        (seen[0].name.as_str(), seen[0].url.as_ref()),
        ("Agenda; v2.pdf", Some(&link)),
        "the link"
    );
    Ok(())
}

pub(super) async fn links_are_replaced(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let mut new = h.event("Links", 9, 10);
    new.attachments
        .push(Attachment::link("Old", url("https://example.com/old")?));
    let made = h.calendar.create_event(&calendar, new).await?;
    for links in [
        vec![Attachment::link("New", url("https://example.com/new")?)],
        vec![],
    ] {
        let mut patch = EventPatch::default();
        patch.attachments = Some(links.clone());
        h.calendar
            .update_event(&calendar, &made.id, patch, UpdateOptions::default())
            .await?;
        let seen = h.calendar.get_event(&calendar, &made.id).await?.attachments;
        ensure_eq!(
            seen.iter().map(|one| &one.url).collect::<Vec<_>>(),
            links.iter().map(|one| &one.url).collect::<Vec<_>>(),
            "the links"
        );
    }
    Ok(())
}

pub(super) async fn a_conference_link_is_kept(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let link = url("https://meet.example.com/abc?pwd=1")?;
    let conference = ConferenceRequest::Link(Conference::new(link.clone()));
    let new = h.event("Conference", 9, 10).with_conference(conference);
    let made = h.calendar.create_event(&calendar, new).await?;
    let seen = h.calendar.get_event(&calendar, &made.id).await?.conference;
    ensure_eq!(seen.map(|it| it.join_url), Some(link), "the link");
    Ok(())
}

pub(super) async fn a_conference_is_made(h: Harness) -> Verdict {
    let calendar = h.fresh().await?;
    let new = h
        .event("Conference", 9, 10)
        .with_conference(ConferenceRequest::Create);
    let made = h.calendar.create_event(&calendar, new).await?;
    let Some(conference) = h.calendar.get_event(&calendar, &made.id).await?.conference else {
        return Err(Failure::new("the event has no conference"));
    };
    ensure!(
        conference.join_url.scheme() == "https",
        "the link is {}",
        conference.join_url
    );
    Ok(())
}
