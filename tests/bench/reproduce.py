"""Drives server and CLI from data to tables, ours beside the published figures. Run by reproduce.sh."""

import argparse
import datetime
import os
import platform
import subprocess
import sys
import tempfile
import time

import numpy as np
from harness import BIN, DATA, SOURCE, Server
from report import Bench, number, say, spread, table

# Wasserstein-1 on EMT, all 577 cells of t = 0 pushed to t = 1, 2, 3, all cells seen in training, as published by others.
EMT_PUBLISHED = [
    ("Action Matching, as others ran it", .472, .638, .845), ("OT-CFM", .256, .270, .280), ("[SF]2M", .257, .281, .290),
    ("MIOFlow", .244, .267, .284), ("TIGON", .243, .266, .285), ("Var-RUOT", .254, .267, .268),
    ("CytoBridge", .240, .259, .269), ("DeepRUOT", .239, .253, .261)]
EB_LEAVE_OUT_MIDPOINT = [.848, .884, .930]  # the exact transport midpoint of the neighbouring days
# W1 of the three-gene populations, from the first snapshot, as published (not on these cells: each draws its own).
THREE_GENE_PUBLISHED = "best .045 .039 .045 .057, AM .380 .503 .629 .848"


def emt(bench):
    say("== EMT: 3133 cells, 10 components, t = 0..3")
    bench.server.cli("dataset", "put", "emt", os.path.join(DATA, "emt.csv"), "--time-key", "samples")
    run = bench.train("emt", "emt-in-sample", "hold_out.validation_fraction=0")
    ours = bench.score(run, "emt", kind="fromFirst")
    say("W1 from t = 0, all cells, all seen in training (subset ALL):")
    rows = [(name, a, b, c, (a + b + c) / 3) for name, a, b, c in EMT_PUBLISHED]
    table(["method", "t=1", "t=2", "t=3", "mean"], rows + [ours.row("this, %d seeds" % bench.seeds), *ours.baselines()])
    mean = ours.w1.mean(1)
    bench.judge("EMT in sample, mean W1", mean, "<= .250", mean.mean() <= .250,
                "best .251, AM as others ran it .652", scores=ours)

    say("W1 of a fifth of each day's cells, which touched nothing (subset TEST), from the snapshot before:")
    once, twice = [bench.score(bench.train("emt", name, "hold_out.test_fraction=0.2", *more), "emt", "test")
                   for name, more in (("emt-test", ()), ("emt-test-twice", ("training.steps=%d" % (2 * run.steps),)))]
    table(["", "t=1", "t=2", "t=3", "mean"],
          [once.row("%d steps" % once.run.steps), twice.row("%d steps" % twice.run.steps), *once.baselines()])
    ratio, doubled = [s.w1.mean(1) / s.floor_w1.mean() for s in (once, twice)]
    bench.judge("EMT test, mean W1 / floor", ratio, "<= 1.2", ratio.mean() <= 1.2, "floor %s" % number(once.floor_w1.mean()),
                scores=once)
    deviation = ratio.std(ddof=1) if len(ratio) > 1 else 0
    bench.judge("the same, steps doubled", doubled, "<= %s (the default's)" % number(ratio.mean()),
                "met within one sd" if ratio.mean() < doubled.mean() <= ratio.mean() + deviation
                else bool(doubled.mean() <= ratio.mean()), "default %s" % spread(ratio), scores=twice)


def arrays(bench, *datasets):
    """[snapshot] of [n, D] of each dataset, as the server has them."""
    with tempfile.TemporaryDirectory() as folder:
        for name in datasets:
            path = os.path.join(folder, name + ".npz")
            bench.server.cli("dataset", "get", name, "--out", path)
            data = np.load(path)
            yield [data["x"][data["t"] == t] for t in np.unique(data["t"])]


