"""The examples of the manual, run as the pages print them: paths, ids and instants are put in."""

import base64
import pathlib
import re
import shutil
import subprocess

import pytest

from followed import ago
from harness import BUILD, COURIERS, DATA, TOCSIN, TOCSIND, TOP, free_port, wait_for

PAGES = "tocsin.1", "tocsind.8", "tocsind.conf.5", "tocsin-regimes.5", "tocsin-sources.5"
# What another test runs, and which.
ELSEWHERE = {
    "upstream tocsind {": "tests/system/test_proxies.py",
    "defaults\n\tmode http": "tests/system/test_proxies.py",
    "[Socket]": "tests/root/test_systemd.py",
    "systemctl daemon-reload": "tests/root/test_systemd.py",
    "$ tocsin drill": "tests/system/test_drill.py",
    "hash(n) = SHA-256": "tests/system/harness.py",
    "alert 1: opens an incident": "tests/scripts/sources.sh",
}


def examples(page):
    """All that stands in a literal display, and every line that is displayed."""
    text = (TOP / f"man/{page}.in").read_text()
    found = re.findall(r"^\.Bd -literal[^\n]*\n(.*?)^\.Ed$|^\.Dl ([^\n]*\n)", text, re.M | re.S)
    return ["".join(pair).replace("\\(dq", '"').replace("\\&", "").replace("\\e", "\\")
            for pair in found]


def take_all(page, start):
    return [text for text in examples(page) if text.startswith(start)]


def take(page, start):
    found = take_all(page, start)
    assert len(found) == 1, f"{page} has {len(found)} examples that begin with {start!r}"
    return found[0]


def commands(text):
    """What stands behind "$ ", without what is printed."""
    joined = text.replace("\\\n", "")
    return "".join(line[2:] + "\n" for line in joined.splitlines() if line.startswith("$ "))


def test_every_example_is_run():
    ours = pathlib.Path(__file__).read_text()
    taken = {(page, start.encode().decode("unicode_escape")) for page, start in
             re.findall(r"take(?:_all)?\(\"([^\"]+)\", [\"']([^\n]+?)[\"']\)", ours)}
    for page in PAGES:
        assert examples(page), page
        for text in examples(page):
            if any(p == page and text.startswith(start) for p, start in taken):
                continue
            other = next((file for start, file in ELSEWHERE.items()
                          if text.startswith(start)), None)
            assert other, f"{page}: nothing runs this:\n{text}"
            assert (TOP / other).exists()


# ---- tocsin(1) ------------------------------------------------------------------------


def test_tocsin_an_incident_and_its_corrections(site):
    site.start()
    site.shell("tocsin open --title 'Many logins'")
    site.write("early-warning.pdf", "what was sent")
    now = {" 42": " 1", "2026-11-21T09:17:00+01:00": ago(9),
           "2026-11-21T18:40:00+01:00": ago(-1 / 60), "2026-11-21T11:40:00+01:00": ago(-3 / 60),
           "2026-11-22T12:00:00Z": ago(-24)}

    def run(text):
        return site.shell(site.put_in(commands(text), now))

    assert "incident 2: Ransomware on billing" in run(take("tocsin.1", "$ tocsin open"))
    assert "incident 1: Many logins" in run(take("tocsin.1", "$ tocsin aware 42 --by"))
    assert "nis2/early-warning" in run(take("tocsin.1", "$ tocsin clocks --before"))
    assert "filed" in run(take("tocsin.1", "$ tocsin report 42"))
    assert (site.dir / "early-warning.md").read_text().startswith("#")
    assert "early-warning" in run(take("tocsin.1", "$ tocsin withdraw 42"))
    clock = site.json("show", "1")["clocks"][1]
    assert (clock["stage"], clock["state"]) == ("early-warning", "running")
    held = run(take("tocsin.1", "$ tocsin aware 42 --at"))
    assert "held: nis2/early-warning" in held
    assert site.json("show", "1")["clocks"][1]["due_at"] > clock["due_at"], "confirmed"


