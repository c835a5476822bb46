"""What all commands of actionmatch share: output, progress, exit codes, help."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import unittest

from cli import DONE, FAILED, MISUSED, CliTest
from harness import DATA, main, run_cli


class Cli(CliTest):
    def test_what_is_asked_for_is_on_standard_output(self):
        for arguments, words in ((("dataset", "show", "cells"), ["datasets/cells", self.show("cells")["contentHash"], "400"]),
                                 (("field", "show", "cells"), ["fields/cells", "datasets/cells", "0 to 4"]),
                                 (("job", "show", "cells"), ["jobs/cells", "SUCCEEDED", "fields/cells", "VALIDATION"])):
            out = self.server.cli(*arguments)
            for word in words:
                self.assertIn(word, out)

    def test_output_that_cannot_be_written_is_a_failure(self):
        for arguments in (("dataset", "list"), ("--json", "dataset", "show", "cells"), ("--help",)):
            with open("/dev/full", "w") as full:
                command = self.start(*arguments, stdout=full, stderr=subprocess.PIPE, text=True)
                _, error = command.communicate()
            self.assertEqual(command.returncode, FAILED, arguments)
            self.assertIn("standard output", error)

    def test_progress_is_a_bar_on_a_terminal(self):
        ours, theirs = pty.openpty()
        command = self.start("job", "watch", "cells", stderr=theirs)
        self.assertEqual(command.wait(), DONE)
        os.close(theirs)
        drawn = os.read(ours, 1 << 16).decode()
        os.close(ours)
        self.assertRegex(drawn, r"^\r\x1b\[Kjobs/cells \[#{30}\] 100% step (\d+)/\1,")
        self.assertTrue(drawn.endswith("\r\n"))

    def test_the_bar_is_no_wider_than_the_terminal(self):
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
        command = self.start("job", "watch", "cells", stderr=theirs)
        self.assertEqual(command.wait(), DONE)
        os.close(theirs)
        drawn = os.read(ours, 1 << 16).decode()
        os.close(ours)
        self.assertEqual(max(len(line) for line in re.split(r"[\r\n]+(?:\x1b\[K)?", drawn)), 39)

    def test_a_proxy_does_not_stand_before_this_machine(self):
        code, _, error = run_cli("--server", self.server.address, "dataset", "list",
                                 environment={"http_proxy": "http://127.0.0.1:1", "no_proxy": "", "no_grpc_proxy": ""})
        self.assertEqual(code, DONE, error)

    def test_unknown_nouns_and_verbs_are_told_those_there_are(self):
        for words, arguments in ((['no noun "foo"', "dataset, job, field, trajectory"], ["foo"]),
                                 (["no noun is given", "dataset, job"], []),
                                 (['no verb "frobnicate"', "put, list, show, get"], ["dataset", "frobnicate"]),
                                 (["no verb is given", "sample"], ["trajectory"])):
            self.refused(MISUSED, words, *arguments)

    def test_exit_codes_and_help(self):
        for arguments in ([], ["dataset"], ["dataset", "dance"], ["dataset", "show"], ["dataset", "list", "--frobnicate"]):
            self.assertEqual(run_cli(*arguments)[0], MISUSED, arguments)
        for arguments in (["--help"], ["dataset", "--help"], ["job", "submit", "--help"], ["--version"]):
            code, out, _ = run_cli(*arguments)
            self.assertEqual(code, DONE)
            self.assertTrue(out)
        code, _, error = run_cli("--server", "", "dataset", "list")
        self.assertEqual((code, "--server must be HOST:PORT" in error), (MISUSED, True), error)
        code, _, error = run_cli("dataset", "list", environment={"ACTIONMATCH_SERVER": "127.0.0.1:1"})
        self.assertEqual(code, FAILED)
        self.assertIn("127.0.0.1:1", error)
        self.assertIn("ACTIONMATCH_SERVER", error)

    @unittest.skipUnless(os.path.isdir(DATA), "the reference data (../shared/data) is not here")
    def test_real_files_are_understood(self):
        self.server.cli("dataset", "put", "emt", os.path.join(DATA, "emt.csv"))
        self.assertEqual([s["count"] for s in self.show("emt")["snapshots"]], ["577", "885", "788", "883"])
        self.server.cli("dataset", "put", "eb", os.path.join(DATA, "eb_test.npz"), "--components", "5")
        self.assertEqual((self.show("eb")["rowCount"], self.show("eb")["dimension"]), ("1750", 5))


if __name__ == "__main__":
    main()
