"""Files that appear whole or not at all: failures, leftovers, orphans, two writers, full disks."""

import errno
import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from neurosim import NeurosimError
from neurosim.aside import HOST, RUN, written_aside


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_failure_while_writing_leaves_the_old_file_and_nothing_else(tmp_path):
    out = tmp_path / "table.csv"
    out.write_text("old")

    def write_half() -> None:
        with written_aside(out) as aside:
            aside.write_text("ne")
            raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk full"):
        write_half()
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_a_written_file_appears_under_its_name_only_at_the_end(tmp_path):
    out = tmp_path / "new folder" / "table.csv"
    with written_aside(out) as aside:
        aside.write_text("new")
        assert not out.exists()
        assert aside.parent == out.parent
    assert out.read_text() == "new"
    assert list(out.parent.iterdir()) == [out]


def test_leftovers_of_dead_processes_go_and_those_of_live_ones_stay(tmp_path):
    gone = dead_process()
    dead = tmp_path / f".table.{HOST}.{gone}.abc.tmp.csv"
    live = tmp_path / f".table.{HOST}.{os.getppid()}.abc.tmp.csv"
    other = tmp_path / f".another.{HOST}.{gone}.abc.tmp.csv"
    foreign = tmp_path / f".table.{HOST}x.{gone}.abc.tmp.csv"
    for leftover in (dead, live, other, foreign):
        leftover.write_text("half")
    with written_aside(tmp_path / "table.csv") as aside:
        aside.write_text("new")
    assert not dead.exists()
    assert live.exists()
    assert other.exists()
    assert foreign.exists()


def write_slowly(out: Path, letter: str, start) -> None:
    start.wait()
    for _ in range(20):
        with written_aside(out) as aside, aside.open("w") as file:
            for _ in range(50):
                file.write(letter * 100)
                file.flush()
            time.sleep(0.001)


def test_two_writers_of_one_file_leave_a_whole_one_of_either(tmp_path):
    out = tmp_path / "table.csv"
    context = multiprocessing.get_context("fork")
    start = context.Event()
    writers = [context.Process(target=write_slowly, args=(out, letter, start)) for letter in "abc"]
    for writer in writers:
        writer.start()
    start.set()
    seen = set()
    while any(writer.is_alive() for writer in writers):
        if out.exists():
            seen.add(out.read_text())
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert {len(text) for text in seen} == {5000}
    assert {len(set(text)) for text in seen} == {1}
    assert list(tmp_path.iterdir()) == [out]


def write(out: Path, text: str) -> None:
    with written_aside(out) as aside:
        aside.write_text(text)


def test_a_process_that_outlives_its_run_gives_its_file_up(tmp_path, monkeypatch):
    out = tmp_path / "table.csv"
    monkeypatch.setenv(RUN, str(os.getppid()))
    write(out, "of this run")
    monkeypatch.setenv(RUN, str(dead_process()))
    with pytest.raises(NeurosimError, match=r"table\.csv: expected the run .* gone"):
        write(out, "of the run before")
    assert out.read_text() == "of this run"
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
def test_what_a_disk_has_against_it_is_said_in_one_line(tmp_path, code):
    def fail() -> None:
        with written_aside(tmp_path / "table.csv") as aside:
            aside.write_text("half")
            raise OSError(code, os.strerror(code))

    with pytest.raises(NeurosimError, match=r"table\.csv: expected to write it, found: ") as raised:
        fail()
    assert "\n" not in str(raised.value)
    assert os.strerror(code) in str(raised.value)
    assert not list(tmp_path.iterdir())
