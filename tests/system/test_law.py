"""The rules an incident is kept to, corrections that are held, and where to file."""

import calendar
import contextlib
import hashlib
import signal
import sqlite3
import time

import pytest

from harness import DATA, TOP, copy_data, verify_chain, wait_for
from test_main_job import channels, trust  # noqa: F401  (a fixture)


def ago(hours):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - hours * 3600))


def later(text, hours):
    at = calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at + hours * 3600))


def clock(document, stage):
    return next(c for c in document["clocks"] if c["stage"] == stage)


def reload(tocsin):
    before = tocsin.log().count("reloaded, configuration")
    tocsin.process.send_signal(signal.SIGHUP)
    wait_for("the reload", lambda: tocsin.log().count("reloaded, configuration") > before)


@pytest.fixture
def data(tmp_path):
    return copy_data(tmp_path / "data")


def write_newer_rules(data):
    """An early warning within 12 hours, a notification within 96, in a later edition."""
    path = data / "regimes.d/nis2.conf"
    text = path.read_text()
    assert text.count('period = "PT24H"') == 2 and 'version = "2026-11-21"' in text
    path.write_text(text.replace('version = "2026-11-21"', 'version = "2027-01-01"')
                    .replace('period = "PT24H"', 'period = "PT12H"', 1)
                    .replace('period = "PT72H"', 'period = "PT96H"'))


def test_an_incident_keeps_its_rules_until_newer_ones_are_applied(daemon, data):
    tocsin = daemon(data=data)
    aware = ago(1)
    incident = tocsin.open(aware=aware)
    assert clock(incident, "early-warning")["due_at"] == later(aware, 24)
    pinned = incident["rules"]
    assert pinned["country"] == "DE" and pinned["timezone"] == "Europe/Berlin"
    assert tocsin.get("/v1/rules").json["digest"] == pinned["digest"]
    path = f"/v1/incidents/{incident['id']}"
    nothing = tocsin.post(path + "/rules", {"by": "counsel", "basis": "why not"})
    assert nothing.status == 409

    write_newer_rules(data)
    reload(tocsin)
    newer = tocsin.get("/v1/rules").json
    assert newer["digest"] != pinned["digest"]
    assert next(r for r in newer["regimes"] if r["name"] == "nis2")["version"] == "2027-01-01"
    kept = tocsin.get(path).json
    assert kept["rules"] == pinned and kept["clocks"] == incident["clocks"]
    tocsin.kill()
    tocsin.start()
    # Also what is recorded later is folded by the rules of the opening.
    kept = tocsin.post(path + "/events", {"type": "occurred", "at": ago(2), "by": "j.doe"}).json
    assert clock(kept, "early-warning")["rules"] == "nis2/2026-11-21"
    assert clock(kept, "notification")["due_at"] == later(aware, 72)

    applied = tocsin.post(path + "/rules", {"by": "counsel", "basis": "the amendment applies"})
    assert applied.status == 200, applied
    assert applied.json["rules"]["digest"] == newer["digest"]
    warning, notification = (clock(applied.json, s) for s in ("early-warning", "notification"))
    assert warning["due_at"] == later(aware, 12) and "proposed" not in warning
    assert warning["rules"] == "nis2/2027-01-01"
    assert notification["due_at"] == later(aware, 72), "later only by a second person"
    assert notification["proposed"] == {
        "state": "running", "due_at": later(aware, 96), "by": "counsel"}
    tocsin.kill()
    tocsin.start()
    assert clock(tocsin.get(path).json, "notification")["due_at"] == later(aware, 72)
    confirmed = tocsin.post(path + "/confirmations", {"by": "ciso"})
    assert confirmed.status == 201
    assert clock(confirmed.json, "notification")["due_at"] == later(aware, 96)
    assert clock(tocsin.open(aware=aware), "early-warning")["due_at"] == later(aware, 12)

    line = tocsin.lines("rules.applied")[0]
    assert line["was"]["digest"] == pinned["digest"]
    assert line["rules"]["digest"] == newer["digest"]
    assert {c["stage"] for c in line["clocks"]} >= {"early-warning", "notification"}
    loaded = tocsin.lines("rules.loaded")
    assert [entry["ruleset"] for entry in loaded] == [pinned["digest"], newer["digest"]]
    assert "nis2/2027-01-01" in loaded[1]["versions"]
    assert not tocsin.lines("clocks.recomputed")
    verify_chain(tocsin.journal())


