"""actionmatch field and actionmatch trajectory against a real server: answers as tables and files."""

import xml.etree.ElementTree

import numpy as np
from cli import CALLS, FAILED, MISUSED, SMALL, CliTest
from harness import Server, main, run_cli


class CliFields(CliTest):
    def test_scores_are_a_table_with_copy_and_floor(self):
        out = self.server.cli("field", "score", "cells", "cells", "--subset", "test")
        for word in ("copy W1", "floor W1", "W2", "mean"):
            self.assertIn(word, out)
        score = self.server.cli_json("field", "score", "cells", "cells", "--subset", "test")[0]
        self.assertEqual((score["subset"], score["seenInTraining"]), ("SUBSET_TEST", False))
        self.refused(MISUSED, ["--subset"], "field", "score", "cells", "cells", "--subset", "some")
        _, out, error = run_cli("--server", self.server.address, "field", "score", "cells", "cells", "--seed", "3")
        self.assertIn("subset ALL (split by seed 0), 1 member of seed 0, floor of seed 3", error)
        self.assertNotIn("sliced", out)

    def test_large_snapshots_are_scored_whole_in_sliced_distances_that_are_called_so(self):
        self.server.cli("dataset", "simulate", "gaussians", "large", "--set", "snapshots=2", "--set", "points=4500")
        self.server.cli("job", "submit", "large", "--name", "large", "--wait", *SMALL, "--set", "training.steps=50",
                        "--set", "path.kind=linear")
        self.assertIn("sliced W1", self.server.cli("field", "score", "large", "large"))
        score = self.server.cli_json("field", "score", "large", "large")[0]["fromPrevious"][0]
        self.assertEqual((score["distance"], score["pushedCount"], score["observedCount"]), ("DISTANCE_SLICED", "4500", "4500"))
        self.assertLess(score["floorW1"], 0.1 * score["copyW1"])

    def test_evaluation_writes_columns_and_export_and_import_agree(self):
        points = self.path("points.csv", "a,b,c\n0,0,0\n1,0.5,-0.5\n")
        out = self.server.cli("field", "evaluate", "cells", "--points", points, "--time", "1.5",
                              "--quantities", "value,velocity,divergence")
        self.assertEqual(out.splitlines()[0], "value,v_a,v_b,v_c,divergence")
        self.assertEqual(len(out.splitlines()), 3)
        self.server.cli("field", "export", "cells", "--out", self.path("field.safetensors"))
        self.server.cli("field", "import", self.path("field.safetensors"), "--field", "twin")
        self.assertEqual(self.server.cli("field", "evaluate", "twin", "--points", points, "--time", "1.5",
                                         "--quantities", "value,velocity,divergence"), out)
        self.assertIn("fields/twin", [f["name"] for f in self.server.cli_json("field", "list")])
        self.server.cli("--json", "field", "evaluate", "cells", "--points", points, "--time", "1.5",
                        "--quantities", "value,velocity,divergence", "--out", self.path("values.csv"))
        with open(self.path("values.csv")) as file:
            self.assertEqual(file.read(), out)
        self.refused(FAILED, ["OUT_OF_RANGE"], "field", "evaluate", "cells", "--points", points, "--time", "77")
        self.refused(FAILED, ["--extrapolate allows it"], "field", "evaluate", "cells", "--points", points, "--time", "77")
        self.refused(MISUSED, ["--out must end in .csv"], "field", "evaluate", "cells", "--points", points, "--time", "1",
                     "--out", self.path("values.npz"))
        self.refused(FAILED, ["`actionmatch field list` shows"], "field", "show", "nothing")
        self.refused(MISUSED, ["speed"], "field", "evaluate", "cells", "--points", points, "--time", "1", "--quantities", "speed")
        self.refused(MISUSED, ["--time"], "field", "evaluate", "cells", "--points", points, "--time", "noon")

    def test_points_and_datasets_must_have_the_fields_components_in_its_order(self):
        rows = ["%r,%r,%r" % (k % 2, x, y) for k, (x, y) in enumerate(np.random.default_rng(5).standard_normal((60, 2)).tolist())]
        self.server.cli("dataset", "put", "xy", self.path("xy.csv", "t,x,y\n" + "\n".join(rows) + "\n"))
        self.server.cli("dataset", "put", "yx", self.path("yx.csv", "t,y,x\n" + "\n".join(rows) + "\n"))
        self.server.cli("job", "submit", "xy", "--name", "xy", "--wait", *SMALL, "--set", "training.steps=20")
        evaluate = ("field", "evaluate", "xy", "--time", "0.5", "--points")
        sample = ("trajectory", "sample", "xy", "--times", "1", "--out", self.path("xy.npz"))
        right = self.server.cli(*evaluate, self.path("right.csv", "x,y\n1,2\n"))
        turned = self.path("turned.csv", "y,x\n2,1\n")
        for command in (evaluate, (*sample, "--points"), ("field", "density", "xy", "--time", "1", "--points")):
            self.refused(FAILED, ["turned.csv has components y, x, but fields/xy has components x, y", "--points-key", "x,y"],
                         *command, turned)
            self.refused(FAILED, ["has components t, x, y", "--points-key"], *command, self.path("xy.csv"))
        self.assertEqual(self.server.cli(*evaluate, turned, "--points-key", "x,y"), right)
        # Other names are taken in the order that is asked for.
        other = self.path("other.csv", "a,b\n1,2\n")
        self.refused(FAILED, ["components a, b"], *evaluate, other)
        self.assertEqual(self.server.cli(*evaluate, other, "--points-key", "a,b"), right)
        np.save(self.path("plain.npy"), [[1.0, 2.0]])
        self.assertEqual(self.server.cli(*evaluate, self.path("plain.npy")), right)
        np.save(self.path("wide.npy"), [[1.0, 2.0, 3.0]])
        self.refused(FAILED, ["wide.npy has 3 components, but fields/xy has components x, y"], *evaluate, self.path("wide.npy"))
        for command in ((*sample, "--dataset", "yx", "--at", "0"), ("field", "score", "xy", "yx"),
                        ("field", "density", "xy", "--time", "1", "--points", self.path("right.csv"), "--gaussian", "yx")):
            self.refused(FAILED, ["datasets/yx has components y, x, but fields/xy has x, y, the same in another order"], *command)

    def test_ensembles_print_their_spread_and_densities_follow_points(self):
        self.server.cli("job", "submit", "cells", "--name", "many", "--wait", *SMALL, "--set", "training.steps=50",
                        "--set", "members=2")
        points = self.path("p3.csv", "x1,x2,x3\n0,0,0\n1,0.5,-0.5\n")
        header, first, _ = self.server.cli("field", "evaluate", "many", "--points", points, "--time", "1", "--spread").split("\n", 2)
        self.assertEqual(header.strip(), "v_x1,v_x2,v_x3,spread_v_x1,spread_v_x2,spread_v_x3")
        self.assertTrue(all(float(x) > 0 for x in first.split(",")[3:]))
        self.assertIn("+-", self.server.cli("field", "score", "many", "cells"))
        self.assertNotIn("+-", self.server.cli("field", "score", "many", "cells", "--member", "1"))
        out = self.server.cli("field", "density", "many", "--points", points, "--time", "2", "--gaussian", "cells")
        rows = [line.split(",") for line in out.split()]
        self.assertEqual(rows[0], ["origin_x1", "origin_x2", "origin_x3", "log_density_change", "log_density"])
        self.assertEqual(len(rows), 3)
        self.refused(FAILED, ["member 2"], "field", "evaluate", "many", "--points", points, "--time", "1", "--member", "2")

    def test_growth_and_noise_go_into_trajectories(self):
        self.server.cli("dataset", "simulate", "three-gene", "genes", "--set", "points=60", "--set", "snapshots=3")
        self.server.cli("job", "submit", "genes", "--name", "genes", "--wait", *SMALL, "--set", "dynamics.lambda=1",
                        "--set", "dynamics.sigma=0.05")
        out = self.path("g.npz")
        self.server.cli("trajectory", "sample", "genes", "--dataset", "genes", "--at", "0", "--times", "8,16", "--out", out,
                        "--method", "euler_maruyama", "--steps", "20", "--seed", "3", "--plot", self.path("g.svg"))
        log_weights = np.load(out)["log_weights"]
        self.assertEqual(log_weights.shape, (2, 60))
        self.assertGreater(log_weights[1].std(), 0)
        self.refused(FAILED, ["no score"], "trajectory", "sample", "genes", "--dataset", "genes", "--at", "16", "--times",
                     "8", "--out", out)
        # Drawn anew by weight, from the dataset as from a file of its points.
        self.server.cli("dataset", "get", "genes", "--out", self.path("genes.npz"))
        genes = np.load(self.path("genes.npz"))
        np.save(self.path("genes.npy"), genes["x"][genes["t"] == 0])
        ends = []
        dataset, points = ("--dataset", "genes", "--at", "0"), ("--points", self.path("genes.npy"))
        for more in (dataset + ("--resample-below", "1"), points + ("--resample-below", "1"), points):
            self.server.cli("trajectory", "sample", "genes", "--times", "8,16", "--steps", "20", "--out", out, *more)
            ends.append(np.load(out)["points"][1])
        np.testing.assert_array_equal(ends[0], ends[1])
        self.assertFalse(np.array_equal(ends[1], ends[2]))
        score = self.server.cli_json("field", "score", "genes", "genes")[0]["fromFirst"][0]
        self.assertIn("observedMass", score)

    def test_trajectories_in_npz_and_csv_agree_and_have_the_asked_frames(self):
        sample = ("trajectory", "sample", "cells", "--dataset", "cells", "--at", "0", "--times", "2,0,4")
        self.server.cli(*sample, "--out", self.path("t.npz"), "--plot", self.path("t.svg"))
        self.server.cli(*sample, "--out", self.path("t.csv"))
        arrays = np.load(self.path("t.npz"))
        self.assertEqual([arrays[k].shape for k in ("times", "points", "log_weights")], [(3,), (3, 80, 3), (3, 80)])
        np.testing.assert_array_equal(arrays["times"], [2, 0, 4])
        with open(self.path("t.csv")) as file:
            self.assertEqual(file.readline(), "time,id,log_weight,x1,x2,x3\n")
            rows = np.loadtxt(file, delimiter=",")
        np.testing.assert_array_equal(rows[:, 3:].reshape(3, 80, 3), arrays["points"])
        np.testing.assert_array_equal(rows[:, 0], np.repeat([2, 0, 4], 80))
        self.server.cli("dataset", "get", "cells", "--out", self.path("cells.npz"))
        cells = np.load(self.path("cells.npz"))
        np.testing.assert_array_equal(arrays["points"][1], cells["x"][cells["t"] == 0])

        svg = xml.etree.ElementTree.parse(self.path("t.svg")).getroot()
        kinds = [element.tag.rpartition("}")[2] for element in svg.iter()]
        self.assertEqual(kinds.count("polyline"), 80)
        self.assertGreaterEqual(kinds.count("circle"), 400)

    def test_points_from_a_file_go_the_same_way(self):
        start = np.zeros((5, 3), np.float32)
        np.save(self.path("start.npy"), start)
        self.server.cli("trajectory", "sample", "cells", "--points", self.path("start.npy"), "--times", "0,4", "--steps", "50",
                        "--out", self.path("s.npz"))
        self.server.cli("trajectory", "sample", "cells", "--points", self.path("start.npy"), "--times", "0,4",
                        "--tolerance", "1e-8", "--out", self.path("d.npz"))
        steps, dense = (np.load(self.path(n))["points"] for n in ("s.npz", "d.npz"))
        self.assertEqual(steps.dtype, np.float32)
        np.testing.assert_allclose(steps, dense, atol=1e-3)
        for words, more in ((["either --points"], []), (["--at"], ["--dataset", "cells"]),
                            (["exclude"], ["--points", self.path("start.npy"), "--steps", "5", "--tolerance", "1"]),
                            (["--method"], ["--points", self.path("start.npy"), "--method", "magic"])):
            self.refused(MISUSED, words, "trajectory", "sample", "cells", "--times", "1", "--out", self.path("n.npz"), *more)
        self.refused(FAILED, ["s.npz: points has shape (2, 5, 3), as trajectories have", '["points"][-1]'], "trajectory",
                     "sample", "cells", "--points", self.path("s.npz"), "--times", "1", "--out", self.path("n.npz"))
        self.refused(FAILED, ["--steps is required for --method RK4"], "trajectory", "sample", "cells", "--points",
                     self.path("start.npy"), "--times", "1", "--method", "rk4", "--out", self.path("n.npz"))
        self.refused(MISUSED, ["--times"], "trajectory", "sample", "cells", "--points", self.path("start.npy"), "--times", "1,two",
                     "--out", self.path("n.npz"))
        self.refused(FAILED, ["--at 0.5", "0, 1, 2, 3, 4"], "trajectory", "sample", "cells", "--dataset", "cells", "--at", "0.5",
                     "--times", "1", "--out", self.path("n.npz"))

    def test_the_server_reads_the_start_from_its_dataset_itself(self):
        def reads():
            return self.server.metric(CALLS % "DatasetService/ReadSnapshots") or 0
        before = reads()
        sample = ("trajectory", "sample", "cells", "--dataset", "cells", "--at", "1", "--times", "2", "--out", self.path("r.npz"))
        self.server.cli(*sample)
        self.assertEqual(reads(), before)
        self.server.cli(*sample, "--plot", self.path("r.svg"))
        self.assertEqual(reads(), before + 1)
        self.refused(MISUSED, ["--plot", ".svg"], *sample, "--plot", self.path("r.png"))

    def test_pieces_are_as_small_as_the_server_wants_them(self):
        self.server.cli("field", "export", "cells", "--out", self.path("small.safetensors"))
        x = np.random.default_rng(2).standard_normal((9000, 3))
        np.save(self.path("many.npy"), np.column_stack([np.zeros(9000), x]))
        np.save(self.path("start.npy"), x)
        evaluate = ("field", "evaluate", "cells", "--points", self.path("start.npy"), "--time", "1")
        sample = ("trajectory", "sample", "cells", "--points", self.path("start.npy"), "--times", "1", "--steps", "2",
                  "--out", self.path("many.npz"))
        self.server.cli("dataset", "put", "many", self.path("many.npy"))
        values = self.server.cli(*evaluate)
        self.server.cli(*sample)
        ends = np.load(self.path("many.npz"))["points"]
        with Server(arguments=["--log-level", "warning", "--max-message-bytes", "65536"]) as small:
            small.cli("dataset", "put", "many", self.path("many.npy"))
            small.cli("dataset", "put", "many", self.path("many.npy"))
            self.assertEqual(small.cli_json("dataset", "show", "many")[0]["contentHash"], self.show("many")["contentHash"])
            small.cli("field", "import", self.path("small.safetensors"), "--field", "cells")
            self.assertEqual(small.cli(*evaluate), values)
            small.cli(*sample)
            np.testing.assert_array_equal(np.load(self.path("many.npz"))["points"], ends)
            code, _, error = run_cli("--server", small.address, *sample, "--resample-below", "0.5")
            self.assertEqual(code, FAILED)
            self.assertIn("--max-message-bytes", error)


if __name__ == "__main__":
    main()