def eb(bench):
    import flow_matching

    say("== Embryoid bodies: 5 whitened components, days 0..4")
    keys = ("--time-key", "ts", "--points-key", "X", "--components", "5")
    files = [os.path.join(DATA, name) for name in ("eb_val.npz", "eb_test.npz")]
    bench.server.cli("dataset", "put", "eb-val", files[0], *keys, "--whiten")
    bench.server.cli("dataset", "put", "eb-test", files[1], *keys, "--like", "eb-val")
    run = bench.train("eb-val", "eb")
    ours = bench.score(run, "eb-test")
    begin = time.monotonic()
    theirs = flow_matching.score(*arrays(bench, "eb-val", "eb-test"), ours.seeds, run.spec)  # [seed, day, W1 W2]
    seconds = time.monotonic() - begin
    say("OT-CFM in Python, same net, steps and seeds: %.0f s for %d seeds" % (seconds, len(ours.seeds)))
    say("Trained on 200 cells a day, 350 others a day pushed from the day before (subset ALL of unseen cells):")
    for i, key in enumerate(("w1", "w2")):
        other = theirs[:, :, i]
        table([key.upper(), "day 1", "day 2", "day 3", "day 4", "mean"],
              [ours.row("this, %d seeds" % bench.seeds, key),
               ("OT-CFM, %d seeds" % len(other), *(spread(other[:, d]) for d in range(4)), spread(other.mean(1))),
               *ours.baselines(key)])
        copies, mine = getattr(ours, "copy_" + key), getattr(ours, key)
        for d in range(4):
            reported = key == "w2" and d == 2
            bench.judge("EB %s day %d" % (key.upper(), d + 1), mine[:, d],
                        "-" if reported else "< %s (copy)" % number(copies[d]),
                        None if reported else bool(mine[:, d].mean() < copies[d]),
                        ("copy %s, " % number(copies[d]) if reported else "") + "OT-CFM " + spread(other[:, d]), scores=ours)
        limit = other.mean() + (other.mean(1).std(ddof=1) if len(other) > 1 else 0)
        bench.judge("EB mean %s" % key.upper(), mine.mean(1), "<= %s (OT-CFM + sd)" % number(limit),
                    bool(mine.mean() <= limit), "OT-CFM %s, %.0f s" % (spread(other.mean(1)), seconds), scores=ours)

    bench.server.cli("dataset", "put", "eb-all", *files, *keys, "--whiten")
    left_out = [bench.score(bench.train("eb-all", "eb-without-%d" % day, "hold_out.test_times=%d" % day), "eb-all", "test")
                for day in (1, 2, 3)]
    days = np.stack([s.w1[:, 0] for s in left_out], 1)  # [seed, day]
    say("Both files, one day left out and predicted from the day before (subset TEST):")
    table(["W1", "day 1", "day 2", "day 3", "mean"],
          [("this, %d seeds" % bench.seeds, *(spread(days[:, d]) for d in range(3)), spread(days.mean(1))),
           ("transport midpoint of the neighbours", *EB_LEAVE_OUT_MIDPOINT, np.mean(EB_LEAVE_OUT_MIDPOINT)),
           ("copy of the day before", *(s.copy_w1[0] for s in left_out), np.mean([s.copy_w1[0] for s in left_out]))])
    bench.judge("EB one day left out, mean W1", days.mean(1), "<= .887, goal .85", bool(days.mean() <= .887),
                "transport midpoint .887", scores=left_out[0], seconds=sum(s.run.seconds for s in left_out))


