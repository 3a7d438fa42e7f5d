"""The units under a real systemd, from the first connection to the clean stop.

The tests share one machine and run in this order: a service lives on between them,
as it does for its operator."""

import concurrent.futures
import errno
import os
import shutil
import stat
import subprocess
import time

import pytest

from conftest import CONF, COURIER, UNIT
from harness import snippet, verify_chain, wait_for

SOCKET = "tocsind.socket"
API = "/run/tocsin/api.sock"
# tocsind(8), LOG
STARTED = "83b1981f34624eb3b94c5771fa782407"
STOPPED = "a46244a9af9045699cce608104174f5a"
RELOADED = "e73fe932eb184a6fb46f83c1a8b1fe4f"
RELOAD_REFUSED = "fe22ec5526b4454cbc65c80b7f17563a"
INCIDENT_OPENED = "640808eec596486eb9a80f8385d7ab4b"
WRITABLE = "/var/lib/tocsin", "/run/tocsin", "/tmp", "/var/tmp", "/dev/shm"


def status_of(machine, pid):
    text = machine.run("cat", f"/proc/{pid}/status").stdout
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def as_nobody(group, *command):
    return ["setpriv", "--reuid=65534", f"--regid={group}", "--clear-groups", *command]


# ---- the files ---------------------------------------------------------------------


def test_systemd_has_nothing_to_say_about_the_units(machine):
    result = machine.run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no",
                         UNIT, SOCKET)
    assert (result.stdout, result.stderr) == ("", "")


def test_exposure_is_at_most_1_6(machine):
    machine.run("systemd-analyze", "security", "--no-pager", "--threshold=16", UNIT)
    machine.run("systemd-analyze", "security", "--no-pager", "--threshold=16",
                "--offline=true", f"/usr/lib/systemd/system/{UNIT}")


def test_sysusers_and_tmpfiles_make_user_and_directory(machine, service):
    uid, gid = machine.user()
    assert uid != 0 and gid != 0
    directory = machine.path("/run/tocsin").stat()
    assert (directory.st_uid, directory.st_gid) == (uid, gid)
    assert stat.S_IMODE(directory.st_mode) == 0o755


def test_enabling_starts_both_at_boot(machine):
    machine.systemctl("enable", UNIT, SOCKET)
    wants = machine.path("/etc/systemd/system")
    assert (wants / "multi-user.target.wants" / UNIT).is_symlink()
    assert (wants / "sockets.target.wants" / SOCKET).is_symlink()


# ---- start --------------------------------------------------------------------------


def test_the_first_connection_starts_the_daemon(machine, service):
    machine.systemctl("start", SOCKET)
    assert machine.show("ActiveState", SOCKET) == "active"
    assert machine.show("ActiveState") == "inactive"
    assert service.get("/healthz", token=None).status == 200
    machine.wait_state("active")
    local = machine.path(API).stat()
    assert (local.st_uid, local.st_gid) == machine.user()
    assert stat.S_IMODE(local.st_mode) == 0o660
    store = machine.path("/var/lib/tocsin")
    assert stat.S_IMODE(store.stat().st_mode) == 0o700
    assert stat.S_IMODE((store / "tocsin.db").stat().st_mode) == 0o600


def test_active_means_ready(machine, service):
    """While a courier keeps silent the service is activating, and not a moment active."""
    machine.systemctl("stop", UNIT)
    real = machine.path(COURIER)
    real.rename(real.with_name("real"))
    machine.write(COURIER, "#!/bin/sh\nexec sleep 60\n", mode=0o755)
    machine.drop_in("ExecPaths=/bin /usr/bin\n")
    machine.systemctl("start", "--no-block", UNIT)
    wait_for("the start", lambda: machine.show("ActiveState") == "activating")
    wait_for("the courier", lambda: len(service.processes()) == 2)
    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        assert machine.show("ActiveState") == "activating"
    assert service.get("/readyz", token=None).status == 503
    real.unlink()
    real.with_name("real").rename(real)
    machine.drop_in("")
    machine.systemctl("restart", UNIT)      # returns when the start is through
    assert machine.show("ActiveState") == "active"
    assert service.get("/readyz", token=None).status == 200
    assert machine.show("StatusText") == "Keeping clocks"


# ---- what it may and may not ----------------------------------------------------------


def test_daemon_and_courier_have_no_privileges(machine, service):
    uid, gid = machine.user()
    pids = service.processes()
    assert len(pids) >= 2, "the daemon and a courier"
    for pid in pids:
        status = status_of(machine, pid)
        assert status["Uid"].split() == [str(uid)] * 4
        assert status["Gid"].split() == [str(gid)] * 4
        assert status["NoNewPrivs"] == "1"
        assert status["Seccomp"] == "2"
        for name in "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb":
            assert int(status[name], 16) == 0, name


