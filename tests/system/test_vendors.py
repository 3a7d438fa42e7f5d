"""Senders that speak PagerDuty's, Opsgenie's or CloudEvents' protocol, with our URL."""

import json

import pytest

from harness import wait_for
from peers import Alertmanager

KEY = "R0123456789abcdef0123456789abcde"
GENIE = "0ddba11-0000-4000-8000-0123456789ab"


@pytest.fixture
def tocsin(daemon):
    tocsin = daemon(started=False, sources=''',
        { name = "pager"; format = "pagerduty"; awareness = "alert"; },
        { name = "genie"; format = "opsgenie"; awareness = "alert"; },
        { name = "grid"; format = "cloudevents"; webhook_origins = [ "events.example" ]; }''',
                    tokens=''',
        { name = "pager"; role = "ingest"; source = "pager"; secret = "file:{dir}/pager"; },
        { name = "genie"; role = "ingest"; source = "genie"; secret = "file:{dir}/genie"; },
        { name = "nobody"; role = "ingest"; source = "pager"; secret = "file:{dir}/nobody";
          accept = [ "bearer" ]; }''')
    tocsin.secret("pager", KEY)
    tocsin.secret("genie", GENIE)
    tocsin.secret("nobody", "bearer-" + KEY)
    return tocsin.start()


def event(action="trigger", key="db1/fim", routing_key=KEY, **payload):
    event = {"event_action": action, "client": "Sensor",
             "payload": {"summary": "file integrity alarm on db1", "source": "db1",
                         "severity": "critical", **payload}}
    if key:
        event["dedup_key"] = key
    if routing_key:
        event["routing_key"] = routing_key
    return event


