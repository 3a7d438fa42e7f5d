"""Rule files that change: what they would change is seen before they are loaded, and
they count for an incident once somebody has applied them."""

import json
import os
import signal
import subprocess

import pytest

from harness import DATA, TOCSIN, TOCSIND, copy_data, wait_for
from peers import Receiver
from test_client import on_terminal


class Rules:
    """A daemon with a data directory of its own, which the test changes."""

    def __init__(self, daemon, tmp_path):
        self.data = copy_data(tmp_path / "data")
        self.nis2 = self.data / "regimes.d/nis2.conf"
        self.shipped = self.nis2.read_text()
        self.tocsin = daemon(data=self.data)

    def change(self, period, version):
        """The early warning is due after another period."""
        text = self.shipped.replace('version = "2026-11-21"', f'version = "{version}"', 1)
        text = text.replace('period = "PT24H"', f'period = "{period}"', 1)
        assert text != self.shipped
        self.nis2.write_text(text)

    def reload(self):
        reloads = self.tocsin.log().count("reloaded")
        self.tocsin.process.send_signal(signal.SIGHUP)
        wait_for("the reload", lambda: self.tocsin.log().count("reloaded") > reloads)

    def ask(self, *arguments, **kw):
        return self.tocsin.client("rules", "--data", self.data, *arguments, **kw)

    def check(self):
        return subprocess.run([TOCSIND, "-t", "-c", self.tocsin.conf, "-d", self.data,
                               "-b", os.path.dirname(TOCSIN)],
                              capture_output=True, text=True, timeout=30)

    def clock(self, stage="early-warning"):
        incident = self.tocsin.get("/v1/incidents/1").json
        return next(c for c in incident["clocks"] if c["stage"] == stage)


@pytest.fixture
def rules(daemon, tmp_path):
    return Rules(daemon, tmp_path)


def test_the_same_rules_change_nothing(rules):
    rules.tocsin.open()
    rules.tocsin.open("Only suspected", aware=None)
    out = rules.ask().stdout
    assert "the same rules" in out
    assert "no open incident would change (2 checked)" in out
    assert "incident 1 would not change" in rules.ask(1).stdout
    answer = json.loads(rules.ask("--json").stdout)
    assert answer["incidents"] == [] and answer["checked"] == 2
    assert answer["daemon"] == answer["disk"] and len(answer["disk"]["digest"]) == 64


def test_stricter_rules_are_seen_applied_and_count_at_once(rules):
    rules.tocsin.open()
    assert rules.clock()["due_at"] == "2026-11-22T08:17:00Z"
    rules.change("PT12H", "2027-01-10")
    out = rules.ask().stdout
    assert "nis2/2026-11-21 -> nis2/2027-01-10" in out
    assert "systemctl reload tocsind" in out
    assert "nis2/early-warning  due      2026-11-22 08:17Z  2026-11-21 20:17Z" in out
    assert max(map(len, on_terminal(rules.tocsin, 80, "rules", "--data", rules.data))) <= 80
    found = json.loads(rules.ask(1, "--json").stdout)["incidents"]
    assert [i["id"] for i in found] == [1]
    assert found[0]["changes"][0] == {
        "regime": "nis2", "stage": "early-warning", "what": "due_at",
        "was": "2026-11-22T08:17:00Z", "would_be": "2026-11-21T20:17:00Z"}

    # The daemon has not read them: what it runs would be applied, which is nothing new.
    run = rules.ask("--apply", 1, "--by", "j.doe", "--basis", "too early", check=False)
    assert run.returncode == 1 and len(run.stderr.splitlines()) == 1
    assert "has not read the rules on disk (systemctl reload tocsind): the incident" in run.stderr

    rules.reload()
    assert rules.clock()["due_at"] == "2026-11-22T08:17:00Z"     # pinned
    out = rules.ask().stdout
    assert "the same rules" in out and "2026-11-21 20:17Z" in out
    run = rules.ask("--apply", 1, "--by", "j.doe", "--basis", "the act was amended")
    assert "IS" in run.stdout.split() and "2026-11-21 20:17Z" in run.stdout
    assert run.stderr == ""
    assert rules.clock()["due_at"] == "2026-11-21T20:17:00Z"
    assert "no open incident would change" in rules.ask().stdout
    line = rules.tocsin.lines("rules.applied")[-1]
    assert line["by"] == "j.doe" and line["basis"] == "the act was amended"


def test_looser_rules_wait_for_a_second_person(rules):
    rules.tocsin.open()
    rules.change("PT36H", "2027-01-10")
    rules.reload()
    assert "2026-11-22 20:17Z" in rules.ask().stdout
    out = rules.ask("--apply", 1, "--by", "j.doe", "--basis", "the act was amended").stdout
    assert "no clock of incident 1 has moved" in out
    assert "j.doe's correction would move it to 2026-11-22 20:17Z; tocsin confirm 1" in out
    assert rules.clock()["due_at"] == "2026-11-22T08:17:00Z"
    for command in ("show", "1"), ("clocks",):
        lines = on_terminal(rules.tocsin, 80, *command)
        assert max(map(len, lines)) <= 80, command
        assert "j.doe's correction" in "\n".join(lines), command
    # What is held is not a difference of the rules.
    assert "no open incident would change" in rules.ask().stdout
    run = rules.tocsin.client("confirm", 1, "--by", " J.Doe", check=False)
    assert run.returncode == 1 and len(run.stderr.splitlines()) == 1
    out = rules.tocsin.client("confirm", 1, "--by", "ciso", "--basis", "read it").stdout
    assert "2026-11-22 20:17Z" in out and "held" not in out
    assert "confirming nis2/early-warning, j.doe's correction: running, due 2026-11-22" in out
    assert rules.clock()["due_at"] == "2026-11-22T20:17:00Z"
    run = rules.tocsin.client("confirm", 1, "--by", "ciso", check=False)
    assert run.returncode == 1


