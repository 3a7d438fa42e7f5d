"""The daemon as a service: readiness, watchdog, reload, stop, socket activation."""

import os
import signal
import socket
import subprocess
import sys
import time

from harness import COURIERS, DATA, TOCSIND, TOKENS, wait_for
from test_main_job import channels, trust  # noqa: F401  (a fixture)


class Notifications:
    """The socket of sd_notify."""

    def __init__(self, directory):
        self.path = str(directory / "notify.sock")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(0.05)
        self.lines = []

    def read(self):
        try:
            while True:
                self.lines += self.socket.recv(4096).decode().splitlines()
        except socket.timeout:
            pass
        return self.lines

    def wait(self, line, n=1):
        wait_for(line, lambda: self.read().count(line) >= n)


def test_ready_watchdog_reload_stop(daemon, tmp_path):
    tocsin = daemon(started=False)
    notify = Notifications(tmp_path)
    tocsin.environment = {"NOTIFY_SOCKET": notify.path, "WATCHDOG_USEC": "400000"}
    tocsin.start(wait=False)
    notify.wait("READY=1")
    assert tocsin.get("/readyz", token=None).status == 200, "ready means ready"
    notify.wait("WATCHDOG=1", 3)
    tocsin.process.send_signal(signal.SIGHUP)
    notify.wait("READY=1", 2)
    assert "RELOADING=1" in notify.lines
    assert any(line.startswith("MONOTONIC_USEC=") for line in notify.lines)
    assert tocsin.stop() == 0
    notify.wait("STOPPING=1")
    assert not os.path.exists(tocsin.socket)


def test_not_ready_when_a_courier_cannot_start(daemon):
    tocsin = daemon(started=False)
    tocsin.channels = '{ name = "soc"; type = "slack"; url = "file:%s/missing.url"; }' % tocsin.dir
    tocsin.write()
    tocsin.start(wait=False)
    assert tocsin.process.wait(20) == 1
    assert "missing.url" in tocsin.log()


def test_reload_swaps_or_changes_nothing(daemon, slack, hook):
    tocsin = daemon(started=False)
    tocsin.channels = channels(tocsin, slack=slack)
    tocsin.write()
    tocsin.start()
    (old,) = tocsin.children()

    good = tocsin.conf.read_text()
    tocsin.conf.write_text(good.replace('name = "default"', 'name = "defualt"'))
    tocsin.process.send_signal(signal.SIGHUP)
    wait_for("a refusal", lambda: "reload refused, nothing has changed" in tocsin.log())
    assert f"{tocsin.conf}:" in tocsin.log(), "the place of the error is named"
    assert tocsin.children() == [old]

    # A secret that is missing is found by the new courier, before anything is swapped.
    tocsin.channels = channels(tocsin, hook=hook)
    tocsin.write()
    os.rename(tocsin.dir / "hook.url", tocsin.dir / "hook.gone")
    tocsin.process.send_signal(signal.SIGHUP)
    wait_for("a second refusal", lambda: tocsin.log().count("nothing has changed") >= 2)
    tocsin.open("Before the reload")
    slack.wait(2)

    os.rename(tocsin.dir / "hook.gone", tocsin.dir / "hook.url")
    tocsin.process.send_signal(signal.SIGHUP)
    wait_for("the reload", lambda: "reloaded" in tocsin.log())
    wait_for("the old courier to leave", lambda: old not in tocsin.children())
    tocsin.open("After the reload")
    hook.wait(2)
    assert len(slack.received) == 2
    assert len(tocsin.lines("daemon.reloaded")) == 1


def test_what_needs_a_restart_is_named(tocsin):
    text = tocsin.conf.read_text().replace(f"port = {tocsin.port}", "port = 1")
    tocsin.conf.write_text(text)
    tocsin.process.send_signal(signal.SIGHUP)
    wait_for("the warning", lambda: "needs a restart" in tocsin.log())
    assert "listen" in tocsin.log()
    assert tocsin.get("/healthz", token=None).status == 200


def test_stop_finishes_what_is_in_flight(daemon, slack):
    slack.script = [("hang", 1.0, {})] * 2
    tocsin = daemon(started=False)
    tocsin.channels = channels(tocsin, slack=slack)
    tocsin.write()
    tocsin.start()
    tocsin.open()
    slack.wait(1)
    began = time.monotonic()
    assert tocsin.stop() == 0
    assert time.monotonic() - began < 15
    assert "in flight" not in tocsin.log()


def test_downtime_is_admitted(daemon):
    tocsin = daemon()
    tocsin.open()
    tocsin.kill()
    time.sleep(1.1)
    tocsin.start()
    started = tocsin.lines("daemon.started")
    assert len(started) == 2
    assert started[1]["down_s"] >= 1 and "missed_total" in started[1]


