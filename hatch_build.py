"""Compiles the native engine when a wheel or an editable install is made.

One small library for each instruction set, loaded with ctypes: it knows nothing of Python's version,
so the wheel is `py3-none-<platform>`. Without a compiler the wheel is `py3-none-any`, and torch does
the work.
"""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = ("forward.c", "pack.c", "threads.c")

FLAGS = (
    "-std=gnu11", "-O3", "-fPIC", "-shared", "-fvisibility=hidden", "-pthread", "-Wno-psabi",
    # A product and a sum may be one instruction; nothing else of "fast math" is wanted.
    "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math",
)  # fmt: skip

AVX2 = ("-mavx2", "-mfma", "-mf16c")
AVX512 = ("-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512dq", "-mavx512vnni")

INSTRUCTION_SETS: dict[str, tuple[str, ...]] = {
    "avx512": (*AVX2, *AVX512, "-mprefer-vector-width=512"),
    "avxvnni": (*AVX2, "-mavxvnni"),
    "avx2": AVX2,
}
"""What a library of each name may use, on x86-64; "plain" uses what every machine of its kind has."""


def compiler() -> list[str] | None:
    """The C compiler and its first arguments: $CC, or what is installed."""
    if chosen := os.environ.get("CC"):
        return shlex.split(chosen)
    found = next(filter(None, map(shutil.which, ("gcc", "clang", "cc"))), None)
    return [found] if found else None


def instruction_sets() -> dict[str, tuple[str, ...]]:
    """The libraries that are worth compiling for this machine, and their flags."""
    intel = platform.machine().lower() in ("x86_64", "amd64")
    return {"plain": (), **(INSTRUCTION_SETS if intel else {})}


def compile_library(command: list[str], flags: tuple[str, ...], sources: Path, to: Path) -> None:
    """Compile one library; a good one of before is replaced only by a good one.

    Raises:
        OSError: if the compiler cannot be run.
        subprocess.CalledProcessError: if it fails.
    """
    with tempfile.TemporaryDirectory(dir=to.parent, prefix=".native-") as beside:
        built = Path(beside) / to.name
        files = [str(sources / name) for name in SOURCES]
        subprocess.run(
            [*command, *FLAGS, *flags, *files, "-o", str(built), "-lm"],
            check=True, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        os.replace(built, to)


class NativeBuildHook(BuildHookInterface):
    """Hatchling's hook: libraries into `muse/engine`, and the wheel's tag."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile before the files of the wheel are gathered."""
        folder = Path(self.root) / "muse" / "engine"
        command = compiler()
        if os.name != "posix" or command is None:
            self.app.display_warning("no C compiler: Muse will write with torch alone")
            return
        built = 0
        for name, flags in instruction_sets().items():
            library = folder / f"native-{name}.so"
            try:
                compile_library(command, flags, folder / "csrc", library)
                built += 1
            except (OSError, subprocess.SubprocessError) as error:
                library.unlink(missing_ok=True)
                told = (getattr(error, "stderr", None) or str(error)).strip()[-500:]
                self.app.display_warning(f"native engine, {name}: not compiled: {told}")
        if built:
            place = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data["tag"] = f"py3-none-{place}"
            build_data["pure_python"] = False
            build_data["artifacts"].append("muse/engine/native-*.so")
