"""A real relay: Debian's Postfix with STARTTLS and AUTH, and a maildir behind it."""

import re
import time

import pytest

from harness import verify_chain, wait_for
from peers import Postfix

pytestmark = pytest.mark.skipif(Postfix.why_not() is not None, reason=str(Postfix.why_not()))


@pytest.fixture(scope="module")
def relay(authority):
    postfix = Postfix(authority)
    postfix.ca = authority.ca
    yield postfix
    postfix.close()


@pytest.fixture
def postfix(relay):
    """With an empty mailbox."""
    for path in (relay.dir / "mail").glob("box/*/*"):
        path.unlink()
    return relay


def start(daemon, postfix, to="ciso@example.org", password=Postfix.PASSWORD, hook=None,
          tls="starttls", ca=None):
    tocsin = daemon(started=False)
    secret = tocsin.secret("smtp.password", password)
    tocsin.channels = (
        f'{{ name = "mail"; type = "email"; relay = "smtp://localhost:{postfix.port}"; '
        f'tls = "{tls}"; user = "{postfix.LOGIN}"; password = "{secret}"; '
        f'from = "tocsin@example.org"; to = [ "{to}" ]; ca_file = "{ca or postfix.ca}"; }}')
    fallback = ""
    if hook is not None:
        url = tocsin.secret("hook.url", hook.url + "/hook")
        tocsin.channels += (f', {{ name = "hook"; type = "webhook"; url = "{url}"; '
                            f'ca_file = "{postfix.ca}"; }}')
        fallback = 'fallback = [ "hook" ];'
    tocsin.policies = f'''policies = ( {{ name = "default"; {fallback}
        steps = ( {{ at = "start"; to = [ "mail" ]; }} ); }} );'''
    tocsin.write()
    return tocsin.start()


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def body_of(message, kind="plain"):
    return message.get_body((kind,)).get_content()


def test_mail_arrives_in_the_mailbox(daemon, postfix):
    tocsin = start(daemon, postfix)
    title = "Überfall auf Łódź <!channel>\r\nBcc: x@example.org\r\n.\r\nMAIL FROM:<x@y>"
    answer = tocsin.post("/v1/alerts/custom", {"title": title}, token="custom")
    assert answer.status == 201, answer
    incident = answer.json["id"]
    messages = postfix.wait(2)
    wait_for("both delivered", lambda: [
        d["state"] for d in tocsin.deliveries()] == ["delivered"] * 2)
    deliveries = {d["id"]: d for d in tocsin.deliveries()}
    assert len(messages) == 2
    for message, raw in zip(messages, postfix.raw):
        assert message["Return-Path"] == "<tocsin@example.org>"
        assert message["Delivered-To"] == "ciso@example.org"
        assert message["From"] == "tocsin <tocsin@example.org>"
        assert message["To"] == "ciso@example.org"
        # RFC 3848: over TLS, authenticated; and Postfix names who did.
        assert "with ESMTPSA" in message["Received"]
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["Bcc"] is None and len(message.get_all("Received")) == 1
        (delivery,) = [d for i, d in deliveries.items() if f"<{i}@" in message["Message-ID"]]
        # The receipt that we keep is the number under which Postfix has it.
        queued = re.search(r"\bid ([0-9A-Za-z]+)", message["Received"]).group(1)
        assert queued in delivery["attempts"][-1]["detail"], delivery
        for kind in "plain", "html":
            text = body_of(message, kind)
            assert "Überfall auf Łódź" in text and delivery["stage"] in text
        assert f"#{incident}" in message["Subject"]
        lines = raw.split(b"\n")
        assert max(map(len, lines)) <= 998
        assert not any(line.startswith((b"Bcc", b"MAIL FROM")) for line in lines), "injected"
    assert len({m["References"].split()[0] for m in messages}) == 1, "one thread"
    assert f"sasl_username={postfix.LOGIN}" in postfix.log()
    verify_chain(tocsin.journal())


def test_a_relay_that_is_away_is_waited_for(daemon, postfix):
    postfix.stop()
    try:
        tocsin = start(daemon, postfix)
        tocsin.open("Relay away", aware=now())
        wait_for("failures", lambda: [
            a for d in tocsin.deliveries() for a in d["attempts"]
            if a.get("outcome") == "temporary"][1:])
    finally:
        postfix.start()
    messages = postfix.wait(2)
    wait_for("delivered", lambda: all(d["state"] == "delivered" for d in tocsin.deliveries()))
    assert len(postfix.messages) == len(messages) == 2, "once each"


def test_a_refused_recipient_goes_to_the_fallback_at_once(daemon, postfix, hook):
    tocsin = start(daemon, postfix, to="nobody@example.org", hook=hook)
    tocsin.open("Refused", aware=now())
    hook.wait(2)
    failed = [d for d in tocsin.deliveries() if d["channel"] == "mail"]
    assert {d["state"] for d in failed} == {"failed"}
    assert all(len(d["attempts"]) == 1 and "554" in d["attempts"][0]["detail"] for d in failed)
    assert not postfix.raw


def test_a_wrong_password_is_never_taken_for_sent(daemon, postfix, hook):
    tocsin = start(daemon, postfix, password="wrong horse", hook=hook)
    tocsin.open("Wrong password", aware=now())
    attempts = wait_for("an answer", lambda: [
        a for d in tocsin.deliveries() if d["channel"] == "mail"
        for a in d["attempts"] if "outcome" in a])
    assert {a["outcome"] for a in attempts} <= {"temporary", "permanent"}, attempts
    assert "535" in attempts[0]["detail"], attempts
    assert "horse" not in tocsin.log() + str(tocsin.deliveries()) + str(tocsin.journal())
    assert not postfix.raw


def test_no_password_goes_to_a_relay_that_cannot_show_who_it_is(daemon, postfix):
    tocsin = start(daemon, postfix, ca="/etc/ssl/certs/ca-certificates.crt")
    tocsin.open("Another relay", aware=now())
    attempts = wait_for("an attempt", lambda: [
        a for d in tocsin.deliveries() for a in d["attempts"] if "outcome" in a])
    assert {a["outcome"] for a in attempts} == {"temporary"}
    assert "certificate" in attempts[0]["detail"].lower()
    assert not postfix.raw
