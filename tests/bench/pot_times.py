"""W1 between two point sets by POT: pot_times.py SIZE FILE, FILE as transport_bench left it. Prints the median seconds."""

import sys
import time

import numpy as np
import ot

size = int(sys.argv[1])
a, b = np.fromfile(sys.argv[2]).reshape(2, size, -1)
seconds = []
for _ in range(3):
    begin = time.perf_counter()
    ot.emd2([], [], ot.dist(a, b, "euclidean"), numItermax=10**8)
    seconds.append(time.perf_counter() - begin)
print("%.9f" % sorted(seconds)[1])
