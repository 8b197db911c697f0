//! What happens in a meeting.

use integrations_core::video::{
    AutoRecording, LiveAction, MeetingKind, MeetingStatus, Participant, ParticipantId,
    ParticipantStatus, Recording, RecordingFile, RecordingFileKind, RecordingId, RecordingStatus,
    Session,
};
use integrations_core::{Error, ErrorKind, Result};
use jiff::Timestamp;

use super::account::{Kept, Room, Sitting};

fn conflict(what: &'static str) -> Error {
    Error::new(ErrorKind::Conflict, what)
}

impl Room {
    /// The meeting begins.
    pub(super) fn begin(&mut self, now: Timestamp) -> Result<()> {
        match self.status {
            MeetingStatus::Live => return Ok(()),
            MeetingStatus::Ended => return Err(conflict("the meeting has ended")),
            _ => {}
        }
        self.status = MeetingStatus::Live;
        let id = uuid::Uuid::now_v7().to_string();
        self.sessions.push(Sitting {
            session: Session::new(id, self.id.clone(), now),
            participants: Vec::new(),
            recording: None,
            paused: false,
        });
        if self.settings.auto_recording == Some(AutoRecording::Cloud) {
            self.record(now)?;
        }
        Ok(())
    }

    /// The session that is being held.
    fn sitting(&mut self) -> Result<&mut Sitting> {
        let live = self.status == MeetingStatus::Live;
        let last = self.sessions.last_mut().filter(|_| live);
        last.ok_or_else(|| conflict("the meeting is not being held"))
    }

    pub(super) fn join(&mut self, name: &str, now: Timestamp) -> Result<ParticipantId> {
        if self.status != MeetingStatus::Live {
            if self.settings.join_before_host == Some(false) {
                return Err(conflict("the meeting waits for its host"));
            }
            self.begin(now)?;
        }
        let waits = self.settings.waiting_room == Some(true);
        let muted = self.settings.mute_on_entry == Some(true);
        let sitting = self.sitting()?;
        let id = ParticipantId::new(uuid::Uuid::now_v7().to_string());
        let mut participant = Participant::new(id.clone(), sitting.session.id.clone(), name);
        participant.joined = Some(now);
        participant.muted = Some(muted);
        if waits {
            participant.status = ParticipantStatus::InWaitingRoom;
        }
        sitting.participants.push(participant);
        Ok(id)
    }

    pub(super) fn leave(&mut self, id: &ParticipantId, now: Timestamp) -> Result<()> {
        let all = self
            .sessions
            .iter_mut()
            .flat_map(|sitting| &mut sitting.participants);
        let found = all.into_iter().find(|one| one.id == *id);
        let found = found
            .ok_or_else(|| Error::not_found(format_args!("the participant {:?}", id.as_str())))?;
        if found.status != ParticipantStatus::Left {
            found.status = ParticipantStatus::Left;
            found.left = Some(now);
        }
        Ok(())
    }

    /// The meeting ends for everybody.
    pub(super) fn end(&mut self, now: Timestamp) -> Result<()> {
        if self.status != MeetingStatus::Live {
            return Ok(());
        }
        self.stop_recording(now);
        let sitting = self.sitting()?;
        sitting.session.ended = Some(now);
        for one in &mut sitting.participants {
            if one.status != ParticipantStatus::Left {
                one.status = ParticipantStatus::Left;
                one.left = Some(now);
            }
        }
        self.status = match self.kind {
            MeetingKind::Recurring => MeetingStatus::Waiting,
            _ => MeetingStatus::Ended,
        };
        Ok(())
    }

    pub(super) fn control(&mut self, action: &LiveAction, now: Timestamp) -> Result<()> {
        match action {
            LiveAction::StartRecording => self.record(now),
            LiveAction::StopRecording => {
                if self.sitting()?.recording.is_none() {
                    return Err(conflict("nothing is being recorded"));
                }
                self.stop_recording(now);
                Ok(())
            }
            LiveAction::PauseRecording => self.pause(true),
            LiveAction::ResumeRecording => self.pause(false),
            LiveAction::WaitingRoom(on) => {
                self.sitting()?;
                self.settings.waiting_room = Some(*on);
                Ok(())
            }
            LiveAction::Invite(email) => {
                self.sitting()?;
                if !self.invitees.contains(email) {
                    self.invitees.push(email.clone());
                }
                Ok(())
            }
            LiveAction::Admit(id) => {
                let one = self.participant(id)?;
                if one.status == ParticipantStatus::InWaitingRoom {
                    one.status = ParticipantStatus::Joined;
                }
                Ok(())
            }
            LiveAction::Mute(id) => {
                self.participant(id)?.muted = Some(true);
                Ok(())
            }
            LiveAction::Remove(id) => {
                self.participant(id)?;
                self.leave(id, now)
            }
            _ => Err(Error::unsupported("this live action")),
        }
    }

    fn participant(&mut self, id: &ParticipantId) -> Result<&mut Participant> {
        let all = &mut self.sitting()?.participants;
        let found = all
            .iter_mut()
            .find(|one| one.id == *id && one.status != ParticipantStatus::Left);
        found.ok_or_else(|| Error::not_found(format_args!("the participant {:?}", id.as_str())))
    }

    fn pause(&mut self, paused: bool) -> Result<()> {
        let sitting = self.sitting()?;
        if sitting.recording.is_none() {
            return Err(conflict("nothing is being recorded"));
        }
        sitting.paused = paused;
        Ok(())
    }

    fn record(&mut self, now: Timestamp) -> Result<()> {
        let meeting = self.id.clone();
        let sitting = self.sitting()?;
        if sitting.recording.is_some() {
            return Err(conflict("it is being recorded already"));
        }
        let id = RecordingId::new(uuid::Uuid::now_v7().to_string());
        sitting.recording = Some(id.clone());
        sitting.paused = false;
        let mut recording = Recording::new(id, meeting);
        recording.started = Some(now);
        recording.session = Some(sitting.session.id.clone());
        recording.status = RecordingStatus::Processing;
        self.recordings.push(Kept {
            recording,
            contents: Vec::new(),
        });
        Ok(())
    }

    fn stop_recording(&mut self, now: Timestamp) {
        let topic = self.topic.clone();
        let Some(sitting) = self.sessions.last_mut() else {
            return;
        };
        let Some(id) = sitting.recording.take() else {
            return;
        };
        let names: Vec<&str> = sitting
            .participants
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        let Some(kept) = self
            .recordings
            .iter_mut()
            .find(|kept| kept.recording.id == id)
        else {
            return;
        };
        kept.recording.status = RecordingStatus::Available;
        let said = format!(
            "{topic}: from {} to {now}, with {}\n",
            kept.recording.started.unwrap_or(now),
            names.join(", ")
        );
        // Enough of it that a download comes in pieces.
        let picture = said.repeat(65_536_usize.div_ceil(said.len()));
        for (kind, media_type, content) in [
            (RecordingFileKind::Video, "video/mp4", picture),
            (RecordingFileKind::Transcript, "text/vtt", said),
        ] {
            let mut file = RecordingFile::new(uuid::Uuid::now_v7().to_string(), kind);
            file.media_type = Some(media_type.to_owned());
            file.size = Some(content.len() as u64);
            kept.recording.files.push(file);
            kept.contents.push(content);
        }
    }
}