def test_tocsin_rules(site):
    site.start()
    site.shell(f"tocsin open --title Ransomware --aware {ago(1)} --by j.doe")
    # New files, as in the example: an early warning within 12 hours.
    (site.dir / "etc/tocsin/regimes.d").mkdir()
    rules = (DATA / "regimes.d/nis2.conf").read_text()
    site.write("etc/tocsin/regimes.d/nis2.conf", re.sub(
        'version = "[0-9-]*"', 'version = "2027-01-10"', rules).replace('"PT24H"', '"PT12H"'))
    text = take("tocsin.1", "$ tocsin rules\n")
    first, *others = commands(text).splitlines()
    shown = site.shell(first)
    for line in text.splitlines():
        if line.startswith(("different ", "The daemon has to", "REPORT ")):
            assert " ".join(line.rstrip(" .").split()) in " ".join(shown.split()), line
    assert re.search(r"^nis2/early-warning  due  ", shown, re.M)
    for line in others:
        reloads = site.log().count("reloaded")
        site.shell(line.replace(" 42", " 1"))
        if "reload" in line:
            wait_for("the reload", lambda: site.log().count("reloaded") > reloads)
    assert "rules.applied" in site.shell("tocsin journal")


def test_tocsin_due(site):
    shown = site.shell(commands(take("tocsin.1", "$ tocsin due --country DE")))
    assert "early-warning" in shown and "2026-12-23" in shown


def test_tocsin_journal_verified_in_two_ways(site):
    site.start()
    site.shell("tocsin open --title Ransomware; sleep 1")
    head = site.shell(commands(take("tocsin.1", "$ tocsin journal > journal.ndjson")))
    text = take("tocsin.1", "$ tocsin journal --lines")
    by_hand = site.shell(re.sub("^(  |[$] )", "", text, flags=re.M)).strip()
    again = site.shell(take("tocsind.8", "tocsin journal --lines")).strip()
    assert len(by_hand) == 64 and by_hand == again and by_hand in head


# ---- tocsind(8) -----------------------------------------------------------------------


def test_tocsind_check_and_reload(site):
    site.start()
    site.shell(take("tocsind.8", "# tocsind -t")[2:])
    wait_for("the reload", lambda: "reloaded, configuration" in site.log())


def test_tocsind_from_a_build_tree(tmp_path):
    command = take("tocsind.8", "$ tocsind -c ./tocsind.conf")[2:].split()
    (tmp_path / "tocsind.conf").write_text(f"""
store = {{ path = "{tmp_path}/tocsin.db"; }}; ballast = "1MiB"; disk_floor = "1MiB";
listen = ( {{ address = "127.0.0.1"; port = {free_port()}; }} );
entities = ( {{ id = "a"; name = "A"; country = "DE"; regimes = [ "nis2" ]; policy = "p"; }} );
channels = ( {{ name = "screen"; type = "console"; }} );
policies = ( {{ name = "p"; steps = ( {{ at = "due"; to = [ "screen" ]; }} ); }} );
""")
    for name, target in (("rules", TOP / "tests/data/demo"), ("etc", DATA.parent),
                         ("src", COURIERS.parent)):
        (tmp_path / name).symlink_to(target.resolve())
    with open(tmp_path / "log", "wb") as log:
        process = subprocess.Popen([TOCSIND, *command[1:]], cwd=tmp_path, stderr=log)
    try:
        wait_for("it to be ready", lambda: " is ready" in (tmp_path / "log").read_text())
    finally:
        process.terminate()
        assert process.wait(20) == 0


def test_tocsind_metrics_are_scraped_so(tmp_path):
    if not shutil.which("promtool"):
        pytest.skip("promtool (Debian: prometheus) is not installed")
    (tmp_path / "token").write_text("0123456789abcdef\n")
    conf = tmp_path / "prometheus.yml"
    conf.write_text(take("tocsind.8", "scrape_configs:").replace(
        "/etc/prometheus/tocsin.token", str(tmp_path / "token")))
    subprocess.run(["promtool", "check", "config", conf], check=True, capture_output=True)


