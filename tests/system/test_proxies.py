"""The examples of tocsind(8) for nginx and HAProxy, run as they stand there: only paths,
ports and addresses are put in. Without the programs a test is skipped and says so; CI
and ./quickstart check install them."""

import contextlib
import gzip
import http.client
import json
import pathlib
import shutil
import socket
import ssl
import subprocess

import pytest

from harness import TOKENS, free_port, snippet, wait_for

TOKEN = ', { name = "grid"; role = "ingest"; source = "custom"; identity = "CN=grid,O=Example"; }'


def put_in(text, changes):
    for before, after in changes.items():
        assert text.count(before) == 1, f"{before} is not in the example"
        text = text.replace(before, after)
    return text


def program(name):
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if not found:
        pytest.skip(f"NOT TESTED: {name} is not installed (apt-get install {name})")
    return found


class Proxy:
    def __init__(self, tocsin, authority, port):
        self.tocsin, self.authority, self.port = tocsin, authority, port
        self.process = None

    def start(self, *command):
        self.log = self.tocsin.dir / "proxy.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log)

        def ready():
            assert self.process.poll() is None, self.log.read_text(errors="replace")
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return True
        wait_for("the proxy", ready)
        return self

    def request(self, method, path, body=None, certificate=None, **headers):
        context = ssl.create_default_context(cafile=self.authority.ca)
        if certificate:
            context.load_cert_chain(*certificate)
        conn = http.client.HTTPSConnection("localhost", self.port, context=context, timeout=20)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            conn.request(method, path, body, headers)
            answer = conn.getresponse()
            return answer.status, answer.read()
        finally:
            conn.close()

    def close(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)


@pytest.fixture
def nginx(daemon, authority):
    binary = program("nginx")
    tocsin = daemon(tokens=TOKEN, extra='proxy = { identity_header = "X-Client-DN"; };',
                    listens=', { unix = "{socket_dir}/proxy.sock"; mode = "0666"; from_proxy = true; }')
    proxy = Proxy(tocsin, authority, free_port())
    server = put_in(snippet("nginx"), {
        "/run/tocsin/proxy.sock": tocsin.socket_dir + "/proxy.sock",
        "listen 443 ssl": f"listen 127.0.0.1:{proxy.port} ssl",
        "/etc/ssl/tocsin.pem": str(authority.cert),
        "/etc/ssl/private/tocsin.key": str(authority.key),
        "/etc/ssl/clients.pem": str(authority.ca),
    })
    temporary = "".join(f"{kind}_temp_path {tocsin.dir}/{kind};\n" for kind in
                        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    conf = tocsin.dir / "nginx.conf"
    # As root it would change to another user, who may not see this directory.
    user = "user root;" if pathlib.Path("/proc/self").owner() == "root" else ""
    conf.write_text(f"""{user} daemon off; pid {tocsin.dir}/nginx.pid; error_log stderr;
events {{ }}
http {{ access_log off; {temporary} {server} }}
""")
    yield proxy.start(binary, "-e", "stderr", "-p", str(tocsin.dir), "-c", str(conf))
    proxy.close()


@pytest.fixture
def haproxy(daemon, authority):
    binary = program("haproxy")
    tocsin = daemon(tokens=TOKEN, extra='proxy = { addresses = [ "127.0.0.1" ]; '
                    'identity_header = "X-Client-DN"; };')
    proxy = Proxy(tocsin, authority, free_port())
    both = tocsin.dir / "with-key.pem"
    both.write_bytes(authority.cert.read_bytes() + authority.key.read_bytes())
    conf = tocsin.dir / "haproxy.cfg"
    conf.write_text(put_in(snippet("haproxy"), {
        "bind :443": f"bind 127.0.0.1:{proxy.port}",
        "/etc/ssl/tocsin-with-key.pem": str(both),
        "/etc/ssl/clients.pem": str(authority.ca),
        "127.0.0.1:2472": f"127.0.0.1:{tocsin.port}",
    }))
    yield proxy.start(binary, "-db", "-f", str(conf))
    proxy.close()


@pytest.fixture(params=["nginx", "haproxy"])
def proxy(request):
    return request.getfixturevalue(request.param)


BEARER = {"Authorization": "Bearer " + TOKENS["custom"]}


def test_alerts_through_a_proxy(proxy):
    for n in range(5):
        body = json.dumps({"key": f"k{n}", "title": "through a proxy"})
        assert proxy.request("POST", "/v1/alerts/custom", body, **BEARER)[0] == 201
    packed = gzip.compress(b'{"key":"gz","title":"packed"}')
    assert proxy.request("POST", "/v1/alerts/custom", packed, Content_Encoding="gzip",
                         **BEARER)[0] == 201
    chunked = iter([b'{"key":"chunks",', b'"title":"in pieces"}'])
    assert proxy.request("POST", "/v1/alerts/custom", chunked, **BEARER)[0] == 201
    large = json.dumps({"key": "large", "title": "x", "description": "y" * 900 * 1024})
    assert proxy.request("POST", "/v1/alerts/custom", large, **BEARER)[0] == 201
    assert len(proxy.tocsin.get("/v1/incidents").json["incidents"]) == 8


def test_nobody_is_anybody_through_a_proxy(proxy):
    assert proxy.request("GET", "/healthz")[0] == 200
    assert proxy.request("GET", "/v1/incidents")[0] == 401
    assert proxy.request("POST", "/v1/alerts/custom", "{}")[0] == 401


def test_a_certificate_of_a_client(proxy, authority):
    grid = authority.issue("grid-proxy", "/O=Example/CN=grid")
    other = authority.issue("other-proxy", "/O=Example/CN=other")
    post = ("POST", "/v1/alerts/custom", '{"title":"certified"}')
    assert proxy.request(*post, certificate=grid)[0] == 201
    assert "source:custom" in {line["actor"] for line in proxy.tocsin.lines()}
    assert proxy.request(*post, certificate=other)[0] == 401
    # What a client writes itself is not what the proxy says.
    forged = {"X_Client_DN": "CN=grid,O=Example"}
    assert proxy.request(*post, **forged)[0] == 401
    assert proxy.request(*post, certificate=other, **forged)[0] == 401


def test_a_restart_behind_a_proxy(proxy):
    assert proxy.request("GET", "/healthz")[0] == 200
    proxy.tocsin.stop()
    assert proxy.request("GET", "/healthz")[0] in (502, 503)
    proxy.tocsin.start()
    # nginx leaves a server that failed alone for 10 s, unless it is the only one.
    wait_for("the proxy to try again", lambda: proxy.request("GET", "/healthz")[0] == 200)
