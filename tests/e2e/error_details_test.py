"""Why a call failed, as clients read it: google.rpc.ErrorInfo, BadRequest and RetryInfo in the status details."""

import threading
import unittest

import grpc
import numpy as np

from actionmatch.v1 import dataset_pb2, errors_pb2, field_pb2, job_pb2, trajectory_pb2
from harness import (Details, EXHAUSTED, EXISTS, INVALID, NOT_FOUND, PRECONDITION, Server, TrainedTest, batch, main, points, spec,
                     tensor)


class ErrorDetails(TrainedTest):
    def refusal(self, code, call):
        """The details of a call that must be refused."""
        with self.assert_refused(code) as refused:
            call()
        return refused.details

    def test_what_is_not_there_and_what_is_there_already(self):
        name = {"datasets": "DATASET", "jobs": "JOB", "fields": "FIELD"}
        for collection, get in (
                ("datasets", lambda n: self.server.datasets.GetDataset(dataset_pb2.GetDatasetRequest(name=n))),
                ("jobs", self.server.job), ("fields", self.server.field)):
            details = self.refusal(NOT_FOUND, lambda: get(collection + "/nowhere"))
            self.assertEqual(details.reason, name[collection] + "_NOT_FOUND")
            self.assertEqual(details.metadata, {"name": collection + "/nowhere"})
            self.assertIsNone(details.retry)
            self.assertEqual(details.violations, {})
        for reason, call in (("DATASET_EXISTS", lambda: self.server.create("cells")),
                             ("JOB_EXISTS", lambda: self.server.submit("cells", "cells", fields=["fields/other"])),
                             ("FIELD_EXISTS", lambda: self.server.submit("cells", "other", fields=["fields/cells"]))):
            details = self.refusal(EXISTS, call)
            self.assertEqual((details.reason, details.metadata["name"].split("/")[1]), (reason, "cells"))

    def test_batches_tell_the_number_that_is_expected(self):
        self.server.create("gaps")
        self.server.append("gaps", [batch(1, points(), 0.0), batch(2, points(), 0.0)])
        gap = self.refusal(PRECONDITION, lambda: self.server.append("gaps", [batch(5, points(), 0.0)]))
        self.assertEqual(gap.reason, "BATCH_GAP")
        self.assertEqual(gap.metadata, {"dataset": "datasets/gaps", "batch": "5", "expected": "3"})
        differs = self.refusal(EXISTS, lambda: self.server.append("gaps", [batch(1, points(), 0.0)]))
        self.assertEqual(differs.reason, "BATCH_DIFFERS")
        self.assertEqual(differs.metadata, {"dataset": "datasets/gaps", "batch": "1", "expected": "3"})

    def test_each_wrong_field_is_named(self):
        wrong = spec(0)
        wrong.training.learning_rate = -1
        details = self.refusal(INVALID, lambda: self.server.submit("cells", "Wrong", wrong))
        self.assertEqual(details.reason, "INVALID_FIELD")
        self.assertEqual(set(details.violations),
                         {"job.name", "job.train.training.steps", "job.train.training.learning_rate"})
        self.assertIn("is 0", details.violations["job.train.training.steps"])
        self.assertEqual(details.metadata["violations"], "3")
        infinite = np.where(np.arange(15).reshape(3, 5) == 5, np.inf, 1.0)
        details = self.refusal(INVALID, lambda: self.server.sample(self.field.name, [1.0], points=infinite))
        self.assertEqual(set(details.violations), {"points[1, 0]"})
        scales = dataset_pb2.Transform(scale=[0] * 200)
        details = self.refusal(INVALID, lambda: self.server.create("zeros", transform=scales))
        self.assertEqual(details.metadata["violations"], "200")
        self.assertIn("dataset.transform.scale[0]", details.violations)

    def test_what_the_core_refuses_says_why(self):
        x = points(3, 5)
        outside = self.refusal(grpc.StatusCode.OUT_OF_RANGE, lambda: self.server.sample(self.field.name, [9.0], points=x))
        self.assertEqual(outside.reason, "TIME_OUTSIDE_FIELD")
        self.assertEqual(outside.metadata, {"time": "9", "start_time": "0", "end_time": "4"})
        member = self.refusal(INVALID, lambda: self.server.sample(self.field.name, [1.0], points=x, member=3))
        self.assertEqual((member.reason, member.metadata), ("NO_SUCH_MEMBER", {"member": "3", "members": "1"}))
        back = self.refusal(INVALID, lambda: self.server.sample(self.field.name, [0.0], points=x, start_time=1.0,
                                                                resample_below=0.5))
        self.assertEqual((back.reason, back.metadata), ("RESAMPLING_NOT_REVERSIBLE", {"time": "0", "start_time": "1"}))

    def test_other_refusals_are_told_apart(self):
        self.server.create("empty")
        for reason, code, call in (
                ("TOO_FEW_TIMES", PRECONDITION, lambda: self.server.submit("empty")),
                ("FIELD_NOT_SUPPORTED", grpc.StatusCode.UNIMPLEMENTED,
                 lambda: self.server.submit("cells", initial_field="fields/cells")),
                ("ETAG_MISMATCH", grpc.StatusCode.ABORTED, lambda: self.server.datasets.DeleteDataset(
                    dataset_pb2.DeleteDatasetRequest(name="datasets/empty", etag="old"))),
                ("INVALID_PAGE_TOKEN", INVALID, lambda: self.server.jobs.ListJobs(
                    job_pb2.ListJobsRequest(page_token="nonsense"))),
                ("BATCHES_OUT_OF_RANGE", grpc.StatusCode.OUT_OF_RANGE, lambda: list(self.server.datasets.ReadSnapshots(
                    dataset_pb2.ReadSnapshotsRequest(dataset="datasets/empty", first_batch=2)))),
                ("FIELD_FILE_INVALID", INVALID, lambda: self.server.fields.ImportField(
                    iter([field_pb2.ImportFieldRequest(name="fields/broken", chunk=b"no field")]))),
                ("NO_SUCH_TIME", INVALID, lambda: self.server.sample(self.field.name, [1.0], dataset=("cells", 0.7)))):
            self.assertEqual(self.refusal(code, call).reason, reason)

    def test_long_errors_arrive_whole(self):
        # What does not fit into 8 KB of trailing metadata would reach no client at all.
        details = self.refusal(INVALID, lambda: self.server.datasets.CreateDataset(
            dataset_pb2.CreateDatasetRequest(dataset=dataset_pb2.Dataset(
                name="datasets/" + "\u00e4" * 5000, labels={"\u00e4" * 40 + str(i): "x" * 300 for i in range(70)}))))
        self.assertEqual(details.reason, "INVALID_FIELD")
        self.assertIn("dataset.name", details.violations)

    def test_a_busy_and_a_draining_server_say_when_to_come_back(self):
        with Server(arguments=["--workers", "0", "--max-calls", "1", "--drain-time", "3600"]) as server:
            server.create("held")
            go_on = threading.Event()

            def requests():
                yield dataset_pb2.AppendSnapshotsRequest(dataset="datasets/held", batch=batch(1, points(), 0.0))
                go_on.wait()

            stream = server.datasets.AppendSnapshots(requests())
            next(stream)
            busy = self.refusal(EXHAUSTED, lambda: server.create("more"))
            self.assertEqual((busy.reason, busy.metadata), ("SERVER_BUSY", {"limit": "1"}))
            self.assertGreater(busy.retry, 0)
            server.process.terminate()
            # Until the signal has arrived, the server is busy.
            draining = busy
            while draining.reason == "SERVER_BUSY":
                with self.assertRaises(grpc.RpcError) as refused:
                    server.create("late")
                draining = Details(refused.exception)
            self.assertEqual(refused.exception.code(), grpc.StatusCode.UNAVAILABLE)
            self.assertEqual(draining.reason, "SERVER_DRAINING")
            self.assertGreater(draining.retry, 0)
            go_on.set()
            self.assertEqual(list(stream), [])

    def test_clients_have_the_reasons_by_name(self):
        self.assertIn("ERROR_REASON_BATCH_GAP", errors_pb2.ErrorReason.keys())
        details = self.refusal(NOT_FOUND, lambda: list(self.server.trajectories.SampleTrajectories(
            trajectory_pb2.SampleTrajectoriesRequest(field="fields/nowhere", points=tensor(points(1, 5)), times=[1.0]))))
        self.assertEqual(errors_pb2.ErrorReason.Value("ERROR_REASON_" + details.reason),
                         errors_pb2.ERROR_REASON_FIELD_NOT_FOUND)


if __name__ == "__main__":
    main()
