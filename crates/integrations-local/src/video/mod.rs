//! Video meetings without video: rooms, links and recordings for offline work.
//!
//! ```
//! use integrations_core::video::{Meetings, MeetingStatus, NewMeeting};
//! use integrations_local::video::LocalMeetings;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> integrations_core::Result<()> {
//! let rooms = LocalMeetings::in_memory();
//! let meetings = Meetings::new(rooms.clone());
//! let meeting = meetings.create_meeting(NewMeeting::instant("Stand-up")).await?;
//!
//! // Somebody follows the link.
//! rooms.join(&meeting.id, "Ada").await?;
//! assert_eq!(meetings.get_meeting(&meeting.id).await?.status, MeetingStatus::Live);
//! # Ok(()) }
//! ```
//!
//! Links lead to `meet.invalid`, which RFC 2606 reserves: nobody is there. A recording is a
//! few bytes that say what was recorded.
//!
//! # What a developer can do beyond the trait
//!
//! [`LocalMeetings::start`], [`join`](LocalMeetings::join) and [`leave`](LocalMeetings::leave) play
//! the host and the guests, [`record`](LocalMeetings::record) makes a recording, [`told`](LocalMeetings::told)
//! says who heard of a cancellation, and [`with_clock`](LocalMeetings::with_clock) lets time pass.

mod account;
mod groups;
mod older;
mod provider;
mod registrants;
mod room;
mod webinars;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use integrations_core::video::{
    LiveAction, LiveActionKind, MeetingId, ParticipantId, VideoCapabilities,
};
use integrations_core::{Category, Descriptor, Error, Result, Status};
use jiff::Timestamp;

use account::Account;
pub use account::Told;

use crate::files::OneFile;
use crate::lazy::Lazy;

/// The file with everything.
const FILE: &str = "meetings.json";

/// The meetings of one account. Clones share them.
#[derive(Clone)]
pub struct LocalMeetings {
    descriptor: Descriptor,
    capabilities: VideoCapabilities,
    page_size: usize,
    shared: Arc<Shared>,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

struct Shared {
    store: Arc<Lazy<Store>>,
    status: Mutex<Status>,
}

/// The account, in memory or as it is in a folder.
struct Store {
    account: Mutex<Account>,
    /// Held while a change is decided, written and made.
    commit: tokio::sync::Mutex<()>,
    file: Option<OneFile>,
}

impl Store {
    fn new(account: Account, file: Option<OneFile>) -> Self {
        Self {
            account: Mutex::new(account),
            commit: tokio::sync::Mutex::new(()),
            file,
        }
    }

    async fn open(folder: PathBuf) -> Result<Self> {
        let (file, text) = OneFile::open(folder, FILE).await?;
        let Some(text) = text else {
            return Ok(Self::new(Account::default(), Some(file)));
        };
        let (account, earlier) = older::read(&text).map_err(|error| {
            let path = file.path().display();
            Error::new(
                error.kind(),
                format!("{path} cannot be read: {}", error.message()),
            )
            .with_source(error)
        })?;
        if earlier {
            // What it had no place for is made once, so that links stay as they are from now on.
            file.write(written(&account)?).await?;
        }
        Ok(Self::new(account, Some(file)))
    }
}

fn written(account: &Account) -> Result<Vec<u8>> {
    serde_json::to_vec_pretty(account)
        .map_err(|_| Error::internal("the meetings cannot be written"))
}

impl LocalMeetings {
    /// Meetings that are gone with their last clone.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::over(Lazy::memory(Store::new(Account::default(), None)))
    }

