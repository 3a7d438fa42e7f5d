"""The API as interface and manual say it, and what bad input gets."""

import gzip
import json
import signal
import socket

import pytest

from harness import TOKENS, verify_chain, wazuh_alert

AWARE = "2026-11-21T08:17:00Z"
FILING = {"regime": "nis2", "stage": "early-warning", "filed_at": "2026-11-21T09:00:00Z",
          "by": "d.po", "recipient": "BSI", "reference": "BSI-1"}


def clock(document, stage):
    return next(c for c in document["clocks"] if c["stage"] == stage)


def test_an_incident_has_its_clocks(tocsin):
    document = tocsin.open(aware=AWARE, severity="critical", key="case-1")
    assert document["state"] == "open" and document["severity"] == "critical"
    warning = clock(document, "early-warning")
    assert warning["due_at"] == "2026-11-22T08:17:00Z"
    assert warning["nominal_at"] == "2026-11-22T08:17:00Z"
    assert warning["latest_at"] == "2026-11-22T09:00:00Z"
    assert warning["reference"] == "Directive (EU) 2022/2555, Art. 23(4)(a)"
    assert warning["rules"] == "nis2/2026-11-21"
    assert warning["derivation"][:2] == ["aware 2026-11-21T09:17:00+01:00", "+ PT24H elapsed"]
    final = clock(document, "final-report")
    assert final["state"] == "pending" and "due_at" not in final
    assert final["anchor"] == "filed:notification"
    assert final["planned_at"] == "2026-12-21T08:17:00Z"
    assert tocsin.get(f"/v1/incidents/{document['id']}").json["clocks"] == document["clocks"]


def test_filing_the_notification_starts_the_final_report(tocsin):
    id = tocsin.open(aware="2026-10-20T08:17:00Z")["id"]
    answer = tocsin.post(f"/v1/incidents/{id}/filings", {
        **FILING, "stage": "notification", "filed_at": "2026-10-22T15:42:00+02:00",
        "received_at": "2026-10-22T15:43:00+02:00"})
    assert answer.status == 201, answer
    assert clock(answer.json, "notification")["state"] == "filed"
    final = clock(answer.json, "final-report")
    assert final["due_at"] == "2026-11-22T14:42:00Z"    # 15:42 local, winter time by then
    assert final["nominal_at"] == "2026-11-22T23:00:00Z"
    assert final["latest_at"] == "2026-11-23T23:00:00Z"  # 22 November is a Sunday


def test_alerts_join_by_key(tocsin):
    first = tocsin.post("/v1/alerts/wazuh", wazuh_alert("1.1"), token="wazuh")
    assert first.status == 201
    assert first.json["key"] == "wazuh01:1.1" and first.json["alerts"] == 1
    again = tocsin.post("/v1/alerts/wazuh", wazuh_alert("1.1"), token="wazuh")
    assert again.status == 200
    assert again.json["id"] == first.json["id"] and again.json["alerts"] == 2
    other = tocsin.post("/v1/alerts/wazuh", wazuh_alert("1.2"), token="wazuh")
    assert other.status == 201 and other.json["id"] != first.json["id"]


def test_below_the_minimum_is_kept_but_opens_nothing(tocsin):
    alert = wazuh_alert("2.1")
    alert["rule"]["level"] = 3
    answer = tocsin.post("/v1/alerts/wazuh", alert, token="wazuh")
    assert answer.status == 200
    assert answer.json == {"accepted": 1, "rejected": [], "incidents": []}
    assert tocsin.lines("alert.set_aside")[0]["outcome"] == "below-minimum"


