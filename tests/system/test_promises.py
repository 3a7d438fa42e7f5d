"""What a step is owed, seen from outside: it needs nobody to ask, no failure of it is
forgotten, and everything that tells of it tells the same."""

import hashlib
import json
import time
from datetime import datetime, timezone

from harness import wait_for
from test_main_job import channels, trust  # noqa: F401  (a fixture)

DAY = 24 * 3600


def rfc3339(at):
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def start(daemon, **peers):
    tocsin = daemon(started=False)
    tocsin.channels = channels(tocsin, **peers)
    tocsin.write()
    return tocsin.start()


def test_a_step_falls_due_without_any_request(daemon, hook):
    tocsin = start(daemon, hook=hook)
    due = int(time.time()) + 3
    tocsin.open("Nobody asks", aware=rfc3339(due - DAY))
    wait_for("the step", lambda: "due" in [r.json["data"]["step"]["at"] for r in hook.received])
    last = hook.received[-1].json
    assert last["data"]["clock"]["stage"] == "early-warning"
    assert due <= instant(last["time"]) < due + 1, "not early, and not late"
    assert last["data"]["late_s"] == 0


def test_every_failed_attempt_is_kept_with_what_comes_next(daemon, hook):
    hook.script = [(500, b"no", {})] * 2
    tocsin = start(daemon, hook=hook)
    tocsin.open("Down at first", aware=rfc3339(time.time()))
    waiting = wait_for("a failure", lambda: [
        d for d in tocsin.deliveries() if d["state"] == "waiting" and
        d["attempts"] and "outcome" in d["attempts"][-1]])[0]
    assert waiting["attempts"][-1]["outcome"] == "temporary"
    assert "HTTP 500" in waiting["attempts"][-1]["detail"]
    assert instant(waiting["next_at"]) > instant(waiting["attempts"][-1]["at"])
    shown = tocsin.client("deliveries").stdout
    assert "temporary HTTP 500" in shown and waiting["id"] in shown
    wait_for("both", lambda: [d["state"] for d in tocsin.deliveries()] == ["delivered"] * 2)
    attempts = [a for d in tocsin.deliveries() for a in d["attempts"]]
    assert len(attempts) == len(hook.received) == 4
    assert sorted(a["outcome"] for a in attempts) == ["delivered"] * 2 + ["temporary"] * 2


def test_a_rate_shows_in_the_ledger_and_slows_no_other(daemon, hook, slack):
    tocsin = start(daemon, hook=hook, slack=slack)
    tocsin.stop()
    tocsin.conf.write_text(tocsin.conf.read_text().replace(
        'name = "hook"; ', 'name = "hook"; rate = "1/PT3S"; '))
    tocsin.start()
    tocsin.open("Rate", aware=rfc3339(time.time()))
    slack.wait(2)
    (waiting,) = [d for d in tocsin.deliveries() if d["state"] == "waiting"]
    assert waiting["channel"] == "hook" and waiting["stage"] == "notification"
    assert waiting["attempts"] == [] and waiting["id"] in tocsin.client("deliveries").stdout
    hook.wait(2)
    wait_for("all", lambda: all(d["state"] == "delivered" for d in tocsin.deliveries()))
    waits = {d["id"]: instant(d["attempts"][0]["at"]) - instant(d["created_at"])
             for d in tocsin.deliveries()}
    assert waits.pop(waiting["id"]) > 2.5
    assert max(waits.values()) < 1, waits


def test_everything_shows_the_same_instant(daemon, hook, slack, mailbox):
    aware = rfc3339(time.time() - 3600)
    tocsin = start(daemon, hook=hook, slack=slack, mailbox=mailbox)
    number = tocsin.open("One instant", aware=aware)["id"]
    due = rfc3339(instant(aware) + DAY)
    for peer in hook, slack, mailbox:
        peer.wait(2)

    def early_warning(clocks):
        (clock,) = [c for c in clocks if c["stage"] == "early-warning"]
        return clock["due_at"]
    by_command = {c: json.loads(tocsin.client("--json", *c.split()).stdout)["clocks"]
                  for c in (f"show {number}", "clocks")}
    question = {"regime": "nis2", "country": "DE", "events": {"aware": aware}}
    seen = {
        "incident": early_warning(tocsin.get(f"/v1/incidents/{number}").json["clocks"]),
        "clocks": early_warning(tocsin.get("/v1/clocks").json["clocks"]),
        "calculator": early_warning(tocsin.post("/v1/deadlines", question).json["clocks"]),
        "journal": early_warning(tocsin.lines("incident.opened")[0]["clocks"]),
        "webhook": early_warning([r.json["data"]["clock"] for r in hook.received]),
        **{what: early_warning(clocks) for what, clocks in by_command.items()},
    }
    assert set(seen.values()) == {due}, seen
    minute = due[:10] + "T" + due[11:16]
    texts = {
        "Slack": [str(r.json) for r in slack.received],
        "mail": [m.get_body((kind,)).get_content() for _, m in mailbox.messages
                 for kind in ("plain", "html")],
        "show": [tocsin.client("show", number).stdout],
        "report": [tocsin.client("report", number, "early-warning", "--regime", "nis2").stdout],
    }
    for what, found in texts.items():
        assert any(minute in t or minute.replace("T", " ") in t for t in found), (what, found)


def test_a_journal_that_was_written_anew_disagrees_with_the_notices(daemon, hook, tmp_path):
    """Whoever can write the store can make another chain that verifies; what they cannot
    change is the head of the real one in the mailboxes of those who were told."""
    tocsin = start(daemon, hook=hook)
    tocsin.open("Awkward", aware=rfc3339(time.time()))
    wait_for("its notices", lambda: len(hook.received) == 2)
    heads = [r.json["data"]["journal"] for r in hook.received]
    records = tocsin.journal()
    for head in heads:
        assert records[head["seq"] - 1]["hash"] == head["hash"], "the real one agrees"

    previous, forged = "0" * 64, []
    for record in records:
        line = record["line"].replace("Awkward", "Harmless")
        previous = hashlib.sha256(f"{previous}\n{line}\n".encode()).hexdigest()
        forged.append({"seq": record["seq"], "hash": previous, "line": line})
    path = tmp_path / "forged.ndjson"
    path.write_text("".join(json.dumps(record) + "\n" for record in forged))
    assert tocsin.client("verify", str(path)).returncode == 0, "a chain proves itself only"
    for head in heads:
        assert forged[head["seq"] - 1]["hash"] != head["hash"]
