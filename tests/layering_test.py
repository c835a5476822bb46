"""Includes follow the arrows  tests -> { client -> proto <- server -> core -> LibTorch, Abseil }, rooms include only the
rooms that the table allows, no circle of files exists, and the tree keeps its shape.

    layering_test.py ROOT
"""

import os
import re
import sys

ROOT = sys.argv[1]
# What each room may include, besides itself and the files at the top of its own folder. Downwards only: the order is that
# of the data. To add a room: a line here, a library in the folder's CMakeLists.txt, a README.md of 10 to 30 lines.
ROOMS = {
    "core": set(),
    "core/storage": set(),
    "core/spec": set(),
    "core/snapshots": {"core/spec", "core/storage"},
    "core/simulation": {"core/snapshots"},
    "core/transport": set(),
    "core/metrics": {"core/snapshots", "core/transport"},
    "core/path": {"core/snapshots", "core/spec", "core/transport"},
    "core/trajectory": set(),
    "core/kernels": set(),
    "core/device": {"core/kernels", "core/spec"},
    "core/potential": {"core/kernels", "core/spec", "core/storage"},
    "core/loss": {"core/kernels", "core/path", "core/potential", "core/spec"},
    "core/field": {"core/device", "core/metrics", "core/potential", "core/snapshots", "core/spec", "core/storage",
                   "core/trajectory"},
    "core/training": {"core/device", "core/field", "core/kernels", "core/loss", "core/metrics", "core/path",
                      "core/potential", "core/snapshots", "core/spec", "core/storage"},
    "server/process": {"core/device", "core/spec"},
    "server/messages": {"core/field", "core/metrics", "core/simulation", "core/snapshots", "core/spec", "core/storage",
                        "core/training", "core/trajectory"},
    "server/store": {"core/snapshots", "core/storage", "server/messages", "server/process"},
    "server/workers": {"core/device", "core/training", "server/messages", "server/process", "server/store"},
    "server/monitoring": {"server/process", "server/store", "server/workers"},
    "server/calls": {"core/storage", "server/messages", "server/monitoring", "server/process", "server/store"},
    "server/services": {"core/device", "core/field", "core/spec", "core/trajectory", "server/calls", "server/messages",
                        "server/process", "server/store"},
    "server": {"core/device", "server/calls", "server/monitoring", "server/process", "server/services", "server/store",
               "server/workers"},
    "client": set(),
    "client/files": set(),
    "client/plot": {"client/files"},
    "client/terminal": {"client/files"},
    "client/requests": {"client/files", "client/terminal"},
    "client/commands": {"client/files", "client/plot", "client/requests", "client/terminal"},
    "client/examples": set(),
}
# Rooms without LibTorch, so that they build anywhere, and the thread sanitizer can judge them.
TORCH = re.compile(r"ATen|torch|c10")
WITHOUT_TORCH = {"core", "core/storage", "core/spec", "core/snapshots", "core/simulation", "core/transport",
                 "core/metrics", "core/path", "core/trajectory", "core/kernels", "server/store", "server/messages",
                 "server/monitoring", "server/calls"}