def test_triage_is_suspected_until_awareness_is_recorded(daemon):
    tocsin = daemon(awareness="triage")
    answer = tocsin.post("/v1/alerts/wazuh", wazuh_alert(), token="wazuh")
    assert answer.json["state"] == "suspected"
    assert clock(answer.json, "assessment")["state"] == "running"
    assert clock(answer.json, "early-warning")["state"] == "pending"
    id = answer.json["id"]
    event = {"type": "aware", "at": AWARE, "by": "j.doe", "basis": "analyst confirmed"}
    document = tocsin.post(f"/v1/incidents/{id}/events", event).json
    assert document["state"] == "open"
    assert clock(document, "early-warning")["due_at"] == "2026-11-22T08:17:00Z"
    again = tocsin.post(f"/v1/incidents/{id}/events", {**event, "at": "2026-11-21T08:00:00Z"})
    assert again.status == 409
    moved = tocsin.post(f"/v1/incidents/{id}/events",
                        {**event, "at": "2026-11-21T08:00:00Z", "replaces": True})
    assert moved.status == 201
    assert clock(moved.json, "early-warning")["due_at"] == "2026-11-22T08:00:00Z"
    old = tocsin.lines("event.recorded")[-1]
    assert old["replaces"]["at"] == AWARE, "the old value stays in the journal"


@pytest.mark.parametrize("form", ["array", "ndjson", "gzip", "chunked"])
def test_batches(tocsin, form):
    alerts = [{"key": f"b{n}", "title": f"Alert {n}"} for n in range(3)]
    body, headers = json.dumps(alerts), {}
    if form == "ndjson":
        body = "".join(json.dumps(a) + "\n" for a in alerts)
    elif form == "gzip":
        body, headers = gzip.compress(body.encode()), {"Content-Encoding": "gzip"}
    elif form == "chunked":
        data = body.encode()
        body, headers = iter([data[:7], data[7:]]), {}
        connection = tocsin.connection()
        connection.request("POST", "/v1/alerts/custom", body=body, encode_chunked=True, headers={
            "Transfer-Encoding": "chunked",
            "Authorization": "Bearer custom-token-0123456789abcdef"})
        response = connection.getresponse()
        assert response.status == 200
        assert json.load(response)["accepted"] == 3
        return
    answer = tocsin.post("/v1/alerts/custom", body, token="custom", headers=headers)
    assert answer.status == 200, answer
    assert answer.json["accepted"] == 3 and len(answer.json["incidents"]) == 3


def test_a_bad_item_does_not_spoil_the_batch(tocsin):
    body = [{"title": "Good"}, {"severity": "high"}, {"title": "Good too"}]
    answer = tocsin.post("/v1/alerts/custom", body, token="custom")
    assert answer.status == 200
    assert answer.json["accepted"] == 2
    assert [r["index"] for r in answer.json["rejected"]] == [1]
    assert tocsin.post("/v1/alerts/custom", [{"severity": "high"}], token="custom").status == 422


def test_lists_and_cursors(tocsin):
    for n in range(5):
        tocsin.open(f"Incident {n}", aware=AWARE)
    page = tocsin.get("/v1/incidents?limit=2").json
    assert [i["title"] for i in page["incidents"]] == ["Incident 4", "Incident 3"]
    rest = tocsin.get(f"/v1/incidents?limit=1000&cursor={page['next']}").json
    assert [i["title"] for i in rest["incidents"]] == ["Incident 2", "Incident 1", "Incident 0"]
    assert "next" not in rest
    assert tocsin.get("/v1/incidents?limit=999999").status == 200, "clamped, not refused"
    clocks = tocsin.get("/v1/clocks?state=running&limit=3").json
    assert len(clocks["clocks"]) == 3 and "next" in clocks
    dues = [c["due_at"] for c in clocks["clocks"]]
    assert dues == sorted(dues)
    assert {"incident", "entity", "title"} <= set(clocks["clocks"][0])


def test_journal_pages_and_extract(tocsin):
    id = tocsin.open()["id"]
    tocsin.open("Another")
    records = tocsin.journal()
    assert verify_chain(records) == records[-1]["hash"]
    first = tocsin.get("/v1/journal?limit=1")
    assert first.headers["Content-Type"] == "application/x-ndjson"
    assert set(json.loads(first.body)) == {"seq", "hash", "line"}
    extract = tocsin.get(f"/v1/incidents/{id}/journal").body.decode().splitlines()
    assert extract and all(json.loads(json.loads(x)["line"]).get("incident") == id for x in extract)


