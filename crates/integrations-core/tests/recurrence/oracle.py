"""Expands series by libraries that this project did not write: python-dateutil and
recurring-ical-events, with the zones of `zoneinfo`.

Reads one JSON object a line and answers each with a line:

  {"kind": "rules", ...}    python-dateutil; see `rules`
  {"kind": "calendar", ...} recurring-ical-events; see `calendar`
  {"kind": "windows"}       the table of tzlocal: IANA name to Windows name
  {"kind": "versions"}      of what answers here

Where a library departs from RFC 5545 in a way that is known, the departure is taken out here, with
the reason beside it. There is no other difference that is let pass.
"""

import datetime as datetime_module
import importlib.metadata
import inspect
import json
import signal
import sys
import textwrap
from datetime import date, datetime, timedelta, timezone
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import dateutil.rrule
from dateutil.rrule import rrulestr

# dateutil 2.9.0 counts the weeks of the year before wrongly, and so finds a week 53 at the start of
# 2050: the calendar of Python itself knows that it is week 52 of 2049. For the year itself dateutil
# counts as here. All else of it stays as it is.
assert date(2050, 1, 1).isocalendar()[:2] == (2049, 52)
WRONG = "52+(self.yearlen-no1wkst) % 7//4"
RIGHT = "(lyearlen-lno1wkst)//7+(lyearlen-lno1wkst) % 7//4"
source = textwrap.dedent(inspect.getsource(dateutil.rrule._iterinfo.rebuild))
assert source.count(WRONG) == 1, "another dateutil than the one that was judged"
repaired = {}
exec(source.replace(WRONG, RIGHT), vars(dateutil.rrule), repaired)
dateutil.rrule._iterinfo.rebuild = repaired["rebuild"]

UTC = timezone.utc
EPOCH = datetime(1970, 1, 1)
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def wall(text):
    """A wall time: 20260101T090000."""
    return datetime.strptime(text, "%Y%m%dT%H%M%S")


def instant(at, zone):
    """Seconds of Unix time. `fold` is 0: of two times the first, and in a gap the offset before it,
    which is section 3.3.5 of RFC 5545 and PEP 495 alike."""
    if zone is None:
        return int((at - EPOCH).total_seconds())
    return int(at.replace(tzinfo=zone).astimezone(UTC).timestamp())


def split(rule):
    return dict(part.split("=", 1) for part in rule.split(";"))


def join(parts):
    return ";".join(f"{name}={value}" for name, value in parts.items())


def until_of(text, start, zone, whole_days):
    """The last instant: in the three forms that calendars write."""
    if text.endswith("Z"):
        at = wall(text[:-1])
        if whole_days:
            return instant(at.replace(hour=0, minute=0, second=0), None)
        return instant(at, None)
    at = wall(text) if "T" in text else wall(text + "T235959")
    if whole_days:
        at = at.replace(hour=0, minute=0, second=0)
    return instant(at, zone)


def walls_of(rule, begin):
    try:
        yield from rrulestr(rule, dtstart=begin)
    except ValueError as error:
        # Steps that never meet a part, such as every third minute and one that is not among them.
        if "empty" not in str(error):
            raise


def occurrences(rule, start, zone, whole_days, horizon, most, with_start):
    """The walls of a rule, up to a horizon, at most so many."""
    parts = split(rule)
    count = int(parts.pop("COUNT", 0))
    until = parts.pop("UNTIL", None)
    begin = start
    # dateutil begins the first week of a weekly rule with the start, and counts BYSETPOS from there.
    # The set of a week is the whole week (RFC 5545, section 3.3.10: "the set of recurrence
    # instances specified by the rule", within the interval of FREQ).
    if parts["FREQ"] == "WEEKLY" and "BYSETPOS" in parts:
        first = DAYS.index(parts.get("WKST", "MO"))
        begin = start - timedelta(days=(start.weekday() - first) % 7)
        parts.setdefault("BYDAY", DAYS[start.weekday()])
    found = []
    last = until and until_of(until, start, zone, whole_days)
    if until and last < instant(start, zone):
        return []
    for at in walls_of(join(parts), begin):
        if at < start:
            continue
        if not found and at != start and with_start:
            # dateutil leaves a start out that the rule does not fit. "The DTSTART property value
            # always counts as the first occurrence" (section 3.3.10).
            found.append(start)
        if at > horizon or len(found) >= most or (count and len(found) >= count):
            break
        # Walls that are skipped may be later than some that follow.
        if until and at > EPOCH + timedelta(seconds=last, days=3):
            break
        found.append(at)
    if not found and with_start:
        found.append(start)
    found = found[: count or None]
    return [at for at in found if not until or instant(at, zone) <= last]


