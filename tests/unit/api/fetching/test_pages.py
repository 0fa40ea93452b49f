"""Pages that are fetched: by addresses that were looked at, and in the name of their hosts."""

import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.config.fetching import FetchingSettings
from api.errors import FetchError
from api.fetching.addresses import is_public
from api.fetching.pages import Limits, PageFetcher
from tests.support.providers import certificate_for
from tests.web_site import Site, running_site


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


def fetcher(**values: object) -> PageFetcher:
    settings = FetchingSettings.model_validate({"internal": True, **values})
    return PageFetcher(lambda: settings)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:4700::1", True),
        ("::ffff:93.184.215.14", True),
        ("64:ff9b::5db8:d70e", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.0.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),  # noqa: S104 - an address as any other
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("2001:0:7f00:1::", False),
    ],
)
def test_an_address_is_public_whichever_way_it_is_written(address: str, *, public: bool) -> None:
    assert is_public(address) is public


def test_a_page_leads_nowhere_that_it_could_not_be_itself(site: Site) -> None:
    site.has("/secret", b"a secret")
    url = site.has("/", status=302, Location="/secret")
    # What is let through at the first address is not at the second.
    allowed = iter((True, True, False))
    settings = FetchingSettings()
    guarded = PageFetcher(lambda: settings.model_copy(update={"internal": next(allowed, False)}))
    with pytest.raises(FetchError, match="own network"):
        guarded.fetch(url)
    assert [path for path, _ in site.asked] == ["/"]


def test_a_page_that_leads_to_no_address_is_told(site: Site) -> None:
    url = site.has("/", status=302, Location="http://[broken")
    with pytest.raises(FetchError, match="no address"):
        fetcher().fetch(url)


def test_who_asks_may_want_a_page_to_be_shorter_and_no_longer(site: Site) -> None:
    url = site.has("/", b"a" * 1000)
    with pytest.raises(FetchError, match="999"):
        fetcher().fetch(url, Limits(5, 999))
    assert len(fetcher(most_bytes=1000).fetch(url, Limits(5, 10**9)).content) == 1000
    with pytest.raises(FetchError, match="998"):
        fetcher(most_bytes=998).fetch(url, Limits(5, 10**9))


def test_a_page_that_is_packed_counts_as_it_is_unpacked(site: Site) -> None:
    packed = zlib.compress(b"a" * 100_000)
    url = site.has("/", packed, Content_Encoding="deflate", Content_Type="text/plain")
    assert fetcher(most_bytes=100_000).fetch(url).content == b"a" * 100_000
    with pytest.raises(FetchError, match="99,999"):
        fetcher(most_bytes=99_999).fetch(url)


def test_a_host_that_is_not_there_is_told(site: Site) -> None:
    with pytest.raises(FetchError, match="no host of this name"):
        fetcher().fetch("http://nowhere.invalid/")
    with pytest.raises(FetchError, match="does not answer"):
        fetcher().fetch("http://127.0.0.1:1/")
    url = site.has("/", b"x", Content_Length="5")
    with pytest.raises(FetchError, match="does not answer"):
        fetcher().fetch(url)


def test_a_certificate_is_that_of_the_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, certificate = certificate_for(tmp_path)
    with running_site((key, certificate)) as site:
        url = site.has("/", b"safe")
        with pytest.raises(FetchError, match="does not answer"):
            fetcher().fetch(url)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert fetcher().fetch(url).content == b"safe"
        with pytest.raises(FetchError, match="does not answer"):
            fetcher().fetch(url.replace("127.0.0.1", "localhost"))
    assert [path for path, _ in site.asked] == ["/"]
