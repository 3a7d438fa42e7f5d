"""The Debian package in a clean Debian under its own systemd, from the installation to the
purge. The tests share one machine and run in this order, as a service lives there."""

import concurrent.futures
import os
import pathlib
import shutil
import stat
import subprocess
import time

import pytest

from conftest import CONF, UNIT, Machine, Service
from harness import TOKENS, wait_for

SOCKET = "tocsind.socket"
STORE = "/var/lib/tocsin"
INCIDENT_OPENED = "640808eec596486eb9a80f8385d7ab4b"


class Box(Machine):
    """A machine that can be rebooted, with both packages at /srv."""

    def __init__(self):
        self.script, self.directory = os.environ["SDTEST"], os.environ["SDTEST_DIR"]
        for name in "OLD_DEB", "NEW_DEB":
            shutil.copy(os.environ[name], os.environ["SDTEST_ROOT"] + f"/srv/{name}")
        self.boot()

    def boot(self):
        up = subprocess.run([self.script, "up", self.directory], capture_output=True,
                            text=True, timeout=120)
        assert up.returncode == 0, up.stderr
        super().__init__(self.script, self.directory)
        assert self.systemctl("is-system-running").stdout.strip() == "running"

    def shutdown(self):
        down = subprocess.run([self.script, "down", self.directory], capture_output=True,
                              text=True, timeout=60)
        assert (down.returncode, down.stderr) == (0, "")

    def dpkg(self, *arguments):
        """What it printed, both streams."""
        done = self.run("env", "DEBIAN_FRONTEND=noninteractive", "dpkg", *arguments)
        return done.stdout + done.stderr

    def is_enabled(self, unit):
        return self.systemctl("is-enabled", unit, check=False).stdout.strip()


class Installed(Service):
    """Asked over its local socket: the network of the machine is gone after a reboot."""

    def request(self, method, path, body=None, **kw):
        self.socket = str(self.machine.path("/run/tocsin/api.sock"))
        return super().request(method, path, body, **{**kw, "unix": True})

    def titles(self):
        return sorted(i["title"] for i in self.get("/v1/incidents?state=all").json["incidents"])


@pytest.fixture(scope="module")
def box():
    made = Box()
    yield made
    made.shutdown()


@pytest.fixture(scope="module")
def service(box):
    made = Installed(box)
    yield made
    made.hook.close()


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_the_installation_starts_it(box, service):
    box.dpkg("-i", "/srv/OLD_DEB")
    for unit in UNIT, SOCKET:
        assert box.show("ActiveState", unit) == "active"
        assert box.is_enabled(unit) == "enabled"
    assert service.get("/readyz").status == 200
    uid, gid = box.user()
    store = box.path(STORE).stat()
    assert (store.st_uid, store.st_gid, stat.S_IMODE(store.st_mode)) == (uid, gid, 0o700)
    assert mode(box.path(STORE + "/tocsin.db")) == 0o600
    assert box.run("tocsin", "ping").returncode == 0


def test_what_was_installed_is_whole(box):
    assert box.dpkg("--verify", "tocsin") == ""
    for page in "man1/tocsin.1", "man5/tocsind.conf.5", "man8/tocsind.8":
        assert box.path(f"/usr/share/man/{page}.gz").exists()
    conffiles = box.run("dpkg-query", "-W", "-f", "${Conffiles}", "tocsin").stdout
    assert [line.split()[0] for line in conffiles.splitlines() if line] == [CONF]


def test_systemd_has_nothing_to_say_and_exposure_is_at_most_1_6(box):
    said = box.run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", UNIT, SOCKET)
    assert (said.stdout, said.stderr) == ("", "")
    box.run("systemd-analyze", "security", "--no-pager", "--threshold=16", UNIT)