def rules(case):
    """`start`, `zone` (null where it floats or has whole days), `rules`, `except_rules`, `dates`
    and `except` (walls), `horizon` (the last wall), `most` occurrences. Answers with instants, or
    with walls as if in UTC where there is no zone, and with the last one that is known."""
    zone = case["zone"] and ZoneInfo(case["zone"])
    start, horizon, most = wall(case["start"]), wall(case["horizon"]), case["most"]
    # dateutil looks on to this year where nothing fits.
    last_year = min(horizon.year + 1, 9999)
    dateutil.rrule.datetime = SimpleNamespace(**{**vars(datetime_module), "MAXYEAR": last_year})
    args = (start, zone, case["whole_days"])
    found = set()
    # Beyond this nothing is known: order and number change where the zone does, for a day at most.
    short = any(split(rule)["FREQ"] in ("HOURLY", "MINUTELY", "SECONDLY") for rule in case["rules"])
    around = 0 if short else 90_000
    bounds = [instant(horizon, zone) - around]
    for rule in case["rules"]:
        walls = occurrences(rule, *args, horizon, most + 40, True)
        found.update(instant(at, zone) for at in walls)
        if len(walls) == most + 40:
            bounds.append(instant(walls[-1], zone) - around)
    if not case["rules"]:
        found.add(instant(start, zone))
    found.update(instant(wall(at), zone) for at in case["dates"])
    for rule in case["except_rules"]:
        last = EPOCH + timedelta(seconds=max(found, default=0), days=2)
        walls = occurrences(rule, *args, min(horizon, last), 1_000_000, False)
        found.difference_update(instant(at, zone) for at in walls)
    found.difference_update(instant(wall(at), zone) for at in case["except"])
    bound = min(bounds)
    return {"bound": bound, "starts": sorted(at for at in found if at <= bound)[:most]}


def calendar(case):
    """`ics`, from and to in seconds of Unix time. Answers with original, start, end and summary."""
    import icalendar
    import recurring_ical_events

    parsed = icalendar.Calendar.from_ical(case["ics"])
    zone = ZoneInfo(case["zone"])
    # Whole days are read in the zone of the span.
    begin = datetime.fromtimestamp(case["from"], zone)
    end = datetime.fromtimestamp(case["to"], zone)

    def seconds(at):
        if not isinstance(at, datetime):
            at = datetime(at.year, at.month, at.day)
        if at.tzinfo is None:
            at = at.replace(tzinfo=zone)
        return int(at.astimezone(UTC).timestamp())

    answer = []
    for event in recurring_ical_events.of(parsed).between(begin, end):
        start, finish = event.start, event.end
        answer.append([seconds(start), seconds(finish), str(event.get("SUMMARY", ""))])
    return sorted(answer)


def windows(_):
    from tzlocal.windows_tz import tz_win, win_tz

    return {"to_windows": tz_win, "from_windows": win_tz}


def versions(_):
    names = ["python-dateutil", "recurring-ical-events", "icalendar", "tzlocal"]
    return {name: importlib.metadata.version(name) for name in names}


KINDS = {"rules": rules, "calendar": calendar, "windows": windows, "versions": versions}


class Slow(BaseException):
    """A rule that a library does not come to the end of."""


def too_slow(*_):
    raise Slow


# A rule by seconds may look through a year for what does not fit. The time of this process counts, not that of
# a clock, so that a busy machine changes nothing.
signal.signal(signal.SIGVTALRM, too_slow)

for line in sys.stdin:
    case = json.loads(line)
    signal.setitimer(signal.ITIMER_VIRTUAL, case.get("seconds", 60))
    try:
        answer = {"ok": KINDS[case["kind"]](case)}
    except Slow:
        answer = {"slow": True}
    except Exception as error:  # The test says which case it was.
        answer = {"error": f"{type(error).__name__}: {error}"}
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    print(json.dumps(answer), flush=True)
