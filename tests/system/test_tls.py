"""TLS of our own: a real client, bad files, certificates of clients, a reload."""

import contextlib
import http.client
import shutil
import signal
import socket
import ssl
import subprocess
import time

import pytest

from harness import DATA, TOCSIND, TOKENS, free_port, wait_for

ALERT = b'{"title":"over TLS"}'


def post(body, more=b""):
    return (b"POST /v1/alerts/custom HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
            TOKENS["custom"].encode() + b"\r\n" + more + b"Content-Length: %d\r\n\r\n" % len(body) +
            body)


class Secure:
    """A daemon with a second listener, which has a certificate."""

    def __init__(self, daemon, authority, client_ca=False, **options):
        self.authority = authority
        self.port = free_port()
        ca = f' client_ca = "{authority.ca}";' if client_ca else ""
        self.daemon = daemon(
            started=False, listens=f', {{ address = "127.0.0.1"; port = {self.port}; '
            f'certificate = "tls.pem"; key = "file:tls.key";{ca} }}', **options)
        self.install(authority.cert, authority.key)
        self.daemon.start()

    def install(self, certificate, key):
        shutil.copy(certificate, self.daemon.dir / "tls.pem")
        shutil.copy(key, self.daemon.dir / "tls.key")

    def context(self, certificate=None):
        context = ssl.create_default_context(cafile=self.authority.ca)
        if certificate:
            context.load_cert_chain(*certificate)
        return context

    @contextlib.contextmanager
    def connect(self, certificate=None, context=None):
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as plain:
            context = context or self.context(certificate)
            with context.wrap_socket(plain, server_hostname="localhost") as s:
                yield s


def read_answer(s):
    response = http.client.HTTPResponse(s)
    response.begin()
    return response.status, response.read()


@pytest.fixture
def secure(daemon, authority):
    return Secure(daemon, authority)


def test_requests_over_tls(secure):
    with secure.connect() as s:
        assert s.version() in ("TLSv1.2", "TLSv1.3")
        for n in range(3):
            s.sendall(post(b'{"key":"%d","title":"over TLS"}' % n))
            assert read_answer(s)[0] == 201
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
        received = b""
        while received.count(b"HTTP/1.1 200 OK") < 20:
            part = s.recv(65536)
            assert part, received
            received += part
    # One byte in each record.
    with secure.connect() as s:
        for byte in post(ALERT):
            s.sendall(bytes([byte]))
        assert read_answer(s)[0] == 201


def test_a_large_body_and_a_large_answer(secure):
    body = b'{"title":"large","description":"' + b"x" * (900 * 1024) + b'"}'
    with secure.connect() as s:
        s.sendall(post(body))
        assert read_answer(s)[0] == 201
    for n in range(150):
        secure.daemon.open(title=f"number {n} " + "x" * 150)
    with secure.connect() as s:
        s.sendall(b"GET /v1/incidents?limit=1000 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " +
                  TOKENS["ops"].encode() + b"\r\n\r\n")
        status, body = read_answer(s)
        assert status == 200 and len(body) > 150 * 1024 and body.endswith(b"}")


def test_a_refusal_is_seen_by_a_sender(secure):
    with secure.connect() as s:
        s.sendall(post(b"", more=b"Host: twice\r\n"))
        assert read_answer(s)[0] == 400
        assert s.recv(1) == b""     # close_notify, and no reset
    with secure.connect() as s:
        head = post(b"")[:-4] + b"00000000\r\n\r\n"     # Content-Length: 000000000
        s.sendall(head.replace(b"Content-Length: 000000000", b"Content-Length: 99999999"))
        with contextlib.suppress(OSError):
            for _ in range(64):
                s.sendall(b"x" * 65536)
        assert read_answer(s)[0] == 413


def test_a_half_closed_client_gets_its_answer(secure):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = secure.context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with socket.create_connection(("127.0.0.1", secure.port), timeout=10) as s:
        def until_done(step):
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    if outgoing.pending:
                        s.sendall(outgoing.read())
                    incoming.write(s.recv(65536))

        until_done(tls.do_handshake)
        tls.write(post(ALERT))
        with contextlib.suppress(ssl.SSLWantReadError):
            tls.unwrap()                # close_notify behind the request ...
        s.sendall(outgoing.read())
        s.shutdown(socket.SHUT_WR)      # ... and TCP's own end
        assert until_done(lambda: tls.read(65536)).startswith(b"HTTP/1.1 201 ")


def test_what_is_no_tls_is_closed(daemon, authority):
    secure = Secure(daemon, authority, extra='limits = { head_timeout = "PT1S"; };')
    with socket.create_connection(("127.0.0.1", secure.port), timeout=5) as s:
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        with contextlib.suppress(ConnectionResetError):
            while s.recv(4096):
                pass
    # A hello that trickles, or never comes.
    hello = bytes.fromhex("160301020001000001fc0303") + bytes(32)
    for trickle in (True, False):
        with socket.create_connection(("127.0.0.1", secure.port), timeout=5) as s:
            began = time.monotonic()
            s.settimeout(0.1)
            closed = False
            for byte in hello if trickle else b"":
                try:
                    s.sendall(bytes([byte]))
                    closed = s.recv(1) == b""
                except socket.timeout:
                    continue
                except OSError:
                    closed = True
                if closed:
                    break
            s.settimeout(5)
            with contextlib.suppress(ConnectionResetError):
                assert closed or s.recv(1) == b""
            assert time.monotonic() - began < 3
    old = secure.context()
    with pytest.warns(DeprecationWarning):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(OSError):
        with secure.connect(context=old):
            pass
    with secure.connect() as s:
        s.sendall(post(ALERT))
        assert read_answer(s)[0] == 201


