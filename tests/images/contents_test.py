#!/usr/bin/env python3
"""What deploy/image makes of Debian's texts, and that deploy/Containerfile builds what it collects."""

import re
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy" / "image"))

import debian
import licences
import rootfs

HEAD = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"


def declared(*named: str) -> str | None:
    found = licences.read("libx1", HEAD + "".join(f"\nFiles: {number}.c\nCopyright: X\nLicense: {name}\n"
                                                  for number, name in enumerate(named)))
    return found and found.expression


class Licences(unittest.TestCase):
    def test_debians_names_are_said_as_spdx_says_them(self):
        for name, expected in (("Expat", "MIT"), ("GPL-2", "GPL-2.0-only"), ("GPL-2+", "GPL-2.0-or-later"),
                               ("LGPL-2.1+", "LGPL-2.1-or-later"), ("LGPLv2.1+", "LGPL-2.1-or-later"),
                               ("GPL-3.0", "GPL-3.0-only"), ("BSD-3-clause", "BSD-3-Clause"),
                               ("Apache-2", "Apache-2.0"), ("zlib", "Zlib")):
            self.assertEqual(declared(name), expected, name)

    def test_alternatives_stay_alternatives(self):
        self.assertEqual(declared("GPL-2+ or Expat", "ISC"), "(GPL-2.0-or-later OR MIT) AND ISC")
        self.assertEqual(declared("GPL-2+ and ISC or Expat"), "GPL-2.0-or-later AND ISC OR MIT")
        self.assertEqual(declared("Expat, and ISC", "Expat"), "ISC AND MIT")

    def test_what_spdx_does_not_know_goes_along_as_text(self):
        found = licences.read("libx1", HEAD + "\nFiles: *\nCopyright: X\nLicense: Curious~1\n Do as\n you like.\n")
        self.assertEqual(found.expression, "LicenseRef-libx1-Curious-1")
        self.assertEqual(found.texts, {"LicenseRef-libx1-Curious-1": ("Curious~1", "Do as\nyou like.")})

    def test_an_exception_is_no_licence_without_it(self):
        self.assertEqual(declared("LGPL-3+ with static exception"),
                         "LicenseRef-libx1-LGPL-3-with-static-exception")

    def test_the_packaging_is_not_in_the_image(self):
        text = HEAD + "\nFiles: *\nLicense: Expat\n\nFiles: debian/*\nLicense: GPL-3+\n"
        self.assertEqual(licences.read("libx1", text).expression, "MIT")

    def test_a_text_for_people_is_not_guessed_at(self):
        self.assertIsNone(licences.read("libx1", "This is under the GPL.\nLicense: GPL-2\n"))
        self.assertIsNone(licences.read("libx1", HEAD))


class Debian(unittest.TestCase):
    def test_a_file_has_a_package_by_either_of_its_names(self):
        library = next(Path("/usr/lib").glob("*/libc.so.6"))
        for path in (str(library), str(library).removeprefix("/usr")):
            self.assertEqual(debian.owners([path]), {path: "libc6"})

    def test_a_file_of_nobody_is_an_error(self):
        with self.assertRaisesRegex(debian.Unknown, "no Debian package has /opt/nothing"):
            debian.owners(["/opt/nothing"])

    def test_a_package_is_named_as_scanners_name_it(self):
        package = debian.Package("libstdc++6", "1:12.2-1+deb12u1~x", "amd64", "gcc-12", "12.2")
        self.assertEqual(package.purl(), "pkg:deb/debian/libstdc%2B%2B6@1%3A12.2-1%2Bdeb12u1~x?arch=amd64")


class Containerfile(unittest.TestCase):
    text = (ROOT / "deploy" / "Containerfile").read_text()

    def stage(self, name: str) -> str:
        return re.split(r"^FROM ", self.text.partition(f" AS {name}\n")[2], flags=re.MULTILINE)[0]

    def test_every_image_is_a_target_for_a_numbered_user_and_of_itself_alone(self):
        for image, programs in rootfs.IMAGES.items():
            with self.subTest(image):
                self.assertIn(f"FROM runtime AS {image}\n", self.text)
                stage = self.stage(image)
                self.assertIn(f"COPY --from=collect /image/{image} /\n", stage)
                self.assertIn(f'ENTRYPOINT ["/usr/bin/{next(iter(programs))}"]', stage)
                self.assertNotIn("RUN", stage)
                self.assertIn(f"COPY --from=collect /image/{image}/{rootfs.SBOM} /{image}.spdx.json\n",
                              self.stage("contents"))
        self.assertIn(f"USER {rootfs.USER}:{rootfs.USER}\n", self.stage("runtime"))
        self.assertIn("FROM scratch AS runtime\n", self.text)

    def test_no_registry_is_named(self):
        for base in re.findall(r"^FROM (\S+)", self.text, re.MULTILINE):
            self.assertNotRegex(base, r"[.:/]\S*/", base)

    def test_ports_are_those_of_the_pool(self):
        pool = ROOT / "deploy" / "pool"
        for image in rootfs.IMAGES:
            configuration = pool / f"{image}.toml"
            if configuration.exists():
                listened = set(re.findall(r'^\w+ = "0\.0\.0\.0:(\d+)"', configuration.read_text(), re.MULTILINE))
                exposed = set(re.search(r"^EXPOSE (.*)$", self.stage(image), re.MULTILINE)[1].split())
                self.assertLessEqual(listened, exposed, image)


if __name__ == "__main__":
    unittest.main()
