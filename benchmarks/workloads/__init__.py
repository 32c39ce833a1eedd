"""The workloads by name: what is done, with which inputs, and when two tools did the same."""

from benchmarks.workloads import clusterless, decode, heading, shuffles, simulate, statespace
from benchmarks.workloads.common import Agreement, Peer, Workload

WORKLOADS: dict[str, Workload] = {
    module.WORKLOAD.name: module.WORKLOAD
    for module in (simulate, decode, heading, statespace, shuffles, clusterless)
}

__all__ = ["WORKLOADS", "Agreement", "Peer", "Workload"]
