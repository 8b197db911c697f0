//! Every call that changes something: what it needs, how it is made, and how often it was done.

use std::time::Duration;

use integrations_core::calendar::{
    AclRole, AclScope, Attendee, Calendar, CalendarPatch, DeleteOptions, EditScope, Event,
    NewAttachment, NewCalendar, NewEvent, Notify, Participation, Rsvp, UpdateOptions, Watch,
    WatchRequest,
};
use integrations_core::{Error, SecretString};
use integrations_outlook::OutlookConfig;
use integrations_sandbox::microsoft_graph::{OWNER, TOKEN};

use crate::account::{Account, account_at, stand_in, there};
use crate::events::{
    BOSS, GUEST, berlin, daily, invited, lunch, occurrences, recurrence, renamed, told,
};

/// Every call that changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Create,
    CreateWithout,
    Update,
    UpdateTold,
    Delete,
    DeleteFollowing,
    Cancel,
    Respond,
    RespondTold,
    CreateCalendar,
    UpdateCalendar,
    DeleteCalendar,
    PutAcl,
    ChangeAcl,
    RemoveAcl,
    Watch,
    Renew,
    Stop,
    Attach,
    Upload,
    Detach,
    Following,
    FollowingTold,
}

/// The calls, and the requests of each of which one is lost.
pub(crate) const CALLS: &[(Call, &[&str])] = &[
    (Call::Create, &["POST"]),
    (Call::CreateWithout, &["POST", "DELETE"]),
    (Call::Update, &["PATCH"]),
    (Call::UpdateTold, &["PATCH"]),
    (Call::Delete, &["DELETE"]),
    (Call::DeleteFollowing, &["PATCH"]),
    (Call::Cancel, &["POST"]),
    (Call::Respond, &["POST"]),
    (Call::RespondTold, &["POST"]),
    (Call::CreateCalendar, &["POST"]),
    (Call::UpdateCalendar, &["PATCH"]),
    (Call::DeleteCalendar, &["DELETE"]),
    (Call::PutAcl, &["POST", "GET"]),
    (Call::ChangeAcl, &["PATCH"]),
    (Call::RemoveAcl, &["DELETE"]),
    (Call::Watch, &["POST"]),
    (Call::Renew, &["PATCH"]),
    (Call::Stop, &["DELETE"]),
    (Call::Attach, &["POST"]),
    (Call::Upload, &["PUT"]),
    (Call::Detach, &["DELETE"]),
    (Call::Following, &["POST", "PATCH", "GET"]),
    (Call::FollowingTold, &["POST", "PATCH"]),
];

/// What a call needs to be there.
pub(crate) struct Scene {
    pub(crate) account: Account,
    pub(crate) calendar: Calendar,
    pub(crate) event: Option<Event>,
    other: Option<String>,
    watch: Option<Watch>,
}

fn watch_request() -> WatchRequest {
    let hook = "https://app.example/hook".parse().unwrap();
    WatchRequest::new("primary", hook, SecretString::from("s3cret"))
}

fn ada() -> AclScope {
    AclScope::User("ada@example.com".into())
}

fn large() -> NewAttachment {
    let bytes: Vec<u8> = (0..3_400_000_u32).map(|n| (n % 251) as u8).collect();
    NewAttachment::new("large.bin", "application/octet-stream", bytes)
}