def test_a_backup_over_tls(daemon, authority, tmp_path):
    """It goes from a file to the peer, which over TLS the kernel cannot do alone."""
    secret = "root-token-0123456789abcdef"
    (tmp_path / "root.token").write_text(secret)
    secure = Secure(daemon, authority, tokens=f''', {{ name = "root"; role = "admin";
        secret = "file:{tmp_path}/root.token"; }}''')
    big = "x" * 15000
    for n in range(100):
        secure.daemon.post("/v1/alerts/custom", {"key": f"k{n}", "title": "A", "description": big},
                           token="custom")
    with secure.connect() as s:
        s.sendall(b"POST /v1/backup HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " +
                  secret.encode() + b"\r\nContent-Length: 0\r\n\r\n")
        status, body = read_answer(s)
    assert status == 200 and len(body) > 1_000_000
    (tmp_path / "copy.db").write_bytes(body)
    subprocess.run([TOCSIND, "-k", tmp_path / "copy.db"], check=True, timeout=60)


def test_the_cookie_of_a_session_is_for_tls_alone(secure):
    """Whatever the browser says of where it has the page, and if it says nothing."""
    body = b'{"token":"' + TOKENS["ops"].encode() + b'"}'
    for origin in (b"", b"Origin: http://127.0.0.1\r\n"):
        with secure.connect() as s:
            s.sendall(b"POST /v1/session HTTP/1.1\r\nHost: x\r\nX-Tocsin-Session: 1\r\n" + origin +
                      b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            answer = b"".join(iter(lambda: s.recv(65536), b""))
        cookie = [line for line in answer.split(b"\r\n") if line.startswith(b"Set-Cookie:")]
        assert answer.startswith(b"HTTP/1.1 201") and b"; Secure" in cookie[0], answer


def test_certificates_of_clients(daemon, authority):
    grid = authority.issue("grid", "/O=Example, Inc./CN=grid")
    other = authority.issue("other")
    secure = Secure(daemon, authority, client_ca=True, tokens=r''',
        { name = "grid"; role = "ingest"; source = "custom";
          identity = "CN=grid,O=Example\\, Inc."; }''')
    bare = post(ALERT).replace(b"Authorization: Bearer " + TOKENS["custom"].encode() + b"\r\n", b"")
    with secure.connect(grid) as s:
        s.sendall(bare)
        assert read_answer(s)[0] == 201
    assert "source:custom" in {line["actor"] for line in secure.daemon.lines()}
    # Known to the authority and to nobody here: a token can still say who it is.
    with secure.connect(other) as s:
        s.sendall(bare)
        assert read_answer(s)[0] == 401
    with secure.connect(other) as s:
        s.sendall(post(ALERT))
        assert read_answer(s)[0] == 201
    with pytest.raises(OSError):
        with secure.connect() as s:
            s.sendall(post(ALERT))
            if not s.recv(1):
                raise OSError("closed")


def serial(secure):
    with secure.connect() as s:
        return s.getpeercert()["serialNumber"]


def test_a_reload_reads_the_certificate_again(secure, authority):
    tocsin = secure.daemon
    first = serial(secure)
    with secure.connect() as kept:
        secure.install(*authority.issue("localhost"))
        tocsin.process.send_signal(signal.SIGHUP)
        wait_for("the new certificate", lambda: serial(secure) != first)
        second = serial(secure)
        kept.sendall(post(ALERT))
        assert read_answer(kept)[0] == 201
    # One that cannot be used refuses the reload, and the one before goes on.
    (tocsin.dir / "tls.pem").write_text("not a certificate\n")
    tocsin.process.send_signal(signal.SIGHUP)
    wait_for("the refusal", lambda: "reload refused" in tocsin.log())
    assert "tls.pem: no certificate" in tocsin.log()
    assert serial(secure) == second


@pytest.mark.parametrize("what,message", [
    ("missing", "tls.pem: no certificate: No such file or directory"),
    ("garbage", "tls.pem: no certificate: "),
    ("another key", "tls.key: "),
])
def test_bad_files_are_named(daemon, authority, what, message):
    port = free_port()
    tocsin = daemon(started=False, listens=f', {{ address = "127.0.0.1"; port = {port}; '
                    'certificate = "tls.pem"; key = "tls.key"; }')
    other = authority.issue("another")
    if what != "missing":
        shutil.copy(authority.cert, tocsin.dir / "tls.pem")
    if what == "garbage":
        (tocsin.dir / "tls.pem").write_text("-----BEGIN CERTIFICATE-----\nxx\n")
    shutil.copy(other[1], tocsin.dir / "tls.key")
    result = subprocess.run([TOCSIND, "-t", "-c", tocsin.conf, "-d", DATA], capture_output=True,
                            text=True)
    assert result.returncode == 1
    assert message in result.stderr
    assert result.stderr.startswith(f"{tocsin.conf}:4: ")
