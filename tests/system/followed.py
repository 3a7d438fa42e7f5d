"""A machine that is set up as the documents say, below one directory: what their lines need of
root and systemd is stood in for, and paths, ports and hosts are put in."""

import contextlib
import datetime
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

from harness import COURIERS, DATA, LIMIT, TOCSIN, TOCSIND, TOP, free_port, wait_for

README = TOP / "README.md"
STANDINS = {
    "sudo": 'while [ "$1" = -u ]; do shift 2; done\nexec "$@"',
    "install": 'for a; do shift; case $a in -o | -g) skip=1 ;; *)\n'
               '  test -n "$skip" || set -- "$@" "$a"; skip= ;; esac; done\nexec {install} "$@"',
    "usermod": 'test "$1" = -aG && test "$2" = tocsin',
    "tocsind": 'test "$1" != -t || set -- "$@" -b {cli}\n'
               'exec {tocsind} -c {dir}/etc/tocsin/tocsind.conf -d {data} -l {couriers} "$@"',
    "tocsin": 'case "$*" in *--url*) exec {tocsin} --ca-file {ca} "$@" ;; esac\n'
              'exec {tocsin} --socket {socket} --data {dir}/etc/tocsin:{data} "$@"',
    "nginx": 'exec {nginx} -e stderr -p {dir} -c {dir}/nginx.conf "$@"',
    "systemctl": """echo "$@" >>{dir}/systemctl.log
runs() { grep -qs '^State:.[RSDI]' "/proc/$(cat {dir}/pid)/status"; }
stop() { test ! -e {dir}/pid || kill "$(cat {dir}/pid)"; while runs; do sleep 0.05; done; }
start() {
	tocsind >>{dir}/tocsind.log 2>&1 </dev/null &
	echo $! >{dir}/pid
	for i in $(seq 200); do tocsin ping >/dev/null 2>&1 && return; sleep 0.1; done
	cat {dir}/tocsind.log; exit 1
}
case $* in
"restart tocsind.service") stop 2>/dev/null; start ;;
"start tocsind.socket tocsind.service") start ;;
"stop tocsind.socket tocsind.service") stop ;;
"reload tocsind") kill -HUP "$(cat {dir}/pid)" ;;
esac""",
}


def blocks():
    """Every fenced block, with the mark that stands before it."""
    text = README.read_text()
    return re.findall(r"^(?:<!-- ([^\n]*) -->\n)?```[a-z]*\n(.*?)^```$", text, re.M | re.S)


def block(name):
    found = [text for mark, text in blocks() if mark == "run: " + name]
    assert len(found) == 1, f"README.md has {len(found)} blocks named {name}"
    return found[0]


class Site:
    """A machine as README.md makes it, below one directory."""

    def __init__(self, directory, authority, slack):
        self.dir, self.authority, self.slack = pathlib.Path(directory), authority, slack
        self.port, self.proxy_port, self.alertmanager_port = free_port(), free_port(), free_port()
        self.places = {
            "/etc/tocsin/": f"{self.dir}/etc/tocsin/",
            "/etc/nginx/conf.d/": f"{self.dir}/nginx/",
            "/etc/prometheus/": f"{self.dir}/prometheus/",
            "/var/ossec/": f"{self.dir}/ossec/",
            "/var/backups/": f"{self.dir}/",
            "/run/tocsin/api.sock": f"{self.dir}/api.sock",
            "/etc/ssl/tocsin.pem": str(authority.cert),
            "/etc/ssl/private/tocsin.key": str(authority.key),
            "listen 443 ssl": f"listen 127.0.0.1:{self.proxy_port} ssl",
            "http://127.0.0.1:2472": f"http://127.0.0.1:{self.port}",
            "port = 2472": f"port = {self.port}",
            "http://127.0.0.1:9093": f"http://127.0.0.1:{self.alertmanager_port}",
            "https://hooks.slack.com/services/...": slack.url + "/services/T0/B0/secret",
            'url = "file:slack.url"': f'url = "file:slack.url"; ca_file = "{authority.ca}"',
        }
        for name in ("bin", "etc/tocsin", "nginx", "prometheus", "ossec/integrations",
                     "ossec/etc", "ossec/logs/alerts"):
            (self.dir / name).mkdir(parents=True)
        values = {"dir": self.dir, "data": DATA, "couriers": COURIERS, "tocsin": TOCSIN,
                  "tocsind": TOCSIND, "cli": TOCSIN.parent, "ca": authority.ca,
                  "socket": f"{self.dir}/api.sock",
                  "install": shutil.which("install"), "nginx": program("nginx") or "false"}
        for name, text in STANDINS.items():
            for key, value in values.items():
                text = text.replace("{" + key + "}", str(value))
            self.write(f"bin/{name}", "#!/bin/sh\n" + text + "\n", 0o755)

    def write(self, name, text, mode=0o644):
        (self.dir / name).write_text(text)
        (self.dir / name).chmod(mode)

    def put_in(self, text, changes={}):
        """All at once: what is put in is not looked at again."""
        changes = {**self.places, **changes}
        return re.sub("|".join(map(re.escape, changes)), lambda m: changes[m.group()], text)

    def run(self, name, changes={}):
        """Runs a block of shell; every line of it must do."""
        return self.shell(self.put_in(block(name), changes))

    def shell(self, text):
        environment = {**os.environ, "USER": "j.doe", "CURL_CA_BUNDLE": str(self.authority.ca),
                       "PATH": f"{self.dir}/bin:{os.environ['PATH']}", "no_proxy": "*"}
        done = subprocess.run(["sh", "-eu", "-c", text], cwd=self.dir, env=environment, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=3 * LIMIT)
        assert done.returncode == 0, (text, done.stdout, done.stderr, self.log())
        return done.stdout

    def configure(self, text):
        # The store's place and its reserve of disk have defaults that are no test's.
        self.write("etc/tocsin/tocsind.conf", f'store = {{ path = "{self.dir}/tocsin.db"; }};\n'
                   f'disk_floor = "1MiB"; ballast = "1MiB";\n{self.put_in(text)}')

    def start(self):
        self.run("secrets")
        self.configure(block("conf"))
        self.run("start")
        return self

    def log(self):
        log = self.dir / "tocsind.log"
        return log.read_text(errors="replace") if log.exists() else ""

    def json(self, *arguments):
        return json.loads(self.shell(" ".join(("tocsin --json", *arguments))))

    def incidents(self):
        return self.json("list", "--all")["incidents"]

    def close(self):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            pid = int((self.dir / "pid").read_text())
            os.kill(pid, signal.SIGTERM)
            wait_for("tocsind to end", lambda: not is_running(pid))


def is_running(pid):
    """Nobody may wait for a child of the stand-in for systemctl: the dead do not count."""
    with contextlib.suppress(OSError):
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] not in "ZX"
    return False


def program(name):
    return shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")


def need(name):
    if not program(name):
        pytest.skip(f"NOT TESTED: {name} is not installed (apt-get install {name})")


def ago(hours):
    then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=hours)
    return then.strftime("%Y-%m-%dT%H:%M:%SZ")
