"""A pytest plugin that speaks TAP, so that automake sees every single test."""

import os
import sys


def line(text):
    sys.__stdout__.write(text + "\n")
    sys.__stdout__.flush()


class Tap:
    def __init__(self):
        self.n = 0
        self.failures = {}
        self.skips = {}

    def pytest_runtest_logreport(self, report):
        """Setup, call and teardown report one after the other; the last one counts."""
        if report.failed:
            self.failures.setdefault(report.nodeid, report.longreprtext)
        if report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else "skipped"
            self.skips[report.nodeid] = reason
        if report.when == "call" and report.passed:
            for text in report.capstdout.splitlines():
                line("# " + text)
        if report.when != "teardown":
            return
        self.n += 1
        why = self.failures.get(report.nodeid)
        skip = self.skips.get(report.nodeid)
        verdict = "not ok" if why else "ok"
        line(f"{verdict} {self.n} - {report.nodeid}" + (f" # SKIP {skip}" if skip else ""))
        for text in (why or "").splitlines():
            line("# " + text)

    def pytest_collectreport(self, report):
        if report.failed:
            line(f"Bail out! {report.nodeid} cannot be read")
            for text in report.longreprtext.splitlines():
                line("# " + text)

    def pytest_sessionfinish(self):
        line(f"1..{self.n}")


def pytest_collection_modifyitems(config, items):
    """Whole files: what a file's tests share they share in one process."""
    part, _, parts = os.environ.get("SYSTEM_PART", "1/1").partition("/")
    files = sorted({item.path for item in items})
    mine = set(files[int(part) - 1::int(parts)])
    config.hook.pytest_deselected(items=[item for item in items if item.path not in mine])
    items[:] = [item for item in items if item.path in mine]


def pytest_addoption(parser):
    """Without the terminal plugin nobody else defines what assertions ask for."""
    parser.addoption("--verbose", type=int, default=2, dest="verbose")


def pytest_configure(config):
    config.pluginmanager.register(Tap(), "tap-lines")
