"""Microsoft's own client library against the stand-in, unchanged: only the endpoint and the token are others.

Microsoft's credentials ask for HTTPS; a token of one's own has a provider of its own, which the library has a place
for, and so plain HTTP on this machine needs nothing of the library changed.
"""

import asyncio
import http.server
import json
import sys
import threading
import urllib.parse
from datetime import datetime, timedelta, timezone
from io import BytesIO

from kiota_abstractions.authentication import (
    AccessTokenProvider, AllowedHostsValidator, AnonymousAuthenticationProvider,
    BaseBearerTokenAuthenticationProvider)
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.attachment_item import AttachmentItem
from msgraph.generated.models.attachment_type import AttachmentType
from msgraph.generated.models.attendee import Attendee
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.calendar import Calendar
from msgraph.generated.models.calendar_permission import CalendarPermission
from msgraph.generated.models.calendar_role_type import CalendarRoleType
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.day_of_week import DayOfWeek
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.event import Event
from msgraph.generated.models.event_type import EventType
from msgraph.generated.models.file_attachment import FileAttachment
from msgraph.generated.models.free_busy_status import FreeBusyStatus
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.location import Location
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.patterned_recurrence import PatternedRecurrence
from msgraph.generated.models.recurrence_pattern import RecurrencePattern
from msgraph.generated.models.recurrence_pattern_type import RecurrencePatternType
from msgraph.generated.models.recurrence_range import RecurrenceRange
from msgraph.generated.models.recurrence_range_type import RecurrenceRangeType
from msgraph.generated.models.response_type import ResponseType
from msgraph.generated.models.single_value_legacy_extended_property import SingleValueLegacyExtendedProperty
from msgraph.generated.models.subscription import Subscription
from msgraph.generated.models.time_constraint import TimeConstraint
from msgraph.generated.models.time_slot import TimeSlot
from msgraph.generated.users.item.calendar.get_schedule.get_schedule_post_request_body import (
    GetSchedulePostRequestBody)
from msgraph.generated.users.item.calendar_view.calendar_view_request_builder import CalendarViewRequestBuilder
from msgraph.generated.users.item.calendar_view.delta.delta_request_builder import DeltaRequestBuilder
from msgraph.generated.users.item.events.events_request_builder import EventsRequestBuilder
from msgraph.generated.users.item.events.item.accept.accept_post_request_body import AcceptPostRequestBody
from msgraph.generated.users.item.events.item.attachments.create_upload_session.create_upload_session_post_request_body import (  # noqa: E501
    CreateUploadSessionPostRequestBody)
from msgraph.generated.users.item.events.item.cancel.cancel_post_request_body import CancelPostRequestBody
from msgraph.generated.users.item.events.item.event_item_request_builder import EventItemRequestBuilder
from msgraph.generated.users.item.events.item.instances.instances_request_builder import InstancesRequestBuilder
from msgraph.generated.users.item.find_meeting_times.find_meeting_times_post_request_body import (
    FindMeetingTimesPostRequestBody)
from msgraph_core import PageIterator
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_item import BatchRequestItem
from msgraph_core.tasks.large_file_upload import LargeFileUploadTask

endpoint, token = sys.argv[1:3]
BERLIN, UTC = "W. Europe Standard Time", "UTC"
PROPERTY = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name Colour"


class Token(AccessTokenProvider):
    def __init__(self, text):
        self.text = text

    async def get_authorization_token(self, uri, additional_authentication_context={}):
        return self.text

    def get_allowed_hosts_validator(self):
        return AllowedHostsValidator([])


def client_with(text):
    adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(Token(text)))
    adapter.base_url = endpoint
    return GraphServiceClient(request_adapter=adapter), adapter


graph, adapter = client_with(token)
events = graph.me.events


async def refused(status, code, call):
    try:
        answer = await call
    except ODataError as error:
        assert error.response_status_code == status, error
        assert error.error.code == code, error
        return error
    raise AssertionError(f"expected {status} {code}, and it was {answer}")


