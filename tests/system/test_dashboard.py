"""The dashboard as a browser asks for it: its files, signing in, and what a cookie may do."""

import http.cookies
import re

from harness import DATA, TOKENS, wait_for

OWN = {"X-Tocsin-Session": "1"}
AWARE = "2026-11-21T08:17:00Z"


def sign_in(tocsin, token="ops", headers=OWN):
    return tocsin.post("/v1/session", {"token": TOKENS.get(token, token)}, token=None,
                       headers=headers)


def cookie_of(answer):
    cookie = http.cookies.SimpleCookie(answer.headers["Set-Cookie"])
    return cookie["tocsin-session"]


def by_cookie(cookie, **headers):
    return {"Cookie": f"a=b; tocsin-session={cookie.value}", **headers}


def wait_for_notices(tocsin):
    """Of both clocks that run: after them nothing is written by itself."""
    wait_for("the notices", lambda: [d["state"] for d in tocsin.deliveries()] ==
             2 * ["delivered"])


def clock(document, stage):
    return next(c for c in document["clocks"] if c["stage"] == stage)


def test_the_page_loads_only_what_it_brings(tocsin):
    page = tocsin.get("/", token=None)
    assert page.status == 200 and page.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy
    assert "unsafe" not in policy and "http" not in policy and "*" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    html = page.body.decode()
    assert not re.search(r"<script(?![^>]*\ssrc=)", html), "no script in the page itself"
    files = re.findall(r'(?:src|href)="([^"#]+)"', html)
    assert "web/app.js" in files and "web/style.css" in files
    seen, todo = set(), [name for name in files if name.startswith("web/")]
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        asset = tocsin.get("/" + name, token=None)
        assert asset.status == 200, name
        todo += ["web/" + n for n in re.findall(r'from "\./([^"]+)"', asset.body.decode())]
    assert {"web/board.js", "web/actions.js", "web/timeline.js"} <= seen
    assert tocsin.get("/web/nothing.js", token=None).status == 404


def test_what_is_known_is_not_sent_again(tocsin):
    for path in ("/", "/web/app.js"):
        first = tocsin.get(path, token=None)
        etag = first.headers["ETag"]
        assert first.headers["Cache-Control"] == "no-cache"
        again = tocsin.get(path, token=None, headers={"If-None-Match": f'"other", {etag}'})
        assert again.status == 304 and again.body == b""
        assert again.headers["ETag"] == etag and "Content-Length" not in again.headers
        other = tocsin.get(path, token=None, headers={"If-None-Match": '"other"'})
        assert other.status == 200 and other.body == first.body


def test_the_connection_goes_on_after_304(tocsin):
    connection = tocsin.connection()
    etag = tocsin.get("/", token=None).headers["ETag"]
    for _ in range(3):
        assert tocsin.get("/", token=None, connection=connection,
                          headers={"If-None-Match": etag}).status == 304
    assert tocsin.get("/healthz", token=None, connection=connection).status == 200
    connection.close()


def test_sign_in_record_and_sign_out(tocsin):
    answer = sign_in(tocsin)
    assert answer.status == 201, answer
    assert answer.json["actor"] == "token:ops" and answer.json["role"] == "operate"
    cookie = cookie_of(answer)
    assert cookie["httponly"] and cookie["samesite"] == "Strict"
    assert 0 < int(cookie["max-age"]) <= 12 * 3600
    assert TOKENS["ops"] not in cookie.value
    id = tocsin.open(aware=AWARE)["id"]
    asked = by_cookie(cookie, **OWN)
    assert tocsin.get("/v1/clocks", token=None, headers=asked).status == 200
    filing = {"regime": "nis2", "stage": "early-warning", "filed_at": "2026-11-21T09:00:00Z",
              "by": "d.po", "recipient": "BSI", "reference": "BSI-1"}
    done = tocsin.post(f"/v1/incidents/{id}/filings", filing, token=None, headers=asked)
    assert done.status == 201 and clock(done.json, "early-warning")["state"] == "filed"
    line = tocsin.lines("filing.recorded")[0]
    assert line["actor"] == "token:ops" and line["by"] == "d.po"
    out = tocsin.request("DELETE", "/v1/session", token=None, headers=asked)
    assert out.status == 204 and cookie_of(out)["max-age"] == "0"
    assert tocsin.get("/v1/clocks", token=None, headers=asked).status == 401
    assert TOKENS["ops"] not in tocsin.log() and cookie.value not in tocsin.log()


