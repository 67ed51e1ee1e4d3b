"""The base year as observed: tables with a basis and a source a row, and the steps that reconcile them.

load        packaged tables, any of them replaced by a user's CSV     -> Atlas
reconcile   named steps from the tables to a world that adds up       -> World
outlines    shapes for maps
network     the corridor network: places, links, crossings, terminals           -> NetworkTables
"""

from serai.atlas.load import Atlas, load, outlines
from serai.atlas.reconcile import reconcile
from serai.atlas.world import Check, Step, World

__all__ = ["Atlas", "Check", "Step", "World", "load", "outlines", "reconcile"]
