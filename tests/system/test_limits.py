"""Crowds and floods: nothing on the network makes the daemon fall, spin, swell or lose."""

import contextlib
import http.client
import os
import re
import resource
import select
import signal
import socket
import threading
import time

import pytest

from harness import TOCSIND, TOKENS, wait_for

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
AUTH = b"Authorization: Bearer " + TOKENS["custom"].encode() + b"\r\n"

SLACK = (b"Content-Type: application/x-www-form-urlencoded\r\n"
         b"X-Slack-Signature: v0=0\r\nX-Slack-Request-Timestamp: 0\r\n")


def post(path=b"/v1/alerts/custom", length=0, auth=AUTH):
    return (b"POST " + path + b" HTTP/1.1\r\nHost: x\r\n" + auth +
            b"Content-Length: %d\r\n\r\n" % length)


def memory(tocsin, what="VmRSS"):
    """Bytes that the daemon holds, without its couriers."""
    with open(f"/proc/{tocsin.process.pid}/status") as f:
        return 1024 * int(re.search(rf"{what}:\s*(\d+)", f.read()).group(1))


def cpu_seconds(tocsin):
    with open(f"/proc/{tocsin.process.pid}/stat") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def crowd(tocsin, n):
    sockets = []
    try:
        for _ in range(n):
            sockets.append(socket.create_connection(("127.0.0.1", tocsin.port), timeout=10))
        yield sockets
    finally:
        for s in sockets:
            s.close()


def pump(sockets, data, seconds, want_all=False):
    """Sends the data again and again into each, reads nothing."""
    end = time.monotonic() + seconds
    places = {s: 0 for s in sockets}
    for s in sockets:
        s.setblocking(False)
    while places and time.monotonic() < end:
        _, writable, _ = select.select([], list(places)[:500], [], 0.05)
        if not writable and not want_all:
            return
        for s in writable:
            try:
                sent = s.send(data[places[s]:])
                places[s] = (places[s] + sent) % len(data)
                if want_all and places[s] == 0:
                    del places[s]
            except BlockingIOError:
                continue
            except OSError:
                del places[s]


# ---- the end ------------------------------------------------------------------------------

def test_a_stop_under_load_resets_nobody(daemon):
    """Fresh connections, one for each request: each is served, told 503, or refused. None
    that was made ends without an answer."""
    tocsin = daemon()
    outcomes, stop = [], threading.Event()

    def keep_posting(worker):
        n = 0
        while not stop.is_set():
            n += 1
            try:
                s = socket.create_connection(("127.0.0.1", tocsin.port), timeout=5)
            except (ConnectionRefusedError, socket.timeout):
                outcomes.append("refused")
                time.sleep(0.01)
                continue
            body = b'{"key":"%d-%d","title":"under load"}' % (worker, n)
            try:
                s.sendall(post(length=len(body)) + body)
                received = s.recv(65536)
                outcomes.append(received[9:12].decode() or "nothing")
            except OSError as e:
                outcomes.append(type(e).__name__)
            finally:
                s.close()

    threads = [threading.Thread(target=keep_posting, args=(k,)) for k in range(16)]
    for t in threads:
        t.start()
    wait_for("some load", lambda: outcomes.count("201") > 200)
    tocsin.process.send_signal(signal.SIGTERM)
    assert tocsin.process.wait(20) == 0
    time.sleep(0.2)
    stop.set()
    for t in threads:
        t.join()
    assert set(outcomes) <= {"201", "503", "refused"}, {o: outcomes.count(o) for o in set(outcomes)}
    assert "refused" in outcomes
    tocsin.start()
    cursor, found = "", 0
    while cursor is not None:
        page = tocsin.get("/v1/incidents?state=all&limit=1000" + cursor).json
        found += len(page["incidents"])
        cursor = f"&cursor={page['next']}" if "next" in page else None
    assert found >= outcomes.count("201")


def test_a_stop_takes_a_moment_for_those_who_wait(daemon):
    tocsin = daemon()
    with crowd(tocsin, 50) as idle:
        for s in idle[:25]:
            s.sendall(GET)
            assert s.recv(4096).startswith(b"HTTP/1.1 200")
        began = time.monotonic()
        tocsin.process.send_signal(signal.SIGTERM)
        wait_for("the stop", lambda: "stopping (SIGTERM)" in tocsin.log())
        # One that speaks up in that moment is served.
        idle[0].sendall(GET)
        answer = idle[0].recv(4096)
        assert answer.startswith(b"HTTP/1.1 200") and b"Connection: close" in answer
        for s in idle[1:]:
            assert s.recv(4096) == b""
        assert tocsin.process.wait(10) == 0
        assert time.monotonic() - began < 3


# ---- descriptors, connections -----------------------------------------------------------------

