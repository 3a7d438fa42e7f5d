"""Chat services and pagers, each as a receiver of its own shape on loopback."""

import itertools
import json
import time

import pytest

from harness import wait_for, wazuh_alert
from peers import Receiver

KEY = "R0123456789abcdef0123456789abcde"
ROOM = "C0123456789"


class SlackApi(Receiver):
    """chat.postMessage and chat.update, as the Web API answers them."""

    def __init__(self):
        super().__init__()
        numbers = itertools.count(100)

        def answer(request):
            ts = request.json.get("ts", f"1700000000.{next(numbers):06d}")
            return 200, json.dumps({"ok": True, "channel": ROOM, "ts": ts}).encode(), {}
        self.answer = answer

    def calls(self, method):
        return [r.json for r in self.received if r.path == f"/api/{method}"]


@pytest.fixture
def service():
    """Makes receivers: service(cls)."""
    made = []

    def make(cls=Receiver, **attributes):
        receiver = cls()
        for name, value in attributes.items():
            setattr(receiver, name, value)
        made.append(receiver)
        return receiver

    yield make
    for receiver in made:
        receiver.close()


CHANNELS = {
    "bot": 'type = "slack-bot"; url = "{url}/api"; token = "{secret}"; channel = "' + ROOM + '";',
    "teams": 'type = "teams"; url = "{secret}";',
    "chat": 'type = "mattermost"; url = "{secret}";',
    "pager": 'type = "pagerduty"; url = "{url}/v2/enqueue"; routing_key = "{secret}";',
    "phone": 'type = "ntfy"; url = "{url}"; topic = "oncall"; token = "{secret}";',
}
SECRETS = {"bot": "xoxb-123", "teams": "{url}/workflows/1?sig=x", "chat": "{url}/hooks/x",
           "pager": KEY, "phone": "tk_123"}
REPLIES = {"teams": (202, b""), "chat": (200, b"ok"), "pager": (202, b'{"status":"success"}'),
           "phone": (200, b'{"id":"Zm02","event":"message"}')}


def start(daemon, policies=None, **receivers):
    tocsin = daemon(started=False)
    parts = []
    for name, receiver in receivers.items():
        url = receiver.url.replace("localhost", "127.0.0.1")
        secret = tocsin.secret(f"{name}.secret", SECRETS[name].format(url=url))
        keys = CHANNELS[name].format(url=url, secret=secret)
        parts.append(f'{{ name = "{name}"; {keys} allow_http = true; }}')
        if name in REPLIES:
            receiver.status, receiver.reply = REPLIES[name]
    tocsin.channels = ", ".join(parts)
    tocsin.policies = policies
    tocsin.write()
    return tocsin.start()


def alert(tocsin, **changes):
    answer = tocsin.post("/v1/alerts/wazuh", wazuh_alert(**changes), token="wazuh")
    assert answer.status == 201, answer
    return answer.json["id"]


def file_early_warning(tocsin, incident):
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    answer = tocsin.post(f"/v1/incidents/{incident}/filings", {
        "regime": "nis2", "stage": "early-warning", "filed_at": now, "by": "j.doe",
        "recipient": "BSI", "reference": "2026-4711"})
    assert answer.status in (200, 201), answer


def all_delivered(tocsin, n):
    wait_for("deliveries", lambda: [d["state"] for d in tocsin.deliveries()] == ["delivered"] * n)


def test_slack_bot_keeps_one_thread(daemon, service):
    api = service(SlackApi)
    tocsin = start(daemon, bot=api)
    incident = alert(tocsin)            # early warning and notification start at once
    all_delivered(tocsin, 2)
    file_early_warning(tocsin, incident)
    all_delivered(tocsin, 3)

    first, second, settled = api.calls("chat.postMessage")
    assert "thread_ts" not in first and first["channel"] == ROOM
    assert second["thread_ts"] == settled["thread_ts"] == "1700000000.000100"
    assert second["reply_broadcast"] and not settled["reply_broadcast"]
    assert settled["text"].startswith(f"#{incident} nis2 early-warning: filed")
    updates = api.calls("chat.update")
    assert [u["ts"] for u in updates] == ["1700000000.000100"] * 2
    assert updates[-1]["text"] == settled["text"], "the first message shows the latest"
    assert {r.headers["Authorization"] for r in api.received} == {"Bearer xoxb-123"}
    assert b"xoxb" not in b"".join(r.body for r in api.received)