def test_a_cookie_alone_changes_nothing(tocsin):
    """Another site can make a browser send it, but cannot set our header."""
    cookie = cookie_of(sign_in(tocsin))
    id = tocsin.open(aware=AWARE)["id"]
    wait_for_notices(tocsin)
    records = len(tocsin.journal())
    bare = by_cookie(cookie)
    assert tocsin.get("/v1/clocks", token=None, headers=bare).status == 200
    body = {"by": "mallory", "basis": "no such thing"}
    for headers in (bare, {**bare, "Content-Type": "text/plain"}):
        assert tocsin.post(f"/v1/incidents/{id}/dismissal", body, token=None,
                           headers=headers).status == 403
    assert tocsin.request("DELETE", "/v1/session", token=None, headers=bare).status == 403
    assert sign_in(tocsin, headers={}).status == 403, "nor is anybody signed in for him"
    assert len(tocsin.journal()) == records


def test_the_cookie_is_secure_where_the_page_is(tocsin):
    assert cookie_of(sign_in(tocsin, headers={**OWN, "Origin": "https://t.example"}))["secure"]
    assert not cookie_of(sign_in(tocsin, headers={**OWN, "Origin": "http://127.0.0.1:1"}))["secure"]


def test_roles_hold(tocsin):
    id = tocsin.open(aware=AWARE)["id"]
    reader = by_cookie(cookie_of(sign_in(tocsin, "reader")), **OWN)
    assert tocsin.get("/v1/session", token=None, headers=reader).json["role"] == "read"
    assert tocsin.get(f"/v1/incidents/{id}", token=None, headers=reader).status == 200
    assert tocsin.post(f"/v1/incidents/{id}/dismissal", {"by": "r", "basis": "x"}, token=None,
                       headers=reader).status == 403
    assert sign_in(tocsin, "wazuh").status == 403
    wrong = sign_in(tocsin, "no-such-token-0123456789")
    assert wrong.status == 401 and "Set-Cookie" not in wrong.headers
    assert sign_in(tocsin, "").status == 401
    assert tocsin.get("/v1/session", token=None).status == 401
    # Whoever brings a token is judged by it, whatever cookie comes along.
    assert tocsin.get("/v1/clocks", token="wrong", headers=reader).status == 401


def test_who_can_only_look_stays_signed_in(tocsin):
    """The page on the wall asks for its session now and then; others end after twelve hours."""
    for token, goes_on in (("reader", True), ("ops", False)):
        asked = by_cookie(cookie_of(sign_in(tocsin, token)), **OWN)
        answer = tocsin.get("/v1/session", token=None, headers=asked)
        assert ("Set-Cookie" in answer.headers) == goes_on, token


def test_a_restart_signs_everybody_out(tocsin):
    asked = by_cookie(cookie_of(sign_in(tocsin)), **OWN)
    tocsin.stop()
    tocsin.start()
    assert tocsin.get("/v1/session", token=None, headers=asked).status == 401


# ---- previews ---------------------------------------------------------------------------

