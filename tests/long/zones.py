"""Every zone of this machine's database against zdump: the offset on both sides of each
transition and between them, and the instant of wall-clock times around it, those that
happen twice and those that do not happen among them. 1970 to 2100.

Not compared: right/, whose clocks count leap seconds, and posix/, which is a copy.
"""
import datetime
import os
import re
import subprocess
import sys
import time
import zoneinfo

ROOT = os.environ["zoneinfodir"]
ASK = os.path.join(os.environ["top_builddir"], "tests/long/ask_zone")
FIRST, LAST = 1970, 2101
DAY = 86400
EPOCH = datetime.datetime(1970, 1, 1)
BEGIN = int((datetime.datetime(FIRST, 1, 1) - EPOCH).total_seconds())
END = int((datetime.datetime(LAST, 1, 1) - EPOCH).total_seconds())
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
LINE = re.compile(r"(\S+) +\w+ (\w+) +(\d+) (\d+):(\d+):(\d+) (-?\d+) UTC? ="
                  r".* gmtoff=(-?\d+)$")


def zone_names():
    names = []
    for folder, folders, files in os.walk(ROOT):
        if folder == ROOT:
            folders[:] = [f for f in folders if f not in ("right", "posix")]
        for name in files:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                if file.read(4) == b"TZif":
                    names.append(os.path.relpath(path, ROOT))
    return sorted(set(names) - {"localtime", "posixrules"})


def read_zdump(names):
    """For each zone [(instant, offset from then on)], from the lines' pairs."""
    out = subprocess.run(["zdump", "-v", "-c", f"{FIRST},{LAST}"] + names, check=True,
                         env=dict(os.environ, LC_ALL="C", TZDIR=ROOT), text=True,
                         stdout=subprocess.PIPE).stdout
    zones = {name: [] for name in names}
    for line in out.splitlines():
        match = LINE.match(line)
        if not match:
            continue
        name, month, *rest = match.groups()
        day, hour, minute, second, year, offset = map(int, rest)
        at = datetime.datetime(year, MONTHS.index(month) + 1, day, hour, minute, second)
        zones[name].append((int((at - EPOCH).total_seconds()), offset))
    return zones


def segments_of(name, lines):
    """[(first instant, end, offset)] that cover BEGIN to END."""
    lines = [line for line in lines if BEGIN <= line[0] < END]
    if not lines:       # never a transition
        at = datetime.datetime(2026, 11, 21, tzinfo=datetime.timezone.utc)
        offset = at.astimezone(zoneinfo.ZoneInfo(name)).utcoffset()
        return [(BEGIN, END, int(offset.total_seconds()))]
    segments, start = [], BEGIN
    for (last, before), (at, _) in zip(lines[0::2], lines[1::2]):
        assert at == last + 1, (name, last, at)
        segments.append((start, at, before))
        start = at
    return segments + [(start, END, lines[-1][1])]


def first_reading(segments, near, wall):
    """The first instant at which the clock reads that time or a later one."""
    for start, end, offset in segments[max(0, near - 4):]:
        at = max(start, wall - offset)
        if at < end:
            return at
    return None


def questions_of(segments):
    """(instant, its offset, wall-clock time, its instant)"""
    for i, (start, end, offset) in enumerate(segments):
        ats = {start, start + 1, (start + end) // 2, end - 1}
        for at in ats:
            yield at, offset, at + offset, i
        if i > 0:
            before = segments[i - 1][2]
            low, high = sorted((start + before, start + offset))
            for wall in (low - 1, low, (low + high) // 2, high - 1, high):
                yield start, offset, wall, i


def main():
    began = time.monotonic()
    names = zone_names()
    asked, text = [], []
    for name, lines in read_zdump(names).items():
        segments = segments_of(name, lines)
        text.append(os.path.join(ROOT, name))
        for at, offset, wall, near in questions_of(segments):
            if BEGIN + 2 * DAY <= at < END - 2 * DAY:
                asked.append((name, at, offset, wall, first_reading(segments, near, wall)))
                text.append(f"{at} {wall}")
    out = subprocess.run([ASK], input="\n".join(text) + "\n", check=True, text=True,
                         stdout=subprocess.PIPE).stdout.splitlines()
    bad = abs(len(out) - len(asked))
    for (name, at, offset, wall, instant), answer in zip(asked, out):
        if answer != f"{offset} {instant}":
            bad += 1
            if bad <= 10:
                print(f"{name}: at {at} wall {wall}: zdump {offset} {instant}, ours {answer}")
    print(f"check-long: zones: {len(names)} zones, {len(asked)} questions, {bad} differences"
          f" ({time.monotonic() - began:.0f} s)")
    return 1 if bad or len(names) < 300 else 0


sys.exit(main())
