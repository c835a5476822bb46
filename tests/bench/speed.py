"""Training steps, trajectories, transport and a whole job against PyTorch and POT in Python: ratios of median times,
measured in turns. Run by speed.sh.

    speed.py [--threads 1 2] [--rounds 3] [--only step|push|transport|job]

Prints one line for each case: our time, theirs, the ratio, and what the ratio should reach. The whole job is that of
the default spec on the EMT cells, of the reference data beside the project; left out without them.
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
import time

from harness import BIN, DATA, Server

HERE = os.path.dirname(os.path.abspath(__file__))
STEPS = [  # width, layers, rows, dimension, form, the ratio to reach
    (256, 4, 1000, 3, "action", 1.4),
    (512, 4, 512, 3, "action", 1.2),
    (64, 4, 256, 3, "action", 3.5),
    (256, 4, 1000, 3, "conditional", None),
    (128, 3, 768, 10, "conditional", None),
]
TRANSPORTS = [1000, 2000, 3000]  # points on either side
PUSHES = [(64, 4, 20000, 5, 3.0), (256, 4, 20000, 1, 1.35), (512, 4, 20000, 1, 1.05)]


# So that PyTorch has the memory of one intermediate for the next: glibc would return it to the system and fetch it again.
KEEP_MEMORY = dict(os.environ, MALLOC_MMAP_THRESHOLD_=str(2**32), MALLOC_TRIM_THRESHOLD_=str(2**33))


def seconds(command, environment=None):
    words = [str(word) for word in command]
    return float(subprocess.run(words, check=True, capture_output=True, text=True, env=environment).stdout)


def verdict(name, ours, theirs, goal):
    text = "" if goal is None else "%.2f  %s" % (goal, "met" if theirs / ours >= goal else "NOT MET")
    print("%-48s %10.3f ms %10.3f ms  %6.2f  %s" % (name, 1e3 * ours, 1e3 * theirs, theirs / ours, text), flush=True)


def compare(name, ours, theirs, goal, rounds):
    ours_seconds, theirs_seconds = [], []
    for _ in range(rounds):
        ours_seconds.append(seconds(ours))
        theirs_seconds.append(seconds(theirs, KEEP_MEMORY))
    verdict(name, sorted(ours_seconds)[rounds // 2], sorted(theirs_seconds)[rounds // 2], goal)


def transport(size, rounds):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "points.f64")
        compare("W1, %d x %d points" % (size, size), [os.path.join(BIN, "transport_bench"), "time", size, path],
                [sys.executable, os.path.join(HERE, "pot_times.py"), size, path], None, rounds)


def whole_job(threads):
    """One default job through the server, against the script of the same recipe and as many refit steps."""
    data = os.path.join(DATA, "emt.csv")
    if not os.path.exists(data):
        print("whole job: left out, %s is not there" % data)
        return
    with Server(arguments=["--training-threads", str(threads)]) as server, tempfile.TemporaryDirectory() as folder:
        server.cli("dataset", "put", "emt", data, "--time-key", "samples")
        server.cli("job", "submit", "emt", "--name", "emt", "--field", "emt", "--wait")
        job, field = server.cli_json("job", "show", "emt")[0], server.cli_json("field", "show", "emt")[0]
        begin, end = (datetime.datetime.strptime(job[key][:26].rstrip("Z"), "%Y-%m-%dT%H:%M:%S.%f")
                      for key in ("startTime", "endTime"))
        spec = os.path.join(folder, "spec.json")
        with open(spec, "w") as file:
            json.dump(field["train"], file)
        ours = (end - begin).total_seconds()
        theirs = seconds([sys.executable, os.path.join(HERE, "torch_job.py"), spec, field["selectedSteps"][0], data, threads],
                         KEEP_MEMORY)
        verdict("whole job, EMT, default spec, %d threads" % threads, ours, theirs, 2.5)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["step", "push", "transport", "job"])
    arguments = parser.parse_args()
    wanted = lambda part: arguments.only in (None, part)
    torch_times = [sys.executable, os.path.join(HERE, "torch_times.py")]
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
    print("%s, %d processors, %s" % (cpu or platform.machine(), os.cpu_count(), time.strftime("%Y-%m-%d")))
    print("%-48s %13s %13s  %6s  %s" % ("case", "ours", "Python", "ratio", "to reach"))
    for threads in arguments.threads:
        for width, layers, rows, dimension, form, goal in STEPS if wanted("step") else []:
            words = [width, layers, rows, dimension, form, threads]
            compare("step, %dx%d, %d rows, %s, %d threads" % (width, layers, rows, form, threads),
                    [os.path.join(BIN, "step_bench"), "time"] + words, torch_times + ["step"] + words, goal,
                    arguments.rounds)
        for width, layers, points, steps, goal in PUSHES if wanted("push") else []:
            words = [width, layers, points, steps, threads]
            compare("push, %dx%d, %d points, %d threads" % (width, layers, points, threads),
                    [os.path.join(BIN, "sampling_bench"), "time"] + words, torch_times + ["push"] + words, goal,
                    arguments.rounds)
        if wanted("job"):
            whole_job(threads)
    for size in TRANSPORTS if wanted("transport") else []:
        transport(size, arguments.rounds)


if __name__ == "__main__":
    main()