def test_tocsind_the_log_is_asked_by_ids_that_it_has():
    """journalctl is not run, which would take systemd: test_systemd.py asks it by such ids."""
    page = (TOP / "man/tocsind.8.in").read_text()
    names = [re.search(rf"^\.It ([a-z-]+), Ql {id}$", page, re.M).group(1) for id in re.findall(
        r"MESSAGE_ID=([0-9a-f]{32})$", take("tocsind.8", "journalctl MESSAGE_ID="), re.M)]
    assert names == ["clock-overdue", "delivery-refused", "incident-opened"]


def test_tocsind_backup_and_restore(site):
    site.start()
    site.shell("tocsin open --title Kept")
    backup = take("tocsind.8", "tocsin backup")
    site.shell(site.put_in(backup, {"tocsin backup": f"tocsin backup --tocsind {TOCSIND}"}))
    site.shell("tocsin open --title 'Since then'")
    text = take("tocsind.8", "tocsind -k tocsin-2026-11-21.db")
    # The copy lies where the operator is; "cd" goes to where the store is.
    site.shell(text.replace("cd @localstatedir@/lib/tocsin", f"cd {site.dir}")
               .replace("tocsind -k", f"{TOCSIND} -k"))
    assert [i["title"] for i in site.incidents()] == ["Kept"]
    if not shutil.which("sqlite3"):
        pytest.skip("sqlite3 is not installed")
    site.shell("systemctl stop tocsind.socket tocsind.service")
    store = "sqlite3 tocsin.db \"SELECT count(*) FROM meta WHERE name = 'store-id'\""
    assert site.shell(store) == "1\n"
    site.shell(take("tocsind.8", "sqlite3 tocsin.db"))
    assert site.shell(store) == "0\n"


# ---- tocsind.conf(5) --------------------------------------------------------------------


def check(site, conf):
    site.write("etc/tocsin/tocsind.conf", conf)
    return site.shell("tocsind -t 2>&1 || true")


def test_conf_the_language(site):
    said = check(site, take("tocsind.conf.5", "# a comment\nkey = "))
    assert "syntax" not in said
    unknown = re.findall(r':\d+: unknown key "(\w+)"', said)
    assert unknown == ["key", "flag", "names", "group", "list"]


def test_conf_the_whole_example(site):
    site.run("secrets")
    site.write("etc/tocsin/smtp.password", "secret\n", 0o600)
    text = take("tocsind.conf.5", "store = {")
    assert "@localstatedir@" in text and "@runstatedir@" in text
    text = text.replace("@localstatedir@/lib/tocsin", str(site.dir)).replace(
        "@runstatedir@/tocsin", str(site.dir))
    said = check(site, text)
    assert not re.search(r"^(?!.*warning)\S", said, re.M), said
    site.shell("tocsind -t")


def test_conf_every_signature(site):
    site.run("secrets")
    key = "whsec_" + base64.b64encode(b"0123456789" * 3).decode()
    site.write("etc/tocsin/whsec.key", key + "\n", 0o600)
    text = take("tocsind.conf.5", "# Grafana, with its timestamp")
    schemes = re.findall(r"^signature = \{.*?\};$", text, re.M | re.S)
    assert len(schemes) == text.count("signature = {") > 4
    conf = site.put_in("".join(take("tocsind.conf.5", "store = {").partition("tokens = ")[:1]))
    conf = conf.replace("@localstatedir@/lib/tocsin", str(site.dir)).replace(
        "@runstatedir@/tocsin", str(site.dir))
    for scheme in schemes:
        key = "whsec.key" if "key_encoding" in scheme else "wazuh.token"
        said = check(site, conf + f"""
tokens = ( {{ name = "t"; role = "ingest"; source = "s"; secret = "file:{key}"; {scheme} }} );
entities = ( {{ id = "a"; name = "A"; country = "DE"; regimes = [ "nis2" ]; policy = "p"; }} );
sources = ( {{ name = "s"; format = "generic"; }} );
channels = ( {{ name = "screen"; type = "console"; }} );
policies = ( {{ name = "p"; steps = ( {{ at = "due"; to = [ "screen" ]; }} ); }} );
""")
        assert not re.search(r":\d+: (?!warning)", said), (scheme, said)
        site.shell("tocsind -t")