def test_slack_bot_is_refused_with_status_200(daemon, service):
    api, phone = service(SlackApi), service()
    api.answer = lambda request: (200, b'{"ok":false,"error":"not_in_channel"}', {})
    tocsin = start(daemon, '''policies = ( { name = "default"; fallback = [ "phone" ];
        steps = ( { at = "start"; to = [ "bot" ]; } ); } );''', bot=api, phone=phone)
    alert(tocsin)
    phone.wait(2)
    failed = [d for d in tocsin.deliveries() if d["channel"] == "bot"]
    assert {d["state"] for d in failed} == {"failed"}
    assert {d["attempts"][0]["detail"] for d in failed} == {"HTTP 200: not_in_channel"}
    assert "In place of: channel bot" in phone.received[0].json["message"]


def test_slack_bot_waits_as_it_is_told(daemon, service):
    api = service(SlackApi)
    api.script = [(429, b'{"ok":false,"error":"ratelimited"}', {"Retry-After": "2"})]
    tocsin = start(daemon, bot=api)
    alert(tocsin)
    all_delivered(tocsin, 2)
    posts = [r for r in api.received if r.path.endswith("postMessage")]
    stages = ["early-warning" if "early-warning" in r.json["text"] else "notification"
              for r in posts]
    again = stages.index(stages[0], 1)
    assert posts[again].at - posts[0].at >= 1.9
    assert len(posts) == 3
    assert sorted("thread_ts" in r.json for r in posts[1:]) == [False, True], "one thread"
    details = [a["detail"] for d in tocsin.deliveries() for a in d["attempts"]]
    assert "HTTP 429" in details


def test_pagerduty_is_triggered_and_resolved(daemon, service):
    pager = service()
    tocsin = start(daemon, pager=pager)
    incident = alert(tocsin)
    all_delivered(tocsin, 2)
    file_early_warning(tocsin, incident)
    all_delivered(tocsin, 3)
    events = [r.json for r in pager.received]
    assert [e["event_action"] for e in events] == ["trigger", "trigger", "resolve"]
    assert {e["routing_key"] for e in events} == {KEY}
    keys = {e["payload"]["class"]: e["dedup_key"] for e in events[:2]}
    assert set(keys) == {"early-warning", "notification"} and len(set(keys.values())) == 2
    assert events[2]["dedup_key"] == keys["early-warning"], "and the other clock runs on"
    assert events[0]["payload"]["source"] == "acme-energy"
    assert "Ransomware note written" in events[0]["payload"]["summary"]
    assert events[0]["payload"]["severity"] == "critical"
    assert events[0]["client_url"] == f"https://tocsin.example.org/#/incidents/{incident}"


def test_pagerduty_pages_for_each_step(daemon, service):
    """Who acknowledges there is paged by nothing more for that alert: a step is its own."""
    pager = service()
    tocsin = start(daemon, """policies = ( { name = "default"; steps = (
        { at = "start"; to = [ "pager" ]; repeat = "PT1S"; },
        { at = "50%"; to = [ "pager" ]; repeat = "PT1S"; } ); } );""", pager=pager)
    aware = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 12 * 3600 + 4))
    incident = tocsin.open(aware=aware)["id"]

    def mine():
        events = [r.json for r in pager.received]
        return [(e["event_action"], e["dedup_key"], "50%" in json.dumps(e)) for e in events
                if "/nis2/early-warning" in e["dedup_key"]]
    key = wait_for("the first", mine)[0][1]
    assert key.endswith("/nis2/early-warning")
    wait_for("reminders of each", lambda: [second for _, _, second in mine()].count(False) > 1 and
             [second for _, _, second in mine()].count(True) > 1)
    assert {k for _, k, second in mine() if not second} == {key}
    assert {k for _, k, second in mine() if second} == {key + "/2"}
    file_early_warning(tocsin, incident)
    wait_for("the end", lambda: {k for what, k, _ in mine() if what == "resolve"} == {key, key + "/2"})


def test_a_page_is_taken_back_after_it_went_out(daemon, service):
    """A slow trigger is on its way while the incident is dismissed: the resolve waits."""
    pager, done = service(), []

    def answer(request):
        if request.json["event_action"] == "trigger":
            time.sleep(1.5)
        done.append(request.json)
        return 202, b"{}", {}
    pager.answer = answer
    tocsin = start(daemon, pager=pager)
    incident = alert(tocsin)
    pager.wait(1)
    tocsin.post(f"/v1/incidents/{incident}/dismissal", {"by": "j.doe", "basis": "a test"})
    wait_for("the end", lambda: all(
        d["state"] in ("delivered", "cancelled") for d in tocsin.deliveries()))
    last = {event["dedup_key"]: event["event_action"] for event in done}
    assert set(last.values()) == {"resolve"}, last


