"""A whole drill on real channels: a month in fifteen seconds, and the report of it."""

import datetime
import json
import subprocess
import time

import pytest

from harness import TOCSIN, verify_chain, wait_for
from test_main_job import channels, trust  # noqa: F401  (trust is a fixture)


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")


def file(tocsin, id, stage):
    answer = tocsin.post(f"/v1/incidents/{id}/filings", {
        "regime": "nis2", "stage": stage, "filed_at": now(), "by": "alice",
        "recipient": "BSI", "reference": "rehearsed"})
    assert answer.status == 201, answer


@pytest.fixture
def drilled(daemon, slack, hook, mailbox):
    tocsin = daemon(started=False)
    tocsin.channels = channels(tocsin, slack=slack, hook=hook, mailbox=mailbox)
    tocsin.write()
    return tocsin.start()


def test_a_drill_from_the_command_to_the_report(drilled, slack, hook, mailbox):
    tocsin = drilled
    real = tocsin.open(aware=now(), title="The real thing")
    wait_for("its first notices", lambda: len(tocsin.deliveries()) == 6 and
             {d["state"] for d in tocsin.deliveries()} == {"delivered"})
    for peer in slack, hook:
        peer.received.clear()
    mailbox.messages.clear()
    hook.script = [(503, b"", {})]      # one attempt fails, and is made again

    began = time.monotonic()
    client = subprocess.Popen(
        [TOCSIN, "--socket", tocsin.socket, "--json", "drill", "--in", "PT15S",
         "--by", "j.doe", "--wait"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    slack.wait(2)
    id = real["id"] + 1
    drill = tocsin.get(f"/v1/incidents/{id}").json
    assert drill["drill"] and drill["state"] == "open" and drill["title"].startswith("DRILL")
    # 30 days, or 31, or with an hour more or less: by the calendar, in 15 seconds.
    assert 160000 < drill["drill_scale"] < 190000
    # Somebody was told, and that is on record: only then is an answer quick or slow.
    wait_for("the first word", lambda: any(d["state"] == "delivered"
                                           for d in tocsin.deliveries(incident=id)))
    answer = tocsin.post(f"/v1/incidents/{id}/acknowledgements", {"by": "alice", "for": "PT2H"})
    assert answer.status == 201, answer
    wait_for("every notice so far", lambda: {d["state"] for d in tocsin.deliveries(incident=id)}
             == {"delivered"})
    file(tocsin, id, "early-warning")
    file(tocsin, id, "notification")

    stdout, stderr = client.communicate(timeout=60)
    took = time.monotonic() - began
    assert stderr == "" and 15 < took < 40, (took, stderr)
    report = json.loads(stdout)
    assert report["missing"] == [] and report["verdict"] == "passed-with-gaps"
    assert sorted(report["gaps"]) == [
        "nis2 final-report: nobody acknowledged or filed it",
        'nis2 intermediate-report never began: nobody recorded "requested"',
        "nis2 progress-report: nobody acknowledged or filed it"]
    assert client.returncode == 0
    assert report["state"] == "dismissed"
    check_report(report)
    check_marks(tocsin, id, slack, hook, mailbox)
    check_real(tocsin, real)
    shown = tocsin.client("drill", id).stdout
    assert "verdict: passed with gaps" in shown
    assert "gap: nis2 final-report: nobody acknowledged or filed it" in shown
    assert any("not begun" in line and "nis2/intermediate-report" in line
               for line in shown.splitlines())
    refused = tocsin.client("drill", real["id"], check=False)
    assert refused.returncode == 1 and "no drill" in refused.stderr
    verify_chain(tocsin.journal())


def check_report(report):
    assert [a["by"] for a in report["acknowledgements"]] == ["alice"]
    assert report["acknowledgements"][0]["after_s"] < 5
    clocks = {c["stage"]: c for c in report["clocks"]}
    # 24 hours are half a second here.
    assert clocks["early-warning"]["state"] in ("filed", "filed-late")
    assert clocks["notification"]["state"] in ("filed", "filed-late")
    final = clocks["final-report"]
    assert final["state"] == "void", "nobody filed it, and the drill ended by itself"
    steps = {s["at"]: s for s in final["steps"]}
    for at in "start", "50%", "due":
        assert steps[at]["state"] == "fired", steps[at]
        assert {(d["channel"], d["state"]) for d in steps[at]["deliveries"]} == {
            (channel, "delivered") for channel in ("soc", "hook", "mail")}
        assert all(d["delivered_at"] >= steps[at]["fired_at"] for d in steps[at]["deliveries"])
    attempts = [d["attempts"] for c in report["clocks"] for s in c["steps"]
                for d in s["deliveries"] if d["channel"] == "hook"]
    assert 2 in attempts, "the attempt that failed is in the report"


def check_marks(tocsin, id, slack, hook, mailbox):
    """DRILL stands first in everything that a person may see, and in every line."""
    assert len(slack.received) >= 6 and len(mailbox.messages) >= 6
    for request in slack.received:
        assert request.json["text"].startswith("DRILL"), request.json["text"]
    for request in hook.received:
        data = request.json["data"]
        assert data["drill"] is True and data["text"].startswith("DRILL")
        assert data["incident"]["title"].startswith("DRILL")
    for _, mail in mailbox.messages:
        assert mail["Subject"].startswith("DRILL")
        assert mail.get_body(("plain",)).get_content().startswith("DRILL")
    lines = [line for line in tocsin.lines() if line.get("incident") == id]
    assert {line["kind"] for line in lines} >= {
        "incident.opened", "step.fired", "delivery.delivered", "acknowledgement.given",
        "filing.recorded", "incident.dismissed"}
    assert [line["kind"] for line in lines if line.get("drill") != 1] == []
    assert all(d["drill"] for d in tocsin.deliveries(incident=id))
    ended = [line for line in lines if line["kind"] == "incident.dismissed"]
    assert len(ended) == 1 and ended[0]["by"] == "drill" and ended[0]["actor"] == "daemon"
    listed = tocsin.client("list", "--all").stdout
    assert "DRILL: the reporting clocks" in listed and "DRILL DRILL" not in listed


def check_real(tocsin, before):
    after = tocsin.get(f"/v1/incidents/{before['id']}").json
    assert after["clocks"] == before["clocks"] and after["state"] == "open"
    assert "drill_scale" not in after and not after["drill"]
    assert len(tocsin.deliveries(incident=before["id"])) == 6
    assert not [line for line in tocsin.lines()
                if line.get("incident") == before["id"] and "drill" in line]


def test_the_report_names_what_failed_and_who_was_told_instead(drilled, slack, hook):
    tocsin = drilled
    tocsin.policies = '''policies = ( { name = "default"; fallback = [ "hook" ];
        steps = ( { at = "start"; to = [ "soc" ]; } ); } );'''
    tocsin.write()
    tocsin.stop()
    tocsin.start()
    slack.status, slack.reply = 404, b"no_service"
    assert tocsin.client("drill", "--in", "PT1H", "--by", "j.doe").returncode == 0
    hook.wait(2)
    wait_for("the answers", lambda: {d["state"] for d in tocsin.deliveries()} ==
             {"failed", "delivered"} and len(tocsin.deliveries()) == 4)
    report = tocsin.client("drill", "1").stdout
    assert report.count("  soc             failed: HTTP 404: no_service") == 2, report
    assert report.count("  hook (for soc)  delivered ") == 2, report
    assert "did not reach channel soc: HTTP 404: no_service; the fallback was needed, and " \
        "reached channel hook" in report


def test_compressed_time_is_for_drills_alone(tocsin):
    for body, pointer in (
            ({"title": "x", "drill_in": "PT10M"}, "/drill_in"),
            ({"title": "x", "drill": False, "drill_in": "PT10M"}, "/drill_in"),
            ({"title": "x", "drill": True, "drill_in": "soon"}, "/drill_in"),
            ({"title": "x", "drill": True, "drill_in": "PT4S"}, "/drill_in"),
            ({"title": "x", "drill": True, "drill_in": "P32D"}, "/drill_in")):
        answer = tocsin.post("/v1/incidents", body)
        assert answer.status == 422, (body, answer)
        assert answer.json["errors"][0]["pointer"] == pointer
    assert tocsin.get("/v1/incidents?state=all").json["incidents"] == []
    assert tocsin.get("/v1/incidents/1/drill").status == 404


def test_the_status_tells_how_good_the_clock_is(tocsin):
    clock = tocsin.get("/v1/status").json["clock"]
    assert clock["state"] in ("synchronised", "unsynchronised")
    assert f"wall clock           {clock['state']}" in tocsin.client("ping").stdout
    opened = tocsin.open()
    line = [line for line in tocsin.lines("incident.opened") if line["incident"] == opened["id"]][0]
    # Only what is not good is said.
    assert line.get("clock", "synchronised") == clock["state"]
    assert len(tocsin.lines("time.unsynchronised")) == (clock["state"] == "unsynchronised")
