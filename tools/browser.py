"""The browser that the tests of the portal drive, and what they look at pages with.

`python -m tools.browser` installs Chromium and a font for Chinese where they are missing, and
prints where the browser is. It asks the package manager of Debian, so it must be root for that.

The shell of Chromium shows pages by the same engine and draws no windows around them, which is a
third of the work.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
AXE = ROOT / "tests" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
OPTIONS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_PACKAGES = ("chromium-headless-shell", "fonts-noto-cjk")


def chromium() -> str:
    """The program, by SALUS_CHROMIUM or its usual names; empty where there is none."""
    named = os.environ.get("SALUS_CHROMIUM", "")
    return named or next((found for name in _NAMES if (found := shutil.which(name))), "")


def main() -> int:
    if not chromium():
        for arguments in (["update", "-qq"], ["install", "-qq", "-y", *_PACKAGES]):
            subprocess.run(["apt-get", *arguments], check=True)
    print(chromium())
    return 0 if chromium() else 1


if __name__ == "__main__":
    sys.exit(main())
