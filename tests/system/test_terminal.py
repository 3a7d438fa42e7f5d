"""What people have at a terminal: the live view, and completion."""

import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import termios
import time

import pytest

from harness import DATA, TOCSIN, TOP, wait_for
from test_metrics import hours_ago

BASH = TOP / "etc/completion/bash/tocsin"
ZSH = TOP / "etc/completion/zsh/_tocsin"


class Screen:
    """A program on a terminal of its own. What it drew last is what counts."""

    def __init__(self, *command, rows=24, columns=80, **environment):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.process = subprocess.Popen(
            list(map(str, command)), stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True, env={**os.environ, "TERM": "xterm", **environment})
        self.output = ""

    def read(self, limit=0.05):
        while select.select([self.master], [], [], limit)[0]:
            self.output += os.read(self.master, 65536).decode()
        return self.output

    def frame(self):
        return self.read().rpartition("\033[2J")[2].replace("\r\n", "\n")

    def press(self, key):
        os.write(self.master, key.encode())

    def end(self):
        status = self.process.wait(10)
        self.read()
        assert termios.tcgetattr(self.slave) == self.before, "the terminal is put back"
        os.close(self.master)
        os.close(self.slave)
        assert self.output.endswith("\033[?25h\033[?1049l")
        return status


def watch(tocsin, *arguments, **kw):
    return Screen(TOCSIN, "--socket", tocsin.socket, "watch", *arguments, **kw)


def test_watch_counts_down_and_ends_by_q(tocsin):
    tocsin.open("Later", aware=hours_ago(1))
    tocsin.open("Sooner, and late", aware=hours_ago(30))
    screen = watch(tocsin)
    frame = wait_for("the first frame", lambda: "q ends" in screen.frame() and screen.frame())
    lines = frame.splitlines()
    assert "4 clocks, 1 overdue" in lines[0]
    rows = [l for l in lines if "nis2/" in l]
    assert "OVERDUE 6 h" in rows[0] and "Sooner" in rows[0], "time left first"
    assert all(len(re.sub("\033\\[[0-9;]*m", "", line)) <= 80 for line in lines), frame
    stamp = lines[0].split()[1]
    wait_for("the next second", lambda: stamp not in screen.frame())
    tocsin.open("New", aware=hours_ago(2))
    wait_for("the new incident", lambda: "New" in screen.frame())
    screen.press("q")
    assert screen.end() == 0


def test_watch_says_when_the_daemon_is_away(tocsin):
    tocsin.open("Ransomware", aware=hours_ago(1))
    screen = watch(tocsin)
    wait_for("the first frame", lambda: "Ransomware" in screen.frame())
    tocsin.stop()
    wait_for("the trouble", lambda: "NO ANSWER" in screen.frame())
    assert "Ransomware" in screen.frame(), "what was known stays"
    tocsin.start()
    wait_for("the daemon", lambda: "NO ANSWER" not in screen.frame())
    screen.process.send_signal(signal.SIGTERM)
    assert screen.end() == 0


def test_watch_without_colours_in_a_small_window(tocsin):
    for n in range(5):
        tocsin.open(f"Late {n}", aware=hours_ago(30))
    screen = watch(tocsin, rows=8, columns=60, NO_COLOR="1")
    frame = wait_for("a frame", lambda: "q ends" in screen.frame() and screen.frame())
    assert "OVERDUE" in frame and "and 7 more; q ends" in frame
    assert len(frame.splitlines()) <= 8
    assert "\033[1;31m" not in screen.output
    screen.press("\003")        # Ctrl-C
    assert screen.end() == 0


def test_watch_needs_a_terminal(tocsin):
    result = tocsin.client("watch", check=False)
    assert result.returncode == 1 and "needs a terminal" in result.stderr


def test_watch_for_a_program(tocsin):
    """One line of JSON at first, and one whenever the clocks are other ones."""
    tocsin.open("First", aware=hours_ago(1))
    process = subprocess.Popen([TOCSIN, "--socket", tocsin.socket, "--json", "watch"],
                               stdout=subprocess.PIPE)
    with process:
        assert {c["title"] for c in json.loads(process.stdout.readline())["clocks"]} == {"First"}
        tocsin.open("Second", aware=hours_ago(1))
        titles = {c["title"] for c in json.loads(process.stdout.readline())["clocks"]}
        assert titles == {"First", "Second"}
        process.kill()


# ---- 80 columns -------------------------------------------------------------------------