def test_teams_mattermost_and_ntfy(daemon, service):
    teams, chat, phone = service(), service(), service()
    tocsin = start(daemon, teams=teams, chat=chat, phone=phone)
    incident = alert(tocsin)
    all_delivered(tocsin, 6)
    file_early_warning(tocsin, incident)
    all_delivered(tocsin, 9)

    cards = [r.json["attachments"][0] for r in teams.received]
    assert {r.path for r in teams.received} == {"/workflows/1?sig=x"}
    assert {c["contentType"] for c in cards} == {"application/vnd.microsoft.card.adaptive"}
    headlines = [c["content"]["body"][0]["inlines"][0]["text"] for c in cards]
    assert any(h.startswith(f"#{incident} nis2 early-warning due in ") for h in headlines)
    assert headlines[-1] == f"#{incident} nis2 early-warning: filed"
    assert cards[0]["content"]["actions"][0]["url"].endswith(f"/#/incidents/{incident}")

    posts = [r.json["text"] for r in chat.received]
    assert {r.path for r in chat.received} == {"/hooks/x"}
    assert all("`Ransomware note written`" in p for p in posts)
    assert posts[-1].startswith(f"**`#{incident} nis2 early-warning: filed`**")

    messages = [r.json for r in phone.received]
    assert {r.path for r in phone.received} == {"/"}
    assert {r.headers["Authorization"] for r in phone.received} == {"Bearer tk_123"}
    assert {m["topic"] for m in messages} == {"oncall"}
    assert [m["priority"] for m in messages] == [4, 4, 2]
    assert messages[0]["title"].endswith(": Ransomware note written")
    assert f"To acknowledge: tocsin ack {incident} --by NAME" in messages[0]["message"]


def test_drill_comes_first(daemon, service):
    api, pager, chat, phone = service(SlackApi), service(), service(), service()
    tocsin = start(daemon, bot=api, pager=pager, chat=chat, phone=phone)
    tocsin.open(drill=True)
    for receiver in (api, pager, chat, phone):
        receiver.wait(1)
    assert api.received[0].json["text"].startswith("DRILL ")
    assert pager.received[0].json["payload"]["summary"].startswith("DRILL ")
    assert chat.received[0].json["text"].startswith("DRILL ")
    message = phone.received[0].json
    assert message["title"].startswith("DRILL ") and message["message"].startswith("DRILL ")


def test_hostile_title_rings_for_nobody(daemon, service):
    api, pager, chat, phone, teams = (service(SlackApi), service(), service(), service(),
                                      service())
    tocsin = start(daemon, bot=api, pager=pager, chat=chat, phone=phone, teams=teams)
    title = "<!channel> @all `@here` <at>x</at> [a](https://evil.example) {{DATE(x)}}\r\n@channel"
    answer = tocsin.post("/v1/alerts/custom", {"title": title}, token="custom")
    assert answer.status == 201
    for receiver in (api, pager, chat, phone, teams):
        receiver.wait(1)
    assert "<!channel>" not in api.received[0].json["text"]
    assert "https://evil" not in pager.received[0].body.decode()
    assert "https://evil" not in phone.received[0].body.decode()
    assert "@channel" not in phone.received[0].json["message"]
    card = teams.received[0].body.decode()
    assert "https://evil" not in card and "<at>" not in card and "{{" not in card
    outside, fenced = [], False
    for line in chat.received[0].json["text"].splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif not fenced:
            outside += line.split("`")[::2]
    assert not fenced and "@" not in "".join(outside) and "evil" not in "".join(outside)


def test_secrets_are_shown_nowhere(daemon, service):
    api, pager, phone = service(SlackApi), service(), service()
    tocsin = start(daemon, bot=api, pager=pager, phone=phone)
    api.answer = lambda r: (200, b'{"ok":false,"error":"xoxb-123"}', {})
    pager.status, pager.reply = 400, json.dumps({"errors": ["no such key " + KEY]}).encode()
    phone.status, phone.reply = 403, b'{"code":40301,"error":"tk_123"}'
    alert(tocsin)
    wait_for("failures", lambda: [d["state"] for d in tocsin.deliveries()] == ["failed"] * 6)
    shown = tocsin.log() + json.dumps(tocsin.deliveries()) + json.dumps(tocsin.journal())
    for secret in ("xoxb-123", KEY, "tk_123"):
        assert secret not in shown
    details = {d["attempts"][0]["detail"] for d in tocsin.deliveries()}
    assert details == {"HTTP 200: no reason given", "HTTP 400", "HTTP 403: ntfy code 40301"}


