"""Fixtures: a test asks for what it needs, and it is gone afterwards."""

import pytest

from followed import Site
from harness import Tocsin
from peers import Authority, Mailbox, Receiver


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def daemon(tmp_path):
    """Makes daemons: daemon(channels=...) is started, daemon(started=False) is not."""
    made = []

    def make(started=True, **options):
        directory = tmp_path / f"d{len(made)}"
        directory.mkdir()
        tocsin = Tocsin(directory, **options)
        made.append(tocsin)
        return tocsin.start() if started else tocsin

    yield make
    for tocsin in made:
        tocsin.close()


@pytest.fixture
def tocsin(daemon):
    return daemon()


@pytest.fixture
def slack(authority):
    receiver = Receiver(authority)
    yield receiver
    receiver.close()


@pytest.fixture
def hook(authority):
    receiver = Receiver(authority)
    receiver.reply = b""
    receiver.status = 204
    yield receiver
    receiver.close()


@pytest.fixture
def mailbox(authority):
    box = Mailbox(authority)
    yield box
    box.close()


@pytest.fixture
def site(tmp_path, authority, slack):
    site = Site(tmp_path, authority, slack)
    yield site
    site.close()
