"""/metrics: what it says, that promtool has nothing against it, and the shipped rules."""

import datetime
import json
import re
import shutil
import subprocess

import pytest

from harness import TOP, wait_for, wazuh_alert

PROMTOOL = shutil.which("promtool")
SAMPLE = re.compile(r'^([a-z_]+)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')


def hours_ago(hours):
    at = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=hours)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def samples(tocsin, **kw):
    """name -> list of (labels, value)."""
    answer = tocsin.get("/metrics", token="reader", **kw)
    assert answer.status == 200, answer
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = {}
    for line in answer.body.decode().splitlines():
        if line.startswith("#"):
            continue
        name, labels, value = SAMPLE.match(line).groups()
        found.setdefault(name, []).append((dict(LABEL.findall(labels or "")), float(value)))
    return found


def value(metrics, name, **labels):
    hits = [v for l, v in metrics[name] if labels.items() <= l.items()]
    assert len(hits) == 1, (name, labels, metrics[name])
    return hits[0]


def promtool(*arguments, input=None):
    if PROMTOOL is None:
        pytest.skip("promtool (Debian: prometheus) is not installed")
    result = subprocess.run([PROMTOOL, *map(str, arguments)], input=input, timeout=60,
                            capture_output=True)
    assert result.returncode == 0 and not result.stderr, (result.stdout, result.stderr)


def test_clocks_have_their_time_left(tocsin):
    late = tocsin.open(aware=hours_ago(30))["id"]
    drill = tocsin.open(aware=hours_ago(1), drill=True)["id"]
    m = samples(tocsin)
    name = "tocsin_clock_remaining_seconds"
    left = value(m, name, incident=str(late), stage="early-warning")
    assert -6 * 3600 - 60 < left < -6 * 3600 + 60
    assert value(m, name, incident=str(late), stage="notification") > 0
    assert value(m, name, incident=str(drill), stage="early-warning", drill="1",
                 entity="acme-energy", regime="nis2") > 22 * 3600
    least = "tocsin_clock_min_remaining_seconds"
    assert value(m, least, stage="early-warning", drill="0") == left
    assert value(m, least, stage="early-warning", drill="1") > 0
    assert value(m, "tocsin_clocks_overdue") == 1
    assert value(m, "tocsin_clocks", state="running") == 4
    assert value(m, "tocsin_clocks", state="pending") >= 2


def test_margins_of_filings_outlive_a_restart(tocsin):
    id = tocsin.open(aware=hours_ago(30))["id"]
    for stage, filed in (("early-warning", 2), ("notification", 1)):
        answer = tocsin.post(f"/v1/incidents/{id}/filings", {
            "regime": "nis2", "stage": stage, "filed_at": hours_ago(filed), "by": "d.po",
            "recipient": "BSI", "reference": "1", "received_at": hours_ago(filed)})
        assert answer.status == 201, answer
    before = samples(tocsin)["tocsin_filing_margin_seconds"]
    tocsin.stop()
    tocsin.start()
    m = samples(tocsin)
    assert m["tocsin_filing_margin_seconds"] == before
    name = "tocsin_filing_margin_seconds"
    assert abs(value(m, name, incident=str(id), stage="early-warning") + 4 * 3600) < 5
    assert abs(value(m, name, incident=str(id), stage="notification") - 43 * 3600) < 5


def test_of_too_many_filings_the_latest_stay(tocsin):
    """And how many there are besides is said."""
    def filed(n, hours):
        for _ in range(n):
            id = tocsin.open(aware=hours_ago(hours))["id"]
            answer = tocsin.post(f"/v1/incidents/{id}/filings", {
                "regime": "nis2", "stage": "early-warning", "filed_at": hours_ago(1), "by": "d.po",
                "recipient": "BSI", "reference": "1", "received_at": hours_ago(1)})
            assert answer.status == 201, answer
        return str(id)

    def named():
        m = samples(tocsin)
        left_out = {l["state"]: n for l, n in m["tocsin_filing_margins_left_out"]}
        return {l["incident"] for l, _ in m["tocsin_filing_margin_seconds"]}, left_out
    old = filed(1, 20)
    assert named() == ({old}, {"filed": 0, "filed-late": 0})
    fresh = filed(100, 10)
    incidents, left_out = named()
    assert len(incidents) == 100 and fresh in incidents and old not in incidents
    assert left_out == {"filed": 1, "filed-late": 0}


def test_alerts_are_counted_by_what_became_of_them(tocsin):
    assert value(samples(tocsin), "tocsin_alerts_total", source="wazuh", result="opened") == 0
    low = wazuh_alert("1.2")
    low["rule"]["level"] = 3
    for alert in (wazuh_alert("1.1"), wazuh_alert("1.1"), low):
        assert tocsin.post("/v1/alerts/wazuh", alert, token="wazuh").status < 300
    tocsin.post("/v1/alerts/custom", [{"title": "Good"}, {"severity": "high"}], token="custom")
    tocsin.post("/v1/alerts/custom", [{"severity": "high"}], token="custom")
    m = samples(tocsin)
    counted = {(l["source"], l["result"]): n for l, n in m["tocsin_alerts_total"] if n}
    assert counted == {("wazuh", "opened"): 1, ("wazuh", "joined"): 1,
                       ("wazuh", "below-minimum"): 1, ("custom", "opened"): 1,
                       ("custom", "rejected"): 2}


