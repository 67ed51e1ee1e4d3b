"""Headless Chromium as a command: what a page looks like and says, with no network at all."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


def chromium() -> str | None:
    """The browser of this machine, or None."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def run(
    page: Path, *options: str, profile: Path, width: int = 1280, height: int = 1000, seconds: int = 120
) -> str:
    """Open a page and return what the browser prints."""
    browser = chromium()
    assert browser is not None
    command = [browser, *FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}", *options]
    done = subprocess.run(
        [*command, page.as_uri()], capture_output=True, text=True, timeout=seconds, check=True
    )
    return done.stdout


def png_size(path: Path) -> tuple[int, int]:
    """Width and height of a PNG file."""
    header = path.read_bytes()[:24]
    width, height = struct.unpack(">II", header[16:24])
    return width, height