def test_awareness_corrected_to_later_needs_a_second_person(tocsin):
    aware = ago(3)
    id = tocsin.open(aware=aware)["id"]
    path = f"/v1/incidents/{id}"
    event = {"type": "aware", "at": later(aware, 1), "by": "j.doe", "basis": "the log says so",
             "replaces": True}
    held = tocsin.post(path + "/events", event, headers={"Idempotency-Key": "e1"})
    assert held.status == 201
    warning = clock(held.json, "early-warning")
    assert warning["due_at"] == later(aware, 24)
    assert warning["proposed"] == {
        "state": "running", "due_at": later(aware, 25), "by": "j.doe"}
    change = next(c for c in tocsin.lines("event.recorded")[-1]["clocks"]
                  if c["stage"] == "early-warning")
    assert change["due_at"] == change["was"]["due_at"] == later(aware, 24)
    assert change["proposed"]["due_at"] == later(aware, 25)
    again = tocsin.post(path + "/events", event, headers={"Idempotency-Key": "e1"})
    assert again.status == 201 and again.body == held.body

    own = tocsin.post(path + "/confirmations", {"by": " J.Doe"})
    assert own.status == 422 and own.json["errors"][0]["pointer"] == "/by"
    confirmed = tocsin.post(path + "/confirmations", {"by": "d.po", "basis": "I saw the log"},
                            headers={"Idempotency-Key": "c1"})
    assert confirmed.status == 201
    warning = clock(confirmed.json, "early-warning")
    assert warning["due_at"] == later(aware, 25) and "proposed" not in warning
    again = tocsin.post(path + "/confirmations", {"by": "d.po", "basis": "I saw the log"},
                        headers={"Idempotency-Key": "c1"})
    assert again.status == 201 and again.body == confirmed.body
    assert tocsin.post(path + "/confirmations", {"by": "d.po"}).status == 409
    assert len(tocsin.lines("change.confirmed")) == 1


def test_a_confirmation_is_of_what_was_shown(tocsin):
    aware = ago(3)
    id = tocsin.open(aware=aware)["id"]
    path = f"/v1/incidents/{id}"
    event = {"type": "aware", "at": later(aware, 1), "by": "j.doe", "basis": "the log says so",
             "replaces": True}
    tocsin.post(path + "/events", event)
    shown = [{"regime": "nis2", "stage": "early-warning", "state": "running",
              "due_at": later(aware, 25)},
             {"regime": "nis2", "stage": "notification", "state": "running",
              "due_at": later(aware, 73)}]
    # Meanwhile it was put off further.
    tocsin.post(path + "/events", {**event, "at": later(aware, 2)})
    answer = tocsin.post(path + "/confirmations", {"by": "ciso", "proposed": shown})
    assert answer.status == 409, answer
    assert clock(tocsin.get(path).json, "early-warning")["due_at"] == later(aware, 24)
    shown[0]["due_at"], shown[1]["due_at"] = later(aware, 26), later(aware, 74)
    answer = tocsin.post(path + "/confirmations", {"by": "ciso", "proposed": shown})
    assert answer.status == 201, answer
    assert clock(answer.json, "early-warning")["due_at"] == later(aware, 26)
    # Both came with one token.
    assert tocsin.lines("change.confirmed")[0]["same_actor"] is True


def test_a_withdrawn_notification(tocsin):
    aware = ago(2)
    id = tocsin.open(aware=aware)["id"]
    path = f"/v1/incidents/{id}"
    filing = {"regime": "nis2", "stage": "notification", "filed_at": ago(1), "by": "d.po",
              "recipient": "BSI", "reference": "BSI-1"}
    withdrawal = {"regime": "nis2", "stage": "notification", "by": "d.po",
                  "basis": "the BSI did not accept it"}
    assert tocsin.post(path + "/withdrawals", withdrawal).status == 409
    filed = tocsin.post(path + "/filings", filing).json
    due = clock(filed, "final-report")["due_at"]
    answer = tocsin.post(path + "/withdrawals", withdrawal)
    assert answer.status == 201
    assert clock(answer.json, "notification")["state"] == "running"
    final = clock(answer.json, "final-report")
    assert final["state"] == "running" and final["due_at"] == due
    assert final["proposed"] == {"state": "pending", "by": "d.po"}
    line = tocsin.lines("filing.withdrawn")[0]
    assert line["filing"]["reference"] == "BSI-1" and line["basis"] == withdrawal["basis"]
    answer = tocsin.post(path + "/confirmations", {"by": "ciso"}).json
    assert clock(answer, "final-report")["state"] == "pending"