def test_without_descriptors_it_waits_quietly(daemon):
    tocsin = daemon(started=False)
    tocsin.start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))
    before = cpu_seconds(tocsin)
    with crowd(tocsin, 150) as sockets:
        time.sleep(2)
        assert cpu_seconds(tocsin) - before < 0.3
        complaints = [line for line in tocsin.log().splitlines() if "cannot accept" in line]
        assert len(complaints) == 1, complaints
        # Those that have a place are served meanwhile.
        sockets[0].sendall(GET)
        assert sockets[0].recv(4096).startswith(b"HTTP/1.1 200")
    assert wait_for("a free descriptor", lambda: tocsin.get("/healthz", token=None).status == 200)


def test_a_client_gone_while_its_commit_runs(tocsin):
    """Reset, closed, half-closed, in the middle of a batch of commits."""
    for n in range(300):
        body = b'{"key":"gone-%d","title":"gone"}' % n
        s = socket.create_connection(("127.0.0.1", tocsin.port))
        s.sendall(post(length=len(body)) + body)
        if n % 3 == 0:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        elif n % 3 == 1:
            s.shutdown(socket.SHUT_WR)
        s.close()
    assert tocsin.post("/v1/alerts/custom", {"title": "still here"}, token="custom").status == 201
    # A reset may overtake its request; what was closed in order has all arrived.
    sure = {f"gone-{n}" for n in range(300) if n % 3}
    wait_for("those that were closed", lambda: sure <= {
        i.get("key") for i in tocsin.get("/v1/incidents?limit=1000").json["incidents"]})


def test_idle_connections_cost_little(daemon):
    """As many as this process may have; `make check-long` has 10,000."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    n = int(os.environ.get("TOCSIN_IDLE_CONNECTIONS", min(1000, limit - 100)))
    tocsin = daemon()
    with crowd(tocsin, 50) as warm:
        for s in warm:
            s.sendall(GET)
            s.recv(4096)
        before = memory(tocsin)
        with crowd(tocsin, n) as sockets:
            for s in sockets:
                s.sendall(GET)
            for s in sockets:
                assert s.recv(4096).startswith(b"HTTP/1.1 200")
            each = (memory(tocsin) - before) / n
            cpu = cpu_seconds(tocsin)
            time.sleep(1)
            cpu = cpu_seconds(tocsin) - cpu
            began = time.monotonic()
            assert tocsin.get("/healthz", token=None).status == 200
            took = time.monotonic() - began
    print(f"{n} idle connections: {each:.0f} bytes each, {cpu * 100:.0f} % CPU, "
          f"a request beside them {took * 1000:.1f} ms")
    judge_memory("an idle connection", each, 6000)
    assert cpu < 0.05
    assert took < 0.5


# ---- memory -----------------------------------------------------------------------------------

MIB = 1024 * 1024


def judge_memory(what, used, bound):
    """A sanitizer keeps what was freed and shadows the rest, so that under one the flood
    is tried and answered, and its memory is not the daemon's."""
    if b"__asan_init" in TOCSIND.read_bytes():
        print(f"{what}: NOT JUDGED: the memory of a program under a sanitizer says nothing")
    else:
        assert used < bound, (what, used, bound)


@pytest.mark.parametrize("what", ["pipelines", "heads", "bodies", "guests", "forms", "chunks"])
def test_memory_is_bounded(daemon, what):
    """Each flood in turn, and a request that must be answered meanwhile."""
    tocsin = daemon(started=False, extra='limits = { body_memory = "16MiB"; };')
    tocsin.channels = ('{ name = "soc"; type = "slack"; url = "%s"; signing_secret = "%s"; }' % (
        tocsin.secret("slack.url", "https://127.0.0.1:1/x"), tocsin.secret("slack.signing", "s" * 32)))
    tocsin.write()
    tocsin.start()
    assert tocsin.post("/v1/alerts/custom", {"title": "warm"}, token="custom").status == 201
    before = memory(tocsin)
    length = 900 * 1024
    flood, bound = {
        "pipelines": (GET * 500, 24 * MIB),
        "heads": (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 15000, 16 * MIB),
        "bodies": (post(length=length) + b"x" * (length - 1), 40 * MIB),
        "guests": (post(b"/v2/enqueue", length // 2, b"") + b"x" * (length // 2 - 1), 24 * MIB),
        "forms": (post(b"/v1/slack/interactions", 250000, SLACK) + b"x" * 249999, 10 * MIB),
        "chunks": (post().replace(b"Content-Length: 0", b"Transfer-Encoding: chunked") +
                   b"8000\r\n" + b"x" * 0x8000 + b"\r\n", 24 * MIB),
    }[what]
    with crowd(tocsin, 200) as sockets:
        pump(sockets, flood, 6, want_all=what != "pipelines")
        grown = memory(tocsin) - before
        assert tocsin.get("/healthz", token=None).status == 200
        if what in ("pipelines", "heads", "guests", "forms"):
            assert tocsin.post("/v1/alerts/custom", {"title": "let in"},
                               token="custom").status == 201
    peak = memory(tocsin, "VmHWM") - before
    print(f"{what}: {grown / MIB:.1f} MiB more, at most {peak / MIB:.1f}")
    judge_memory(what, peak, bound)
    assert wait_for("room again", lambda: tocsin.post(
        "/v1/alerts/custom", {"title": "afterwards"}, token="custom").status == 201)
