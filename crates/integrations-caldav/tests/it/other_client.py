"""Does with PyPI `caldav` what the tests ask for: one JSON request on the input, one answer.

write: saves iCalendar objects in a calendar, and gives their addresses.
read:  gives the objects of a calendar, each event as its properties.
"""

import json
import sys

import caldav


def property_of(name, value):
    """A property as the library that reads it (`icalendar`) understands it."""
    params = {key: str(one) for key, one in getattr(value, "params", {}).items()}
    if name in ("RDATE", "EXDATE"):
        shown = [one.dt.isoformat() for one in value.dts]
    elif hasattr(value, "dt") and hasattr(value.dt, "total_seconds"):
        shown = str(value.dt.total_seconds())
    elif hasattr(value, "dt"):
        shown = value.dt.isoformat()
        zone = getattr(getattr(value.dt, "tzinfo", None), "key", None)
        if zone:
            shown = f"{shown}[{zone}]"
    elif name == "RRULE":
        shown = value.to_ical().decode()
    else:
        shown = str(value)
    return [name, params, shown]


def component_of(component):
    items = []
    for name, value in component.items():
        values = value if isinstance(value, list) else [value]
        items.extend(property_of(name.upper(), one) for one in values)
    parts = [component_of(part) for part in component.subcomponents]
    return {"name": component.name, "properties": sorted(items, key=str), "parts": parts}


def main():
    asked = json.load(sys.stdin)
    client = caldav.DAVClient(
        url=asked["url"], username=asked.get("username"), password=asked.get("password")
    )
    calendar = client.calendar(url=asked["calendar"])
    if asked["do"] == "write":
        saved = [str(calendar.save_event(one).url) for one in asked["objects"]]
        json.dump(saved, sys.stdout)
        return
    read = []
    for event in calendar.events():
        event.load()
        object = event.icalendar_instance
        parts = [part for part in object.subcomponents if part.name == "VEVENT"]
        read.append({"url": str(event.url), "events": [component_of(part) for part in parts]})
    json.dump(read, sys.stdout)


main()
