"""Public data sets fetched over https: resumed where a fetch stopped, checked by hash, never half in place.

Until it is whole a file is called `NAME.part`, with what is known of it beside it in `NAME.part.json`. When
it is whole, `NAME.source.json` says where it came from, when, and its sha256. Proxies are those of the
environment (HTTPS_PROXY, NO_PROXY).
"""

from __future__ import annotations

import csv
import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cache
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from serai.atlas.sources.extract import fingerprint
from serai.errors import InputError, Problem, RunError, UnknownNameError
from serai.shown import Shown

CHUNK = 1 << 18
SECONDS = 30
LOOPBACK = ("127.0.0.1", "::1", "localhost")
PROXIES = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")

Progress = Callable[[int, int | None], None]
"""Called with the bytes at hand and, where known, the bytes in all."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A public data set.

    Parameters
    ----------
    name, title : how it is asked for, and what it is.
    url, file : where it is and what its file is called; blank where the producer gives no lasting address.
    megabytes : its size, or None where it is not known beforehand.
    sha256, sha256_from : its fingerprint and who said so; blank where none is known.
    licence, page : the producer's terms and page.
    reader : the name for `serai data import`; blank where there is no reader.
    note : what a user should know.
    """

    name: str
    title: str
    url: str
    file: str
    megabytes: float | None
    sha256: str
    sha256_from: str
    licence: str
    page: str
    reader: str
    note: str


@dataclass(frozen=True, slots=True)
class Download(Shown):
    """A file that is whole and in place.

    Parameters
    ----------
    path, url, sha256, size : the file.
    verified : its sha256 is the one on record; False where none is known.
    resumed_at : bytes that an earlier attempt had left, 0 for a fresh start.
    already : it was there before.
    retrieved : when, as an ISO date and time.
    """

    path: Path
    url: str
    sha256: str
    size: int
    verified: bool
    resumed_at: int
    already: bool
    retrieved: str

    def __str__(self) -> str:
        how = "sha256 verified" if self.verified else "not verified: hash recorded"
        what = "already there" if self.already else f"{self.size:,} bytes"
        again = f", resumed at {self.resumed_at:,}" if self.resumed_at else ""
        return f"{self.path}: {what}{again}; {how}, sha256 {self.sha256}"


@cache
def datasets() -> Mapping[str, Dataset]:
    """The data sets that serai knows, by name.

    >>> datasets()["gravity"].megabytes
    207.0
    """
    with Path(__file__).with_name("datasets.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        row["name"]: Dataset(
            **row | {"megabytes": float(row["megabytes"]) if row["megabytes"] else None}  # type: ignore[arg-type]
        )
        for row in rows
    }


def dataset(name: str) -> Dataset:
    """One data set; `UnknownNameError` suggests the nearest."""
    if name not in datasets():
        raise UnknownNameError("data set", name, datasets())
    return datasets()[name]


def download(
    wanted: Dataset,
    folder: Path | str,
    *,
    again: bool = False,
    unverified: bool = False,
    progress: Progress | None = None,
) -> Download:
    """Fetch a data set into a folder.

    Parameters
    ----------
    again : fetch it though it is there.
    unverified : keep a file whose sha256 is not the one on record.

    Raises
    ------
    InputError : no lasting address, an address without https, or a file that is not the one on record (which
        is not kept).
    RunError : the server cannot be reached, refuses, or stopped before the end; what came is kept, and the
        next call goes on from there.
    """
    _has_address(wanted)
    _only_https(wanted.url)
    target = Path(folder) / wanted.file
    if target.exists() and not again:
        return _there(wanted, target)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    resumed, about = _fetch(wanted, part, progress)
    digest = fingerprint(part)
    if wanted.sha256 and digest != wanted.sha256 and not unverified:
        part.unlink()
        _memo(part).unlink(missing_ok=True)
        reason = f"the sha256 of the file is {digest}, on record is {wanted.sha256} ({wanted.sha256_from})"
        remedy = "It was not kept. If the producer has revised it (see the page), add --unverified."
        raise InputError(Problem(reason, f"{remedy} {wanted.page}", file=wanted.file))
    done = Download(
        target,
        wanted.url,
        digest,
        part.stat().st_size,
        bool(wanted.sha256) and digest == wanted.sha256,
        resumed,
        False,
        datetime.now(UTC).isoformat(timespec="seconds"),
    )
    part.replace(target)
    _memo(part).unlink(missing_ok=True)
    _card(target).write_text(json.dumps(_record(done, wanted, about), indent=2) + "\n", encoding="utf-8")
    return done


def _has_address(wanted: Dataset) -> None:
    if not wanted.url:
        then = f" Then: serai data import {wanted.reader} FILE." if wanted.reader else ""
        raise InputError(
            Problem(f"{wanted.name} has no lasting address", f"Open {wanted.page}: {wanted.note}.{then}")
        )


