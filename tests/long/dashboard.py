"""The dashboard in a real browser: tocsind, Debian's Chromium, playwright-core.

The packages are installed into a directory of their own, at exactly the versions that
package.json names; what is tested is what the daemon serves.
"""

import datetime
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "system"))

from harness import TOKENS, Tocsin, free_port, wazuh_alert  # noqa: E402

# The second of them is down.
CHANNELS = '''{ name = "screen"; type = "console"; },
    { name = "hook"; type = "webhook"; url = "http://127.0.0.1:%d/"; allow_http = true;
      secret = "file:%s/hook.key"; }'''


def ago(hours):
    at = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=hours)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def cannot(why):
    sys.exit(f"check-long: dashboard: CANNOT RUN: {why}")


def install(directory):
    shutil.copy(HERE / "package.json", directory)
    shutil.copy(HERE / "dashboard.mjs", directory)
    done = subprocess.run(["npm", "install", "--no-package-lock", "--no-audit", "--no-fund",
                           "--ignore-scripts", "--silent"], cwd=directory, timeout=120)
    if done.returncode != 0:
        cannot("npm could not install playwright-core and axe-core")


def main():
    chromium = shutil.which("chromium")
    for program, name in ((chromium, "chromium"), (shutil.which("node"), "node"),
                          (shutil.which("npm"), "npm")):
        if not program:
            cannot(f"there is no {name}")
    screens = pathlib.Path(os.environ["top_builddir"]) / "tests/long/screens"
    screens.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        install(directory)
        store = pathlib.Path(directory) / "store"
        store.mkdir()
        (store / "hook.key").write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
        (store / "hook.key").chmod(0o600)
        tocsin = Tocsin(store, awareness="triage", channels=CHANNELS % (free_port(), store)).start()
        try:
            alert = wazuh_alert()
            alert["rule"]["description"] = "Ransom <img src=x onerror=document.title='owned'>"
            assert tocsin.post("/v1/alerts/wazuh", alert, token="wazuh").status == 201
            tocsin.open("A long forgotten one", aware="2026-01-05T08:00:00Z")
            tocsin.open("An exercise", drill=True, aware=None)
            held = tocsin.open("A held correction", aware=ago(50), regimes=["nis2", "gdpr"])["id"]
            done = tocsin.post(f"/v1/incidents/{held}/events", {
                "type": "aware", "at": ago(40), "by": "m.late", "replaces": True,
                "basis": "The log shows that nobody knew before."})
            assert done.status == 201 and any("proposed" in c for c in done.json["clocks"]), done
            done = subprocess.run(["node", "dashboard.mjs"], cwd=directory, timeout=150, env={
                **os.environ, "BASE": f"http://127.0.0.1:{tocsin.port}/", "CHROMIUM": chromium,
                "TOKEN": TOKENS["ops"], "SCREENS": str(screens)})
        finally:
            tocsin.close()
    sys.exit(done.returncode)


main()
