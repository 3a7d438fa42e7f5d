"""Channels that fail in every way, tests and replays on demand, downtime, the heartbeat."""

import json
import sqlite3
import statistics
import time

import pytest

import packed
from harness import verify_chain, wait_for
from peers import Receiver


@pytest.fixture
def receivers(authority):
    """Makes receivers with certificates of their own authority."""
    made = []

    def make(**settings):
        receiver = Receiver(authority)
        receiver.ca = authority.ca
        for name, value in settings.items():
            setattr(receiver, name, value)
        made.append(receiver)
        return receiver

    yield make
    for receiver in made:
        receiver.close()


def channel(tocsin, name, receiver, type="webhook", more=""):
    url = tocsin.secret(f"{name}.url", f"{receiver.url}/{name}/SECRET")
    return (f'{{ name = "{name}"; type = "{type}"; url = "{url}"; '
            f'ca_file = "{receiver.ca}"; timeout = "PT1S"; {more} }}')


def start(daemon, channels, extra="", steps=None):
    """channels: name -> (receiver, type, more keys)."""
    tocsin = daemon(started=False)
    tocsin.channels = ", ".join(channel(tocsin, name, *about)
                                for name, about in channels.items())
    to = ", ".join(f'"{n}"' for n in steps or channels)
    tocsin.policies = f'''policies = ( {{ name = "default"; steps = (
        {{ at = "start"; to = [ {to} ]; }} ); }} );'''
    tocsin.extra = extra
    tocsin.write()
    return tocsin.start()


def now(shift=0):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + shift))


def of_channel(tocsin, name):
    return [d for d in tocsin.deliveries() if d["channel"] == name]


def outcomes(tocsin, name):
    return {a["outcome"] for d in of_channel(tocsin, name) for a in d["attempts"]
            if "outcome" in a}


def test_receivers_that_fail_in_every_way_delay_no_other(daemon, receivers):
    good, elsewhere = receivers(), receivers()
    faults = {
        "reset": receivers(status="reset"),
        "hang": receivers(status="hang", reply=30),
        "busy": receivers(status=429, headers={"Retry-After": "3"}),
        "broken": receivers(status=500),
        "moved": receivers(status=301, headers={"Location": elsewhere.url + "/x"}),
        "gone": receivers(status=410),
        "bulk": receivers(status="bulk", reply=100 << 20),
    }
    tocsin = start(daemon, {"good": (good, "slack"), **{n: (r,) for n, r in faults.items()}},
                   extra='operations = [ "good" ];')
    waits, rounds = [], 12
    for n in range(rounds):
        before = len([r for r in good.received if b"Case" in r.body])
        began = time.monotonic()
        tocsin.open(f"Case {n}", aware=now())
        wait_for("the good channel", lambda: len(
            [r for r in good.received if b"Case" in r.body]) >= before + 2)
        waits.append(time.monotonic() - began)
    print(f"the good channel after {statistics.median(waits):.3f} s (median), "
          f"{max(waits):.3f} s at most")
    assert max(waits) < 3, waits

    wait_for("all kinds of answers", lambda: all(outcomes(tocsin, n) for n in faults))
    assert outcomes(tocsin, "good") == {"delivered"}
    assert outcomes(tocsin, "reset") <= {"ambiguous", "temporary"}
    assert outcomes(tocsin, "hang") == {"ambiguous"}
    assert outcomes(tocsin, "busy") == outcomes(tocsin, "broken") == {"temporary"}
    assert outcomes(tocsin, "moved") == outcomes(tocsin, "gone") == {"permanent"}
    assert not elsewhere.received, "a redirect is not followed: the body is for one receiver"
    assert outcomes(tocsin, "bulk") == {"delivered"}
    assert 0 < faults["bulk"].bulk_sent < 16 << 20, "all but what is on the way is refused"

    down = {line["channel"] for line in wait_for("four channels down", lambda: (
        lambda lines: lines if len(lines) == 4 else None)(tocsin.lines("channel.down")))}
    assert down == {"reset", "hang", "busy", "broken"}
    told = " ".join(r.body.decode() for r in good.received)
    for name in down:
        wait_for("its notice", lambda: any(
            f"Channel {name} is down" in r.body.decode() for r in good.received))
        assert f"{name}/SECRET" not in told
    # Nothing is lost meanwhile, and nothing tried without end.
    waiting = [d for d in tocsin.deliveries()
               if d["kind"] == "step" and d["state"] in ("waiting", "sending")]
    assert {d["channel"] for d in waiting} == down and len(waiting) == 4 * 2 * rounds
    busy = faults["busy"].received
    assert all(b.at - a.at > 2.5 for a, b in zip(busy[5 + 2 * rounds:], busy[6 + 2 * rounds:]))
    assert "SECRET" not in tocsin.log()


