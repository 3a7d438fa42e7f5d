"""An escalation storm: steps that fall due by the dozen, on three channels, while the
daemon or a courier is killed again and again; and a relay that stalls while others are told.

A short run belongs to `make check`, a long one to `make check-long`."""

import collections
import contextlib
import http.client
import json
import os
import random
import re
import signal
import statistics
import threading
import time

from harness import LONG, verify_chain, wait_for
from test_durability import all_incidents
from test_main_job import channels, trust  # noqa: F401  (a fixture)

SEED = int(os.environ.get("SEED", "20261121"))
MOMENTS = 200 if LONG else 20
STALL = 60.0 if LONG else 8.0
TAIL = 330 if LONG else 120     # what failed has at most five minutes to the next attempt
DAY = 24 * 3600
# Aware nearly a day ago: half of the early warning's time is over at the opening, and it
# falls due in the storm; of the notification's three days there is more than half left.
STEPS = [("early-warning", "50%"), ("early-warning", "due"), ("notification", "start")]


def rfc3339(at):
    ms = round(at * 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000)) + f".{ms % 1000:03d}Z"


class Storm:
    """Opens incidents until it is told to end. Each has a key, so that what was cut off is
    asked for again and opened once."""

    def __init__(self, tocsin, rng):
        self.tocsin, self.rng = tocsin, random.Random(rng.random())
        self.accepted = {}      # title -> id
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.ending.is_set():
            title = f"Incident no {len(self.accepted)}"
            body = {"title": title, "by": "j.doe",
                    "aware_at": rfc3339(time.time() - DAY + self.rng.uniform(1, 6))}
            while title not in self.accepted:
                with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
                    answer = self.tocsin.post("/v1/incidents", json.dumps(body), headers={
                        "Idempotency-Key": title.replace(" ", "-"),
                        "Content-Type": "application/json"})
                    assert answer.status == 201, answer
                    self.accepted[title] = answer.json["id"]
                time.sleep(0.05)

    def end(self):
        self.ending.set()
        self.thread.join(30)
        assert not self.thread.is_alive() and self.accepted


def kill_something(tocsin, rng):
    """SIGKILL for the daemon, for a courier, or for all at once. Says for what."""
    target = rng.choice(("daemon", "courier", "all"))
    couriers = sorted(tocsin.children())
    if target == "courier" and couriers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(rng.choice(couriers), signal.SIGKILL)
        return target
    if target == "all":
        tocsin.kill()
    else:
        target = "daemon"
        tocsin.process.send_signal(signal.SIGKILL)
        tocsin.process.wait()
    tocsin.start(wait=rng.random() < 0.7)       # or killed again while it starts
    return target


def slack_key(request):
    """Which step a message is of: a Slack webhook is given no id."""
    number, stage = re.match(r"#(\d+) nis2 (\S+) ", request.json["text"]).groups()
    step = re.search(r"\d of 3, at (start|50%|due)", str(request.json["blocks"])).group(1)
    return int(number), stage, step


def received_of(slack, hook, mailbox, deliveries):
    """How often each delivery has arrived, by its id."""
    by_step = {(d["incident"], d["stage"], d["step"]): d["id"] for d in deliveries
               if d["channel"] == "soc"}
    ids = [by_step[slack_key(r)] for r in slack.received]
    ids += [r.headers["webhook-id"] for r in hook.received]
    ids += [m["Message-ID"].strip("<>").split("@")[0] for _, m in mailbox.messages]
    return collections.Counter(ids)


def all_deliveries(tocsin):
    found, path = [], "/v1/deliveries?limit=1000"
    while True:
        page = tocsin.get(path).json
        found += page["deliveries"]
        if "next" not in page:
            return found
        path = f"/v1/deliveries?limit=1000&cursor={page['next']}"


