"""Simplified outlines for maps: the region with its lakes, and a coarse world."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path

from tools.build_atlas.common import Raw

REGION = {
    "KAZ", "KGZ", "TJK", "TKM", "UZB", "RUS", "CHN", "IRN", "AFG", "ARM", "AZE", "GEO", "TUR", "PAK", "MNG",
    "IND", "IRQ", "SYR", "UKR",
}  # fmt: skip
# The Caspian Sea needs no shape: it is what the countries around it leave free.
LAKES = {"Aral Sea", "Lake Balkhash", "Issyk-Kul"}
BOX = (36.0, 22.0, 104.0, 60.0)  # west, south, east, north
TOLERANCE = 0.04  # degrees, region
WORLD_TOLERANCE = 0.25
Point = tuple[float, float]


def build(raw: Raw, out: Path) -> dict[str, int]:
    countries = _load(raw, "ne_50m_admin_0_countries")
    lakes = _load(raw, "ne_50m_lakes")
    region = [
        _feature(f, TOLERANCE, BOX, "economy") for f in countries if f["properties"]["ADM0_A3"] in REGION
    ]
    region += [_feature(f, TOLERANCE, BOX, "lake") for f in lakes if f["properties"].get("name") in LAKES]
    world = [_feature(f, WORLD_TOLERANCE, None, "economy") for f in _load(raw, "ne_110m_admin_0_countries")]
    counts = {}
    for name, features in {"region": region, "world": world}.items():
        kept = [f for f in features if f is not None and f["code"] != "ATA"]
        collection = {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"code": f["code"], "name": f["name"], "kind": f["kind"]},
                    "geometry": {"type": "MultiPolygon", "coordinates": f["polygons"]},
                }
                for f in sorted(kept, key=lambda f: (f["kind"], f["code"], f["name"]))
            ],
        }
        path = out / f"{name}.geojson"
        path.write_text(
            json.dumps(collection, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8"
        )
        counts[f"{name}.geojson"] = len(kept)
    return counts


def _load(raw: Raw, name: str) -> list[dict]:
    with gzip.open(raw.folder / f"natural_earth/{name}.geojson.gz", "rt", encoding="utf-8") as file:
        return json.load(file)["features"]


def _feature(feature: dict, tolerance: float, box: tuple[float, ...] | None, kind: str) -> dict | None:
    properties, geometry = feature["properties"], feature["geometry"]
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    kept = []
    for polygon in polygons:
        rings = [_ring(ring, tolerance, box) for ring in polygon]
        if rings and rings[0]:
            kept.append([rings[0], *[r for r in rings[1:] if r]])
    if not kept:
        return None
    name = properties.get("NAME") or properties.get("name")
    code = properties.get("ADM0_A3", name)
    return {"code": code, "name": name, "kind": kind, "polygons": kept}


def _ring(
    points: Iterable[Point], tolerance: float, box: tuple[float, ...] | None
) -> list[list[float]] | None:
    ring = [(float(p[0]), float(p[1])) for p in points]
    if box is not None:
        ring = _clip(ring, box)
    if len(ring) < 4:
        return None
    ring = simplify(ring, tolerance)
    if len(ring) < 4:
        return None
    if ring[0] != ring[-1]:
        ring.append(ring[0])
    return [[round(x, 2), round(y, 2)] for x, y in ring]


def _clip(ring: list[Point], box: tuple[float, ...]) -> list[Point]:
    """Sutherland and Hodgman: what lies inside a box."""
    west, south, east, north = box
    for axis, limit, sign in ((0, west, 1), (0, east, -1), (1, south, 1), (1, north, -1)):
        result: list[Point] = []
        for start, end in zip(ring, [*ring[1:], *ring[:1]], strict=True):
            inside = [sign * (p[axis] - limit) >= 0 for p in (start, end)]
            if inside[0] != inside[1]:
                part = (limit - start[axis]) / (end[axis] - start[axis])
                crossing = (start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1]))
                result.append(crossing)
            if inside[1]:
                result.append(end)
        ring = result
        if not ring:
            break
    return ring


def simplify(ring: list[Point], tolerance: float) -> list[Point]:
    """Douglas and Peucker, without recursion. Both neighbours of a border give the same points only where
    they share its ends, so the tolerance stays small."""
    keep = [False] * len(ring)
    far = max(range(len(ring)), key=lambda i: (ring[i][0] - ring[0][0]) ** 2 + (ring[i][1] - ring[0][1]) ** 2)
    keep[0] = keep[far] = keep[-1] = True
    stack = [(0, far), (far, len(ring) - 1)]
    while stack:
        first, last = stack.pop()
        worst, at = 0.0, first
        for i in range(first + 1, last):
            distance = _distance(ring[i], ring[first], ring[last])
            if distance > worst:
                worst, at = distance, i
        if worst > tolerance:
            keep[at] = True
            stack += [(first, at), (at, last)]
    return [p for p, kept in zip(ring, keep, strict=True) if kept]


def _distance(p: Point, a: Point, b: Point) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    part = 0.0 if length == 0 else max(0.0, min(1.0, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length))
    return ((p[0] - a[0] - part * dx) ** 2 + (p[1] - a[1] - part * dy) ** 2) ** 0.5