def test_a_channel_that_comes_back_tells_all_that_waited(daemon, receivers):
    hook, ops = receivers(status=503), receivers()
    tocsin = start(daemon, {"hook": (hook,), "ops": (ops, "slack")}, steps=["hook"],
                   extra='operations = [ "ops" ];')
    for n in range(3):
        tocsin.open(f"Case {n}", aware=now())
    wait_for("down", lambda: tocsin.lines("channel.down"))
    assert tocsin.get("/v1/status").json["channels_down"] == ["hook"]
    assert "channels down        hook" in tocsin.client("ping").stdout
    attempts = len(hook.received)
    time.sleep(3)
    assert len(hook.received) - attempts <= 2, "only probes"
    hook.status = 204
    wait_for("all delivered within ten seconds of the probe", lambda: all(
        d["state"] == "delivered" for d in of_channel(tocsin, "hook")), 22)
    wait_for("both notices", lambda: len(ops.received) >= 2)
    assert "Channel hook is down" in ops.received[0].json["text"]
    assert "Channel hook is up again" in ops.received[1].json["text"]
    assert tocsin.get("/v1/status").json["channels_down"] == []
    assert len(tocsin.lines("channel.down")) == len(tocsin.lines("channel.up")) == 1
    operations = [d for d in tocsin.deliveries() if d["kind"] == "operations"]
    assert [d["step"] for d in reversed(operations)] == ["channel-down", "channel-up"]
    assert all("incident" not in d for d in operations)
    verify_chain(tocsin.journal())


def test_a_rate_is_kept_and_the_most_urgent_goes_first(daemon, receivers):
    hook = receivers(status=204)
    tocsin = start(daemon, {"hook": (hook, "webhook", 'rate = "3/PT2S";')})
    for n in range(4):
        tocsin.open(f"Case {n}", aware=now())
    wait_for("all", lambda: len(hook.received) == 8)
    at = [r.at for r in hook.received]
    # A window of ours is one of the receiver's, but for the time on the way.
    assert all(b - a > 1.9 for a, b in zip(at, at[3:])), at
    stages = [r.json["data"]["clock"]["stage"] for r in hook.received]
    # Three go out together, and which of them arrives first is chance.
    rest = stages[3:]
    assert rest[:3].count("early-warning") == min(3, rest.count("early-warning")), stages


def test_a_channel_is_tested_on_demand(daemon, receivers, mailbox, authority):
    hook, soc = receivers(status=204), receivers()
    tocsin = daemon(started=False)
    password = tocsin.secret("smtp.password", "correct horse")
    tocsin.channels = ", ".join([
        channel(tocsin, "hook", hook), channel(tocsin, "soc", soc, "slack"),
        f'{{ name = "mail"; type = "email"; relay = "smtp://localhost:{mailbox.port}"; '
        f'tls = "starttls"; user = "tocsin"; password = "{password}"; '
        f'from = "tocsin@example.org"; to = [ "a@example.org", "b@example.org" ]; '
        f'ca_file = "{authority.ca}"; }}'])
    tocsin.extra = 'operations = [ "soc" ];'
    tocsin.write()
    tocsin.start()
    run = tocsin.client("test", "hook", "--by", "j.doe")
    assert run.stdout.startswith("hook: delivered"), run
    data = hook.received[0].json["data"]
    assert data["kind"] == "test" and data["text"].startswith("TEST of channel hook")
    assert "j.doe" in data["text"] and "TEST" in data["subject"]
    assert "incident" not in data and "subject" not in hook.received[0].json

    run = tocsin.client("test", "mail", "--by", "j.doe")
    assert run.stdout.count("delivered") == 2, "one for each mailbox"
    assert {m["Subject"] for _, m in mailbox.messages} == {"[tocsin] TEST of channel mail"}

    hook.status = 410
    run = tocsin.client("test", "hook", "--by", "j.doe", check=False)
    assert run.returncode == 1 and run.stdout.startswith("hook: failed (HTTP 410"), run
    wait_for("who operates it hears so", lambda: any(
        "Channel hook refuses notices" in r.json["text"] for r in soc.received))
    assert [line["by"] for line in tocsin.lines("channel.test")] == ["j.doe"] * 3

    for path, status in (("/v1/channels/nowhere/test", 404), ("/v1/channels/a%20b/test", 404)):
        assert tocsin.post(path, {"by": "x"}).status == status
    assert tocsin.post("/v1/channels/hook/test", {}).status == 422
    assert tocsin.post("/v1/channels/hook/test", {"by": "x"}, token="reader").status == 403
    assert tocsin.client("test", "a/b", "--by", "x", check=False).returncode == 2