# Rooms without Protobuf and gRPC, neither of their own nor through files that they include, for the same reason.
WITHOUT_MESSAGES = {"client/files", "client/plot"}
MESSAGES = re.compile(r"google/protobuf|actionmatch/|grpc|client/[^/]*$")
TORCH_PRODUCTS = "core/kernels/matrix_product.cc"  # a library of its own
# Which libraries a folder may not know.
FORBIDDEN = {
    "core": r"google/protobuf|actionmatch/|grpc|soci|sqlite3|CLI/|spdlog|prometheus|httplib",
    "server": r"zip\.h",
    "client": r"ATen|torch|c10|soci|sqlite3|spdlog|prometheus|httplib|openssl",
}
# The only files that may know a library, so that its ways stay in one place.
ONLY = {
    r"CLI/": {"server/process/options.cc", "client/commands/main.cc"},
    r"spdlog": {"server/process/log.cc"},
    r"httplib": {"server/monitoring/metrics_port.cc"},
    r"soci/": {"server/store/sql.cc", "server/store/sqlite_database.cc"},
    r"lemon/": {"core/transport/network_simplex.cc"},
    r"zip\.h": {"client/files/array_file.cc"},
}
TOP = {"proto", "server", "client", "core", "deploy", "tests", "build", "Dockerfile", "CMakeLists.txt", "README.md",
       "LICENSE", "CMakePresets.json", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"}
MAX_LINES = 500

problems = []
includes = {}  # file -> the project's own headers that it includes


def check_include(path, number, included, room, top):
    where = "%s:%d" % (path, number)
    if re.match(FORBIDDEN[top], included) and not included.startswith(top + "/"):
        problems.append("%s: %s must not know %s" % (where, top, included))
    if room in WITHOUT_TORCH and TORCH.match(included) and path != TORCH_PRODUCTS:
        problems.append("%s: the room %s must not know LibTorch (%s)" % (where, room, included))
    if room in WITHOUT_MESSAGES and MESSAGES.match(included):
        problems.append("%s: the room %s must know neither Protobuf nor gRPC (%s)" % (where, room, included))
    for library, files in ONLY.items():
        if re.match(library, included) and path not in files:
            problems.append("%s: %s belongs to %s" % (where, included, ", ".join(sorted(files))))
    if included.split("/")[0] not in ("core", "server", "client", "tests"):
        return
    includes.setdefault(path, []).append(included)
    other = os.path.dirname(included)
    if not os.path.exists(os.path.join(ROOT, included)):
        problems.append("%s: there is no %s" % (where, included))
    elif other not in (room, other.split("/")[0]) and other not in ROOMS[room]:
        problems.append("%s: the room %s may not include %s (the table in layering_test.py says what it may)" %
                        (where, room, included))
    elif other == other.split("/")[0] and other != top and other != "core":
        problems.append("%s: %s must not include %s" % (where, top, included))
    elif other == "core" and top == "client":
        problems.append("%s: the client must not include %s" % (where, included))


def check_file(path):
    room, top = os.path.dirname(path), path.split("/")[0]
    if room not in ROOMS:
        problems.append("%s: the room %s is not in the table of layering_test.py" % (path, room))
        return
    with open(os.path.join(ROOT, path)) as file:
        lines = file.read().splitlines()
    if len(lines) > MAX_LINES:
        problems.append("%s has %d lines: a concept of its own wants a file of its own" % (path, len(lines)))
    if path.endswith(".h"):
        guard = "ACTIONMATCH_%s_" % re.sub(r"\W", "_", path).upper()
        if "#ifndef " + guard not in lines:
            problems.append("%s: its include guard must be %s" % (path, guard))
    for number, line in enumerate(lines, 1):
        match = re.match(r'#include [<"]([^>"]+)', line)
        if match:
            check_include(path, number, match.group(1), room, top)


def check_rooms():
    for room in ROOMS:
        readme = os.path.join(ROOT, room, "README.md")
        if "/" not in room:
            continue
        if not os.path.exists(readme):
            problems.append("%s has no README.md" % room)
            continue
        with open(readme) as file:
            count = len(file.read().splitlines())
        if not 10 <= count <= 30:
            problems.append("%s/README.md has %d lines; a room's has 10 to 30" % (room, count))


def check_circles():
    """Depth first over files; a header stands for its source too, as what includes it links that."""
    state = {}
    graph = {}
    for path, headers in includes.items():
        stem = os.path.splitext(path)[0]
        graph.setdefault(stem, set()).update(os.path.splitext(h)[0] for h in headers)
    header_graph = {}
    for path, headers in includes.items():
        if path.endswith(".h"):
            header_graph[path] = set(headers)

    def walk(node, edges, trail):
        state[node] = "open"
        for after in sorted(edges.get(node, ())):
            if after == node:
                continue
            if state.get(after) == "open":
                problems.append("circle of files: " + " -> ".join(trail[trail.index(after):] + [after])
                                if after in trail else "circle of files through " + after)
            elif after not in state:
                walk(after, edges, trail + [after])
        state[node] = "done"

    for edges in (header_graph, graph):
        state.clear()
        for node in sorted(edges):
            if node not in state:
                walk(node, edges, [node])


def check_rooms_have_order():
    """The table itself has no circle."""
    seen = {}

    def walk(room):
        seen[room] = "open"
        for other in ROOMS[room]:
            if seen.get(other) == "open":
                problems.append("the table lets %s and %s include each other" % (room, other))
            elif other not in seen:
                walk(other)
        seen[room] = "done"

    for room in ROOMS:
        if room not in seen:
            walk(room)


for name in os.listdir(ROOT):
    if not re.match(r"\.|build-", name) and name not in TOP:  # as in .gitignore
        problems.append("%s does not belong at the top level" % name)
for top in FORBIDDEN:
    for folder, _, names in os.walk(os.path.join(ROOT, top)):
        for name in sorted(names):
            if name.endswith((".h", ".cc")):
                check_file(os.path.relpath(os.path.join(folder, name), ROOT))
check_rooms()
check_circles()
check_rooms_have_order()
print("\n".join(problems) or "The tree keeps its shape.")
sys.exit(1 if problems else 0)
