"""Acknowledging by a link and by Slack's buttons, against the real daemon."""

import base64
import hashlib
import hmac
import html.parser
import json
import re
import time
import urllib.parse

import pytest

from harness import wait_for
from peers import Receiver

SECRET = "0123456789abcdef0123456789abcdef"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PEOPLE = """people = ( { name = "alice"; channels = [ "soc" ]; slack = "U0ALICE"; },
                      { name = "bob"; channels = [ "soc" ]; } );"""


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.close()


def url_of(receiver):
    return receiver.url.replace("localhost", "127.0.0.1")


def linked(daemon, receiver, **options):
    """A daemon whose webhook gets links; the incident's notices are there."""
    receiver.status, receiver.reply = 204, b""
    tocsin = daemon(channels=f'{{ name = "hook"; type = "webhook"; url = "{url_of(receiver)}/h"; '
                             'allow_http = true; }', **options)
    return tocsin


def aware():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def link(receiver, stage="early-warning", kind="step"):
    """The path of the link in the first notice about a stage."""
    def found():
        for request in receiver.received:
            data = request.json["data"]
            if data["kind"] == kind and data["clock"]["stage"] == stage:
                return data
        return None
    url = wait_for(f"a notice about {stage}", found)["ack_url"]
    assert url.startswith("https://tocsin.example.org/a/")
    return url[len("https://tocsin.example.org"):]


def acknowledgements(tocsin):
    return tocsin.lines("acknowledgement.given")


class Page(html.parser.HTMLParser):
    """What a browser would find."""

    def __init__(self, answer):
        super().__init__()
        self.tags, self.fields, self.words = [], {}, ""
        self.feed(answer.body.decode())

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        if tag == "input":
            self.fields[attributes["name"]] = attributes.get("value", "")

    def handle_data(self, data):
        self.words += data


def show(tocsin, path):
    answer = tocsin.get(path, token=None)
    assert answer.status == 200, answer
    return Page(answer)


def press(tocsin, path, form, by, **kw):
    body = urllib.parse.urlencode({"form": form, "by": by})
    return tocsin.post(path, body, token=None, headers=FORM, **kw)


# ---- links -----------------------------------------------------------------------

