"""A full disk: what was accepted stays, clocks run on, new work waits for room.

The store is on a small tmpfs; a filler file beside it is everybody else's data. The
tests run in a mount namespace of their own (run.sh), so that nothing stays mounted."""

import contextlib
import datetime
import json
import os
import subprocess
import time

import pytest

from harness import Tocsin, verify_chain, wait_for
from test_service import Notifications

KIB, MIB = 1024, 1024 * 1024
SIZE = 24 * MIB


class Disk:
    def __init__(self, directory):
        self.dir = directory
        self.filler = directory / "filler"
        directory.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", directory],
                       check=True)

    def free(self):
        stat = os.statvfs(self.dir)
        return stat.f_bavail * stat.f_frsize

    def fill(self, leave=0):
        """Takes what is free but for the rest."""
        with open(self.filler, "ab", buffering=0) as file, contextlib.suppress(OSError):
            while self.free() > leave:
                file.write(bytes(4 * KIB))

    def empty(self):
        self.filler.unlink()

    def close(self):
        subprocess.run(["umount", self.dir], check=True)


@pytest.fixture
def full(tmp_path):
    """A daemon on a small disk: full(floor=..., ballast=...)."""
    disk = Disk(tmp_path / "disk")
    made = []

    def make(floor, ballast, notify=None):
        tocsin = Tocsin(tmp_path)
        tocsin.disk = disk
        tocsin.store = disk.dir / "tocsin.db"
        tocsin.ballast = disk.dir / "tocsin.db-ballast"
        tocsin.accepted = {}        # key -> id of what was answered 2xx
        tocsin.write()
        tocsin.conf.write_text(tocsin.conf.read_text().replace(
            'disk_floor = "1MiB";', f'disk_floor = "{floor}"; ballast = "{ballast}";'))
        if notify:
            tocsin.environment = {"NOTIFY_SOCKET": notify.path, "WATCHDOG_USEC": "400000"}
        made.append(tocsin)
        return tocsin.start()

    yield make
    for tocsin in made:
        tocsin.close()
    disk.close()


def rfc3339(at):
    return datetime.datetime.fromtimestamp(at, datetime.timezone.utc).isoformat()


def offer(tocsin, key, size=4 * KIB):
    """Posts an alert that opens an incident; remembers whether that was promised."""
    answer = tocsin.post("/v1/alerts/custom", json.dumps(
        {"key": key, "title": f"Incident {key}", "description": "x" * size}), token="custom")
    if answer.status in (200, 201):
        tocsin.accepted[key] = answer.json["id"]
    return answer


def offer_until_refused(tocsin, name, most=2000):
    """New incidents, until the answer is the one for a full disk."""
    for n in range(most):
        answer = offer(tocsin, f"{name}-{n}")
        if answer.status != 201:
            break
        # The floor is looked at once a second: steady work, and no flood, stops there.
        time.sleep(0.1)
    assert answer.status == 507, answer
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["status"] == 507
    return n


def acknowledge(tocsin, key):
    return tocsin.post(f"/v1/incidents/{tocsin.accepted[key]}/acknowledgements",
                       {"by": "j.doe", "for": "PT1H"}).status


def file(tocsin, key):
    return tocsin.post(f"/v1/incidents/{tocsin.accepted[key]}/filings", {
        "regime": "nis2", "stage": "early-warning", "by": "j.doe", "recipient": "BSI",
        "reference": "R-1", "filed_at": rfc3339(time.time())}).status


def check_everything_is_there(tocsin):
    """After kill -9 and a start: each incident that was promised, and the chain."""
    tocsin.kill()
    tocsin.start()
    for key, number in tocsin.accepted.items():
        incident = tocsin.get(f"/v1/incidents/{number}").json
        assert (incident["key"], incident["title"]) == (key, f"Incident {key}")
        assert incident["clocks"]
    verify_chain(tocsin.journal())
    tocsin.client("verify")


