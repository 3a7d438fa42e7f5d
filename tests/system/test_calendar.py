"""The calendar feed, read back by a small strict reader of RFC 5545, and by khal."""

import datetime
import re
import shutil
import subprocess

import pytest

from harness import TOKENS

UTC = datetime.timezone.utc
PATH = "/v1/calendar.ics?token=" + TOKENS["reader"]


def ago(**kw):
    return (datetime.datetime.now(UTC) - datetime.timedelta(**kw)).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(body):
    """The events of a feed: property -> value, text unescaped. Refuses what is not strict."""
    assert body.endswith(b"\r\n") and b"\n" not in body.replace(b"\r\n", b"")
    for line in body.split(b"\r\n"):
        assert len(line) <= 75, line
        line.decode()       # no character is cut in two
    lines = body.decode().replace("\r\n ", "").split("\r\n")[:-1]
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-1] == "END:VCALENDAR"
    events, stack, head = [], [], {}
    for line in lines:
        name, value = re.match(r"([A-Z-]+)(?:;[A-Z]+=[A-Z]+)*:(.*)$", line).groups()
        if name in ("SUMMARY", "DESCRIPTION", "NAME", "X-WR-CALNAME", "X-WR-CALDESC", "CATEGORIES"):
            assert not re.search(r"(?<!\\)(?:\\\\)*[;,]", value), "not escaped"
            value = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], value)
        if name == "BEGIN":
            stack.append(value)
            if value == "VEVENT":
                events.append({})
        elif name == "END":
            assert stack.pop() == value
        elif stack == ["VCALENDAR"]:
            head[name] = value
        elif stack == ["VCALENDAR", "VEVENT"]:
            assert name not in events[-1], f"{name} twice"
            events[-1][name] = value
    assert head["VERSION"] == "2.0" and head["PRODID"]
    uids = [e["UID"] for e in events]
    assert len(set(uids)) == len(uids)
    for event in events:
        assert {"UID", "DTSTAMP", "DTSTART", "SUMMARY", "SEQUENCE"} <= set(event)
    return head, events


def feed(tocsin, path=PATH):
    answer = tocsin.get(path, token=None)
    assert answer.status == 200, answer
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    return read(answer.body)[1]


def event(events, id, stage):
    return next(e for e in events if e["UID"].startswith(f"{id}-nis2-{stage}@"))


def compact(time):
    return re.sub(r"[-:]|\.\d+", "", time)


def test_every_deadline_is_an_event(tocsin):
    document = tocsin.open("Ransomware; on billing, \\ again: END:VEVENT " + "é" * 80,
                           aware=ago(hours=1))
    events = feed(tocsin)
    clocks = {c["stage"]: c for c in document["clocks"]}
    warning = event(events, document["id"], "early-warning")
    assert warning["DTSTART"] == compact(clocks["early-warning"]["due_at"])
    assert warning["STATUS"] == "CONFIRMED"
    assert warning["SUMMARY"].startswith(
        "NIS2: Early warning due: Ransomware; on billing, \\ again: END:VEVENT é")
    assert warning["SUMMARY"].endswith(f"(incident {document['id']})")
    assert "ACME Energy GmbH" in warning["DESCRIPTION"]
    assert "Art. 23(4)(a)" in warning["DESCRIPTION"]
    final = event(events, document["id"], "final-report")
    assert final["STATUS"] == "TENTATIVE"
    assert final["DTSTART"] == compact(clocks["final-report"]["planned_at"])


def test_a_change_keeps_the_uid_and_counts(tocsin):
    id = tocsin.open(aware=ago(hours=5))["id"]
    before = event(feed(tocsin), id, "early-warning")
    assert before["SEQUENCE"] == "0"
    assert event(feed(tocsin), id, "early-warning")["SEQUENCE"] == "0", "reading changes nothing"
    earlier = ago(hours=6)
    answer = tocsin.post(f"/v1/incidents/{id}/events", {
        "type": "aware", "at": earlier, "by": "j.doe", "basis": "seen before", "replaces": True})
    assert answer.status == 201, answer
    moved = event(feed(tocsin), id, "early-warning")
    assert moved["UID"] == before["UID"] and moved["SEQUENCE"] == "1"
    assert moved["DTSTART"] < before["DTSTART"]
    tocsin.post(f"/v1/incidents/{id}/filings", {
        "regime": "nis2", "stage": "early-warning", "filed_at": ago(minutes=1), "by": "d.po",
        "recipient": "BSI", "reference": "1"})
    filed = event(feed(tocsin), id, "early-warning")
    assert filed["SEQUENCE"] == "2" and "Early warning filed:" in filed["SUMMARY"]
    tocsin.stop()
    tocsin.start()
    assert event(feed(tocsin), id, "early-warning")["UID"] == before["UID"]


