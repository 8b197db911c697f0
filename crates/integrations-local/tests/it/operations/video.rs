//! The recorder of the video category.

use async_trait::async_trait;
use integrations_core::video::*;
use integrations_core::{Page, PageRequest, Result};
use integrations_local::video::LocalMeetings;

use super::recorder::{Recorder, record};

record! {
    LocalMeetings: VideoProvider -> VideoCapabilities {
        create_meeting(new: &NewMeeting) -> Meeting;
        get_meeting(id: &MeetingId) -> Meeting;
        list_meetings(query: &MeetingQuery, page: &PageRequest) -> Page<Meeting>;
        cancel_meeting(target: &MeetingTarget, options: &CancelOptions) -> ();
        update_meeting(target: &MeetingTarget, patch: &MeetingPatch) -> Meeting;
        end_meeting(id: &MeetingId) -> ();
    }
    participants: ParticipantProvider {
        list_sessions(meeting: &MeetingId, page: &PageRequest) -> Page<Session>;
        list_participants(
            meeting: &MeetingId,
            session: &SessionId,
            page: &PageRequest
        ) -> Page<Participant>;
    }
    live: LiveProvider {
        control(meeting: &MeetingId, action: &LiveAction) -> ();
    }
    recordings: RecordingProvider {
        list_recordings(query: &RecordingQuery, page: &PageRequest) -> Page<Recording>;
        get_recording(id: &RecordingId) -> Recording;
        download(recording: &RecordingId, file: &RecordingFileId) -> Download;
        delete_recording(id: &RecordingId, mode: DeleteMode) -> ();
        recover_recording(id: &RecordingId) -> Recording;
    }
    registrants: RegistrantProvider {
        add_registrant(target: &RegistrationTarget, new: &NewRegistrant) -> Registrant;
        list_registrants(
            target: &RegistrationTarget,
            status: Option<RegistrantStatus>,
            page: &PageRequest
        ) -> Page<Registrant>;
        set_registrant_status(
            target: &RegistrationTarget,
            registrant: &RegistrantId,
            status: &RegistrantStatus
        ) -> ();
        remove_registrant(target: &RegistrationTarget, registrant: &RegistrantId) -> ();
    }
    webinars: WebinarProvider {
        create_webinar(new: &NewWebinar) -> Webinar;
        get_webinar(id: &WebinarId) -> Webinar;
        list_webinars(page: &PageRequest) -> Page<Webinar>;
        update_webinar(id: &WebinarId, patch: &WebinarPatch) -> Webinar;
        cancel_webinar(id: &WebinarId, options: &CancelOptions) -> ();
        add_panelist(id: &WebinarId, name: &str, email: &str) -> Panelist;
        list_panelists(id: &WebinarId, page: &PageRequest) -> Page<Panelist>;
        remove_panelist(id: &WebinarId, panelist: &PanelistId) -> ();
    }
}
