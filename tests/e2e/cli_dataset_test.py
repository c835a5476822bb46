"""actionmatch dataset against a real server: files in, files out, simulations."""

import os
import re
import signal
import subprocess

import numpy as np
from cli import DONE, FAILED, INTERRUPTED, MISUSED, SMALL, CliTest, catches
from harness import BIN, batch, main, run_cli, until
from relay import Relay


class CliDatasets(CliTest):
    def test_files_of_every_kind_give_the_same_dataset(self):
        rng = np.random.default_rng(0)
        x, t = rng.standard_normal((40, 3)), np.repeat([0.0, 1.5], 20)
        np.savez(self.path("a.npz"), X=x, day=t)
        np.savez_compressed(self.path("b.npz"), stuff=np.asfortranarray(x), when=t.astype(">f8"), label=np.array(["s"] * 40))
        np.save(self.path("c.npy"), np.column_stack([t, x]))
        rows = ["%r,%r,%r,%r" % (a, b, c, d) for (a, b, c), d in zip(x.tolist(), t.tolist())]
        self.path("d.csv", "\ufeffu,\"v\",w2,time\r\n" + "\r\n".join(rows) + "\r\n")
        puts = {"kind-a": [self.path("a.npz")],
                "kind-b": [self.path("b.npz"), "--time-key", "when", "--points-key", "stuff"],
                "kind-c": [self.path("c.npy")],
                "kind-d": [self.path("d.csv"), "--points-key", "u,v", "--points-key", "w2"]}
        hashes = set()
        for name, arguments in puts.items():
            self.server.cli("dataset", "put", name, *arguments)
            hashes.add(self.show(name)["contentHash"])
        self.assertEqual(len(hashes), 1)
        self.assertEqual(self.show("kind-d")["axisNames"], ["u", "v", "w2"])

    def test_a_dataset_comes_back_as_it_was_put(self):
        for name in ("back.csv", "back.npz"):
            self.server.cli("dataset", "get", "cells", "--out", self.path(name))
            self.server.cli("dataset", "put", name.replace(".", "-"), self.path(name))
            self.assertEqual(self.show(name.replace(".", "-"))["contentHash"], self.show("cells")["contentHash"])
        arrays = np.load(self.path("back.npz"))
        self.assertEqual((arrays["x"].shape, arrays["t"].shape), ((400, 3), (400,)))

    def test_putting_twice_changes_nothing_and_other_rows_need_append(self):
        first = self.path("first.csv", "t,x\n0,1\n1,2\n")
        other = self.path("other.csv", "t,x\n2,3\n")
        self.server.cli("dataset", "put", "twice", first)
        before = self.show("twice")
        self.server.cli("dataset", "put", "twice", first)
        self.assertEqual(self.show("twice"), before)
        error = self.refused(FAILED, ["batch 1", "ALREADY_EXISTS", "--append"], "dataset", "put", "twice", other)
        self.assertNotIn("100%", error)
        self.server.cli("dataset", "put", "twice", other, "--append", "--time-unit", "")
        self.assertEqual([s["time"] for s in self.show("twice")["snapshots"]], [0, 1, 2])

    def put_through_relay(self, path, stop):
        """Appends to "cut", and has it stopped when some rows but not all have got through; (exit code, errors)."""
        relay = Relay(self.server, 4 << 20)
        command = subprocess.Popen([os.path.join(BIN, "actionmatch"), "--server", relay.address, "dataset", "put", "cut",
                                    path, "--append"], stderr=subprocess.PIPE, text=True)
        self.assertIn("put datasets/cut", command.stderr.readline())
        stop(relay, command)
        relay.close()
        error = command.stderr.read()
        command.stderr.close()
        return command.wait(), error

    def test_an_append_that_was_cut_off_goes_on_without_sending_rows_twice(self):
        def interrupt(relay, command):
            command.send_signal(signal.SIGINT)
            until(lambda: not catches(command.pid, signal.SIGINT), "Ctrl-C to be noticed")
            relay.opened.set()

        def lose(relay, command):
            relay.cut()
        path = self.path("cut.npy")
        np.save(path, np.random.default_rng(3).standard_normal((400000, 11)).round(2))
        self.server.cli("dataset", "put", "cut", self.path("cut.csv", "t," + ",".join("abcdefghij") + "\n" + "0," * 10 + "0\n"))
        before = 1
        for stop, code in ((interrupt, INTERRUPTED), (lose, FAILED)):
            got, error = self.put_through_relay(path, stop)
            self.assertEqual(got, code, error)
            stored, count, batch = map(int, re.search(
                r"at least (\d+) of (\d+) rows are stored: .*--append-from (\d+) in place of --append", error).groups())
            self.assertEqual(count, 400000)
            self.assertTrue(0 < stored <= int(self.show("cut")["rowCount"]) - before < count, error)
            for _ in range(2):
                self.server.cli("dataset", "put", "cut", path, "--append-from", str(batch))
                self.assertEqual(int(self.show("cut")["rowCount"]), before + count)
            before += count
        self.refused(MISUSED, ["--append-from"], "dataset", "put", "cut", path, "--append-from", "100000")

    def test_rows_are_not_rounded_without_a_word(self):
        np.savez(self.path("single.npz"), x=np.ones((2, 1), np.float32), t=np.zeros(2))
        self.server.cli("dataset", "put", "single", self.path("single.npz"))
        self.server.cli("dataset", "put", "single", self.path("exact.csv", "t,x\n1,0.5\n"), "--append")
        self.refused(FAILED, ["float32", "would round 0.1 to"], "dataset", "put", "single",
                     self.path("tenth.csv", "t,x\n2,0.1\n"), "--append")
        self.assertEqual(self.show("single")["rowCount"], "3")

    def test_times_and_weights_are_printed_in_full(self):
        path = self.path("years.csv", "t,x,w\n-0,1,1\n2020.25,1,0.125\n2020.5,2,10000.5\n")
        self.server.cli("dataset", "put", "years", path)
        rows = [line.split() for line in self.server.cli("dataset", "show", "years").splitlines()[-3:]]
        self.assertEqual(rows, [["0", "1", "1"], ["2020.25", "1", "0.125"], ["2020.5", "1", "10000.5"]])

    def test_a_dataset_keeps_its_unit_and_components(self):
        first = self.path("kept.csv", "t,a,b\n0,1,1\n")
        self.server.cli("dataset", "put", "kept", first, "--time-unit", "day")
        self.assertIn("day", self.server.cli("dataset", "show", "kept"))
        self.refused(FAILED, ['"day"', "--time-unit"], "dataset", "put", "kept", first, "--append", "--time-unit", "hour")
        turned = self.path("turned.csv", "t,b,a\n0,1,1\n")
        self.refused(FAILED, ["a, b", "b, a"], "dataset", "put", "kept", turned, "--append")
        self.server.cli("dataset", "put", "kept", first, "--append", "--time-unit", "day")
        self.assertEqual(self.show("kept")["rowCount"], "2")

    def test_a_put_that_is_refused_leaves_nothing_behind_that_it_made(self):
        rows = self.path("times.csv", "t,x\n" + "".join("%d,1\n" % t for t in range(10001)))
        error = self.refused(FAILED, ["RESOURCE_EXHAUSTED", "10000"], "dataset", "put", "crowded", rows)
        self.assertNotIn("100%", error)
        self.refused(FAILED, ["NOT_FOUND"], "dataset", "show", "crowded")
        self.server.cli("dataset", "put", "calm", self.path("calm.csv", "t,x\n0.5,1\n"))
        self.refused(FAILED, ["RESOURCE_EXHAUSTED"], "dataset", "put", "calm", rows, "--append")
        self.assertEqual(self.show("calm")["rowCount"], "1")

    def test_components_named_like_times_come_back_under_other_names(self):
        path = self.path("names.csv", "when,time,w\n0,1,2\n1,3,4\n")
        self.server.cli("dataset", "put", "names", path, "--time-key", "when", "--points-key", "time,w")
        self.assertEqual(self.show("names")["axisNames"], ["time", "w"])
        _, _, error = run_cli("--server", self.server.address, "dataset", "get", "names", "--out", self.path("names-back.csv"))
        self.assertIn("component 1 (time) is column time_", error)
        self.server.cli("dataset", "put", "names-back", self.path("names-back.csv"))
        self.assertEqual(self.show("names-back")["contentHash"], self.show("names")["contentHash"])

    def test_components_of_any_name_come_back(self):
        self.server.create("odd", axis_names=["a", "a", "", " b\n", "time"], dimension=5)
        self.server.append("odd", [batch(1, np.arange(10.0).reshape(2, 5), 0.0)])
        self.server.cli("dataset", "get", "odd", "--out", self.path("odd.csv"))
        self.server.cli("dataset", "put", "odd-back", self.path("odd.csv"))
        self.assertEqual(self.show("odd-back")["axisNames"], ["a", "a_", "x3", " b\n", "time_"])
        self.assertEqual(self.show("odd-back")["contentHash"], self.show("odd")["contentHash"])

    def test_what_became_a_component_is_told(self):
        path = self.path("TOLD.CSV", "cell,id,t,x\nAA,1,0,2\nAC,2,1,3\n")
        code, out, error = run_cli("--server", self.server.address, "dataset", "put", "told", path)
        self.assertEqual(code, DONE)
        self.assertRegex(out, r"(?m)^components +2: id, x$")
        self.assertIn("left out (text): cell", error)
        many = ",".join("g%d" % i for i in range(30))
        self.server.cli("dataset", "put", "many-names", self.path("many-names.csv", "t,%s\n%s\n" % (many, ",".join("0" * 31))))
        self.assertRegex(self.server.cli("dataset", "show", "many-names"), r"(?m)^components +30: g0, .*g19, \.\.\.$")

    def test_whitening_is_kept_and_applied_to_other_files(self):
        rng = np.random.default_rng(1)
        x = rng.standard_normal((50, 4)) * [1, 10, 0.1, 5]
        np.savez(self.path("raw.npz"), x=x, t=np.arange(50) % 2)
        np.savez(self.path("more.npz"), x=2 * x, t=np.arange(50) % 2)
        self.server.cli("dataset", "put", "white", self.path("raw.npz"), "--components", "3", "--whiten")
        self.server.cli("dataset", "put", "like", self.path("more.npz"), "--components", "3", "--like", "white")
        scale = x[:, :3].std(0)
        np.testing.assert_allclose(self.show("white")["transform"]["scale"], scale, rtol=1e-12)
        for name, factor in (("white", 1), ("like", 2)):
            self.server.cli("dataset", "get", name, "--out", self.path("w.npz"))
            np.testing.assert_allclose(np.load(self.path("w.npz"))["x"], factor * x[:, :3] / scale, rtol=1e-12)
        self.refused(MISUSED, ["--whiten and --like"], "dataset", "put", "no", self.path("raw.npz"), "--whiten", "--like", "white")
        self.refused(FAILED, ["no transform"], "dataset", "put", "no", self.path("raw.npz"), "--like", "cells")
        flat = self.path("flat.csv", "t,a,b\n0,1,2\n1,1,3\n")
        self.refused(FAILED, ["component a"], "dataset", "put", "no", flat, "--whiten")

    def test_a_field_keeps_the_transform_of_its_dataset(self):
        rows = self.path("tall.csv", "t,a,b\n" + "".join("%d,%d,%g\n" % (i % 2, i * i % 7, i % 5 / 9) for i in range(40)))
        self.server.cli("dataset", "put", "tall", rows, "--whiten")
        self.server.cli("job", "submit", "tall", "--field", "tall", "--wait", *SMALL)
        self.assertIn("divided by a scale", self.server.cli("field", "show", "tall"))
        self.server.cli("dataset", "put", "tall-raw", rows)
        for verb in (("field", "score", "tall", "tall-raw"),
                     ("trajectory", "sample", "tall", "--dataset", "tall-raw", "--at", "0", "--times", "1", "--out", self.path("o.npz"))):
            self.refused(FAILED, ["divided by no transform", "put their files with --like fields/tall"], *verb)
        self.server.cli("dataset", "put", "tall-again", rows, "--like", "fields/tall")
        self.assertEqual(self.show("tall-again")["transform"], self.show("tall")["transform"])
        self.server.cli("field", "score", "tall", "tall-again")
        self.refused(FAILED, ["fields/cells has no transform"], "dataset", "put", "no", rows, "--like", "fields/cells")
        points = self.path("tall-points.csv", "a,b\n1,2\n")
        code, out, error = run_cli("--server", self.server.address, "field", "evaluate", "tall", "--points", points, "--time", "0")
        self.assertEqual(code, DONE)
        self.assertIn("taken as divided by the transform of fields/tall", error)

    def test_weights_are_sent_and_come_back(self):
        path = self.path("weights.csv", "t,x,w\n0,1,2\n0,2,0.5\n1,2,1\n")
        self.server.cli("dataset", "put", "weighted", path)
        self.assertEqual([s["weightSum"] for s in self.show("weighted")["snapshots"]], [2.5, 1])
        self.server.cli("dataset", "get", "weighted", "--out", self.path("weighted.csv"))
        with open(self.path("weighted.csv")) as file:
            self.assertEqual(file.read(), "time,weight,x\n0,2,1\n0,0.5,2\n1,1,2\n")
        path = self.path("mass.csv", "t,x,mass\n0,1,2\n0,2,0.5\n1,2,1\n")
        self.server.cli("dataset", "put", "mass", path, "--weights-key", "mass")
        self.assertEqual(self.show("mass")["contentHash"], self.show("weighted")["contentHash"])
        np.savez(self.path("mass.npz"), t=[0, 0, 1], x=[[1.0], [2.0], [2.0]], mass=[2, 0.5, 1])
        self.server.cli("dataset", "put", "mass-npz", self.path("mass.npz"), "--weights-key", "mass")
        self.assertEqual(self.show("mass-npz")["contentHash"], self.show("weighted")["contentHash"])
        self.refused(FAILED, ["mass.csv", "named load"], "dataset", "put", "bad", path, "--weights-key", "load")
        path = self.path("debt.csv", "t,x,w\n0,1,2\n0,2,-1\n")
        self.refused(FAILED, ["debt.csv", "w is -1 in row 1"], "dataset", "put", "bad", path)

    def test_bad_files_are_told_with_their_place(self):
        for text, words in (("t,x\n0,1\n1,abc\n", ["line 3", "column x", "abc"]), ("t,x\n0,1\n1\n", ["line 3", "1 cells"]),
                            ("t,x\n0,nan\n", ["line 2", "column x"]), ("t,x\n0,\n", ["line 2", "column x"]),
                            ("t,t\n0,1\n", ["two columns", "t"]), ("t,x\n", ["no rows"]),
                            ("", ["is empty"]), ("0,1\n1,2\n", ["line 1 holds numbers", "time,x,y"]), ("x,y\n0,1\n", ["x, y", "--time-key"]),
                            ("x,day,time\n0,1,2\n", ["day, time", "--time-key"])):
            self.refused(FAILED, ["bad.csv"] + words, "dataset", "put", "bad", self.path("bad.csv", text))
        np.savez(self.path("bad.npz"), x=np.array([[1.0, np.inf]]), t=np.zeros(1))
        self.refused(FAILED, ["bad.npz", "row 0, column 1"], "dataset", "put", "bad", self.path("bad.npz"))
        np.savez(self.path("bad.npz"), x=np.ones((3, 2)), t=np.zeros(2))
        self.refused(FAILED, ["bad.npz", "2 elements", "3 points"], "dataset", "put", "bad", self.path("bad.npz"))
        self.refused(FAILED, ["no array named y", "t, x"], "dataset", "put", "bad", self.path("bad.npz"), "--points-key", "y")
        np.savez(self.path("grid.npz"), x=np.ones((6, 2)), t=np.zeros((2, 3)))
        self.refused(FAILED, ["grid.npz", "shape (2, 3)", "6 points"], "dataset", "put", "bad", self.path("grid.npz"))
        np.savez(self.path("none.npz"))
        self.refused(FAILED, ["none.npz", "no arrays"], "dataset", "put", "bad", self.path("none.npz"))
        self.refused(FAILED, ["gunzip"], "dataset", "put", "bad", self.path("bad.csv.gz", "x"))
        self.refused(MISUSED, ["--time-key is empty"], "dataset", "put", "bad", self.path("bad.npz"), "--time-key", "")
        np.save(self.path("wide.npy"), np.zeros((1, 65538)))
        self.refused(MISUSED, ["65537 components", "--components"], "dataset", "put", "bad", self.path("wide.npy"))
        self.refused(FAILED, ["first.csv", "x, y", "y, x"], "dataset", "put", "bad", self.path("second.csv", "t,y,x\n0,1,2\n"),
                     self.path("first.csv", "t,x,y\n0,1,2\n"))
        np.savez(self.path("half.npz"), points=np.ones((3, 2), np.float16), t=np.zeros(3))
        self.refused(FAILED, ["half.npz", "array points", "<f2", "float32"], "dataset", "put", "bad", self.path("half.npz"))
        np.savez(self.path("objects.npz"), x=np.ones((3, 2)), t=np.array([0, None, 1]))
        self.refused(FAILED, ["objects.npz", "array t", "|O"], "dataset", "put", "bad", self.path("objects.npz"))
        self.refused(MISUSED, ["--points-key", "x1 is named twice"], "dataset", "put", "bad", self.path("first.csv"),
                     "--points-key", "x1,x1")
        np.savez_compressed(self.path("flip.npz"), x=np.random.default_rng(4).standard_normal((500, 2)), t=np.zeros(500))
        with open(self.path("flip.npz"), "r+b") as file:
            file.seek(2000)
            byte = file.read(1)
            file.seek(2000)
            file.write(bytes([byte[0] ^ 1]))
        self.refused(FAILED, ["flip.npz", "damaged"], "dataset", "put", "bad", self.path("flip.npz"))
        os.mkdir(self.path("folder.csv"))
        self.refused(FAILED, ["folder.csv", "it is a folder"], "dataset", "put", "bad", self.path("folder.csv"))
        self.refused(FAILED, ["nowhere.csv"], "dataset", "put", "bad", self.path("nowhere.csv"))
        self.refused(FAILED, [".csv, .npz, .npy"], "dataset", "put", "bad", self.path("x.txt", "1"))
        self.refused(FAILED, ["bad.npz"], "dataset", "put", "bad", self.path("bad.npz", "this is no archive"))
        self.refused(MISUSED, ["--components"], "dataset", "put", "bad", self.path("g.csv", "t,x\n0,1\n"), "--components", "2")
        self.refused(FAILED, ["NOT_FOUND"], "dataset", "show", "bad")

    def test_simulations_take_their_parameters_by_name(self):
        self.server.cli("dataset", "simulate", "gaussians", "sim", "--set", "points=10", "--set", "snapshots=3", "--seed", "7")
        self.assertEqual(self.show("sim")["simulation"], {
            "gaussians": {"dimension": 2, "snapshots": 3, "points": 10, "shift": 2, "spread": 0.5}, "seed": "7"})
        self.refused(MISUSED, ["branches", "noise"], "dataset", "simulate", "branching", "no", "--set", "twigs=3")
        self.refused(MISUSED, ["gaussians, branching, ou"], "dataset", "simulate", "cubes", "no")

    def test_lists_are_one_object_a_line_and_deleting_deletes(self):
        self.server.cli("dataset", "simulate", "gaussians", "gone", "--set", "points=5")
        names = [d["name"] for d in self.server.cli_json("dataset", "list")]
        self.assertIn("datasets/gone", names)
        self.assertIn("gone", self.server.cli("dataset", "list"))
        self.server.cli("dataset", "delete", "gone")
        self.refused(FAILED, ["datasets/gone"], "dataset", "show", "gone")


if __name__ == "__main__":
    main()