def test_traits(tocsin):
    aware = ago(2)
    id = tocsin.open(aware=aware)["id"]
    path = f"/v1/incidents/{id}/traits"
    keys = {"by": "j.doe", "basis": "it is a trust service"}
    added = tocsin.post(path, {**keys, "add": ["trust-service"]})
    assert added.status == 200 and added.json["traits"] == ["trust-service"]
    assert clock(added.json, "notification")["due_at"] == later(aware, 24)
    removed = tocsin.post(path, {**keys, "remove": ["trust-service"], "add": ["of-our-own"]})
    assert removed.json["traits"] == ["of-our-own"]
    assert clock(removed.json, "notification")["due_at"] == later(aware, 24)
    assert clock(removed.json, "notification")["proposed"]["due_at"] == later(aware, 72)
    line = tocsin.lines("traits.changed")[1]
    assert line["removed"] == ["trust-service"] and line["traits"] == ["of-our-own"]


BAD = [
    ("traits", {"by": "j", "basis": "b"}, 422, "/add"),
    ("traits", {"add": ["trust-servise"], "by": "j", "basis": "b"}, 422, "/add/0"),
    ("traits", {"add": ["ours", "trust-servise"], "by": "j", "basis": "b"}, 422, "/add/1"),
    ("traits", {"remove": ["trust-service"], "by": "j", "basis": "b"}, 422, "/remove/0"),
    ("traits", {"add": ["a"], "remove": ["a"], "by": "j", "basis": "b"}, 422, "/remove/0"),
    ("traits", {"add": ["a"], "by": "j"}, 422, "/basis"),
    ("traits", {"add": ["a"] * 2, "by": "j", "basis": "b"}, 422, "/add/1"),
    ("withdrawals", {"regime": "gdpr", "stage": "notification", "by": "j", "basis": "b"}, 422,
     "/regime"),
    ("withdrawals", {"regime": "nis2", "stage": "notificaton", "by": "j", "basis": "b"}, 422,
     "/stage"),
    ("withdrawals", {"regime": "nis2", "stage": "notification", "by": "j"}, 422, "/basis"),
    ("withdrawals", {"regime": "nis2", "stage": "notification", "by": "j", "basis": "b"}, 409,
     None),
    ("confirmations", {}, 422, "/by"),
    ("confirmations", {"by": "j"}, 409, None),
    ("confirmations", {"by": "j", "stage": "notification"}, 422, "/stage"),
    ("confirmations", {"by": "j", "proposed": [{"regime": "nis2"}]}, 422, "/proposed/0/stage"),
    ("rules", {"by": "j"}, 422, "/basis"),
    ("rules", {"by": "j", "basis": "b"}, 409, None),
]


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    """One daemon with one incident, for requests that change nothing."""
    from harness import Tocsin
    tocsin = Tocsin(tmp_path_factory.mktemp("standing")).start()
    tocsin.incident = tocsin.open()["id"]
    yield tocsin
    tocsin.close()


@pytest.mark.parametrize("path,body,status,pointer", BAD,
                         ids=[f"{n}-{b[0]}" for n, b in enumerate(BAD)])