def test_below_the_floor_clocks_run_and_new_work_waits(full):
    tocsin = full(floor="4MiB", ballast="2MiB")
    disk = tocsin.disk
    assert tocsin.ballast.stat().st_size == 2 * MIB
    assert offer(tocsin, "early").status == 201
    disk.fill(leave=5 * MIB)
    # Its early warning is due while the disk is full.
    soon = tocsin.open("Due soon", aware=rfc3339(time.time() - 86400 + 6))
    offer_until_refused(tocsin, "first")
    assert disk.free() > 3 * MIB, "there is room for the clocks"
    assert tocsin.ballast.exists(), "the ballast is for worse"

    assert tocsin.post("/v1/incidents", {"title": "By hand"}).status == 507
    assert acknowledge(tocsin, "early") == 201
    assert file(tocsin, "early") == 201
    assert tocsin.get("/healthz", token=None).status == 200
    assert tocsin.get("/readyz", token=None).status == 200, "store and couriers do work"
    wait_for("the step at due", lambda: [
        d for d in tocsin.deliveries(incident=soon["id"])
        if d["stage"] == "early-warning" and d["step"] == "due" and d["state"] == "delivered"])
    assert offer(tocsin, "still-low").status == 507

    disk.empty()
    wait_for("room to be noticed", lambda: offer(tocsin, "later").status == 201)
    check_everything_is_there(tocsin)


def test_on_a_full_disk_the_ballast_carries_the_clocks(full):
    tocsin = full(floor="1MiB", ballast="4MiB")
    disk = tocsin.disk
    for key in "one", "two":
        assert offer(tocsin, key).status == 201
    disk.fill()
    # Who comes first may find no room; giving up the ballast makes it for the next.
    wait_for("room for an acknowledgement", lambda: acknowledge(tocsin, "one") == 201)
    assert not tocsin.ballast.exists() and "gave up" in tocsin.log()
    assert file(tocsin, "one") == 201
    assert tocsin.get("/readyz", token=None).status == 200
    assert offer(tocsin, "refused").status == 507

    tocsin.kill()
    tocsin.start()
    assert offer(tocsin, "refused-too").status == 507, "a restart makes no room"
    assert file(tocsin, "two") == 201

    disk.empty()
    wait_for("the ballast to be made anew", lambda: offer(tocsin, "later").status == 201)
    assert tocsin.ballast.stat().st_size == 4 * MIB
    check_everything_is_there(tocsin)


def test_a_disk_that_is_full_to_the_last_byte_is_survived(full, tmp_path):
    """No floor, no ballast: nothing can be written, and nothing must break."""
    notify = Notifications(tmp_path)
    tocsin = full(floor="0KiB", ballast="0KiB", notify=notify)
    disk, pid = tocsin.disk, tocsin.process.pid
    offer(tocsin, "early")
    disk.fill()
    offer_until_refused(tocsin, "first")
    disk.fill()
    assert offer(tocsin, "refused").status == 507
    assert acknowledge(tocsin, "early") == 507, "not written, not promised"
    assert file(tocsin, "early") == 507
    assert tocsin.get("/healthz", token=None).status == 200
    assert tocsin.get("/readyz", token=None).status == 503
    assert tocsin.get("/v1/clocks").json["clocks"], "what is there can be read"
    # A restart would make no room and take the readable away.
    fed = notify.read().count("WATCHDOG=1")
    notify.wait("WATCHDOG=1", fed + 3)
    assert tocsin.process.poll() is None and tocsin.process.pid == pid

    disk.empty()
    wait_for("readiness", lambda: tocsin.get("/readyz", token=None).status == 200)
    assert "turns are committed again" in tocsin.log()
    assert offer(tocsin, "later").status == 201
    assert acknowledge(tocsin, "early") == 201
    assert file(tocsin, "early") == 201
    check_everything_is_there(tocsin)