    /// Meetings in a folder, which is opened when it is connected or used first, and made then when
    /// it is not there. Making it does no I/O; what [`open`](Self::open) fails with, the first use
    /// fails with.
    #[must_use]
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self::over(Lazy::folder(folder.into()))
    }

    /// Meetings in a folder, opened now.
    ///
    /// # Errors
    /// `Conflict` when another process has it open; `Decode` when its file is damaged;
    /// `PermissionDenied` and its like when it cannot be used.
    pub async fn open(folder: impl AsRef<Path>) -> Result<Self> {
        let this = Self::in_folder(folder.as_ref());
        this.store().await?;
        Ok(this)
    }

    fn over(store: Arc<Lazy<Store>>) -> Self {
        Self {
            descriptor: Descriptor::new("local_video", Category::VIDEO, "local"),
            capabilities: all(),
            page_size: 30,
            shared: Arc::new(Shared {
                store,
                status: Mutex::new(Status::disconnected()),
            }),
            clock: Arc::new(Timestamp::now),
        }
    }

    /// Gives the integration another name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.descriptor = self.descriptor.with_name(name.into());
        self
    }

    /// Takes abilities away: what `capabilities` does not declare is refused.
    #[must_use]
    pub fn with_capabilities(mut self, capabilities: VideoCapabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// How many items a page has when the caller does not say.
    #[must_use]
    pub fn with_page_size(mut self, size: usize) -> Self {
        self.page_size = size.max(1);
        self
    }

    /// Tells the time by another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The host begins the meeting. One that is being held stays so.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for one that has ended.
    pub async fn start(&self, meeting: &MeetingId) -> Result<()> {
        let now = self.now();
        self.change(|account| account.meeting_mut(meeting)?.begin(now))
            .await
    }

    /// Somebody follows the link. The meeting begins with the first who comes, unless it waits for
    /// its host.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for one that has ended or waits for its host.
    pub async fn join(&self, meeting: &MeetingId, name: &str) -> Result<ParticipantId> {
        let now = self.now();
        self.change(|account| account.meeting_mut(meeting)?.join(name, now))
            .await
    }

    /// Somebody leaves. One who left already does not mind.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn leave(&self, meeting: &MeetingId, participant: &ParticipantId) -> Result<()> {
        let now = self.now();
        self.change(|account| account.meeting_mut(meeting)?.leave(participant, now))
            .await
    }

    /// The meeting is held and recorded: afterwards it has a recording that can be had.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for one that has ended.
    pub async fn record(&self, meeting: &MeetingId) -> Result<()> {
        let now = self.now();
        self.change(|account| {
            let room = account.meeting_mut(meeting)?;
            room.begin(now)?;
            room.control(&LiveAction::StartRecording, now)?;
            room.end(now)
        })
        .await
    }

    /// Who was told of a cancellation so far, the first first. Nothing is sent: this is the outbox.
    ///
    /// # Errors
    /// What the opening of the folder fails with.
    pub async fn told(&self) -> Result<Vec<Told>> {
        Ok(self.account().await?.told.clone())
    }

    /// How often something here was read or written so far: what would be requests to a service. It
    /// is for tests, which prove with it that a call that is refused does neither. Clones count
    /// together.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.shared.store.asked()
    }

    /// The account, opened now when it was not.
    async fn store(&self) -> Result<&Store> {
        self.shared.store.get(Store::open).await
    }

    async fn account(&self) -> Result<MutexGuard<'_, Account>> {
        Ok(lock(&self.store().await?.account))
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Decides on a change, writes it down, and then makes it: all of it or nothing.
    async fn change<T>(&self, decide: impl FnOnce(&mut Account) -> Result<T>) -> Result<T> {
        let store = self.store().await?;
        let _commit = store.commit.lock().await;
        let mut account = lock(&store.account).clone();
        let answer = decide(&mut account)?;
        if let Some(file) = &store.file {
            file.write(written(&account)?).await?;
        }
        *lock(&store.account) = account;
        Ok(answer)
    }

    async fn check(&self) -> Result<()> {
        match &self.store().await?.file {
            None => Ok(()),
            Some(file) => file.check().await,
        }
    }
}

impl std::fmt::Debug for LocalMeetings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalMeetings")
            .field("name", &self.descriptor.name)
            .field("folder", &self.shared.store.path())
            .finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn all() -> VideoCapabilities {
    let mut all = VideoCapabilities::new();
    all.idempotent_create = true;
    all.instant = true;
    all.recurring = true;
    all.occurrences = true;
    all.update = true;
    all.end = true;
    all.agenda = true;
    all.passcode = true;
    all.waiting_room = true;
    all.join_before_host = true;
    all.mute_on_entry = true;
    all.auto_recording = true;
    all.hosts = true;
    all.invitees = true;
    all.cancel_notify = true;
    all.list_range = true;
    all.participants = true;
    all.live = vec![
        LiveActionKind::Recording,
        LiveActionKind::PauseRecording,
        LiveActionKind::WaitingRoom,
        LiveActionKind::Invite,
        LiveActionKind::Admit,
        LiveActionKind::Remove,
        LiveActionKind::Mute,
    ];
    all.recordings = true;
    all.recording_delete = true;
    all.recording_trash = true;
    all.registrants = true;
    all.webinar_registrants = true;
    all.registrant_remove = true;
    all.webinars = true;
    all.practice_session = true;
    all
}
