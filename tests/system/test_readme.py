"""README.md, followed: each block behind `<!-- run: NAME -->` is run as it stands there. Put in
are only paths, ports, hosts, the authority of the receiver, and instants that would be in the
future; sudo, owners and systemctl are stood in for, because a test has neither root nor systemd."""

import http.client
import json
import os
import pathlib
import re
import ssl
import subprocess
import xml.etree.ElementTree

import pytest

from followed import README, ago, block, blocks, need
from harness import BUILD, LIMIT, TOP, wait_for
from peers import Alertmanager, Mailbox

# Lines of blocks that are not run, and why.
LEFT_OUT = {
    "tocsin drill ": "it takes ten minutes and wants an answer of people; test_drill.py has it",
    "tocsin watch": "it wants a terminal; test_terminal.py has it",
}


def told(slack, words):
    """The first message in Slack that has these words."""
    return wait_for(f"Slack to say {words!r}", lambda: next(
        (r.json for r in slack.received if words in json.dumps(r.json)), None))


def golden(name):
    return json.loads((TOP / "tests/data/alerts" / name).read_text())


def test_every_block_is_run_here_or_says_why_not():
    ours = pathlib.Path(__file__).read_text()
    marks = [mark for mark, _ in blocks()]
    assert len(marks) > 10
    for mark, text in blocks():
        assert re.match(r"(run: [a-z-]+|not run: .+)$", mark), f"no mark before:\n{text}"
        if mark.startswith("run: "):
            assert f'"{mark[5:]}"' in ours, f"{mark}: nothing runs it"
    fences = README.read_text().count("\n```")
    assert fences == 2 * len(marks), "a fence is not closed"


def test_the_set_up_tells_slack(site, slack):
    site.start()
    assert told(slack, "TEST")["blocks"]
    assert "enable --now tocsind.socket tocsind.service" in (site.dir / "systemctl.log").read_text()
    for name in ("ops", "wazuh", "alertmanager", "custom"):
        secret = site.dir / f"etc/tocsin/{name}.token"
        assert secret.stat().st_mode & 0o777 == 0o600 and len(secret.read_text()) == 49
        assert secret.read_text().strip() not in site.log()
    assert "warning" not in site.shell("tocsind -t 2>&1")


def test_ten_minutes_with_wazuh(site, slack):
    need("curl")
    site.start()
    site.run("wazuh")
    # What Wazuh does: the script of that name, by the alert's file, the key and the URL.
    integration = xml.etree.ElementTree.fromstring(site.put_in(block("wazuh-xml")))
    assert integration.findtext("alert_format") == "json"
    assert golden("wazuh-alert.json")["rule"]["level"] >= int(integration.findtext("level"))
    script = site.dir / "ossec/integrations" / integration.findtext("name")
    alert = TOP / "tests/data/alerts/wazuh-alert.json"
    subprocess.run([script, alert, "", integration.findtext("hook_url")], check=True,
                   timeout=LIMIT, env={**os.environ, "no_proxy": "*"})
    assert told(slack, "Ransom note written")["blocks"]
    opened = site.incidents()[0]
    assert (opened["state"], opened["severity"]) == ("suspected", "critical")
    assert opened["source"] == "wazuh"
    # The log of Wazuh has one alert a line; its last one is a small one.
    small = golden("wazuh-alert.json")
    small["id"], small["rule"]["level"] = "1777874829.1", 3
    small["rule"]["description"] = "A login"
    site.write("ossec/logs/alerts/alerts.json", "\n".join(
        json.dumps(a, separators=(",", ":")) for a in (golden("wazuh-alert.json"), small)) + "\n")
    assert "A login" in site.run("wazuh-try") and told(slack, "A login")
    text = README.read_text()
    site.shell(re.search(r"`(sudo tocsin dismiss [^`]*)`", text).group(1).replace(" 1 ", " 2 "))
    assert {i["id"]: i["state"] for i in site.incidents()} == {1: "suspected", 2: "dismissed"}


def test_ten_minutes_with_alertmanager(site, slack):
    need("prometheus-alertmanager")
    need("amtool")
    site.start()
    site.run("alertmanager-token")
    peer = Alertmanager(site.dir, config=site.put_in(block("alertmanager")),
                        port=site.alertmanager_port)
    try:
        site.run("alertmanager-try")
        assert told(slack, "a trial of tocsin")["blocks"]
    finally:
        peer.close()
    opened = site.incidents()[0]
    assert (opened["state"], opened["severity"]) == ("suspected", "critical")
    assert opened["source"] == "alertmanager"


def test_anything_else(site, slack):
    need("curl")
    site.start()
    assert json.loads(site.run("generic"))["key"] == "scan-4711"
    told(slack, "Web shell on web1")


class Browser:
    """What a browser does at the address that nginx has."""

    def __init__(self, site):
        self.context = ssl.create_default_context(cafile=site.authority.ca)
        self.port, self.cookie = site.proxy_port, None

    def ask(self, method, path, body=None):
        conn = http.client.HTTPSConnection("localhost", self.port, context=self.context,
                                           timeout=LIMIT)
        headers = {"Host": "tocsin.example.org", "Origin": "https://tocsin.example.org",
                   "Content-Type": "application/json", "X-Tocsin-Session": "1"}
        if self.cookie:
            headers["Cookie"] = self.cookie.split(";")[0]
        try:
            conn.request(method, path, body, headers)
            answer = conn.getresponse()
            self.cookie = answer.headers["Set-Cookie"] or self.cookie
            return answer.status, answer.read().decode()
        finally:
            conn.close()


