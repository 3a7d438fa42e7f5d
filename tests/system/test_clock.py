"""The daemon's watch over its own clocks, with clocks that the test moves."""

import mmap
import shutil
import struct
import subprocess

import pytest

from harness import TOP, verify_chain
from test_drill import now


class Clocks:
    """What the daemon sees beside the real clocks: see clock_shim.c."""

    def __init__(self, path):
        path.write_bytes(bytes(24))
        with open(path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 24)
        self.stepped = self.slept = self.sync = 0

    def show(self, **changes):
        for name, value in changes.items():
            setattr(self, name, value)
        self.map[:] = struct.pack("=3q", self.stepped, self.slept, self.sync)


@pytest.fixture
def clocked(daemon, tmp_path):
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    shim, shown = tmp_path / "clock_shim.so", tmp_path / "clocks"
    subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", shim,
                    TOP / "tests/system/clock_shim.c"], check=True)
    clocks = Clocks(shown)
    tocsin = daemon(started=False)
    tocsin.environment = {"LD_PRELOAD": str(shim), "CLOCK_SHIM": str(shown),
                          "ASAN_OPTIONS": "verify_asan_link_order=0"}
    return tocsin.start(), clocks


def record(tocsin, id, type):
    answer = tocsin.post(f"/v1/incidents/{id}/events", {
        "type": type, "at": now(), "by": "j.doe", "basis": "a test"})
    assert answer.status == 201, answer
    return tocsin.lines("event.recorded")[-1]


def test_steps_and_sleep_are_told_before_what_follows_from_them(clocked):
    tocsin, clocks = clocked
    id = tocsin.open(aware=now())["id"]
    clocks.show(slept=13 * 3600)
    record(tocsin, id, "recovered")
    slept = tocsin.lines("time.suspended")
    assert len(slept) == 1 and abs(slept[0]["for_s"] - 13 * 3600) <= 1
    fired = [line for line in tocsin.lines("step.fired") if line["step"] == "50%"]
    assert fired[0]["stage"] == "early-warning" and 3590 < fired[0]["late_s"] < 3620
    assert slept[0]["seq"] < fired[0]["seq"]

    clocks.show(stepped=12 * 3600)
    record(tocsin, id, "impact-ended")
    stepped = tocsin.lines("time.stepped")
    assert len(stepped) == 1 and abs(stepped[0]["by_ms"] - 12 * 3600 * 1000) < 1000
    due = [line for line in tocsin.lines("step.fired") if line["step"] == "due"]
    assert due[0]["stage"] == "early-warning" and stepped[0]["seq"] < due[0]["seq"]
    assert len(tocsin.lines("time.suspended")) == 1
    assert "the wall clock was set ahead" in tocsin.log()
    verify_chain(tocsin.journal())


def test_what_the_kernel_says_is_on_record(clocked):
    tocsin, clocks = clocked
    assert tocsin.get("/v1/status").json["clock"] == {
        "state": "synchronised", "estimated_error_us": 1234}
    assert "synchronised, error about 1234 us" in tocsin.client("ping").stdout
    id = tocsin.open(aware=now())["id"]
    assert "clock" not in record(tocsin, id, "recovered")
    clocks.show(sync=1)
    assert record(tocsin, id, "impact-ended")["clock"] == "unsynchronised"
    assert tocsin.get("/v1/status").json["clock"] == {"state": "unsynchronised"}
    clocks.show(sync=2)
    opened = tocsin.open(title="By an unknown clock", aware=now())
    assert tocsin.get("/v1/status").json["clock"] == {"state": "unknown"}
    line = tocsin.lines("incident.opened")[-1]
    assert line["incident"] == opened["id"] and line["clock"] == "unknown"
    kinds = [line["kind"] for line in tocsin.lines() if line["kind"].startswith("time.")]
    assert kinds == ["time.unsynchronised", "time.unknown"]
    tocsin.stop()
    tocsin.start()
    assert tocsin.lines("daemon.started")[-1]["clock"] == "unknown"


def test_a_clock_set_back_while_away_is_told_at_the_start(clocked):
    tocsin, clocks = clocked
    tocsin.open(aware=now())
    tocsin.stop()
    clocks.show(stepped=-2 * 3600)
    tocsin.start()
    stepped = tocsin.lines("time.stepped")
    assert len(stepped) == 1 and stepped[0]["while"] == "down"
    assert abs(stepped[0]["by_ms"] + 2 * 3600 * 1000) < 60000
    assert tocsin.lines("daemon.started")[-1]["seq"] < stepped[0]["seq"]
    told = [d for d in tocsin.deliveries() if d.get("step") == "clock-stepped"]
    assert len(told) == 1 and "incident" not in told[0], told
    assert "the wall clock is behind the last time we ran" in tocsin.log()
    # The next start stands where the clock stands now.
    tocsin.stop()
    tocsin.start()
    assert len(tocsin.lines("time.stepped")) == 1
    verify_chain(tocsin.journal())
