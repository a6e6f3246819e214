"""Files are written whole, through links, and what keeps them from being written is said."""

import errno
import stat
from pathlib import Path

import pytest

from descent import DescentError
from descent.base.files import replacing, write


def test_a_link_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    real, link, other = tmp_path / "there" / "real.png", tmp_path / "link.png", tmp_path / "other.png"
    link.symlink_to(real)
    other.symlink_to(link)
    for data in (b"one", b"two"):  # at first it points to nothing
        write(other, data)
        assert link.is_symlink()
        assert other.is_symlink()
        assert real.read_bytes() == data
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["link.png", "other.png", "real.png", "there"]


def test_permissions_stay(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("old")
    file.chmod(0o640)
    write(file, b"new")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOSPC, "the disk is full; free some space"),
        (errno.EDQUOT, "the disk quota is used up; free some space"),
        (errno.EACCES, "there is no permission to write there; choose another folder, or change its permissions"),
        (errno.EROFS, "that disk is read-only; choose another folder"),
        (errno.EIO, "choose another folder"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, told: str) -> None:
    file = tmp_path / "a.txt"
    file.write_text("old")

    def fails(path: Path, data: bytes) -> int:
        raise OSError(number, "Whatever", str(path))

    monkeypatch.setattr(Path, "write_bytes", fails)
    with pytest.raises(DescentError) as mistake:
        write(file, b"new")
    assert str(mistake.value).startswith(f"cannot write {file} (Whatever): {told}")
    assert ("space" in str(mistake.value)) == (number in (errno.ENOSPC, errno.EDQUOT))
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert file.read_text() == "old"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(DescentError, match="that is a folder; name a file"), replacing(tmp_path):
        raise AssertionError("there is nothing to do")
    (tmp_path / "file").write_text("")
    with pytest.raises(DescentError, match="a part of that path is a file, not a folder"):
        write(tmp_path / "file" / "a.txt", b"")
