"""The default spec on populations of many kinds: no seed diverges, none needs a changed setting.

On request, since it trains for long: cmake --preset release -DACTIONMATCH_STABILITY_TEST=ON, then ctest -L stability.
ACTIONMATCH_STABILITY_SEEDS says how many seeds, at most 32 (default 20).
"""

import os
import unittest

from harness import DATA, Server, main

SEEDS = int(os.environ.get("ACTIONMATCH_STABILITY_SEEDS", "20"))


class Stability(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(arguments=["--log-level", "warning"])

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def train(self, dataset, *settings):
        """Trains all seeds; every one of them must beat the copy and come near the floor."""
        words = [w for s in ("members=%d" % SEEDS, *settings) for w in ("--set", s)]
        self.server.cli("job", "submit", dataset, "--name", dataset, "--field", dataset, "--wait", *words)
        scores = self.server.cli_json("field", "score", dataset, dataset)[0]["fromPrevious"]
        for s in scores:
            worst = s["w1"] + 3 * s["w1Deviation"]
            print("%s t=%g: W1 %.4f +-%.4f over %d seeds, copy %.4f, floor %.4f" % (
                dataset, s["time"], s["w1"], s["w1Deviation"], s["members"], s["copyW1"], s["floorW1"]), flush=True)
            self.assertLess(worst, max(1.5 * s["floorW1"], s["copyW1"]))

    def test_gaussians(self):
        for dimension in (2, 10, 50, 100):
            name = "gaussians-%d" % dimension
            self.server.cli("dataset", "simulate", "gaussians", name, "--set", "dimension=%d" % dimension)
            self.train(name)

    def test_growth(self):
        self.server.cli("dataset", "simulate", "three-gene", "genes")
        self.train("genes", "dynamics.lambda=1")
        self.server.cli("dataset", "simulate", "three-gene", "genes-fast", "--set", "division=0.12")
        self.train("genes-fast", "dynamics.lambda=1")

    def test_noise(self):
        self.server.cli("dataset", "simulate", "ou", "ou", "--set", "dimension=5")
        self.train("ou", "dynamics.sigma=1")

    @unittest.skipUnless(os.path.isdir(DATA), "the reference data (../shared/data) is not here")
    def test_real_data(self):
        self.server.cli("dataset", "put", "emt", os.path.join(DATA, "emt.csv"))
        self.train("emt")
        self.server.cli("dataset", "put", "eb", os.path.join(DATA, "eb_test.npz"), "--time-key", "ts", "--points-key", "X",
                        "--components", "5", "--whiten")
        self.train("eb")


if __name__ == "__main__":
    main()