def test_a_preview_shows_what_recording_would_do_and_records_nothing(tocsin):
    id = tocsin.open(aware="2026-10-20T08:17:00Z")["id"]
    wait_for_notices(tocsin)
    before = tocsin.get(f"/v1/incidents/{id}").json
    journal, deliveries = tocsin.journal(), tocsin.deliveries()
    filing = {"regime": "nis2", "stage": "notification", "filed_at": "2026-10-22T15:42:00+02:00",
              "by": "d.po", "recipient": "BSI", "reference": "BSI-2"}
    path = f"/v1/incidents/{id}/filings"
    seen = tocsin.post(path + "?preview=1", filing, headers={"Idempotency-Key": "k1"})
    assert seen.status == 200, seen
    assert clock(seen.json, "final-report")["due_at"] == "2026-11-22T14:42:00Z"
    for kind, body in (("dismissal", {"by": "a", "basis": "b"}),
                       ("acknowledgements", {"by": "a", "for": "PT30M"}),
                       ("waivers", {"regime": "nis2", "stage": "notification", "by": "a",
                                    "basis": "b"}),
                       ("events", {"type": "handled", "at": "2026-10-23T00:00:00Z", "by": "a",
                                   "basis": "b"})):
        assert tocsin.post(f"/v1/incidents/{id}/{kind}?preview=1", body).status == 200, kind
    assert tocsin.get(f"/v1/incidents/{id}").json == before
    assert tocsin.journal() == journal
    assert [d["id"] for d in tocsin.deliveries()] == [d["id"] for d in deliveries]
    done = tocsin.post(path, filing, headers={"Idempotency-Key": "k1"})
    assert done.status == 201, "the key of a preview is still free"
    assert clock(done.json, "final-report")["due_at"] == clock(seen.json, "final-report")["due_at"]


def test_a_preview_is_refused_as_the_command_would_be(tocsin):
    id = tocsin.open(aware=AWARE)["id"]
    path = f"/v1/incidents/{id}/waivers"
    body = {"regime": "nis2", "stage": "no-such", "by": "a", "basis": "b"}
    assert tocsin.post(path + "?preview=1", body).body == tocsin.post(path, body).body


def test_a_preview_that_is_misspelt_records_nothing(tocsin):
    id = tocsin.open(aware=AWARE)["id"]
    for query in ("preview=yes", "prewiev=1", "dry_run=1"):
        answer = tocsin.post(f"/v1/incidents/{id}/dismissal?{query}", {"by": "a", "basis": "b"})
        assert answer.status == 422, query
    assert tocsin.get(f"/v1/incidents/{id}").json["state"] == "open"


# ---- what the page is told ---------------------------------------------------------------

def test_health_of_channels_and_sources(tocsin):
    status = tocsin.get("/v1/status", token="reader").json
    assert status["channels"] == [{"name": "screen", "state": "up"}]
    assert [s["name"] for s in status["sources"]] == ["wazuh", "alertmanager", "custom"]


def test_who_has_it_is_in_the_list_of_clocks(tocsin):
    id = tocsin.open()["id"]
    assert all("acknowledged_until" not in c for c in tocsin.get("/v1/clocks").json["clocks"])
    until = tocsin.post(f"/v1/incidents/{id}/acknowledgements",
                        {"by": "j.doe", "for": "PT10M"}).json["until"]
    held = [c for c in tocsin.get("/v1/clocks?state=running").json["clocks"]]
    assert held and all(c["acknowledged_until"] == until for c in held)


# ---- drafts of reports --------------------------------------------------------------------

def test_a_draft_has_what_is_recorded_and_names_what_is_not(tocsin):
    id = tocsin.open(title="Ransom <script>alert(1)</script>", aware=AWARE)["id"]
    path = f"/v1/incidents/{id}/reports/early-warning"
    draft = tocsin.get(path, token="reader").json
    assert draft["regime"] == "nis2" and draft["stage"] == "early-warning"
    items = {i["label"]: i for s in draft["sections"] for i in s["items"]}
    assert items["Aware"]["value"] == AWARE
    assert "missing" in items["Occurred"] and "missing" in items["Contact"]
    assert "BSI" in items["recipient"]["value"] and "registration" in items["access"]["value"]
    asked = [s for s in draft["sections"] if "the law asks" in s["title"]][0]["items"]
    assert len(asked) >= 2 and all("missing" in i for i in asked), "nothing is invented"
    assert draft["missing"] >= len(asked) + 2
    text = tocsin.get(path + "?format=markdown")
    assert text.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert text.body.decode().startswith("# Draft: Early warning (early-warning)\n")
    page = tocsin.get(path + "?format=html&regime=nis2")
    assert page.status == 200 and b"<script" not in page.body
    assert b"&lt;script&gt;" in page.body
    assert "style-src 'sha256-" in page.headers["Content-Security-Policy"]


