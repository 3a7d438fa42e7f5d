#!/usr/bin/python3
"""tocsind beside Alertmanager and nginx, in turn on one machine.

Compare only the figures of one run: on a shared machine the ratios are what means
something, so each round has all servers one after another, the ratio of a round is taken
within it, and what is printed is the median of the rounds with the smallest and the
largest. tocsind is durable (it answers after the fsync of the commit), Alertmanager keeps
alerts in memory, nginx answers 204 and does nothing.

  servers.py            all but the next
  servers.py million    memory and time to ready with a million open incidents
  servers.py PART ...   engine, ingest, openloop, alarm, courier

BENCH_ROUNDS, BENCH_SECONDS, BENCH_MILLION (incidents) change its length.
"""

import contextlib
import http.client
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(os.environ["top_srcdir"])
BUILD = pathlib.Path(os.environ["top_builddir"])
sys.path.insert(0, str(TOP / "tests/system"))
import harness  # noqa: E402

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "5"))
MILLION = int(os.environ.get("BENCH_MILLION", "1000000"))
OPENLOOP = BUILD / "tests/bench/openloop"
TICK = os.sysconf("SC_CLK_TCK")
TOKEN = harness.TOKENS["custom"]
AT_DUE = 'policies = ( { name = "default"; steps = ( { at = "due"; to = [ "hook" ]; } ); } );'
AT_START = AT_DUE.replace('"due"', '"start"')

# 1.1 KB an alert, each with a key of its own.
WRK = """
local n, run = 0, "%(run)s"
local filler = string.rep("x", 900)
function setup(thread) run = run .. "t"; thread:set("run", run) end
local function alert() n = n + 1; return string.format('%(alert)s', run .. n, filler) end
function request()
  local list = {}
  for i = 1, %(batch)d do list[i] = alert() end
  return wrk.format("POST", "%(path)s", { ["Content-Type"] = "application/json",
    ["Authorization"] = "Bearer %(token)s" }, "%(open)s" .. table.concat(list, ",") .. "%(close)s")
end
"""
OURS = '{"key":"%s","title":"Ransomware note written","severity":"high","description":"%s"}'
THEIRS = '{"labels":{"alertname":"%s","severity":"high"},"annotations":{"description":"%s"}}'


def say(text):
    print(text, flush=True)


def missing(names):
    gone = [name for name in names if shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
            is None]
    for name in gone:
        say(f"*** {name} IS NOT INSTALLED: what needs it is SKIPPED ***")
    return gone


def tree(pid):
    """A process and what it has started."""
    pids = [pid]
    with contextlib.suppress(OSError):
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                pids += tree(int(child))
    return pids


def cpu_of(pids):
    """Seconds of user and system time."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / TICK


def memory_of(pid, field):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    return 0


def wait_for_port(port):
    def open_():
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
    harness.wait_for(f"port {port}", open_)


# ---- the servers ------------------------------------------------------------------

class Server:
    """One that takes alerts: path and the form of its bodies."""
    path, alert, brackets = "/", OURS, ("", "")

    def __init__(self, directory):
        self.dir = pathlib.Path(directory)
        self.port = harness.free_port()
        self.process = None

    def spawn(self, arguments):
        log = open(self.dir / "log", "wb")
        self.process = subprocess.Popen(arguments, stdout=log, stderr=log, cwd=self.dir)
        wait_for_port(self.port)
        return self

    def cpu(self):
        return cpu_of(tree(self.process.pid))

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Nginx(Server):
    name = "nginx 204"

    def start(self):
        (self.dir / "nginx.conf").write_text(f"""
daemon off; worker_processes 1; worker_rlimit_nofile 20000; pid {self.dir}/nginx.pid; error_log {self.dir}/error.log;
events {{ worker_connections 16384; }}
http {{ access_log off; client_body_temp_path {self.dir}/body; proxy_temp_path {self.dir}/p;
  fastcgi_temp_path {self.dir}/f; uwsgi_temp_path {self.dir}/u; scgi_temp_path {self.dir}/s;
  keepalive_requests 100000000; client_max_body_size 2m; log_format at "$msec $http_webhook_id";
  server {{ listen 127.0.0.1:{self.port} backlog=4096; location / {{ return 204; }}
    location /count {{ access_log {self.dir}/count at; return 204; }} }} }}
