"""The server as its operator sees it: health, logs, limits, signals, flags."""

import os
import select
import signal
import socket
import subprocess
import tempfile
import threading

import grpc
import numpy as np
from harness import (BIN, EXHAUSTED, INVALID, PATIENCE, Server, ServiceTest, batch, dataset_pb2, field_pb2, job_pb2,
                     main, points, spec, until)

SERVICES = ("", "actionmatch.v1.DatasetService", "actionmatch.v1.JobService", "actionmatch.v1.FieldService",
            "actionmatch.v1.TrajectoryService")
SERVING, NOT_SERVING = b"\x08\x01", b"\x08\x02"


def health(server, service):
    request = b"\x0a" + bytes([len(service)]) + service.encode() if service else b""
    return server.channel.unary_unary("/grpc.health.v1.Health/Check")(request)


class Held:
    """A stream of requests that stays open after those given, until it is let go."""

    def __init__(self, *requests):
        self.requests, self.done = requests, threading.Event()

    def __iter__(self):
        yield from self.requests
        self.done.wait()


def opened_for_writing(pipe):
    """A descriptor once the pipe has a reader, else None."""
    try:
        return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return None


def end_of(stream):
    try:
        for _ in stream:
            pass
    except grpc.RpcError as error:
        return error.code()


def append(name, number=1):
    return dataset_pb2.AppendSnapshotsRequest(dataset="datasets/" + name, batch=batch(number, points(), 0.0))


