"""Jobs ask for more memory for a long recording, and when they are tried again."""

from workflow.requests import MEMORY_A_MB, memory_for_recording


def test_memory_grows_with_the_recording_and_the_try(tmp_path):
    path = tmp_path / "day.nc"
    assert memory_for_recording(path, 1500, 1) == 1500
    path.write_bytes(bytes(2_000_000))
    assert memory_for_recording(path, 1500, 1) == 1500 + 2 * MEMORY_A_MB
    assert memory_for_recording(path, 1500, 3) == 3 * (1500 + 2 * MEMORY_A_MB)
