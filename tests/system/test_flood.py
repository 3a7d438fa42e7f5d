"""A source that floods: what comes over its limit is taken, counted and escalated as one
incident, and not one alert is lost or counted twice.

5,000 alerts belong to `make check`, 100,000 to `make check-long`."""

import collections
import contextlib
import hashlib
import http.client
import json
import os
import random
import threading
import time

from harness import LONG, verify_chain, wait_for
from test_durability import all_incidents
from test_main_job import channels, trust  # noqa: F401  (a fixture)

SEED = int(os.environ.get("SEED", "20261121"))
N = 100_000 if LONG else 5_000
BATCH = 500
REPEATED = 200                  # keys that come again and again
RATE, OPEN = 10, 20


def flooded(daemon, limit=f'rate = "{RATE}/PT1M"; open = {OPEN};', hook=None):
    """A daemon whose source "custom" has a limit."""
    tocsin = daemon(started=False)
    if hook is not None:
        tocsin.channels = '{ name = "screen"; type = "console"; }, ' + channels(tocsin, hook=hook)
        tocsin.extra = 'operations = [ "hook" ];'
        tocsin.write()
    text = tocsin.conf.read_text()
    named = '{ name = "custom"; format = "generic";'
    assert named in text
    tocsin.conf.write_text(text.replace(named, f"{named} limit = {{ {limit} }};"))
    return tocsin.start()


def post(tocsin, alerts, **kw):
    return tocsin.post("/v1/alerts/custom", alerts, token="custom", **kw)


def alert(key, title="Flood"):
    return {"key": key, "title": title, "severity": "high"}


