"""The machine that sdtest.sh has booted, and the daemon installed in it."""

import json
import os
import pathlib
import shutil
import subprocess

import pytest

from harness import TOKENS, Tocsin, wait_for
from peers import Receiver

UNIT = "tocsind.service"
CONF = "/etc/tocsin/tocsind.conf"
COURIER = "/usr/libexec/tocsin/tocsin-courier"


class Machine:
    """A systemd of its own; paths are as it sees them."""

    def __init__(self, script, directory):
        self.enter = [script, "enter", directory]
        self.pid = int(pathlib.Path(directory, "pid").read_text())

    def path(self, name):
        """A file of the machine, from outside."""
        return pathlib.Path(f"/proc/{self.pid}/root{name}")

    def run(self, *command, check=True, limit=60):
        result = subprocess.run([*self.enter, *map(str, command)], capture_output=True,
                                text=True, stdin=subprocess.DEVNULL, timeout=limit)
        if check:
            assert result.returncode == 0, (command, result.stdout, result.stderr)
        return result

    def systemctl(self, *arguments, **kw):
        return self.run("systemctl", *arguments, **kw)

    def show(self, name, unit=UNIT):
        return self.systemctl("show", "--value", "-p", name, unit).stdout.strip()

    def wait_state(self, state, unit=UNIT):
        wait_for(f"{unit} to be {state}", lambda: self.show("ActiveState", unit) == state)

    def write(self, name, text, owner=(0, 0), mode=0o644):
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        coming = path.with_name(path.name + ".new")
        coming.write_text(text)
        os.chown(coming, *owner)
        coming.chmod(mode)
        coming.rename(path)

    def drop_in(self, text):
        """Changes the service as `systemctl edit` does; "" takes it back."""
        directory = f"/etc/systemd/system/{UNIT}.d"
        if text:
            self.write(f"{directory}/test.conf", "[Service]\n" + text)
        else:
            shutil.rmtree(self.path(directory))
        self.systemctl("daemon-reload")

    def log(self, *matches):
        """The journal's entries, as dictionaries."""
        out = self.run("journalctl", "-b", "-o", "json", "--all", *matches).stdout
        return [json.loads(line) for line in out.splitlines()]

    def messages(self, unit=UNIT):
        return [entry["MESSAGE"] for entry in self.log("-u", unit)]

    def user(self, name="tocsin"):
        """uid and gid."""
        for line in self.path("/etc/passwd").read_text().splitlines():
            fields = line.split(":")
            if fields[0] == name:
                return int(fields[2]), int(fields[3])
        raise AssertionError(f"there is no user {name}")


class Service(Tocsin):
    """The installed daemon: started by systemctl, asked over the ports of its socket unit."""

    def __init__(self, machine):
        self.machine = machine
        self.port = 2472
        self.socket = str(machine.path("/run/tocsin/api.sock"))
        self.process = None
        self.hook = Receiver()

    def configure(self, extra_token=""):
        owner = self.machine.user()
        for name in "ops", "custom":
            self.machine.write(f"/etc/tocsin/{name}.token", TOKENS[name] + "\n", owner, 0o400)
        self.machine.write(CONF, f"""
listen = ( {{ unix = "/run/tocsin/api.sock"; }},
           {{ address = "127.0.0.1"; port = {self.port}; }} );
tokens = (
  {{ name = "ops"; role = "operate"; secret = "file:/etc/tocsin/ops.token"; }},
  {extra_token}
  {{ name = "custom"; role = "ingest"; source = "custom";
     secret = "file:/etc/tocsin/custom.token"; }} );
entities = ( {{ id = "acme-energy"; name = "ACME Energy GmbH"; country = "DE";
                regimes = [ "nis2" ]; policy = "default"; }} );
sources = ( {{ name = "custom"; format = "generic"; entity = "acme-energy";
               awareness = "alert"; }} );
channels = ( {{ name = "screen"; type = "console"; }},
             {{ name = "hook"; type = "webhook"; url = "{self.hook.url}/hook";
                allow_http = true; }} );
policies = ( {{ name = "default"; steps = (
    {{ at = "start"; to = [ "screen", "hook" ]; }},
    {{ at = "due"; to = [ "screen" ]; repeat = "PT1H"; }} ); }} );
""")

    def main_pid(self):
        return int(self.machine.show("MainPID"))

    def processes(self):
        """The daemon first, then its couriers."""
        group = self.machine.show("ControlGroup")
        listed = self.machine.run("cat", f"/sys/fs/cgroup{group}/cgroup.procs").stdout.split()
        main = self.main_pid()
        return [main] + [int(pid) for pid in listed if int(pid) != main]

    def restarts(self):
        return int(self.machine.show("NRestarts"))

    def clocks(self):
        """What must outlive everything: each clock and its deadline."""
        clocks = self.get("/v1/clocks").json["clocks"]
        assert "next" not in clocks
        return sorted((c["incident"], c["regime"], c["stage"], c["state"], c.get("due_at"))
                      for c in clocks)


@pytest.fixture(scope="session")
def machine():
    return Machine(os.environ["SDTEST"], os.environ["SDTEST_DIR"])


@pytest.fixture(scope="session")
def service(machine):
    machine.run("systemd-sysusers")
    machine.run("systemd-tmpfiles", "--create")
    made = Service(machine)
    made.configure()
    yield made
    made.hook.close()
