"""What a job asks a cluster for."""

from pathlib import Path

# A day of 200 units (65 million spikes) is a file of 328 MB, and its largest job takes 2 GB
# (`docs/results/day.csv`).
MEMORY_A_MB = 5


def memory_for_recording(path: Path, usual_mb: float, attempt: int) -> int:
    """Memory (MB) for a job that reads a recording: more for a long one, and at every new try.

    A recording that is still to be simulated is taken for a short one.
    """
    size_mb = path.stat().st_size / 1e6 if path.exists() else 0.0
    return round(attempt * (usual_mb + MEMORY_A_MB * size_mb))
