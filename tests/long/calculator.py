"""The calculator against another one, written here from the text of Regulation (EEC,
Euratom) 1182/71, Art. 3 and Directive (EU) 2022/2555, Art. 23(4), on Python's zoneinfo.

    hours   due and nominal: so many hours of UTC later; latest: the hour of the event
            is not counted
    month   due: the same date and wall-clock time of the next month, or of its last day;
            nominal: the end of that day; latest: the end of the next working day, if
            that day is none

A wall-clock time that happens twice is the earlier one, one that does not happen is the
moment of the change. Awareness and filings are weighted towards changes of the clock.
"""
import calendar
import json
import os
import random
import subprocess
import sys
import time
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

CASES = 100_000
SEED = int(os.environ.get("SEED", "20261121"))
UTC = timezone.utc
MS = timedelta(milliseconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ZONES = """
Africa/Ceuta America/Cayenne America/Guadeloupe America/Martinique Arctic/Longyearbyen
Asia/Famagusta Asia/Nicosia Atlantic/Azores Atlantic/Canary Atlantic/Madeira
Atlantic/Reykjavik Europe/Amsterdam Europe/Athens Europe/Berlin Europe/Bratislava
Europe/Brussels Europe/Bucharest Europe/Budapest Europe/Busingen Europe/Copenhagen
Europe/Dublin Europe/Helsinki Europe/Lisbon Europe/Ljubljana Europe/Luxembourg
Europe/Madrid Europe/Malta Europe/Mariehamn Europe/Oslo Europe/Paris Europe/Prague
Europe/Riga Europe/Rome Europe/Sofia Europe/Stockholm Europe/Tallinn Europe/Vaduz
Europe/Vienna Europe/Vilnius Europe/Warsaw Europe/Zagreb Indian/Mayotte Indian/Reunion
""".split()
# Where something is peculiar: midnight that does not exist, no daylight saving time,
# daylight saving time in winter.
PECULIAR = ["Atlantic/Azores", "Atlantic/Canary", "Indian/Reunion", "America/Cayenne",
            "Europe/Dublin"]


# ---- the law ---------------------------------------------------------------------

def easter(year):
    """Gauss, with his correction; not the way in which src/core does it."""
    k = year // 100
    m = (15 + (3 * k + 3) // 4 - (8 * k + 13) // 25) % 30
    s = 2 - (3 * k + 3) // 4
    a = year % 19
    d = (19 * a + m) % 30
    r = (d + a // 11) // 29
    og = 21 + d - r
    oe = 7 - (og - (7 - (year + year // 4 + s) % 7)) % 7
    return date(year, 3, 1) + (og + oe - 1) * DAY


def german_holidays(year):
    return {date(year, 1, 1), date(year, 5, 1), date(year, 10, 3), date(year, 12, 25),
            date(year, 12, 26)} | {easter(year) + n * DAY for n in (-2, 1, 39, 50)}


HOLIDAYS = {"": set(), "DE": set().union(*(german_holidays(y) for y in range(2025, 2043)))}


def is_read(wall, zone, fold):
    """The instant of that reading, if the clock does show the time then."""
    at = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    return at, at.astimezone(zone).replace(tzinfo=None, fold=0) == wall


def instant(wall, zone):
    early, shown = is_read(wall, zone, 0)
    if shown:
        return early
    # The clock is set forward between these two; look for the moment.
    low, high = sorted((early, is_read(wall, zone, 1)[0]))
    while high - low > MS:
        middle = low + (high - low) // MS // 2 * MS
        if middle.astimezone(zone).replace(tzinfo=None) >= wall:
            high = middle
        else:
            low = middle
    return high


def hours(anchor, n):
    due = anchor + n * HOUR
    full = anchor.replace(minute=0, second=0, microsecond=0) + HOUR
    return due, due, full + n * HOUR


def end_of(day, zone):
    return instant(datetime.combine(day + DAY, datetime.min.time()), zone)


def month(anchor, zone, country):
    local = anchor.astimezone(zone).replace(tzinfo=None, fold=0)
    year, number = (local.year, local.month + 1) if local.month < 12 else (local.year + 1, 1)
    day = date(year, number, min(local.day, calendar.monthrange(year, number)[1]))
    working = day
    while working.weekday() >= 5 or working in HOLIDAYS[country]:
        working += DAY
    nominal = end_of(day, zone)
    due = min(instant(datetime.combine(day, local.time()), zone), nominal)
    return due, nominal, end_of(working, zone)


# ---- cases -------------------------------------------------------------------------

def change_day(year, number):
    """The last Sunday of March or October."""
    day = date(year, number, 31)
    return day - (day.weekday() + 1) % 7 * DAY


def some_instant(dice, zone):
    kind = dice.random()
    year = dice.randint(2026, 2040)
    if kind < 0.5:          # any
        at = datetime(year, 1, 1, tzinfo=UTC) + dice.randrange(365 * 86400) * 1000 * MS
    else:                   # around a change of the clock, or a month before it
        day = change_day(year, dice.choice((3, 10)))
        if kind < 0.85:
            number = day.month - 1
            day = date(year, number, min(day.day, calendar.monthrange(year, number)[1]))
        day += dice.choice((-3, -1, 0, 0, 0, 0, 1, 31)) * DAY
        at = datetime.combine(day, datetime.min.time(), tzinfo=zone).astimezone(UTC)
        at += dice.randrange(-2 * 3600, 5 * 3600) * 1000 * MS
    if dice.random() < 0.2:
        at = at.replace(minute=dice.choice((0, 30, 59)), second=dice.choice((0, 59)))
    if dice.random() < 0.2:
        at += dice.randrange(1000) * MS
    return at


def text(at):
    out = at.strftime("%Y-%m-%dT%H:%M:%S")
    return out + (f".{at.microsecond // 1000:03d}Z" if at.microsecond else "Z")


def make_case(dice):
    name = dice.choice(PECULIAR if dice.random() < 0.4 else ZONES)
    zone = ZoneInfo(name)
    country = dice.choice(("", "DE"))
    filed = some_instant(dice, zone)
    aware = filed - dice.randrange(100 * 3600) * 1000 * MS
    trust = dice.random() < 0.1
    question = {"regime": "nis2", "country": country, "timezone": name,
                "events": {"aware": text(aware)}, "filings": {"notification": text(filed)}}
    if trust:
        question["traits"] = ["trust-service"]
    report = month(filed, zone, country)
    return json.dumps(question), {
        "early-warning": hours(aware, 24), "notification": hours(aware, 24 if trust else 72),
        "progress-report": report, "final-report": report}


def difference(answer, wanted):
    clocks = {clock["stage"]: clock for clock in json.loads(answer).get("clocks", [])}
    for stage, times in wanted.items():
        got = tuple(clocks.get(stage, {}).get(key) for key in
                    ("due_at", "nominal_at", "latest_at"))
        if got != tuple(map(text, times)):
            return f"{stage}: wanted {' '.join(map(text, times))}, got {got}"
    return None


def main():
    began = time.monotonic()
    dice = random.Random(SEED)
    print(f"check-long: calculator: seed {SEED}", flush=True)
    cases = [make_case(dice) for _ in range(CASES)]
    tocsin = os.path.join(os.environ["top_builddir"], "src/cli/tocsin")
    rules = os.path.join(os.environ["top_srcdir"], "etc/tocsin")
    out = subprocess.run([tocsin, "due", "--data", rules, "--batch"], check=True, text=True,
                         input="\n".join(question for question, _ in cases) + "\n",
                         stdout=subprocess.PIPE).stdout.splitlines()
    bad = abs(len(out) - len(cases))
    for (question, wanted), answer in zip(cases, out):
        why = difference(answer, wanted)
        if why:
            bad += 1
            if bad <= 10:
                print(f"{question}\n  {why}\n  {answer[:200]}")
    print(f"check-long: calculator: {len(cases)} cases, {4 * len(cases)} clocks,"
          f" {bad} differences ({time.monotonic() - began:.0f} s)")
    return 1 if bad else 0


sys.exit(main())
