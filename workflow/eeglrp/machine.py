"""What a job runs on, in one line: processor, cores, memory, graphics cards, system."""

import os
import platform
import re
import subprocess
from contextlib import suppress
from pathlib import Path

#: How the log of every job begins.
RUNS_ON = "runs on: "
_SMI = (
    "nvidia-smi",
    "--query-gpu=name,driver_version",
    "--format=csv,noheader",
)


def machine():
    """Describe this machine; equal machines are described alike, and none is named.

    Returns
    -------
    dict of str to str or int
        `cpu`, `cores`, `memory_gb`, `gpu` (empty without one), `driver`, `system`.
    """
    cards = gpus()
    drivers = {driver for _, driver in cards}
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 2**30),
        "gpu": ", ".join(name for name, _ in cards),
        "driver": ", ".join(sorted(drivers)),
        "system": _system(),
    }


def in_words(found):
    """A description from `machine`, on one line."""
    words = [
        found["cpu"],
        f"{found['cores']} cores",
        f"{found['memory_gb']} GB",
    ]
    if found["gpu"]:
        words.append(f"{found['gpu']} (driver {found['driver']})")
    words.append(found["system"])
    return ", ".join(words)


def gpus():
    """Name and driver version of every NVIDIA card."""
    if not Path("/dev/nvidiactl").exists():
        return []
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(
            _SMI, capture_output=True, text=True, check=True, timeout=20
        )
        lines = [line.split(", ") for line in done.stdout.splitlines()]
        return [tuple(line) for line in lines if len(line) == 2]
    return []


def _processor():
    with suppress(OSError):
        text = Path("/proc/cpuinfo").read_text()
        line = re.search(r"^model name\s*: *(.+)$", text, re.M)
        if line:
            return line[1]
    return platform.processor() or platform.machine()


def _system():
    if platform.system() != "Linux":
        return platform.platform()
    return f"{_distribution()}, Linux {platform.release()}"


def _distribution():
    with suppress(OSError):
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    return "unknown distribution"
