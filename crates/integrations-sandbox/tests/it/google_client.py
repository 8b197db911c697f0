"""Google's own client library against the stand-in, unchanged: only the endpoint is another."""

import sys

from google.auth.exceptions import RefreshError
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

endpoint, token = sys.argv[1:3]
service = build(
    "calendar",
    "v3",
    credentials=Credentials(token=token),
    client_options={"api_endpoint": endpoint},
    static_discovery=True,
)
events = service.events()


def refused(status, reason, request):
    try:
        answer = request.execute()
    except HttpError as error:
        assert error.resp.status == status, error
        assert error.error_details[0]["reason"] == reason, error.error_details
        return
    raise AssertionError(f"expected {status} {reason}, and it was {answer}")


def with_etag(request, etag):
    request.headers["If-Match"] = etag
    return request


def berlin(day, hour):
    return {"dateTime": f"2026-06-{day:02}T{hour:02}:00:00", "timeZone": "Europe/Berlin"}


def new(summary, day=1, hour=9, **more):
    return {"summary": summary, "start": berlin(day, hour), "end": berlin(day, hour + 1), **more}


def everything(**parameters):
    """Every page, and the sync token of the last one alone."""
    items, request = [], events.list(calendarId=calendar, **parameters)
    while True:
        page = request.execute()
        items += page["items"]
        request = events.list_next(request, page)
        assert ("nextSyncToken" in page) == (request is None)
        if request is None:
            return items, page["nextSyncToken"]


# Calendars.
made = service.calendars().insert(body={"summary": "Team", "timeZone": "Europe/Berlin"}).execute()
calendar = made["id"]
listed = service.calendarList().list().execute()["items"]
assert {"Team"} <= {one["summary"] for one in listed}, listed
assert [one["id"] for one in listed if one.get("primary")] == ["owner@example.com"]
changed = service.calendars().patch(calendarId=calendar, body={"description": "for all"}).execute()
assert changed["summary"] == "Team" and changed["description"] == "for all"
refused(412, "conditionNotMet", with_etag(
    service.calendars().patch(calendarId=calendar, body={"summary": "x"}), made["etag"]))
refused(404, "notFound", service.calendars().get(calendarId="nobody@example.com"))

# Events: ids of the client, versions, patches.
lunch = events.insert(calendarId=calendar, body=new("Lunch", id="lunch0001", location="Hall")).execute()
assert lunch["start"] == {"dateTime": "2026-06-01T09:00:00+02:00", "timeZone": "Europe/Berlin"}
refused(409, "duplicate", events.insert(calendarId=calendar, body=new("Lunch", id="lunch0001")))
refused(400, "invalid", events.insert(calendarId=calendar, body=new("x", id="UPPER_case")))
refused(400, "timeRangeEmpty", events.insert(
    calendarId=calendar, body={"start": berlin(1, 10), "end": berlin(1, 9)}))
refused(400, "required", events.insert(calendarId=calendar, body={"summary": "no times"}))
patched = events.patch(calendarId=calendar, eventId="lunch0001", body={"summary": "Dinner"}).execute()
assert patched["summary"] == "Dinner" and patched["location"] == "Hall"
assert patched["etag"] != lunch["etag"]
refused(412, "conditionNotMet", with_etag(events.patch(
    calendarId=calendar, eventId="lunch0001", body={"summary": "x"}), lunch["etag"]))
cleared = with_etag(events.patch(
    calendarId=calendar, eventId="lunch0001", body={"location": None}), patched["etag"]).execute()
assert "location" not in cleared
whole = events.update(calendarId=calendar, eventId="lunch0001", body=new("Supper", hour=18)).execute()
assert whole["iCalUID"] == lunch["iCalUID"] and "description" not in whole

