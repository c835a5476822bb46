"""The example programs of client/examples do what they say, against a real server."""

import os
import re
import subprocess

from harness import BIN, ServiceTest, dataset_pb2, main, until
from relay import Relay

BATCHES = 30


def start(name, address, *arguments):
    return subprocess.Popen([os.path.join(BIN, "example_" + name), address, *map(str, arguments)], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


class Examples(ServiceTest):
    def example(self, name, *arguments, code=0):
        """Its lines of output."""
        program = start(name, self.server.address, *arguments)
        out, error = program.communicate()
        self.assertEqual(program.returncode, code, (name, out, error))
        return (out if code == 0 else error).splitlines()

    def dataset(self, name):
        return self.server.datasets.GetDataset(dataset_pb2.GetDatasetRequest(name="datasets/" + name))

    def test_snapshots_go_in_a_field_is_trained_asked_and_pushes_points(self):
        lines = self.example("put", "drift")
        self.assertEqual(lines[-1], "sent 900 points to datasets/drift")
        self.assertEqual(lines[-2], "on disk up to batch 3")
        self.assertEqual([(s.time, s.count) for s in self.dataset("drift").snapshots], [(0, 300), (0.5, 300), (1, 300)])
        self.assertIn("ALREADY_EXISTS", self.example("put", "drift", code=1)[0])

        lines = self.example("train", "drift", "drift")
        self.assertRegex(lines[0], "^submitted jobs/")
        self.assertRegex(lines[-2], r"^step (\d+) of \1, loss \S+$")
        self.assertEqual(lines[-1], "made fields/drift")
        self.assertIn("NOT_FOUND", self.example("train", "nothing", "field", code=1)[0])

        lines = self.example("evaluate", "drift", "0.5")
        self.assertEqual(lines[0], "fields/drift has 2 components and times from 0 to 1")
        self.assertEqual(len(lines), 3)
        for line, point in zip(lines[1:], ("0,0", "1,1")):
            printed = [float(x) for x in re.fullmatch(r"value \S+, velocity (\S+) (\S+)", line).groups()]
            with open(os.path.join(self.server.data_dir, "..", "point.csv"), "w") as file:
                file.write("x,y\n%s\n" % point)
            asked = self.server.cli("field", "evaluate", "drift", "--points", file.name, "--time", "0.5").split()[1]
            for ours, theirs in zip(printed, asked.split(",")):
                self.assertAlmostEqual(ours, float(theirs), delta=1e-4 * (1 + abs(ours)))
        self.assertIn("OUT_OF_RANGE", self.example("evaluate", "drift", "7", code=1)[0])

        # The population moves along (2, -1); the means of 300 points are within a few tenths of its own.
        lines = self.example("trajectories", "drift", "drift", 0, 0, 1)
        means = [[float(x) for x in re.fullmatch(r"time \S+: mean of 300 points (\S+) (\S+)", line).groups()]
                 for line in lines]
        self.assertAlmostEqual(means[1][0] - means[0][0], 2, delta=0.6)
        self.assertAlmostEqual(means[1][1] - means[0][1], -1, delta=0.6)
        self.assertIn("its times are 0, 0.5, 1", self.example("trajectories", "drift", "drift", 0.1, 1, code=1)[0])

    def test_an_append_goes_on_after_a_cut_and_sends_nothing_twice(self):
        relay = Relay(self.server, 4 << 20)
        program = start("resume", relay.address, "cut", BATCHES)
        self.assertEqual(program.stdout.readline(), "sending from batch 1\n")
        until(lambda: self.dataset("cut").last_batch >= 2, "the first batches")
        relay.cut()
        out, error = program.communicate()
        relay.close()
        self.assertEqual(program.returncode, 0, error)
        self.assertIn("lost the server", out)
        self.assertGreater(int(re.search(r"sending from batch (\d+)\nall batches", out).group(1)), 2)
        self.assertTrue(out.endswith("all batches are on disk\n"), out)
        dataset = self.dataset("cut")
        self.assertEqual((dataset.last_batch, dataset.row_count), (BATCHES, 50000 * BATCHES))
        self.assertEqual([(s.time, s.count) for s in dataset.snapshots], [(k + 1, 50000) for k in range(BATCHES)])
        # Once more: there is nothing left to send.
        self.assertEqual(self.example("resume", "cut", BATCHES),
                         ["sending from batch %d" % (BATCHES + 1), "all batches are on disk"])

    def test_programs_say_how_they_are_called(self):
        for name in ("put", "train", "evaluate", "trajectories", "resume"):
            program = start(name, self.server.address)
            _, error = program.communicate()
            self.assertEqual((program.returncode, "usage: example_" + name in error), (1, True), error)


if __name__ == "__main__":
    main()