def test_bad_corrections(standing, path, body, status, pointer):
    answer = standing.post(f"/v1/incidents/{standing.incident}/{path}", body)
    assert answer.status == status, answer
    if pointer is not None:
        assert answer.json["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("path", ["withdrawals", "traits", "confirmations", "rules"])
def test_who_may_correct(standing, path):
    url = f"/v1/incidents/{standing.incident}/{path}"
    assert standing.post(url, {"by": "j"}, token="reader").status == 403
    assert standing.post(url, {"by": "j"}, token="wazuh").status == 403
    assert standing.get(url).status == 405
    missing = {"by": "j", "basis": "b", "regime": "nis2", "stage": "notification", "add": ["a"]}
    wanted = {"withdrawals": ("regime", "stage", "by", "basis"), "traits": ("add", "by", "basis"),
              "confirmations": ("by",), "rules": ("by", "basis")}[path]
    answer = standing.post(f"/v1/incidents/999/{path}", {k: missing[k] for k in wanted})
    assert answer.status == 404


def test_a_misspelt_trait_opens_nothing(standing):
    answer = standing.post("/v1/incidents", {"title": "x", "traits": ["ours", "trust-servise"]})
    assert answer.status == 422
    assert answer.json["errors"][0]["pointer"] == "/traits/1"
    assert "trust-service" in answer.json["errors"][0]["detail"]


def test_where_to_file_is_in_the_incident_and_not_in_lists(standing):
    one = standing.get(f"/v1/incidents/{standing.incident}").json
    assert one["route"]["nis2"]["recipient"]["value"]
    assert one["route"]["nis2"]["law"]
    listed = standing.get("/v1/incidents?state=all").json["incidents"]
    assert listed and all("route" not in i for i in listed)
    assert all(i["rules"]["country"] == "DE" for i in listed)


def test_the_rules_in_force(standing):
    rules = standing.get("/v1/rules", token="reader").json
    assert len(rules["digest"]) == 64
    assert {r["name"] for r in rules["regimes"]} >= {"nis2", "gdpr", "dora"}
    assert {c["country"] for c in rules["countries"]} >= {"DE", "CY"}
    assert all(len(r["digest"]) == 64 and r["version"] for r in
               rules["regimes"] + rules["countries"])
    assert standing.get("/v1/rules?x=1").status == 422
    assert standing.get("/v1/rules", token=None).status == 401


def test_the_calculator_answers_people_too(standing):
    question = {"regime": "nis2", "country": "CY", "events": {"aware": "2026-11-21T08:17:00Z"}}
    text = standing.post("/v1/deadlines", question, headers={"Accept": "text/plain"})
    assert text.status == 200
    assert text.headers["Content-Type"] == "text/plain; charset=utf-8"
    sheet = text.body.decode()
    assert "Early warning" in sheet and "16:17" in sheet    # six hours, in Nicosia
    assert all(len(line) <= 80 for line in sheet.splitlines())
    for accept in ("*/*", "application/json, text/plain;q=0.5", "text/plain;q=0"):
        answer = standing.post("/v1/deadlines", question, headers={"Accept": accept})
        assert answer.headers["Content-Type"] == "application/json", accept
    keyed = {"Idempotency-Key": "sheet-1", "Accept": "text/plain"}
    first = standing.post("/v1/deadlines", question, headers=keyed)
    again = standing.post("/v1/deadlines", question, headers=keyed)
    assert first.body == again.body == text.body
    assert again.headers["Content-Type"] == "text/plain; charset=utf-8"
    other = standing.post("/v1/deadlines", question,
                          headers={"Idempotency-Key": "sheet-1", "Accept": "application/json"})
    assert other.status == 422, "the kept answer is no JSON"


def test_a_notice_says_where_to_file(daemon, hook):
    tocsin = daemon(started=False)
    tocsin.channels = channels(tocsin, hook=hook)
    tocsin.write()
    tocsin.start()
    tocsin.open(aware=ago(30))
    texts = [event.json["data"]["text"] for event in hook.wait(2)]
    assert all(sum(line.startswith("File with: ") for line in t.splitlines()) == 1
               for t in texts), texts


def write_edition(data, n):
    """Editions of the early warning: n hours, so that each incident shows its own."""
    text = (DATA / "regimes.d/nis2.conf").read_text()
    (data / "regimes.d/nis2.conf").write_text(
        text.replace('version = "2026-11-21"', f'version = "2027-01-{n:02}"')
        .replace('period = "PT24H"', f'period = "PT{n}H"', 1))


def test_more_editions_than_are_kept_at_hand(daemon, data):
    """Each of 12 incidents under an edition of its own, over kill -9."""
    tocsin = daemon(started=False, data=data)
    aware, editions = ago(0.5), range(8, 20)
    for n in editions:
        write_edition(data, n)
        if n == editions[0]:
            tocsin.start()
        else:
            reload(tocsin)
        assert clock(tocsin.open(aware=aware), "early-warning")["due_at"] == later(aware, n)
    tocsin.kill()
    tocsin.start()
    for id, n in enumerate(editions, 1):
        path = f"/v1/incidents/{id}"
        document = tocsin.post(path + "/events",
                               {"type": "occurred", "at": ago(1), "by": "j.doe"}).json
        warning = clock(document, "early-warning")
        assert warning["due_at"] == later(aware, n) and "proposed" not in warning
        assert warning["rules"] == f"nis2/2027-01-{n:02}"
    wait_for("every incident looked at", lambda: len(tocsin.lines("event.recorded")) == 12)
    assert not tocsin.lines("clocks.recomputed")
    verify_chain(tocsin.journal())


def damage(store, text):
    """The file is not what it was."""
    store.execute("UPDATE rule_file SET text = CAST('nonsense' AS BLOB) WHERE digest = ?",
                  (hashlib.sha256(text).hexdigest(),))


def refuse(store, text):
    """It is as it was, and this version does not understand it."""
    old, new = (hashlib.sha256(t).hexdigest() for t in (text, b"nonsense"))
    store.execute("INSERT INTO rule_file VALUES (?, ?)", (new, b"nonsense"))
    store.execute("UPDATE ruleset_file SET file = ? WHERE file = ?", (new, old))


def drop(store, text):
    store.execute("DELETE FROM ruleset_file WHERE file = ?", (hashlib.sha256(text).hexdigest(),))


@pytest.mark.parametrize("lose,why", [
    (damage, "store:0: "), (refuse, "regimes.d/nis2.conf:1: "), (drop, "")])
def test_rules_that_cannot_be_had_any_more(daemon, data, lose, why):
    tocsin = daemon(started=False, data=data)
    write_edition(data, 12)
    tocsin.start()
    aware = ago(1)
    first, second = (tocsin.open(aware=aware)["id"] for _ in range(2))
    file = data / "regimes.d/nis2.conf"
    text = file.read_bytes()
    file.write_text((DATA / "regimes.d/nis2.conf").read_text())
    tocsin.stop()
    with contextlib.closing(sqlite3.connect(tocsin.store)) as store, store:
        before = store.total_changes
        lose(store, text)
        assert store.total_changes > before
    tocsin.start()
    wait_for("both", lambda: len(tocsin.lines("clocks.recomputed")) == 2)
    for id in (first, second):
        warning = clock(tocsin.get(f"/v1/incidents/{id}").json, "early-warning")
        assert warning["due_at"] == later(aware, 12), "nothing moves later by itself"
        assert warning["proposed"]["by"] == "configuration"
    assert tocsin.log().count("cannot be had any more: " + why) == 1
    confirmed = tocsin.post(f"/v1/incidents/{first}/confirmations", {"by": "ciso"}).json
    assert clock(confirmed, "early-warning")["due_at"] == later(aware, 24)
    applied = tocsin.post(f"/v1/incidents/{second}/rules", {"by": "ciso", "basis": "upgrade"})
    assert clock(applied.json, "early-warning")["proposed"]["by"] == "configuration"
    verify_chain(tocsin.journal())


def test_a_store_of_the_first_release(daemon):
    """Its incidents are pinned to the rules in force, and none of their clocks is later."""
    tocsin = daemon(started=False)
    with contextlib.closing(sqlite3.connect(tocsin.store)) as store, store:
        store.executescript((TOP / "tests/data/store-schema-1.sql").read_text())
        (due,) = store.execute("SELECT due_at FROM clock WHERE stage = 'notification'").fetchone()
    tocsin.start()
    line = wait_for("it is looked at", lambda: [
        entry for entry in tocsin.lines("clocks.recomputed") if entry["incident"] == 1])[0]
    assert line["rules"]["digest"] == tocsin.get("/v1/rules").json["digest"]
    assert line["rules"]["country"] == "DE"
    document = tocsin.get("/v1/incidents/1").json
    assert document["rules"] == line["rules"]
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(due / 1000))
    assert clock(document, "notification")["due_at"] <= at