""")
        return self.spawn([shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin"),
                           "-p", self.dir, "-c", self.dir / "nginx.conf"])

    def counted(self):
        with contextlib.suppress(OSError):
            return (self.dir / "count").read_bytes().count(b"\n")
        return 0

    def arrivals(self):
        """When each request came, in seconds, and its webhook-id."""
        with contextlib.suppress(OSError):
            return [(float(at), name) for at, name in
                    (line.split(" ") for line in (self.dir / "count").read_text().splitlines())]
        return []

    def wait_for(self, count, patience=15):
        """False: fewer came, and no more for so many seconds."""
        last, last_at = -1, time.time()
        while self.counted() < count:
            if self.counted() != last:
                last, last_at = self.counted(), time.time()
            if time.time() - last_at > patience:
                return False
            time.sleep(0.02)
        return True


class Alertmanager(Server):
    name, path, alert, brackets = "Alertmanager", "/api/v2/alerts", THEIRS, ("[", "]")

    def start(self, hook=None, wait=0):
        webhook = f"webhook_configs: [ {{ url: '{hook}', send_resolved: false }} ]" if hook else ""
        (self.dir / "am.yml").write_text(f"""
route: {{ receiver: r, group_by: ['...'], group_wait: {wait}s, group_interval: 1h }}
receivers: [ {{ name: r, {webhook} }} ]
""" if hook else "route: { receiver: r }\nreceivers: [ { name: r } ]\n")
        return self.spawn(["prometheus-alertmanager", f"--config.file={self.dir}/am.yml",
                           f"--storage.path={self.dir}/data", "--cluster.listen-address=",
                           f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=error"])


class Tocsin(Server):
    name, path, brackets = "tocsin", "/v1/alerts/custom", ("", "")

    def start(self, hook="http://127.0.0.1:9/", policies=AT_DUE, awareness="alert",
              assessment="PT4H"):
        self.daemon = harness.Tocsin(self.dir, policies=policies, awareness=awareness,
            extra="limits = { in_flight = 256; };",
            channels=f'{{ name = "hook"; type = "webhook"; url = "file:{self.dir}/url"; '
                     'allow_http = true; }')
        (self.dir / "url").write_text(hook + "\n")
        (self.dir / "url").chmod(0o600)
        conf = self.daemon.conf
        conf.write_text(conf.read_text().replace('"PT4H"', f'"{assessment}"'))
        self.daemon.start()
        self.process, self.port = self.daemon.process, self.daemon.port
        return self

    def stop(self):
        try:
            self.daemon.stop()
        finally:
            self.daemon.close()


@contextlib.contextmanager
def running(kind, **options):
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as directory:
        server = kind(directory).start(**options)
        try:
            yield server
        finally:
            server.stop()


# ---- load -------------------------------------------------------------------------

UNITS = {"us": 1e-3, "ms": 1, "s": 1e3, "m": 6e4}


def wrk(server, connections, seconds, batch=1):
    """Events a second, 99th percentile in ms, CPU µs of the server per event."""
    opening, closing = ("[", "]") if batch > 1 else server.brackets
    script = server.dir / "load.lua"
    script.write_text(WRK % {"run": time.time_ns(), "alert": server.alert, "batch": batch,
                             "path": server.path, "token": TOKEN,
                             "open": opening, "close": closing})
    before = server.cpu()
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency",
                          "-s", script, f"http://127.0.0.1:{server.port}"],
                         capture_output=True, text=True, check=True).stdout
    spent = server.cpu() - before
    if "Non-2xx" in out or "Socket errors" in out:
        say(f"*** {server.name}: {out.strip()} ***")
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s|m)", out).groups()
    return rate * batch, float(number) * UNITS[unit], spent * 1e6 / max(requests * batch, 1)


def openloop(server, rate, seconds):
    """Sent, bad, p50, p99, p99.9 and the longest in ms, and when it began, in seconds."""
    kind = "alertmanager" if isinstance(server, Alertmanager) else "tocsin"
    out = subprocess.run([OPENLOOP, str(server.port), server.path, TOKEN, kind, str(rate),
                          str(seconds)], capture_output=True, text=True, check=True).stdout
    numbers = [int(word) for word in out.split()]
    return numbers[:2] + [us / 1000 for us in numbers[2:]]


def spread(values, form="{:.1f}"):
    low, mid, high = min(values), statistics.median(values), max(values)
    return f"{form} ({form} to {form})".format(mid, low, high)


# ---- the parts --------------------------------------------------------------------

def part_ingest():
    cases = [("64 connections", 64, 1), ("256 connections", 256, 1),
             ("batches of 100, 4 connections", 4, 100)]
    kinds = [kind for kind, program in ((Nginx, "nginx"), (Alertmanager, "prometheus-alertmanager"),
                                        (Tocsin, None)) if program not in GONE]
    seen = {}
    for _ in range(ROUNDS):
        for kind in kinds:
            with running(kind) as server:
                for case in cases:
                    seen.setdefault((kind, case), []).append(
                        wrk(server, case[1], SECONDS, case[2]))
    say(f"\nPOST of alerts of 1.1 KB: median of {ROUNDS} rounds (smallest to largest)")
    for case in cases:
        say(f"  {case[0]}")
        for kind in kinds:
            got = seen[kind, case]
            say(f"    {kind.name:13}{spread([g[0] for g in got], '{:,.0f}')} events/s, "
                f"p99 {spread([g[1] for g in got])} ms, "
                f"server CPU {spread([g[2] for g in got])} us an event")
        for kind in kinds[:-1]:
            pairs = list(zip(seen[Tocsin, case], seen[kind, case]))
            say(f"    tocsin to {kind.name}: "
                f"rate {spread([a[0] / b[0] for a, b in pairs], '{:.2f}')}, "
                f"p99 {spread([a[1] / b[1] for a, b in pairs], '{:.2f}')}, "
                f"CPU {spread([a[2] / b[2] for a, b in pairs if b[2] > 0] or [0], '{:.2f}')}")


def part_engine():
    """Without the front: reading, folding, rows, journal, commit."""
    cases = [("turns of 32 alerts", 100, 32, 1, 0), ("batches of 100, 4 a turn", 30, 4, 100, 0),
             ("turns of 32 alerts that join 10 incidents", 100, 32, 1, 10)]
    say("\nengine and store alone, CPU per event")
    for name, *numbers in cases:
        costs = []
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as directory:
                secret = pathlib.Path(directory, "custom.token")
                secret.write_text(TOKEN + "\n")
                secret.chmod(0o600)
                out = subprocess.run(
                    [BUILD / "tests/bench/ingest", TOP / "tests/bench/ingest.conf", harness.DATA,
                     f"{directory}/tocsin.db", *map(str, numbers)], text=True, check=True,
                    capture_output=True,
                    env={**os.environ, "CREDENTIALS_DIRECTORY": directory}).stdout
            costs.append(float(re.search(r"([\d.]+) us of CPU", out).group(1)))
        say(f"    {name}: {spread(costs)} us")


def part_openloop():
    kinds = [Tocsin] if "prometheus-alertmanager" in GONE else [Alertmanager, Tocsin]
    seen = {kind: [] for kind in kinds}
    for _ in range(ROUNDS):
        for kind in kinds:
            with running(kind) as server:
                seen[kind].append(openloop(server, 5000, SECONDS))
    say("\nopen loop, 5,000 alerts/s, from when each was to be sent")
    for kind in kinds:
        got = seen[kind]
        say(f"    {kind.name:13}p50 {spread([g[2] for g in got])} ms, "
            f"p99 {spread([g[3] for g in got])} ms, {sum(g[1] for g in got)} not answered 2xx")


def percentile(values, part):
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]


def lateness(server, sink):
    """Of each step: due, and how long after that, in ms, its turn began and its notice
    arrived. Both numbers of a turn are of the daemon's clock, which nginx reads too."""
    due, begun = {}, {}
    for number, due_at, begun_at in sqlite3.connect(server.dir / "tocsin.db").execute(
            "SELECT d.id, d.due_at, min(a.begun_at) FROM delivery d"
            " JOIN attempt a ON a.delivery = d.id WHERE d.kind = 'step' GROUP BY d.id"):
        due[number], begun[number] = due_at, begun_at - due_at
    arrived = {}
    for at, name in sink.arrivals():
        number = int(name.rpartition("_")[2])
        arrived.setdefault(number, round(at * 1000) - due[number])
    return [(due[n], begun[n], arrived[n]) for n in sorted(due) if n in arrived], len(due)