def test_the_wall_clock_can_be_asked_but_not_set(machine, service):
    """The kernel answers through the unit's filters; a clock that is not read would be
    "unknown". Setting it takes a privilege that no process of the unit has."""
    state = service.get("/v1/status").json["clock"]["state"]
    assert state in ("synchronised", "unsynchronised")
    cap_sys_time = 25
    for pid in service.processes():
        assert not int(status_of(machine, pid)["CapBnd"], 16) >> cap_sys_time & 1


def test_the_file_system_is_read_only_but_for_its_own(machine, service):
    """Seen from outside through /proc/PID/root, as root: mounts bind root too."""
    for pid in service.processes():
        root = machine.path(f"/proc/{pid}/root")
        for place in "", "/etc/tocsin", "/usr/share", "/var", "/var/lib", "/run", "/run/lock":
            with pytest.raises(OSError) as refused:
                open(f"{root}{place}/probe", "w")
            assert refused.value.errno == errno.EROFS, place
        for place in WRITABLE:
            open(f"{root}{place}/probe", "w").close()
            os.unlink(f"{root}{place}/probe")


def test_nothing_can_be_run_but_what_the_unit_names(machine, service):
    """Nor what somebody has put where the service may write."""
    for pid in service.processes():
        root = machine.path(f"/proc/{pid}/root")
        named = subprocess.run([f"{root}/usr/sbin/tocsind", "-x"], capture_output=True)
        assert named.returncode == 2, "it runs, and knows no such option"
        with pytest.raises(PermissionError):
            subprocess.run([f"{root}/usr/bin/true"])
        for place in WRITABLE:
            probe = f"{root}{place}/probe"
            shutil.copy("/usr/bin/true", probe)
            with pytest.raises(PermissionError):
                subprocess.run([probe])
            os.unlink(probe)


def test_memory_and_tasks_are_bounded(machine, service):
    known = machine.path("/sys/fs/cgroup/cgroup.controllers").read_text().split()
    if not {"memory", "pids"} <= set(known):
        pytest.skip("this kernel gives the machine no memory and pids controllers")
    group = machine.path("/sys/fs/cgroup" + machine.show("ControlGroup"))
    assert int((group / "memory.max").read_text()) == int(machine.show("MemoryMax"))
    assert int((group / "pids.max").read_text()) == int(machine.show("TasksMax"))


# ---- the main job ---------------------------------------------------------------------


def test_an_alert_reaches_the_webhook_and_the_journal(machine, service):
    before = len(service.hook.received)
    answer = service.post("/v1/alerts/custom", {"key": "case-1", "title": "Ransom note"},
                          token="custom")
    assert answer.status == 201, answer
    assert service.clocks() != []
    service.hook.wait(before + 1)
    assert service.hook.received[before].json["type"] == "eu.tocsin.escalation"
    wait_for("all deliveries",
             lambda: {d["state"] for d in service.deliveries()} == {"delivered"})

    lines = wait_for("the console line in the journal", lambda: [
        entry for entry in machine.log("_SYSTEMD_UNIT=" + UNIT)
        if entry["MESSAGE"].startswith("tocsin: ") and "Ransom note" in entry["MESSAGE"]])
    assert lines[0]["PRIORITY"] == "5", "a notice, as <5> at the head of the line says"
    assert lines[0]["_UID"] == str(machine.user()[0])


def test_events_are_in_the_journal_with_id_and_fields(machine, service):
    """Under the unit's own restrictions, and beside the lines of its stream."""
    [opened] = machine.log("MESSAGE_ID=" + INCIDENT_OPENED)
    assert opened["TOCSIN_ENTITY"] == "acme-energy" and opened["TOCSIN_SOURCE"] == "custom"
    assert opened["PRIORITY"] == "5" and opened["SYSLOG_IDENTIFIER"] == "tocsind"
    assert opened["_TRANSPORT"] == "journal" and opened["_SYSTEMD_UNIT"] == UNIT
    number = opened["TOCSIN_INCIDENT"]
    assert f"incident {number} of acme-energy was opened by source:custom" in opened["MESSAGE"]
    assert opened["MESSAGE"] in machine.messages(), "journalctl -u has it too"
    started = machine.log("-u", UNIT, "MESSAGE_ID=" + STARTED)
    assert started and all("is ready" in entry["MESSAGE"] for entry in started)