def test_the_client_writes_the_same_draft(tocsin):
    id = tocsin.open(aware=AWARE)["id"]
    path = f"/v1/incidents/{id}/reports/final-report"
    assert tocsin.client("--data", DATA, "report", id, "final-report").stdout == \
        tocsin.get(path + "?format=markdown").body.decode()
    assert tocsin.client("--data", DATA, "report", id, "final-report", "--format", "html").stdout == \
        tocsin.get(path + "?format=html").body.decode()


def test_drafts_that_cannot_be(tocsin):
    id = tocsin.open(aware=AWARE)["id"]
    near = tocsin.get(f"/v1/incidents/{id}/reports/early-warnin")
    assert near.status == 404 and "early-warning" in near.json["detail"]
    assert tocsin.get(f"/v1/incidents/{id}/reports/early-warning?regime=gdpr").status == 404
    assert tocsin.get(f"/v1/incidents/{id}/reports/early-warning?format=pdf").status == 422
    assert tocsin.get("/v1/incidents/999/reports/early-warning").status == 404


# ---- details --------------------------------------------------------------------------------

def test_what_is_known_goes_where_the_law_asks_for_it(tocsin):
    id = tocsin.open(aware=AWARE)["id"]
    path = f"/v1/incidents/{id}/details"
    clocks = tocsin.get(f"/v1/incidents/{id}").json["clocks"]
    for name, value, certainty in (("suspected-malicious", "yes", "actual"),
                                   ("impact", "4000 meters\nwithout billing", "estimate"),
                                   ("contact", "soc@example.org", None)):
        body = {"name": name, "value": value, "by": "j.doe"}
        answer = tocsin.post(path, {**body, "certainty": certainty} if certainty else body)
        assert answer.status == 200, answer
    document = tocsin.get(f"/v1/incidents/{id}").json
    assert document["details"]["impact"]["certainty"] == "estimate"
    assert document["details"]["impact"]["by"] == "j.doe"
    assert "certainty" not in document["details"]["contact"]
    assert document["clocks"] == clocks, "no clock hangs on it"
    line = tocsin.lines("detail.recorded")[1]
    assert line["name"] == "impact" and line["by"] == "j.doe" and line["actor"] == "token:ops"
    draft = tocsin.get(f"/v1/incidents/{id}/reports/early-warning?format=markdown").body.decode()
    assert "- Suspected to be unlawful or malicious: yes (actual)" in draft
    assert "- Contact: soc\\@example.org" in draft
    assert "MISSING: could it have a cross-border impact" in draft, "the impact does not say it"
    page = tocsin.get(f"/v1/incidents/{id}/reports/notification?format=html").body.decode()
    assert "4000 meters\nwithout billing (estimate)" in page
    assert tocsin.client("detail", id, "contact", "--by", "j.doe").returncode == 0
    assert "contact" not in tocsin.get(f"/v1/incidents/{id}").json["details"]
    tocsin.client("detail", id, "tlp", "AMBER", "--actual", "--by", "j.doe")
    tocsin.stop()
    tocsin.start()
    assert tocsin.get(f"/v1/incidents/{id}").json["details"]["tlp"]["value"] == "AMBER"


def test_details_that_are_none(tocsin):
    id = tocsin.open(aware=AWARE)["id"]
    path = f"/v1/incidents/{id}/details"
    for body, pointer in (({"name": "impcat", "value": "x", "by": "a"}, "/name"),
                          ({"name": "tlp", "value": "PINK", "by": "a"}, "/value"),
                          ({"name": "impact", "value": "x"}, "/by"),
                          ({"name": "impact", "value": "x", "by": "a", "certainty": "sure"},
                           "/certainty")):
        answer = tocsin.post(path, body)
        assert answer.status == 422 and answer.json["errors"][0]["pointer"] == pointer, answer
    assert tocsin.post(path, {"name": "impact", "value": "x", "by": "a"}, token="reader").status == 403
    assert tocsin.post(path + "?preview=1", {"name": "impact", "value": "x", "by": "a"}).json["details"]
    assert "details" not in tocsin.get(f"/v1/incidents/{id}").json
    assert tocsin.post("/v1/incidents/99/details", {"name": "impact", "value": "x", "by": "a"}).status == 404
