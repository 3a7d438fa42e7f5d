"""The main job: an alert comes in, people are told on every channel."""

import base64
import hashlib
import hmac
import time

import pytest

from harness import verify_chain, wait_for, wazuh_alert
from peers import Alertmanager


def channels(tocsin, slack=None, hook=None, mailbox=None):
    """Channel texts for the configuration, with their secrets in files."""
    parts = []
    if slack is not None:
        url = tocsin.secret("slack.url", slack.url + "/services/T0/B0/secret")
        parts.append(f'{{ name = "soc"; type = "slack"; url = "{url}"; ca_file = "{slack.ca}"; }}')
    if hook is not None:
        url = tocsin.secret("hook.url", hook.url + "/hook")
        key = tocsin.secret("hook.key", "whsec_" + base64.b64encode(b"k" * 32).decode())
        parts.append(f'{{ name = "hook"; type = "webhook"; url = "{url}"; secret = "{key}"; '
                     f'ca_file = "{hook.ca}"; }}')
    if mailbox is not None:
        password = tocsin.secret("smtp.password", "correct horse")
        parts.append(f'{{ name = "mail"; type = "email"; relay = "smtp://localhost:{mailbox.port}";'
                     f' tls = "starttls"; user = "tocsin"; password = "{password}";'
                     f' from = "tocsin@example.org"; to = [ "ciso@example.org" ];'
                     f' ca_file = "{mailbox.ca}"; }}')
    return ", ".join(parts)


@pytest.fixture(autouse=True)
def trust(authority, request):
    """Every receiver knows the authority that its sender must be given."""
    for name in ("slack", "hook", "mailbox"):
        if name in request.fixturenames:
            request.getfixturevalue(name).ca = authority.ca


def make(daemon, **peers):
    tocsin = daemon(started=False)
    tocsin.channels = channels(tocsin, **peers)
    tocsin.write()
    return tocsin.start()


@pytest.mark.skipif(Alertmanager.program is None,
                    reason="prometheus-alertmanager is not installed")
def test_alertmanager_to_slack_and_mail(daemon, slack, mailbox, tmp_path):
    tocsin = make(daemon, slack=slack, mailbox=mailbox)
    am = Alertmanager(tmp_path, f"http://127.0.0.1:{tocsin.port}/v1/alerts/alertmanager",
                      tocsin.dir / "am.token")
    try:
        began = time.monotonic()
        am.alert("DiskTamper", host="db1", severity="critical")
        slack.wait(2)
        mailbox.wait(2)
        print(f"Slack after {slack.received[0].at - began:.3f} s")
    finally:
        am.close()
    incident = tocsin.get("/v1/incidents").json["incidents"][0]
    assert incident["state"] == "open"
    assert incident["source"] == "alertmanager"
    assert incident["title"] == "DiskTamper on db1"
    assert incident["severity"] == "critical"

    message = slack.received[0].json
    assert message["text"] and message["blocks"]
    assert "DiskTamper on db1" in str(message["blocks"])
    texts = [r.json["text"] for r in slack.received]
    assert any("early-warning" in t for t in texts), texts

    recipients, mail = mailbox.messages[0]
    assert recipients == ["ciso@example.org"]
    assert mailbox.sessions[0] == (True, True), "over TLS, authenticated"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert {part.get_content_type() for part in mail.walk()} >= {"text/plain", "text/html"}
    roots = {m["References"].split()[0] for _, m in mailbox.messages}
    assert len(roots) == 1, "one thread for one incident"
    states = wait_for("deliveries", lambda: [
        d for d in tocsin.deliveries() if d["state"] == "delivered"][3:])
    assert states
    verify_chain(tocsin.journal())