pub(crate) async fn scene(call: Call) -> Scene {
    let account = account_at(
        stand_in().with_mailbox(BOSS),
        OutlookConfig::with_token(TOKEN),
    );
    let calendar = Calendar::new(account.provider.clone());
    let primary = || "primary".into();
    let mut scene = Scene {
        account,
        calendar: calendar.clone(),
        event: None,
        other: None,
        watch: None,
    };
    match call {
        Call::Create | Call::CreateWithout | Call::CreateCalendar | Call::Watch => {}
        Call::Update | Call::Delete | Call::Attach | Call::Upload => {
            scene.event = Some(calendar.create_event(&primary(), lunch()).await.unwrap());
        }
        Call::UpdateTold | Call::Cancel => {
            let meeting = lunch()
                .with_attendee(Attendee::new(GUEST))
                .with_notify(Notify::Everybody);
            scene.event = Some(calendar.create_event(&primary(), meeting).await.unwrap());
        }
        Call::Respond | Call::RespondTold => {
            scene.event = Some(invited(&scene.account.graph).await);
        }
        Call::DeleteFollowing | Call::Following => {
            scene.event = Some(daily(&calendar).await.1.remove(2));
        }
        Call::FollowingTold => {
            let meeting = NewEvent::new("Daily", berlin(1, 9), berlin(1, 10))
                .with_recurrence(recurrence("FREQ=DAILY;COUNT=5"))
                .with_attendee(Attendee::new(GUEST))
                .with_notify(Notify::Everybody);
            calendar.create_event(&primary(), meeting).await.unwrap();
            scene.event = Some(occurrences(&calendar).await.remove(2));
        }
        Call::UpdateCalendar | Call::DeleteCalendar => {
            let made = calendar.create_calendar(NewCalendar::new("Team")).await;
            scene.other = Some(made.unwrap().id.as_str().to_owned());
        }
        Call::PutAcl => {}
        Call::ChangeAcl | Call::RemoveAcl => {
            let sharing = calendar.sharing().unwrap();
            let rule = sharing
                .put(&primary(), ada(), AclRole::FreeBusyReader)
                .await;
            scene.other = Some(rule.unwrap().id.as_str().to_owned());
        }
        Call::Renew | Call::Stop => {
            let mut request = watch_request();
            request.ttl = Some(Duration::from_secs(7200));
            let watching = calendar.watching().unwrap();
            scene.watch = Some(watching.start(&request).await.unwrap());
        }
        Call::Detach => {
            let event = calendar.create_event(&primary(), lunch()).await.unwrap();
            let new = NewAttachment::new("a.txt", "text/plain", "a");
            let attachments = calendar.attachments().unwrap();
            let made = attachments.add(&primary(), &event.id, new).await.unwrap();
            scene.other = Some(made.id.unwrap().as_str().to_owned());
            scene.event = Some(event);
        }
    }
    scene
}

pub(crate) async fn perform(call: Call, scene: &Scene) -> Result<(), Error> {
    let calendar = &scene.calendar;
    let primary = &"primary".into();
    let event = scene.event.as_ref().map(|event| event.id.clone());
    let id = || event.as_ref().unwrap();
    let other = || scene.other.clone().unwrap();
    match call {
        Call::Create => drop(calendar.create_event(primary, lunch()).await?),
        Call::CreateWithout => {
            let rule = recurrence("FREQ=DAILY;COUNT=5").with_except(berlin(3, 9));
            let new = NewEvent::new("Daily", berlin(1, 9), berlin(1, 10)).with_recurrence(rule);
            drop(calendar.create_event(primary, new).await?);
        }
        Call::Update => {
            let options = UpdateOptions::default();
            let changed = calendar.update_event(primary, id(), renamed("Dinner"), options);
            drop(changed.await?);
        }
        Call::UpdateTold => {
            let changed = calendar.update_event(primary, id(), renamed("Dinner"), told());
            drop(changed.await?);
        }
        Call::Delete => {
            calendar
                .delete_event(primary, id(), DeleteOptions::default())
                .await?;
        }
        Call::DeleteFollowing => {
            let options = DeleteOptions::scope(EditScope::ThisAndFollowing);
            calendar.delete_event(primary, id(), options).await?;
        }
        Call::Cancel => {
            let mut options = told();
            options.message = Some("It rains.".to_owned());
            calendar.delete_event(primary, id(), options).await?;
        }
        Call::Respond | Call::RespondTold => {
            let mut rsvp = Rsvp::new(Participation::Accepted);
            rsvp.notify = call == Call::RespondTold;
            drop(calendar.respond(primary, id(), rsvp).await?);
        }
        Call::CreateCalendar => {
            drop(calendar.create_calendar(NewCalendar::new("Team")).await?);
        }
        Call::UpdateCalendar => {
            let mut patch = CalendarPatch::default();
            patch.name = Some("Others".to_owned());
            drop(calendar.update_calendar(&other().into(), patch).await?);
        }
        Call::DeleteCalendar => calendar.delete_calendar(&other().into()).await?,
        Call::PutAcl | Call::ChangeAcl => {
            let sharing = calendar.sharing()?;
            drop(sharing.put(primary, ada(), AclRole::Writer).await?);
        }
        Call::RemoveAcl => {
            let sharing = calendar.sharing()?;
            sharing.remove(primary, &other().into()).await?;
        }
        Call::Watch => drop(calendar.watching()?.start(&watch_request()).await?),
        Call::Renew => {
            let watching = calendar.watching()?;
            let watch = scene.watch.as_ref().unwrap();
            drop(watching.renew(watch, &watch_request()).await?);
        }
        Call::Stop => {
            let watching = calendar.watching()?;
            watching.stop(scene.watch.as_ref().unwrap()).await?;
        }
        Call::Attach | Call::Upload => {
            let new = match call {
                Call::Upload => large(),
                _ => NewAttachment::new("a.txt", "text/plain", "a"),
            };
            let attachments = calendar.attachments()?;
            drop(attachments.add(primary, id(), new).await?);
        }
        Call::Detach => {
            let attachments = calendar.attachments()?;
            attachments.remove(primary, id(), &other().into()).await?;
        }
        Call::Following | Call::FollowingTold => {
            let mut options = UpdateOptions::scope(EditScope::ThisAndFollowing);
            if call == Call::FollowingTold {
                options.notify = Notify::Everybody;
            }
            let changed = calendar.update_event(primary, id(), renamed("Later"), options);
            drop(changed.await?);
        }
    }
    Ok(())
}

