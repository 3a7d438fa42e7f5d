"""Backups while the daemon serves, and what is restored from them."""

import os
import sqlite3
import subprocess
import threading

import pytest

from harness import TOCSIND, TOP, verify_chain, wait_for


def back_up(tocsin, path, check=True, program=TOCSIND):
    return tocsin.client("backup", path, "--tocsind", program, check=check)


def check_store(path):
    return subprocess.run([TOCSIND, "-k", path], capture_output=True, text=True, timeout=60)


def test_a_backup_is_whole_while_others_write(tocsin, tmp_path):
    first = tocsin.open("Before")["id"]
    big = "x" * 15000
    for n in range(150):
        tocsin.post("/v1/alerts/custom", {"key": f"k{n}", "title": f"Alert {n}",
                                          "description": big}, token="custom")
    stop, made = threading.Event(), []

    def write():
        while not stop.is_set():
            made.append(tocsin.open("Meanwhile")["id"])
    writer = threading.Thread(target=write)
    writer.start()
    try:
        result = back_up(tocsin, tmp_path / "copy.db")
    finally:
        stop.set()
        writer.join()
    copy = tmp_path / "copy.db"
    assert f"{copy.stat().st_size} bytes, verified" in result.stdout
    assert copy.stat().st_mode & 0o777 == 0o600
    assert sorted(os.listdir(tmp_path)) == ["copy.db", "d0"]
    assert not [n for n in os.listdir(tocsin.dir) if "backup" in n]
    with sqlite3.connect(copy) as db:
        ids = [r[0] for r in db.execute("SELECT id FROM incident ORDER BY id")]
        assert ids[0] == first and ids == list(range(1, len(ids) + 1))
        assert db.execute("SELECT count(*) FROM alert").fetchone() == (150,)
        lines = db.execute("SELECT line FROM journal").fetchall()
    begun = [l for l, in lines if '"kind":"backup.begun"' in l]
    assert len(begun) == 1 and '"actor":"uid:' in begun[0], "the copy says that it was taken"
    assert len(made) > 2


def test_a_restored_store_goes_on(daemon, tmp_path):
    old = daemon()
    id = old.open("Ransomware")["id"]
    wait_for("the notices", lambda: {d["state"] for d in old.deliveries()} == {"delivered"})
    before = old.deliveries()
    back_up(old, tmp_path / "copy.db")
    lost = old.open("After the backup")["id"]
    old.stop()
    new = daemon(started=False)
    (tmp_path / "copy.db").rename(new.store)
    new.start()
    assert new.get(f"/v1/incidents/{id}").json["clocks"]
    assert new.get(f"/v1/incidents/{lost}").status == 404
    verify_chain(new.journal())
    after = [d for d in new.deliveries() if d["incident"] == id]
    assert {d["id"] for d in after}.isdisjoint(d["id"] for d in before), "a new store's ids"
    assert len(after) == len(before) and {d["state"] for d in after} == {"delivered"}
    wait = wait_for("a head", lambda: new.client("verify").stdout)
    assert "the chain is whole" in wait


def test_who_may_take_one(daemon):
    tocsin = daemon(started=False, extra="""
""")
    limited = tocsin.secret("limited.token", "limited-token-0123456789abcdef")
    admin = tocsin.secret("admin.token", "admin-token-0123456789abcdef")
    tocsin.conf.write_text(tocsin.conf.read_text().replace("tokens = (", f"""tokens = (
  {{ name = "limited"; role = "admin"; entities = [ "acme-energy" ]; secret = "{limited}"; }},
  {{ name = "admin"; role = "admin"; secret = "{admin}"; }},"""))
    tocsin.start()
    for token, status in ((None, 401), ("wazuh", 403), ("reader", 403), ("ops", 403),
                          ("limited-token-0123456789abcdef", 403)):
        assert tocsin.post("/v1/backup", None, token=token).status == status, token
    assert tocsin.lines("backup.begun") == []
    answer = tocsin.post("/v1/backup", None, token="admin-token-0123456789abcdef")
    assert answer.status == 200 and answer.body.startswith(b"SQLite format 3\0")
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert [l["actor"] for l in tocsin.lines("backup.begun")] == ["token:admin"]


def test_the_connection_goes_on_after_one(tocsin):
    with_admin = tocsin.connection(unix=True)
    for _ in range(2):
        answer = tocsin.request("POST", "/v1/backup", unix=True, connection=with_admin)
        assert answer.status == 200 and len(answer.body) % 4096 == 0
        assert tocsin.request("GET", "/v1/status", unix=True,
                              connection=with_admin).status == 200
    with_admin.close()