@pytest.fixture
def nginx(site):
    need("nginx")
    site.start()
    temporary = "".join(f"{kind}_temp_path {site.dir}/{kind};\n" for kind in
                        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;" if pathlib.Path("/proc/self").owner() == "root" else ""
    site.write("nginx.conf", f"""{user} daemon off; pid {site.dir}/nginx.pid; error_log stderr;
events {{ }}
http {{ access_log {site.dir}/access.log; {temporary} include {site.dir}/nginx/*.conf; }}
""")
    site.run("nginx")
    assert "reload nginx" in (site.dir / "systemctl.log").read_text()
    process = subprocess.Popen([site.dir / "bin/nginx"], stdin=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    yield site
    process.terminate()
    process.wait(LIMIT)


def test_behind_nginx(nginx, slack):
    here = {"https://tocsin.example.org": f"https://localhost:{nginx.proxy_port}"}
    wait_for("nginx", lambda: not subprocess.run(
        ["curl", "-sk", "-o", "/dev/null", here["https://tocsin.example.org"]]).returncode)
    nginx.run("nginx-try", here)
    browser = Browser(nginx)
    status, page = browser.ask("GET", "/")
    assert status == 200 and "<title>tocsin" in page
    for path in re.findall(r'(?:src|href)="(web/[^"]+)"', page):
        assert browser.ask("GET", "/" + path)[0] == 200, path
    token = (nginx.dir / "etc/tocsin/ops.token").read_text().strip()
    assert browser.ask("GET", "/v1/clocks")[0] == 401
    assert browser.ask("POST", "/v1/session", json.dumps({"token": token}))[0] == 201
    assert "; Secure" in browser.cookie and "HttpOnly" in browser.cookie
    assert browser.ask("GET", "/v1/clocks")[0] == 200
    status, opened = browser.ask("POST", "/v1/incidents", json.dumps(
        {"title": "Seen from outside", "by": "j.doe", "aware_at": ago(0)}))
    assert status == 201, opened
    # The link of the notice leads there, and its page through the proxy.
    link = re.search(r"https://tocsin\.example\.org(/a/[\w-]+)", json.dumps(told(slack, "/a/")))
    status, page = browser.ask("GET", link.group(1))
    assert status == 200 and "Seen from outside" in page
    assert "early-warning" in nginx.run("nginx-client", here)
    log = nginx.dir / "access.log"
    assert not log.exists() or link.group(1) not in log.read_text()


def test_before_it_counts(site, slack, authority):
    mailbox = Mailbox(authority)
    try:
        site.places.update({
            "smtp://mail.example.org:587": f"smtp://localhost:{mailbox.port}",
            'from = "tocsin@': f'user = "tocsin"; password = "file:smtp.password"; '
                               f'ca_file = "{authority.ca}"; from = "tocsin@'})
        site.write("etc/tocsin/smtp.password", "correct horse\n", 0o600)
        site.run("secrets")
        site.configure(block("conf").split("channels = ")[0] + block("people"))
        assert site.shell("tocsind -t 2>&1") == "", "no warning"
        site.run("start")
        told(slack, "TEST")
        # Three quarters of the time are gone: everybody on the ladder is told.
        site.shell(f"tocsin open --title Late --aware {ago(20)} --by j.doe")
        told(slack, "Late")
        mailbox.wait(2)
        people = {to for recipients, _ in mailbox.messages for to in recipients}
        assert people == {"ciso@example.org", "board@example.org"}
    finally:
        mailbox.close()


def test_a_day_with_it(site):
    site.start()
    for title in ("Ransomware on billing", "Many logins"):
        site.shell(f"tocsin open --title '{title}'")
    changes = {" 42": " 1", " 43": " 2", "2026-11-21T16:40:00+01:00": ago(-1 / 60)}
    text = "".join(line for line in site.put_in(block("day"), changes).splitlines(True)
                   if not line.startswith(tuple(LEFT_OUT)))
    shown = site.shell(text)
    assert "# " in shown and "early-warning" in shown
    by_id = {i["id"]: i for i in map(lambda n: site.json("show", str(n)), (1, 2))}
    assert by_id[1]["state"] == "open" and by_id[2]["state"] == "dismissed"
    states = {c["stage"]: c["state"] for c in by_id[1]["clocks"]}
    assert states["early-warning"] == "filed" and states["notification"] == "running"


def test_a_correction_waits_for_a_second_person(site):
    site.start()
    site.shell(f"tocsin open --title Ransomware --aware {ago(3)} --by j.doe")
    before = site.json("show", "1")["clocks"][0]["due_at"]
    changes = {" 42": " 1", "2026-11-21T11:00:00+01:00": ago(1)}
    lines = site.put_in(block("correction"), changes).splitlines(True)
    shown = site.shell("".join(lines[:2]))
    assert "held: nis2/early-warning: j.doe's correction" in shown
    assert site.json("show", "1")["clocks"][0]["due_at"] == before
    site.shell("".join(lines[2:]))
    assert site.json("show", "1")["clocks"][0]["due_at"] > before


def test_backup_and_export(site):
    site.start()
    site.shell("tocsin open --title Ransomware")
    sbin = BUILD / "src/daemon/tocsind"
    shown = site.run("backup", {"tocsin backup": f"tocsin backup --tocsind {sbin}"})
    assert list(site.dir.glob("tocsin-20*.db")) and (site.dir / "journal.ndjson").stat().st_size
    assert shown
