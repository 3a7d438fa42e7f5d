"""Accepted means durable: kill -9 at any moment loses and doubles nothing."""

import json
import random
import threading
import time

from harness import UnixConnection, verify_chain, wait_for
from test_main_job import channels, trust  # noqa: F401  (a fixture)


class Load:
    """Posts incidents over many connections and remembers what was answered 2xx."""

    def __init__(self, tocsin, first, n, connections=64):
        self.tocsin = tocsin
        self.numbers = iter(range(first, first + n))
        self.lock = threading.Lock()
        self.accepted = {}      # key -> incident id
        self.threads = [threading.Thread(target=self.run) for _ in range(connections)]

    def run(self):
        connection = self.tocsin.connection()
        while True:
            with self.lock:
                number = next(self.numbers, None)
            if number is None:
                break
            try:
                answer = self.tocsin.post("/v1/alerts/custom", json.dumps(
                    {"key": f"k{number}", "title": f"Incident {number}"}),
                    token="custom", connection=connection)
            except (OSError, ValueError) as e:      # http.client's errors are of both kinds
                self.error = e
                break
            except Exception:                        # killed in the middle of an answer
                break
            if answer.status in (200, 201):
                with self.lock:
                    self.accepted[f"k{number}"] = answer.json["id"]
        connection.close()


def all_incidents(tocsin):
    found, path = [], "/v1/incidents?state=all&limit=1000"
    while True:
        page = tocsin.get(path).json
        found += page["incidents"]
        if "next" not in page:
            return found
        path = f"/v1/incidents?state=all&limit=1000&cursor={page['next']}"


def test_kill_under_load_ten_times(daemon):
    """1,000 incidents over 64 connections, kill -9 at a random moment, ten times."""
    tocsin = daemon(policies='''policies = ( { name = "default";
        steps = ( { at = "due"; to = [ "screen" ]; } ); } );''')
    rng = random.Random(20261121)
    accepted, sent = {}, 0
    for _ in range(10):
        load = Load(tocsin, sent, 1000)
        sent += 1000
        for thread in load.threads:
            thread.start()
        enough = rng.randrange(50, 900)
        wait_for("some answers", lambda: len(load.accepted) >= enough or
                 not any(t.is_alive() for t in load.threads))
        time.sleep(rng.random() / 100)
        tocsin.kill()
        for thread in load.threads:
            thread.join(20)
            assert not thread.is_alive()
        accepted.update(load.accepted)
        tocsin.start()
    incidents = all_incidents(tocsin)
    by_key = {}
    for incident in incidents:
        assert incident["key"] not in by_key, "an incident is there twice"
        by_key[incident["key"]] = incident["id"]
    missing = {k: i for k, i in accepted.items() if by_key.get(k) != i}
    assert not missing, f"{len(missing)} of {len(accepted)} are lost"
    print(f"{len(accepted)} accepted, {len(incidents)} there")
    verify_chain(tocsin.journal())


def test_escalation_survives_kill(daemon, slack, mailbox):
    """Both receivers are down; the daemon and its couriers are killed; afterwards each
    step arrives on each channel, under the id it had before."""
    slack.script = [("reset", b"", {})] * 1000
    mailbox.answers["DATA"] = "451 try again later"
    tocsin = daemon(started=False)
    tocsin.channels = channels(tocsin, slack=slack, mailbox=mailbox)
    tocsin.write()
    tocsin.start()
    tocsin.open(aware=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    wait_for("attempts on both channels", lambda: {
        d["channel"] for d in tocsin.deliveries() if d["attempts"]} == {"soc", "mail"})
    before = {d["id"]: (d["channel"], d["stage"], d["step"]) for d in tocsin.deliveries()}
    assert len(before) == 4
    tocsin.kill()

    slack.script.clear()
    mailbox.answers.clear()
    tocsin.start()
    wait_for("all delivered", lambda: all(
        d["state"] == "delivered" for d in tocsin.deliveries()), 60)
    after = {d["id"]: (d["channel"], d["stage"], d["step"]) for d in tocsin.deliveries()}
    assert after == before
    ids = [m["Message-ID"] for _, m in mailbox.messages]
    assert len(set(ids)) == 2
    for delivery in before:
        if before[delivery][0] == "mail":
            assert any(delivery in i for i in ids)
    verify_chain(tocsin.journal())


def test_courier_is_started_again(daemon, slack):
    import os
    import signal
    tocsin = daemon(started=False)
    tocsin.channels = channels(tocsin, slack=slack)
    tocsin.write()
    tocsin.start()
    (courier,) = tocsin.children()
    os.kill(courier, signal.SIGKILL)
    wait_for("another courier", lambda: tocsin.children() not in ([], [courier]))
    tocsin.wait_ready()
    tocsin.open()
    slack.wait(2)


def test_idempotency_key(tocsin):
    keys = {"title": "Once", "aware_at": "2026-11-21T08:17:00Z"}
    headers = {"Idempotency-Key": "abc-1"}
    first = tocsin.post("/v1/incidents", keys, headers=headers)
    again = tocsin.post("/v1/incidents", keys, headers=headers)
    assert first.status == again.status == 201
    assert first.json["id"] == again.json["id"]
    other = tocsin.post("/v1/incidents", {**keys, "title": "Twice"}, headers=headers)
    assert other.status == 422
    assert len(all_incidents(tocsin)) == 1


def test_unix_socket_names_the_actor(tocsin):
    connection = UnixConnection(tocsin.socket)
    answer = tocsin.request("POST", "/v1/incidents", {"title": "By hand"}, unix=True)
    connection.close()
    assert answer.status == 201
    import os
    assert tocsin.lines("incident.opened")[0]["actor"] == f"uid:{os.getuid()}"
