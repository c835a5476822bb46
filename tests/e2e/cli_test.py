"""The actionmatch CLI against a real server: every verb, its files, its exit codes."""

import fcntl
import json
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import threading
import unittest
import xml.etree.ElementTree

import numpy as np
from harness import BIN, DATA, Server, batch, main, run_cli, spec, until

DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130
CALLS = 'actionmatch_calls_total{code="OK",method="%s"}'
SMALL = ("--set", "training.steps=200", "--set", "potential.hidden=32,32", "--set", "training.batch_size=64",
         "--set", "training.ema_decay=0.99")


class Relay:
    """Stands between one client and the server, and lets only so many bytes of the client's through until it is opened."""

    def __init__(self, server, allowed):
        host, port = server.address.rsplit(":", 1)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.server = socket.create_connection((host, int(port)))
        self.client = None
        self.allowed = allowed
        self.opened = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        self.client, _ = self.listener.accept()
        answers = threading.Thread(target=self.copy, args=(self.server, self.client))
        answers.start()
        self.copy(self.client, self.server)
        answers.join()

    def copy(self, source, target):
        passed = 0
        try:
            while data := source.recv(1 << 16):
                passed += len(data)
                if source is self.client and passed > self.allowed:
                    self.opened.wait()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it was cut

    def cut(self):
        for end in (self.client, self.server):
            end.shutdown(socket.SHUT_RDWR)
        self.opened.set()

    def close(self):
        self.opened.set()
        self.thread.join()
        for end in (self.listener, self.client, self.server):
            end.close()


def catches(pid, signal_number):
    """Whether the process has a handler for the signal."""
    with open("/proc/%d/status" % pid) as file:
        caught = re.search(r"(?m)^SigCgt:\s+(\w+)$", file.read()).group(1)
    return int(caught, 16) >> (signal_number - 1) & 1 == 1


class Cli(unittest.TestCase):
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

    # Datasets

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

    # Jobs

    def test_specs_come_from_files_and_settings_and_are_shown_whole(self):
        path = self.path("spec.json", '{"training": {"steps": "7"}, "path": {"kind": "KIND_LINEAR"}}')
        spec = self.server.cli_json("job", "submit", "cells", "--spec", path, "--set", "training.batch_size=9",
                                    "--set", "potential.hidden=5,6", "--set", "hold_out.test_times=1,2", "--print-spec")[0]
        self.assertEqual((spec["training"]["steps"], spec["training"]["batchSize"]), ("7", 9))
        self.assertEqual((spec["path"]["kind"], spec["potential"]["hidden"]), ("KIND_LINEAR", [5, 6]))
        self.assertEqual(spec["holdOut"]["testTimes"], [1, 2])
        again = self.server.cli_json("job", "submit", "cells", "--spec", self.path("again.json", json.dumps(spec)), "--print-spec")[0]
        self.assertEqual(again, spec)
        shown = self.server.cli("job", "submit", "cells", "--spec", self.path("again.json"), "--print-spec")
        self.assertGreater(len(shown.splitlines()), 10)
        self.assertEqual(json.loads(shown), spec)
        self.refused(MISUSED, ["spec2.json", "stepz"], "job", "submit", "cells", "--spec",
                     self.path("spec2.json", '{"training": {"stepz": 7}}'))
        self.refused(MISUSED, ["path.kind", "auto, observed, linear, ot"], "job", "submit", "cells", "--set", "path.kind=best")
        self.refused(MISUSED, ["steps"], "job", "submit", "cells", "--set", "training.steps=many")
        self.refused(FAILED, ["training.steps", "training.batch_size"], "job", "submit", "cells",
                     "--set", "training.steps=0", "--set", "training.batch_size=0")

    def test_a_job_is_watched_shown_cancelled_and_deleted(self):
        name = self.server.cli("job", "submit", "cells", "--set", "training.steps=10000000").strip()
        self.assertTrue(name.startswith("jobs/"))
        until(lambda: self.server.job(name).progress.step > 0, "progress")
        self.assertIn("RUNNING", self.server.cli("job", "list"))
        watch = self.start("--json", "job", "watch", name, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.assertEqual(json.loads(watch.stdout.readline())["job"]["state"], "STATE_RUNNING")
        self.refused(FAILED, ["FAILED_PRECONDITION"], "job", "delete", name)
        with self.start("job", "watch", name, stderr=subprocess.PIPE, text=True) as interrupted:
            self.assertIn(name, interrupted.stderr.readline())
            interrupted.send_signal(signal.SIGINT)
            self.assertIn("The job goes on", interrupted.stderr.read())
        self.assertEqual(interrupted.returncode, INTERRUPTED)
        _, out, error = run_cli("--server", self.server.address, "job", "cancel", name)
        self.assertIn(name, out)
        self.assertIn("asked to stop", error)
        messages = [json.loads(line) for line in watch.stdout]
        self.assertEqual(messages[-1]["job"]["state"], "STATE_CANCELLED")
        self.assertEqual(watch.wait(), FAILED)
        watch.stdout.close()
        self.assertEqual(self.server.cli_json("job", "show", name)[0]["state"], "STATE_CANCELLED")
        _, _, error = run_cli("--server", self.server.address, "job", "cancel", "cells")
        self.assertIn("had ended before", error)
        self.server.cli("job", "delete", name)
        self.refused(FAILED, ["NOT_FOUND"], "job", "show", name)

    def test_waiting_shows_the_held_out_distances_at_the_end(self):
        out = self.server.cli("job", "submit", "cells", "--field", "waited", "--wait", *SMALL)
        self.assertIn("VALIDATION", out)
        self.assertRegex(out, r"(?m)^state +SUCCEEDED$")
        name = re.search(r"(?m)^name +(\S+)$", out).group(1)
        row = [line.split() for line in self.server.cli("job", "list").splitlines() if line.startswith(name[len("jobs/"):])][0]
        job = self.server.job(name)
        self.assertEqual(row[4], "%d/%d" % (job.progress.total_steps, job.progress.total_steps))
        self.server.cli("field", "delete", "waited")
        self.refused(FAILED, ["fields/waited"], "field", "show", "waited")

    def test_a_watched_jobs_server_may_stop_and_the_job_goes_on(self):
        with Server(arguments=["--log-level", "warning"]) as server:
            server.simulate("cells", points=60)
            server.submit("cells", "long", spec(10000000))
            with subprocess.Popen([os.path.join(BIN, "actionmatch"), "--server", server.address, "job", "watch", "long"],
                                  stderr=subprocess.PIPE, text=True) as watch:
                self.assertIn("jobs/long", watch.stderr.readline())
                server.terminate()
                error = watch.stderr.read()
            self.assertEqual(watch.returncode, FAILED)
            self.assertIn("the job goes on with the server: follow it with `actionmatch job watch long`", error)

    # Fields and trajectories

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

    # All commands

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