def test_the_journal_explains_the_events(machine, service):
    machine.run("journalctl", "--update-catalog")
    number = machine.log("MESSAGE_ID=" + INCIDENT_OPENED)[0]["TOCSIN_INCIDENT"]
    text = machine.run("journalctl", "-b", "-x", "MESSAGE_ID=" + INCIDENT_OPENED).stdout
    assert f"Incident {number} of acme-energy was opened" in text
    assert f'"tocsin show {number}" has it' in text


def test_the_client_is_let_in_by_user_and_group(machine, service):
    gid = machine.user()[1]
    machine.run("tocsin", "ping")
    machine.run(*as_nobody(gid, "tocsin", "ping"))
    refused = machine.run(*as_nobody(65534, "tocsin", "ping"), check=False)
    assert refused.returncode == 1 and "ermission" in refused.stderr
    machine.run(*as_nobody(gid, "tocsin", "open", "--entity", "acme-energy",
                           "--title", "By hand"))
    assert service.lines("incident.opened")[-1]["actor"] == "uid:65534"


# ---- reload ---------------------------------------------------------------------------


def test_reload_takes_over_what_is_good(machine, service):
    main = service.main_pid()
    extra = "another-token-0123456789abcdef"
    machine.write("/etc/tocsin/second.token", extra + "\n", machine.user(), 0o400)
    service.configure('{ name = "second"; role = "read"; '
                      'secret = "file:/etc/tocsin/second.token"; },')
    assert service.get("/v1/clocks", token=extra).status == 401
    machine.systemctl("reload", UNIT)
    wait_for("the new token", lambda: service.get("/v1/clocks", token=extra).status == 200)
    machine.wait_state("active")
    assert service.main_pid() == main and machine.show("StatusText") == "Reloaded"


def test_reload_refuses_what_is_bad_and_says_where(machine, service):
    main = service.main_pid()
    good = machine.path(CONF).read_text()
    machine.write(CONF, good + "polices = ( );\n")
    line = good.count("\n") + 1
    machine.systemctl("reload", UNIT, check=False)
    wait_for("the refusal", lambda: machine.show("StatusText").startswith("Reload refused"))
    machine.wait_state("active")
    assert service.main_pid() == main
    assert service.get("/readyz", token=None).status == 200
    errors = [e["MESSAGE"] for e in machine.log("-u", UNIT, "-p", "err")]
    assert any(f"{CONF}:{line}: " in text and "polices" in text for text in errors), errors
    assert [e["_SYSTEMD_UNIT"] for e in machine.log("MESSAGE_ID=" + RELOAD_REFUSED)] == [UNIT]
    machine.write(CONF, good)
    machine.systemctl("reload", UNIT)
    wait_for("the reload", lambda: machine.show("StatusText") == "Reloaded")
    assert machine.log("MESSAGE_ID=" + RELOADED)


# ---- faults ---------------------------------------------------------------------------


def test_the_watchdog_is_fed_and_bites(machine, service):
    before = service.clocks()
    machine.drop_in("WatchdogSec=2s\n")
    machine.systemctl("restart", UNIT)
    fed = set()
    wait_for("two feeds", lambda: fed.add(machine.show("WatchdogTimestampMonotonic")) or
             len(fed) > 2)
    assert service.restarts() == 0
    hung = service.main_pid()
    machine.systemctl("kill", "-s", "STOP", "--kill-who=main", UNIT)
    wait_for("the restart", lambda: service.restarts() == 1)
    machine.wait_state("active")
    assert service.main_pid() != hung
    assert any("Watchdog timeout (limit 2s)" in text for text in machine.messages())
    assert service.clocks() == before
    machine.drop_in("")
    machine.systemctl("restart", UNIT)


def test_kill_9_loses_nothing(machine, service):
    answer = service.post("/v1/alerts/custom", {"key": "case-2", "title": "Before the kill"},
                          token="custom")
    assert answer.status == 201
    before, restarts = service.clocks(), service.restarts()
    machine.systemctl("kill", "-s", "KILL", "--kill-who=all", UNIT)
    wait_for("the restart", lambda: service.restarts() == restarts + 1)
    machine.wait_state("active")
    assert service.get(f"/v1/incidents/{answer.json['id']}").json["title"] == "Before the kill"
    assert service.clocks() == before
    machine.run("tocsin", "verify")
    verify_chain(service.journal())


def test_it_runs_on_even_after_a_clean_exit(machine, service):
    restarts = service.restarts()
    machine.systemctl("kill", "-s", "TERM", "--kill-who=main", UNIT)
    wait_for("the restart", lambda: service.restarts() == restarts + 1)
    machine.wait_state("active")