def at(day, hour, zone=BERLIN):
    return DateTimeTimeZone(date_time=f"2026-06-{day:02}T{hour:02}:00:00", time_zone=zone)


def new(subject, day=1, hour=9, **more):
    return Event(subject=subject, start=at(day, hour), end=at(day, hour + 1), **more)


def series(pattern, range_):
    return PatternedRecurrence(pattern=pattern, range=range_)


def ask(parameters=None, **headers):
    configuration = RequestConfiguration(query_parameters=parameters)
    for name, value in headers.items():
        configuration.headers.add(name.replace("_", "-"), value)
    return configuration


JUNE = {"start_date_time": "2026-06-01T00:00:00Z", "end_date_time": "2026-07-01T00:00:00Z"}


async def view(**more):
    parameters = CalendarViewRequestBuilder.CalendarViewRequestBuilderGetQueryParameters(**JUNE, top=100, **more)
    page = await graph.me.calendar_view.get(ask(parameters))
    return page.value


async def round_of(link=None):
    """Every page of a round of delta, and the link for the next."""
    parameters = None
    if link is None:
        parameters = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters(**JUNE)
    builder = graph.me.calendar_view.delta
    found = []
    page = await (builder.with_url(link) if link else builder).get(ask(parameters, Prefer="odata.maxpagesize=2"))
    while True:
        assert len(page.value) <= 2
        found += page.value
        if not page.odata_next_link:
            return found, page.odata_delta_link
        page = await builder.with_url(page.odata_next_link).get(ask(Prefer="odata.maxpagesize=2"))


async def calendars():
    home = await graph.me.calendar.get()
    assert home.is_default_calendar and home.owner.address == "owner@example.com"
    made = await graph.me.calendars.post(Calendar(name="Team"))
    await refused(409, "ErrorFolderExists", graph.me.calendars.post(Calendar(name="Team")))
    team = graph.me.calendars.by_calendar_id(made.id)
    assert (await team.patch(Calendar(name="The team"))).name == "The team"
    assert {one.name for one in (await graph.me.calendars.get()).value} == {"Calendar", "The team"}
    await team.events.post(new("In the team"))
    assert len((await team.events.get()).value) == 1 and not (await events.get()).value

    shared = await team.calendar_permissions.post(CalendarPermission(
        email_address=EmailAddress(address="ada@example.com", name="Ada"), role=CalendarRoleType.Read,
        is_inside_organization=True, is_removable=True))
    rule = team.calendar_permissions.by_calendar_permission_id(shared.id)
    assert (await rule.patch(CalendarPermission(role=CalendarRoleType.Write))).role == CalendarRoleType.Write
    roles = {one.email_address.address: one.role for one in (await team.calendar_permissions.get()).value}
    assert roles["ada@example.com"] == CalendarRoleType.Write
    await rule.delete()
    await refused(404, "ErrorItemNotFound", rule.get())
    await team.delete()
    await refused(404, "ErrorItemNotFound", team.get())
    await refused(403, "ErrorDeleteDistinguishedFolder", graph.me.calendars.by_calendar_id(home.id).delete())


