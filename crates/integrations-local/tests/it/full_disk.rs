//! A disk that is really full: a small file system of its own, where one may be mounted.

use std::path::{Path, PathBuf};
use std::process::Command;

use integrations_core::calendar::{
    Calendar, CalendarId, EventPatch, NewAttachment, NewEvent, UpdateOptions,
};
use integrations_core::email::{Attachment, EmailMessage, Mailbox, Mailer, SendOptions};
use integrations_core::storage::{ObjectKey, PutOptions, Storage};
use integrations_core::time::EventTime;
use integrations_core::video::{MeetingQuery, Meetings, NewMeeting};
use integrations_core::{Effect, Error, ErrorKind};
use integrations_local::calendar::LocalCalendar;
use integrations_local::email::LocalMailer;
use integrations_local::storage::LocalStorage;
use integrations_local::video::LocalMeetings;
use jiff::civil::date;

/// A file system of one mebibyte, unmounted at the end.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// `None`, and a word about it, where none can be mounted.
    #[allow(clippy::print_stderr)] // What was skipped must be seen.
    fn mount() -> Option<Self> {
        let place = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
            .arg(place.path())
            .output();
        match mounted {
            Ok(done) if done.status.success() => Some(Self(place)),
            _ => {
                eprintln!("skipped: a small file system cannot be mounted here");
                None
            }
        }
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Takes up the whole disk.
    fn fill(&self) -> PathBuf {
        let filler = self.path().join("filler");
        let full = std::fs::write(&filler, vec![0; 2 << 20]).unwrap_err();
        assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
        filler
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else if path.file_name().is_none_or(|name| name != "filler") {
            let bytes = std::fs::read(&path).unwrap();
            all.push((path, bytes));
        }
    }
    all.sort();
    all
}

fn says_that_it_is_full(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::QuotaExceeded, "{error}");
    assert_eq!(error.effect(), Effect::NotApplied, "{error}");
    assert!(error.to_string().contains("the disk is full"), "{error}");
    assert_eq!(error.to_string().lines().count(), 1, "{error}");
}

#[tokio::test]
async fn an_object_that_does_not_fit_leaves_the_old_one() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let storage = Storage::new(LocalStorage::open(disk.path()).await.unwrap());
    let key = ObjectKey::new("report").unwrap();
    let put = async |bytes: Vec<u8>| storage.put(&key, bytes, PutOptions::default()).await;
    put(b"old".to_vec()).await.unwrap();
    let before = files(disk.path());
    // More than there is room for, so that it fails on the way; and a little on a full disk, so
    // that it fails with the first byte.
    says_that_it_is_full(&put(vec![7; 4 << 20]).await.unwrap_err());
    assert_eq!(files(disk.path()), before);
    let filler = disk.fill();
    says_that_it_is_full(&put(b"new".to_vec()).await.unwrap_err());
    assert_eq!(files(disk.path()), before);
    assert_eq!(storage.get_bytes(&key).await.unwrap(), "old");

    drop(storage);
    std::fs::remove_file(filler).unwrap();
    let storage = Storage::new(LocalStorage::open(disk.path()).await.unwrap());
    assert_eq!(storage.get_bytes(&key).await.unwrap(), "old");
    storage
        .put(&key, "new", PutOptions::default())
        .await
        .unwrap();
    assert_eq!(storage.get_bytes(&key).await.unwrap(), "new");
}