def test_a_file_that_is_there_is_not_overwritten(tocsin, tmp_path):
    (tmp_path / "copy.db").write_text("mine")
    result = back_up(tocsin, tmp_path / "copy.db", check=False)
    assert result.returncode == 1 and "is there already" in result.stderr
    assert (tmp_path / "copy.db").read_text() == "mine"
    assert tocsin.lines("backup.begun") == []


def test_what_cannot_be_verified_gets_no_name(tocsin, tmp_path):
    result = back_up(tocsin, tmp_path / "a.db", check=False, program="/nonexistent/tocsind")
    assert result.returncode == 1 and "is not verified" in result.stderr
    assert [n for n in os.listdir(tmp_path) if n.startswith("a.")] == ["a.db.partial"]
    assert check_store(tmp_path / "a.db.partial").returncode == 0
    result = back_up(tocsin, tmp_path / "b.db", check=False, program="/bin/false")
    assert result.returncode == 1 and "no good backup" in result.stderr


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_store_is_checked_where_it_lies(tocsin, end):
    tocsin.open()
    before = check_store(tocsin.store)
    assert before.returncode == 1, "the daemon has it"
    assert f"{tocsin.store} is in use by another process" in before.stderr
    tocsin.open()
    getattr(tocsin, end)()
    files = {path: path.read_bytes() for path in tocsin.dir.glob("tocsin.db*")}
    good = check_store(tocsin.store)
    assert good.returncode == 0 and "is whole, its journal too: " in good.stdout, good.stderr
    assert {path: path.read_bytes() for path in tocsin.dir.glob("tocsin.db*")} == files
    tocsin.start()
    assert len(tocsin.get("/v1/incidents").json["incidents"]) == 2


def test_a_store_of_an_earlier_version_is_checked_too(tmp_path):
    old = tmp_path / "old.db"
    db = sqlite3.connect(old)
    db.executescript((TOP / "tests/data/store-schema-1.sql").read_text())
    assert db.execute("SELECT count(*) FROM clock").fetchone()[0] > 0
    db.execute("DELETE FROM journal")  # its lines are made up, and chained to nothing
    db.commit()
    db.close()
    good = check_store(old)
    assert good.returncode == 0 and "is whole" in good.stdout, good.stderr


@pytest.mark.parametrize("what", ["a page", "a line of the journal", "a line cut out",
                                  "a row that points nowhere", "a clock of no incident",
                                  "a clock that no list has", "a clock that comes up late",
                                  "cut short", "no store"])
def test_a_damaged_copy_is_found_out(tocsin, tmp_path, what):
    copy = tmp_path / "copy.db"
    tocsin.open()
    for n in range(30):
        tocsin.post("/v1/alerts/custom", {"title": f"Alert {n}"}, token="custom")
    back_up(tocsin, copy)
    good = check_store(copy)
    assert good.returncode == 0 and "is whole, its journal too: " in good.stdout
    db = sqlite3.connect(copy)
    if what == "a page":
        root = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'clock'").fetchone()[0]
        size = db.execute("PRAGMA page_size").fetchone()[0]
    elif what == "a line of the journal":
        db.execute("UPDATE journal SET line = replace(line, 'j.doe', 'j.roe') WHERE seq = 2")
        db.execute("UPDATE journal SET line = line || ' ' WHERE seq = 3")
    elif what == "a line cut out":
        db.execute("DELETE FROM journal WHERE seq = 4")
    elif what == "a row that points nowhere":
        db.execute("DELETE FROM incident WHERE id = 1")
    elif what == "a clock of no incident":
        db.execute("UPDATE clock SET incident = incident + 1000"
                   " WHERE incident = (SELECT max(incident) FROM clock)")
    elif what == "a clock that no list has":
        db.execute("DELETE FROM clock_sort WHERE clock = (SELECT max(clock) FROM clock_sort)")
    elif what == "a clock that comes up late":
        db.execute("UPDATE clock SET next_at = next_at + 1"
                   " WHERE incident = (SELECT max(incident) FROM clock)")
    db.commit()
    db.close()
    data = bytearray(copy.read_bytes())
    if what == "a page":
        data[(root - 1) * size:(root - 1) * size + 100] = bytes(100)
    elif what == "cut short":
        data = data[:len(data) // 2]
    elif what == "no store":
        data = bytearray(b"hello")
    copy.write_bytes(data)
    bad = check_store(copy)
    assert bad.returncode == 1 and str(copy) in bad.stderr, (what, bad)
    assert bad.stdout == ""
