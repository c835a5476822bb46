"""Real data through the server and the CLI, with the figures that the defaults must reach.

The data are not part of the project; without them the tests are skipped. Run alone, it prints what was measured:
    ctest --preset release -R fit_test --verbose
"""

import os
import unittest

from harness import DATA, Server, main


def mean(scores, key):
    return sum(score[key] for score in scores) / len(scores)


@unittest.skipUnless(os.path.isdir(DATA), "the reference data (../shared/data) is not here")
class Fit(unittest.TestCase):
    def train(self, server, dataset, field, *settings):
        arguments = [word for setting in settings for word in ("--set", setting)]
        server.cli("job", "submit", dataset, "--field", field, "--name", field, "--wait", *arguments)
        job = server.cli_json("job", "show", field)[0]
        progress = job["progress"]
        print("%s: %d steps, %.1f ms a step" % (field, int(progress["step"]), 1e3 * progress["stepSeconds"]))

    def score(self, server, field, dataset, subset="all"):
        answer = server.cli_json("field", "score", field, dataset, "--subset", subset)[0]
        for kind in ("fromPrevious", "fromFirst"):
            for s in answer[kind]:
                print("%s %s %s t=%g: W1 %.3f, copy %.3f, floor %.3f; W2 %.3f, copy %.3f, floor %.3f" % (
                    field, subset, kind, s["time"], s["w1"], s["copyW1"], s["floorW1"], s["w2"], s["copyW2"], s["floorW2"]))
        return answer

    def test_emt_beats_the_published_figures_in_sample(self):
        with Server(arguments=["--log-level", "warning"]) as server:
            server.cli("dataset", "put", "emt", os.path.join(DATA, "emt.csv"))
            self.train(server, "emt", "in-sample", "hold_out.validation_fraction=0")
            w1 = mean(self.score(server, "in-sample", "emt")["fromFirst"], "w1")
            print("EMT in sample, from t = 0: mean W1 %.4f" % w1)
            self.assertLessEqual(w1, 0.255)

    def test_emt_held_out_is_near_the_floor_of_its_size(self):
        with Server(arguments=["--log-level", "warning"]) as server:
            server.cli("dataset", "put", "emt", os.path.join(DATA, "emt.csv"))
            self.train(server, "emt", "held-out", "hold_out.test_fraction=0.2")
            answer = self.score(server, "held-out", "emt", "test")
            for kind in ("fromPrevious", "fromFirst"):
                ratio = mean(answer[kind], "w1") / mean(answer[kind], "floorW1")
                print("EMT held out, %s: mean test W1 / floor %.3f" % (kind, ratio))
                self.assertLessEqual(ratio, 1.25)

    def test_eb_beats_copying_at_every_day(self):
        with Server(arguments=["--log-level", "warning"]) as server:
            keys = ("--time-key", "ts", "--points-key", "X", "--components", "5")
            server.cli("dataset", "put", "val", os.path.join(DATA, "eb_val.npz"), *keys, "--whiten")
            server.cli("dataset", "put", "test", os.path.join(DATA, "eb_test.npz"), *keys, "--like", "val")
            seeds = []
            for seed in range(3):
                self.train(server, "val", "eb-%d" % seed, "seed=%d" % seed)
                seeds.append(self.score(server, "eb-%d" % seed, "test")["fromPrevious"])
            for day in range(4):
                w1 = sum(scores[day]["w1"] for scores in seeds) / 3
                copy = seeds[0][day]["copyW1"]
                print("EB day %d: W1 %.3f, copy %.3f" % (day + 1, w1, copy))
                self.assertLess(w1, copy)


if __name__ == "__main__":
    main()
