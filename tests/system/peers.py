"""The other ends: a Slack-shaped HTTPS receiver, mail servers, Alertmanager, syslog-ng."""

import asyncio
import contextlib
import email
import email.policy
import http.server
import json
import os
import pathlib
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from harness import LIMIT, free_port, wait_for


class Authority:
    """A certificate authority for one test run."""

    def __init__(self, directory):
        self.dir = pathlib.Path(directory)
        self.ca = self.dir / "ca.pem"
        self._run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                  "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
                  "-subj", "/CN=tocsin test authority")
        self.cert, self.key = self.issue("localhost")

    def _run(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.dir, check=True, capture_output=True)

    def issue(self, name, subject=None):
        extensions = self.dir / f"{name}.ext"
        extensions.write_text(f"subjectAltName=DNS:{name},IP:127.0.0.1\n")
        self._run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                  "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj",
                  subject or f"/CN={name}")
        self._run("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                  "-CAcreateserial", "-days", "2", "-extfile", str(extensions),
                  "-out", f"{name}.pem")
        return self.dir / f"{name}.pem", self.dir / f"{name}.key"

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        return context


class Received:
    def __init__(self, path, headers, body):
        self.path = path
        self.headers = headers
        self.body = body
        self.at = time.monotonic()

    @property
    def json(self):
        return json.loads(self.body)


class Receiver:
    """An HTTP(S) server that keeps what it gets and answers as it is told to."""

    def __init__(self, authority=None, port=0):
        self.received = []
        self.status, self.reply, self.headers = 200, b"ok", {}
        self.script = []        # one (status, body, headers) for each next request
        self.answer = None      # or a function of the request that gives them
        self.bulk_sent = 0      # bytes of the longest answer that was taken
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                received = Received(self.path, self.headers, body)
                receiver.received.append(received)
                if receiver.script:
                    status, reply, headers = receiver.script.pop(0)
                elif receiver.answer:
                    status, reply, headers = receiver.answer(received)
                else:
                    status, reply, headers = receiver.status, receiver.reply, receiver.headers
                if status == "reset":
                    self.connection.close()
                    return
                if status == "bulk":
                    self.send_bulk(reply)
                    return
                if status == "hang":
                    time.sleep(reply)
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def send_bulk(self, size):
                """An answer of so many bytes, as far as the other side takes it."""
                self.close_connection = True
                self.send_response(200)
                self.send_header("Content-Length", str(size))
                self.end_headers()
                sent = 0
                try:
                    while sent < size:
                        self.wfile.write(bytes(65536))
                        sent += 65536
                except OSError:
                    pass
                receiver.bulk_sent = max(receiver.bulk_sent, sent)

            def log_message(self, *args):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, request, address):
                pass        # a sender that was killed

        self.server = Server(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        scheme = "http"
        if authority is not None:
            # Each connection shakes hands in its own thread: one that says nothing
            # keeps no other waiting.
            self.server.socket = authority.context().wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False)
            scheme = "https"
        self.port = self.server.server_address[1]
        self.url = f"{scheme}://localhost:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def wait(self, n=1, limit=LIMIT):
        wait_for(f"{n} requests, have {len(self.received)}", lambda: len(self.received) >= n, limit)
        return self.received

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Mailbox:
    """An SMTP server: STARTTLS or implicit TLS, AUTH required, keeps what it gets."""

    def __init__(self, authority, user="tocsin", password="correct horse", implicit=False, port=0):
        self.messages = []      # (envelope recipient, parsed message)
        self.sessions = []      # (tls, authenticated) of each message
        self.answers = {}       # command -> reply, e.g. {"RCPT": "550 no such user"}
        self.stall = 0.0        # seconds before the answer to the final dot
        mailbox = self

        class Handler:
            async def handle_RCPT(self, server, session, envelope, address, options):
                if "RCPT" in mailbox.answers:
                    return mailbox.answers["RCPT"]
                envelope.rcpt_tos.append(address)
                return "250 OK"

            async def handle_DATA(self, server, session, envelope):
                await asyncio.sleep(mailbox.stall)
                if "DATA" in mailbox.answers:
                    return mailbox.answers["DATA"]
                mailbox.sessions.append((session.ssl is not None or implicit,
                                         session.authenticated))
                message = email.message_from_bytes(envelope.content, policy=email.policy.default)
                mailbox.messages.append((envelope.rcpt_tos, message))
                return "250 queued"

        def authenticate(server, session, envelope, mechanism, data):
            good = isinstance(data, LoginPassword) and \
                (data.login, data.password) == (user.encode(), password.encode())
            return AuthResult(success=good)

        options = dict(authenticator=authenticate, auth_required=True)
        if implicit:
            options.update(ssl_context=authority.context(), auth_require_tls=False)
        else:
            options.update(tls_context=authority.context(), require_starttls=True)
        self.port = port or free_port()
        self.controller = Controller(Handler(), hostname="127.0.0.1", port=self.port, **options)
        self.controller.start()

    def wait(self, n=1, limit=LIMIT):
        wait_for(f"{n} mails", lambda: len(self.messages) >= n, limit)
        return self.messages

    def close(self):
        self.controller.stop()


