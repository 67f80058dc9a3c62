"""Where the repository's own folders are, whatever folder a kernel or a test was started in."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
RECORDS = DATA / "records"
