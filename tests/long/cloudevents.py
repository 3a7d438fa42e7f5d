"""The CloudEvents SDK for JavaScript as a sender, in each of its modes. It is fetched from
the registry of npm into a directory that goes away again, by its exact version."""

import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile

PACKAGE = "cloudevents@10.0.0"
HERE = pathlib.Path(__file__).parent

missing = [program for program in ("node", "npm") if shutil.which(program) is None]
if missing:
    sys.exit(f"cloudevents: CANNOT RUN: there is no {' and no '.join(missing)} "
             "(Debian: nodejs, npm)")
sys.path.insert(0, str(HERE.parent / "system"))
from harness import Tocsin      # noqa: E402


def fetch(directory):
    result = subprocess.run(
        ["npm", "install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund",
         "--prefix", directory, PACKAGE], stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=120, env={**os.environ, "npm_config_cache": str(directory / "cache")})
    if result.returncode != 0:
        sys.exit(f"cloudevents: CANNOT RUN: npm could not install {PACKAGE}:\n{result.stderr}")


def send(directory, url):
    result = subprocess.run(["node", HERE / "cloudevents.js", url], capture_output=True, text=True,
                            timeout=60, env={**os.environ, "NODE_PATH": str(directory / "node_modules")})
    assert result.returncode == 0, result.stderr
    return [json.loads(json.loads(line)) for line in result.stdout.splitlines()]


def check(answers, tocsin):
    *single, repeated, batch = answers
    titles = ["Beacon 1", "étage 2", "étage 3", "Beacon 4", "étage 5", "étage 6"]
    assert [a["title"] for a in single] == titles, single
    assert [a["key"] for a in single] == [f"/siem/nord:{n}" for n in range(1, 7)]
    assert all(a["events"][0]["at"] == "2026-05-04T06:07:08.250Z" for a in single)
    assert [a["severity"] for a in single] == ["high", "unknown", "unknown"] * 2
    assert (repeated["id"], repeated["alerts"]) == (single[0]["id"], 2)
    assert (batch["accepted"], batch["rejected"]) == (3, [])
    assert [(i["key"][-1], i["opened"]) for i in batch["incidents"]] == [
        ("7", True), ("8", True), ("4", False)]
    tocsin.stop()
    with sqlite3.connect(f"file:{tocsin.store}?mode=ro", uri=True) as db:
        kept = [json.loads(body) for body, in db.execute("SELECT body FROM alert ORDER BY id")]
    assert len(kept) == 10
    for event in kept:
        assert event["specversion"] == "1.0" and event["traceparent"] == "00-" + event["id"]
    assert kept[0]["data"] == {"title": "Beacon 1", "severity": "high"}
    assert kept[3]["data"] == {"title": "Beacon 4", "severity": "high"}
    assert kept[1]["data"] == kept[4]["data"] == "no JSON at all"
    assert kept[2]["data_base64"] == kept[5]["data_base64"] == "AP8B"


def main():
    directory = pathlib.Path(tempfile.mkdtemp(prefix="tocsin-cloudevents-"))
    token = "grid-token-0123456789abcdef"
    try:
        fetch(directory)
        tocsin = Tocsin(directory, sources=',\n{ name = "grid"; format = "cloudevents"; }',
                        tokens=',\n{ name = "grid"; role = "ingest"; source = "grid"; '
                               'secret = "file:{dir}/grid"; }')
        tocsin.secret("grid", token)
        try:
            tocsin.start()
            answers = send(directory, f"http://127.0.0.1:{tocsin.port}/v1/alerts/grid/{token}")
            check(answers, tocsin)
        finally:
            tocsin.close()
    finally:
        shutil.rmtree(directory)
    print(f"cloudevents: {PACKAGE} in binary, structured and batched mode: "
          f"{len(answers)} posts as expected")


main()