def test_a_check_shows_what_newer_rules_would_change(rules):
    rules.tocsin.open()
    run = rules.check()
    assert run.returncode == 0 and "no open incident would change" in run.stdout, run
    rules.change("PT12H", "2027-01-10")
    run = rules.check()
    assert run.returncode == 0 and "2026-11-21 20:17Z" in run.stdout, run
    rules.nis2.write_text(rules.shipped.replace("PT24H", "PT24"))
    run = rules.check()
    assert run.returncode == 1 and run.stdout == ""
    rules.nis2.write_text(rules.shipped)
    rules.tocsin.kill()
    run = rules.check()
    assert (run.returncode, run.stdout, run.stderr) == (0, "", ""), run


def test_a_check_is_good_even_if_the_client_fails(rules, tmp_path):
    """Its failure is one line of warning, whatever it is."""
    for name, program in (("none", None), ("bad", "echo one >&2\necho two >&2\nexit 1"),
                          ("slow", "exec sleep 60")):
        directory = tmp_path / name
        directory.mkdir()
        if program:
            path = directory / "tocsin"
            path.write_text(f"#!/bin/sh\n{program}\n")
            path.chmod(0o755)
        run = subprocess.run([TOCSIND, "-t", "-c", rules.tocsin.conf, "-d", rules.data,
                              "-b", directory], capture_output=True, text=True, timeout=30)
        assert run.returncode == 0, run
        assert run.stdout == "" and len(run.stderr.splitlines()) == 1, run
        assert run.stderr.startswith("warning: "), run


def test_corrections_by_the_client(tocsin):
    tocsin.open()
    when = ("--at", "2026-11-21T09:00:00Z", "--by", "d.po", "--recipient", "BSI")
    tocsin.client("file", 1, "early-warning", *when, "--reference", "BSI-1")
    run = tocsin.client("file", 1, "early-warning", *when, "--reference", "BSI-2", check=False)
    assert run.returncode == 1
    tocsin.client("file", 1, "early-warning", *when, "--reference", "BSI-2", "--replaces")
    out = tocsin.client("withdraw", 1, "early-warning", "--by", "d.po", "--basis", "refused").stdout
    assert "early-warning" in out
    assert tocsin.client("trait", 1, "--by", "x", "--basis", "y", check=False).returncode == 2
    tocsin.client("trait", 1, "--add", "trust-service", "--by", "x", "--basis", "the CA")
    assert tocsin.get("/v1/incidents/1").json["traits"] == ["trust-service"]
    tocsin.client("trait", 1, "--remove", "trust-service", "--by", "x", "--basis", "not the CA")
    assert "traits" not in tocsin.get("/v1/incidents/1").json
    kinds = [line["kind"] for line in tocsin.lines()]
    assert kinds.count("filing.withdrawn") == 1 and kinds.count("traits.changed") == 2


@pytest.mark.parametrize("arguments", [
    ("--apply", "--by", "x", "--basis", "y"), ("1", "--apply", "--by", "x"), ("1", "--by", "x"),
    ("one",), ("1", "2"),
])
def test_usage(arguments):
    assert subprocess.run([TOCSIN, "rules", *arguments], capture_output=True).returncode == 2


@pytest.mark.parametrize("reply", [
    b"{}", b'{"incidents": [{}, 1, null], "next": "1"}',
    b'{"digest": 5, "regimes": [1, {"name": "\\u001b[2J"}], "countries": {}, "incidents": '
    b'[{"id": 1, "title": "\\u001b[2J", "regimes": ["nis2"], "events": [{"type": "aware", '
    b'"at": "9999-12-31T23:59:59Z"}], "rules": {"country": "../x", "timezone": "../x"}}]}',
    b'{"incidents": [{"regimes": ["nis2"], "events": [{"type": "aware", "at": '
    b'"0000-01-01T00:00:00Z"}], "clocks": [{"regime": "nis2", "readings": [{"alarms": true}, 5]}]}]}',
])
@pytest.mark.parametrize("command", ["rules", "rules 1", "rules 1 --json",
                                     "rules --apply 1 --by x --basis y", "confirm 1 --by x"])
def test_a_server_that_lies(tmp_path, reply, command):
    """Whatever answers: it ends, with 0 or 1, and the terminal stays as it is."""
    server = Receiver()
    handler = server.server.RequestHandlerClass
    handler.do_GET = handler.do_POST
    server.reply = reply
    run = subprocess.run([TOCSIN, "--url", server.url, "--data", DATA, *command.split()],
                         capture_output=True, text=True, timeout=30)
    server.close()
    assert run.returncode in (0, 1), run
    assert "\033" not in run.stdout + run.stderr
