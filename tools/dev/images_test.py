"""What ./dev images decides by itself; that images are built and run is for ./dev images to show."""

import contextlib
import io
import os
import resource
import tempfile
import tomllib
import unittest
from pathlib import Path
from unittest import mock

import images
import images_build
import images_podman
import images_pool
from console import Failure


class Mined(unittest.TestCase):
    def judge(self, accepted: int, submitted: int, at_least: int, channels: int = 1) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            images.judge_mined("SV2", {"shares_accepted": accepted, "shares_submitted": submitted,
                                       "channels_opened": channels, "hashes": 1000}, at_least)

    def test_most_shares_must_be_accepted_and_as_many_as_are_due(self):
        self.judge(9, 10, at_least=1)
        self.judge(0, 0, at_least=0)
        for accepted, submitted, at_least in ((0, 0, 1), (0, 10, 0), (8, 10, 1)):
            with self.assertRaises(Failure):
                self.judge(accepted, submitted, at_least)

    def test_a_miner_without_a_channel_has_not_mined(self):
        with self.assertRaises(Failure):
            self.judge(0, 0, at_least=0, channels=0)


class Podman(unittest.TestCase):
    def configured(self, nofile: int) -> dict:
        with tempfile.TemporaryDirectory() as name, mock.patch.dict(os.environ), \
                mock.patch.object(resource, "getrlimit", return_value=(nofile, nofile)):
            images_podman.configure(Path(name))
            self.assertEqual(os.environ["CONTAINERS_CONF"], f"{name}/containers.conf")
            return tomllib.loads(Path(name, "containers.conf").read_text(encoding="utf-8"))["containers"]

    def test_no_limit_is_asked_for_that_this_process_may_not_have(self):
        self.assertEqual(self.configured(1024)["default_ulimits"], ["nofile=1024:1024", "nproc=1024:1024"])
        self.assertEqual(self.configured(1_000_000)["default_ulimits"], ["nofile=20000:20000", "nproc=4096:4096"])
        self.assertEqual(self.configured(resource.RLIM_INFINITY)["default_ulimits"],
                         ["nofile=20000:20000", "nproc=4096:4096"])


class Build(unittest.TestCase):
    def test_what_is_built_here_replaces_the_stages_that_compile_and_no_others(self):
        with tempfile.TemporaryDirectory() as name, mock.patch.object(images_build, "follow"):
            arguments = images_build.collect_here("dev", Path(name))
            text = Path(name, "Containerfile").read_text(encoding="utf-8")
        self.assertIn(f"collect={name}", arguments)
        self.assertNotIn("RUN", text)
        for image in images.rootfs.IMAGES:
            self.assertIn(f"FROM runtime AS {image}\n", text)


class Pool(unittest.TestCase):
    def test_each_container_runs_the_program_that_its_name_says(self):
        self.assertEqual([images_pool._service(name) for name in images_pool.SERVICES],
                         ["template", "vardiff", "channel-manager", "channel-manager", "gateway", "translator", "admin"])


if __name__ == "__main__":
    unittest.main()