def test_an_alert_opens_an_incident_and_the_journal_has_it(box, service):
    service.configure()
    box.run("runuser", "-u", "tocsin", "--", "tocsind", "-t")
    box.systemctl("restart", UNIT)
    answer = service.post("/v1/alerts/custom", {"key": "case-1", "title": "Ransom note"})
    assert answer.status == 201, answer
    [entry] = wait_for("the entry", lambda: box.log("MESSAGE_ID=" + INCIDENT_OPENED))
    assert entry["TOCSIN_INCIDENT"] == str(answer.json["id"])
    assert entry["_SYSTEMD_UNIT"] == UNIT
    explained = box.run("journalctl", "-x", "MESSAGE_ID=" + INCIDENT_OPENED).stdout
    assert "of acme-energy was opened" in explained, "the package's trigger read the catalog"


def test_it_comes_up_with_the_machine(box, service):
    before = service.clocks()
    assert before
    box.shutdown()
    box.boot()
    box.wait_state("active")
    assert service.clocks() == before


def test_a_new_version_can_be_asked_before_it_is_installed(box):
    """As README.Debian has it."""
    box.run("dpkg-deb", "-x", "/srv/NEW_DEB", "/srv/new")
    ask = ("runuser", "-u", "tocsin", "--", "/srv/new/usr/sbin/tocsind", "-t", "-c", CONF,
           "-d", "/srv/new/usr/share/tocsin")
    box.run(*ask)
    good = box.path(CONF).read_text()
    box.write(CONF, good + "polices = ( );\n")
    refused = box.run(*ask, check=False)
    assert refused.returncode == 1 and "polices" in refused.stderr
    box.write(CONF, good)


def test_an_upgrade_keeps_incidents_clocks_and_connections(box, service):
    box.write("/etc/tocsin/open.token", TOKENS["ops"] + "\n")
    before, titles, pid = service.clocks(), service.titles(), service.main_pid()
    conf = box.path(CONF).read_text()

    def ask(n):
        time.sleep(n * 0.1)
        return service.get("/healthz").status

    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        answers = pool.map(ask, range(40))
        said = box.dpkg("--force-confold", "-i", "/srv/NEW_DEB")
        assert list(answers) == [200] * 40, "none was refused meanwhile"
    box.wait_state("active")
    assert service.main_pid() != pid, "it is the new program that runs"
    assert (service.clocks(), service.titles()) == (before, titles)
    box.run("tocsin", "verify")
    assert box.path(CONF).read_text() == conf
    assert "Of the next version" in box.path(CONF + ".dpkg-dist").read_text()
    assert "/etc/tocsin/open.token can be read by everybody" in said
    assert "ops.token" not in said and "custom.token" not in said


def test_a_unit_that_was_disabled_stays_disabled_over_an_upgrade(box):
    box.systemctl("disable", UNIT, SOCKET)
    box.dpkg("-i", "/srv/NEW_DEB")
    assert [box.is_enabled(unit) for unit in (UNIT, SOCKET)] == ["disabled"] * 2
    box.systemctl("enable", UNIT, SOCKET)


def test_removed_and_installed_again_it_goes_on(box, service):
    titles = service.titles()
    box.dpkg("--remove", "tocsin")
    assert not box.path("/usr/sbin/tocsind").exists()
    assert box.systemctl("is-active", UNIT, check=False).stdout.strip() != "active"
    assert box.path(CONF).exists() and box.path(STORE + "/tocsin.db").exists()
    box.dpkg("-i", "/srv/NEW_DEB")
    box.wait_state("active")
    assert service.titles() == titles


def test_a_purge_takes_the_secrets_and_keeps_the_evidence(box, service):
    owner = box.user()
    said = box.dpkg("--purge", "tocsin")
    assert not box.path("/etc/tocsin").exists()
    store = box.path(STORE + "/tocsin.db").stat()
    assert (store.st_uid, store.st_gid) == owner == box.user()
    assert "/var/lib/tocsin has the journal of your incidents and is kept" in said
    wants = [p for p in pathlib.Path(box.path("/etc/systemd/system")).rglob("tocsind*")]
    assert wants == []
    box.dpkg("-i", "/srv/NEW_DEB")
    box.wait_state("active")
    assert service.titles() == ["Ransom note"], "a later installation finds it"


def test_nothing_was_left_failed(box):
    assert box.systemctl("list-units", "--failed", "--no-legend").stdout == ""
    bad = [text for text in box.messages() if "Operation not permitted" in text]
    assert bad == []
