"""The main job from Node.js (client_node.js) against a real server."""

import os
import subprocess
import unittest

from harness import SOURCE, Server, main

GOOGLE_PROTOS = os.environ["ACTIONMATCH_GOOGLE_PROTOS"]


class NodeClient(unittest.TestCase):
    def test_the_main_job(self):
        with Server(arguments=["--log-level", "warning"]) as server:
            script = os.path.join(SOURCE, "tests", "e2e", "client_node.js")
            subprocess.run(["node", script, os.path.join(SOURCE, "proto"), GOOGLE_PROTOS, server.address], check=True)


if __name__ == "__main__":
    main()