def test_no_connection_is_refused_across_restarts(machine, service):
    """New connections all the while, each of which must be answered."""
    def ask(n):
        time.sleep(n * 0.05)
        return service.get("/healthz", token=None, unix=n % 2 == 1).status

    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        answers = pool.map(ask, range(40))
        machine.systemctl("restart", UNIT)
        machine.systemctl("kill", "-s", "KILL", "--kill-who=main", UNIT)
        assert list(answers) == [200] * 40
    machine.wait_state("active")


# ---- secrets ----------------------------------------------------------------------------


def test_a_credential_needs_no_readable_file(machine, service):
    token = "credential-token-0123456789abcdef"
    machine.write("/etc/tocsin/siem.token", token + "\n", mode=0o600)
    service.configure('{ name = "siem"; role = "read"; secret = "credential:siem"; },')
    machine.drop_in("LoadCredential=siem:/etc/tocsin/siem.token\n")
    machine.systemctl("restart", UNIT)
    assert service.get("/v1/clocks", token=token).status == 200
    uid, gid = machine.user()
    for name in "/etc/tocsin/siem.token", f"/run/credentials/{UNIT}/siem":
        refused = machine.run(*as_nobody(gid, "cat", name), check=False)
        assert refused.returncode == 1 and token not in refused.stdout
    service.configure()
    machine.drop_in("")
    machine.systemctl("restart", UNIT)


def test_a_proxy_has_a_socket_of_its_own(machine, service):
    """As tocsind(8) has it for nginx: of its group alone, and nobody is admin there."""
    sock = "/run/tocsin/proxy.sock"
    machine.run("groupadd", "--force", "www-data")
    machine.write("/etc/systemd/system/tocsind-proxy.socket", snippet("proxy.socket"))
    conf = machine.path(CONF).read_text()
    machine.write(CONF, conf.replace("listen = (", f'listen = ( {{ unix = "{sock}"; '
                                     'group = "www-data"; from_proxy = true; },'))
    for line in snippet("proxy.socket commands").splitlines():
        machine.run(*line.split())
    gid = machine.path(sock).stat().st_gid
    assert gid != machine.user()[1] and stat.S_IMODE(machine.path(sock).stat().st_mode) == 0o660
    ask = "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--unix-socket"
    for path, status in ("/readyz", "200"), ("/v1/clocks", "401"):
        asked = machine.run(*as_nobody(gid, *ask, sock, "http://localhost" + path))
        assert asked.stdout == status, path
    assert machine.run(*as_nobody(gid, *ask, API, "http://localhost/readyz"),
                       check=False).returncode == 7, "the socket of the client is closed to it"
    machine.run("tocsin", "ping")
    machine.systemctl("stop", SOCKET, "tocsind-proxy.socket", UNIT)
    machine.systemctl("disable", "tocsind-proxy.socket")
    service.configure()
    # As in README.md, which takes the socket over as it was.
    machine.systemctl("enable", "--now", SOCKET, UNIT)
    machine.systemctl("restart", UNIT)
    machine.run("tocsin", "ping")


# ---- stop -------------------------------------------------------------------------------


def test_stop_is_clean_and_the_sockets_stay(machine, service):
    before = service.clocks()
    machine.systemctl("stop", UNIT)
    assert machine.show("ActiveState") == "inactive"
    wait_for("the last line of the process",
             lambda: machine.log("-u", UNIT, "MESSAGE_ID=" + STOPPED))
    assert machine.show("Result") == "success"
    assert machine.show("ExecMainStatus") == "0"
    assert machine.show("ActiveState", SOCKET) == "active"
    machine.run("tocsin", "ping")       # wakes it up again
    machine.wait_state("active")
    assert service.clocks() == before


def test_without_the_socket_unit_it_makes_its_own_sockets(machine, service):
    machine.systemctl("stop", SOCKET, UNIT)
    machine.systemctl("mask", "--runtime", SOCKET)
    machine.systemctl("start", UNIT)
    local = machine.path(API).stat()
    assert (local.st_uid, local.st_gid) == machine.user()
    assert stat.S_IMODE(local.st_mode) == 0o660
    machine.run("tocsin", "ping")
    assert service.get("/healthz", token=None).status == 200
    machine.systemctl("stop", UNIT)
    assert not machine.path(API).exists()
    machine.systemctl("unmask", "--runtime", SOCKET)


def test_nothing_was_complained_about(machine):
    """By systemd about the units, and nobody was denied anything by accident."""
    bad = [text for text in machine.messages() + machine.messages(SOCKET)
           if "Operation not permitted" in text or "Unknown key" in text or "EXEC" in text]
    assert bad == []