# What is ignored without its parameter.
meet = {"createRequest": {"requestId": "r1", "conferenceSolutionKey": {"type": "hangoutsMeet"}}}
plain = events.insert(calendarId=calendar, body=new("Call", conferenceData=meet)).execute()
assert "conferenceData" not in plain
call = events.insert(
    calendarId=calendar, conferenceDataVersion=1, body=new("Call", id="call00001", conferenceData=meet)
).execute()
assert call["conferenceData"]["createRequest"]["status"]["statusCode"] == "pending"
call = events.get(calendarId=calendar, eventId="call00001").execute()
assert call["conferenceData"]["entryPoints"][0]["uri"] == call["hangoutLink"]
file = [{"fileUrl": "https://drive.google.com/file/d/1", "title": "Agenda"}]
assert "attachments" not in events.insert(calendarId=calendar, body=new("A", attachments=file)).execute()
assert events.insert(
    calendarId=calendar, supportsAttachments=True, body=new("A", attachments=file)
).execute()["attachments"] == file

# A series, its occurrences, and exceptions.
refused(400, "required", events.insert(calendarId=calendar, body={
    "start": {"dateTime": "2026-06-01T09:00:00Z"}, "end": {"dateTime": "2026-06-01T10:00:00Z"},
    "recurrence": ["RRULE:FREQ=DAILY"]}))
series = events.insert(calendarId=calendar, body=new(
    "Daily", id="series0001", recurrence=["RRULE:FREQ=DAILY;COUNT=5", "EXDATE;TZID=Europe/Berlin:20260605T090000"],
)).execute()


def instances(**more):
    return events.instances(calendarId=calendar, eventId="series0001", **more).execute()["items"]


assert [one["id"] for one in instances()] == [f"series0001_2026060{n}T070000Z" for n in (1, 2, 3, 4)]
second = instances()[1]
assert second["recurringEventId"] == "series0001" and "recurrence" not in second
events.patch(calendarId=calendar, eventId=second["id"], body={"start": berlin(20, 15), "end": berlin(20, 16)}).execute()
events.delete(calendarId=calendar, eventId=instances()[1]["id"]).execute()
assert [one["start"]["dateTime"][:10] for one in instances()] == ["2026-06-01", "2026-06-04", "2026-06-20"]
assert [one["status"] for one in instances(showDeleted=True)].count("cancelled") == 1
moved = events.get(calendarId=calendar, eventId=second["id"]).execute()
assert moved["originalStartTime"]["dateTime"] == "2026-06-02T09:00:00+02:00"

# Lists: ranges are exclusive of both ends, the order needs single events.
span = {"timeMin": "2026-06-04T07:00:00Z", "timeMax": "2026-06-05T00:00:00Z"}
inside = events.list(calendarId=calendar, singleEvents=True, orderBy="startTime", **span).execute()["items"]
assert [one["id"] for one in inside] == ["series0001_20260604T070000Z"]
refused(400, "invalid", events.list(calendarId=calendar, orderBy="startTime"))
assert {one["id"] for one in events.list(calendarId=calendar, q="supper").execute()["items"]} == {"lunch0001"}

# Synchronisation.
all_of_them, sync = everything(maxResults=2)
exceptions = [one for one in all_of_them if one.get("recurringEventId") == "series0001"]
assert sorted(one["status"] for one in exceptions) == ["cancelled", "confirmed"]
assert len({one["id"] for one in all_of_them}) == len(all_of_them)
assert everything(syncToken=sync)[0] == []
events.delete(calendarId=calendar, eventId="lunch0001").execute()
refused(410, "deleted", events.delete(calendarId=calendar, eventId="lunch0001"))
events.patch(calendarId=calendar, eventId="call00001", body={"summary": "Called"}).execute()
changes, sync = everything(syncToken=sync)
assert {one["id"]: one["status"] for one in changes} == {"lunch0001": "cancelled", "call00001": "confirmed"}
refused(410, "fullSyncRequired", events.list(calendarId=calendar, syncToken="from elsewhere"))
refused(410, "fullSyncRequired", events.list(calendarId="primary", syncToken=sync))
for name, value in [("q", "x"), ("orderBy", "updated"), ("iCalUID", "x"), ("timeMin", span["timeMin"]),
                    ("timeMax", span["timeMax"]), ("updatedMin", span["timeMin"]),
                    ("privateExtendedProperty", "a=b"), ("sharedExtendedProperty", "a=b")]:
    refused(400, "invalid", events.list(calendarId=calendar, syncToken=sync, **{name: value}))
