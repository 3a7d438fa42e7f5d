"""Sources of other products: text, CloudEvents, and bodies that nobody can read."""

import gzip
import hashlib
import json
import sqlite3

import pytest

from harness import TOKENS, verify_chain

EVENT = {"ce-specversion": "1.0", "ce-id": "e-1", "ce-source": "/siem/north", "ce-type": "com.example.alert",
         "ce-time": "2026-05-04T06:07:08Z", "ce-subject": "%C3%A9tage%202", "Ce-TraceParent": "00-x"}


@pytest.fixture
def as_format(daemon):
    """A daemon whose source "custom" has the format."""
    def start(name, **options):
        tocsin = daemon(started=False, **options)
        text = tocsin.conf.read_text().replace('format = "generic"', f'format = "{name}"')
        tocsin.conf.write_text(text)
        tocsin.start()
        return tocsin
    return start


def journal(tocsin):
    lines = tocsin.get("/v1/journal").body.decode().splitlines()
    return [json.loads(json.loads(line)["line"]) for line in lines]


def bodies(tocsin):
    tocsin.stop()
    with sqlite3.connect(f"file:{tocsin.store}?mode=ro", uri=True) as db:
        return db.execute("SELECT outcome, body, digest FROM alert ORDER BY id").fetchall()


@pytest.mark.parametrize("body", [b"Monitor x just entered alert status", b'{"title":"a"b"}', b"\xff\xfe{",
                                  b'{"rule":{"level":15}}', b"[1,2", b"{}"])
def test_what_cannot_be_read_is_an_incident(tocsin, body):
    opened = tocsin.post("/v1/alerts/wazuh", body, token="wazuh")
    if body == b"[1,2":
        assert opened.status == 200 and len(opened.json["incidents"]) == len(opened.json["unparsed"]) == 2
        assert opened.json["accepted"] == 2
        assert [r["index"] for r in opened.json["rejected"]] == [2], "the bracket: no bytes to keep"
        return
    assert opened.status == 201, opened
    document = opened.json
    assert document["title"] == "unparsed alert from wazuh" and document["severity"] == "unknown"
    assert document["state"] == "suspected" and document["key"] == "unparsed:sha256:" + hashlib.sha256(body).hexdigest()
    again = tocsin.post("/v1/alerts/wazuh", body, token="wazuh")
    assert again.status == 200 and again.json["id"] == document["id"] and again.json["alerts"] == 2
    opening, joining = [r for r in journal(tocsin) if r["kind"] in ("incident.opened", "alert.joined")]
    assert opening["unparsed"] and joining["outcome"] == "unparsed"
    verify_chain([json.loads(line) for line in tocsin.get("/v1/journal").body.splitlines()])
    digest = hashlib.sha256(body).hexdigest()
    assert [(o, bytes(b)) for o, b, d in bodies(tocsin)] == [("unparsed", body)] * 2
    assert opening["alert_sha256"] == joining["alert_sha256"] == digest


def test_an_empty_body_is_nothing(tocsin):
    for body in (b"", b" \n"):
        assert tocsin.post("/v1/alerts/wazuh", body, token="wazuh").status == 422


def test_a_batch_keeps_its_good_and_its_bad(tocsin):
    good = json.dumps({"id": "1", "rule": {"level": 15, "description": "Good"}})
    answer = tocsin.post("/v1/alerts/wazuh", good + "\n{\"rule\":\n" + good.replace('"1"', '"2"') + "\n",
                         token="wazuh")
    assert answer.status == 200 and answer.json["accepted"] == 3 and answer.json["rejected"] == []
    assert [u["index"] for u in answer.json["unparsed"]] == [1]
    assert [i["title"] for i in answer.json["incidents"]] == ["Good", "Good", "unparsed alert from wazuh"]


def test_nobody_is_aware_of_what_nobody_has_read(daemon):
    tocsin = daemon(awareness="alert")
    document = tocsin.post("/v1/alerts/wazuh", "no alert", token="wazuh").json
    assert document["state"] == "suspected"
    assert [e["type"] for e in document["events"]] == ["detected"]
    assert "no alert" in document["description"]


def test_no_more_than_body_max_is_kept(daemon):
    tocsin = daemon(extra='limits = { body_max = "4KiB"; batch_max = "1MiB"; body_memory = "4MiB"; };')
    body = b"x" * 10000
    document = tocsin.post("/v1/alerts/wazuh", body, token="wazuh").json
    assert document["key"].endswith(hashlib.sha256(body).hexdigest())
    assert [len(b) for _, b, _ in bodies(tocsin)] == [4096]


