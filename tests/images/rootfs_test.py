#!/usr/bin/env python3
"""The images' file systems, made of what is built here as deploy/Containerfile makes them: what is in
them, what says so, and that the programs run in them.

Usage: rootfs_test.py BUILD
"""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy" / "image"))

import debian
import locked_up
import rootfs

BUILD = Path()
SERVICES = [image for image in rootfs.IMAGES if image not in ("devnode", "tools")]
# Whoever breaks in finds nothing to go on with.
UNWANTED = {"sh", "bash", "dash", "busybox", "env", "apt", "apt-get", "dpkg", "perl", "python3", "curl", "wget"}


class Images(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="adit-rootfs-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        cls.folder.chmod(0o755)
        cls.roots = cls.folder / "roots"
        for image in rootfs.IMAGES:
            rootfs.make(image, BUILD, cls.roots, None, rootfs.project_version())
        cls.pool = cls.folder / "pool"
        shutil.copytree(ROOT / "deploy" / "pool", cls.pool / "etc")
        subprocess.run([ROOT / "deploy" / "new-pool.sh", cls.pool / "secrets"], check=True, capture_output=True,
                       env={**os.environ, "ADITCTL": str(BUILD / "bin" / "aditctl")})
        shutil.copyfile(cls.pool / "secrets" / "pools.toml", cls.pool / "etc" / "pools.toml")

    def files(self, image: str) -> dict[str, Path]:
        root = self.roots / image
        return {f"/{path.relative_to(root)}": path for path in root.rglob("*")
                if path.is_file() and not path.is_symlink()}

    def sbom(self, image: str) -> dict:
        return json.loads((self.roots / image / rootfs.SBOM).read_text())

    def test_each_has_its_programs_and_nothing_else_that_runs(self):
        for image, programs in rootfs.IMAGES.items():
            with self.subTest(image):
                self.assertEqual({path.name for path in (self.roots / image / "usr/bin").iterdir()}, set(programs))
                names = {Path(name).name for name in self.files(image)}
                self.assertEqual(names & UNWANTED, set())
                for folder in ("bin", "sbin", "usr/sbin", "usr/libexec"):
                    self.assertFalse((self.roots / image / folder).exists(), folder)

    def test_nothing_in_them_gives_rights_or_takes_writes(self):
        for image in rootfs.IMAGES:
            for name, path in self.files(image).items():
                self.assertEqual(path.stat().st_mode & 0o7022, 0, f"{image}: {name}")

    def test_programs_are_without_symbols(self):
        for image, programs in rootfs.IMAGES.items():
            for program in programs:
                sections = subprocess.run(["readelf", "--sections", "--wide",
                                           self.roots / image / "usr/bin" / program],
                                          text=True, check=True, capture_output=True).stdout
                self.assertNotIn(".debug_", sections)
                self.assertNotIn(".symtab", sections)

    def test_the_list_names_every_file_that_is_run_or_loaded_as_it_is(self):
        for image in rootfs.IMAGES:
            with self.subTest(image):
                listed = {entry["fileName"].removeprefix("."): entry["checksums"][1]["checksumValue"]
                          for entry in self.sbom(image)["files"]}
                texts = tuple(f"/{name}" for name in (*rootfs.TEXTS, "usr/share/doc/", "usr/share/adit/",
                                                      "var/lib/dpkg/status.d/"))
                there = {name: hashlib.sha256(path.read_bytes()).hexdigest()
                         for name, path in self.files(image).items() if not name.startswith(texts)}
                self.assertEqual(listed, there)

    def test_the_list_is_whole_in_itself(self):
        for image in rootfs.IMAGES:
            with self.subTest(image):
                sbom = self.sbom(image)
                ids = [entry["SPDXID"] for kind in ("packages", "files") for entry in sbom[kind]]
                self.assertEqual(len(ids), len(set(ids)))
                known = {*ids, "SPDXRef-DOCUMENT"}
                for relation in sbom["relationships"]:
                    self.assertLessEqual({relation["spdxElementId"], relation["relatedSpdxElement"]}, known)
                contained = {relation["relatedSpdxElement"] for relation in sbom["relationships"]
                             if relation["relationshipType"] == "CONTAINS"}
                self.assertLessEqual({entry["SPDXID"] for entry in sbom["files"]}, contained)
                texts = {entry["licenseId"] for entry in sbom["hasExtractedLicensingInfos"]}
                for package in sbom["packages"]:
                    words = package["licenseDeclared"].replace("(", " ").replace(")", " ").split()
                    self.assertLessEqual({word for word in words if word.startswith("LicenseRef")}, texts)

    def test_the_list_has_packages_versions_and_licences_of_debian(self):
        packages = {entry["name"]: entry for entry in self.sbom("gateway")["packages"]}
        installed = subprocess.run(["dpkg-query", "--show", "--showformat=${Version}", "libsodium23"],
                                   text=True, check=True, capture_output=True).stdout
        self.assertEqual(packages["libsodium23"]["versionInfo"], installed)
        self.assertIn("ISC", packages["libsodium23"]["licenseDeclared"])
        self.assertTrue(packages["libsodium23"]["externalRefs"][0]["referenceLocator"]
                        .startswith("pkg:deb/debian/libsodium23@"))
        self.assertIn("libtomlplusplus-dev", packages, "what is headers alone is in the program too")

    def test_the_admins_list_names_what_its_pages_are_made_of(self):
        packages = {entry["name"]: entry for entry in self.sbom("admin")["packages"]}
        self.assertEqual(packages["preact"]["licenseDeclared"], "MIT")
        self.assertIn("uplot", packages)
        self.assertNotIn("vite", packages)

    def test_licences_go_along(self):
        for image in rootfs.IMAGES:
            for entry in (self.roots / image / "var/lib/dpkg/status.d").iterdir():
                self.assertIn(f"Package: {entry.name}\n", entry.read_text())
                notice = self.roots / image / "usr/share/doc" / entry.name / "copyright"
                self.assertGreater(notice.stat().st_size, 100, notice)

    def test_a_library_of_no_package_is_refused(self):
        build = self.folder / "foreign"
        (build / "bin").mkdir(parents=True)
        library, program = build / "libmine.so", build / "bin" / "adit-devnode"
        for source, text in (("mine.c", "int mine(void) { return 0; }"),
                             ("main.c", "int mine(void); int main(void) { return mine(); }")):
            (build / source).write_text(text)
        subprocess.run(["g++", "-x", "c", "-shared", "-fPIC", "-o", library, build / "mine.c"], check=True)
        subprocess.run(["g++", "-x", "c", build / "main.c", "-x", "none", "-o", program, library,
                        f"-Wl,-rpath,{build}"], check=True)
        with self.assertRaisesRegex(debian.Unknown, "libmine.so"):
            rootfs.make("devnode", build, self.folder / "refused", None, "0")
        library.unlink()
        with self.assertRaisesRegex(rootfs.Unfit, "libmine.so => not found"):
            rootfs.make("devnode", build, self.folder / "refused", None, "0")

    def test_programs_run_locked_up(self):
        for image, programs in rootfs.IMAGES.items():
            for program in programs:
                with self.subTest(program):
                    done = locked_up.run(self.roots / image, self.pool, f"/usr/bin/{program}", "--version")
                    self.assertEqual((done.returncode, done.stdout, done.stderr),
                                     (0, f"{program} {rootfs.project_version()}\n", ""))

    def test_services_read_the_pools_configuration_locked_up(self):
        for image in SERVICES:
            with self.subTest(image):
                file = f"/etc/adit/{image}.toml"
                done = locked_up.run(self.roots / image, self.pool, f"/usr/bin/adit-{image}",
                                     "--check-config", "--config", file)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn(f"{file}: ok", done.stdout)

    def test_there_is_no_shell(self):
        for image in rootfs.IMAGES:
            done = locked_up.run(self.roots / image, self.pool, "/bin/sh", "-c", "true")
            self.assertEqual(done.returncode, 127, done.stderr)
            self.assertIn("No such file or directory", done.stderr)

    def test_a_library_less_and_the_program_does_not_start(self):
        broken = self.folder / "broken"
        shutil.copytree(self.roots / "vardiff", broken, symlinks=True)
        for library in broken.glob("usr/lib/*/libhiredis.so*"):
            library.unlink()
        done = locked_up.run(broken, self.pool, "/usr/bin/adit-vardiff", "--version")
        self.assertEqual(done.returncode, 127)
        self.assertIn("libhiredis", done.stderr)

    def test_what_runs_has_no_rights(self):
        command = locked_up.command(self.roots / "devnode", self.pool, "/usr/bin/adit-devnode", "--port", "0")
        with subprocess.Popen(command, text=True, stdout=subprocess.PIPE) as process:
            children = []
            try:
                self.assertIn("serving regtest on", process.stdout.readline())
                children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
                status = dict(line.split(":\t", 1) for line in
                              Path(f"/proc/{children[0]}/status").read_text().splitlines() if ":\t" in line)
                self.assertEqual(status["Name"], "adit-devnode")
                self.assertEqual(status["Uid"].split(), ["65532"] * 4)
                self.assertEqual(status["Gid"].split(), ["65532"] * 4)
                self.assertEqual(status["Groups"].strip(), "")
                self.assertEqual(int(status["CapEff"], 16) | int(status["CapPrm"], 16), 0)
                self.assertEqual(status["NoNewPrivs"], "1")
            finally:
                # A change of user takes away what --kill-child asked the kernel for.
                for pid in map(int, children):
                    os.kill(pid, signal.SIGKILL)
                process.kill()


if __name__ == "__main__":
    BUILD = Path(sys.argv.pop(1)).resolve()
    reason = locked_up.reason_against()
    if reason:
        print(f"SKIP: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
