"""Hostile and odd bytes against the real daemon, over a raw socket."""

import gzip
import re
import socket
import subprocess
import time

import pytest

from harness import TOKENS

HOST = b"Host: x\r\n"
AUTH = b"Authorization: Bearer " + TOKENS["custom"].encode() + b"\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


def exchange(tocsin, data, limit=5.0, half_close=False):
    """Sends the bytes; returns what came back and whether the connection was closed."""
    with socket.create_connection(("127.0.0.1", tocsin.port), timeout=limit) as s:
        s.sendall(data)
        if half_close:
            s.shutdown(socket.SHUT_WR)
        received, closed = b"", False
        s.settimeout(0.3)
        try:
            while True:
                part = s.recv(65536)
                if not part:
                    closed = True
                    break
                received += part
        except socket.timeout:
            pass
        except ConnectionResetError:
            closed = True
        return received, closed


def statuses(received):
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]


REFUSED = [
    ("bare LF", b"GET /healthz HTTP/1.1\nHost: x\n\n", 400),
    ("HTTP/0.9", b"GET /healthz\r\n\r\n", 400),
    ("HTTP/1.9", b"GET /healthz HTTP/1.9\r\n" + HOST + b"\r\n", 505),
    ("HTTP/2.0", b"GET /healthz HTTP/2.0\r\n" + HOST + b"\r\n", 505),
    ("no Host", b"GET /healthz HTTP/1.1\r\n\r\n", 400),
    ("two Hosts", b"GET /healthz HTTP/1.1\r\n" + HOST + HOST + b"\r\n", 400),
    ("obs-fold", b"GET /healthz HTTP/1.1\r\n" + HOST + b"A: b\r\n c\r\n\r\n", 400),
    ("NUL in a value", b"GET /healthz HTTP/1.1\r\n" + HOST + b"A: b\0c\r\n\r\n", 400),
    ("space before the colon", b"GET /healthz HTTP/1.1\r\n" + HOST + b"A : b\r\n\r\n", 400),
    ("empty name", b"GET /healthz HTTP/1.1\r\n" + HOST + b": b\r\n\r\n", 400),
    ("absolute-form", b"GET http://x/healthz HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("a space in the target", b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("%00", b"GET /%00 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("dot segments", b"GET /v1/../healthz HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("encoded dots", b"GET /v1/%2e%2e/healthz HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("Transfer-Encoding: gzip", b"POST /v1/alerts/custom HTTP/1.1\r\n" + HOST + AUTH +
     b"Transfer-Encoding: gzip\r\n\r\n" + SMUGGLED, None),
    ("TE beside CL", b"POST /v1/alerts/custom HTTP/1.1\r\n" + HOST + AUTH +
     b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED, 400),
    ("two lengths", b"POST /v1/alerts/custom HTTP/1.1\r\n" + HOST + AUTH +
     b"Content-Length: 2\r\nContent-Length: 50\r\n\r\n{}" + SMUGGLED, 400),
    ("two equal lengths", b"POST /v1/alerts/custom HTTP/1.1\r\n" + HOST + AUTH +
     b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}" + SMUGGLED, 400),
    ("a signed length", b"POST /v1/alerts/custom HTTP/1.1\r\n" + HOST + AUTH +
     b"Content-Length: +2\r\n\r\n{}" + SMUGGLED, 400),
    ("an overflowing length", b"POST /v1/alerts/custom HTTP/1.1\r\n" + HOST + AUTH +
     b"Content-Length: 18446744073709551619\r\n\r\n{}", None),
    ("chunk size 0x3", b"POST /v1/alerts/custom HTTP/1.1\r\n" + HOST + AUTH +
     b"Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n" + SMUGGLED, 400),
    ("chunk extension", b"POST /v1/alerts/custom HTTP/1.1\r\n" + HOST + AUTH +
     b"Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\n\r\n" + SMUGGLED, 400),
    ("trailer fields", b"POST /v1/alerts/custom HTTP/1.1\r\n" + HOST + AUTH +
     b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nA: b\r\n\r\n" + SMUGGLED, 400),
    ("Expect: foo", b"POST /v1/alerts/custom HTTP/1.1\r\n" + HOST + AUTH +
     b"Expect: foo\r\nContent-Length: 2\r\n\r\n", 417),
    ("a long target", b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    ("a long header", b"GET /healthz HTTP/1.1\r\n" + HOST + b"A: " + b"b" * 40000 + b"\r\n\r\n", 431),
    ("many headers", b"GET /healthz HTTP/1.1\r\n" + HOST + b"A: b\r\n" * 2000 + b"\r\n", 431),
    ("TLS on a plain port", bytes.fromhex("16030100c5010000c1"), 400),
]


@pytest.mark.parametrize("what,data,status", REFUSED, ids=[r[0] for r in REFUSED])
def test_refused_and_closed(tocsin, what, data, status):
    received, closed = exchange(tocsin, data)
    found = statuses(received)
    assert len(found) == 1, f"one answer and no smuggled second: {received[:300]}"
    assert found[0] == status if status else found[0] >= 400
    assert closed
    assert b"smuggled" not in received
    assert tocsin.get("/healthz", token=None).status == 200


BODIES = [
    ("HEAD with a body", b"HEAD /healthz HTTP/1.1\r\n" + HOST, 200),
    ("GET with a body", b"GET /healthz HTTP/1.1\r\n" + HOST, 200),
    ("an unknown method with a body", b"BREW /healthz HTTP/1.1\r\n" + HOST, 405),
    ("a 404 with a body", b"POST /nothing HTTP/1.1\r\n" + HOST, None),
]


@pytest.mark.parametrize("what,head,status", BODIES, ids=[b[0] for b in BODIES])
def test_a_body_is_never_the_next_request(tocsin, what, head, status):
    body = SMUGGLED
    data = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    received, _ = exchange(tocsin, data)
    found = statuses(received)
    assert len(found) == 1, received[:300]
    assert found[0] == status if status else found[0] in (401, 404)


def test_pipelining_in_order(tocsin):
    data = (b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n" +
            b"HEAD /healthz HTTP/1.1\r\n" + HOST + b"\r\n" +
            b"GET /healthz HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
    received, closed = exchange(tocsin, data)
    found = statuses(received)
    assert found == [200, 200, 200] and closed


def test_half_close_after_the_request_is_answered(tocsin):
    body = b'{"title":"half-closed"}'
    data = b"POST /v1/alerts/custom HTTP/1.1\r\n" + HOST + AUTH + \
        b"Content-Length: %d\r\n\r\n" % len(body) + body
    received, closed = exchange(tocsin, data, half_close=True)
    assert statuses(received) == [201] and closed


CURL = [
    ("plain", ["--data-binary", "@alert"]),
    ("put", ["-X", "PUT", "--data-binary", "@alert"]),
    ("chunked", ["-H", "Transfer-Encoding: chunked", "--data-binary", "@alert"]),
    ("expect", ["-H", "Expect: 100-continue", "--data-binary", "@alert"]),
    ("gzip", ["-H", "Content-Encoding: gzip", "--data-binary", "@alert.gz"]),
    ("gzip in chunks, with Expect", ["-H", "Content-Encoding: gzip", "-H", "Expect: 100-continue",
                                     "-H", "Transfer-Encoding: chunked", "--data-binary", "@alert.gz"]),
    ("HTTP/1.0", ["--http1.0", "--data-binary", "@alert"]),
    ("more than 1 MB, where it asks by itself", ["--data-binary", "@large"]),
    ("form type", ["-H", "Content-Type: application/x-www-form-urlencoded", "-d", "@alert"]),
]


@pytest.mark.parametrize("what,arguments", CURL, ids=[c[0] for c in CURL])
def test_curl(tocsin, tmp_path, what, arguments):
    (tmp_path / "alert").write_text('{"title":"by curl"}')
    (tmp_path / "alert.gz").write_bytes(gzip.compress(b'{"title":"by curl"}'))
    (tmp_path / "large").write_text('{"title":"by curl","description":"' + "x" * 2000000 + '"}')
    result = subprocess.run(
        ["curl", "-sS", "-m", "10", "-w", "%{http_code}", "-o", "/dev/null", *arguments,
         "-H", "Authorization: Bearer " + TOKENS["custom"],
         f"http://127.0.0.1:{tocsin.port}/v1/alerts/custom"],
        cwd=tmp_path, capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ("201", "")


def test_trickled_request_ends_at_the_deadline(daemon):
    tocsin = daemon(extra='limits = { head_timeout = "PT1S"; };')
    with socket.create_connection(("127.0.0.1", tocsin.port), timeout=5) as s:
        began = time.monotonic()
        s.sendall(b"GET /healthz HTTP/1.1\r\n")
        received = b""
        s.settimeout(0.2)
        for n in range(40):
            try:
                s.sendall(b"A%d: b\r\n" % n)
                part = s.recv(4096)
                if not part:
                    break
                received += part
            except socket.timeout:
                continue
            except OSError:
                break
        assert time.monotonic() - began < 4
        assert statuses(received) == [408], received


def test_client_gone_while_its_commit_runs(tocsin):
    for n in range(50):
        body = b'{"key":"gone-%d","title":"gone"}' % n
        s = socket.create_connection(("127.0.0.1", tocsin.port))
        s.sendall(b"POST /v1/alerts/custom HTTP/1.1\r\n" + HOST + AUTH +
                  b"Content-Length: %d\r\n\r\n" % len(body) + body)
        s.close()
    assert tocsin.get("/healthz", token=None).status == 200
