//! A meeting that is held.

use integrations::local::video::LocalMeetings;
use integrations::video::{LiveAction, LiveActionKind, Meetings, NewMeeting, RecordingQuery};

use super::log::Log;

pub(super) async fn run(meetings: &Meetings, rooms: Option<&LocalMeetings>, log: &mut Log<'_>) {
    let instant = meetings.capabilities().instant;
    let Some(meeting) = log
        .step("create_meeting", async {
            let new = match instant {
                true => NewMeeting::instant("Stand-up"),
                false => NewMeeting::scheduled(
                    "Stand-up",
                    jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1),
                    15,
                ),
            };
            let meeting = meetings.create_meeting(new).await?;
            let what = format!("\"Stand-up\" at {}", meeting.link()?);
            Ok((meeting, what))
        })
        .await
    else {
        return;
    };
    let Some(rooms) = rooms else {
        log.skip("control", "nobody follows the link here");
        log.step("cancel_meeting", async {
            meetings.cancel_meeting(&meeting.id).await?;
            Ok(((), "it is gone again".to_owned()))
        })
        .await;
        return;
    };
    log.step("control", async {
        rooms.join(&meeting.id, "Ada").await?;
        rooms.join(&meeting.id, "Grace").await?;
        meetings
            .control(&meeting.id, LiveAction::StartRecording)
            .await?;
        Ok((
            (),
            format!(
                "Ada and Grace joined; {:?} started",
                LiveActionKind::Recording
            ),
        ))
    })
    .await;
    log.step("end_meeting", async {
        meetings.end_meeting(&meeting.id).await?;
        let sessions = meetings.participants()?.sessions(&meeting.id).all().await?;
        Ok((
            (),
            format!("ended for everybody; {} session was held", sessions.len()),
        ))
    })
    .await;
    log.step("download", async {
        let recordings = meetings.recordings()?;
        let all = recordings
            .list(RecordingQuery::of(meeting.id.clone()))
            .all()
            .await?;
        let mut bytes = 0;
        let mut files = 0;
        for recording in &all {
            for file in &recording.files {
                files += 1;
                bytes += recordings
                    .download(&recording.id, &file.id)
                    .await?
                    .body
                    .bytes()
                    .await?
                    .len();
            }
        }
        Ok((
            (),
            format!(
                "{} recording, {files} files, {bytes} bytes, every one checked for its length",
                all.len()
            ),
        ))
    })
    .await;
}