def part_alarm():
    """500 alerts/s whose assessment is due after 20 s: ten thousand clocks are open, and
    500 come up each second."""
    rate, seconds, window, most = 500, 45, 20, 100
    if "nginx" in GONE:
        return None
    with running(Nginx) as sink:
        with running(Tocsin, hook=f"http://127.0.0.1:{sink.port}/count", awareness="triage",
                     assessment=f"PT{window}S") as server:
            answers = openloop(server, rate, seconds)
            time.sleep(0.5)
            server.daemon.stop()
            rows, count = lateness(server, sink)
    if not rows or len(rows) < count - rate:
        say(f"*** alarm: of {count} notices {len(rows)} arrived: FAILED ***")
        return False
    first = rows[0][0]
    slices = {}
    for due_at, _, late in rows:
        slices.setdefault((due_at - first) // 5000, []).append(late)
    p99s = [percentile(late, 0.99) for late in slices.values() if len(late) >= rate]
    begun, late = [row[1] for row in rows], [row[2] for row in rows]
    say(f"\nalarm under load: {rate * window:,} open clocks, {rate} alerts/s, "
        f"{len(rows):,} clocks due")
    say(f"    from due to the turn that hands over: earliest {min(begun)} ms, p50 "
        f"{percentile(begun, 0.5)} ms, p99 {percentile(begun, 0.99)} ms, latest {max(begun)} ms")
    say(f"    from due to the notice at its receiver: earliest {min(late)} ms, p50 "
        f"{percentile(late, 0.5)} ms, p99 of each 5 s {spread(p99s, '{:.0f}')} ms, latest "
        f"{max(late)} ms; answers p99 {answers[3]:.1f} ms")
    if min(begun) < 0 or percentile(late, 0.99) > most:
        say(f"*** alarm: EARLY, or p99 later than {most} ms, ten times what is to be: FAILED ***")
        return False
    return True


def post_batches(server, count):
    """Alerts in batches of 100 by one connection."""
    form, filler, run = server.alert, "x" * 900, time.time_ns()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    for first in range(0, count, 100):
        alerts = ",".join(form % (f"{run}-{first + i}", filler) for i in range(100))
        connection.request("POST", server.path, f"[{alerts}]", {
            "Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"})
        answer = connection.getresponse()
        answer.read()
        if answer.status // 100 != 2:
            raise RuntimeError(f"{server.name}: {answer.status}")
    connection.close()


def deliver_waiting(kind, count, wait):
    """All are told at once. Either server counts from when it took an alert in, and would
    be given them as fast as they were posted; so it is stopped until all are due.
    Deliveries a second from when it goes on to the last arrival."""
    options = ({"policies": AT_DUE, "awareness": "triage", "assessment": f"PT{wait}S"}
               if kind is Tocsin else {"wait": wait})
    with running(Nginx) as sink, \
            running(kind, hook=f"http://127.0.0.1:{sink.port}/count", **options) as server:
        post_batches(server, count)
        if sink.counted() > 0:
            say(f"*** {kind.name}: the first arrived before the last was posted ***")
        server.process.send_signal(signal.SIGSTOP)
        time.sleep(wait + 0.5)
        begin, spent = time.time(), server.cpu()
        server.process.send_signal(signal.SIGCONT)
        sink.wait_for(count)
        spent = server.cpu() - spent
        at = sorted(row[0] for row in sink.arrivals())
    return len(at) / (at[-1] - begin), len(at), spent * 1e6 / len(at)


def deliver_stream(kind, count):
    """From the first POST, as fast as 64 connections get answers, to the last arrival."""
    options = {"policies": AT_START, "awareness": "triage"} if kind is Tocsin else {}
    warm = 500
    with running(Nginx) as sink, \
            running(kind, hook=f"http://127.0.0.1:{sink.port}/count", **options) as server:
        openloop(server, warm, 1)
        sink.wait_for(warm)
        spent = server.cpu()
        begin = openloop(server, count, 1)[6]
        sink.wait_for(warm + count)
        spent = server.cpu() - spent
        at = sorted(row[0] for row in sink.arrivals())[warm:]
    return len(at) / (at[-1] - begin), len(at), spent * 1e6 / len(at)


def part_courier():
    """Each alert is one POST of a notice, of about 2 KB from either. Alertmanager gets
    a group for each alert, no limits, and as many connections as it likes."""
    if GONE & {"nginx", "prometheus-alertmanager"}:
        return
    count = 2000 * max(SECONDS, 2)
    cases = (("notices that fall due at once", lambda kind: deliver_waiting(kind, count, 5)),
             ("from POST to webhook, 64 connections", lambda kind: deliver_stream(kind, count)))
    for title, run in cases:
        seen = {Alertmanager: [], Tocsin: []}
        for _ in range(ROUNDS):
            for kind in seen:
                seen[kind].append(run(kind))
        say(f"\n{title}: {count:,} of them, median of {ROUNDS} rounds")
        for kind, got in seen.items():
            say(f"    {kind.name:13}{spread([g[0] for g in got], '{:,.0f}')} deliveries/s, "
                f"{min(g[1] for g in got):,} arrived, CPU {spread([g[2] for g in got])} us each")
        pairs = list(zip(seen[Tocsin], seen[Alertmanager]))
        say(f"    tocsin to Alertmanager: "
            f"rate {spread([a[0] / b[0] for a, b in pairs], '{:.2f}')}, "
            f"CPU {spread([a[2] / b[2] for a, b in pairs], '{:.2f}')}")


def part_million():
    with running(Tocsin) as server:
        daemon = server.daemon
        have, begin = 0, time.time()
        while have < MILLION:
            before = server.cpu()
            rate, _, cost = wrk(server, 4, 10, 100)
            have += int((server.cpu() - before) * 1e6 / cost) if cost > 0 else 0
        say(f"\n{have:,} open incidents after {time.time() - begin:.0f} s")
        say(f"    resident {memory_of(daemon.process.pid, 'VmRSS'):.0f} MB "
            f"(anonymous {memory_of(daemon.process.pid, 'RssAnon'):.0f} MB), store "
            f"{daemon.store.stat().st_size / 2**30:.2f} GiB")
        ready = []
        for _ in range(ROUNDS):
            wrk(server, 64, 1)
            daemon.process.send_signal(signal.SIGKILL)
            daemon.process.wait()
            begin = time.monotonic()
            daemon.start(wait=False)
            while True:
                with contextlib.suppress(OSError):
                    if daemon.request("GET", "/readyz", token=None).status == 200:
                        break
            ready.append((time.monotonic() - begin) * 1000)
            server.process = daemon.process
            time.sleep(1)
        say(f"    ready after kill -9, from exec: {spread(ready)} ms; resident then "
            f"{memory_of(daemon.process.pid, 'VmRSS'):.0f} MB")


PARTS = {"ingest": part_ingest, "engine": part_engine, "openloop": part_openloop,
         "alarm": part_alarm,
         "courier": part_courier, "million": part_million}
GONE = set()


def main(names):
    say(f"machine: {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
    GONE.update(missing(["wrk", "nginx", "prometheus-alertmanager"]))
    results = [PARTS[name]() for name in names if name not in ("ingest", "million")
               or "wrk" not in GONE]
    return 1 if False in results else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["engine", "ingest", "openloop", "alarm", "courier"]))