def test_roles(tocsin):
    assert tocsin.get("/v1/incidents", token=None).status == 401
    wrong = tocsin.get("/v1/incidents", token="no-such-token-0123456789")
    assert wrong.status == 401 and "no-such-token" not in wrong.body.decode()
    assert tocsin.get("/v1/incidents", token="reader").status == 200
    assert tocsin.post("/v1/incidents", {"title": "x"}, token="reader").status == 403
    assert tocsin.get("/v1/incidents", token="wazuh").status == 403
    assert tocsin.post("/v1/alerts/custom", {"title": "x"}, token="wazuh").status == 403
    assert tocsin.post("/v1/alerts/nothing", {"title": "x"}, token="ops").status in (403, 404)
    path = "/v1/alerts/custom/custom-token-0123456789abcdef"
    assert tocsin.post(path, {"title": "by URL"}, token=None).status == 201
    assert "custom-token" not in tocsin.log()


def test_methods_and_paths(tocsin):
    answer = tocsin.request("DELETE", "/v1/incidents")
    assert answer.status == 405 and "POST" in answer.headers["Allow"]
    assert tocsin.get("/v1/nothing").status == 404
    assert tocsin.get("/v1/incidents/999").status == 404
    assert tocsin.request("HEAD", "/healthz", token=None).status == 200
    assert tocsin.get("/healthz", token=None).status == 200


def test_deadlines(tocsin):
    question = {"regime": "nis2", "country": "DE", "events": {"aware": "2026-11-21T09:17:00+01:00"},
                "filings": {"notification": "2026-11-23T15:42:00+01:00"}}
    answer = tocsin.post("/v1/deadlines", question, token="reader")
    assert answer.status == 200, answer
    assert clock(answer.json, "final-report")["due_at"] == "2026-12-23T14:42:00Z"
    assert clock(answer.json, "final-report")["nominal_at"] == "2026-12-23T23:00:00Z"


BAD = [
    # what, path, body, status, pointer
    ("a malformed body", "incidents", '{"title": ', 422, ""),
    ("an array where an object belongs", "incidents", "[]", 422, ""),
    ("an unknown key", "incidents", {"title": "x", "awareat": AWARE}, 422, "/awareat"),
    ("no title", "incidents", {"severity": "high"}, 422, "/title"),
    ("a time without offset", "incidents", {"title": "x", "aware_at": "2026-11-21T08:17:00"}, 422,
     "/aware_at"),
    ("a time in the future", "incidents", {"title": "x", "aware_at": "2099-01-01T00:00:00Z"}, 422,
     "/aware_at"),
    ("an unknown entity", "incidents", {"title": "x", "entity": "acme"}, 422, "/entity"),
    ("an unknown regime", "incidents", {"title": "x", "regimes": ["nis3"]}, 422, "/regimes/0"),
    ("an unknown severity", "incidents", {"title": "x", "severity": "huge"}, 422, "/severity"),
    ("a control byte", "incidents", {"title": "x\u0007y"}, 422, "/title"),
    ("an event in the future", "incidents/1/events", {"type": "handled", "by": "x", "basis": "y",
     "at": "2099-01-01T00:00:00Z"}, 422, "/at"),
    ("an unknown event", "incidents/1/events", {"type": "handeld", "by": "x", "basis": "y",
     "at": "2026-11-21T09:00:00Z"}, 422, "/type"),
    ("an event by nobody", "incidents/1/events", {"type": "handled", "basis": "y",
     "at": "2026-11-21T09:00:00Z"}, 422, "/by"),
    ("a filing before its anchor", "incidents/1/filings", {**FILING,
     "filed_at": "2026-11-21T08:00:00Z"}, 422, "/filed_at"),
    ("a filing in the future", "incidents/1/filings", {**FILING,
     "filed_at": "2099-01-01T00:00:00Z"}, 422, "/filed_at"),
    ("a filing of no stage", "incidents/1/filings", {**FILING, "stage": "early-warnin"}, 422,
     "/stage"),
    ("a filing whose anchor is missing", "incidents/1/filings", {**FILING, "stage": "final-report"},
     422, "/stage"),
    ("a waiver without a basis", "incidents/1/waivers", {"regime": "nis2", "stage": "final-report",
     "by": "x"}, 422, "/basis"),
    ("an unknown zone", "deadlines", {"timezone": "Europe/Belrin",
     "events": {"aware": AWARE}}, 422, "/timezone"),
    ("an unknown event in the calculator", "deadlines", {"country": "DE",
     "events": {"awere": AWARE}}, 422, "/events/awere"),
]