# ---- tocsin-regimes(5) --------------------------------------------------------------------


@pytest.fixture
def house(tmp_path):
    """The regime and the country of the page, over the shipped files."""
    for folder, name, text in (
            ("regimes.d", "house", take("tocsin-regimes.5", 'regime = "house";')),
            ("countries.d", "XA", take("tocsin-regimes.5", 'country = "XA";'))):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.conf").write_text(text)

    def due(*options):
        return subprocess.run([TOCSIN, "due", "--data", f"{tmp_path}:{DATA}", *options],
                              check=True, capture_output=True, text=True).stdout
    return due


def test_regimes_a_house_and_a_country(house):
    aware, handled = "aware=2026-11-21T09:00:00Z", "handled=2026-12-01T09:00:00Z"
    assert "2026-11-21T13:00:00Z" in house("--regime", "house", "--event", aware)
    for more in [], ["--trait", "hospital"]:
        shown = house("--regime", "house", "--country", "XA", "--event", aware, *more)
        assert "2026-11-21T10:00:00Z" in shown, "an hour after awareness, for a hospital too"
    shown = house("--regime", "house", "--country", "XA", "--event", aware, "--event", handled,
                  "--filed", "first-word=2026-11-21T10:00:00Z")
    assert "2026-12-21T10:00:00Z" in shown, "a month after the first word alarms"
    assert "2027-01-01" in shown, "a month after the handling is the other reading"


def test_regimes_what_is_printed_with_a_date(site):
    shown = site.shell(commands(take("tocsin-regimes.5", "$ tocsin due --country DE")))
    lines = {re.sub(" +", " ", line.strip()) for line in shown.splitlines()}
    wanted = take("tocsin-regimes.5", "filed:notification 2026-11-23").splitlines()
    assert len(wanted) == 4
    for line in wanted:
        assert any(line in have for have in lines), (line, shown)


def test_regimes_the_final_report_of_dora(site):
    shown = site.shell(commands(take("tocsin-regimes.5", "$ tocsin due --regime dora")))
    final = shown[shown.rindex("final-report"):]
    assert "Sun 2027-02-28 10:00" in shown and "Mon 2027-03-01 12:00" in shown, final


# ---- tocsin-sources(5) ----------------------------------------------------------------------


def test_sources_a_format_in_four_steps(site):
    site.write("body.json", take("tocsin-sources.5", '{"scanner":"eu-1"'))
    first, last = take_all("tocsin-sources.5", 'format = "scanner";')
    site.write("scanner.conf", first)
    look = commands(take("tocsin-sources.5", "$ tocsin source try"))
    assert "looked at" in site.shell(look)
    site.write("scanner.conf", last)
    assert "severity     critical" in site.shell(look)
    site.run("secrets")
    own = site.dir / "etc/tocsin/sources.d"
    own.mkdir()
    shutil.copy(site.dir / "scanner.conf", own)
    source = take("tocsin-sources.5", 'sources = ( { name = "north"')
    for text in source, source.replace('"wazuh"', '"scanner"'):
        check(site, f"""
store = {{ path = "{site.dir}/tocsin.db"; }};
listen = ( {{ unix = "{site.dir}/api.sock"; }} );
entities = ( {{ id = "a"; name = "A"; country = "DE"; regimes = [ "nis2" ]; policy = "p"; }} );
{text}
channels = ( {{ name = "screen"; type = "console"; }} );
policies = ( {{ name = "p"; steps = ( {{ at = "due"; to = [ "screen" ]; }} ); }} );
""")
        site.shell("tocsind -t")
