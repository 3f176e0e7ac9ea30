"""A real headless browser, driven by Debian's chromedriver in the words of the WebDriver protocol
(W3C).
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

PROGRAMS = ("chromium", "chromedriver")
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The key under which the protocol gives an element."""
FLAGS = (
    *(
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-sync",
    ),
    *("--disable-background-networking", "--disable-component-update", "--window-size=1400,1800"),
)


def is_here() -> bool:
    """Tell whether browser and driver are installed."""
    return all(map(shutil.which, PROGRAMS))


@dataclass(frozen=True)
class Browser:
    """A browser's window."""

    address: str

    def say(self, path: str, value: Any = None) -> Any:
        """Send a command of the protocol, and return what is answered."""
        data = None if value is None else json.dumps(value).encode()
        with urlopen(Request(f"{self.address}{path}", data), timeout=60) as answer:
            return json.loads(answer.read())["value"]

    def run(self, script: str) -> Any:
        """Run a script in the page, and return what it returns."""
        return self.say("/execute/sync", {"script": script, "args": []})

    def texts(self, path: str) -> list[str]:
        """Return the texts of the elements of an XPath."""
        found = self.say("/elements", {"using": "xpath", "value": path})
        return [self.say(f"/element/{each[ELEMENT]}/text") for each in found]

    def click(self, path: str) -> None:
        """Click on the first element of an XPath that can be, as soon as there is one."""
        self.until(lambda: self._click(path))

    def _click(self, path: str) -> bool:
        for each in self.say("/elements", {"using": "xpath", "value": path}):
            try:
                self.say(f"/element/{each[ELEMENT]}/click", {})
            except HTTPError:  # it is gone, or covered yet
                continue
            return True
        return False

    def until(self, holds: Callable[[], Any], seconds: float = 60) -> Any:
        """Return what holds, as soon as it does; fails where it never does."""
        end = time.monotonic() + seconds
        while not (found := holds()):
            assert time.monotonic() < end, self.run("return document.body.innerText")[:2000]
            time.sleep(0.2)
        return found


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """Give a window with a profile of its own."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    driver = subprocess.Popen(
        ["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        window = Browser(_session(f"http://127.0.0.1:{port}", profile))
        yield window
        urlopen(Request(window.address, method="DELETE"), timeout=30).close()
    finally:
        driver.terminate()
        driver.wait()


def _session(address: str, profile: Path) -> str:
    chrome = {"binary": shutil.which("chromium"), "args": [*FLAGS, f"--user-data-dir={profile}"]}
    wanted = {
        "capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": chrome}}
    }
    for _ in range(100):
        try:
            made = Browser(address).say("/session", wanted)
        except ConnectionRefusedError:
            time.sleep(0.1)
        except OSError as error:
            if not isinstance(getattr(error, "reason", None), ConnectionRefusedError):
                raise
            time.sleep(0.1)
        else:
            return f"{address}/session/{made['sessionId']}"
    raise AssertionError("chromedriver does not start")
