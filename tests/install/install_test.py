"""A project that knows only an installation of the client library finds it, links it and talks to a server."""

import os
import subprocess
import tempfile
import unittest

from harness import BIN, SOURCE, Server, main

BUILD = os.path.dirname(BIN)


def run(*arguments):
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise AssertionError("%s\n%s" % (" ".join(arguments), done.stdout))
    return done.stdout


def installed(component, folder):
    """Installs one component; returns its files."""
    run("cmake", "--install", BUILD, "--prefix", folder, "--component", component)
    return sorted(os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names)


class Installation(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def test_a_project_builds_on_the_installed_client_and_its_program_talks_to_a_server(self):
        files = installed("client", self.path("prefix"))
        for name in ("include/actionmatch/client/client.h", "include/actionmatch/actionmatch/v1/dataset.grpc.pb.h",
                     "share/actionmatch/proto/actionmatch/v1/dataset.proto"):
            self.assertIn(name, files)
        self.assertFalse([name for name in files if name.startswith("bin/") or "server" in name or "core" in name])
        for name in files:
            if name.endswith((".h", ".cmake")):
                with open(os.path.join(self.path("prefix"), name)) as file:
                    self.assertNotIn(SOURCE, file.read(), name + " knows the folder that it was built in")
        run("cmake", "-S", os.path.join(SOURCE, "tests/install"), "-B", self.path("build"), "-G", "Ninja",
            "-DCMAKE_PREFIX_PATH=" + self.path("prefix"), "-DCMAKE_BUILD_TYPE=Release")
        run("cmake", "--build", self.path("build"))
        with Server(arguments=["--log-level", "warning"]) as server:
            self.assertEqual(run(self.path("build/sample"), server.address), "3 points\n")

    def test_each_program_is_a_component_of_its_own(self):
        self.assertEqual(installed("cli", self.path("cli")), ["bin/actionmatch"])
        self.assertEqual(installed("server", self.path("server")), ["bin/actionmatchd"])
        self.assertRegex(run(self.path("cli/bin/actionmatch"), "--version"), r"^actionmatch \d")


if __name__ == "__main__":
    main()