def batches(n):
    """Half of the alerts are of a few keys, the others of one each, in random order."""
    rng = random.Random(SEED)
    keys = [f"again-{rng.randrange(REPEATED)}" for _ in range(n // 2)]
    keys += [f"once-{i}" for i in range(n - n // 2)]
    rng.shuffle(keys)
    return [keys[i:i + BATCH] for i in range(0, n, BATCH)], collections.Counter(keys)


def cpu(pid):
    """Seconds of CPU of a process so far."""
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def storm_keys(tocsin, incident):
    keys, path = [], f"/v1/incidents/{incident}/storm?limit=1000"
    cursor = ""
    while True:
        page = tocsin.get(path + cursor).json
        keys += page["keys"]
        if "next" not in page:
            return keys
        cursor = f"&cursor={page['next']}"


def check_counts(tocsin, sent):
    """Each alert is in one incident; of the storms the keys, the journal and the digest say
    the same."""
    incidents = all_incidents(tocsin)
    storms = [i for i in incidents if i.get("storm")]
    assert sum(i["alerts"] for i in incidents) == sum(sent.values())
    said = collections.Counter()
    for line in tocsin.lines("alerts.storm"):
        said[line["incident"]] += line["alerts"]
    counted = collections.Counter()
    for storm in storms:
        overflow = tocsin.get(f"/v1/incidents/{storm['id']}").json["overflow"]
        keys = storm_keys(tocsin, storm["id"])
        assert overflow["alerts"] == storm["alerts"] == said[storm["id"]]
        assert overflow["keys"] == len(keys) == len({k["key"] for k in keys})
        assert sum(k["alerts"] for k in keys) + overflow["unlisted"] == storm["alerts"]
        assert overflow["top"][0]["alerts"] == max(k["alerts"] for k in keys)
        counted.update({k["key"]: k["alerts"] for k in keys})
    for i in incidents:
        if not i.get("storm"):
            counted[i["key"]] += i["alerts"]
    for key, n in counted.items():
        assert n <= sent[key], key
    return incidents, storms, counted


def test_a_flood_is_a_handful_of_incidents(daemon, hook):
    tocsin = flooded(daemon, hook=hook)
    work, sent = batches(N)
    before, began = cpu(tocsin.process.pid), time.monotonic()
    todo, overflowed, lock = list(reversed(work)), [0], threading.Lock()

    def worker():
        connection = tocsin.connection()
        while True:
            with lock:
                if not todo:
                    break
                keys = todo.pop()
            answer = post(tocsin, [alert(k) for k in keys], connection=connection)
            assert answer.status == 200 and answer.json["accepted"] == len(keys), answer
            with lock:
                overflowed[0] += answer.json.get("overflowed", 0)
        connection.close()
    workers = [threading.Thread(target=worker) for _ in range(4)]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    took, burned = time.monotonic() - began, cpu(tocsin.process.pid) - before
    time.sleep(1.1)         # what the journal has still to say
    incidents, storms, counted = check_counts(tocsin, sent)
    assert len(storms) == 1 and len(incidents) <= OPEN + 1, len(incidents)
    storm = storms[0]
    assert storm["alerts"] == overflowed[0] and storm["title"] == "Storm from custom"
    assert storm["state"] == "open" and storm["severity"] == "high" and "key" not in storm
    assert {c["stage"] for c in storm["clocks"] if c["state"] == "running"} >= \
        {"early-warning", "notification"}
    wait_for("the notice", lambda: [d["state"] for d in tocsin.deliveries()
                                    if d["kind"] == "operations" and d["step"] == "storm"] == ["delivered"])
    assert any(b"Storm from custom" in r.body for r in hook.received)
    lines = tocsin.lines("alerts.storm")
    assert len(lines) <= took + 3, "a line a second"
    verify_chain(tocsin.journal())
    size = tocsin.store.stat().st_size
    print(f"{N} alerts in {took:.1f} s, {burned * 1e6 / N:.0f} us of CPU each; {len(incidents)} incidents, "
          f"{storm['alerts']} in the storm, {len(lines)} lines; the store has {size / 2**20:.0f} MiB")


def test_what_the_answers_and_the_journal_say(daemon):
    tocsin = flooded(daemon, limit='rate = "1/PT1H";')
    assert post(tocsin, alert("a")).status == 201
    bodies = [json.dumps(alert(k, t)).encode() for k, t in
              (("b", "Ransomware"), ("c", "Beacon"), ("b", "Ransomware again"))]
    begun = post(tocsin, bodies[0])
    assert begun.status == 201 and begun.json["storm"] is True and begun.json["alerts"] == 1
    storm = begun.json["id"]
    joined = post(tocsin, bodies[1])
    assert joined.status == 200 and joined.json["id"] == storm and joined.json["alerts"] == 2
    assert post(tocsin, bodies[2]).json["alerts"] == 3
    # A sender cannot name it, whatever its key.
    assert "key" not in begun.json
    several = post(tocsin, [alert("a"), alert("d"), alert("b")]).json
    assert several["accepted"] == 3 and several["overflowed"] == 2
    assert [(i["id"], i.get("storm"), i["opened"]) for i in several["incidents"]] == \
        [(begun.json["id"] - 1, None, False), (storm, True, False)]
    # The digest is chained over the bodies as they came.
    wait_for("the journal", lambda: sum(r["alerts"] for r in tocsin.lines("alerts.storm")) == 5)
    digest = "0" * 64
    bodies += [json.dumps(alert(k)).encode() for k in ("d", "b")]
    for body in bodies:
        digest = hashlib.sha256(digest.encode() + b"\n" + body + b"\n").hexdigest()
    document = tocsin.get(f"/v1/incidents/{storm}").json
    assert document["overflow"]["alerts_sha256"] == digest
    assert tocsin.lines("alerts.storm")[-1]["alerts_sha256"] == digest
    assert tocsin.lines("alerts.storm")[0]["samples"][0] == {"key": "b", "title": "Ransomware"}
    keys = storm_keys(tocsin, storm)
    assert [(k["key"], k["title"], k["alerts"]) for k in keys] == \
        [("b", "Ransomware", 3), ("c", "Beacon", 1), ("d", "Flood", 1)]
    page = tocsin.get(f"/v1/incidents/{storm}/storm?limit=2").json
    assert [k["key"] for k in page["keys"]] == ["b", "c"]
    rest = tocsin.get(f"/v1/incidents/{storm}/storm?limit=2&cursor={page['next']}").json
    assert [k["key"] for k in rest["keys"]] == ["d"] and "next" not in rest
    assert tocsin.get(f"/v1/incidents/{storm - 1}/storm").status == 404
    assert tocsin.get(f"/v1/incidents/{storm}/storm", token="custom").status == 403
    shown = tocsin.client("show", storm).stdout
    assert "storm, going on" in shown and "5 alerts" in shown and "Beacon" in shown
    # Only people end it.
    dismissal = {"by": "j.doe", "basis": "a test"}
    assert tocsin.post(f"/v1/incidents/{storm}/dismissal", dismissal).json["state"] == "dismissed"
    again = post(tocsin, alert("b"))
    assert again.status == 201 and again.json["id"] != storm and again.json["storm"]


def test_so_many_keys_are_kept_and_the_others_counted(daemon):
    tocsin = flooded(daemon, limit="open = 1;")
    keys = ["first", *(f"key-{i}" for i in range(10_100)), "key-17", "key-10050"]
    for i in range(0, len(keys), BATCH):
        assert post(tocsin, [alert(k) for k in keys[i:i + BATCH]]).json["accepted"] > 0
    time.sleep(1.1)
    incidents, storms, counted = check_counts(tocsin, collections.Counter(keys))
    assert len(incidents) == 2 and storms[0]["alerts"] == 10_102
    overflow = tocsin.get(f"/v1/incidents/{storms[0]['id']}").json["overflow"]
    assert overflow["keys"] == 10_000 and overflow["unlisted"] == 100 + 1
    assert counted["key-17"] == 2 and "key-10050" not in counted
    assert [k["key"] for k in overflow["top"]] == ["key-17", *(f"key-{i}" for i in range(17)), "key-18", "key-19"]


def test_similar_ones_are_named_and_not_merged(tocsin):
    first = post(tocsin, alert("1", "Ransomware on web01")).json
    second = post(tocsin, alert("2", "ransomware on web02 (10.0.0.7)")).json
    assert "similar" not in first and second["similar"] == [first["id"]]
    assert second["id"] != first["id"] and first["alerts"] == second["alerts"] == 1
    by_hand = tocsin.open("Ransomware on web-7")
    assert by_hand["similar"] == [second["id"], first["id"]]
    assert tocsin.get(f"/v1/incidents/{by_hand['id']}").json["similar"] == by_hand["similar"]
    assert tocsin.lines("incident.opened")[-1]["similar"] == by_hand["similar"]
    assert f"similar to   {second['id']}, {first['id']}" in tocsin.client("show", by_hand["id"]).stdout


def test_killed_in_a_flood_it_counts_each_alert_once(daemon):
    """kill -9 at random moments; what was not answered is asked again under its key."""
    tocsin = flooded(daemon)
    rng = random.Random(SEED)
    work, sent = batches(5_000)
    ending, done = threading.Event(), []

    def sender():
        for n, keys in enumerate(work):
            while True:
                with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
                    answer = post(tocsin, [alert(k) for k in keys],
                                  headers={"Idempotency-Key": f"batch-{n}"})
                    if answer.status == 200:
                        done.append(answer.json["accepted"])
                        break
                time.sleep(0.05)
            time.sleep(rng.uniform(0, 0.3))
        ending.set()
    thread = threading.Thread(target=sender)
    thread.start()
    kills = 0
    while not ending.wait(rng.uniform(0.02, 0.6)):
        tocsin.kill()
        tocsin.start()
        kills += 1
    thread.join()
    assert sum(done) == sum(sent.values())
    time.sleep(1.1)
    incidents, storms, counted = check_counts(tocsin, sent)
    assert len(storms) == 1 and len(incidents) <= OPEN + 1
    assert counted == sent, "each key as often as it was sent"
    verify_chain(tocsin.journal())
    print(f"{kills} kills; {len(incidents)} incidents, {storms[0]['alerts']} alerts in the storm")