async def single_events():
    lunch = await events.post(new(
        "Lunch", hour=12, transaction_id="lunch", body=ItemBody(content_type=BodyType.Text, content="Soup & <bread>"),
        location=Location(display_name="Hall"), categories=["Food"], show_as=FreeBusyStatus.Oof,
        single_value_extended_properties=[SingleValueLegacyExtendedProperty(id=PROPERTY, value="Green")]))
    assert (lunch.start.date_time, lunch.start.time_zone) == ("2026-06-01T10:00:00.0000000", UTC)
    assert lunch.original_start_time_zone == BERLIN and lunch.type == EventType.SingleInstance
    again = await events.post(new(
        "Lunch", hour=12, transaction_id="lunch", body=ItemBody(content_type=BodyType.Text, content="Soup & <bread>"),
        location=Location(display_name="Hall"), categories=["Food"], show_as=FreeBusyStatus.Oof,
        single_value_extended_properties=[SingleValueLegacyExtendedProperty(id=PROPERTY, value="Green")]))
    assert again.id == lunch.id
    await refused(400, "ErrorDuplicateTransactionId", events.post(new("Other", transaction_id="lunch")))

    one = events.by_event_id(lunch.id)
    text = await one.get(ask(Prefer='outlook.body-content-type="text"'))
    assert (text.body.content_type, text.body.content) == (BodyType.Text, "Soup & <bread>"), text.body
    html = await one.get(ask(Prefer=f'outlook.timezone="{BERLIN}"'))
    assert html.body.content_type == BodyType.Html and "&lt;bread&gt;" in html.body.content
    assert (html.start.date_time, html.start.time_zone) == ("2026-06-01T12:00:00.0000000", BERLIN)
    parameters = EventItemRequestBuilder.EventItemRequestBuilderGetQueryParameters(
        expand=[f"singleValueExtendedProperties($filter=id eq '{PROPERTY}')"], select=["subject"])
    named = await one.get(ask(parameters))
    assert named.single_value_extended_properties[0].value == "Green" and named.start is None

    changed = await one.patch(Event(subject="Dinner"))
    etag = changed.additional_data["@odata.etag"]
    assert (changed.subject, changed.location.display_name) == ("Dinner", "Hall")
    stale = lunch.additional_data["@odata.etag"]
    await refused(412, "ErrorIrresolvableConflict", one.patch(Event(subject="x"), ask(If_Match=stale)))
    await one.patch(Event(subject="Supper"), ask(If_Match=etag))
    await refused(412, "ErrorIrresolvableConflict", one.delete(ask(If_Match=etag)))

    await refused(400, "ErrorCalendarEndDateIsEarlierThanStartDate", events.post(
        Event(subject="x", start=at(1, 10), end=at(1, 9))))
    await refused(400, "ErrorPropertyValidationFailure", events.post(Event(subject="no times")))
    await refused(400, "TimeZoneNotSupportedException", events.post(
        Event(subject="x", start=at(1, 9, "Mars"), end=at(1, 10, "Mars"))))
    await refused(400, "ErrorPropertyValidationFailure", events.post(Event(
        subject="x", is_all_day=True, start=at(1, 9), end=at(2, 9))))
    fair = await events.post(Event(subject="Fair", is_all_day=True, start=at(1, 0), end=at(3, 0)))
    assert fair.is_all_day and fair.start.date_time == "2026-06-01T00:00:00.0000000"
    await events.by_event_id(fair.id).delete()
    await refused(404, "ErrorItemNotFound", events.by_event_id(fair.id).get())
    await refused(400, "ErrorInvalidIdMalformed", events.by_event_id("nothing").get())
    meeting = await events.post(new("Call", day=3, is_online_meeting=True))
    assert meeting.online_meeting.join_url
    assert (await events.by_event_id(meeting.id).patch(Event(is_online_meeting=False))).is_online_meeting


async def lists():
    for number in range(12):
        await events.post(new(f"Number {number:02}", day=10 + number, categories=["Counted"]))
    parameters = EventsRequestBuilder.EventsRequestBuilderGetQueryParameters(
        filter="categories/any(c:c eq 'Counted')", orderby=["subject desc"], count=True)
    page = await events.get(ask(parameters))
    assert len(page.value) == 10 and page.odata_count == 12 and page.odata_next_link
    seen = []
    await PageIterator(page, adapter).iterate(lambda one: seen.append(one.subject) or True)
    assert seen == [f"Number {number:02}" for number in reversed(range(12))], seen
    parameters = EventsRequestBuilder.EventsRequestBuilderGetQueryParameters(filter="colour eq 'red'")
    await refused(400, "RequestBroker--ParseUri", events.get(ask(parameters)))
    # No month of `$search` is for events, and a view needs both of its bounds.
    await refused(400, "ErrorInvalidParameter", graph.me.calendar_view.get())
    for one in seen:
        assert one.startswith("Number")
    found = await view(filter="categories/any(c:c eq 'Counted')", select=["subject", "start"])
    assert len(found) == 12 and all(one.body is None for one in found)
    for one in found:
        await events.by_event_id(one.id).delete()


