"""actionmatch job against a real server: specs, watching, the end."""

import json
import os
import re
import signal
import subprocess

from cli import FAILED, INTERRUPTED, MISUSED, SMALL, CliTest
from harness import BIN, Server, main, run_cli, spec, until


class CliJobs(CliTest):
    def test_specs_come_from_files_and_settings_and_are_shown_whole(self):
        path = self.path("spec.json", '{"training": {"steps": "7"}, "path": {"kind": "KIND_LINEAR"}}')
        spec = self.server.cli_json("job", "submit", "cells", "--spec", path, "--set", "training.batch_size=9",
                                    "--set", "potential.hidden=5,6", "--set", "hold_out.test_times=1,2", "--print-spec")[0]
        self.assertEqual((spec["training"]["steps"], spec["training"]["batchSize"]), ("7", 9))
        self.assertEqual((spec["path"]["kind"], spec["potential"]["hidden"]), ("KIND_LINEAR", [5, 6]))
        self.assertEqual(spec["holdOut"]["testTimes"], [1, 2])
        again = self.server.cli_json("job", "submit", "cells", "--spec", self.path("again.json", json.dumps(spec)), "--print-spec")[0]
        self.assertEqual(again, spec)
        shown = self.server.cli("job", "submit", "cells", "--spec", self.path("again.json"), "--print-spec")
        self.assertGreater(len(shown.splitlines()), 10)
        self.assertEqual(json.loads(shown), spec)
        self.refused(MISUSED, ["spec2.json", "stepz"], "job", "submit", "cells", "--spec",
                     self.path("spec2.json", '{"training": {"stepz": 7}}'))
        self.refused(MISUSED, ["path.kind", "auto, observed, linear, ot"], "job", "submit", "cells", "--set", "path.kind=best")
        self.refused(MISUSED, ["steps"], "job", "submit", "cells", "--set", "training.steps=many")
        self.refused(FAILED, ["training.steps", "training.batch_size"], "job", "submit", "cells",
                     "--set", "training.steps=0", "--set", "training.batch_size=0")

    def test_a_job_is_watched_shown_cancelled_and_deleted(self):
        name = self.server.cli("job", "submit", "cells", "--set", "training.steps=10000000").strip()
        self.assertTrue(name.startswith("jobs/"))
        until(lambda: self.server.job(name).progress.step > 0, "progress")
        self.assertIn("RUNNING", self.server.cli("job", "list"))
        watch = self.start("--json", "job", "watch", name, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.assertEqual(json.loads(watch.stdout.readline())["job"]["state"], "STATE_RUNNING")
        self.refused(FAILED, ["FAILED_PRECONDITION"], "job", "delete", name)
        with self.start("job", "watch", name, stderr=subprocess.PIPE, text=True) as interrupted:
            self.assertIn(name, interrupted.stderr.readline())
            interrupted.send_signal(signal.SIGINT)
            self.assertIn("The job goes on", interrupted.stderr.read())
        self.assertEqual(interrupted.returncode, INTERRUPTED)
        _, out, error = run_cli("--server", self.server.address, "job", "cancel", name)
        self.assertIn(name, out)
        self.assertIn("asked to stop", error)
        messages = [json.loads(line) for line in watch.stdout]
        self.assertEqual(messages[-1]["job"]["state"], "STATE_CANCELLED")
        self.assertEqual(watch.wait(), FAILED)
        watch.stdout.close()
        self.assertEqual(self.server.cli_json("job", "show", name)[0]["state"], "STATE_CANCELLED")
        _, _, error = run_cli("--server", self.server.address, "job", "cancel", "cells")
        self.assertIn("had ended before", error)
        self.server.cli("job", "delete", name)
        self.refused(FAILED, ["NOT_FOUND"], "job", "show", name)

    def test_waiting_shows_the_held_out_distances_at_the_end(self):
        out = self.server.cli("job", "submit", "cells", "--field", "waited", "--wait", *SMALL)
        self.assertIn("VALIDATION", out)
        self.assertRegex(out, r"(?m)^state +SUCCEEDED$")
        name = re.search(r"(?m)^name +(\S+)$", out).group(1)
        row = [line.split() for line in self.server.cli("job", "list").splitlines() if line.startswith(name[len("jobs/"):])][0]
        job = self.server.job(name)
        self.assertEqual(row[4], "%d/%d" % (job.progress.total_steps, job.progress.total_steps))
        self.server.cli("field", "delete", "waited")
        self.refused(FAILED, ["fields/waited"], "field", "show", "waited")

    def test_a_watched_jobs_server_may_stop_and_the_job_goes_on(self):
        with Server(arguments=["--log-level", "warning"]) as server:
            server.simulate("cells", points=60)
            server.submit("cells", "long", spec(10000000))
            with subprocess.Popen([os.path.join(BIN, "actionmatch"), "--server", server.address, "job", "watch", "long"],
                                  stderr=subprocess.PIPE, text=True) as watch:
                self.assertIn("jobs/long", watch.stderr.readline())
                server.terminate()
                error = watch.stderr.read()
            self.assertEqual(watch.returncode, FAILED)
            self.assertIn("the job goes on with the server: follow it with `actionmatch job watch long`", error)


if __name__ == "__main__":
    main()