def recorded(tocsin):
    """Kinds of the journal's lines, but for deliveries, which go on by themselves."""
    return [line["kind"] for line in tocsin.lines() if not line["kind"].startswith("delivery.")]


@pytest.mark.parametrize("what,path,body,status,pointer", BAD, ids=[b[0] for b in BAD])
def test_bad_input(tocsin, what, path, body, status, pointer):
    assert tocsin.open(aware=AWARE)["id"] == 1
    before = recorded(tocsin)
    answer = tocsin.post("/v1/" + path, body, headers={"Content-Type": "application/json"})
    assert answer.status == status, answer
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json
    assert problem["status"] == status and problem["title"] and problem["type"]
    if pointer is not None:
        assert [e["pointer"] for e in problem["errors"]] == [pointer], problem
    assert recorded(tocsin) == before, "nothing was recorded"


def test_too_large(daemon):
    tocsin = daemon(extra='limits = { body_max = "64KiB"; batch_max = "128KiB"; };')
    assert tocsin.post("/v1/incidents", {"title": "x", "description": "y" * 70000}).status == 413
    big = gzip.compress(b'{"title":"' + b"x" * 1000000 + b'"}')
    answer = tocsin.post("/v1/alerts/custom", big, token="custom",
                         headers={"Content-Encoding": "gzip"})
    assert answer.status == 413, "the inflated size counts"
    assert tocsin.get("/healthz", token=None).status == 200


def test_inflated_bodies_have_a_budget(daemon):
    """What one turn of the loop inflates is bounded: the last of four waits for the next."""
    tocsin = daemon(extra='limits = { batch_max = "1MiB"; body_memory = "2MiB"; };')
    body = gzip.compress(b'[{"title": "x"}]' + b" " * 1000000)
    head = ("POST /v1/alerts/custom HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\n"
            f"Authorization: Bearer {TOKENS['custom']}\r\nContent-Length: {len(body)}\r\n\r\n")
    peers = [socket.create_connection(("127.0.0.1", tocsin.port)) for _ in range(4)]
    for peer in peers:
        peer.sendall(head.encode() + body[:-1])
    assert tocsin.get("/healthz").status == 200
    tocsin.process.send_signal(signal.SIGSTOP)
    for peer in peers:
        peer.sendall(body[-1:])
    tocsin.process.send_signal(signal.SIGCONT)
    answers = []
    for peer in peers:
        with peer:
            answers.append(peer.recv(4096).decode())
    statuses = sorted(answer.split()[1] for answer in answers)
    assert statuses[0] == "201" and statuses[-1] == "503", answers
    assert all("Retry-After" in answer for answer in answers if " 503 " in answer[:20])
    again = tocsin.post("/v1/alerts/custom", body, token="custom",
                        headers={"Content-Encoding": "gzip"})
    assert again.status == 201, again


