"""tocsind, its configuration and its client, as the tests handle them."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import openapi

TOP = pathlib.Path(os.environ.get("top_srcdir", pathlib.Path(__file__).parents[2]))
BUILD = pathlib.Path(os.environ.get("top_builddir", TOP))
TOCSIND = BUILD / "src/daemon/tocsind"
TOCSIN = BUILD / "src/cli/tocsin"
COURIERS = BUILD / "src/courier"
DATA = TOP / "etc/tocsin"
LIMIT = 20.0    # seconds to wait for anything before a test gives up
LONG = os.environ.get("TOCSIN_LONG") == "1"     # `make check-long` asks for it


def wait_for(what, predicate, limit=LIMIT):
    """Polls until the predicate gives something true, and returns it."""
    end = time.monotonic() + limit
    while True:
        result = predicate()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"waited {limit} s for {what}")
        time.sleep(0.01)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def snippet(name, page="tocsind.8"):
    """The text between .Bd and .Ed behind the mark of that name in a page of the manual."""
    text = (TOP / f"man/{page}.in").read_text()
    found = re.search(rf'^\.\\" snippet: {name}\n\.Bd [^\n]*\n(.*?)^\.Ed$', text, re.M | re.S)
    return found.group(1).replace("\\e", "\\")


def copy_data(target):
    """The shipped data, to be changed: the sources may be read-only (make distcheck)."""
    shutil.copytree(DATA, target, copy_function=shutil.copyfile)
    for directory in [target, *(path for path in target.iterdir() if path.is_dir())]:
        directory.chmod(0o755)
    return target


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout=LIMIT):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:600]!r}>"


TOKENS = {
    "ops": "ops-token-0123456789abcdef",
    "reader": "reader-token-0123456789abcdef",
    "wazuh": "wazuh-token-0123456789abcdef",
    "am": "am-token-0123456789abcdef",
    "custom": "custom-token-0123456789abcdef",
}

DEFAULT_POLICY = """
policies = ( { name = "default"; steps = (
    { at = "start"; to = [ %s ]; },
    { at = "50%%"; to = [ %s ]; },
    { at = "due"; to = [ %s ]; repeat = "PT1H"; } ); } );
"""


class Tocsin:
    """One daemon with a directory of its own."""

    def __init__(self, directory, channels=None, policies=None, extra="", awareness="alert",
                 unix=True, data=DATA, listens="", tokens="", sources=""):
        self.dir = pathlib.Path(directory)
        self.data = data
        self.port = free_port()
        # A path of its own: that of the test's directory may be too long for a socket.
        self.socket_dir = tempfile.mkdtemp(prefix="tocsin-")
        self.socket = os.path.join(self.socket_dir, "api.sock")
        self.store = self.dir / "tocsin.db"
        self.conf = self.dir / "tocsind.conf"
        self.log_path = self.dir / "tocsind.log"
        self.channels = channels or '{ name = "screen"; type = "console"; }'
        self.policies = policies
        self.extra = extra
        self.awareness = awareness
        self.unix = unix
        # More of each, as text with a comma in front; {dir} is this daemon's directory.
        self.listens, self.tokens, self.sources = (
            text.replace("{dir}", str(directory)).replace("{socket_dir}", self.socket_dir)
            for text in (listens, tokens, sources))
        self.process = None
        self.environment = {}
        for name, text in TOKENS.items():
            self.secret(name + ".token", text)
        self.write()

    def secret(self, name, text):
        path = self.dir / name
        path.write_text(text + "\n")
        path.chmod(0o600)
        return f"file:{path}"

    def channel_names(self):
        return [part.split('"')[1] for part in self.channels.split("name = ")[1:]]

    def write(self):
        names = ", ".join(f'"{n}"' for n in self.channel_names())
        unix = f', {{ unix = "{self.socket}"; }}' if self.unix else ""
        self.conf.write_text(f"""
store = {{ path = "{self.store}"; }};
disk_floor = "1MiB";
listen = ( {{ address = "127.0.0.1"; port = {self.port}; }}{unix}{self.listens} );
public_url = "https://tocsin.example.org";
tokens = (
  {{ name = "ops"; role = "operate"; secret = "file:{self.dir}/ops.token"; }},
  {{ name = "reader"; role = "read"; secret = "file:{self.dir}/reader.token"; }},
  {{ name = "wazuh"; role = "ingest"; source = "wazuh"; secret = "file:{self.dir}/wazuh.token"; }},
  {{ name = "am"; role = "ingest"; source = "alertmanager"; secret = "file:{self.dir}/am.token"; }},
  {{ name = "custom"; role = "ingest"; source = "custom"; secret = "file:{self.dir}/custom.token"; }}{self.tokens} );
entities = (
  {{ id = "acme-energy"; name = "ACME Energy GmbH"; country = "DE"; timezone = "Europe/Berlin";
     regimes = [ "nis2" ]; policy = "default"; assessment = "PT4H"; }} );
