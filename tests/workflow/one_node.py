"""A SLURM cluster of one node: this machine. For Debian, as root.

``with one_node(folder):`` installs SLURM where it is missing, starts munge and both daemons, and
stops them in the end.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGES = ("slurm-wlm", "munge")
CONFIGURATION = Path("/etc/slurm/slurm.conf")
MUNGE = [Path(folder) for folder in ("/run/munge", "/var/log/munge", "/var/lib/munge")]
KEY = Path("/etc/munge")
READY_S = 30.0


class NoCluster(Exception):
    """Why a cluster of one node cannot be made here."""


def configuration(folder: Path, n_cpus: int, memory_mb: int) -> str:
    """Write slurm.conf for a controller and a node on this machine, without accounting."""
    host = socket.gethostname().split(".")[0]
    settings = {
        "ClusterName": "one",
        "SlurmctldHost": f"{host}(127.0.0.1)",
        "SlurmUser": "root",
        "SlurmdUser": "root",
        "AuthType": "auth/munge",
        "CryptoType": "crypto/munge",
        "StateSaveLocation": folder / "state",
        "SlurmdSpoolDir": folder / "spool",
        "SlurmctldPidFile": folder / "slurmctld.pid",
        "SlurmdPidFile": folder / "slurmd.pid",
        "SlurmctldLogFile": folder / "slurmctld.log",
        "SlurmdLogFile": folder / "slurmd.log",
        "ProctrackType": "proctrack/linuxproc",
        "TaskPlugin": "task/none",
        "JobAcctGatherType": "jobacct_gather/none",
        "AccountingStorageType": "accounting_storage/none",
        "SelectType": "select/cons_tres",
        "SelectTypeParameters": "CR_Core_Memory",
        "SchedulerParameters": "batch_sched_delay=1,sched_interval=2",
        "MinJobAge": 300,
        "ReturnToService": 2,
    }
    lines = [f"{name}={value}" for name, value in settings.items()]
    lines.append(f"NodeName={host} NodeAddr=127.0.0.1 CPUs={n_cpus} RealMemory={memory_mb}")
    lines.append("PartitionName=main Nodes=ALL Default=YES")
    return "\n".join(lines) + "\n"


def install() -> None:
    """Install SLURM and munge where they are missing."""
    if shutil.which("slurmctld") and shutil.which("munged"):
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise NoCluster("expected SLURM, or root on Debian to install it, found neither")
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *PACKAGES]):
        subprocess.run(["apt-get", "--quiet=2", *command], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def one_node(folder: Path, n_cpus: int = 2, memory_mb: int = 16000) -> Iterator[None]:
    """Run a cluster of one node, with its files in a folder.

    Raises
    ------
    NoCluster
        If there is another cluster here, or this one does not start.
    """
    install()
    if running("slurmctld") or running("slurmd"):
        raise NoCluster("expected no SLURM daemons, found some that run; stop them first")
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    kept = CONFIGURATION.read_bytes() if CONFIGURATION.exists() else None
    CONFIGURATION.parent.mkdir(exist_ok=True)
    CONFIGURATION.write_text(configuration(folder, n_cpus, memory_mb))
    started = start_munge()
    try:
        subprocess.run(["slurmctld"], check=True)
        wait_for("slurmctld", ["scontrol", "ping"], "UP")
        subprocess.run(["slurmd"], check=True)
        wait_for("a node that takes jobs", ["sinfo", "--noheader", "--format=%t"], "idle")
        yield
    finally:
        for name in ("slurmd", "slurmctld"):
            stop(folder / f"{name}.pid")
        for pid in started:
            end(pid)
        if kept is None:
            CONFIGURATION.unlink()
        else:
            CONFIGURATION.write_bytes(kept)


def start_munge() -> list[int]:
    """Start munge where it does not run; process ids of what was started."""
    if running("munged"):
        return []
    for path in (*MUNGE, KEY):
        path.mkdir(parents=True, exist_ok=True)
        subprocess.run(["chown", "--recursive", "munge:", path], check=True)
    subprocess.run(["su", "-s", "/bin/sh", "munge", "-c", shutil.which("munged")], check=True)
    return running("munged")


def running(name: str) -> list[int]:
    """Process ids of the processes of a name."""
    found = subprocess.run(["pgrep", "--exact", name], capture_output=True, text=True)
    return [int(pid) for pid in found.stdout.split()]


def wait_for(what: str, command: list[str], answer: str) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        said = subprocess.run(command, capture_output=True, text=True)
        if answer in said.stdout:
            return
        time.sleep(0.5)
    raise NoCluster(f"expected {what} within {READY_S:g} s, found {said.stdout or said.stderr!r}")


def stop(pid_file: Path) -> None:
    if pid_file.exists():
        end(int(pid_file.read_text()))


def end(pid: int) -> None:
    """Ask a process to end, and wait until it has."""
    try:
        os.kill(pid, signal.SIGTERM)
        for _ in range(100):
            os.kill(pid, 0)
            time.sleep(0.1)
    except ProcessLookupError:
        return