def test_webhook_is_a_signed_cloudevent(daemon, hook):
    tocsin = make(daemon, hook=hook)
    answer = tocsin.post("/v1/alerts/wazuh", wazuh_alert(), token="wazuh")
    assert answer.status == 201, answer
    event = hook.wait()[0]
    document = event.json
    assert document["specversion"] == "1.0"
    assert document["type"] == "eu.tocsin.escalation"
    assert document["subject"] == str(answer.json["id"])
    data = document["data"]
    assert data["incident"]["title"] == "Ransomware note written"
    assert data["step"] == {"at": "start", "number": 1, "repeat": 0, "of": 3}
    assert 0 < data["remaining_s"] <= 72 * 3600
    assert data["late_s"] == 0 and data["drill"] is False and data["text"]
    assert event.headers["webhook-id"] == document["id"]
    signed = b".".join([event.headers["webhook-id"].encode(),
                        event.headers["webhook-timestamp"].encode(), event.body])
    expected = base64.b64encode(hmac.new(b"k" * 32, signed, hashlib.sha256).digest()).decode()
    assert event.headers["webhook-signature"] == "v1," + expected


def test_one_channel_down_is_no_other_channels_business(daemon, slack, hook):
    slack.status, slack.reply = 503, b"later"
    tocsin = make(daemon, slack=slack, hook=hook)
    tocsin.post("/v1/alerts/wazuh", wazuh_alert(), token="wazuh")
    hook.wait(2)
    slack.wait(3)
    slack.status, slack.reply = 200, b"ok"
    wait_for("all delivered", lambda: all(
        d["state"] == "delivered" for d in tocsin.deliveries()))
    soc = [d for d in tocsin.deliveries() if d["channel"] == "soc"]
    assert any(a["outcome"] == "temporary" for d in soc for a in d["attempts"])
    assert all(d["attempts"][-1]["outcome"] == "delivered" for d in soc)


def test_permanent_failure_goes_to_the_fallback(daemon, slack, hook):
    slack.status, slack.reply = 404, b"no_service"
    tocsin = daemon(started=False)
    tocsin.channels = channels(tocsin, slack=slack, hook=hook)
    tocsin.policies = '''policies = ( { name = "default"; fallback = [ "hook" ];
        steps = ( { at = "start"; to = [ "soc" ]; } ); } );'''
    tocsin.write()
    tocsin.start()
    tocsin.post("/v1/alerts/wazuh", wazuh_alert(), token="wazuh")
    hook.wait(2)
    failed = [d for d in tocsin.deliveries() if d["channel"] == "soc"]
    assert {d["state"] for d in failed} == {"failed"}
    assert all(len(d["attempts"]) == 1 for d in failed)


def test_certificate_is_verified(daemon, slack):
    slack.ca = "/etc/ssl/certs/ca-certificates.crt"
    tocsin = make(daemon, slack=slack)
    tocsin.post("/v1/alerts/wazuh", wazuh_alert(), token="wazuh")
    delivery = wait_for("an attempt", lambda: [
        d for d in tocsin.deliveries() if d["attempts"] and "outcome" in d["attempts"][0]])[0]
    assert not slack.received
    assert delivery["attempts"][0]["outcome"] == "temporary"
    assert "certificate" in delivery["attempts"][0]["detail"].lower()


def test_settled_notice_and_threading(daemon, slack, mailbox):
    tocsin = make(daemon, slack=slack, mailbox=mailbox)
    incident = tocsin.open(aware=None)
    mailbox.wait(1)
    answer = tocsin.post(f"/v1/incidents/{incident['id']}/dismissal",
                         {"by": "j.doe", "basis": "a test of the EDR"})
    assert answer.status == 200 and answer.json["state"] == "dismissed"
    mailbox.wait(2)
    first, second = (m for _, m in mailbox.messages[:2])
    assert first["References"] == second["References"]
    assert first["Message-ID"] != second["Message-ID"]
    assert first["Subject"] == second["Subject"]


def test_hostile_title_reaches_no_markup(daemon, slack, mailbox):
    tocsin = make(daemon, slack=slack, mailbox=mailbox)
    tocsin.post("/v1/alerts/custom", {"title": "<!channel> & <http://evil.example|x>\r\nBcc: a@b.c"},
                token="custom")
    slack.wait(1)
    mailbox.wait(1)
    body = slack.received[0].body.decode()
    assert "<!channel>" not in body and "<http://evil" not in body
    _, mail = mailbox.messages[0]
    assert mail["Bcc"] is None
    html = [p for p in mail.walk() if p.get_content_type() == "text/html"][0].get_content()
    assert "<!channel>" not in html