def test_killed_at_random_moments_in_a_storm(daemon, slack, hook, mailbox):
    """Each step arrives on each channel at least once; twice only where an attempt was in
    flight when something died, and then under one id; and the journal verifies."""
    print(f"seed {SEED}, {MOMENTS} moments")
    rng = random.Random(SEED)
    slow = random.Random(SEED)

    def answer(request):
        time.sleep(slow.uniform(0, 0.05))
        return 200, b"ok", {}
    slack.answer = hook.answer = answer
    mailbox.stall = 0.02
    tocsin = daemon(started=False)
    tocsin.channels = channels(tocsin, slack=slack, hook=hook, mailbox=mailbox)
    tocsin.write()
    tocsin.start()
    began = time.monotonic()
    storm, killed = Storm(tocsin, rng), collections.Counter()
    try:
        for _ in range(MOMENTS):
            time.sleep(rng.uniform(0, 0.4))
            killed[kill_something(tocsin, rng)] += 1
    finally:
        storm.end()
    tocsin.wait_ready()
    incidents = {i["title"]: i["id"] for i in all_incidents(tocsin)}
    assert incidents == storm.accepted, "what was answered is there, once"

    expected = {(i, stage, step, channel) for i in incidents.values() for stage, step in STEPS
                for channel in ("soc", "hook", "mail")}

    def settled():
        steps = [d for d in all_deliveries(tocsin) if d["kind"] == "step"]
        return steps if len(steps) >= len(expected) and \
            all(d["state"] not in ("waiting", "sending") for d in steps) else None
    try:
        steps = wait_for("everything to be delivered", settled, TAIL)
    except AssertionError:
        left = [d for d in all_deliveries(tocsin) if d["state"] != "delivered"]
        raise AssertionError(f"{len(left)} are not delivered, the first {left[:3]}") from None
    keys = [(d["incident"], d["stage"], d["step"], d["channel"]) for d in steps]
    assert len(set(keys)) == len(keys), "one id for one step on one channel"
    assert set(keys) == expected, "every step, and no other"
    received = received_of(slack, hook, mailbox, steps)
    assert set(received) == {d["id"] for d in steps}
    twice = 0
    for d in steps:
        outcomes = collections.Counter(a.get("outcome") for a in d["attempts"])
        assert d["state"] == "delivered" and outcomes["delivered"] == 1, d
        # What is in flight when something dies may have arrived or not.
        assert 1 <= received[d["id"]] <= 1 + outcomes["ambiguous"], (received[d["id"]], d)
        twice += received[d["id"]] > 1
    verify_chain(tocsin.journal())
    in_flight = sum(a["outcome"] == "ambiguous" for d in steps for a in d["attempts"])
    print(f"{dict(killed)} killed; {len(incidents)} incidents, {len(steps)} deliveries, "
          f"{in_flight} attempts were in flight, {twice} arrived twice; "
          f"{time.monotonic() - began:.0f} s")
    assert in_flight > 0, "no moment was one that matters"


def test_a_relay_that_stalls_after_the_final_dot_delays_nobody(daemon, slack, mailbox):
    mailbox.stall = STALL
    tocsin = daemon(started=False)
    tocsin.channels = channels(tocsin, slack=slack, mailbox=mailbox).replace(
        'type = "email";', 'type = "email"; timeout = "PT2M";')
    tocsin.write()
    tocsin.start()
    began = time.monotonic()
    waits, rounds = [], 0
    while True:
        opened = time.monotonic()
        if opened - began > STALL - 1:
            break
        tocsin.open(f"Case {rounds}", aware=rfc3339(time.time()))
        rounds += 1
        slack.wait(2 * rounds)
        waits.append(slack.received[-1].at - opened)
        time.sleep(0.25)
    assert not mailbox.messages, "the relay has not answered yet"
    print(f"the relay stalls for {STALL:.0f} s; meanwhile Slack has {2 * rounds} messages, "
          f"the later of two {statistics.median(waits):.3f} s after the opening (median), "
          f"{max(waits):.3f} s at most")
    assert rounds > STALL and max(waits) < 3, waits
    mailbox.stall = 0.0
    mailbox.wait(2 * rounds, 60)
    wait_for("deliveries", lambda: all(d["state"] == "delivered" for d in all_deliveries(tocsin)))
    assert len(mailbox.messages) == 2 * rounds, "each mail once, however late the answer"