def test_second_daemon_on_the_same_store_is_refused(tocsin, daemon):
    other = daemon(started=False)
    other.store = tocsin.store
    other.write()
    other.start(wait=False)
    assert other.process.wait(30) == 1
    assert "in use" in other.log()


def test_socket_activation(daemon, tmp_path):
    tocsin = daemon(started=False, unix=False)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", tocsin.port))
    listener.listen(16)
    early = socket.create_connection(("127.0.0.1", tocsin.port))    # before the daemon runs
    early.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    log = open(tocsin.log_path, "ab")
    as_systemd = ("import os, sys; os.dup2(int(sys.argv[1]), 3); "
                  "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1'); "
                  "os.execv(sys.argv[2], sys.argv[2:])")
    tocsin.process = subprocess.Popen(
        [sys.executable, "-c", as_systemd, str(listener.fileno()),
         TOCSIND, "-c", tocsin.conf, "-d", DATA, "-l", COURIERS],
        stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[listener.fileno()])
    log.close()
    tocsin.wait_ready()
    early.settimeout(10)
    assert early.recv(100).startswith(b"HTTP/1.1 200")
    early.close()
    listener.close()


def test_couriers_do_not_inherit_the_services_environment(daemon, tmp_path):
    tocsin = daemon(started=False)
    notify = Notifications(tmp_path)
    tocsin.environment = {"NOTIFY_SOCKET": notify.path, "LISTEN_FDS": "0"}
    tocsin.start(wait=False)
    notify.wait("READY=1")
    (courier,) = tocsin.children()
    with open(f"/proc/{courier}/environ", "rb") as f:
        environment = f.read()
    assert b"NOTIFY_SOCKET" not in environment and b"LISTEN_" not in environment


def test_check_and_version(daemon):
    tocsin = daemon(started=False)
    run = subprocess.run([TOCSIND, "-t", "-c", tocsin.conf, "-d", DATA], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    tocsin.conf.write_text(tocsin.conf.read_text() + "\nstroe = { };\n")
    line = len(tocsin.conf.read_text().splitlines())
    run = subprocess.run([TOCSIND, "-t", "-c", tocsin.conf, "-d", DATA], capture_output=True, text=True)
    assert run.returncode == 1
    assert f"{tocsin.conf}:{line}: " in run.stderr and "store" in run.stderr
    run = subprocess.run([TOCSIND, "-V", "-d", DATA], capture_output=True, text=True)
    assert run.returncode == 0 and "nis2/2026-11-21" in run.stdout


def test_inline_secret_is_refused(daemon):
    tocsin = daemon(started=False)
    text = tocsin.conf.read_text().replace(f"file:{tocsin.dir}/ops.token", TOKENS["ops"])
    tocsin.conf.write_text(text)
    run = subprocess.run([TOCSIND, "-t", "-c", tocsin.conf, "-d", DATA], capture_output=True, text=True)
    assert run.returncode == 1
    assert "file:" in run.stderr and TOKENS["ops"] not in run.stderr




def test_the_log_says_what_was_opened_and_what_is_overdue(tocsin):
    """Without the title, which is anybody's text. Aware three days ago: the early warning
    is overdue at once, and its step late."""
    aware = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3 * 86400))
    number = tocsin.open("Jane Roe's laptop", aware=aware)["id"]
    wait_for("the opening", lambda: f"<5>incident: incident {number} of acme-energy was "
             "opened by token:ops: open" in tocsin.log())
    wait_for("the overdue clock", lambda: f"<4>alarm: incident {number} of acme-energy, "
             "nis2 early-warning: is overdue, and nothing is filed" in tocsin.log())
    assert f"incident {number} of acme-energy, nis2 early-warning: step " in tocsin.log()
    opened = [line for line in tocsin.log().splitlines() if ">incident: " in line]
    assert len(opened) == 1 and "Jane" not in opened[0]


def test_a_storm_does_not_flood_the_log(tocsin):
    """What is left out is counted; the journal has them all."""
    alerts = [{"key": f"k{n}", "title": f"case {n}"} for n in range(60)]
    answer = tocsin.post("/v1/alerts/custom", alerts, token="custom")
    assert answer.json["accepted"] == 60
    wait_for("the count", lambda: "more such lines of this turn" in tocsin.log())
    said = tocsin.log().count(" was opened by source:custom")
    assert said == 16
    assert "<5>engine: and 44 more such lines" in tocsin.log()
    assert len(tocsin.lines("incident.opened")) == 60