def on_terminal(tocsin, *arguments):
    """What a command writes on a terminal of 80 columns, without its colours."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen([TOCSIN, "--socket", tocsin.socket, "--data", DATA,
                                *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=slave,
                               stderr=subprocess.PIPE)
    os.close(slave)
    output = b""
    while True:
        try:
            output += os.read(master, 65536)
        except OSError:     # its end is closed
            break
    os.close(master)
    error = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(20) == 0, (arguments, error)
    return re.sub("\033\\[[0-9;]*m", "", output.decode()).replace("\r\n", "\n")


def test_what_people_read_fits_80_columns(tocsin):
    """But for an address, or a word that is longer alone: they are to be copied."""
    words = "a rather long tale of what was seen where and by whom " * 3
    id = tocsin.open(words[:150], aware=hours_ago(30), description=words, severity="critical",
                     regimes=["nis2", "gdpr", "dora"])["id"]
    tocsin.open("An exercise", drill=True, aware=None)
    tocsin.post(f"/v1/incidents/{id}/filings",
                {"regime": "nis2", "stage": "notification", "filed_at": hours_ago(1),
                 "by": "d.po", "recipient": words, "reference": "BSI-1"})
    tocsin.post(f"/v1/incidents/{id}/acknowledgements", {"by": "j.doe", "for": "PT10M"})
    names = re.findall(r"^  ([a-z]+)  ", tocsin.client("--help").stdout, re.M)
    commands = [["--help"], *([name, "--help"] for name in names),
                ["list"], ["list", "--state", "dismissed"], ["show", id], ["clocks"],
                ["clocks", "--all"], ["deliveries"], ["deliveries", id], ["journal"], ["ping"],
                ["journal", id], ["verify"], ["rules"], ["country", "DE"], ["country", "CY"],
                ["due", "--regime", "nis2", "--country", "DE", "--event", f"aware={hours_ago(1)}"],
                ["source", "try", "wazuh", TOP / "etc/quickstart-alert.json"],
                ["ack", id, "--by", "j.doe"],
                ["event", id, "handled", "--by", "j.doe", "--basis", words],
                ["detail", id, "nature", words, "--by", "j.doe"],
                ["waive", id, "early-warning", "--regime", "nis2", "--by", "x", "--basis", words]]
    for command in commands:
        for line in on_terminal(tocsin, *command).split("\n"):
            assert len(line) <= 80 or " " not in line.strip() or "://" in line, (command, line)


# ---- completion -------------------------------------------------------------------------

def complete(tocsin, *words, program=TOCSIN):
    """What bash would offer for the last word."""
    script = f"""
source {BASH}
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_tocsin
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    result = subprocess.run(
        ["bash", "--norc", "-u", "-c", script, "bash", str(program), "--socket", tocsin.socket,
         *words], capture_output=True, text=True, timeout=30, cwd=TOP)
    assert result.returncode == 0 and not result.stderr, result
    return result.stdout.split()


def test_bash_completes_what_the_program_has(tocsin):
    commands = re.findall(r"^  ([a-z]+)  ", tocsin.client("--help").stdout, re.M)
    assert len(commands) > 20 and complete(tocsin, "") == commands
    assert complete(tocsin, "wai") == ["waive"]
    assert complete(tocsin, "wat") == ["watch"]
    assert set(complete(tocsin, "file", "--re")) == {
        "--recipient", "--reference", "--regime", "--received", "--replaces"}
    assert complete(tocsin, "open", "--severity", "cr") == ["critical"]
    assert complete(tocsin, "list", "--state", "d") == ["dismissed"]


def test_bash_completes_what_the_daemon_has(tocsin):
    first = tocsin.open(aware=hours_ago(1))["id"]
    second = tocsin.open(aware=hours_ago(1))["id"]
    assert set(complete(tocsin, "show", "")) == {str(first), str(second)}
    assert complete(tocsin, "file", "--by", "j.doe", str(first), "early") == ["early-warning"]
    assert complete(tocsin, "ack", str(first), "--stage", "not") == ["notification"]
    assert complete(tocsin, "event", str(first), "hand") == ["handled"]
    tocsin.stop()
    assert complete(tocsin, "show", "") == [], "no daemon, no word, no noise"


def test_every_command_lists_its_options(tocsin):
    """Completion reads them there; every option that the program has is in one."""
    there = set()
    for command in complete(tocsin, ""):
        text = tocsin.client(command, "--help").stdout
        there |= set(re.findall(r"^  --([a-z-]+)", text, re.M))
    source = "".join(p.read_text() for p in (TOP / "src/cli").glob("cmd_*.c"))
    assert there == set(re.findall(r'\.name = "([a-z-]+)"', source))


def test_flags_are_flags():
    """Completion must know which options take no value."""
    source = "".join(p.read_text() for p in (TOP / "src/cli").glob("c*.c"))
    flags = set(re.findall(r'\.name = "([a-z-]+)", \.kind = OPTION_FLAG', source))
    flags -= {"help", "version"}
    for path in (BASH, ZSH):
        for line in re.findall(r"^\t+(--json.*)\) ;;", path.read_text(), re.M):
            assert set(line.replace("--", "").split(" | ")) == flags, path


def test_zsh_reads_its_file():
    if shutil.which("zsh") is None:
        pytest.skip("zsh is not installed")
    assert ZSH.read_text().startswith("#compdef tocsin\n")
    subprocess.run(["zsh", "-n", ZSH], check=True, timeout=30)


def test_zsh_completes(tocsin, tmp_path):
    if shutil.which("zsh") is None:
        pytest.skip("zsh is not installed")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/tocsin").symlink_to(TOCSIN)
    (tmp_path / ".zshrc").write_text(
        f"fpath=({ZSH.parent} $fpath)\nautoload -Uz compinit\ncompinit -D -u\n"
        f"path=({tmp_path}/bin $path)\nPS1='> '\nunsetopt zle_bracketed_paste\n")
    id = tocsin.open(aware=hours_ago(1))["id"]
    screen = Screen("zsh", "-i", ZDOTDIR=str(tmp_path), HOME=str(tmp_path))
    wait_for("the prompt", lambda: "> " in screen.read())
    time.sleep(0.3)
    screen.press(f"tocsin --socket {tocsin.socket} file {id} early\t")
    wait_for("the stage", lambda: "early-warning" in screen.read())
    screen.press("\025tocsin dism\t")
    wait_for("the command", lambda: "dismiss" in screen.read())
    screen.press("\025exit\n")
    screen.process.wait(10)
    os.close(screen.master)
    os.close(screen.slave)