def test_a_limited_token_reaches_no_other_entity_by_a_body(daemon):
    tocsin = daemon(started=False)
    secret = tocsin.secret("limited.token", "limited-token-0123456789abcdef")
    text = tocsin.conf.read_text()
    text = text.replace("tokens = (", f"""tokens = (
  {{ name = "limited"; role = "ingest"; source = "custom"; secret = "{secret}";
     entities = [ "acme-energy" ]; }},""")
    text = text.replace("entities = (\n", """entities = (
  { id = "acme-water"; name = "ACME Water"; country = "DE"; timezone = "Europe/Berlin";
    regimes = [ "nis2" ]; policy = "default"; },\n""")
    tocsin.conf.write_text(text)
    tocsin.start()
    alert = {"title": "x", "entity": "acme-water"}
    opened = tocsin.post("/v1/alerts/custom", alert, token="limited-token-0123456789abcdef")
    assert opened.json["entity"] == "acme-energy", "the source's own"
    assert tocsin.post("/v1/alerts/custom", alert, token="custom").json["entity"] == "acme-water"


def test_unreadable_alerts(tocsin):
    for body in ("not json", "{", '{"title":"x"', '"text"', '{"title":"\\ud800"}', b"\xff\xfe"):
        assert tocsin.post("/v1/alerts/custom", body, token="custom").status == 422, body
    answer = tocsin.post("/v1/alerts/custom", {"severity": "high"}, token="custom")
    assert answer.status == 422
    assert answer.json["errors"][0]["pointer"] == "/title"


def test_stated_awareness_needs_an_offset(tocsin):
    alert = {"title": "Stated", "aware_at": "2026-11-21T08:17:00"}
    answer = tocsin.post("/v1/alerts/custom", alert, token="custom")
    assert answer.status == 422, answer
    assert answer.json["errors"][0]["pointer"] == "/aware_at"
    alert["aware_at"] += "Z"
    document = tocsin.post("/v1/alerts/custom", alert, token="custom").json
    assert clock(document, "early-warning")["due_at"] == "2026-11-22T08:17:00Z"
    future = {"title": "Ahead", "aware_at": "2999-01-01T00:00:00Z", "detected_at": "2099-01-01T00:00:00Z"}
    assert tocsin.post("/v1/alerts/custom", future, token="custom").status == 201
    unknown = {"title": "Whose?", "entity": "nobody"}
    answer = tocsin.post("/v1/alerts/custom", unknown, token="custom")
    assert answer.status == 422 and answer.json["errors"][0]["pointer"] == "/entity"


def test_acknowledgement_gives_the_lease_really_given(tocsin):
    import datetime
    now = datetime.datetime.now(datetime.timezone.utc)
    id = tocsin.open(aware=now.strftime("%Y-%m-%dT%H:%M:%SZ"))["id"]
    answer = tocsin.post(f"/v1/incidents/{id}/acknowledgements", {"by": "j.doe", "for": "PT12H"})
    assert answer.status in (200, 201), answer
    until = datetime.datetime.fromisoformat(answer.json["until"].replace("Z", "+00:00"))
    hours = (until - now).total_seconds() / 3600
    assert 5.9 < hours < 6.1, "a quarter of the 24 hours that are left"


def test_waiver_and_closing(tocsin):
    id = tocsin.open(aware=AWARE)["id"]
    for stage in ("early-warning", "notification"):
        assert tocsin.post(f"/v1/incidents/{id}/filings",
                           {**FILING, "stage": stage, "filed_at": "2026-11-21T09:00:00Z"}
                           ).status == 201
    waiver = {"regime": "nis2", "stage": "final-report", "by": "counsel", "basis": "agreed with BSI"}
    document = tocsin.post(f"/v1/incidents/{id}/waivers", waiver).json
    assert clock(document, "final-report")["state"] == "waived"
    waiver["stage"] = "progress-report"
    document = tocsin.post(f"/v1/incidents/{id}/waivers", waiver).json
    assert document["state"] == "closed"
    assert tocsin.get("/v1/incidents").json["incidents"] == []
    assert len(tocsin.get("/v1/incidents?state=all").json["incidents"]) == 1
    assert tocsin.post(f"/v1/incidents/{id}/waivers", waiver).status == 409
