"""What tests of the actionmatch CLI share."""

import os
import re
import subprocess
import tempfile
import unittest

from harness import BIN, Server, run_cli

DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130
CALLS = 'actionmatch_calls_total{code="OK",method="%s"}'
SMALL = ("--set", "training.steps=200", "--set", "potential.hidden=32,32", "--set", "training.batch_size=64",
         "--set", "training.ema_decay=0.99")


def catches(pid, signal_number):
    """Whether the process has a handler for the signal."""
    with open("/proc/%d/status" % pid) as file:
        caught = re.search(r"(?m)^SigCgt:\s+(\w+)$", file.read()).group(1)
    return int(caught, 16) >> (signal_number - 1) & 1 == 1


class CliTest(unittest.TestCase):
    """They share a server, a dataset `cells` and a field trained on it."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server(arguments=["--log-level", "warning"])
        cls.folder = tempfile.TemporaryDirectory()
        cls.server.cli("dataset", "simulate", "branching", "cells", "--set", "points=80", "--set", "dimension=3")
        cls.server.cli("job", "submit", "cells", "--name", "cells", "--wait", *SMALL,
                       "--set", "hold_out.test_fraction=0.3")

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.folder.cleanup()

    def path(self, name, text=None):
        path = os.path.join(self.folder.name, name)
        if text is not None:
            with open(path, "w") as file:
                file.write(text)
        return path

    def refused(self, code, words, *arguments):
        got, out, error = run_cli("--server", self.server.address, *arguments)
        self.assertEqual(got, code, (arguments, out, error))
        for word in words:
            self.assertIn(word, out + error)
        return error

    def start(self, *arguments, **streams):
        """A command that goes on by itself."""
        return subprocess.Popen([os.path.join(BIN, "actionmatch"), "--server", self.server.address, *arguments], **streams)

    def show(self, name):
        return self.server.cli_json("dataset", "show", name)[0]
