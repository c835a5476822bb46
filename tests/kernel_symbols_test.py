"""Objects that are compiled for one instruction set share no weak symbol with others.

    kernel_symbols_test.py BUILD

The linker keeps one copy of a weak symbol, such as an inline function of a header, and it may keep the one compiled for
AVX-512: then a processor without that set runs it and dies. So every weak symbol of these objects must lie in the
namespace of its set.
"""

import os
import re
import subprocess
import sys

BUILD = sys.argv[1]
problems, objects = [], 0
for folder, _, names in os.walk(os.path.join(BUILD, "core", "CMakeFiles")):
    match = re.search(r"core_kernels_(\w+)\.dir", folder)
    if not match:
        continue
    own = "actionmatch::%s::" % match.group(1)
    for name in names:
        if not name.endswith(".o"):
            continue
        objects += 1
        listed = subprocess.run(["nm", "-C", os.path.join(folder, name)], stdout=subprocess.PIPE, text=True, check=True)
        for line in listed.stdout.splitlines():
            kind, _, symbol = line[17:].partition(" ")
            # DW.ref is data that all copies of are equal: a pointer for exceptions.
            if kind in ("W", "V", "u") and own not in symbol and not symbol.startswith("DW.ref."):
                problems.append("%s/%s: %s is weak and outside %s" % (match.group(1), name, symbol, own))
print("\n".join(problems) or "%d objects keep their symbols to themselves." % objects)
sys.exit(1 if problems or not objects else 0)
