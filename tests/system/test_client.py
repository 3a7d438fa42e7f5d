"""The client, as a person uses it."""

import fcntl
import json
import os
import pty
import struct
import subprocess
import termios

import pytest

from harness import DATA, TOCSIN, wazuh_alert
from peers import Receiver


def on_terminal(tocsin, columns, *arguments):
    """The lines that a person sees on a terminal of that width."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    subprocess.run([TOCSIN, "--socket", tocsin.socket, *arguments], stdout=theirs, timeout=30,
                   check=True, env={**os.environ, "NO_COLOR": "1"})
    os.close(theirs)
    seen = b""
    try:
        while part := os.read(ours, 4096):
            seen += part
    except OSError:     # the end of a terminal
        pass
    os.close(ours)
    return seen.decode().splitlines()


def test_a_whole_incident(tocsin, tmp_path):
    out = tocsin.client("open", "--entity", "acme-energy", "--title", "Ransomware on billing",
                        "--aware", "2026-11-21T08:17:00Z", "--severity", "critical").stdout
    assert "1" in out
    assert "Ransomware on billing" in tocsin.client("list").stdout
    show = tocsin.client("show", 1).stdout
    assert "Art. 23(4)(a)" in show and "+ PT24H elapsed" in show
    # In the time of the entity too; what is only planned is no date yet.
    assert "due          2026-11-22T08:17:00Z  Sun 2026-11-22 09:17 +01:00" in show
    clocks = tocsin.client("clocks").stdout
    assert "early-warning" in clocks and " 2026-11-22 08:17Z  " in clocks
    assert " ? 2026-12-21 08:17Z  " in clocks
    assert max(map(len, on_terminal(tocsin, 80, "clocks"))) <= 80
    tocsin.client("ack", 1, "--by", "j.doe", "--for", "PT2H")
    document = tmp_path / "report.txt"
    document.write_text("what was sent\n")
    for stage in ("early-warning", "notification"):
        tocsin.client("file", 1, stage, "--at", "2026-11-21T09:00:00Z", "--by", "d.po",
                      "--recipient", "BSI", "--reference", "BSI-1", "--document", document)
    incident = json.loads(tocsin.client("--json", "show", 1).stdout)
    assert len(incident["filings"]) == 2 and len(incident["filings"][0]["digest"]) == 64
    report = tocsin.client("report", 1, "final-report", "--data", DATA).stdout
    assert report.startswith("#") and "Final report" in report.splitlines()[0]
    tocsin.client("handled", 1, "--at", "2026-11-21T10:00:00Z", "--by", "j.doe", "--basis", "restored")
    tocsin.client("waive", 1, "final-report", "--by", "counsel", "--basis", "agreed")
    assert json.loads(tocsin.client("--json", "show", 1).stdout)["state"] == "closed"
    assert "closed" in tocsin.client("list", "--all").stdout
    assert "delivered" in tocsin.client("deliveries", 1).stdout


def test_refusals_are_one_line(tocsin):
    run = tocsin.client("show", 99, check=False)
    assert run.returncode == 1 and len(run.stderr.splitlines()) == 1
    run = tocsin.client("frobnicate", check=False)
    assert run.returncode == 2
    run = tocsin.client("event", 99, "handled", check=False)
    assert run.returncode == 2
    tocsin.client("open", "--title", "x")
    run = tocsin.client("event", 1, "aware", "--at", "2026-11-21T08:00:00", "--by", "x",
                        "--basis", "y", check=False)
    assert run.returncode in (1, 2) and "offset" in run.stderr


def test_triage_and_dismissal(daemon):
    tocsin = daemon(awareness="triage")
    tocsin.post("/v1/alerts/wazuh", wazuh_alert(), token="wazuh")
    tocsin.client("aware", 1, "--at", "2026-11-21T08:17:00Z", "--by", "j.doe", "--basis", "seen")
    tocsin.client("dismiss", 1, "--by", "j.doe", "--basis", "a false alarm")
    assert json.loads(tocsin.client("--json", "show", 1).stdout)["state"] == "dismissed"


def test_over_http_with_a_token(tocsin):
    run = subprocess.run([TOCSIN, "--url", f"http://127.0.0.1:{tocsin.port}", "--token-file",
                          tocsin.dir / "reader.token", "ping"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_verify_names_the_first_bad_line(tocsin, tmp_path):
    for n in range(5):
        tocsin.open(f"Incident {n}")
    tocsin.client("verify")
    exported = tocsin.get("/v1/journal?limit=10000").body.decode()
    path = tmp_path / "journal.ndjson"
    path.write_text(exported)
    assert subprocess.run([TOCSIN, "verify", path], capture_output=True).returncode == 0
    lines = exported.splitlines()
    bad = next(n for n, line in enumerate(lines) if "Incident 3" in line)
    lines[bad] = lines[bad].replace("Incident 3", "Accident 3")
    path.write_text("\n".join(lines) + "\n")
    run = subprocess.run([TOCSIN, "verify", path], capture_output=True, text=True)
    assert run.returncode == 1 and str(bad + 1) in run.stderr, run.stderr
    path.write_text("\n".join(exported.splitlines()[1:]) + "\n")
    assert subprocess.run([TOCSIN, "verify", path], capture_output=True).returncode == 1


def test_journal_verifies_with_sha256sum_alone(tocsin, tmp_path):
    """The recipe of tocsind(8), with nothing but sh and sha256sum."""
    tocsin.open("Zażółć gęślą jaźń \\ \"quoted\"")
    lines = tmp_path / "journal.txt"
    lines.write_text(tocsin.client("journal", "--lines").stdout)
    head = tocsin.journal()[-1]["hash"]
    recipe = r'''
p=$(printf '%064d' 0)
while IFS= read -r line; do
    p=$(printf '%s\n%s\n' "$p" "$line" | sha256sum | cut -c 1-64)
done < "$1"
echo "$p"
'''
    run = subprocess.run(["sh", "-c", recipe, "sh", lines], capture_output=True, text=True)
    assert run.stdout.strip() == head


def test_calculator_needs_no_daemon():
    run = subprocess.run([TOCSIN, "due", "--data", DATA, "--regime", "nis2", "--country", "DE",
                          "--event", "aware=2026-11-21T09:17:00+01:00",
                          "--filed", "notification=2026-11-23T15:42:00+01:00"],
                         capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "2026-12-23" in run.stdout and "Art. 23(4)(d)" in run.stdout
    batch = "\n".join(['{"regime":"nis2","country":"DE","events":{"aware":"2026-11-21T09:17:00+01:00"}}',
                       '{"events":{"aware":"yesterday"}}', "nonsense"]) + "\n"
    run = subprocess.run([TOCSIN, "due", "--data", DATA, "--batch"], input=batch,
                         capture_output=True, text=True)
    assert run.returncode == 0
    first, second, third = map(json.loads, run.stdout.splitlines())
    assert first["clocks"][0]["due_at"] == "2026-11-22T08:17:00Z"
    assert "error" in second and "error" in third


@pytest.mark.parametrize("reply", [
    b"", b"{}", b"[]", b"null", b'{"next": "1", "incidents": [], "clocks": []}',
    b'{"until": 5, "by": {}, "next": [], "incidents": [1, null, {"clocks": 5}]}',
    b'{"title": "\\u001b[2J", "clocks": [{"title": "\\u001b[2J"}], "incidents": 1}',
])
@pytest.mark.parametrize("command", ["list", "clocks", "show 1", "ack 1 --by x", "ping"])
def test_a_server_that_lies(tocsin, reply, command):
    """Whatever answers: it ends, with 0 or 1, and the terminal stays as it is."""
    server = Receiver()
    handler = server.server.RequestHandlerClass
    handler.do_GET = handler.do_POST
    server.reply = reply
    run = subprocess.run([TOCSIN, "--url", server.url, "--token-file",
                          tocsin.dir / "reader.token", *command.split()],
                         capture_output=True, text=True, timeout=20)
    server.close()
    assert run.returncode in (0, 1), run
    assert "\033" not in run.stdout + run.stderr