def _only_https(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise InputError(Problem("the address is not https", "Nothing was fetched.", value=url))


def _there(wanted: Dataset, target: Path) -> Download:
    """The file that is there, if it is still the one that was recorded."""
    digest, card = fingerprint(target), _card(target)
    known: dict[str, Any] = json.loads(card.read_text(encoding="utf-8")) if card.exists() else {}
    expected = wanted.sha256 or known.get("sha256", digest)
    if digest not in (expected, known.get("sha256")):
        reason = f"the file is there, but its sha256 is {digest} and not {expected}"
        raise InputError(Problem(reason, "Fetch it again with --again, or move it away.", file=str(target)))
    verified = bool(wanted.sha256) and digest == wanted.sha256
    size = target.stat().st_size
    return Download(target, wanted.url, digest, size, verified, 0, True, known.get("retrieved", ""))


def _fetch(wanted: Dataset, part: Path, progress: Progress | None) -> tuple[int, dict[str, str]]:
    """Bring `part` to its full length; what it began with, and what the server said about the file."""
    at, about = _begun(wanted, part)
    headers = {"User-Agent": "serai", "Accept-Encoding": "identity"}
    if at:
        headers |= {"Range": f"bytes={at}-", "If-Range": about["validator"]}
    try:
        with _opener().open(urllib.request.Request(wanted.url, headers=headers), timeout=SECONDS) as answer:
            at = _goes_on_at(answer, at)
            about = {"url": wanted.url, "validator": _validator(answer)}
            _memo(part).write_text(json.dumps(about), encoding="utf-8")
            length = answer.headers.get("Content-Length")
            total = None if length is None else at + int(length)
            with part.open("ab" if at else "wb") as stream:
                size = at
                while chunk := answer.read(CHUNK):
                    stream.write(chunk)
                    size += len(chunk)
                    if progress is not None:
                        progress(size, total)
    except urllib.error.HTTPError as error:
        if error.code == 416 and at:
            part.unlink(missing_ok=True)
            return _fetch(wanted, part, progress)
        raise RunError(_refused(wanted, error)) from None
    except (OSError, HTTPException) as error:
        raise RunError(_unreached(wanted, part, error)) from None
    if total is not None and size < total:
        raise RunError(_unreached(wanted, part, f"it stopped after {size:,} of {total:,} bytes"))
    return at, about


def _begun(wanted: Dataset, part: Path) -> tuple[int, dict[str, str]]:
    """How many bytes an earlier attempt left that this one may go on from."""
    try:
        about: dict[str, str] = json.loads(_memo(part).read_text(encoding="utf-8"))
        size = part.stat().st_size
    except (OSError, ValueError):
        return 0, {}
    usable = about.get("url") == wanted.url and about.get("validator")
    return (size, about) if usable else (0, {})


def _goes_on_at(answer: Any, asked: int) -> int:
    """Where the answer begins: where we asked, or at the start when the file has changed."""
    if answer.status != 206:
        return 0
    found = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    if found is None or int(found[1]) != asked:
        raise OSError("the server answered with another part of the file than was asked for")
    return asked


def _validator(answer: Any) -> str:
    """What tells this version of the file from others: a strong ETag, or the date of its last change."""
    tag = str(answer.headers.get("ETag", ""))
    return tag if tag and not tag.startswith("W/") else str(answer.headers.get("Last-Modified", ""))


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Redirects stay on https."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        _only_https(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_SafeRedirects())


def _refused(wanted: Dataset, error: urllib.error.HTTPError) -> str:
    return (
        f"{urlsplit(wanted.url).hostname} answered {error.code} {error.reason} for {wanted.url}. "
        f"Look on {wanted.page} whether the file has moved."
    )


def _unreached(wanted: Dataset, part: Path, error: object) -> str:
    cause = getattr(error, "reason", error)
    proxy = next((name for name in PROXIES if os.environ.get(name)), None)
    through = f"the proxy of {proxy} is used" if proxy else "no proxy is set (HTTPS_PROXY)"
    size = part.stat().st_size if part.exists() else 0
    kept = f" {size:,} bytes are kept; run it again to go on from there." if size else ""
    return (
        f"{urlsplit(wanted.url).hostname} could not be read: {cause}. Check the connection; {through}.{kept} "
        f"Or fetch the file on another machine from {wanted.page}."
    )


def _record(done: Download, wanted: Dataset, about: dict[str, str]) -> dict[str, Any]:
    said = replace(done, path=Path(done.path.name))
    fields = {**asdict(said), "path": said.path.name, "version": about.get("validator", "")}
    fields |= {"title": wanted.title, "licence": wanted.licence, "page": wanted.page}
    fields["note"] = "sha256 verified" if done.verified else "not verified: hash sha256 recorded"
    return fields


def _memo(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _card(target: Path) -> Path:
    return target.with_name(target.name + ".source.json")
