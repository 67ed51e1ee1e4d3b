"""Fetching against a server on this machine: whole, resumed, changed, cut off, redirected, offline."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from serai.atlas.sources.download import CHUNK, PROXIES, Dataset, dataset, datasets, download
from serai.errors import InputError, RunError, UnknownNameError

CONTENT = bytes(range(256)) * 4096  # 1 MiB, four chunks
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Shop:
    """What the server has, how it behaves, and what it was asked."""

    content: bytes = CONTENT
    tag: str = '"v1"'
    ranges: bool = True
    cut_after: int | None = None
    status: int = 200
    location: str = ""
    wrong_range: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    for name in (*PROXIES, "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    state = Shop()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append({"path": self.path, **{k.lower(): v for k, v in self.headers.items()}})
            if state.status != 200:
                self.send_response(state.status)
                if state.location:
                    self.send_header("Location", state.location)
                self.end_headers()
                return
            wanted = self.headers.get("Range", "")
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and state.ranges else 0
            start = start if self.headers.get("If-Range") == state.tag else 0
            if start > len(state.content):
                self.send_response(416)
                self.end_headers()
                return
            self.send_response(206 if start else 200)
            if start:
                first = start + 1 if state.wrong_range else start
                self.send_header(
                    "Content-Range", f"bytes {first}-{len(state.content) - 1}/{len(state.content)}"
                )
            self.send_header("ETag", state.tag)
            self.send_header("Content-Length", str(len(state.content) - start))
            self.end_headers()
            end = len(state.content) if state.cut_after is None else state.cut_after
            self.wfile.write(state.content[start:end])

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/data.zip"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


def wanted(url: str, sha256: str = "") -> Dataset:
    return Dataset(
        "toy", "A toy", url, "data.zip", None, sha256, "its maker", "CC0", "https://example.org", "", ""
    )


def test_a_file_arrives_whole_with_a_card_beside_it(shop: Shop, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    done = download(wanted(shop.url), tmp_path, progress=lambda at, total: seen.append((at, total)))
    assert done.path.read_bytes() == CONTENT
    assert (done.sha256, done.verified, done.resumed_at, done.size) == (DIGEST, False, 0, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    card = json.loads((tmp_path / "data.zip.source.json").read_text(encoding="utf-8"))
    assert card["sha256"] == DIGEST
    assert card["note"] == "not verified: hash sha256 recorded"
    assert card["url"] == shop.url
    assert str(tmp_path) not in json.dumps(card)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data.zip", "data.zip.source.json"]
    assert "not verified: hash recorded" in str(done)


def test_a_known_hash_is_checked_and_another_file_is_not_kept(shop: Shop, tmp_path: Path) -> None:
    assert download(wanted(shop.url, DIGEST), tmp_path / "good").verified
    with pytest.raises(InputError, match=f"{DIGEST}.*on record is 0000.*its maker") as refused:
        download(wanted(shop.url, "0" * 64), tmp_path / "bad")
    assert "--unverified" in str(refused.value)
    assert list((tmp_path / "bad").iterdir()) == []
    kept = download(wanted(shop.url, "0" * 64), tmp_path / "bad", unverified=True)
    assert not kept.verified
    assert kept.path.read_bytes() == CONTENT


def test_a_fetch_that_was_cut_off_goes_on_where_it_stopped(shop: Shop, tmp_path: Path) -> None:
    shop.cut_after = 2 * CHUNK + 5
    with pytest.raises(RunError, match=r"524,293 bytes are kept; run it again"):
        download(wanted(shop.url, DIGEST), tmp_path)
    assert (tmp_path / "data.zip.part").stat().st_size == shop.cut_after
    assert not (tmp_path / "data.zip").exists()
    left, shop.cut_after = shop.cut_after, None
    done = download(wanted(shop.url, DIGEST), tmp_path)
    assert shop.asked[1]["range"] == f"bytes={left}-"
    assert shop.asked[1]["if-range"] == '"v1"'
    assert done.resumed_at == left
    assert done.verified
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data.zip", "data.zip.source.json"]


def test_a_file_that_changed_meanwhile_starts_afresh(shop: Shop, tmp_path: Path) -> None:
    shop.cut_after = 1000
    with pytest.raises(RunError):
        download(wanted(shop.url), tmp_path)
    shop.cut_after, shop.tag, shop.content = None, '"v2"', CONTENT[::-1]
    done = download(wanted(shop.url), tmp_path)
    assert done.path.read_bytes() == CONTENT[::-1]
    assert done.resumed_at == 0


@pytest.mark.parametrize("tag", ['W/"weak"', '"v1"'])
def test_without_ranges_or_a_strong_tag_it_starts_afresh(shop: Shop, tmp_path: Path, tag: str) -> None:
    shop.cut_after, shop.tag, shop.ranges = 1000, tag, False
    with pytest.raises(RunError):
        download(wanted(shop.url), tmp_path)
    shop.cut_after = None
    assert download(wanted(shop.url), tmp_path).path.read_bytes() == CONTENT
    assert ("range" in shop.asked[1]) == (not tag.startswith("W/"))


def test_a_part_longer_than_the_file_or_another_part_is_not_used(shop: Shop, tmp_path: Path) -> None:
    part, memo = tmp_path / "data.zip.part", tmp_path / "data.zip.part.json"
    memo.write_text(json.dumps({"url": shop.url, "validator": '"v1"'}))
    part.write_bytes(b"x" * (len(CONTENT) + 10))
    assert download(wanted(shop.url, DIGEST), tmp_path).verified
    memo.write_text(json.dumps({"url": shop.url, "validator": '"v1"'}))
    part.write_bytes(CONTENT[:500])
    shop.wrong_range = True
    with pytest.raises(RunError, match="another part"):
        download(wanted(shop.url, DIGEST), tmp_path, again=True)
    memo.write_text(json.dumps({"url": "https://elsewhere.example/x", "validator": '"v1"'}))
    shop.asked.clear()
    assert download(wanted(shop.url, DIGEST), tmp_path, again=True).resumed_at == 0
    assert "range" not in shop.asked[0]


def test_a_file_that_is_there_is_not_fetched_again_unless_it_changed(shop: Shop, tmp_path: Path) -> None:
    download(wanted(shop.url), tmp_path)
    again = download(wanted(shop.url), tmp_path)
    assert again.already
    assert len(shop.asked) == 1
    (tmp_path / "data.zip").write_bytes(b"edited")
    with pytest.raises(InputError, match="its sha256 is"):
        download(wanted(shop.url), tmp_path)
    assert download(wanted(shop.url), tmp_path, again=True).sha256 == DIGEST


def test_the_server_refuses_or_nobody_listens(shop: Shop, tmp_path: Path) -> None:
    shop.status = 404
    with pytest.raises(RunError, match=r"127\.0\.0\.1 answered 404 Not Found.*https://example.org"):
        download(wanted(shop.url), tmp_path)
    with pytest.raises(RunError, match=r"could not be read.*no proxy is set") as offline:
        download(wanted("http://127.0.0.1:9/data.zip"), tmp_path)
    assert "on another machine from https://example.org" in str(offline.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["http://example.org/x.zip", "ftp://127.0.0.1/x", "file:///etc/hosts"])
def test_only_https(url: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not https"):
        download(wanted(url), tmp_path)


def test_a_redirect_away_from_https_is_refused(shop: Shop, tmp_path: Path) -> None:
    shop.status, shop.location = 302, "http://example.org/data.zip"
    with pytest.raises(InputError, match="not https"):
        download(wanted(shop.url), tmp_path)


def test_the_proxy_of_the_environment_is_used(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", shop.url.removesuffix("/data.zip"))
    done = download(wanted("http://localhost:1/through/the/proxy.zip"), tmp_path)
    assert shop.asked[0]["path"] == "http://localhost:1/through/the/proxy.zip"
    assert done.sha256 == DIGEST
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with pytest.raises(RunError, match="the proxy of http_proxy is used"):
        download(wanted("http://localhost:1/x.zip"), tmp_path, again=True)


def test_the_list_is_complete_and_all_addresses_are_https() -> None:
    for entry in datasets().values():
        assert entry.page.startswith("https://")
        assert entry.licence
        assert bool(entry.url) == bool(entry.file)
        assert not entry.url or entry.url.startswith("https://")
        assert len(entry.sha256) in (0, 64)
        assert bool(entry.sha256) == bool(entry.sha256_from)
    with pytest.raises(UnknownNameError, match="baci"):
        dataset("bacy")


def test_what_has_no_lasting_address_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no lasting address.*oecd.org.*serai data import icio"):
        download(dataset("icio"), tmp_path)
