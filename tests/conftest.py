"""One thread a test process: networks this small are slower on several, most of all side by side."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