#[tokio::test]
async fn an_event_that_does_not_fit_leaves_the_old_one() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let home = CalendarId::from("home");
    let at = |hour| EventTime::zoned(date(2026, 6, 1).at(hour, 0, 0, 0), "Europe/Berlin");
    let calendar = Calendar::new(LocalCalendar::open(disk.path()).await.unwrap());
    let made = calendar
        .create_event(&home, NewEvent::new("Old", at(9), at(10)))
        .await
        .unwrap();
    let before = files(disk.path());
    // The event fits and is replaced whole, or nothing is: also when only its record does not fit.
    let content = NewAttachment::new("big", "application/octet-stream", vec![7; 2 << 20]);
    let attached = calendar.attachments().unwrap();
    let error = attached.add(&home, &made.id, content).await.unwrap_err();
    says_that_it_is_full(&error);
    assert_eq!(files(disk.path()), before);
    let filler = disk.fill();
    let new = NewEvent::new("New", at(9), at(10));
    says_that_it_is_full(&calendar.create_event(&home, new).await.unwrap_err());
    // Room for a page: for the event, and not for the record after it.
    let file = std::fs::OpenOptions::new().write(true).open(&filler);
    let room = std::fs::metadata(&filler).unwrap().len() - 4096;
    file.unwrap().set_len(room).unwrap();
    let patch = EventPatch::default().with_summary("New");
    let options = UpdateOptions::default();
    let error = calendar.update_event(&home, &made.id, patch.clone(), options.clone());
    says_that_it_is_full(&error.await.unwrap_err());
    assert_eq!(files(disk.path()), before);
    let kept = calendar.get_event(&home, &made.id).await.unwrap();
    assert_eq!(kept, made);

    drop((calendar, attached));
    std::fs::remove_file(filler).unwrap();
    let calendar = Calendar::new(LocalCalendar::open(disk.path()).await.unwrap());
    let all = calendar.list_events(&home, Default::default()).all().await;
    let names: Vec<_> = all.unwrap().into_iter().map(|one| one.summary).collect();
    assert_eq!(names, ["Old"]);
    calendar
        .update_event(&home, &made.id, patch, options)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_mail_that_does_not_fit_is_not_sent() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let mailbox = |text: &str| text.parse::<Mailbox>().unwrap();
    let message = |subject: &str| {
        EmailMessage::new(mailbox("shop@example.org"), subject)
            .with_to(mailbox("ana@example.com"))
            .with_text("Hello")
    };
    let local = LocalMailer::open(disk.path()).await.unwrap();
    let mailer = Mailer::new(local.clone());
    let sent = mailer.send(&message("Old")).await.unwrap();
    assert_eq!(sent.accepted(), 1);
    let before = files(disk.path());
    let key = SendOptions::default().with_key("k".parse().unwrap());
    let big = Attachment::new("big.bin", "application/octet-stream", vec![7; 2 << 20]);
    let big = message("Big").with_attachment(big);
    let error = mailer.send_with(&big, key.clone()).await.unwrap_err();
    says_that_it_is_full(&error);
    assert_eq!(files(disk.path()), before);
    let filler = disk.fill();
    let error = mailer.send_with(&message("New"), key.clone()).await;
    says_that_it_is_full(&error.unwrap_err());
    assert_eq!(files(disk.path()), before);

    // Sent again under its key when there is room, it goes out once.
    std::fs::remove_file(filler).unwrap();
    for _ in 0..2 {
        let sent = mailer.send_with(&message("New"), key.clone()).await;
        assert_eq!(sent.unwrap().accepted(), 1);
    }
    drop((local, mailer));
    let local = LocalMailer::open(disk.path()).await.unwrap();
    let outbox = local.outbox().await.unwrap();
    let subjects: Vec<_> = outbox
        .iter()
        .map(|mail| mail.message.subject.as_deref())
        .collect();
    assert_eq!(subjects, [Some("Old"), Some("New")]);
}

#[tokio::test]
async fn a_meeting_that_does_not_fit_is_not_made() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let meetings = Meetings::new(LocalMeetings::open(disk.path()).await.unwrap());
    let made = meetings.create_meeting(NewMeeting::instant("Old")).await;
    let made = made.unwrap();
    let before = files(disk.path());
    let filler = disk.fill();
    let error = meetings.create_meeting(NewMeeting::instant("New")).await;
    says_that_it_is_full(&error.unwrap_err());
    assert_eq!(files(disk.path()), before);
    drop(meetings);
    std::fs::remove_file(filler).unwrap();
    let meetings = Meetings::new(LocalMeetings::open(disk.path()).await.unwrap());
    let all = meetings.list_meetings(MeetingQuery::default()).all().await;
    let ids: Vec<_> = all.unwrap().into_iter().map(|one| one.id).collect();
    assert_eq!(ids, [made.id]);
}
