"""Includes follow the arrows  tests -> { client -> proto <- server -> core -> LibTorch, Abseil }, and the tree keeps its shape."""

import os
import re
import sys

ROOT = sys.argv[1]
# What a folder may include of the project's own folders, and which libraries it may not know.
ALLOWED = {
    "core": {"core"},
    "server": {"server", "core", "actionmatch"},
    "client": {"client", "actionmatch"},
}
FORBIDDEN = {
    "core": r"google/protobuf|grpc|soci|sqlite3|CLI/|spdlog|prometheus|httplib",
    "server": r"zip\.h",
    "client": r"ATen|torch|c10|soci|sqlite3|spdlog|prometheus|httplib|openssl",
}
# The only files that may know a library, so that its ways stay in one place.
ONLY = {
    r"CLI/": {"server/options.cc", "client/main.cc"},
    r"spdlog": {"server/log.cc"},
    r"httplib": {"server/http.cc"},
    r"soci/": {"server/database.cc", "server/store.cc", "server/store_datasets.cc", "server/store_fields.cc",
               "server/store_jobs.cc", "server/store_orphans.cc", "server/store_rows.cc", "server/store_work.cc"},
    r"lemon/": {"core/transport_simplex.cc"},
}
TOP = {"proto", "server", "client", "core", "deploy", "tests", "build", "Dockerfile", "CMakeLists.txt", "README.md",
       "LICENSE", "CMakePresets.json", "CONTRIBUTING.md"}
MOST_LINES = 500

problems = []
for name in os.listdir(ROOT):
    if not re.match(r"\.|build-", name) and name not in TOP:  # as in .gitignore
        problems.append("%s does not belong at the top level" % name)
for folder in ALLOWED:
    for name in sorted(os.listdir(os.path.join(ROOT, folder))):
        path = "%s/%s" % (folder, name)
        if os.path.isdir(os.path.join(ROOT, path)):
            problems.append("%s: folders are flat" % path)
            continue
        if not name.endswith((".h", ".cc")):
            continue
        with open(os.path.join(ROOT, path)) as file:
            lines = file.read().splitlines()
        if len(lines) > MOST_LINES:
            problems.append("%s has %d lines: a concept of its own wants a file of its own" % (path, len(lines)))
        for number, line in enumerate(lines, 1):
            match = re.match(r'#include ([<"])([^>"]+)', line)
            if not match:
                continue
            quote, included = match.groups()
            top = included.split("/")[0]
            own = top in ("core", "server", "client", "tests", "actionmatch")
            if own and top not in ALLOWED[folder]:
                problems.append("%s:%d: %s must not include %s" % (path, number, folder, included))
            if re.match(FORBIDDEN[folder], included):
                problems.append("%s:%d: %s must not know %s" % (path, number, folder, included))
            for library, files in ONLY.items():
                if re.match(library, included) and path not in files:
                    problems.append("%s:%d: %s belongs to %s" % (path, number, included, ", ".join(sorted(files))))
print("\n".join(problems) or "The tree keeps its shape.")
sys.exit(1 if problems else 0)
