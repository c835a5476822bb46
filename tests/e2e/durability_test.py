"""What survives kill -9, of workers and of the server."""

import contextlib
import errno
import os
import signal
import subprocess
import tempfile
import threading
import unittest

import grpc
import numpy as np
from harness import BIN, EXHAUSTED, Refusals, Server, batch, dataset_pb2, job_pb2, main, points, spec, until

# Long enough to be killed in, short enough to be done again.
STEPS = 1500


def long_spec():
    return spec(STEPS, checkpoint_interval=100, evaluation_interval=100)


def disturb(server):
    """Trains undisturbed, and once more with the workers killed on the way: the first's field, and the second's job."""
    server.simulate("cells", points=100)
    undisturbed = server.train("cells", "undisturbed", long_spec())
    job = server.submit("cells", "disturbed", long_spec())
    until(lambda: server.job(job.name).progress.step >= 300, "progress")
    for pid in server.worker_pids():
        os.kill(pid, signal.SIGKILL)
    return undisturbed, job


@contextlib.contextmanager
def small_disk():
    """A folder that is a file system of 64 MiB."""
    with tempfile.TemporaryDirectory() as folder:
        mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder], capture_output=True, text=True)
        if mount.returncode != 0:
            raise unittest.SkipTest("needs the right to mount a small file system: " + mount.stderr)
        try:
            yield folder
        finally:
            subprocess.run(["umount", folder], check=True)