def simulated(bench):
    say("== Simulated populations")
    bench.server.cli("dataset", "simulate", "three-gene", "genes")
    genes = bench.score(bench.train("genes", "genes", "dynamics.lambda=1"), "genes", kind="fromFirst")
    ratios = genes.w1 / genes.floor_w1  # [seed, time]
    errors = abs(genes.mass / genes.observed_mass - 1)
    say("three-gene, growth with counts as mass, all cells from t = 0 (subset ALL):")
    table(["t", "W1", "floor", "W1 / floor", "mass", "counted"],
          [("%g" % t, spread(genes.w1[:, k]), genes.floor_w1[k], spread(ratios[:, k]), spread(genes.mass[:, k]),
            genes.observed_mass[k]) for k, t in enumerate(genes.times)])
    bench.judge("three-gene, W1 / floor at the worst time", ratios.max(1), "<= .6", bool(ratios.mean(0).max() <= .6),
                THREE_GENE_PUBLISHED, scores=genes)
    bench.judge("three-gene, relative mass, worst error", errors.max(1), "<= .02", bool(errors.mean(0).max() <= .02),
                "prototype .004", scores=genes)
    for name, kind, settings, train in (("gaussians", "gaussians", (), ()),
                                        ("gaussians in 10-D", "gaussians", ("dimension=10",), ()),
                                        ("branching", "branching", (), ()),
                                        ("ou, with its noise", "ou", (), ("dynamics.sigma=1",))):
        data = "".join(c if c.isalnum() else "-" for c in name.lower())
        bench.server.cli("dataset", "simulate", kind, data, *[w for s in settings for w in ("--set", s)])
        test = bench.score(bench.train(data, data, "hold_out.test_fraction=0.2", *train), data, "test")
        bench.judge("%s, test W1 / floor" % name, test.w1.mean(1) / test.floor_w1.mean(), "-", None,
                    "floor %s" % number(test.floor_w1.mean()), scores=test)
    say()


def tests(bench, figure, target, name, *command, **environment):
    """A row whose figure is that tests of the project pass."""
    begin = time.monotonic()
    done = subprocess.run(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    say(done.stdout)
    bench.judge(figure, name + (" passes" if done.returncode == 0 else " fails"), target, done.returncode == 0, "-",
                seconds=time.monotonic() - begin)


def laws(bench):
    say("== Closed forms")
    tests(bench, "closed forms", "each at its tolerance", "law_test", os.path.join(BIN, "law_test"), "--gtest_brief=1")


def stability(bench):
    say("== Stability: 5 seeds of the default spec on every population")
    tests(bench, "training is stable, 5 seeds", "none diverges", "stability_test", sys.executable,
          os.path.join(SOURCE, "tests", "e2e", "stability_test.py"), ACTIONMATCH_STABILITY_SEEDS="5")


def main():
    import hydrogen

    parser = argparse.ArgumentParser(prog="tests/bench/reproduce.sh")
    cases = ["hydrogen", "emt", "eb", "simulated", "laws", "stability", "all"]
    parser.add_argument("what", nargs="?", default="all", choices=cases)
    parser.add_argument("--steps-share", type=float, default=0.1, help="of hydrogen's 100 000 steps")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--hydrogen-seeds", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.what in ("emt", "eb", "all") and not os.path.isdir(DATA):
        sys.exit("reproduce.sh: the reference data (../shared/data) are not here; hydrogen, simulated and laws do without")
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    heading = "tests/bench/reproduce.sh %s, %d x %s, %s" % (" ".join(sys.argv[1:]) or "all", os.cpu_count(), model,
                                                          datetime.date.today())
    say(heading)
    begin = time.monotonic()
    with Server(arguments=["--log-level", "warning"]) as server:
        bench = Bench(server, arguments.seeds)
        try:
            for name, run in (("emt", emt), ("eb", eb), ("simulated", simulated),
                              ("hydrogen", lambda b: hydrogen.case(b, arguments.steps_share, arguments.hydrogen_seeds)),
                              ("laws", laws), ("stability", stability)):
                if arguments.what in (name, "all"):
                    run(bench)
        finally:  # a case that fails does not lose the figures of those before it
            say("== Verdicts: %s; %.0f s in all; mean +- standard deviation over seeds" % (heading, time.monotonic() - begin))
            bench.print_verdicts()


if __name__ == "__main__":
    main()
