"""Training steps and trajectories against PyTorch in Python: ratios of median times, measured in turns.

    /usr/bin/python3 tests/bench/speed.py [--bin build/release/bin] [--threads 1 2] [--rounds 3]

Needs python3-torch. Prints one line for each case: our time, PyTorch's, the ratio, and what the ratio should reach.
"""

import argparse
import os
import platform
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
STEPS = [  # width, layers, rows, dimension, form, the ratio to reach
    (256, 4, 1000, 3, "action", 1.4),
    (512, 4, 512, 3, "action", 1.2),
    (64, 4, 256, 3, "action", 3.5),
    (256, 4, 1000, 3, "conditional", None),
    (128, 3, 768, 10, "conditional", None),
]
PUSHES = [(64, 4, 20000, 5, 3.0), (256, 4, 20000, 1, 1.35), (512, 4, 20000, 1, 1.05)]


def seconds(command):
    return float(subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout)


def compare(name, ours, theirs, goal, rounds):
    ours_seconds, theirs_seconds = [], []
    for _ in range(rounds):
        ours_seconds.append(seconds(ours))
        theirs_seconds.append(seconds(theirs))
    a, b = sorted(ours_seconds)[rounds // 2], sorted(theirs_seconds)[rounds // 2]
    verdict = "" if goal is None else "%.2f  %s" % (goal, "met" if b / a >= goal else "NOT MET")
    print("%-48s %10.3f ms %10.3f ms  %6.2f  %s" % (name, 1e3 * a, 1e3 * b, b / a, verdict), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default="build/release/bin")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    torch_times = [sys.executable, os.path.join(HERE, "torch_times.py")]
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
    print("%s, %d processors, %s" % (cpu or platform.machine(), os.cpu_count(), time.strftime("%Y-%m-%d")))
    print("%-48s %13s %13s  %6s  %s" % ("case", "ours", "PyTorch", "ratio", "to reach"))
    for threads in arguments.threads:
        for width, layers, rows, dimension, form, goal in STEPS:
            words = [width, layers, rows, dimension, form, threads]
            compare("step, %dx%d, %d rows, %s, %d threads" % (width, layers, rows, form, threads),
                    [os.path.join(arguments.bin, "step_bench"), "time"] + words, torch_times + ["step"] + words, goal,
                    arguments.rounds)
        for width, layers, points, steps, goal in PUSHES:
            words = [width, layers, points, steps, threads]
            compare("push, %dx%d, %d points, %d threads" % (width, layers, points, threads),
                    [os.path.join(arguments.bin, "sampling_bench"), "time"] + words, torch_times + ["push"] + words,
                    goal, arguments.rounds)


if __name__ == "__main__":
    main()
