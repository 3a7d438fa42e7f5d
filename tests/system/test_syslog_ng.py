"""A real shipper of lines: syslog-ng's http() destination. It repeats what is answered by
400, 401 or 413 for ever, and nothing behind it moves; 422 it drops (measured with 3.38)."""

import json

import pytest

from harness import TOKENS, wait_for
from peers import SyslogNg

pytestmark = pytest.mark.skipif(SyslogNg.why_not() is not None, reason=str(SyslogNg.why_not()))

BATCH = 'batch-lines(%d) batch-timeout(300) delimiter("\\n")'
JSON = BATCH + ' body("${MESSAGE}")'
CEF = "<134>Mar  1 08:00:00 fw1 CEF:0|V|P|1|7|Login %d|8|externalId=%d msg=a b"


@pytest.fixture
def shipper(daemon):
    made = []

    def make(options, format="generic", started=True):
        tocsin = daemon(started=False)
        text = tocsin.conf.read_text().replace('format = "generic"', f'format = "{format}"')
        tocsin.conf.write_text(text)
        if started:
            tocsin.start()
        made.append(SyslogNg(tocsin.dir / "syslog-ng",
                             f"http://127.0.0.1:{tocsin.port}/v1/alerts/custom",
                             TOKENS["custom"], options))
        return tocsin, made[-1]

    yield make
    for syslog in made:
        syslog.close()


def titles(tocsin):
    return sorted(i["title"] for i in tocsin.get("/v1/incidents?state=all").json["incidents"])


def wait_titles(tocsin, syslog, expected):
    try:
        wait_for("the incidents", lambda: titles(tocsin) == sorted(expected))
    except AssertionError as e:
        raise AssertionError(f"{e}: {titles(tocsin)}\n{syslog.said()[-2000:]}") from None


def alert(n):
    return json.dumps({"key": str(n), "title": f"Alert {n}"})


def test_json_in_batches(shipper):
    tocsin, syslog = shipper(JSON % 3)
    syslog.write(*(alert(n) for n in range(7)))
    wait_titles(tocsin, syslog, [f"Alert {n}" for n in range(7)])
    opened = [i["alerts"] for i in tocsin.get("/v1/incidents?state=all").json["incidents"]]
    assert opened == [1] * 7, "none is sent again"


def test_one_bad_line_holds_up_nobody(shipper):
    tocsin, syslog = shipper(JSON % 3)
    syslog.write(alert(1), "no JSON", alert(2), "nor", "this", "either", alert(3))
    wait_titles(tocsin, syslog, ["Alert 1", "Alert 2", "Alert 3"])


def test_bad_content_alone_is_dropped_by_the_sender(shipper):
    tocsin, syslog = shipper('body("${MESSAGE}")')
    syslog.write("no JSON", alert(1), '{"severity":"high"}', alert(2))
    wait_titles(tocsin, syslog, ["Alert 1", "Alert 2"])


def test_a_document_that_it_makes(shipper):
    tocsin, syslog = shipper('body("$(format-json title=$MESSAGE key=$PROGRAM$PID severity=high)")')
    syslog.write('quotes " and \\ and é')
    wait_titles(tocsin, syslog, ['quotes " and \\ and é'])


def test_cef_lines_in_batches(shipper):
    tocsin, syslog = shipper(JSON % 4, format="cef")
    syslog.write(CEF % (1, 1), CEF % (2, 2), "kernel: link down", CEF % (3, 3), CEF % (1, 1))
    wait_titles(tocsin, syslog, ["Login 1", "Login 2", "Login 3", "unparsed alert from custom"])
    wait_for("the repeat", lambda: any(
        i["title"] == "Login 1" and i["alerts"] == 2
        for i in tocsin.get("/v1/incidents?state=all").json["incidents"]))


def test_it_waits_for_a_daemon_that_is_away(shipper):
    tocsin, syslog = shipper(JSON % 2, started=False)
    syslog.write(alert(1), alert(2), alert(3))
    wait_for("a try", lambda: "Server disconnected" in syslog.said())
    tocsin.start()
    wait_titles(tocsin, syslog, ["Alert 1", "Alert 2", "Alert 3"])