/// How often it was done, by what the stand-in has now. What was done in part is half.
pub(crate) fn done(call: Call, scene: &Scene) -> f64 {
    let graph = &scene.account.graph;
    let id = || scene.event.as_ref().unwrap().id.as_str().to_owned();
    let count = |path: &str| there(graph, path)["value"].as_array().unwrap().len() as f64;
    let is = |yes: bool| if yes { 1.0 } else { 0.0 };
    let event = |id: &str| there(graph, &format!("me/events/{id}"));
    let view = || {
        let path = "me/calendarView?startDateTime=2026-06-01T00:00:00Z&endDateTime=2026-07-01T00:00:00Z&$top=50";
        let all = there(graph, path);
        let all = all["value"].as_array().unwrap().clone();
        let titles = all
            .iter()
            .map(|one| one["subject"].as_str().unwrap().to_owned());
        titles.collect::<Vec<_>>()
    };
    let sent = |to: &str, method: &str| {
        let all = graph.messages(to);
        all.iter().filter(|one| one.method == method).count() as f64
    };
    match call {
        Call::Create => graph.events(OWNER) as f64,
        Call::CreateWithout => match view().len() {
            0 => 0.0,
            4 => 1.0,
            5 => 0.5,
            more => more as f64,
        },
        Call::Update => is(event(&id())["subject"] == "Dinner"),
        Call::UpdateTold => sent(GUEST, "REQUEST") - 1.0,
        Call::Delete => is(event(&id())["error"].is_object()),
        Call::DeleteFollowing => is(view().len() == 2),
        Call::Cancel => sent(GUEST, "CANCEL"),
        Call::Respond => is(event(&id())["responseStatus"]["response"] == "accepted"),
        Call::RespondTold => sent(BOSS, "REPLY"),
        Call::CreateCalendar | Call::UpdateCalendar | Call::DeleteCalendar => {
            let all = there(graph, "me/calendars");
            let named = |name: &str| {
                let all = all["value"].as_array().unwrap().iter();
                all.filter(|one| one["name"] == name).count() as f64
            };
            match call {
                Call::CreateCalendar => named("Team"),
                Call::UpdateCalendar => named("Others"),
                _ => 1.0 - named("Team"),
            }
        }
        Call::PutAcl | Call::ChangeAcl | Call::RemoveAcl => {
            let all = there(graph, "me/calendar/calendarPermissions");
            let all = all["value"].as_array().unwrap().iter();
            let own = all.filter(|one| one["emailAddress"]["address"] == "ada@example.com");
            let own: Vec<_> = own.collect();
            match call {
                Call::RemoveAcl => 1.0 - own.len() as f64,
                _ => own.iter().filter(|one| one["role"] == "write").count() as f64,
            }
        }
        Call::Watch => count("subscriptions"),
        Call::Stop => 1.0 - count("subscriptions"),
        Call::Renew => {
            let watch = scene.watch.as_ref().unwrap();
            let now = there(graph, &format!("subscriptions/{}", watch.id));
            let ends: jiff::Timestamp =
                now["expirationDateTime"].as_str().unwrap().parse().unwrap();
            is(ends > watch.expires)
        }
        Call::Attach | Call::Upload => count(&format!("me/events/{}/attachments", id())),
        Call::Detach => 1.0 - count(&format!("me/events/{}/attachments", id())),
        // Of the series, of its rest, and of its end.
        Call::FollowingTold => match graph.messages(GUEST).len() {
            1 => 0.0,
            2 => 0.5,
            3 => 1.0,
            more => more as f64,
        },
        Call::Following => match &view().join(" ")[..] {
            "Daily Daily Daily Daily Daily" => 0.0,
            "Daily Daily Later Later Later" => 1.0,
            // The rest is there beside the whole: a repeated call goes on.
            titles if titles.matches("Daily").count() == 5 => 0.5,
            titles => panic!("{titles}"),
        },
    }
}
