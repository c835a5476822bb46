"""Every relative link in every *.md resolves, to a file or folder of the tree and to a heading in it; README.md stays short.

    links_test.py ROOT
"""

import os
import re
import sys

ROOT = os.path.abspath(sys.argv[1])
MOST_README_LINES = 149
SKIPPED = re.compile(r"\.|build")  # of folders at the top: hidden ones, and what is built
FENCE = re.compile(r"^\s*(```|~~~)")
CODE = re.compile(r"`[^`]*`")
LINK = re.compile(r"!?\[[^][]*\]\(\s*<?([^)\s>]+)>?[^)]*\)")  # also where the text runs over two lines
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*\s*$")

problems = []


def prose(path):
    """The text of a file without code: fenced blocks become empty lines."""
    fenced = False
    lines = []
    with open(path, encoding="utf-8") as file:
        for line in file.read().splitlines():
            if FENCE.match(line):
                fenced = not fenced
                line = ""
            lines.append("" if fenced else line)
    return lines


def anchors(path):
    """Of each heading, as GitHub makes them: lower case, words joined by '-', repeats numbered."""
    seen = {}
    names = set()
    for line in prose(path):
        heading = HEADING.match(line)
        if not heading:
            continue
        text = re.sub(r"\[([^][]*)\]\([^)]*\)", r"\1", heading.group(1))  # a link's text
        name = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        count = seen.get(name, 0)
        seen[name] = count + 1
        names.add(name if count == 0 else "%s-%d" % (name, count))
    return names


def check_link(path, number, target):
    where = "%s:%d" % (os.path.relpath(path, ROOT), number)
    if re.match(r"[a-z][a-z0-9+.-]*:", target):  # https:, mailto:
        return
    file, _, anchor = target.partition("#")
    other = os.path.normpath(os.path.join(os.path.dirname(path), file)) if file else path
    if other != ROOT and not other.startswith(ROOT + os.sep):
        problems.append("%s: %s leads out of the project" % (where, target))
    elif not os.path.exists(other):
        problems.append("%s: there is no %s" % (where, file))
    elif anchor and not (other.endswith(".md") and anchor in anchors(other)):
        problems.append("%s: %s has no heading #%s" % (where, os.path.relpath(other, ROOT), anchor))


def check_file(path):
    text = CODE.sub("", "\n".join(prose(path)))
    for link in LINK.finditer(text):
        check_link(path, text.count("\n", 0, link.start()) + 1, link.group(1))


documents = []
for folder, folders, names in os.walk(ROOT):
    top = folder == ROOT
    folders[:] = [f for f in folders if not (top and SKIPPED.match(f)) and f != "node_modules"]
    documents += [os.path.join(folder, name) for name in names if name.endswith(".md")]
for document in sorted(documents):
    check_file(document)
with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as readme:
    lines = len(readme.read().splitlines())
if lines > MOST_README_LINES:
    problems.append("README.md has %d lines, more than %d: move what is not for everyone into a document, and link to it" %
                    (lines, MOST_README_LINES))
print("\n".join(problems) or "%d documents, all links resolve." % len(documents))
sys.exit(1 if problems else 0)