async def recurring():
    daily = RecurrencePattern(type=RecurrencePatternType.Daily, interval=1)
    five = RecurrenceRange(type=RecurrenceRangeType.Numbered, start_date=datetime(2026, 6, 8).date(),
                           number_of_occurrences=5, recurrence_time_zone=BERLIN)
    master = await events.post(new("Daily", day=8, recurrence=series(daily, five)))
    assert master.type == EventType.SeriesMaster
    assert master.recurrence.range.number_of_occurrences == 5
    builder = events.by_event_id(master.id).instances
    parameters = InstancesRequestBuilder.InstancesRequestBuilderGetQueryParameters(**JUNE)
    all_of_them = (await builder.get(ask(parameters))).value
    assert [one.start.date_time[:10] for one in all_of_them] == [f"2026-06-{day:02}" for day in range(8, 13)]
    assert {one.series_master_id for one in all_of_them} == {master.id}
    second, third = (events.by_event_id(one.id) for one in all_of_them[1:3])
    await refused(400, "ErrorOccurrenceCrossingBoundary", second.patch(Event(start=at(10, 9), end=at(10, 10))))
    moved = await second.patch(Event(start=at(9, 15), end=at(9, 16), subject="Later"))
    assert moved.type == EventType.Exception
    assert moved.original_start == datetime(2026, 6, 9, 7, tzinfo=timezone.utc)
    await third.delete()
    found = [(one.subject, one.start.date_time[8:13]) for one in await view() if one.series_master_id == master.id]
    assert found == [("Daily", "08T07"), ("Later", "09T13"), ("Daily", "11T07"), ("Daily", "12T07")], found
    parameters = EventItemRequestBuilder.EventItemRequestBuilderGetQueryParameters(
        select=["id", "cancelledOccurrences"], expand=["exceptionOccurrences"])
    whole = await events.by_event_id(master.id).get(ask(parameters))
    assert whole.cancelled_occurrences == [f"OID.{master.id}.2026-06-10"]
    assert [one.subject for one in whole.exception_occurrences] == ["Later"]

    # What a type has no use for, and what it needs.
    odd = RecurrencePattern(type=RecurrencePatternType.Daily, interval=1, day_of_month=3)
    await refused(400, "ErrorPropertyValidationFailure", events.post(new("x", day=8, recurrence=series(odd, five))))
    weekly = RecurrencePattern(type=RecurrencePatternType.Weekly, interval=1, days_of_week=[DayOfWeek.Monday])
    await refused(400, "ErrorPropertyValidationFailure", events.post(new("x", day=8, recurrence=series(weekly, five))))
    return master


async def changes(master):
    found, link = await round_of()
    kinds = [one.type for one in found if one.series_master_id == master.id or one.id == master.id]
    assert sorted(kind.value for kind in kinds) == [
        "exception", "occurrence", "occurrence", "occurrence", "seriesMaster"], kinds
    assert (await round_of(link))[0] == []
    made = await events.post(new("New", day=20))
    gone = next(one for one in found if one.subject == "Supper")
    await events.by_event_id(gone.id).delete()
    found, link = await round_of(link)
    assert {one.id for one in found} == {made.id, gone.id}
    removed = next(one for one in found if one.id == gone.id)
    assert removed.additional_data["@removed"]["reason"] == "deleted"
    await events.by_event_id(master.id).delete()
    found, link = await round_of(link)
    assert len(found) == 5 and all("@removed" in one.additional_data for one in found)
    wrong = link.split("$deltatoken=")[0] + "$deltatoken=of-nobody"
    await refused(410, "SyncStateNotFound", graph.me.calendar_view.delta.with_url(wrong).get())
    parameters = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters(**JUNE, select=["subject"])
    await refused(400, "RequestBroker--ParseUri", graph.me.calendar_view.delta.get(ask(parameters)))