class FullDisk:
    """Takes all the space that a folder's disk has left."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "filler")

    def until(self, condition, what):
        """Keeps the disk full until the condition holds."""
        until(lambda: self.fill() or condition(), what)

    def fill(self):
        with open(self.path, "ab", buffering=0) as file:
            try:
                while file.write(bytes(1 << 16)):
                    pass
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def make_room(self):
        os.remove(self.path)


class Durability(unittest.TestCase, Refusals):
    def test_a_job_survives_the_loss_of_its_worker_and_of_the_server_with_the_same_bits(self):
        with tempfile.TemporaryDirectory() as folder, Server(os.path.join(folder, "data"), ["--lease-time", "2"]) as server:
            undisturbed, job = disturb(server)
            until(lambda: server.job(job.name).attempt == 2, "another worker")
            until(lambda: server.job(job.name).progress.step >= 700, "progress")
            state = server.job(job.name).state
            server.kill()
            server.start()
            self.assertEqual(state, job_pb2.Job.STATE_RUNNING)
            messages = server.wait(job.name)
            last = messages[-1].job
            self.assertEqual(last.state, job_pb2.Job.STATE_SUCCEEDED, last.error)
            self.assertEqual(last.attempt, 3)
            self.assertGreaterEqual(server.metric("actionmatch_lease_losses_total"), 2)
            self.assertEqual(server.field("fields/disturbed").file_hash, undisturbed.file_hash)
            steps = [p.step for m in messages for p in m.progress]
            self.assertEqual(steps, list(range(100, STEPS + 1, 100)))

    def test_a_job_whose_rows_stay_in_their_files_survives_the_loss_of_its_worker_with_the_same_bits(self):
        arguments = ["--lease-time", "2", "--in-memory-bytes", "1000"]
        with tempfile.TemporaryDirectory() as folder, Server(os.path.join(folder, "data"), arguments) as server:
            undisturbed, job = disturb(server)
            last = server.wait(job.name)[-1].job
            self.assertEqual((last.state, last.attempt), (job_pb2.Job.STATE_SUCCEEDED, 2), last.error)
            self.assertIn("the rows stay in their files", last.resolved.path_reason)
            self.assertEqual(server.field("fields/disturbed").file_hash, undisturbed.file_hash)

    def test_a_stopped_server_hands_its_job_to_the_next_one(self):
        with tempfile.TemporaryDirectory() as folder, Server(os.path.join(folder, "data")) as server:
            server.simulate("cells", points=100)
            job = server.submit("cells", "handed-over", long_spec())
            until(lambda: server.job(job.name).progress.step >= 200, "progress")
            self.assertEqual(server.terminate(), 0)
            server.start()
            last = server.wait(job.name)[-1].job
            self.assertEqual((last.state, last.attempt), (job_pb2.Job.STATE_SUCCEEDED, 2))
            self.assertEqual(server.metric("actionmatch_lease_losses_total"), 0)

    def test_training_goes_on_while_the_disk_is_full_and_checkpoints_when_there_is_room(self):
        with small_disk() as folder, Server(os.path.join(folder, "data")) as server:
            server.simulate("cells", points=100)
            server.create("other")
            job = server.submit("cells", "cramped", spec(10_000_000, checkpoint_interval=100, evaluation_interval=100))
            checkpoints = os.path.join(server.data_dir, "jobs", job.uid)
            until(lambda: server.job(job.name).progress.step >= 200, "progress")
            self.assertGreater(server.metric("actionmatch_data_free_bytes"), 0)
            disk = FullDisk(folder)
            disk.until(lambda: "event=checkpoint_not_written job=%s " % job.name in server.logs(), "a full disk")
            disk.until(lambda: server.metric("actionmatch_data_free_bytes") == 0, "the figure of it")
            with self.assert_refused(EXHAUSTED, "free some space"):
                server.append("other", [batch(1, points(1000), 0.0)])
            before = set(os.listdir(checkpoints))
            disk.make_room()
            until(lambda: set(os.listdir(checkpoints)) - before, "another checkpoint")
            server.append("other", [batch(1, points(1000), 0.0)])
            server.jobs.CancelJob(job_pb2.CancelJobRequest(name=job.name))
            last = server.wait(job.name)[-1].job
            self.assertEqual((last.state, last.attempt), (job_pb2.Job.STATE_CANCELLED, 1), last.error)
            until(lambda: not os.path.exists(checkpoints), "the end of the checkpoints")

    def test_a_field_is_stored_once_the_disk_has_room(self):
        with small_disk() as folder, Server(os.path.join(folder, "data")) as server:
            server.simulate("cells", points=100)
            job = server.submit("cells", "patient", long_spec())
            until(lambda: server.job(job.name).progress.step >= 100, "progress")
            disk = FullDisk(folder)
            disk.until(lambda: "event=field_not_stored job=%s " % job.name in server.logs(), "a full disk")
            self.assertEqual(server.job(job.name).state, job_pb2.Job.STATE_RUNNING)
            disk.make_room()
            last = server.wait(job.name)[-1].job
            self.assertEqual((last.state, last.attempt), (job_pb2.Job.STATE_SUCCEEDED, 1), last.error)
            server.field(job.fields[0])

    def test_a_job_whose_files_cannot_be_written_says_so_and_fails(self):
        with tempfile.TemporaryDirectory() as folder, Server(os.path.join(folder, "data")) as server:
            server.simulate("cells", points=60)
            jobs = os.path.join(server.data_dir, "jobs")
            os.rmdir(jobs)
            with open(jobs, "w"):
                pass
            job = server.submit("cells", "stuck", spec(100, checkpoint_interval=10))
            messages = server.wait(job.name)
            words = "cannot make %s/%s" % (jobs, job.uid)
            self.assertTrue(any(m.job.state == job_pb2.Job.STATE_RUNNING and words in m.job.error for m in messages))
            last = messages[-1].job
            self.assertEqual((last.state, last.attempt), (job_pb2.Job.STATE_FAILED, 5))
            self.assertIn(words, last.error)
            self.assertEqual(server.metric("actionmatch_lease_losses_total"), 0)

    def test_a_job_that_lost_its_worker_for_good_can_be_cancelled(self):
        with tempfile.TemporaryDirectory() as folder, Server(os.path.join(folder, "data"), ["--lease-time", "2"]) as server:
            server.simulate("cells", points=60)
            job = server.submit("cells", "orphan", spec(10_000_000))
            until(lambda: server.job(job.name).progress.step > 0, "progress")
            server.kill()
            server.arguments += ["--workers", "0"]
            server.start()
            cancel = job_pb2.CancelJobRequest(name=job.name)
            until(lambda: server.jobs.CancelJob(cancel).state == job_pb2.Job.STATE_CANCELLED, "the end of the lease")
            server.jobs.DeleteJob(job_pb2.DeleteJobRequest(name=job.name))
            server.datasets.DeleteDataset(dataset_pb2.DeleteDatasetRequest(name="datasets/cells"))

    def test_workers_end_with_their_server_and_are_replaced_when_they_end(self):
        with tempfile.TemporaryDirectory() as folder, Server(os.path.join(folder, "data"), ["--workers", "2"]) as server:
            first = until(lambda: len(server.worker_pids()) == 2 and server.worker_pids(), "two workers")
            os.kill(first[0], signal.SIGKILL)
            until(lambda: len(server.worker_pids()) == 2 and first[0] not in server.worker_pids(), "a new worker")
            left = server.worker_pids()
            server.kill()
            for pid in left:
                until(lambda: not alive(pid), "the end of the workers")
            server.start()

    def test_acknowledged_batches_survive_and_repeats_are_there_once(self):
        rng = np.random.default_rng(1)
        batches = [batch(k + 1, rng.standard_normal((50, 3)), float(k % 4)) for k in range(400)]
        with tempfile.TemporaryDirectory() as folder, Server(os.path.join(folder, "data"), ["--workers", "0"]) as server:
            server.create("stream")
            acknowledged = [0]
            enough = threading.Event()

            def send():
                requests = (dataset_pb2.AppendSnapshotsRequest(dataset="datasets/stream", batch=b) for b in batches)
                try:
                    for answer in server.datasets.AppendSnapshots(requests):
                        acknowledged[0] = answer.acknowledged_batch
                        if answer.acknowledged_batch >= 20:
                            enough.set()
                except (grpc.RpcError, ValueError):
                    pass
                enough.set()

            sender = threading.Thread(target=send)
            sender.start()
            enough.wait()
            server.kill()
            sender.join()
            self.assertGreaterEqual(acknowledged[0], 20)
            server.start()
            dataset = server.datasets.GetDataset(dataset_pb2.GetDatasetRequest(name="datasets/stream"))
            self.assertGreaterEqual(dataset.last_batch, acknowledged[0])
            self.assertEqual(dataset.row_count, 50 * dataset.last_batch)
            self.assertEqual(server.append("stream", batches)[-1].row_count, 400 * 50)
            read = [r.batch for r in server.datasets.ReadSnapshots(
                dataset_pb2.ReadSnapshotsRequest(dataset="datasets/stream"))]
            self.assertEqual(read, batches)
            # The content hash went on over the restart as if nothing had happened.
            server.create("again")
            server.append("again", batches)
            hashes = {server.datasets.GetDataset(dataset_pb2.GetDatasetRequest(name="datasets/" + n)).content_hash
                      for n in ("stream", "again")}
            self.assertEqual(len(hashes), 1)

    def test_a_damaged_file_is_named_and_nothing_else_is_lost(self):
        with tempfile.TemporaryDirectory() as folder, Server(os.path.join(folder, "data"), ["--workers", "0"]) as server:
            server.put("whole", {0.0: np.ones((5, 2)), 1.0: np.zeros((5, 2))})
            uid = server.put("broken", {0.0: np.ones((5, 2)), 1.0: np.zeros((5, 2))}).uid
            path = os.path.join(folder, "data", "datasets", uid)
            name = next(n for n in os.listdir(path) if n.startswith("2-"))
            with open(os.path.join(path, name), "r+b") as file:
                file.seek(-1, os.SEEK_END)
                file.write(b"\x01")
            with self.assert_refused(grpc.StatusCode.DATA_LOSS, "batch 2", name):
                list(server.datasets.ReadSnapshots(dataset_pb2.ReadSnapshotsRequest(dataset="datasets/broken")))
            self.assertEqual(len(list(server.datasets.ReadSnapshots(
                dataset_pb2.ReadSnapshotsRequest(dataset="datasets/whole")))), 2)

    def test_a_worker_apart_from_the_server_does_its_jobs(self):
        with tempfile.TemporaryDirectory() as folder, Server(os.path.join(folder, "data"), ["--workers", "0"]) as server:
            server.simulate("cells", points=60)
            job = server.submit("cells", "apart", spec(100))
            self.assertEqual(server.job(job.name).state, job_pb2.Job.STATE_QUEUED)
            with subprocess.Popen([os.path.join(BIN, "actionmatchd"), "work", "--data-dir", server.data_dir]) as worker:
                try:
                    self.assertEqual(server.wait(job.name)[-1].job.state, job_pb2.Job.STATE_SUCCEEDED)
                finally:
                    worker.terminate()
            self.assertEqual(worker.returncode, 0)


def alive(pid):
    """Whether a process runs: one that ended and waits for its parent does not."""
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    main()