def test_slack_bot_knows_its_thread_after_a_restart(daemon, service):
    api = service(SlackApi)
    tocsin = start(daemon, bot=api)
    incident = alert(tocsin)
    all_delivered(tocsin, 2)
    tocsin.kill()
    tocsin.start()
    file_early_warning(tocsin, incident)
    all_delivered(tocsin, 3)
    assert api.calls("chat.postMessage")[-1]["thread_ts"] == "1700000000.000100"
    # One of another channel is not gone on with.
    tocsin.stop()
    text = tocsin.conf.read_text()
    tocsin.conf.write_text(text.replace(ROOM, "C0000000009"))
    tocsin.start()
    tocsin.post(f"/v1/incidents/{incident}/dismissal", {"by": "j.doe", "basis": "a test"})
    all_delivered(tocsin, 4)
    last = api.calls("chat.postMessage")[-1]
    assert last["channel"] == "C0000000009" and "thread_ts" not in last


def acknowledge(tocsin, incident, **keys):
    answer = tocsin.post(f"/v1/incidents/{incident}/acknowledgements", {"by": "j.doe", **keys})
    assert answer.status == 201, answer
    return answer.json


def test_pagerduty_pages_again_after_an_acknowledgement(daemon, service):
    """There an acknowledged alert stays quiet: what comes later is another one."""
    pager = service()
    tocsin = start(daemon, pager=pager)
    incident = alert(tocsin)
    all_delivered(tocsin, 2)
    acknowledge(tocsin, incident, regime="nis2", stage="early-warning")
    all_delivered(tocsin, 3)
    first = {d["stage"]: d["id"] for d in tocsin.deliveries() if d["kind"] == "step"}
    for stage in ("early-warning", "notification"):
        answer = tocsin.post(f"/v1/deliveries/{first[stage]}/replay", {"by": "j.doe"})
        assert answer.status == 201, answer
    all_delivered(tocsin, 5)
    file_early_warning(tocsin, incident)
    all_delivered(tocsin, 7)

    sent = [(e["event_action"], e["dedup_key"]) for e in (r.json for r in pager.received)]
    key = next(k for _, k in sent if k.endswith("/nis2/early-warning"))
    other = next(k for _, k in sent if k.endswith("/nis2/notification"))
    assert [s for s in sent if s[1] == other] == [("trigger", other)] * 2, "never acknowledged"
    mine = [s for s in sent if s[1].startswith(key)]
    assert mine[:3] == [("trigger", key), ("acknowledge", key), ("trigger", key + "/2")]
    assert sorted(mine[3:]) == [("resolve", key), ("resolve", key + "/2")]


def test_one_that_is_down_has_the_fallback_told_once(daemon, service):
    chat, phone = service(), service()
    tocsin = start(daemon, '''policies = ( { name = "default"; fallback = [ "phone" ];
        steps = ( { at = "start"; to = [ "chat" ]; } ); } );''', chat=chat, phone=phone)
    chat.status = 503
    incident = alert(tocsin)
    phone.wait(2)
    [down] = tocsin.lines("channel.down")
    assert down["channel"] == "chat"
    raised = tocsin.lines("step.fallback")
    assert {line["why"] for line in raised} <= {"channel down", "fails"} and len(raised) == 2
    waiting = [d for d in tocsin.deliveries(state="waiting") if d["channel"] == "chat"]
    assert all("fallback_at" in d for d in tocsin.deliveries()
               if d["channel"] == "chat" and d["kind"] == "step")
    assert all("fallback_at" not in d for d in tocsin.deliveries() if d["channel"] == "phone")
    told = [r.json["message"] for r in phone.received if "In place of" in r.json["message"]]
    assert len(told) == 2
    assert any("In place of: channel chat, which is down" in m for m in told) and len(waiting) <= 2
    table = tocsin.client("deliveries", incident).stdout
    assert ", fallback " in table
    assert table.count("phone (for chat)") == 2
    assert {(d["fallback_for"], d["fallback_why"]) for d in tocsin.deliveries()
            if d["channel"] == "phone" and d["kind"] == "step"} <= \
        {("chat", "channel down"), ("chat", "fails")}
    # A killed daemon tells nobody again, and chat hears of it all the same.
    tocsin.kill()
    chat.status = 200
    tocsin.start()
    wait_for("chat", lambda: [d["state"] for d in tocsin.deliveries()
                              if d["channel"] == "chat" and d["kind"] == "step"]
             == ["delivered"] * 2)
    assert len(tocsin.lines("step.fallback")) == 2