async def attachments():
    event = await events.post(new("With files", day=21))
    files = events.by_event_id(event.id).attachments
    small = await files.post(FileAttachment(
        odata_type="#microsoft.graph.fileAttachment", name="a.txt", content_type="text/plain", content_bytes=b"hello"))
    assert small.size == 5
    content = b"0123456789abcdef" * (5 << 16)
    session = await files.create_upload_session.post(CreateUploadSessionPostRequestBody(
        attachment_item=AttachmentItem(attachment_type=AttachmentType.File, name="big.bin", size=len(content))))
    assert session.next_expected_ranges == ["0-"]
    # "Do not specify an Authorization request header": the parts go by an adapter without one. They are sent one by
    # one, because the task's `upload` sends the last part again when the session is over, and reads no next place
    # without an end, as Microsoft's page has it.
    anonymous = GraphRequestAdapter(AnonymousAuthenticationProvider())
    task = LargeFileUploadTask(session, anonymous, BytesIO(content), max_chunk_size=4 << 20)
    first = await task.next_chunk(task.stream, 0, (4 << 20) - 1)
    assert first.next_expected_ranges == [str(4 << 20)], first.next_expected_ranges
    task.next_range = f"{first.next_expected_ranges[0]}-{len(content) - 1}"
    assert await task.next_chunk(task.stream) is None
    kept = {one.name: one for one in (await files.get()).value}
    assert set(kept) == {"a.txt", "big.bin"} and kept["big.bin"].size == len(content)
    assert isinstance(kept["a.txt"], FileAttachment) and kept["a.txt"].content_bytes
    raw = await files.by_attachment_id(small.id).get()
    assert raw.name == "a.txt"
    await files.by_attachment_id(small.id).delete()
    assert (await events.by_event_id(event.id).get()).has_attachments
    await refused(400, "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize", files.create_upload_session.post(
        CreateUploadSessionPostRequestBody(attachment_item=AttachmentItem(
            attachment_type=AttachmentType.File, name="small.bin", size=10))))
    await events.by_event_id(event.id).delete()


async def meetings():
    """Ada's mailbox is here too: what she organizes is answered, what she is invited to arrives."""
    ada = graph.users.by_user_id("ada@example.com")
    owner = Attendee(email_address=EmailAddress(address="owner@example.com"))
    invitation = await ada.events.post(new("Planning", day=22, attendees=[owner]))
    mine = next(one for one in await view() if one.subject == "Planning")
    assert mine.i_cal_u_id == invitation.i_cal_u_id and not mine.is_organizer
    assert mine.response_status.response == ResponseType.NotResponded
    await events.by_event_id(mine.id).accept.post(AcceptPostRequestBody(comment="Gladly", send_response=True))
    seen = await ada.events.by_event_id(invitation.id).get()
    assert seen.attendees[0].status.response == ResponseType.Accepted
    await refused(400, "ErrorInvalidRequest", ada.events.by_event_id(invitation.id).accept.post(AcceptPostRequestBody()))
    await refused(400, "ErrorInvalidRequest", events.by_event_id(mine.id).cancel.post(CancelPostRequestBody()))
    await ada.events.by_event_id(invitation.id).cancel.post(CancelPostRequestBody(comment="Sorry"))
    assert (await events.by_event_id(mine.id).get()).is_cancelled
    await events.by_event_id(mine.id).delete()

    await ada.events.post(new("Busy", day=23, hour=10, show_as=FreeBusyStatus.Tentative))
    span = {"start_time": at(23, 9), "end_time": at(23, 13)}
    found = (await graph.me.calendar.get_schedule.post(GetSchedulePostRequestBody(
        schedules=["ada@example.com", "nobody@example.com"], availability_view_interval=60, **span))).value
    assert (found[0].availability_view, found[0].schedule_items[0].status) == ("0100", FreeBusyStatus.Tentative)
    assert found[1].error.response_code == "ErrorMailRecipientNotFound"
    for many, interval in ((["ada@example.com"], 4), ([f"n{n}@example.com" for n in range(21)], 30)):
        await refused(400, "ErrorInvalidParameter", graph.me.calendar.get_schedule.post(
            GetSchedulePostRequestBody(schedules=many, availability_view_interval=interval, **span)))
    suggested = await graph.me.find_meeting_times.post(FindMeetingTimesPostRequestBody(
        attendees=[Attendee(email_address=EmailAddress(address="ada@example.com"))],
        meeting_duration=timedelta(hours=1),
        time_constraint=TimeConstraint(time_slots=[TimeSlot(start=at(23, 9), end=at(23, 13))])))
    starts = [one.meeting_time_slot.start.date_time[11:16] for one in suggested.meeting_time_suggestions]
    assert starts == ["07:00", "09:00", "09:30", "10:00"], starts


