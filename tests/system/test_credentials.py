"""Who may post: every place of a token, rotation, signatures, what a proxy vouches for."""

import base64
import gzip
import hashlib
import hmac
import json
import signal
import socket
import time

import pytest

from harness import TOKENS, wait_for

TOKEN = "k3y-of-the-sender-0123"
ALERT = json.dumps({"title": "who was it"})


def status(tocsin, path="/v1/alerts/custom", body=ALERT, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return tocsin.request("POST", path, body, token=None, headers=headers).status


def basic(password, user="anyone"):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture
def keyed(daemon):
    tocsin = daemon(started=False, tokens=''',
        { name = "key"; role = "ingest"; source = "custom"; secret = "file:{dir}/key";
          header = "X-Api-Key"; },
        { name = "strict"; role = "ingest"; source = "custom"; secret = "file:{dir}/strict";
          accept = [ "bearer" ]; }''')
    tocsin.secret("key", TOKEN)
    tocsin.secret("strict", "strict-" + TOKEN)
    return tocsin.start()


def test_every_place_of_a_token(keyed):
    assert status(keyed, Authorization="Bearer " + TOKEN) == 201
    assert status(keyed, Authorization="GenieKey " + TOKEN) == 201
    assert status(keyed, Authorization=basic(TOKEN)) == 201
    assert status(keyed, Authorization=basic(TOKEN, user="")) == 201
    assert status(keyed, X_Api_Key=TOKEN) == 201
    assert status(keyed, "/v1/alerts/custom/" + TOKEN) == 201
    assert status(keyed, Authorization="Bearer strict-" + TOKEN) == 201


def test_places_that_a_token_does_not_accept(keyed):
    assert status(keyed) == 401
    assert status(keyed, Authorization=basic("strict-" + TOKEN)) == 401
    assert status(keyed, "/v1/alerts/custom/strict-" + TOKEN) == 401
    assert status(keyed, X_Api_Key="strict-" + TOKEN) == 401
    assert status(keyed, X_Other_Key=TOKEN) == 401
    assert status(keyed, Authorization="Digest " + TOKEN) == 401
    assert status(keyed, Authorization=TOKEN) == 401
    assert status(keyed, Authorization=basic("wrong-wrong-wrong")) == 401
    assert TOKEN not in keyed.log()
    # Some senders wait to be asked; browsers, which look at the rest, are not.
    asked = keyed.request("POST", "/v1/alerts/custom", ALERT, token=None).headers
    assert "Basic" in asked["WWW-Authenticate"] and "Bearer" in asked["WWW-Authenticate"]
    assert "Basic" not in keyed.get("/v1/incidents", token=None).headers["WWW-Authenticate"]


def reload(tocsin):
    n = tocsin.log().count("reloaded")
    tocsin.process.send_signal(signal.SIGHUP)
    wait_for("the reload", lambda: tocsin.log().count("reloaded") > n)


def test_a_secret_is_changed_without_a_gap(daemon):
    def use(previous):
        tocsin.tokens = (', { name = "key"; role = "ingest"; source = "custom"; '
                         f'secret = "file:{tocsin.dir}/key"; {previous} }}')
        tocsin.write()

    tocsin = daemon(started=False)
    tocsin.secret("key", "old-" + TOKEN)
    use("")
    tocsin.start()
    assert status(tocsin, Authorization="Bearer old-" + TOKEN) == 201
    tocsin.secret("key", "new-" + TOKEN)
    tocsin.secret("key.before", "old-" + TOKEN)
    use(f'previous = "file:{tocsin.dir}/key.before";')
    reload(tocsin)
    assert status(tocsin, Authorization="Bearer old-" + TOKEN) == 201
    assert status(tocsin, Authorization="Bearer new-" + TOKEN) == 201
    use("")
    reload(tocsin)
    assert status(tocsin, Authorization="Bearer old-" + TOKEN) == 401
    assert status(tocsin, Authorization="Bearer new-" + TOKEN) == 201


def begin(tocsin, token):
    """A request whose head is in, and let in; its body is to come."""
    sock = socket.create_connection(("127.0.0.1", tocsin.port), timeout=10)
    sock.sendall(f"POST /v1/alerts/custom HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer {token}\r\n"
                 f"Expect: 100-continue\r\nContent-Length: {len(ALERT)}\r\n\r\n".encode())
    assert sock.recv(1000).startswith(b"HTTP/1.1 100 ")
    return sock


def end(sock):
    with sock:
        sock.sendall(ALERT.encode())
        return int(sock.recv(1000).split()[1])


def test_a_reload_between_head_and_body_counts(keyed):
    keyed.secret("new", "new-" + TOKEN)
    gone, kept, other = begin(keyed, TOKEN), begin(keyed, "strict-" + TOKEN), begin(keyed, TOKEN)
    # Others stand in their places, and one has come before them.
    keyed.tokens = ''',
        { name = "new"; role = "ingest"; source = "custom"; secret = "file:{dir}/new"; },
        { name = "looker"; role = "read"; secret = "file:{dir}/key"; },
        { name = "strict"; role = "ingest"; source = "custom"; secret = "file:{dir}/strict"; }'''
    keyed.tokens = keyed.tokens.replace("{dir}", str(keyed.dir))
    keyed.write()
    reload(keyed)
    assert end(gone) == 403, "its secret is a reader's now"
    assert end(kept) == 201
    keyed.tokens = ""
    keyed.write()
    reload(keyed)
    assert end(other) == 401, "nobody's, now"


# ---- signatures ---------------------------------------------------------------------------

KEY = b"a-key-to-sign-with"


def mac(*parts):
    return hmac.new(KEY, b"".join(parts), hashlib.sha256)


@pytest.fixture
def signed(daemon):
    tocsin = daemon(started=False, extra='limits = { body_max = "64KiB"; batch_max = "1MiB"; };',
                    sources=', { name = "signed"; format = "generic"; }', tokens=''',
        { name = "signer"; role = "ingest"; source = "signed"; secret = "file:{dir}/key";
          signature = { header = "X-Signature"; prefix = "v0="; signed = "v0:{timestamp}:{body}";
            timestamp_header = "X-Timestamp"; }; },
        { name = "also"; role = "ingest"; source = "signed"; secret = "file:{dir}/also"; }''')
    tocsin.secret("key", KEY.decode())
    tocsin.secret("also", TOKEN)
    return tocsin.start()


def signature(body, at=None):
    stamp = str(int(time.time() if at is None else at)).encode()
    return {"X_Signature": "v0=" + mac(b"v0:", stamp, b":", body).hexdigest(),
            "X_Timestamp": stamp.decode()}


def test_a_body_that_is_signed(signed):
    body = ALERT.encode()
    assert status(signed, "/v1/alerts/signed", body, **signature(body)) == 201
    assert "source:signed" in {line["actor"] for line in signed.lines()}
    # The bytes as they came: a compressed body is signed as it is sent.
    packed = gzip.compress(b'{"title":"packed"}')
    assert status(signed, "/v1/alerts/signed", packed, Content_Encoding="gzip",
                  **signature(packed)) == 201
    assert status(signed, "/v1/alerts/signed", body, Authorization="Bearer " + TOKEN) == 201


def test_a_signature_that_is_none(signed):
    body = ALERT.encode()
    path = "/v1/alerts/signed"
    good = signature(body)
    assert status(signed, path, body) == 401
    assert status(signed, path, body + b" ", **good) == 401
    assert status(signed, path, body, **{**good, "X_Signature": good["X_Signature"][3:]}) == 401
    assert status(signed, path, body, X_Signature=good["X_Signature"]) == 401
    assert status(signed, path, body, **signature(body, time.time() - 400)) == 401
    assert status(signed, path, body, **signature(body, time.time() + 400)) == 401
    assert status(signed, "/v1/alerts/custom", body, **good) == 401
    # The key is no token.
    assert status(signed, path, body, Authorization="Bearer " + KEY.decode()) == 401
    assert status(signed, path + "/" + KEY.decode(), body) == 401
    # Nobody has vouched for it yet: no more than a single alert's room.
    large = b'{"title":"' + b"x" * 100000 + b'"}'
    assert status(signed, path, large, **signature(large)) == 413
    assert status(signed, path, large, Authorization="Bearer " + TOKEN) == 201


# ---- what a proxy says ----------------------------------------------------------------------

IDENTITY = '''proxy = { %s identity_header = "X-Client-DN"; };'''
GRID = ''', { name = "grid"; role = "ingest"; source = "custom"; identity = "CN=grid"; }'''


def test_an_identity_is_believed_from_a_proxy_alone(daemon):
    tocsin = daemon(tokens=GRID, extra=IDENTITY % 'addresses = [ "127.0.0.1", "::1" ];')
    assert status(tocsin, X_Client_DN="CN=grid") == 201
    assert "source:custom" in {line["actor"] for line in tocsin.lines()}
    assert status(tocsin, X_Client_DN="CN=other") == 401
    assert status(tocsin, X_Client_DN="") == 401
    # Twice: the client's own beside the proxy's.
    conn = tocsin.connection()
    conn.putrequest("POST", "/v1/alerts/custom")
    for name, value in (("X-Client-DN", "CN=grid"), ("X-Client-DN", "CN=grid"),
                        ("Content-Length", str(len(ALERT)))):
        conn.putheader(name, value)
    conn.endheaders()
    conn.send(ALERT.encode())
    assert conn.getresponse().status == 401


def test_a_browser_with_a_certificate_is_not_led_by_other_pages(daemon):
    tocsin = daemon(tokens=GRID, extra=IDENTITY % 'addresses = [ "127.0.0.1", "::1" ];')
    for site, expected in (("cross-site", 403), ("same-site", 403), ("same-origin", 201),
                           ("none", 201)):
        assert status(tocsin, X_Client_DN="CN=grid", Sec_Fetch_Site=site) == expected, site
    assert status(tocsin, X_Client_DN="CN=grid", Sec_Fetch_Site="cross-site",
                  X_Tocsin_Session="1") == 201
    assert status(tocsin, Authorization="Bearer " + TOKENS["custom"],
                  Sec_Fetch_Site="cross-site") == 201


def test_who_has_signed_in_is_not_who_the_certificate_names(daemon):
    tocsin = daemon(tokens=GRID, extra=IDENTITY % 'addresses = [ "127.0.0.1", "::1" ];')
    headers = {"X-Client-DN": "CN=grid", "X-Tocsin-Session": "1"}
    answer = tocsin.post("/v1/session", {"token": TOKENS["ops"]}, token=None, headers=headers)
    assert answer.status == 201, answer
    headers["Cookie"] = answer.headers["Set-Cookie"].partition(";")[0]
    assert tocsin.get("/v1/session", token=None, headers=headers).json["actor"] == "token:ops"
    del headers["Cookie"]
    assert tocsin.get("/v1/session", token=None, headers=headers).status == 403


def test_a_token_may_be_kept_from_signing_in(daemon):
    """Where it may stand is said by accept; to sign in is to bring it as a bearer."""
    feed = "feed-token-0123456789abcdef"
    tocsin = daemon(started=False, tokens=''', { name = "feed"; role = "read";
        secret = "file:feed.token"; accept = [ "url" ]; }''')
    (tocsin.dir / "feed.token").write_text(feed + "\n")
    tocsin.start()
    assert tocsin.get("/v1/calendar.ics?token=" + feed, token=None).status == 200
    assert tocsin.post("/v1/session", {"token": feed}, token=None,
                       headers={"X-Tocsin-Session": "1"}).status == 401


@pytest.mark.parametrize("addresses", ["", 'addresses = [ "192.0.2.0/24", "2001:db8::/32" ];'])
def test_an_identity_of_anybody_is_not_believed(daemon, addresses):
    tocsin = daemon(tokens=GRID, extra=IDENTITY % addresses)
    assert status(tocsin, X_Client_DN="CN=grid") == 401


def test_a_socket_for_a_proxy_makes_nobody_admin(daemon):
    tocsin = daemon(tokens=GRID, extra=IDENTITY % "",
                    listens=', { unix = "{socket_dir}/proxy.sock"; from_proxy = true; }')
    tocsin.socket = tocsin.socket_dir + "/proxy.sock"

    def ask(method, path, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return tocsin.request(method, path, body, unix=True, headers=headers).status

    assert ask("GET", "/v1/incidents") == 401
    assert ask("GET", "/healthz") == 200
    assert ask("POST", "/v1/alerts/custom", ALERT) == 401
    assert ask("POST", "/v1/alerts/custom", ALERT, X_Client_DN="CN=grid") == 201
    assert ask("GET", "/v1/incidents", X_Client_DN="CN=grid") == 403


def test_of_incidents_of_others_nothing_is_told(daemon):
    """Not even that they exist, or what they are: the answer is that of a number that no
    incident has."""
    tocsin = daemon(started=False)
    tocsin.conf.write_text(
        tocsin.conf.read_text()
        .replace('entities = (', '''entities = (
  { id = "other"; name = "Other"; country = "DE"; timezone = "Europe/Berlin"; regimes = [ "nis2" ];
    policy = "default"; },''')
        .replace('role = "read";', 'role = "read"; entities = [ "other" ];'))
    tocsin.start()
    theirs = [tocsin.open(entity="acme-energy")["id"],
              tocsin.open(entity="acme-energy", drill=True)["id"]]
    for what in ("", "/journal", "/storm", "/drill", "/reports/early-warning",
                 "/reports/early-warnin", "/reports/early-warning?regime=gdpr"):
        nobodys = tocsin.get(f"/v1/incidents/999{what}", token="reader")
        for id in theirs:
            answer = tocsin.get(f"/v1/incidents/{id}{what}", token="reader")
            assert answer.status == 404
            assert answer.json["detail"].replace(str(id), "N") == \
                nobodys.json["detail"].replace("999", "N"), what