class Operations(ServiceTest):
    def test_health_is_served_for_each_service_and_reflection_lists_them(self):
        # Health and reflection without generated stubs: the wire form of their messages is small enough.
        for service in SERVICES:
            self.assertEqual(health(self.server, service), SERVING, service)
        reflect = self.server.channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
        answer = b"".join(reflect(iter([b"\x3a\x01*"])))
        self.assertIn(b"actionmatch.v1.TrajectoryService", answer)

    def test_request_ids_come_back_and_calls_are_counted(self):
        _, call = self.server.datasets.ListDatasets.with_call(
            dataset_pb2.ListDatasetsRequest(), metadata=[("x-request-id", "mine-1")])
        self.assertIn(("x-request-id", "mine-1"), [(k, v) for k, v in call.trailing_metadata()])
        self.assertGreaterEqual(
            self.server.metric('actionmatch_calls_total{code="OK",method="DatasetService/ListDatasets"}'), 1)
        self.assertEqual(self.server.http("/healthz")[0], 200)
        self.assertEqual(self.server.http("/readyz")[0], 200)

    def test_connections_that_say_nothing_hold_no_probe_up(self):
        host, port = self.server.metrics_address.rsplit(":", 1)
        idle = [socket.create_connection((host, int(port))) for _ in range(48)]
        try:
            self.assertEqual(self.server.http("/healthz"), (200, "ok\n"))
            # It did not wait for the server to give all of them up.
            self.assertLess(len(select.select(idle, [], [], 0)[0]), len(idle))
        finally:
            for connection in idle:
                connection.close()

    def test_sigterm_ends_a_long_simulation(self):
        with Server(arguments=["--workers", "0", "--drain-time", "0"]) as server:
            call = server.datasets.SimulateDataset.future(dataset_pb2.SimulateDatasetRequest(
                name="datasets/long", simulation=dataset_pb2.Simulation(three_gene=dataset_pb2.ThreeGeneSimulation(
                    snapshots=1000, points=4000, interval=100, division=0))))
            until(lambda: server.in_progress("DatasetService/SimulateDataset"), "the simulation")
            self.assertEqual(server.terminate(), 0)
            self.assertIsNotNone(call.exception())

    def test_a_server_that_starts_removes_what_crashes_left(self):
        with tempfile.TemporaryDirectory() as folder, Server(os.path.join(folder, "data"), ["--workers", "0"]) as server:
            uid = server.put("kept", {0.0: points()}).uid
            self.assertEqual(server.terminate(), 0)
            left = [os.path.join(folder, "data", name) for name in (
                "datasets/dead", "jobs/dead", "fields/dead.safetensors", "fields/dead.safetensors.tmp7", "fields/new")]
            for path in left[:2]:
                os.mkdir(path)
                open(os.path.join(path, "1.safetensors"), "w").close()
            for path in left[2:]:
                open(path, "w").close()
            for path in left[:-1] + [os.path.join(folder, "data", "datasets", uid)]:
                os.utime(path, (0, 0))
            server.start()
            until(lambda: server.logs().count("event=orphan_removed ") == 4, "the log of what was removed")
            self.assertEqual([os.path.exists(path) for path in left], [False] * 4 + [True])
            for path in left[:-1]:
                self.assertIn("path=" + path, server.logs())
            self.assertEqual(len(list(server.datasets.ReadSnapshots(
                dataset_pb2.ReadSnapshotsRequest(dataset="datasets/kept")))), 1)

    def test_appends_that_must_read_a_whole_dataset_first_hold_no_other_call_up(self):
        with tempfile.TemporaryDirectory() as folder, Server(os.path.join(folder, "data"), ["--workers", "0"]) as server:
            server.create("other")
            uid = server.put("large", {float(t): points() for t in range(20)}).uid
            batches = os.path.join(folder, "data", "datasets", uid)
            first = os.path.join(batches, next(name for name in os.listdir(batches) if name.startswith("1-")))
            self.assertEqual(server.terminate(), 0)
            server.start()
            # Whoever opens it waits until it is opened for writing: a disk that takes its time.
            os.rename(first, first + ".kept")
            os.mkfifo(first)
            streams = [server.datasets.AppendSnapshots(iter([append("large", 21)])) for _ in range(16)]
            until(lambda: server.in_progress("DatasetService/AppendSnapshots") == 16, "the appends")
            self.assertEqual(server.append("other", [batch(1, points(), 0.0)])[-1].acknowledged_batch, 1)
            server.datasets.GetDataset(dataset_pb2.GetDatasetRequest(name="datasets/large"))
            release = until(lambda: opened_for_writing(first), "a reader")
            os.unlink(first)
            os.rename(first + ".kept", first)
            os.close(release)
            ends = [end_of(stream) for stream in streams]
            self.assertIn(grpc.StatusCode.DATA_LOSS, ends)  # of the one that read the pipe

    def test_sigterm_drains_and_a_stream_that_watches_is_told(self):
        with Server() as server:
            server.simulate("cells", points=60)
            job = server.submit("cells", "long", spec(10_000_000))
            watch = server.jobs.WatchJob(job_pb2.WatchJobRequest(name=job.name))
            next(watch)
            ended = []

            def follow():
                try:
                    for _ in watch:
                        pass
                except grpc.RpcError as error:
                    ended.append(error.code())

            thread = threading.Thread(target=follow)
            thread.start()
            self.assertEqual(server.terminate(), 0)
            thread.join()
            self.assertEqual(ended, [grpc.StatusCode.UNAVAILABLE])

    def test_a_jobs_transitions_are_logged_with_the_id_of_the_request_that_made_it(self):
        with Server() as server:
            server.simulate("cells", points=60)
            server.jobs.CreateJob(job_pb2.CreateJobRequest(job=job_pb2.Job(
                name="jobs/traced", dataset="datasets/cells", train=spec(20))), metadata=[("x-request-id", "trace-7")])
            server.wait("jobs/traced")
            until(lambda: "event=job_left" in server.logs(), "the worker's last line")
            for event in ("job_queued", "job_claimed", "job_ended", "job_left", "call"):
                lines = [line for line in server.logs().splitlines() if "event=%s " % event in line]
                self.assertTrue(any("request_id=trace-7" in line for line in lines), event)

    def test_every_end_of_a_job_is_logged_once_with_its_state(self):
        with Server() as server:
            server.simulate("cells", points=60)
            x = np.full((60, 2), 1e300)
            server.put("huge", {0.0: x, 1.0: -x})

            def submit(name, dataset, steps):
                server.jobs.CreateJob(job_pb2.CreateJobRequest(job=job_pb2.Job(
                    name="jobs/" + name, dataset="datasets/" + dataset, train=spec(steps))),
                    metadata=[("x-request-id", "trace-" + name)])

            submit("succeeds", "cells", 20)
            submit("fails", "huge", 20)
            submit("running", "cells", 10_000_000)
            submit("queued", "cells", 20)
            until(lambda: server.job("jobs/running").progress.step > 0, "progress")
            for name in ("queued", "running"):
                server.jobs.CancelJob(job_pb2.CancelJobRequest(name="jobs/" + name))
            server.wait("jobs/running")
            ends = (("succeeds", "SUCCEEDED"), ("fails", "FAILED"), ("queued", "CANCELLED"), ("running", "CANCELLED"))
            until(lambda: server.logs().count("event=job_ended ") >= len(ends), "the log of all ends")
            lines = [line for line in server.logs().splitlines() if "event=job_ended " in line]
            self.assertEqual(len(lines), len(ends))
            for name, state in ends:
                words = "job=jobs/%s state=%s " % (name, state), "request_id=trace-%s " % name
                self.assertEqual(sum(all(word in line for word in words) for line in lines), 1, (words, lines))

    def test_streams_count_as_calls_and_what_is_too_much_is_refused_at_once(self):
        with Server(arguments=["--workers", "0", "--max-calls", "2"]) as server:
            server.create("held")
            server.create("other")
            held = [Held(append("held")), Held(append("other"))]
            streams = [server.datasets.AppendSnapshots(iter(h)) for h in held]
            for stream in streams:
                next(stream)
            for call in (lambda: server.create("third"),
                         lambda: server.append("held", [batch(2, points(), 0.0)]),
                         lambda: server.fields.ImportField(iter([field_pb2.ImportFieldRequest(name="fields/third")])),
                         lambda: list(server.datasets.ReadSnapshots(
                             dataset_pb2.ReadSnapshotsRequest(dataset="datasets/held")))):
                with self.assert_refused(EXHAUSTED, "2 calls", "--max-calls"):
                    call()
            self.assertEqual(health(server, ""), SERVING)
            held[0].done.set()
            self.assertEqual(list(streams[0]), [])
            server.create("third")
            held[1].done.set()

    def test_imports_together_hold_no_more_than_they_may(self):
        with Server(arguments=["--workers", "0", "--max-import-bytes", "65536"]) as server:
            def send(size):
                try:
                    server.fields.ImportField(iter([field_pb2.ImportFieldRequest(name="fields/f", chunk=bytes(size))]))
                except grpc.RpcError as error:
                    return error.code()

            self.assertEqual(send(65536), INVALID)  # there is room, but it is no field
            self.assertEqual(send(65537), EXHAUSTED)
            held = first = None

            def first_is_held():
                # What asks may be there before it, and take its room.
                nonlocal held, first
                if first is None or first.done():
                    held = Held(field_pb2.ImportFieldRequest(name="fields/held", chunk=bytes(60000)))
                    first = server.fields.ImportField.future(iter(held))
                return send(10000) == EXHAUSTED and not first.done()

            until(first_is_held, "the first import's bytes")
            held.done.set()
            self.assertEqual(first.code(), INVALID)
            self.assertEqual(send(10000), INVALID)

    def test_a_second_sigterm_ends_at_once(self):
        with Server(arguments=["--workers", "0", "--drain-time", "3600"]) as server:
            server.create("held")
            # A stream that nobody finishes keeps the server from draining.
            held = Held(append("held"))
            stream = server.datasets.AppendSnapshots(iter(held))
            next(stream)
            server.process.send_signal(signal.SIGTERM)
            until(lambda: "event=draining" in server.logs(), "the drain")
            self.assertEqual(server.http("/readyz"), (503, "draining\n"))
            for service in SERVICES:
                self.assertEqual(health(server, service), NOT_SERVING, service)
            self.assertIsNone(server.process.poll())
            with self.assert_refused(grpc.StatusCode.UNAVAILABLE):
                server.create("late")
            server.process.send_signal(signal.SIGTERM)
            self.assertEqual(server.process.wait(PATIENCE), 1)
            held.done.set()

    def test_a_port_in_use_and_a_bad_flag_are_told_plainly(self):
        command = [os.path.join(BIN, "actionmatchd"), "serve", "--data-dir", self.server.data_dir]
        taken = subprocess.run(command + ["--listen", self.server.address, "--metrics-listen", "127.0.0.1:0"],
                               capture_output=True, text=True)
        self.assertEqual(taken.returncode, 1)
        self.assertIn("--listen", taken.stderr)
        for line in taken.stderr.splitlines():  # the libraries' lines too are ours
            self.assertRegex(line, r"^time=\S+ level=\w+ role=serve event=")
        for flags, words in ((["--workers", "many"], ["--workers", "0 to 64"]), (["--listen", "nowhere"], ["HOST:PORT"]),
                             (["--workerz", "3"], ["--workerz", "nearest is --workers", "--max-calls"]),
                             (["--log-level", "loud"], ["debug, info, warning, error"]),
                             (["--device", "gpu"], ["--device", "auto, cpu, cuda"])):
            bad = subprocess.run(command + flags, capture_output=True, text=True)
            self.assertEqual(bad.returncode, 2)
            for word in words:
                self.assertIn(word, bad.stderr)

    def test_cuda_that_cannot_be_used_stops_either_role_at_once(self):
        without = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
        for role in ("serve", "work"):
            refused = subprocess.run([os.path.join(BIN, "actionmatchd"), role, "--data-dir", self.server.data_dir,
                                      "--device", "cuda"], capture_output=True, text=True, timeout=PATIENCE, env=without)
            self.assertEqual(refused.returncode, 1)
            for word in ("event=start_failed", "--device", "use cpu or auto"):
                self.assertIn(word, refused.stderr)


if __name__ == "__main__":
    main()
