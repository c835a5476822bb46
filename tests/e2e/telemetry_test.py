"""The figures of /metrics: as Prometheus' own tool wants them, as a real Prometheus scrapes them."""

import json
import os
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request

import numpy as np
from harness import BIN, EXISTS, SOURCE, Refusals, Server, batch, free_port, main, spec, until


class Metrics(unittest.TestCase, Refusals):
    def test_figures_are_well_formed_and_a_prometheus_scrapes_them(self):
        with Server(arguments=["--log-level", "warning"]) as server, tempfile.TemporaryDirectory() as folder:
            rng = np.random.default_rng(0)
            batches = [batch(k + 1, rng.standard_normal((100, 3)) + k, float(k)) for k in range(3)]
            server.create("cells")
            server.append("cells", batches)
            # Neither repeats nor what is refused count as ingested.
            server.append("cells", batches)
            with self.assert_refused(EXISTS):
                server.append("cells", [batches[0], batch(2, np.ones((100, 3)), 0.0)])
            self.assertEqual(server.metric("actionmatch_ingested_points_total"), 300)
            self.assertEqual(server.metric("actionmatch_ingested_bytes_total"), 300 * 3 * 8)
            server.train("cells", "cells", spec(100))
            text = server.http("/metrics")[1]
            version = subprocess.run([os.path.join(BIN, "actionmatchd"), "--version"], capture_output=True, text=True,
                                     check=True).stdout.split()[-1]
            check = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
            self.assertEqual((check.returncode, check.stdout + check.stderr), (0, ""))
            for name, least in (('actionmatch_jobs{state="succeeded"}', 1), ("actionmatch_training_steps_total", 100),
                                ("actionmatch_training_step_seconds", 1e-6), ("actionmatch_store_up", 1),
                                ("actionmatch_training_held_out_distance", 1e-6), ("process_resident_memory_bytes", 1e6),
                                ('actionmatch_build_info{version="%s"}' % version, 1)):
                self.assertGreaterEqual(server.metric(name), least, name)
            for name in ("actionmatch_training_loss", 'actionmatch_queue_depth{threads="disk"}',
                         "actionmatch_lease_losses_total", "actionmatch_call_duration_seconds_bucket"):
                self.assertIn(name, text)

            # The deployment's own configuration, with this server as its target.
            with open(os.path.join(SOURCE, "deploy", "prometheus", "prometheus.yml")) as file:
                configuration = file.read()
            self.assertIn("actionmatch:7448", configuration)
            path = os.path.join(folder, "prometheus.yml")
            with open(path, "w") as file:
                file.write(configuration.replace("actionmatch:7448", server.metrics_address).replace("15s", "1s"))
            address = "127.0.0.1:%d" % free_port()
            prometheus = subprocess.Popen(
                ["prometheus", "--config.file=" + path, "--storage.tsdb.path=" + os.path.join(folder, "tsdb"),
                 "--web.listen-address=" + address], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                def query():
                    url = "http://%s/api/v1/query?%s" % (address, urllib.parse.urlencode(
                        {"query": 'sum(actionmatch_calls_total{job="actionmatch",method="JobService/CreateJob"})'}))
                    try:
                        with urllib.request.urlopen(url) as response:
                            return json.load(response)["data"]["result"]
                    except urllib.error.URLError:
                        return None
                self.assertEqual(until(query, "a scrape")[0]["value"][1], "1")
            finally:
                prometheus.terminate()
                prometheus.wait()


if __name__ == "__main__":
    main()