refused(400, "invalid", events.list(calendarId=calendar, syncToken=sync, showDeleted=False))
refused(400, "invalid", events.list(calendarId=calendar, pageToken="page-of-nobody"))

# A series that is deleted takes its exceptions along.
events.delete(calendarId=calendar, eventId="series0001").execute()
gone, sync = everything(syncToken=sync)
assert {one["status"] for one in gone} == {"cancelled"} and "series0001" in {one["id"] for one in gone}

# Moving, importing.
other = service.calendars().insert(body={"summary": "Other"}).execute()["id"]
moved = events.move(calendarId=calendar, eventId="call00001", destination=other).execute()
assert moved["id"] == "call00001" and moved["organizer"]["email"] == other
assert everything(syncToken=sync)[0][0]["status"] == "cancelled"
copy = new("Copy", iCalUID="copy@elsewhere.example", organizer={"email": "boss@elsewhere.example"})
first = events.import_(calendarId=other, body=copy).execute()
again = events.import_(calendarId=other, body=copy).execute()
assert first["id"] == again["id"] and first["organizer"]["email"] == "boss@elsewhere.example"
assert events.quickAdd(calendarId=other, text="Tea").execute()["summary"] == "Tea"

# Free/busy: errors are in the answer; at most 50.
query = {"timeMin": "2026-06-01T00:00:00Z", "timeMax": "2026-06-02T00:00:00Z"}
busy = service.freebusy().query(body={**query, "items": [{"id": other}, {"id": "nobody@example.com"}]}).execute()
assert len(busy["calendars"][other]["busy"]) == 2, busy
assert busy["calendars"]["nobody@example.com"]["errors"][0]["reason"] == "notFound"
many = service.freebusy().query(body={**query, "items": [{"id": f"n{n}@example.com"} for n in range(51)]}).execute()
assert {one["errors"][0]["reason"] for one in many["calendars"].values()} == {"tooManyCalendarsRequested"}

# Sharing.
ada = {"scope": {"type": "user", "value": "ada@example.com"}}
for role in ("reader", "writer"):
    rule = service.acl().insert(calendarId=calendar, body={**ada, "role": role}).execute()
rules = service.acl().list(calendarId=calendar).execute()["items"]
assert [one["role"] for one in rules if one["id"] == rule["id"]] == ["writer"]
service.acl().delete(calendarId=calendar, ruleId=rule["id"]).execute()
refused(404, "notFound", service.acl().get(calendarId=calendar, ruleId=rule["id"]))

# Channels.
channel = {"id": "channel-1", "type": "web_hook", "address": "https://app.example/hook", "token": "s3cret"}
watch = events.watch(calendarId=calendar, body=channel).execute()
assert int(watch["expiration"]) > 0 and watch["resourceId"]
refused(400, "channelIdNotUnique", events.watch(calendarId=calendar, body=channel))
refused(400, "push.webhookUrlNotHttps", events.watch(
    calendarId=calendar, body={**channel, "id": "channel-2", "address": "http://app.example/hook"}))
events.insert(calendarId=calendar, body=new("Noticed")).execute()
stop = {"id": watch["id"], "resourceId": watch["resourceId"]}
service.channels().stop(body=stop).execute()
events.insert(calendarId=calendar, body=new("Unnoticed")).execute()
refused(404, "channelIdNotFound", service.channels().stop(body=stop))

# Credentials, and the end of calendars.
stranger = build("calendar", "v3", credentials=Credentials(token="another"), static_discovery=True,
                 client_options={"api_endpoint": endpoint})
try:  # The library takes a 401 for a token that has to be refreshed.
    raise AssertionError(stranger.calendarList().list().execute())
except RefreshError:
    pass
service.calendars().delete(calendarId=other).execute()
refused(404, "notFound", events.list(calendarId=other))
refused(403, "forbidden", service.calendars().delete(calendarId="primary"))
print("everything held")
