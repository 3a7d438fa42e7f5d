"""What the daemon writes for other programs, read by other people's: the calendar by
node-ical and khal, the description of the API by redocly, metrics and rules by promtool.

The packages are installed into a directory of their own, at exactly the versions that
formats/package.json names. One that is not there is a failure, not a pass.
"""

import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "system"))

from harness import TOKENS, TOP, Tocsin  # noqa: E402

TITLE = "Ransomware; on billing, \\ again: END:VEVENT ünïcödé " + "x" * 80
KHAL = """
[calendars]
[[tocsin]]
path = {0}/calendar
[locale]
local_timezone = UTC
default_timezone = UTC
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[sqlite]
path = {0}/khal.db
[default]
default_calendar = tocsin
"""


def cannot(why):
    sys.exit(f"check-long: formats: CANNOT RUN: {why}")


def ago(**kw):
    at = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(**kw)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def run(*command, cwd=None, input=None):
    done = subprocess.run(command, cwd=cwd, input=input, capture_output=True, timeout=100,
                          env={**os.environ, "REDOCLY_TELEMETRY": "off",
                               "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"})
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout.decode()


def node_ical(tocsin, work):
    feed = tocsin.get("/v1/calendar.ics?token=" + TOKENS["reader"], token=None)
    (work / "feed.ics").write_bytes(feed.body)
    return {e["uid"]: e for e in json.loads(run("node", "calendar.mjs", "feed.ics", cwd=work))}


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def check_calendar(tocsin, work):
    id = tocsin.open(TITLE, aware=ago(hours=1))["id"]
    tocsin.open("An exercise", aware=ago(hours=1), drill=True)
    events = node_ical(tocsin, work)
    starts = sorted(instant(e["start"]) for e in events.values())
    dated = [c for c in tocsin.get("/v1/clocks?state=running").json["clocks"]]
    for clock in dated:
        due = instant(clock["due_at"])
        assert any(abs((due - s).total_seconds()) < 1 for s in starts), (clock, starts)
    mine = [e for e in events.values() if f"(incident {id})" in e["summary"]]
    assert len(mine) >= 2 and all("; on billing, \\ again" in e["summary"] for e in mine), mine
    assert any("DRILL" in e["summary"] for e in events.values())
    tocsin.post(f"/v1/incidents/{id}/filings",
                {"regime": "nis2", "stage": "notification", "filed_at": ago(minutes=1),
                 "by": "d.po", "recipient": "BSI", "reference": "B-1"})
    after = node_ical(tocsin, work)
    assert set(events) <= set(after), "an event keeps its UID"
    changed = [u for u in events if {**events[u], "sequence": 0} != {**after[u], "sequence": 0}]
    assert changed and all(after[u]["sequence"] > events[u]["sequence"] for u in changed)


def check_khal(work):
    (work / "calendar").mkdir()
    (work / "khal.conf").write_text(KHAL.format(work))
    khal = ("khal", "-c", work / "khal.conf")
    run(*khal, "import", "--batch", "-a", "tocsin", work / "feed.ics")
    assert "Ransomware; on billing, \\ again" in run(*khal, "list", "--format", "{title}",
                                                     "today", "60d")


def check_openapi(tocsin, work):
    (work / "openapi.json").write_bytes(tocsin.get("/openapi.json", token=None).body)
    found = json.loads(run("node", "node_modules/@redocly/cli/bin/cli.js", "lint", "openapi.json",
                           "--extends", "recommended", "--format", "json", cwd=work))
    assert found["totals"]["errors"] == found["totals"]["warnings"] == 0, found["problems"]


def main():
    for program, package in (("node", "nodejs"), ("npm", "npm"), ("khal", "khal"),
                             ("promtool", "prometheus")):
        if not shutil.which(program):
            cannot(f"there is no {program} (Debian: {package})")
    with tempfile.TemporaryDirectory() as directory:
        work = pathlib.Path(directory)
        for name in ("package.json", "calendar.mjs"):
            shutil.copy(HERE / "formats" / name, work)
        done = subprocess.run(["npm", "install", "--no-package-lock", "--no-audit", "--no-fund",
                               "--ignore-scripts", "--silent"], cwd=work, timeout=120)
        if done.returncode != 0:
            cannot("npm could not install node-ical and @redocly/cli")
        (work / "store").mkdir()
        tocsin = Tocsin(work / "store").start()
        try:
            check_calendar(tocsin, work)
            check_khal(work)
            check_openapi(tocsin, work)
            run("promtool", "check", "metrics", input=tocsin.get("/metrics").body)
            run("promtool", "check", "rules", TOP / "etc/prometheus/tocsin.rules.yml")
        finally:
            tocsin.close()
    print("formats: node-ical, khal, redocly and promtool have nothing against it")


main()