class Postfix:
    """Debian's Postfix with all its files in a directory of its own: STARTTLS and AUTH are
    required, mail to example.org goes to a maildir, nobody@example.org is refused."""

    USER, REALM, PASSWORD = "tocsin", "example.org", "correct horse"
    LOGIN = f"{USER}@{REALM}"
    PROGRAMS = "postfix", "saslpasswd2"

    @classmethod
    def why_not(cls):
        """Why it cannot run here, or None."""
        missing = [p for p in cls.PROGRAMS if not shutil.which(p, path=cls.path())]
        if missing:
            return f"{' and '.join(missing)} not installed (Debian: postfix, sasl2-bin)"
        if os.getuid() != 0:
            return "Postfix starts as root only"
        return None

    @staticmethod
    def path():
        return os.environ.get("PATH", "") + ":/usr/sbin:/sbin"

    def __init__(self, authority, port=0):
        self.port = port or free_port()
        # Its processes give up root: they must be able to reach the directory.
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-postfix-"))
        self.dir.chmod(0o755)
        owner = pwd.getpwnam("postfix")
        for name in "queue", "data", "mail", "etc/sasl":
            (self.dir / name).mkdir(parents=True)
        os.chown(self.dir / "data", owner.pw_uid, -1)
        self.nobody = pwd.getpwnam("nobody").pw_uid
        os.chown(self.dir / "mail", self.nobody, -1)
        shutil.copy(authority.cert, self.dir / "cert.pem")
        shutil.copy(authority.key, self.dir / "key.pem")
        self.write()
        self._passwords(owner)
        self.start()

    def write(self):
        etc = self.dir / "etc"
        (etc / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {self.dir}/queue
data_directory = {self.dir}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
shlib_directory = /usr/lib/postfix
meta_directory = /etc/postfix
mail_owner = postfix
setgid_group = postdrop
maillog_file = {self.dir}/mail.log
maillog_file_prefixes = {self.dir}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.example.org
mydestination =
alias_maps =
virtual_mailbox_domains = example.org
virtual_mailbox_base = {self.dir}/mail
virtual_mailbox_maps = static:box/
virtual_uid_maps = static:{self.nobody}
virtual_gid_maps = static:{pwd.getpwnam("nobody").pw_gid}
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = {self.dir}/cert.pem
smtpd_tls_key_file = {self.dir}/key.pem
smtpd_sasl_auth_enable = yes
smtpd_sasl_path = smtpd
smtpd_sasl_local_domain = {self.REALM}
cyrus_sasl_config_path = {self.dir}/etc/sasl
smtpd_forbid_bare_newline = yes
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions =
    check_recipient_access inline:{{ {{ nobody@example.org = REJECT }} }},
    permit_sasl_authenticated, reject
""")
        services = [f"127.0.0.1:{self.port} inet n - n - - smtpd",
                    "postlog unix-dgram n - n - 1 postlogd"]
        for name, wakeup, limit, program in (
                ("pickup", 60, 1, "pickup"), ("cleanup", "-", 0, "cleanup"),
                ("qmgr", 300, 1, "qmgr"), ("tlsmgr", 1000, 1, "tlsmgr"),
                ("rewrite", "-", "-", "trivial-rewrite"), ("bounce", "-", 0, "bounce"),
                ("defer", "-", 0, "bounce"), ("proxymap", "-", "-", "proxymap"),
                ("anvil", "-", 1, "anvil"), ("virtual", "-", "-", "virtual")):
            public = "n" if name in ("pickup", "cleanup", "qmgr") else "-"
            privileged = "n" if name == "virtual" else "-"
            services.append(f"{name} unix {public} {privileged} n {wakeup} {limit} {program}")
        (etc / "master.cf").write_text("\n".join(services) + "\n")
        (etc / "sasl/smtpd.conf").write_text(f"""
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: {self.dir}/etc/sasl/sasldb2
mech_list: PLAIN LOGIN
""")

    def _passwords(self, owner):
        database = self.dir / "etc/sasl/sasldb2"
        subprocess.run(["saslpasswd2", "-p", "-c", "-f", database, "-u", self.REALM, self.USER],
                       input=self.PASSWORD, text=True, check=True, capture_output=True,
                       env={**os.environ, "PATH": self.path()})
        os.chown(database, owner.pw_uid, -1)

    def _run(self, command):
        with open(self.dir / "control.log", "ab") as log:
            done = subprocess.run(["postfix", "-c", self.dir / "etc", command], stdout=log,
                                  stderr=log, stdin=subprocess.DEVNULL, timeout=LIMIT,
                                  env={**os.environ, "PATH": self.path()})
        assert done.returncode == 0, self.log()

    def start(self):
        self._run("start")

        def answers():
            with contextlib.suppress(OSError):
                with socket.create_connection(("127.0.0.1", self.port), 5) as s:
                    return s.recv(100).startswith(b"220 ")
        wait_for("Postfix", answers)

    def log(self):
        return "".join(p.read_text(errors="replace") for p in
                       (self.dir / "control.log", self.dir / "mail.log") if p.exists())

    @property
    def raw(self):
        """The bytes of all mails that have arrived."""
        return [p.read_bytes() for p in sorted((self.dir / "mail").glob("box/new/*"))]

    @property
    def messages(self):
        return [email.message_from_bytes(b, policy=email.policy.default) for b in self.raw]

    def wait(self, n=1, limit=LIMIT):
        try:
            wait_for(f"{n} mails", lambda: len(self.raw) >= n, limit)
        except AssertionError as e:
            raise AssertionError(f"{e}\n{self.log()}") from None
        return self.messages

    def stop(self):
        self._run("stop")

    def close(self):
        self.stop()
        shutil.rmtree(self.dir)


class Alertmanager:
    """Debian's prometheus-alertmanager with one webhook receiver, or with a whole
    configuration."""

    program = shutil.which("prometheus-alertmanager")

    def __init__(self, directory, url=None, token_file=None, receiver=None, config=None,
                 port=None):
        """receiver: YAML of another receiver than a webhook; config: of everything."""
        directory = pathlib.Path(directory)
        self.port = port or free_port()
        receiver = receiver or f"""
  webhook_configs:
  - url: {url}
    send_resolved: true
    http_config:
      authorization: {{ type: Bearer, credentials_file: {token_file} }}
"""
        path = directory / "alertmanager.yml"
        path.write_text(config or f"""
route: {{ receiver: tocsin, group_wait: 0s, group_interval: 1s, repeat_interval: 1h }}
receivers:
- name: tocsin
{receiver.strip(chr(10))}
""")
        self.log = open(directory / "alertmanager.log", "ab")
        self.process = subprocess.Popen(
            [self.program, f"--config.file={path}", f"--storage.path={directory}/am",
             f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address="],
            stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)
        wait_for("Alertmanager", lambda: self._call("GET", "/-/ready") == 200)

    def _call(self, method, path, body=None):
        import http.client
        conn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            conn.request(method, path, body=body, headers={"Content-Type": "application/json"})
            return conn.getresponse().status
        except OSError:
            return None
        finally:
            conn.close()

    def alert(self, name, ends=None, **labels):
        """ends: an RFC 3339 time; one that is past resolves it."""
        body = json.dumps([{"labels": {"alertname": name, **labels},
                            **({"endsAt": ends} if ends else {}),
                            "annotations": {"summary": f"{name} on {labels.get('host', 'db1')}"}}])
        assert self._call("POST", "/api/v2/alerts", body) == 200

    def close(self):
        self.process.kill()
        self.process.wait()
        self.log.close()


class SyslogNg:
    """Debian's syslog-ng: each line of a file becomes a message to one http() destination."""

    PROGRAM = shutil.which("syslog-ng", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")

    @classmethod
    def why_not(cls):
        """Why it cannot run here, or None."""
        modules = [*pathlib.Path("/usr/lib/syslog-ng").glob("*/libhttp.so"),
                   *pathlib.Path("/usr/lib").glob("*/syslog-ng/libhttp.so")]
        if cls.PROGRAM is None or not modules:
            return "syslog-ng is not installed (Debian: syslog-ng-core, syslog-ng-mod-http)"
        return None

    def __init__(self, directory, url, token, options):
        """options: of http(), besides its url and the token."""
        self.dir = pathlib.Path(directory)
        self.dir.mkdir()
        self.input = self.dir / "input"
        self.input.touch()
        (self.dir / "conf").write_text(f"""@version: current
options {{ stats-freq(0); time-reopen(1); }};
source s {{ file("{self.input}" follow-freq(0.1) flags(no-parse)); }};
destination d {{ http(url("{url}") method("POST") {options}
    headers("Authorization: Bearer {token}") user-agent("syslog-ng")); }};
log {{ source(s); destination(d); }};
""")
        self.log = open(self.dir / "log", "ab")
        self.process = subprocess.Popen(
            [self.PROGRAM, "--foreground", "--stderr", "--no-caps", "--cfgfile", self.dir / "conf",
             "--persist-file", self.dir / "persist", "--pidfile", self.dir / "pid",
             "--control", self.dir / "ctl"], cwd=self.dir,
            stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)

    def write(self, *lines):
        with open(self.input, "ab") as f:
            f.write(b"".join(line.encode() + b"\n" for line in lines))

    def said(self):
        return (self.dir / "log").read_text(errors="replace")

    def close(self):
        self.process.kill()
        self.process.wait()
        self.log.close()
