"""Lines of railways and roads, traced over the simplified graph of OpenStreetMap (ODbL)."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from tools.build_atlas.common import Raw
from tools.build_atlas.shapes import simplify

FILES = {"rail": "world_railways_36-96E_24-57N", "road": "world_highways_36-96E_24-57N"}
TOLERANCE = 0.06  # degrees
SNAP_KM = 25
LONGEST = 1.35  # a way much longer than the length of the link leads elsewhere
EARTH_KM = 6371.0088
Point = tuple[float, float]


def trace(raw: Raw, links: pd.DataFrame, at: pd.DataFrame) -> dict[str, list[Point]]:
    """Link -> its line, (lon, lat) from origin on, where the graph has a way of about its length."""
    found: dict[str, list[Point]] = {}
    for mode, file in FILES.items():
        points, matrix = _graph(raw, file)
        wanted = links[(links["mode"] == mode) & (links["status"] == "existing")]
        snapped = {end: _nearest(points, at, end) for end in {*wanted["origin"], *wanted["destination"]}}
        starts = sorted({snapped[end] for end in wanted["origin"] if snapped[end] is not None})
        distance, before = dijkstra(matrix, directed=False, indices=starts, return_predecessors=True)
        for row in wanted.itertuples():
            first, last = snapped[row.origin], snapped[row.destination]
            if first is None or last is None:
                continue
            place = starts.index(first)
            if distance[place, last] > LONGEST * row.km or first == last:
                continue
            way = [_point(at, row.destination), *_walk(before[place], points, last), _point(at, row.origin)]
            found[row.link] = simplify(way[::-1], TOLERANCE)
    return found


def _graph(raw: Raw, file: str) -> tuple[np.ndarray, csr_array]:
    """Nodes (n, 2) as lon, lat and the symmetric matrix of kilometres, gaps of a few km closed."""
    with gzip.open(raw.folder / f"osm_network_ca/{file}.json.gz", "rt", encoding="utf-8") as stream:
        graph = json.load(stream)
    points = np.array(graph["nodes_latlon"], dtype=float)[:, ::-1]
    edges = np.array([*graph["edges_km"], *graph.get("heal_edges_km", [])], dtype=float)
    ends = np.sort(edges[:, :2].astype(int), axis=1)
    order = np.lexsort((edges[:, 2], ends[:, 1], ends[:, 0]))
    ends, km = ends[order], np.maximum(edges[order, 2], 1e-3)
    first = np.append(True, (np.diff(ends, axis=0) != 0).any(axis=1))
    return points, csr_array((km[first], ends[first].T), shape=(len(points), len(points)))


def _nearest(points: np.ndarray, at: pd.DataFrame, end: str) -> int | None:
    lon, lat = _point(at, end)
    dx = np.radians(points[:, 0] - lon) * np.cos(np.radians(lat))
    far = EARTH_KM * np.hypot(dx, np.radians(points[:, 1] - lat))
    return int(far.argmin()) if far.min() < SNAP_KM else None


def _walk(before: np.ndarray, points: np.ndarray, here: int) -> list[Point]:
    way = []
    while here >= 0:
        way.append((float(points[here, 0]), float(points[here, 1])))
        here = int(before[here])
    return way


def _point(at: pd.DataFrame, end: str) -> Point:
    return float(at.loc[end, "lon"]), float(at.loc[end, "lat"])
