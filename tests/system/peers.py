"""The other ends: a Slack-shaped HTTPS receiver, a mail server, Alertmanager."""

import asyncio
import email
import email.policy
import http.server
import json
import pathlib
import shutil
import ssl
import subprocess
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

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        scheme = "http"
        if authority is not None:
            self.server.socket = authority.context().wrap_socket(self.server.socket,
                                                                  server_side=True)
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


class Alertmanager:
    """Debian's prometheus-alertmanager with one webhook receiver."""

    program = shutil.which("prometheus-alertmanager")

    def __init__(self, directory, url=None, token_file=None, receiver=None):
        """receiver: YAML of another receiver than a webhook."""
        directory = pathlib.Path(directory)
        self.port = free_port()
        receiver = receiver or f"""
  webhook_configs:
  - url: {url}
    send_resolved: true
    http_config:
      authorization: {{ type: Bearer, credentials_file: {token_file} }}
"""
        config = directory / "alertmanager.yml"
        config.write_text(f"""
route: {{ receiver: tocsin, group_wait: 0s, group_interval: 1s, repeat_interval: 1h }}
receivers:
- name: tocsin
{receiver.strip(chr(10))}
""")
        self.log = open(directory / "alertmanager.log", "ab")
        self.process = subprocess.Popen(
            [self.program, f"--config.file={config}", f"--storage.path={directory}/am",
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


