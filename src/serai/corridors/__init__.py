"""What distance, borders and hubs cost: networks, routes, traffic."""

from serai.corridors.graph import Graph

__all__ = ["Graph"]