def test_a_page_says_what_it_is_and_post_acknowledges(daemon, receiver):
    tocsin = linked(daemon, receiver)
    incident = tocsin.open(title="Ransomware <on> billing", aware=aware())
    path = link(receiver)
    page = show(tocsin, path)
    for words in (f"{incident['id']}: Ransomware <on> billing", "ACME Energy GmbH", "is due in 23 h",
                  "Europe/Berlin", "Art. 23(4)(a)", "hook"):
        assert words in page.words, words
    assert acknowledgements(tocsin) == []

    before = time.time()
    answer = press(tocsin, path, page.fields["form"], "Jane Doe")
    assert answer.status == 200, answer
    assert "Acknowledged" in Page(answer).words and "By Jane Doe, until " in Page(answer).words
    [line] = acknowledgements(tocsin)
    assert line["by"] == "Jane Doe" and line["stage"] == "early-warning" and line["regime"] == "nis2"
    assert re.fullmatch(r"link:dlv_[a-z0-9]+_\d+", line["actor"])
    assert line["actor"] == "link:" + line["delivery"]
    assert line["delivery"] in [d["id"] for d in tocsin.deliveries()]
    # At most what was asked for, and a quarter of the time left.
    until = time.mktime(time.strptime(line["until_at"][:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone
    assert before + 3600 < until <= time.time() + 2 * 3600
    assert line["until_at"][:16] in Page(answer).words
    assert "Acknowledged until" in show(tocsin, path).words


def test_whoever_only_looks_acknowledges_nothing(daemon, receiver):
    """Mail gateways and chat previews fetch every link, some with more than GET."""
    tocsin = linked(daemon, receiver)
    tocsin.open(aware=aware())
    path = link(receiver)
    form = show(tocsin, path).fields["form"]
    get, head = tocsin.get(path, token=None), tocsin.request("HEAD", path, token=None)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]
    options = tocsin.request("OPTIONS", path, token=None)
    assert options.status == 405 and options.headers["Allow"] == "GET, HEAD, POST"
    for method in ("PUT", "DELETE", "PATCH"):
        assert tocsin.request(method, path, token=None).status in (405, 501), method
    query = urllib.parse.urlencode({"form": form, "by": "scanner"})
    assert tocsin.get(f"{path}?{query}", token=None).status == 200
    # POST without what only the page says.
    for body, headers, status in (
            ("", FORM, 403), ("by=scanner", FORM, 403), (f"form={path[3:]}&by=scanner", FORM, 403),
            (f"form={form}&form={form}&by=scanner", FORM, 403),
            (query, {"Content-Type": "application/json"}, 415), (query, {}, 415),
            (query, {**FORM, "Content-Encoding": "gzip"}, 415), ("x" * 9000, FORM, 413)):
        answer = tocsin.post(path, body, token=None, headers=headers)
        assert answer.status == status, (body[:80], answer)
    # A name is needed, in the limits of every other.
    for by in ("", "   ", "a\nb", "x" * 201, "\x1b[31m"):
        answer = press(tocsin, path, form, by)
        assert answer.status == 422, (by, answer)
        assert Page(answer).fields["form"] != form
    assert acknowledgements(tocsin) == []


def test_a_form_counts_once_and_a_page_can_be_used_again(daemon, receiver):
    tocsin = linked(daemon, receiver)
    tocsin.open(aware=aware())
    path = link(receiver)
    form = show(tocsin, path).fields["form"]
    first = press(tocsin, path, form, "Jane Doe")
    again = press(tocsin, path, form, "Jane Doe", )
    assert (first.status, again.status) == (200, 200) and first.body == again.body
    assert len(acknowledgements(tocsin)) == 1
    assert press(tocsin, path, form, "John Roe").status == 200
    assert press(tocsin, path, show(tocsin, path).fields["form"], "Jane Doe").status == 200
    assert [a["by"] for a in acknowledgements(tocsin)] == ["Jane Doe", "John Roe", "Jane Doe"]


def test_the_page_can_do_nothing_but_ask(daemon, receiver):
    tocsin = linked(daemon, receiver)
    tocsin.open(title='"><script>alert(1)</script><img src=//evil.example/x onerror=alert(1)>',
                aware=aware())
    path = link(receiver)
    answer = tocsin.get(path, token=None)
    page = Page(answer)
    names = {tag for tag, _ in page.tags}
    assert names <= {"html", "head", "meta", "title", "style", "body", "main", "h1", "p", "dl", "dt",
                     "dd", "form", "label", "input", "button"}
    for tag, attributes in page.tags:
        for name, value in attributes.items():
            assert not name.startswith("on") and name not in ("style", "src", "href", "action"), tag
            assert "//" not in (value or ""), (tag, name, value)
    assert '"><script>alert(1)</script>' in page.words
    policy = answer.headers["Content-Security-Policy"]
    style = re.search(rb"<style>(.*?)</style>", answer.body, re.S).group(1)
    digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
    assert policy == (f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
                      "base-uri 'none'; frame-ancestors 'none'")
    assert b"url(" not in style and b"@import" not in style
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) \
        in page.tags


def test_a_link_that_was_changed_is_none(daemon, receiver):
    tocsin = linked(daemon, receiver)
    tocsin.open(aware=aware())
    path, other = link(receiver), link(receiver, "notification")
    form = show(tocsin, path).fields["form"]
    for i in range(3, len(path)):
        changed = path[:i] + ("A" if path[i] != "A" else "B") + path[i + 1:]
        answer = tocsin.get(changed, token=None)
        assert answer.status == 404 and b"No such link" in answer.body, changed
        assert press(tocsin, changed, form, "mallory").status == 404
    for bad in ("/a/", "/a/x", path[:-1], path + "A", path + "/", "/a/" + "A" * 300):
        assert tocsin.get(bad, token=None).status in (400, 404), bad
    # The form of one link does not open another.
    assert press(tocsin, other, form, "mallory").status == 403
    assert acknowledgements(tocsin) == []


def test_what_is_settled_cannot_be_acknowledged(daemon, receiver):
    tocsin = linked(daemon, receiver)
    incident = tocsin.open(aware=aware())
    path = link(receiver)
    form = show(tocsin, path).fields["form"]
    answer = tocsin.post(f"/v1/incidents/{incident['id']}/filings", {
        "regime": "nis2", "stage": "early-warning", "filed_at": aware(), "by": "j.doe",
        "recipient": "BSI", "reference": "1"})
    assert answer.status == 201, answer
    for answer in (tocsin.get(path, token=None), press(tocsin, path, form, "late")):
        assert answer.status == 410
        assert "is settled: filed" in Page(answer).words
        assert "form" not in {tag for tag, _ in Page(answer).tags}
    assert acknowledgements(tocsin) == []
    # A notice that only says so has nothing to press.
    wait_for("settled", lambda: [r for r in receiver.received if r.json["data"]["kind"] == "settled"])
    assert all("ack_url" not in r.json["data"] for r in receiver.received
               if r.json["data"]["kind"] == "settled")


def test_a_link_outlives_a_restart(daemon, receiver):
    tocsin = linked(daemon, receiver)
    tocsin.open(aware=aware())
    path = link(receiver)
    tocsin.kill()
    tocsin.start()
    assert press(tocsin, path, show(tocsin, path).fields["form"], "Jane Doe").status == 200


def test_a_mail_has_the_link_in_both_bodies(daemon, mailbox, authority):
    tocsin = daemon(started=False)
    password = tocsin.secret("smtp.password", "correct horse")
    tocsin.channels = (f'{{ name = "mail"; type = "email"; relay = "smtp://localhost:{mailbox.port}"; '
                       f'user = "tocsin"; password = "{password}"; from = "tocsin@example.org"; '
                       f'to = [ "ciso@example.org" ]; ca_file = "{authority.ca}"; }}')
    tocsin.write()
    tocsin.start()
    tocsin.open(aware=aware())
    wait_for("a mail", lambda: mailbox.messages)
    _, message = mailbox.messages[0]
    text = message.get_body(("plain",)).get_content()
    markup = message.get_body(("html",)).get_content()
    path = re.search(r"https://tocsin\.example\.org(/a/[A-Za-z0-9_-]{44})\r?\n", text).group(1)
    assert f'<a href="https://tocsin.example.org{path}"><b>Acknowledge</b></a>' in markup
    assert "ciso@example.org" in show(tocsin, path).words


def test_without_a_public_url_there_is_no_link(daemon, receiver):
    receiver.status, receiver.reply = 204, b""
    tocsin = daemon(started=False)
    tocsin.channels = (f'{{ name = "hook"; type = "webhook"; url = "{url_of(receiver)}/h"; '
                       'allow_http = true; }')
    tocsin.write()
    tocsin.conf.write_text(tocsin.conf.read_text().replace("public_url = ", "# "))
    tocsin.start()
    tocsin.open(aware=aware())
    receiver.wait(1)
    assert "ack_url" not in receiver.received[0].json["data"]


# ---- Slack's buttons ----------------------------------------------------------------

def slacked(daemon, receiver, keys="", people=PEOPLE):
    tocsin = daemon(started=False)
    url = tocsin.secret("slack.url", f"{url_of(receiver)}/services/x")
    secret = tocsin.secret("slack.signing", SECRET)
    tocsin.channels = (f'{{ name = "soc"; type = "slack"; url = "{url}"; allow_http = true; '
                       f'signing_secret = "{secret}"; {keys} }}')
    tocsin.extra = people
    tocsin.write()
    return tocsin.start()


def button(receiver):
    """The value of the early warning's button; which message comes first is chance."""
    message = wait_for("a button", lambda: [
        r.json for r in receiver.received if r.path == "/services/x"
        and "early-warning" in r.json["text"].split(":")[0]])[0]
    [actions] = [b for b in message["blocks"] if b["type"] == "actions"]
    [element] = actions["elements"]
    assert element["action_id"] == "tocsin.acknowledge" and "url" not in element
    return element["value"]


def payload(receiver, value, user="U0ALICE", at="1700000000.000100", **changes):
    """As Slack sends it when somebody presses a button."""
    return {"type": "block_actions", "team": {"id": "T0001", "domain": "acme"},
            "user": {"id": user, "username": "x", "name": "x", "team_id": "T0001"},
            "api_app_id": "A0001", "token": "legacy", "trigger_id": "1.2.abc",
            "container": {"type": "message", "message_ts": "1700000000.000001",
                          "channel_id": "C0001", "is_ephemeral": False},
            "channel": {"id": "C0001", "name": "soc"},
            "response_url": f"{url_of(receiver)}/actions/T0001/1/xyz",
            "actions": [{"type": "button", "action_id": "tocsin.acknowledge", "block_id": "b",
                         "text": {"type": "plain_text", "text": "Acknowledge", "emoji": False},
                         "value": value, "style": "primary", "action_ts": at}], **changes}


def signed(body, secret=SECRET, at=None):
    at = str(int(time.time() if at is None else at))
    mac = hmac.new(secret.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
    return {**FORM, "X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={mac}"}


def send(tocsin, document, headers=None, **kw):
    body = urllib.parse.urlencode({"payload": json.dumps(document)})
    return tocsin.post("/v1/slack/interactions", body, token=None,
                       headers=headers or signed(body, **kw))


def replies(receiver):
    return [r.json for r in receiver.received if r.path.startswith("/actions/")]


def test_a_button_acknowledges_by_the_name_of_who_pressed(daemon, receiver):
    tocsin = slacked(daemon, receiver)
    incident = tocsin.open(aware=aware())
    value = button(receiver)
    start = time.monotonic()
    answer = send(tocsin, payload(receiver, value))
    assert time.monotonic() - start < 3
    assert answer.status == 200
    [line] = acknowledgements(tocsin)
    assert (line["by"], line["actor"]) == ("alice", "slack:U0ALICE")
    assert (line["regime"], line["stage"]) == ("nis2", "early-warning")
    assert line["incident"] == incident["id"] and line["delivery"].startswith("dlv_")
    [reply] = wait_for("a reply", lambda: replies(receiver))
    assert reply["response_type"] == "ephemeral" and reply["replace_original"] is False
    assert reply["text"].startswith("You have it, alice: ") and answer.json == reply
    assert line["until_at"][:16] in reply["text"]
    # The room hears of it, and has nothing more to press there.
    def told():
        return [r.json for r in receiver.received if r.path == "/services/x"
                and r.json["text"].startswith("#1 nis2 early-warning: acknowledged")]
    [message] = wait_for("the room", told)
    assert f"alice has it, until {line['until_at'][:16]}" in json.dumps(message)
    assert "actions" not in [b["type"] for b in message["blocks"]]


def test_rooms_and_pagers_hear_who_has_it(daemon, receiver):
    """Whichever way it was acknowledged; a mailbox or a webhook is not told."""
    receiver.answer = lambda request: (
        (202, b'{"status":"success"}', {}) if request.path == "/pd" else (200, b"ok", {}))
    tocsin = daemon(started=False)
    url = url_of(receiver)
    tocsin.channels = (
        f'{{ name = "room"; type = "slack"; url = "{tocsin.secret("s", url + "/room")}"; '
        f'allow_http = true; }}, {{ name = "pager"; type = "pagerduty"; url = "{url}/pd"; '
        f'routing_key = "{tocsin.secret("pd", "R" * 32)}"; allow_http = true; }}, '
        f'{{ name = "hook"; type = "webhook"; url = "{url}/hook"; allow_http = true; }}')
    tocsin.write()
    tocsin.start()
    tocsin.open(aware=aware())
    wait_for("6 notices", lambda: len(tocsin.deliveries(state="delivered")) == 6)
    answer = tocsin.post("/v1/incidents/1/acknowledgements", {"by": "j.doe", "stage": "notification"})
    assert answer.status == 201, answer
    wait_for("8 notices", lambda: len(tocsin.deliveries(state="delivered")) == 8)
    told = [d for d in tocsin.deliveries() if d["kind"] == "acknowledged"]
    assert {(d["channel"], d["stage"]) for d in told} == {("room", "notification"),
                                                         ("pager", "notification")}
    [page] = [r.json for r in receiver.received
              if r.path == "/pd" and r.json["event_action"] == "acknowledge"]
    assert page["dedup_key"].endswith("/1/nis2/notification")


def test_a_press_that_is_sent_again_counts_once(daemon, receiver):
    tocsin = slacked(daemon, receiver)
    tocsin.open(aware=aware())
    document = payload(receiver, button(receiver))
    body = urllib.parse.urlencode({"payload": json.dumps(document)})
    headers = signed(body)
    for _ in range(3):
        assert send(tocsin, document, headers=headers).status == 200
    assert send(tocsin, document, at=time.time() - 5).status == 200     # signed anew, same press
    assert len(acknowledgements(tocsin)) == 1
    assert send(tocsin, payload(receiver, button(receiver), at="1700000009.000100")).status == 200
    assert len(acknowledgements(tocsin)) == 2


def test_who_is_not_known_is_told_so_alone(daemon, receiver):
    tocsin = slacked(daemon, receiver)
    tocsin.open(aware=aware())
    answer = send(tocsin, payload(receiver, button(receiver), user="U0MALLORY"))
    assert answer.status == 200
    [reply] = wait_for("a reply", lambda: replies(receiver))
    assert reply["response_type"] == "ephemeral" and "U0MALLORY" in reply["text"]
    assert answer.json == reply
    assert acknowledgements(tocsin) == []


def test_only_what_slack_has_signed_is_taken(daemon, receiver):
    tocsin = slacked(daemon, receiver)
    tocsin.open(aware=aware())
    document = payload(receiver, button(receiver))
    body = urllib.parse.urlencode({"payload": json.dumps(document)})
    good = signed(body)
    bad = [FORM, signed(body, secret="another" + SECRET), signed(body, at=time.time() - 301),
           signed(body, at=time.time() + 310), signed(body + "x"),
           {**good, "X-Slack-Signature": good["X-Slack-Signature"].replace("v0=", "v1=")},
           {**good, "X-Slack-Request-Timestamp": str(int(time.time()) + 1)},
           {k: v for k, v in good.items() if k != "X-Slack-Request-Timestamp"},
           {**FORM, "Authorization": "Bearer ops-token-0123456789abcdef"}]
    for headers in bad:
        answer = send(tocsin, document, headers=headers)
        assert answer.status == 401, (headers, answer)
    assert acknowledgements(tocsin) == [] and replies(receiver) == []
    assert send(tocsin, document, headers=good).status == 200
    for wrong, status in (("payload=", 422), ("payload=%7B", 422), ("payload=[]", 422), ("x=1", 422),
                          ("payload=%7B%7D", 200),
                          ("payload=" + urllib.parse.quote('{"type":"view_submission"}'), 200)):
        answer = tocsin.post("/v1/slack/interactions", wrong, token=None, headers=signed(wrong))
        assert answer.status == status, (wrong, answer)
    assert tocsin.get("/v1/slack/interactions").status == 405
    assert len(acknowledgements(tocsin)) == 1


def test_without_a_signing_secret_nothing_is_taken(daemon, receiver):
    tocsin = linked(daemon, receiver)
    tocsin.open(aware=aware())
    assert send(tocsin, payload(receiver, "x")).status == 401
    # Nobody can make the daemon hold a long body without a signature's header either.
    answer = tocsin.post("/v1/slack/interactions", "x" * 200000, token=None, headers=FORM)
    assert answer.status == 401, answer


def test_a_button_reaches_no_other_incident(daemon, receiver):
    """Whoever can sign for the app still cannot name an incident."""
    tocsin = slacked(daemon, receiver)
    incident = tocsin.open(aware=aware())
    value = button(receiver)
    changed = [value[:i] + ("A" if value[i] != "A" else "B") + value[i + 1:]
               for i in range(0, len(value), 5)]
    for forged in (*changed, "", str(incident["id"]), "dlv_x_1", value[:-1], value + "A"):
        answer = send(tocsin, payload(receiver, forged))
        assert answer.status == 200
        assert not forged or "none of this tocsin's" in answer.json["text"], forged
    # Nor can the values of other elements.
    other = payload(receiver, value)
    other["actions"][0]["action_id"] = "somebody.else"
    assert send(tocsin, other).body == b""
    assert acknowledgements(tocsin) == []


def test_a_button_ends_with_its_clock(daemon, receiver):
    tocsin = slacked(daemon, receiver)
    incident = tocsin.open(aware=aware())
    value = button(receiver)
    tocsin.post(f"/v1/incidents/{incident['id']}/dismissal", {"by": "j.doe", "basis": "a test"})
    answer = send(tocsin, payload(receiver, value))
    assert answer.status == 200 and "nothing to acknowledge" in answer.json["text"]
    assert acknowledgements(tocsin) == []


def test_replies_go_to_slack_or_nowhere(daemon, receiver):
    other = Receiver()
    try:
        tocsin = slacked(daemon, receiver)
        tocsin.open(aware=aware())
        document = payload(receiver, button(receiver), response_url=f"{url_of(other)}/steal")
        assert send(tocsin, document).status == 200
        wait_for("a refusal", lambda: "its address is none of Slack's" in tocsin.log())
        assert len(acknowledgements(tocsin)) == 1 and other.received == []
        # Nor does it matter when nobody takes the reply, or there is no address.
        receiver.status, receiver.reply = 500, b""
        assert send(tocsin, payload(receiver, button(receiver), at="2.2")).status == 200
        document = payload(receiver, button(receiver), at="3.3")
        del document["response_url"]
        assert send(tocsin, document).status == 200
        assert len(acknowledgements(tocsin)) == 3
    finally:
        other.close()


def test_no_secret_is_in_what_others_read(daemon, receiver):
    tocsin = slacked(daemon, receiver)
    tocsin.open(aware=aware())
    value = button(receiver)
    assert send(tocsin, payload(receiver, value)).status == 200
    texts = [tocsin.log(), json.dumps(tocsin.deliveries()), json.dumps(tocsin.lines())]
    assert not any(SECRET in text or value in text for text in texts)