def enqueue(tocsin, body, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return tocsin.request("POST", "/v2/enqueue", body, token=None, headers=headers)


def incidents(tocsin):
    return tocsin.get("/v1/incidents?state=all").json["incidents"]


def test_an_event_opens_and_a_second_joins(tocsin):
    for _ in range(2):
        answer = enqueue(tocsin, event())
        assert answer.status == 202
        assert answer.json == {"status": "success", "message": "Event processed",
                               "dedup_key": "db1/fim"}
    found, = incidents(tocsin)
    assert (found["key"], found["alerts"], found["severity"]) == ("db1/fim", 2, "critical")
    assert found["title"] == "file integrity alarm on db1"


@pytest.mark.parametrize("action", ["resolve", "acknowledge"])
def test_what_ends_a_page_ends_no_clock(tocsin, action):
    enqueue(tocsin, event())
    before, = incidents(tocsin)
    clocks = tocsin.get("/v1/clocks?state=all").json["clocks"]
    assert enqueue(tocsin, event(action)).status == 202
    # A payload is not asked for here.
    short = {"routing_key": KEY, "event_action": action, "dedup_key": "db1/fim"}
    assert enqueue(tocsin, short).status == 202
    after, = incidents(tocsin)
    assert after["state"] == before["state"] == "open"
    assert tocsin.get("/v1/clocks?state=all").json["clocks"] == clocks
    outcome = "resolved" if action == "resolve" else "update"
    assert [line["outcome"] for line in tocsin.lines("alert.joined")] == [outcome] * 2


def test_an_event_without_a_key_is_told_one(tocsin):
    answer = enqueue(tocsin, event(key=None))
    assert answer.status == 202
    key = answer.json["dedup_key"]
    assert enqueue(tocsin, event("resolve", key=key)).status == 202
    found, = incidents(tocsin)
    assert (found["key"], found["alerts"]) == (key, 2)


def test_the_routing_key_is_the_token(tocsin):
    assert enqueue(tocsin, event(routing_key=None)).status == 401
    assert enqueue(tocsin, event(routing_key="x" * 32)).status == 401
    assert enqueue(tocsin, event(routing_key=None), X_Routing_Key=KEY).status == 202
    assert enqueue(tocsin, event(routing_key=None), Authorization="Bearer " + KEY).status == 202
    # One that may stand in an Authorization header alone.
    assert enqueue(tocsin, event(routing_key="bearer-" + KEY)).status == 401
    assert enqueue(tocsin, b"not JSON").status == 401
    assert enqueue(tocsin, b"").status == 401
    # It is a secret: it stands in no error, in no log, and not in the store.
    assert KEY not in tocsin.log()
    tocsin.stop()
    assert KEY.encode() not in tocsin.store.read_bytes()
    assert b'"dedup_key": "db1/fim"' in tocsin.store.read_bytes()


def test_errors_are_pagerdutys_own(tocsin):
    answer = enqueue(tocsin, event(routing_key="x" * 32))
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json["status"] == "invalid event" and answer.json["errors"]
    bad = {"routing_key": KEY, "event_action": "trigger"}
    answer = enqueue(tocsin, bad)
    # Without a summary it cannot be read, and is not lost for that.
    assert answer.status in (202, 400), answer
    if answer.status == 400:
        assert answer.json["message"] and answer.json["errors"]
    assert enqueue(tocsin, {**event(), "x": "y" * 600000}).status == 413
    assert enqueue(tocsin, event(), Authorization="Bearer ops-token-0123456789abcdef").status == 403


def test_what_could_not_be_recorded_is_no_success(tocsin):
    assert enqueue(tocsin, event(key="a"), Idempotency_Key="k").status == 202
    answer = enqueue(tocsin, event(key="b"), Idempotency_Key="k")
    assert answer.status >= 400, answer
    assert answer.json["status"] == "invalid event" and answer.json["errors"], answer
    headers = {"Authorization": "GenieKey " + GENIE, "Idempotency-Key": "k"}
    alerts = [tocsin.request("POST", "/v2/alerts", {"message": text, "alias": text}, token=None,
                             headers=headers) for text in ("c", "d")]
    assert alerts[0].status == 202 and alerts[1].status >= 400, alerts
    assert alerts[1].json["message"] and "result" not in alerts[1].json
    assert len(incidents(tocsin)) == 2


def change(tocsin, body, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return tocsin.request("POST", "/v2/change/enqueue", body, token=None, headers=headers)


def test_a_change_event_is_kept_and_opens_nothing(tocsin):
    deployed = {"routing_key": KEY, "payload": {"summary": "billing 4.2 deployed", "source": "ci"}}
    answer = change(tocsin, deployed)
    assert answer.status == 202
    assert answer.json == {"status": "success", "message": "Change event processed"}
    assert change(tocsin, {"payload": {"summary": "x"}}, X_Routing_Key=KEY).status == 202
    assert incidents(tocsin) == []
    assert [line["outcome"] for line in tocsin.lines("alert.set_aside")] == ["update"] * 2
    assert change(tocsin, {**deployed, "routing_key": "x" * 32}).status == 401
    for body in (b"[]", b"not JSON", b""):
        answer = change(tocsin, body, X_Routing_Key=KEY)
        assert answer.status == 400, (body, answer)
        assert answer.json["status"] == "invalid event" and answer.json["errors"]
    tocsin.stop()
    stored = tocsin.store.read_bytes()
    assert b"billing 4.2 deployed" in stored and KEY.encode() not in stored


# ---- Opsgenie -------------------------------------------------------------------------------

def genie(tocsin, path, body, key=GENIE):
    return tocsin.request("POST", path, body, token=None,
                          headers={"Authorization": "GenieKey " + key})


def test_an_opsgenie_alert(tocsin):
    alert = {"message": "disk full", "alias": "db1 disk", "priority": "P1",
             "description": "no room on /var"}
    for _ in range(2):
        answer = genie(tocsin, "/v2/alerts", alert)
        assert answer.status == 202
        assert answer.json["result"] == "Request will be processed"
        assert len(answer.json["requestId"]) == 36 and answer.json["took"] >= 0
    found, = incidents(tocsin)
    assert (found["title"], found["severity"], found["alerts"]) == ("disk full", "critical", 2)
    clocks = tocsin.get("/v1/clocks?state=all").json["clocks"]
    for action, outcome in (("acknowledge", "update"), ("notes", "update"), ("close", "resolved")):
        path = f"/v2/alerts/db1%20disk/{action}?identifierType=alias"
        assert genie(tocsin, path, {"user": "j.doe", "note": "seen"}).status == 202
        line = tocsin.lines("alert.joined")[-1]
        assert (line["outcome"], line["incident"]) == (outcome, found["id"])
    assert genie(tocsin, "/v2/alerts/never%20heard/close?identifierType=alias", "").status == 202
    found, = incidents(tocsin)
    assert found["state"] == "open" and found["alerts"] == 5
    assert tocsin.get("/v1/clocks?state=all").json["clocks"] == clocks


def test_opsgenies_errors(tocsin):
    answer = genie(tocsin, "/v2/alerts", {"message": "x"}, key="wrong-wrong-wrong")
    assert answer.status == 401
    assert set(answer.json) == {"message", "took", "requestId"}
    assert genie(tocsin, "/v2/alerts", {"message": "x"}, key="ops-token-0123456789abcdef").status == 403


# ---- a real sender of both ---------------------------------------------------------------------

RECEIVERS = {
    "pagerduty": f"""
  pagerduty_configs:
  - routing_key: {KEY}
    url: http://127.0.0.1:%d/v2/enqueue
    severity: critical
    send_resolved: true
""",
    "opsgenie": f"""
  opsgenie_configs:
  - api_key: {GENIE}
    api_url: http://127.0.0.1:%d/
    priority: P1
    send_resolved: true
""",
}


@pytest.mark.parametrize("vendor", RECEIVERS)
def test_alertmanager_posts_as_to_the_vendor(tocsin, vendor, tmp_path):
    """It opens, and when Alertmanager takes it for over, it is not."""
    peer = Alertmanager(tmp_path, receiver=RECEIVERS[vendor] % tocsin.port)
    try:
        peer.alert("DiskTamper", severity="critical", host="db1")
        found, = wait_for("the incident", lambda: incidents(tocsin))
        assert found["severity"] == "critical" and "DiskTamper" in found["title"]
        peer.alert("DiskTamper", ends="2026-01-01T00:00:00Z", severity="critical", host="db1")
        wait_for("the resolve", lambda: "resolved" in [
            line["outcome"] for line in tocsin.lines("alert.joined")])
    finally:
        peer.close()
    found, = incidents(tocsin)
    assert found["state"] == "open"


# ---- CloudEvents' handshake, other methods ----------------------------------------------------

def options(tocsin, path, origin, token=None, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if origin:
        headers["WebHook-Request-Origin"] = origin
    return tocsin.request("OPTIONS", path, token=token, headers=headers)


def test_an_origin_that_the_source_names_needs_no_token(tocsin):
    for path in ("/v1/alerts/grid", "/v1/alerts/grid/some-token"):
        answer = options(tocsin, path, "events.example", WebHook_Request_Rate="120",
                         WebHook_Request_Callback="http://127.0.0.1:1/never-fetched")
        assert answer.status == 200 and "POST" in answer.headers["Allow"]
        assert answer.headers["WebHook-Allowed-Origin"] == "events.example"
        assert answer.headers["WebHook-Allowed-Rate"] == "*"
    # It may ask; to post it needs one all the same.
    assert tocsin.request("POST", "/v1/alerts/grid", "{}", token=None).status == 401


def test_other_origins_learn_nothing(tocsin):
    for path, origin in (("/v1/alerts/grid", "evil.example"), ("/v1/alerts/custom", "events.example"),
                         ("/v1/alerts/nothing", "events.example"), ("/v1/alerts/grid", None)):
        answer = options(tocsin, path, origin)
        assert answer.status == 401 and "WebHook-Allowed-Origin" not in answer.headers
    # Nor with a token, where the source says who may.
    answer = options(tocsin, "/v1/alerts/grid", "evil.example", token="ops")
    assert answer.status == 200 and "WebHook-Allowed-Origin" not in answer.headers


def test_methods_of_other_senders(tocsin):
    for n, method in enumerate(("POST", "PUT", "PATCH")):
        body = json.dumps({"key": str(n), "title": method})
        assert tocsin.request(method, "/v1/alerts/custom", body, token="custom").status == 201
    assert tocsin.request("HEAD", "/v1/alerts/custom", token="custom").status == 200
    assert tocsin.get("/v1/alerts/custom", token="custom").json == {"source": "custom"}
    assert tocsin.get("/v1/alerts/custom", token=None).status == 401
    assert tocsin.get("/v1/alerts/wazuh", token="custom").status == 403
    answer = tocsin.request("DELETE", "/v1/alerts/custom", token="custom")
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET, HEAD, POST, PUT, PATCH, OPTIONS"