def test_a_broken_gzip_is_an_incident_too(tocsin):
    body = gzip.compress(b'{"title":"x"}')[:-6]
    answer = tocsin.post("/v1/alerts/wazuh", body, token="wazuh", headers={"Content-Encoding": "gzip"})
    assert answer.status == 201 and answer.json["title"] == "unparsed alert from wazuh"
    assert tocsin.post("/v1/alerts/custom", body, token="custom",
                       headers={"Content-Encoding": "gzip"}).status == 422


def test_lines_of_text(as_format):
    tocsin = as_format("cef")
    lines = ("<134>Mar  1 08:00:00 fw1 CEF:0|V|P|1|7|First|8|externalId=1\n"
             "no record\nCEF:0|V|P|1|7|Second|9|externalId=2\r\n")
    answer = tocsin.post("/v1/alerts/custom", lines, token="custom",
                         headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status == 200 and answer.json["accepted"] == 3
    assert [(i["title"], i["severity"]) for i in answer.json["incidents"]] == [
        ("First", "high"), ("Second", "critical"), ("unparsed alert from custom", "unknown")]


def test_what_is_not_significant_opens_nothing(as_format):
    tocsin = as_format("suricata")
    flow = {"event_type": "flow", "host": "ids", "dest_ip": "192.0.2.1"}
    answer = tocsin.post("/v1/alerts/custom", flow, token="custom")
    assert answer.status == 200 and answer.json == {"accepted": 1, "rejected": [], "incidents": []}
    assert [r["outcome"] for r in journal(tocsin) if r["kind"] == "alert.set_aside"] == ["insignificant"]


def test_an_acknowledgement_elsewhere_is_an_update(as_format):
    tocsin = as_format("pagerduty")
    event = {"event_action": "acknowledge", "dedup_key": "k"}
    assert tocsin.post("/v1/alerts/custom", event, token="custom").json["incidents"] == []
    opened = tocsin.post("/v1/alerts/custom", {"event_action": "trigger", "dedup_key": "k", "payload": {
        "summary": "Down", "source": "x", "severity": "critical"}}, token="custom")
    assert opened.status == 201
    for action in ("acknowledge", "resolve"):
        event["event_action"] = action
        assert tocsin.post("/v1/alerts/custom", event, token="custom").json["incidents"] == []
    document = tocsin.get(f"/v1/incidents/{opened.json['id']}").json
    assert document["state"] == "open" and document["alerts"] == 3
    assert [r.get("outcome") for r in journal(tocsin) if r["kind"].startswith("alert.")] == [
        "update", "update", "resolved"]


def test_no_token_is_told_to_the_channels(as_format):
    tocsin = as_format("pagerduty")
    token = TOKENS["custom"]
    for body in (f'{{"routing_key":"{token}","event_action":"trigger"}}', f"key={token}&x={token[:-1]}",
                 "x " * 990 + f"routing={token}"):
        document = tocsin.post("/v1/alerts/custom", body, token="custom").json
        assert document["title"] == "unparsed alert from custom"
        assert token not in document["description"] and token[:20] not in document["description"].replace(
            token[:-1], "")


def test_a_format_of_ones_own(daemon):
    tocsin = daemon(started=False)
    folder = tocsin.conf.parent / "sources.d"
    folder.mkdir()
    (folder / "mine.conf").write_text("""
format = "mine"; title = "Mine"; version = "1"; title_from = "t"; detected_at = "at"; timezone = "Europe/Berlin";
entity = "tenant"; entity_map = ( { is = "T 1"; entity = "acme-energy"; } ); minimum_severity = "high";
severity_from = "s"; severity_map = ( { is = "low"; severity = "low"; }, { is = "bad"; severity = "high"; } );\n""")
    tocsin.conf.write_text(tocsin.conf.read_text().replace('format = "generic"', 'format = "mine"'))
    tocsin.start()
    alert = {"t": "One", "at": "2026-07-01T10:00:00", "tenant": "t 1", "s": "bad"}
    document = tocsin.post("/v1/alerts/custom", alert, token="custom").json
    assert document["entity"] == "acme-energy" and document["severity"] == "high"
    detected = document["events"][0]
    assert detected["at"] == "2026-07-01T08:00:00Z" and "zone" in detected["basis"]
    low = tocsin.post("/v1/alerts/custom", {**alert, "s": "low"}, token="custom")
    assert low.json["incidents"] == [], "the format's minimum, for the source has none"
    nobody = tocsin.post("/v1/alerts/custom", {**alert, "tenant": "T 2"}, token="custom")
    assert nobody.json["title"] == "unparsed alert from custom"
    assert "/tenant: not in the format's entity_map" in nobody.json["description"]


# ---- CloudEvents -------------------------------------------------------------------


def test_cloudevents_in_binary_mode(as_format):
    tocsin = as_format("cloudevents")
    headers = {**EVENT, "Content-Type": "application/json"}
    answer = tocsin.post("/v1/alerts/custom", '{"title":"Beacon","severity":"high"}', token="custom",
                         headers=headers)
    assert answer.status == 201, answer
    assert answer.json["title"] == "Beacon" and answer.json["key"] == "/siem/north:e-1"
    assert answer.json["events"][0]["at"] == "2026-05-04T06:07:08Z"
    text = tocsin.post("/v1/alerts/custom", "plain", token="custom", headers={**EVENT, "ce-id": "e-2"})
    assert text.json["title"] == "étage 2"
    latin = tocsin.post("/v1/alerts/custom", "plain", token="custom",
                        headers={**EVENT, "ce-id": "e-3", "ce-subject": "\u00e9tage 3"})    # as the SDK for JS
    assert latin.json["title"] == "étage 3"
    bad = tocsin.post("/v1/alerts/custom", "{}", token="custom", headers={**EVENT, "ce-subject": "%C0%A0"})
    assert bad.status == 201 and bad.json["title"] == "unparsed alert from custom"
    kept = [json.loads(b) for o, b, _ in bodies(tocsin) if o == "opened"]
    assert kept[0]["data"] == {"title": "Beacon", "severity": "high"} and kept[0]["traceparent"] == "00-x"
    assert kept[1]["data"] == "plain"


def test_the_type_of_the_body_says_the_mode(as_format):
    """Gateways copy attributes into headers: a structured event stays one."""
    tocsin = as_format("cloudevents")
    event = {"specversion": "1.0", "id": "in", "source": "/s", "type": "t", "data": {"title": "Inside"}}
    for type, body in (("application/cloudevents+json; charset=utf-8", event),
                       ("Application/CloudEvents-Batch+JSON", [event])):
        answer = tocsin.post("/v1/alerts/custom", json.dumps(body), token="custom",
                             headers={**EVENT, "Content-Type": type})
        assert answer.json["key"] == "/s:in" and answer.json["title"] == "Inside", answer


def test_attributes_that_cannot_be_read_are_kept(as_format):
    tocsin = as_format("cloudevents")
    opened = [tocsin.post("/v1/alerts/custom", "{}", token="custom", headers={
        **EVENT, "ce-id": id, "ce-subject": "%C0%A0", "Content-Type": "application/json"}).json
        for id in ("e-1", "e-2", "e-1")]
    assert all(i["title"] == "unparsed alert from custom" for i in opened)
    assert opened[0]["id"] != opened[1]["id"] and opened[2]["id"] == opened[0]["id"]
    assert "ce-id: e-1" in opened[0]["description"]
    kept = bytes(bodies(tocsin)[0][1]).decode()
    assert "ce-subject: %C0%A0\n" in kept and "ce-source: /siem/north\n" in kept
    assert kept.endswith("\n\n{}") and "Bearer" not in kept


def test_cloudevents_cannot_smuggle_attributes(as_format):
    tocsin = as_format("cloudevents")
    answer = tocsin.post("/v1/alerts/custom", '{},"id":"forged","data":{}', token="custom",
                         headers={**EVENT, "ce-data": "x", "ce-id": "true"})
    assert answer.json["key"] == "/siem/north:true"


def test_cloudevents_handshake(as_format):
    tocsin = as_format("cloudevents")
    ask = {"WebHook-Request-Origin": "events.example", "WebHook-Request-Callback": "http://127.0.0.1:1/x"}
    answer = tocsin.request("OPTIONS", "/v1/alerts/custom", token="custom", headers=ask)
    assert answer.status == 200 and answer.headers["WebHook-Allowed-Origin"] == "*"
    assert "POST" in answer.headers["Allow"]
    assert tocsin.request("OPTIONS", "/v1/alerts/custom", token=None, headers=ask).status == 401
    plain = tocsin.request("OPTIONS", "/v1/alerts/custom", token="custom")
    assert plain.status == 200 and "WebHook-Allowed-Origin" not in plain.headers
    other = tocsin.request("OPTIONS", "/v1/alerts/wazuh", token="wazuh", headers=ask)
    assert other.status == 200 and "WebHook-Allowed-Origin" not in other.headers