def test_what_fell_away_is_cancelled(tocsin):
    id = tocsin.open(aware=ago(hours=5))["id"]
    tocsin.post(f"/v1/incidents/{id}/dismissal", {"by": "j.doe", "basis": "false alarm"})
    events = feed(tocsin)
    assert {e["STATUS"] for e in events} == {"CANCELLED"}
    assert "not owed" in event(events, id, "early-warning")["SUMMARY"]
    old = tocsin.open(aware=ago(days=90))["id"]
    tocsin.post(f"/v1/incidents/{old}/dismissal", {"by": "j.doe", "basis": "false alarm"})
    assert not [e for e in feed(tocsin) if e["UID"].startswith(f"{old}-")]


def test_a_drill_says_so(tocsin):
    tocsin.open(aware=ago(hours=1), drill=True)
    assert all(e["SUMMARY"].startswith("DRILL ") for e in feed(tocsin))


def test_who_may_read_it(daemon):
    tocsin = daemon(started=False)
    tocsin.conf.write_text(
        tocsin.conf.read_text()
        .replace('entities = (', '''entities = (
  { id = "other"; name = "Other, Ltd."; country = "DE"; timezone = "Europe/Berlin";
    regimes = [ "nis2" ]; policy = "default"; },''')
        .replace('role = "read";', 'role = "read"; entities = [ "other" ];'))
    tocsin.start()
    tocsin.open(aware=ago(hours=1), entity="acme-energy")
    mine = tocsin.open(aware=ago(hours=1), entity="other")["id"]
    answer = tocsin.get(PATH, token=None)
    head, events = read(answer.body)
    assert {e["UID"].partition("-")[0] for e in events} == {str(mine)}
    assert head["X-WR-CALNAME"] == "Incident reports of Other, Ltd."
    one = f"/v1/calendar.ics?token={TOKENS['ops']}&entity=acme-energy"
    assert {e["CATEGORIES"] for e in feed(tocsin, one)} == {"acme-energy"}
    assert len(read(tocsin.get("/v1/calendar.ics").body)[1]) > len(events), "a header will do"
    for path, status in (("/v1/calendar.ics", 401), ("/v1/calendar.ics?token=wrong", 401),
                         ("/v1/calendar.ics?token=" + TOKENS["wazuh"], 403),
                         (PATH + "&entity=acme-energy", 422), (PATH + "&tocken=x", 422),
                         (PATH + "&token=" + TOKENS["ops"], 401),
                         ("/v1/clocks?token=" + TOKENS["reader"], 401)):
        answer = tocsin.get(path, token=None)
        assert answer.status == status, (path, answer)
        assert b"reader-token" not in answer.body
    tocsin.stop()
    assert "token-0123" not in tocsin.log(), "a token is in the log"
    assert b"reader-token" not in tocsin.store.read_bytes()


def test_khal_reads_it(tocsin, tmp_path):
    khal = shutil.which("khal")
    if khal is None:
        pytest.skip("khal is not installed")
    id = tocsin.open("Ransomware; on billing, again", aware=ago(hours=1))["id"]
    (tmp_path / "feed.ics").write_bytes(tocsin.get(PATH, token=None).body)
    (tmp_path / "calendar").mkdir()
    (tmp_path / "khal.conf").write_text(f"""
[calendars]
[[tocsin]]
path = {tmp_path}/calendar
[locale]
local_timezone = UTC
default_timezone = UTC
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[sqlite]
path = {tmp_path}/khal.db
[default]
default_calendar = tocsin
""")

    def run(*arguments):
        result = subprocess.run([khal, "-c", tmp_path / "khal.conf", *arguments], timeout=60,
                                capture_output=True, text=True)
        assert result.returncode == 0, result
        return result.stdout
    run("import", "--batch", "-a", "tocsin", tmp_path / "feed.ics")
    listed = run("list", "--format", "{title}", "today", "60d")
    assert f"NIS2: Early warning due: Ransomware; on billing, again (incident {id})" in listed


def test_of_too_many_settled_deadlines_the_latest_stay(tocsin):
    """250 of a kind: what falls out is what was due first, and the calendar says so."""
    def dismissed(n, **age):
        for _ in range(n):
            id = tocsin.open("Nothing", aware=ago(**age))["id"]
            assert tocsin.post(f"/v1/incidents/{id}/dismissal",
                               {"by": "j.doe", "basis": "a test"}).status in (200, 201)
        return id
    old = dismissed(1, days=20)
    head, events = read(tocsin.get(PATH, token=None).body)
    assert event(events, old, "early-warning")["STATUS"] == "CANCELLED"
    assert "X-WR-CALDESC" not in head
    fresh = dismissed(130, days=1)
    answer = tocsin.get(PATH, token=None)
    head, events = read(answer.body)
    assert event(events, fresh, "notification")["STATUS"] == "CANCELLED"
    assert len(events) == 250
    assert not [e for e in events if e["UID"].startswith(f"{old}-nis2-early-warning@")]
    assert "the 250 due last" in head["X-WR-CALDESC"] and head["X-WR-CALDESC"] == head["DESCRIPTION"]