def test_a_delivery_is_sent_once_more(daemon, receivers):
    hook = receivers(status=204)
    tocsin = start(daemon, {"hook": (hook,)})
    incident = tocsin.open(aware=now())["id"]
    hook.wait(2)
    wait_for("delivered", lambda: all(d["state"] == "delivered" for d in tocsin.deliveries()))
    old = tocsin.deliveries()[0]
    assert tocsin.get(f"/v1/deliveries/{old['id']}").json == old
    run = tocsin.client("replay", old["id"], "--by", "j.doe", "--basis", "the room was empty")
    assert run.stdout.startswith("hook: delivered"), run
    new = tocsin.deliveries()[0]
    assert new["replay_of"] == old["id"] != new["id"]
    assert hook.received[2].headers["webhook-id"] == new["id"]
    assert "sent again by j.doe" in hook.received[2].json["data"]["text"]
    (line,) = tocsin.lines("delivery.replayed")
    assert (line["delivery"], line["replay_of"], line["by"], line["basis"]) == \
        (new["id"], old["id"], "j.doe", "the room was empty")
    assert tocsin.get(f"/v1/deliveries/{old['id']}").json == old, "the old one stays"
    assert new["id"] in tocsin.client("deliveries").stdout

    tocsin.post(f"/v1/incidents/{incident}/dismissal", {"by": "x", "basis": "a test"})
    answer = tocsin.post(f"/v1/deliveries/{old['id']}/replay", {"by": "x"})
    assert answer.status == 409 and "no longer runs" in answer.json["detail"], answer
    for id in ("dlv_x_1", old["id"] + "9", "1"):
        assert tocsin.post(f"/v1/deliveries/{id}/replay", {"by": "x"}).status == 404
        assert tocsin.get(f"/v1/deliveries/{id}").status == 404
    assert tocsin.post(f"/v1/deliveries/{old['id']}/replay", {"by": "x"},
                       token="reader").status == 403


def test_downtime_is_told_with_what_should_have_fired(daemon, receivers):
    soc = receivers()
    tocsin = start(daemon, {"soc": (soc, "slack")})
    tocsin.policies = '''policies = ( { name = "default"; steps = (
        { at = "start"; to = [ "soc" ]; repeat = "PT1H"; } ); } );'''
    tocsin.write()
    tocsin.stop()
    tocsin.start()
    tocsin.open("Away", aware=now(-4 * 3600))
    soc.wait(2)
    tocsin.stop()
    with sqlite3.connect(tocsin.store) as store:     # as if it had been long ago
        ago = 3 * 3600 * 1000 + 30 * 60 * 1000
        store.execute("UPDATE meta SET value = value - ? WHERE name = 'heartbeat-at'", (ago,))

        def put_back(clock):
            for value in (packed.NEXT, packed.FIRED):
                if clock[value] is not None:
                    clock[value] -= ago
        packed.change_clocks(store, put_back)
    store.close()
    tocsin.start()
    notice = wait_for("the notice", lambda: [
        r.json for r in soc.received if "tocsin was away for 3 h 30 min" in r.json["text"]])[0]
    text = json.dumps(notice["blocks"])
    assert "nis2 early-warning" in text and "late" in text
    (line,) = [x for x in tocsin.lines("daemon.started") if x.get("missed")]
    assert line["down_s"] >= 3 * 3600 and line["missed_total"] == 2
    fired = wait_for("both", lambda: tocsin.lines("step.fired")[2:])
    assert [x["repeat"] for x in fired] == [1, 1], "once for each clock, not once an hour"
    assert all(8990 < x["late_s"] < 9100 for x in fired), fired


def test_the_heartbeat_goes_out_after_a_pass_and_is_not_retried(daemon, receivers):
    watcher = receivers(status=200, reply=b"OK")
    tocsin = daemon(started=False)
    url = tocsin.secret("watcher.url", watcher.url + "/SECRET-UUID")
    tocsin.extra = f'heartbeat = {{ url = "{url}"; ca_file = "{watcher.ca}"; every = "PT15S"; }};'
    tocsin.write()
    tocsin.start()
    ping = watcher.wait()[0]
    assert ping.path == "/SECRET-UUID"
    body = ping.json
    assert body["journal"]["seq"] >= 1 and len(body["journal"]["hash"]) == 64
    assert "next_due_at" not in body
    watcher.status, watcher.reply = 500, b"no"
    tocsin.open(aware=now())
    watcher.wait(2, 20)
    assert watcher.received[1].at - ping.at > 13
    assert watcher.received[1].json["next_due_at"].endswith("Z")
    time.sleep(3)
    assert len(watcher.received) == 2, "the next one takes its place"
    assert "the outside watcher did not take it: HTTP 500" in tocsin.log()
    assert "SECRET" not in tocsin.log()
    assert b"SECRET" not in tocsin.get("/v1/journal?limit=10000").body