async def subscriptions():
    came = []

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
            answer = query.get("validationToken", [""])[0].encode()
            if not answer:
                came.append(json.loads(body)["value"][0])
            if self.path.startswith("/deaf"):
                answer = b"what?"
            self.send_response(200 if answer else 202)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    hook = f"http://127.0.0.1:{server.server_port}"

    def wanted(path="/hook", **more):
        ahead = datetime.now(timezone.utc) + timedelta(hours=2)
        return Subscription(**{
            "change_type": "created,updated,deleted", "resource": "me/events", "notification_url": hook + path,
            "client_state": "s3cret", "expiration_date_time": ahead, **more})

    await refused(400, "ValidationError", graph.subscriptions.post(wanted("/deaf")))
    await refused(400, "InvalidRequest", graph.subscriptions.post(wanted(client_state="x" * 129)))
    await refused(400, "InvalidRequest", graph.subscriptions.post(wanted(
        expiration_date_time=datetime.now(timezone.utc) + timedelta(days=8))))
    made = await graph.subscriptions.post(wanted())
    event = await events.post(new("Noticed", day=24))
    assert [(one["changeType"], one["clientState"], one["resourceData"]["id"]) for one in came] == [
        ("created", "s3cret", event.id)], came
    one = graph.subscriptions.by_subscription_id(made.id)
    later = datetime.now(timezone.utc) + timedelta(days=2)
    assert (await one.patch(Subscription(expiration_date_time=later))).expiration_date_time > made.expiration_date_time
    await one.reauthorize.post()
    assert [it.id for it in (await graph.subscriptions.get()).value] == [made.id]
    await one.delete()
    await refused(404, "ResourceNotFound", one.get())
    await events.by_event_id(event.id).delete()
    assert len(came) == 1
    server.shutdown()


async def batches():
    def item(information, name):
        made = BatchRequestItem(information, name)
        # "The relative resource URL": the library leaves the endpoint and the version before it.
        made.url = made.url.split("/v1.0", 1)[1]
        return made

    content = BatchRequestContent()
    for name, information in [
        ("make", events.to_post_request_information(new("Of a batch", day=25))),
        ("list", events.to_get_request_information()),
        ("none", events.by_event_id("nothing").to_get_request_information()),
    ]:
        content.add_request(name, item(information, name))
    answer = await graph.batch.post(content)
    assert answer.get_response_status_codes() == {"make": 201, "list": 200, "none": 400}
    # Of the answers themselves the library reads none that are JSON.
    made = next(one for one in await view() if one.subject == "Of a batch")
    await events.by_event_id(made.id).delete()


async def main():
    # The first answer is 429 with a second to wait, which the library waits and asks again.
    await graph.me.calendar.get()
    await calendars()
    await single_events()
    await lists()
    master = await recurring()
    await changes(master)
    await attachments()
    await meetings()
    await subscriptions()
    await batches()
    stranger, _ = client_with("another")
    await refused(401, "InvalidAuthenticationToken", stranger.me.calendar.get())
    print("everything held")


asyncio.run(main())
