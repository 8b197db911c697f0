//! What an account in a folder promises beyond the suite.

use integrations_core::ErrorKind;
use integrations_core::video::{MeetingQuery, Meetings, NewMeeting, RecordingQuery};
use integrations_local::video::LocalMeetings;

#[tokio::test]
async fn what_is_written_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let rooms = LocalMeetings::open(folder.path()).await.unwrap();
    let meetings = Meetings::new(rooms.clone());
    let new = NewMeeting::instant("Kept").with_passcode("s3cret");
    let made = meetings.create_meeting(new).await.unwrap();
    rooms.join(&made.id, "Ada").await.unwrap();
    rooms.record(&made.id).await.unwrap();
    drop((rooms, meetings));

    let meetings = Meetings::new(LocalMeetings::open(folder.path()).await.unwrap());
    let read = meetings.get_meeting(&made.id).await.unwrap();
    assert_eq!(
        (read.topic.as_str(), &read.join_url),
        ("Kept", &made.join_url)
    );
    assert!(read.passcode.is_some());
    let recordings = meetings.recordings().unwrap();
    let all = recordings
        .list(RecordingQuery::of(made.id))
        .all()
        .await
        .unwrap();
    let file = &all[0].files[0];
    let bytes = recordings
        .download(&all[0].id, &file.id)
        .await
        .unwrap()
        .body
        .bytes()
        .await
        .unwrap();
    assert_eq!(Some(bytes.len() as u64), file.size);
}

#[tokio::test]
async fn a_second_opener_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let _first = LocalMeetings::open(folder.path()).await.unwrap();
    let second = LocalMeetings::open(folder.path()).await.unwrap_err();
    assert_eq!(second.kind(), ErrorKind::Conflict, "{second}");
}

#[tokio::test]
async fn a_damaged_file_is_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("meetings.json");
    std::fs::write(&file, "{ not json").unwrap();
    let error = LocalMeetings::open(folder.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("meetings.json"), "{error}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "{ not json");
}

#[tokio::test]
async fn a_write_that_fails_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let meetings = Meetings::new(LocalMeetings::open(folder.path()).await.unwrap());
    // A folder where the file has to be.
    std::fs::create_dir_all(folder.path().join("meetings.json/x")).unwrap();
    meetings
        .create_meeting(NewMeeting::instant("x"))
        .await
        .unwrap_err();
    assert!(
        meetings
            .list_meetings(MeetingQuery::default())
            .all()
            .await
            .unwrap()
            .is_empty()
    );
}
