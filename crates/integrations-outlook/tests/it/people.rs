//! Those who are invited, and what they are told.

use integrations_core::ErrorKind;
use integrations_core::calendar::{
    Attendee, AttendeeRole, Calendar, EventPatch, EventStatus, Notify, Participation, Rsvp,
    UpdateOptions,
};
use integrations_outlook::OutlookConfig;
use integrations_sandbox::microsoft_graph::{OWNER, TOKEN};

use crate::account::{Account, account_at, stand_in};
use crate::events::{BOSS, GUEST, invited, lunch, renamed, told};

fn account() -> Account {
    let graph = stand_in().with_mailbox(BOSS);
    account_at(graph, OutlookConfig::with_token(TOKEN))
}

fn methods(account: &Account, who: &str) -> Vec<&'static str> {
    let all = account.graph.messages(who).into_iter();
    all.map(|message| message.method).collect()
}

#[tokio::test(start_paused = true)]
async fn an_invitation_is_answered_with_words_and_the_organizer_is_told() {
    for (answer, seen) in [
        (Participation::Accepted, Participation::Accepted),
        (Participation::Tentative, Participation::Tentative),
        (Participation::Declined, Participation::NeedsAction),
    ] {
        let account = account();
        let event = invited(&account.graph).await;
        let calendar = Calendar::new(account.provider.clone());
        let rsvp = Rsvp::new(answer.clone()).with_comment("We will see.");
        let primary = &"primary".into();
        let answered = calendar.respond(primary, &event.id, rsvp).await.unwrap();
        assert_eq!(answered.attendees[0].participation, seen, "{answer:?}");
        let told = &account.graph.messages(BOSS)[0];
        assert_eq!(told.method, "REPLY");
        assert_eq!(told.comment.as_deref(), Some("We will see."));
        // Outlook takes what was declined out of the calendar.
        if answer == Participation::Declined {
            assert_eq!(answered.status, EventStatus::Cancelled);
            let gone = calendar.get_event(primary, &event.id).await.unwrap_err();
            assert_eq!(gone.kind(), ErrorKind::NotFound);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_answer_cannot_carry_is_refused_and_nothing_is_sent() {
    let account = account();
    let event = invited(&account.graph).await;
    let calendar = Calendar::new(account.provider.clone());
    let primary = &"primary".into();
    let before = account.sent.sent();
    let mut quiet = Rsvp::new(Participation::Accepted).with_comment("Nobody reads it.");
    quiet.notify = false;
    for rsvp in [quiet, Rsvp::new(Participation::NeedsAction)] {
        let refused = calendar.respond(primary, &event.id, rsvp).await;
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Unsupported);
    }
    assert_eq!(account.sent.sent(), before);
    let mut quiet = Rsvp::new(Participation::Accepted);
    quiet.notify = false;
    calendar.respond(primary, &event.id, quiet).await.unwrap();
    assert!(account.graph.messages(BOSS).is_empty());
}

#[tokio::test(start_paused = true)]
async fn whoever_is_invited_is_told_of_every_change_or_it_is_refused() {
    let account = account();
    let calendar = Calendar::new(account.provider.clone());
    let primary = &"primary".into();
    let party = || {
        let resource = Attendee::new("room@elsewhere.example").with_role(AttendeeRole::Resource);
        lunch()
            .with_attendee(Attendee::new(GUEST))
            .with_attendee(resource)
    };
    for notify in [Notify::Nobody, Notify::External] {
        let refused = calendar
            .create_event(primary, party().with_notify(notify))
            .await;
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Unsupported);
    }
    assert_eq!(account.sent.sent(), 0);
    let loud = party().with_notify(Notify::Everybody);
    let made = calendar.create_event(primary, loud).await.unwrap();
    assert_eq!(methods(&account, GUEST), ["REQUEST"]);
    let before = account.graph.effects();
    let quiet = UpdateOptions::default();
    let changed = calendar.update_event(primary, &made.id, renamed("x"), quiet.clone());
    assert_eq!(changed.await.unwrap_err().kind(), ErrorKind::Unsupported);
    let deleted = calendar.delete_event(primary, &made.id, quiet).await;
    assert_eq!(deleted.unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(account.graph.effects(), before);
    let changed = calendar.update_event(primary, &made.id, renamed("x"), told());
    assert_eq!(changed.await.unwrap().attendees.len(), 2);
    // Who is no longer invited is told, too.
    let nobody = EventPatch::default().with_attendees(vec![]);
    calendar
        .update_event(primary, &made.id, nobody, told())
        .await
        .unwrap();
    assert_eq!(methods(&account, GUEST), ["REQUEST", "REQUEST", "CANCEL"]);
    calendar
        .delete_event(primary, &made.id, UpdateOptions::default())
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_message_goes_with_a_cancellation_to_those_who_are_told() {
    let account = account();
    let calendar = Calendar::new(account.provider.clone());
    let primary = &"primary".into();
    let alone = calendar.create_event(primary, lunch()).await.unwrap();
    let mut options = told();
    options.message = Some("It rains.".to_owned());
    let nobody = calendar
        .delete_event(primary, &alone.id, options.clone())
        .await;
    assert_eq!(nobody.unwrap_err().kind(), ErrorKind::InvalidInput);
    let party = lunch()
        .with_attendee(Attendee::new(GUEST))
        .with_notify(Notify::Everybody);
    let party = calendar.create_event(primary, party).await.unwrap();
    let mut conditional = options.clone();
    conditional.if_match = party.etag.clone();
    let refused = calendar.delete_event(primary, &party.id, conditional).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Unsupported);
    calendar
        .delete_event(primary, &party.id, options)
        .await
        .unwrap();
    let last = account.graph.messages(GUEST).pop().unwrap();
    assert_eq!(
        (last.method, last.comment.as_deref()),
        ("CANCEL", Some("It rains."))
    );
}

#[tokio::test(start_paused = true)]
async fn an_event_of_somebody_else_is_ones_own_to_mark_and_not_to_announce() {
    let account = account();
    let event = invited(&account.graph).await;
    let calendar = Calendar::new(account.provider.clone());
    let primary = &"primary".into();
    let refused = calendar
        .update_event(primary, &event.id, renamed("x"), told())
        .await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Unsupported);
    let mut marked = EventPatch::default();
    marked.properties.insert("seen".into(), Some("yes".into()));
    let options = UpdateOptions::default();
    let marked = calendar
        .update_event(primary, &event.id, marked, options)
        .await;
    assert_eq!(marked.unwrap().properties["seen"], "yes");
    assert!(account.graph.messages(OWNER).len() <= 1);
    // What the organizer called off is left out of lists, and cannot be called on again.
    let boss = crate::events::calendars_of(&account.graph, BOSS);
    let theirs = boss
        .list_events(primary, Default::default())
        .all()
        .await
        .unwrap()
        .remove(0);
    boss.delete_event(primary, &theirs.id, told())
        .await
        .unwrap();
    let read = calendar.get_event(primary, &event.id).await.unwrap();
    assert_eq!(read.status, EventStatus::Cancelled);
    let listed = calendar
        .list_events(primary, Default::default())
        .all()
        .await;
    assert!(listed.unwrap().is_empty());
    let mut again = EventPatch::default();
    again.status = Some(EventStatus::Confirmed);
    let options = UpdateOptions::default();
    let refused = calendar
        .update_event(primary, &event.id, again, options)
        .await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Conflict);
}
