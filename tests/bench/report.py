"""What the reproduction's cases share: one server, fields trained and scored with the CLI, and a table of verdicts."""

import time

import numpy as np


def say(text=""):
    print(text, flush=True)


def number(value):
    """Three digits after the point, or three significant ones where that would hide them."""
    return value if isinstance(value, str) else "%.3f" % value if abs(value) >= 0.1 or value == 0 else "%.3g" % value


def spread(values):
    """Mean and standard deviation (n - 1) over seeds."""
    values = np.asarray(values, float)
    text = number(values.mean())
    if len(values) < 2:
        return text
    return "%s +- %s" % (text, ("%.3f" if abs(values.mean()) >= 0.1 else "%.3g") % values.std(ddof=1))


def table(header, rows):
    cells = [header] + [[number(c) for c in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    for row in cells:
        say("  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths))).rstrip())
    say()


class Run:
    """A trained field: the wall seconds of all its seeds together, and the seeds."""

    def __init__(self, name, shown, seconds):
        self.name, self.seconds = name, seconds
        self.spec = shown["train"]
        self.steps = int(self.spec["training"]["steps"])
        self.selected = [int(s) for s in shown["selectedSteps"]]


class Scores:
    """Of a field's members on a subset, each member's alone: w1 and w2 [member, time]; what is the same for all [time]."""

    def __init__(self, run, subset, members):
        self.run, self.subset = run, subset
        self.seeds = [int(m[0]["memberSeeds"][0]) for m in members]
        self.distance = members[0][0]["distance"]
        self.times = [s["time"] for s in members[0]]
        for key in ("w1", "w2", "mass"):
            setattr(self, key, np.array([[s[key] for s in m] for m in members]))
        for name, key in (("copy_w1", "copyW1"), ("copy_w2", "copyW2"), ("floor_w1", "floorW1"), ("floor_w2", "floorW2"),
                          ("observed_mass", "observedMass")):
            setattr(self, name, np.array([s.get(key, np.nan) for s in members[0]]))

    def row(self, name, key="w1"):
        """A row of a table: each time's mean and spread over seeds, and that of the seeds' means over times."""
        values = getattr(self, key)
        return (name, *(spread(values[:, t]) for t in range(values.shape[1])), spread(values.mean(1)))

    def baselines(self, key="w1"):
        return [(name, *values, values.mean()) for name, values in (
            ("copy of the snapshot before", getattr(self, "copy_" + key)), ("split-half floor", getattr(self, "floor_" + key)))]


class Bench:
    """One server, and fields trained with the CLI as a user would; the verdicts so far."""

    def __init__(self, server, seeds):
        self.server, self.seeds, self.verdicts = server, seeds, []

    def train(self, dataset, field, *settings, members=None):
        """An ensemble of the seeds, default spec but for the settings."""
        members = members or self.seeds
        begin = time.monotonic()
        words = [w for s in ("members=%d" % members, *settings) for w in ("--set", s)]
        self.server.cli("job", "submit", dataset, "--name", field, "--field", field, "--wait", *words)
        run = Run(field, self.server.cli_json("field", "show", field)[0], time.monotonic() - begin)
        say("%s: %s; %.0f s for %d seeds, weights of steps %s of %d" % (
            field, " ".join(settings) or "default spec", run.seconds, members, ", ".join(map(str, run.selected)), run.steps))
        return run

    def score(self, run, dataset, subset="all", kind="fromPrevious"):
        members = [self.server.cli_json("field", "score", run.name, dataset, "--subset", subset, "--member", str(m))[0][kind]
                   for m in range(int(run.spec["members"]))]
        return Scores(run, subset, members)

    def judge(self, figure, ours, target, met, beside="", scores=None, run=None, seconds=None):
        """One row of the last table. ours: one value a seed, or a text. met: True, False, a text, or None where only reported."""
        run = run or (scores.run if scores else None)
        seconds = run.seconds if seconds is None and run else seconds
        verdict = {True: "met", False: "NOT MET", None: "reported"}.get(met, met)
        self.verdicts.append((
            figure, ours if isinstance(ours, str) else spread(ours), target, beside, verdict,
            scores.subset.upper() if scores else "-", "%d" % run.steps if run else "-",
            "-" if isinstance(ours, str) else "%d" % len(np.atleast_1d(ours)), "%.0f s" % seconds if seconds else "-"))

    def print_verdicts(self):
        table(["figure", "ours", "target", "published or alternative", "verdict", "subset", "steps", "seeds", "training"],
              self.verdicts)
