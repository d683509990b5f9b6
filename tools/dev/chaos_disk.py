"""A small file system in a folder of a pool of ./dev chaos, which a fault can fill."""

import errno
import shutil
import subprocess
from pathlib import Path

from console import Failure

# More than what a pool's rounds write into one of them.
SIZE_MIB = 192
FILLER = "filler"


class Disk:
    """In memory, in the mounts that belong to this process and its children."""

    def __init__(self, folder: Path):
        self._filler = folder / FILLER
        folder.mkdir(exist_ok=True)
        self._mount("-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "none", folder)

    @staticmethod
    def _mount(*words) -> None:
        done = subprocess.run(["mount", *map(str, words)], text=True, check=False,
                              capture_output=True)
        if done.returncode != 0:
            raise Failure(f"mount {' '.join(map(str, words))}: {done.stderr.strip()}")

    def fill(self) -> None:
        """Until not one byte is left. A file of it that grows does not grow any more."""
        try:
            with open(self._filler, "ab", buffering=0) as file:
                for size in (1 << 20, 4096, 1):
                    self._write_until_full(file, size)
        except OSError as error:
            if error.errno != errno.ENOSPC:  # closing may say it again
                raise

    @staticmethod
    def _write_until_full(file, size: int) -> None:
        while True:
            try:
                if file.write(bytes(size)) < size:
                    return
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                return

    def free(self) -> None:
        self._filler.unlink(missing_ok=True)


def release_under(folder: Path) -> None:
    """Of all of them below it: what is on them stays in the folders."""
    mounts = [Path(line.split()[1]) for line in Path("/proc/self/mounts").read_text().splitlines()]
    for mounted in mounts:
        if folder.resolve() in mounted.parents:
            _release(mounted)


def _release(folder: Path) -> None:
    (folder / FILLER).unlink(missing_ok=True)
    kept = folder.with_name(f"{folder.name}.kept")
    shutil.copytree(folder, kept, dirs_exist_ok=True)
    # Somebody may still be ending in it.
    subprocess.run(["umount", "--lazy", str(folder)], check=False, capture_output=True)
    shutil.copytree(kept, folder, dirs_exist_ok=True)
    shutil.rmtree(kept)
