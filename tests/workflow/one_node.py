"""A SLURM cluster of one node: this machine. For Debian, as root.

``with one_node(folder):`` installs SLURM where it is missing, starts munge and both daemons, and
stops by process id, in the end, what it has started.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

PACKAGES = ("slurm-wlm", "munge")
CONFIGURATION = Path("/etc/slurm/slurm.conf")
MUNGE = [Path(f"/{folder}/munge") for folder in ("run", "var/log", "var/lib", "etc")]
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


@contextmanager
def one_node(folder: Path, n_cpus: int = 2) -> Iterator[None]:
    """Run a cluster of one node, with its files in a folder.

    Raises
    ------
    NoCluster
        If this is not Debian's root, there is another cluster here, or this one does not start.
    """
    install()
    if found := running("slurmctld") + running("slurmd"):
        raise NoCluster(f"expected no SLURM daemons, found the processes {found}; stop them first")
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    with ExitStack() as ending:  # what was done last is undone first
        ending.callback(put_back, CONFIGURATION, read(CONFIGURATION))
        CONFIGURATION.parent.mkdir(exist_ok=True)
        n_cpus = min(n_cpus, os.cpu_count() or 1)
        CONFIGURATION.write_text(configuration(folder, n_cpus, memory_mb()))
        start_munge(ending)
        for name, asked, answer in (
            ("slurmctld", ["scontrol", "ping"], "UP"),
            ("slurmd", ["sinfo", "--noheader", "--format=%t"], "idle"),
        ):
            ending.callback(stop, folder / f"{name}.pid")
            subprocess.run([name], check=True)
            wait_for(name, asked, answer)
        yield


def install() -> None:
    """Install SLURM and munge where they are missing."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise NoCluster(
            "expected root on Debian, to install SLURM and start its daemons, found another user "
            "or system; run it there, or the profile on a cluster that you have"
        )
    if shutil.which("slurmctld") and shutil.which("slurmd") and shutil.which("munged"):
        return
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *PACKAGES]):
        subprocess.run(["apt-get", "--quiet=2", *command], check=True, stdout=subprocess.DEVNULL)


def memory_mb() -> int:
    """Memory of the node: most of what this machine has."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return int(0.8 * pages / 2**20)


def start_munge(ending: ExitStack) -> None:
    """Start munge, whose key the package made, where it does not run."""
    if running("munged"):
        return
    for path in MUNGE:
        path.mkdir(parents=True, exist_ok=True)
        subprocess.run(["chown", "--recursive", "munge:", path], check=True)
    subprocess.run(["su", "-s", "/bin/sh", "munge", "-c", shutil.which("munged")], check=True)
    for pid in running("munged"):
        ending.callback(end, pid)


def running(name: str) -> list[int]:
    """Process ids of the processes of a name."""
    found = subprocess.run(["pgrep", "--exact", name], capture_output=True, text=True)
    return [int(pid) for pid in found.stdout.split()]


def wait_for(name: str, command: list[str], answer: str) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        said = subprocess.run(command, capture_output=True, text=True)
        if answer in said.stdout:
            return
        time.sleep(0.5)
    raise NoCluster(
        f"expected {name} to be ready within {READY_S:g} s, found {said.stdout or said.stderr!r}"
    )


def read(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def put_back(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
    else:
        path.write_bytes(content)


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