sources = (
  {{ name = "wazuh"; format = "wazuh"; entity = "acme-energy"; awareness = "{self.awareness}";
     minimum_severity = "high"; }},
  {{ name = "alertmanager"; format = "alertmanager"; entity = "acme-energy";
     awareness = "{self.awareness}"; }},
  {{ name = "custom"; format = "generic"; entity = "acme-energy"; awareness = "{self.awareness}"; }}{self.sources} );
channels = ( {self.channels} );
{self.policies or DEFAULT_POLICY % (names, names, names)}
{self.extra}
""")

    # ---- the process ------------------------------------------------------------

    def start(self, wait=True, arguments=(), **popen):
        log = open(self.log_path, "ab")
        environment = {**os.environ, **self.environment}
        self.process = subprocess.Popen(
            [TOCSIND, "-c", self.conf, "-d", self.data, "-l", COURIERS, *arguments],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, **popen)
        log.close()
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, limit=LIMIT):
        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"tocsind ended with {self.process.returncode}:\n{self.log()}")
            with contextlib.suppress(OSError, http.client.HTTPException):
                return self.request("GET", "/readyz", token=None).status == 200
        try:
            wait_for("readiness", ready, limit)
        except AssertionError as e:
            raise AssertionError(f"{e}\n{self.log()}") from None

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def children(self):
        """Process ids of the couriers."""
        found = []
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields = stat.read_text().rpartition(")")[2].split()
                if int(fields[1]) == self.process.pid and fields[0] != "Z":
                    found.append(int(stat.parent.name))
        return found

    def kill(self):
        """kill -9 for the daemon and its couriers, at one moment."""
        couriers = self.children()
        self.process.send_signal(signal.SIGKILL)
        for pid in couriers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(25)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"tocsind did not stop:\n{self.log()}") from None
        return self.process.returncode if self.process else None

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()
        with contextlib.suppress(OSError):
            for name in os.listdir(self.socket_dir):
                os.unlink(os.path.join(self.socket_dir, name))
            os.rmdir(self.socket_dir)

    # ---- talking to it ----------------------------------------------------------

    def connection(self, unix=False):
        if unix:
            return UnixConnection(self.socket)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)

    def request(self, method, path, body=None, token="ops", headers=None, unix=False,
                connection=None):
        conn = connection or self.connection(unix)
        headers = dict(headers or {})
        if token is not None and not unix:
            headers.setdefault("Authorization", "Bearer " + TOKENS.get(token, token))
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        try:
            conn.request(method, path, body=body, headers=headers)
            response = conn.getresponse()
            answer = Answer(response.status, response.headers, response.read())
            openapi.check(method, path, body, answer)
            return answer
        finally:
            if connection is None:
                conn.close()

    def get(self, path, **kw):
        return self.request("GET", path, **kw)

    def post(self, path, body, **kw):
        return self.request("POST", path, body, **kw)

    def open(self, title="Ransomware on billing", aware="2026-11-21T08:17:00Z", **keys):
        """Opens an incident by hand; returns its document."""
        keys = {"title": title, "by": "j.doe", **keys}
        if aware:
            keys.setdefault("aware_at", aware)
        answer = self.post("/v1/incidents", keys)
        assert answer.status == 201, answer
        return answer.json

    def deliveries(self, **query):
        path = "/v1/deliveries?limit=1000" + "".join(f"&{k}={v}" for k, v in query.items())
        return self.get(path).json["deliveries"]

    def journal(self):
        """Every record of the journal."""
        records, after = [], 0
        while True:
            page = self.get(f"/v1/journal?limit=10000&after={after}").body.splitlines()
            if not page:
                return records
            records += [json.loads(line) for line in page]
            after = records[-1]["seq"]

    def lines(self, kind=None):
        lines = [json.loads(r["line"]) for r in self.journal()]
        return [line for line in lines if kind is None or line["kind"] == kind]

    def client(self, *arguments, check=True, input=None):
        result = subprocess.run([TOCSIN, "--socket", self.socket, *map(str, arguments)],
                                capture_output=True, text=True, input=input, timeout=60)
        if check:
            assert result.returncode == 0, (arguments, result.stdout, result.stderr)
        return result


def verify_chain(records):
    """The chain as the manual says, with hashlib alone."""
    import hashlib
    previous = "0" * 64
    for n, record in enumerate(records, 1):
        assert record["seq"] == n
        line = record["line"].encode()
        previous = hashlib.sha256(previous.encode() + b"\n" + line + b"\n").hexdigest()
        assert previous == record["hash"], f"the chain breaks at {n}"
    return previous


WAZUH_ALERT = {
    "timestamp": "2026-03-01T08:00:00.123+0000",
    "rule": {"level": 15, "description": "Ransomware note written", "id": "100210",
             "firedtimes": 1, "groups": ["ransomware"]},
    "agent": {"id": "003", "name": "web1", "ip": "192.0.2.10"},
    "manager": {"name": "wazuh01"}, "id": "1731.42",
    "full_log": "file created: HOW_TO_DECRYPT.txt", "decoder": {"name": "syscheck"},
    "location": "syscheck",
}


def wazuh_alert(id="1731.42", **changes):
    alert = json.loads(json.dumps(WAZUH_ALERT))
    alert["id"] = id
    alert.update(changes)
    return alert