def test_the_ledger_says_why_what_was_cancelled_was_not_sent(daemon, service):
    chat, phone = service(), service()
    tocsin = start(daemon, '''policies = ( { name = "default"; fallback = [ "phone" ];
        steps = ( { at = "start"; to = [ "chat" ]; repeat = "PT1S"; } ); } );''', chat=chat,
        phone=phone)
    chat.status = 503
    incident = alert(tocsin)
    replaced = wait_for("a reminder", lambda: tocsin.deliveries(state="cancelled"))
    assert {d["why"] for d in replaced} == {"a later repeat takes its place"}
    assert all("why" not in d for d in tocsin.deliveries() if d["state"] != "cancelled")
    tocsin.post(f"/v1/incidents/{incident}/dismissal", {"by": "x", "basis": "a test"})
    wait_for("the end", lambda: any(d.get("why") == "the clock is settled"
                                    for d in tocsin.deliveries(state="cancelled")))
    table = tocsin.client("deliveries", incident, "--state", "cancelled").stdout
    assert "a later repeat takes its place" in table and "the clock is settled" in table


def test_two_regimes_are_acknowledged_apart(daemon, service):
    phone = service()
    tocsin = start(daemon, phone=phone)
    incident = tocsin.open(aware=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                           regimes=["nis2", "cra"])["id"]
    lease = acknowledge(tocsin, incident, regime="cra", stage="early-warning")
    assert (lease["regime"], lease["stage"]) == ("cra", "early-warning")
    tocsin.client("ack", incident, "--by", "j.doe", "--regime", "nis2")
    lines = tocsin.lines("acknowledgement.given")
    assert [(line.get("regime"), line.get("stage")) for line in lines] == [
        ("cra", "early-warning"), ("nis2", None)]
    answer = tocsin.post(f"/v1/incidents/{incident}/acknowledgements",
                         {"by": "j.doe", "regime": "dora"})
    assert answer.status == 409 and "of that regime" in answer.json["detail"]
    assert tocsin.post(f"/v1/incidents/{incident}/acknowledgements",
                       {"by": "j.doe", "regime": 5}).status == 422


def test_a_delivery_says_what_it_waits_for(daemon, service):
    answers = {"asks": service(status=429, headers={"Retry-After": "600"}),
               "paced": service(), "night": service(), "fails": service(status=500)}
    gone = service()
    gone.close()
    hour = time.gmtime().tm_hour
    keys = {"paced": 'rate = "1/PT1H";',
            "night": f'quiet = {{ from = "{(hour - 1) % 24:02}:00"; '
                     f'until = "{(hour + 3) % 24:02}:00"; timezone = "UTC"; }};'}
    tocsin = daemon(started=False)
    tocsin.channels = ", ".join(
        f'{{ name = "{name}"; type = "webhook"; url = "{receiver.url}/x"; allow_http = true; '
        f'{keys.get(name, "")} }}'.replace("localhost", "127.0.0.1")
        for name, receiver in {**answers, "gone": gone}.items())
    tocsin.policies = '''policies = ( { name = "default"; steps = ( { at = "start";
        to = [ "asks", "paced", "night", "fails", "gone" ]; } ); } );'''
    tocsin.write()
    tocsin.start()
    incident = tocsin.open(aware=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))["id"]
    wait_for("all that fail", lambda: {"gone", "fails"} <= {
        line["channel"] for line in tocsin.lines("channel.down")})

    def reasons():
        found = {}
        for d in tocsin.deliveries(state="waiting"):
            found.setdefault(d["channel"], set()).add(d["waits_for"])
        return found
    wait_for("their reasons", lambda: reasons() == {
        "asks": {"Retry-After"}, "paced": {"rate"}, "night": {"quiet hours"},
        "fails": {"channel down"}, "gone": {"channel down"}})
    shown = tocsin.client("deliveries", incident, "--state", "waiting").stdout.splitlines()
    for channel, reason in {"asks": "Retry-After", "paced": "rate", "night": "quiet hours",
                            "gone": "channel down"}.items():
        lines = [line for line in shown if f" {channel} " in line]
        assert lines and all(f"waits for: {reason}" in line for line in lines), shown
    assert all("waits_for" not in d for d in tocsin.deliveries() if d["state"] != "waiting")
    answers["asks"].status = 200
    again = [d["id"] for d in tocsin.deliveries() if d["state"] == "delivered"][0]
    answer = tocsin.post(f"/v1/deliveries/{again}/replay", {"by": "j.doe"})
    assert answer.json["state"] == "waiting" and "why" not in answer.json