def test_what_opened_an_incident_unread_is_not_rejected(tocsin):
    assert tocsin.post("/v1/alerts/wazuh", b"no alert", token="wazuh").status == 201
    m = samples(tocsin)
    counted = {(l["source"], l["result"]): n for l, n in m["tocsin_alerts_total"] if n}
    assert counted == {("wazuh", "unparsed"): 1}


def test_a_refused_request_counts_nothing(tocsin):
    """Its savepoint is undone, and so is what it counted."""
    headers = {"Idempotency-Key": "one"}
    assert tocsin.post("/v1/alerts/custom", {"title": "A"}, token="custom",
                       headers=headers).status == 201
    assert tocsin.post("/v1/alerts/custom", {"title": "A"}, token="custom",
                       headers=headers).status == 201
    assert tocsin.post("/v1/alerts/custom", {"title": "B"}, token="custom",
                       headers=headers).status == 422
    assert value(samples(tocsin), "tocsin_alerts_total", source="custom", result="opened") == 1


def test_deliveries_by_channel_and_outcome(daemon, hook, authority):
    tocsin = daemon(started=False)
    url = tocsin.secret("hook.url", hook.url + "/hook")
    key = tocsin.secret("hook.key", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    tocsin.channels = (f'{{ name = "hook"; type = "webhook"; url = "{url}"; secret = "{key}";'
                       f' ca_file = "{authority.ca}"; }}')
    tocsin.write()
    tocsin.start()
    hook.script = [(503, b"", {}), (204, b"", {})]
    tocsin.open(aware=hours_ago(1))
    wait_for("both deliveries", lambda: value(
        samples(tocsin), "tocsin_deliveries_total", channel="hook", outcome="delivered") == 2)
    m = samples(tocsin)
    assert value(m, "tocsin_attempts_total", channel="hook", outcome="temporary") == 1
    assert value(m, "tocsin_attempts_total", channel="hook", outcome="delivered") == 2
    assert value(m, "tocsin_oldest_undelivered_seconds") == 0
    assert value(m, "tocsin_deliveries_waiting", channel="hook") == 0
    assert value(m, "tocsin_channel_up", channel="hook") == 1


def test_the_daemon_itself(tocsin):
    tocsin.open()
    before = tocsin.get("/v1/status").json["journal"]["seq"]
    m = samples(tocsin)
    assert value(m, "tocsin_ready") == 1
    after = tocsin.get("/v1/status").json["journal"]["seq"]
    assert 0 < before <= value(m, "tocsin_journal_seq") <= after
    assert sum(v for _, v in m["tocsin_store_bytes"]) > 4096
    for name in ("commit_duration", "loop_lag", "turn_duration"):
        n = value(m, f"tocsin_{name}_seconds_count")
        assert n > 0
        buckets = [v for _, v in m[f"tocsin_{name}_seconds_bucket"]]
        assert buckets == sorted(buckets) and buckets[-1] == n


def test_who_may_look(daemon):
    tocsin = daemon(started=False)
    tocsin.conf.write_text(
        tocsin.conf.read_text()
        .replace('entities = (', '''entities = (
  { id = "other"; name = "Other"; country = "DE"; timezone = "Europe/Berlin"; regimes = [ "nis2" ];
    policy = "default"; },''')
        .replace('role = "read";', 'role = "read"; entities = [ "other" ];'))
    tocsin.start()
    tocsin.open(aware=hours_ago(1), entity="acme-energy")
    mine = tocsin.open(aware=hours_ago(1), entity="other")["id"]
    m = samples(tocsin)
    assert {l["incident"] for l, _ in m["tocsin_clock_remaining_seconds"]} == {str(mine)}
    assert value(m, "tocsin_clocks", state="running") == 2
    assert m.get("tocsin_alerts_total", []) == [], "the sources are of another entity"
    assert tocsin.get("/metrics", token=None).status == 401
    assert tocsin.get("/metrics", token="wazuh").status == 403


def test_promtool_has_nothing_against_it(tocsin):
    tocsin.open('Evil "title"\\', aware=hours_ago(30))
    promtool("check", "metrics", input=tocsin.get("/metrics").body)


def test_promtool_has_nothing_against_the_rules():
    promtool("check", "rules", TOP / "etc/prometheus/tocsin.rules.yml")


def test_rules_and_dashboard_ask_for_what_there_is(tocsin):
    body = tocsin.get("/metrics").body.decode()
    there = set(re.findall(r"^# TYPE (\S+)", body, re.M))
    rules = (TOP / "etc/prometheus/tocsin.rules.yml").read_text()
    dashboard = json.loads((TOP / "etc/grafana/tocsin.json").read_text())
    for text in (rules, json.dumps(dashboard["panels"])):
        asked = {re.sub(r"_(bucket|sum|count)$", "", n)
                 for n in re.findall(r"\btocsin_[a-z_]+", text)}
        assert asked and asked <= there, asked - there
