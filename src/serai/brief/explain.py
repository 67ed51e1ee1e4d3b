"""Where a number of a run comes from, one step at a time; and whether a run is still what it says it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from serai import __version__
from serai.atlas import Atlas, load
from serai.atlas.network import NetworkTables, load_network
from serai.brief.source_rows import SourceFiles
from serai.brief.write import DATA, RUN
from serai.errors import RunError, SeraiError, UnknownNameError
from serai.provenance import packaged, sha256
from serai.scenario.freight import network_tables
from serai.scenario.sweep import moving
from serai.scenario.sweep_files import ABOUT as SWEEP
from serai.scenario.sweep_files import read_sweep
from serai.study import Study, read_study, reference_study


@dataclass(frozen=True, slots=True)
class Explanation:
    """One step of a path: what stands under a key, what it was made from, and its source cards."""

    key: str
    fields: Mapping[str, Any]
    made_from: Mapping[str, str]
    sources: Mapping[str, Mapping[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        return {
            "key": self.key,
            **self.fields,
            "made_from": dict(self.made_from),
            "sources": dict(self.sources),
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of `verify`: what changed in the inputs and in the outputs, by name of file."""

    changed: Mapping[str, str] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return not self.changed


def read_run(run: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The manifest and the data of a run folder (or of the folder that a brief.json lies in)."""
    folder = run.parent if run.name == DATA else run
    found = []
    for name in (RUN, DATA):
        try:
            found.append(json.loads((folder / name).read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise RunError(
                f"{folder} is not a run: it has no {name}. Make one: serai brief --out {folder}"
            ) from None
        except ValueError as error:
            raise RunError(f"{folder / name} is damaged ({error}). Make the run again.") from None
    for name, content, wanted in zip((RUN, DATA), found, _WANTED, strict=True):
        missing = wanted - set(content) if isinstance(content, dict) else wanted
        if missing:
            raise RunError(
                f"{folder / name} is damaged: it has no {', '.join(sorted(missing))}. Make the run again."
            )
    return found[0], found[1]


_WANTED = (
    {"outputs", "study_files", "atlas_tables", "package_files", "version"},
    {"numbers", "nodes", "sources"},
)


def explain(run: Path, key: str) -> Explanation:
    """What stands under a key of a run, and one step back.

    Raises
    ------
    UnknownNameError
        When neither a number, nor a node, nor a row of the atlas has this key; suggests the nearest.
    """
    return Paths.of(run).explain(key)


@dataclass(frozen=True, slots=True)
class Trace:
    """The whole path of a key.

    Attributes
    ----------
    steps : (depth, key, label) in reading order, each key once.
    ends : what the path rests on: key -> label.
    """

    steps: tuple[tuple[int, str, str], ...]
    ends: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Paths:
    """The paths of a run, read once for many questions."""

    numbers: Mapping[str, Any]
    nodes: Mapping[str, Any]
    cards: Mapping[str, Any]
    study: str | None
    files: SourceFiles
    _found: dict[str, Explanation] = field(default_factory=dict)

    @classmethod
    def of(cls, run: Path, study_path: Path | None = None) -> Paths:
        """Read a run folder, or the folder that a brief.json lies in.

        `study_path` is where the study lies now; by default where it lay when the run was made.
        """
        manifest, data = read_run(run)
        study = str(study_path) if study_path else manifest.get("study_path")
        files = SourceFiles(Path(study) if study else reference_study(), manifest)
        return cls(data["numbers"], data["nodes"], data["sources"], study, files)

    def explain(self, key: str) -> Explanation:
        """What stands under a key, and one step back; `UnknownNameError` when nothing does."""
        if key not in self._found:
            self._found[key] = self._look_up(key)
        return self._found[key]

    def _look_up(self, key: str) -> Explanation:
        entry = self._entry(key)
        if entry is None and self.study and _inputs(Path(self.study)) is None:
            raise RunError(
                f"the row {key} may be one of the study's own, which cannot be read at {self.study}. Name the "
                "study with --study."
            )
        if entry is None:
            raise UnknownNameError("key", key, [*self.numbers, *self.nodes, *self.files.names])
        fields = {k: v for k, v in entry.items() if k not in ("made_from", "key", "sources")}
        made = {back: self._label(back) for back in entry.get("made_from", ())}
        for file in self.files.of(entry) if key in self.nodes else ():
            made[file] = self._label(file)
        for back in entry.get("made_from", ()) if key in self.numbers else ():
            for file in self.files.of(self.nodes.get(back, {})):
                made |= self.files.naming(file, key)
        named = entry.get("sources") or [entry.get("source")]
        cards = {name: self._card(name) for name in named if isinstance(name, str)}
        found = {name: card for name, card in cards.items() if card is not None}
        pages = [name for name in entry.get("sources") or () if name not in found]
        return Explanation(key, fields | ({"pages": pages} if pages else {}), made, found)

    def _card(self, name: str) -> Mapping[str, Any] | None:
        """A source card of the run, or of a packaged row that the run did not use."""
        if name in self.cards:
            return dict(self.cards[name])
        packaged = _atlas(self.study).sources.get(name)
        return None if packaged is None else asdict(packaged)

    def trace(self, key: str) -> Trace:
        """All steps back from a key, to the rows, estimates and assumptions that it rests on."""
        steps: list[tuple[int, str, str]] = []
        ends: dict[str, str] = {}
        seen: set[str] = set()
        waiting = [(0, key, self._label(key))]
        while waiting:
            depth, at, label = waiting.pop()
            if at in seen:
                continue
            seen.add(at)
            steps.append((depth, at, label))
            made = self.explain(at).made_from
            if not made:
                ends[at] = label
            waiting += [(depth + 1, back, words) for back, words in reversed(list(made.items()))]
        return Trace(tuple(steps), ends)

    def _entry(self, key: str) -> Mapping[str, Any] | None:
        own = self.numbers.get(key) or self.nodes.get(key) or self.files.find(key)
        return own or _row(key, self.study)

    def _label(self, key: str) -> str:
        entry = self.numbers.get(key) or self.nodes.get(key)
        if entry is not None:
            return str(entry["label"])
        if key.startswith("atlas/"):
            return "row of the atlas" if key.count("/") > 1 else "table of the atlas"
        return self.files.label(key)


def verify(run: Path, study: Path | None = None) -> Verdict:
    """Does a run, a brief or a sweep, still follow from these inputs? Offline, from fingerprints.

    Compares the files of the run with the fingerprints it was written with, and the study, the atlas and the
    other packaged data at hand with those it was made from.
    """
    folder = run.parent if run.name in (DATA, SWEEP) else run
    swept = (folder / SWEEP).exists()
    manifest = read_sweep(folder) if swept else read_run(run)[0]
    changed = _outputs(folder, manifest["outputs"], SWEEP if swept else RUN)
    if manifest["version"] != __version__:
        changed["serai"] = f"the run was made with version {manifest['version']}, this is {__version__}"
    own = manifest.get("study_path")
    found = _inputs(study or (Path(own) if own else None))
    if found is None:
        changed["study"] = f"cannot be read at {study or own or 'the reference study'}: name it with --study"
        return Verdict(changed)
    _compare(changed, "study", manifest["study_files"], moving(found) if swept else found.hashes)
    atlas = load(found.tables)
    now = {**atlas.hashes, **network_tables(found, atlas).hashes}
    _compare(changed, "atlas", manifest["atlas_tables"], now)
    if not swept:
        _compare(changed, "package", manifest["package_files"], packaged())
    return Verdict(changed)


def _outputs(folder: Path, expected: Mapping[str, str], about: str) -> dict[str, str]:
    """What became of the files of a run."""
    changed: dict[str, str] = {}
    for name, digest in expected.items():
        path = folder / name
        if not path.exists():
            changed[name] = "output is missing"
        elif sha256(path.read_bytes()) != digest:
            changed[name] = "output was edited after the run"
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return changed | dict.fromkeys(sorted(there - set(expected) - {about}), "output was added after the run")


def _inputs(study: Path | None) -> Study | None:
    try:
        return read_study(study)
    except SeraiError:
        return None


def _compare(changed: dict[str, str], kind: str, before: Mapping[str, str], now: Mapping[str, str]) -> None:
    for name in sorted({*before, *now}):
        label = f"{kind}: {name}"
        if name not in now:
            changed[label] = "input is gone"
        elif name not in before:
            changed[label] = "input is new"
        elif before[name] != now[name]:
            changed[label] = "input changed since the run"


def _row(key: str, study: str | None) -> dict[str, Any] | None:
    """A row or a whole table of the atlas that the run was made from: the study's own tables come first."""
    if not key.startswith("atlas/"):
        return None
    atlas, name = _atlas(study), key.removeprefix("atlas/")
    network = _network(study)
    if name in atlas.tables or name in network.frames:
        book: Atlas | NetworkTables = atlas if name in atlas.tables else network
        table = book.table(name)
        fields = {"label": f"table {name}", "rows": len(table), "sha256": book.hashes[name]}
        if "basis" in table:
            fields["rows_by_basis"] = {str(k): int(v) for k, v in table["basis"].value_counts().items()}
        return {**fields, "sources": sorted(set(table.get("source", ())) & set(book.sources))}
    try:
        return dict(atlas.row(key))
    except UnknownNameError:
        return None


@cache
def _atlas(study: str | None) -> Atlas:
    found = None if study is None else _inputs(Path(study))
    return load({} if found is None else found.tables)


@cache
def _network(study: str | None) -> NetworkTables:
    found = None if study is None else _inputs(Path(study))
    return load_network({} if found is None else found.tables)
