"""DatasetService over a real socket: what each call promises, and what it refuses."""

import grpc
import numpy as np
from harness import (EXISTS, INVALID, NOT_FOUND, PRECONDITION, RNG, ServiceTest, batch, dataset_pb2, main, points,
                     tensor, until)


class Datasets(ServiceTest):
    def test_content_hash_does_not_depend_on_batching_and_reading_gives_back_what_was_sent(self):
        x, t = points(60), np.repeat([0.0, 1.0, 2.0], 20)
        w = RNG.uniform(size=60)
        one = dataset_pb2.SnapshotBatch(number=1, points=tensor(x), times=tensor(t), weights=tensor(w))
        self.server.create("one")
        self.server.append("one", [one])
        self.server.create("many")
        many = [dataset_pb2.SnapshotBatch(number=k + 1, points=tensor(x[a:a + 7]), times=tensor(t[a:a + 7]),
                                          weights=tensor(w[a:a + 7])) for k, a in enumerate(range(0, 60, 7))]
        acknowledgements = self.server.append("many", many)
        self.assertEqual((acknowledgements[-1].acknowledged_batch, acknowledgements[-1].row_count), (9, 60))
        a, b = (self.server.datasets.GetDataset(dataset_pb2.GetDatasetRequest(name="datasets/" + n)) for n in ("one", "many"))
        self.assertEqual(a.content_hash, b.content_hash)
        self.assertEqual([(s.time, s.count) for s in b.snapshots], [(0, 20), (1, 20), (2, 20)])
        self.assertEqual((b.dimension, b.row_count), (3, 60))
        read = [r.batch for r in self.server.datasets.ReadSnapshots(dataset_pb2.ReadSnapshotsRequest(dataset="datasets/many"))]
        self.assertEqual(read, many)

    def test_a_repeated_batch_changes_nothing_and_other_content_or_a_gap_is_refused(self):
        self.server.create("rules")
        first, second = batch(1, points(), 0.0), batch(2, points(), 1.0)
        self.server.append("rules", [first, second, first])
        before = self.server.datasets.GetDataset(dataset_pb2.GetDatasetRequest(name="datasets/rules"))
        self.assertEqual(self.server.append("rules", [first, second])[-1].acknowledged_batch, 2)
        with self.assert_refused(EXISTS, "batch 1"):
            self.server.append("rules", [batch(1, points(), 0.0)])
        with self.assert_refused(PRECONDITION, "4", "next batch", "3"):
            self.server.append("rules", [batch(4, points(), 0.0)])
        after = self.server.datasets.GetDataset(dataset_pb2.GetDatasetRequest(name="datasets/rules"))
        self.assertEqual(before, after)

    def test_bad_batches_are_refused_with_field_and_remedy_and_those_before_them_stay(self):
        self.server.create("bad", dimension=3)
        nan = points()
        nan[4, 1] = np.nan
        short = tensor(points())
        short.data = short.data[:-8]
        unknown = tensor(points())
        unknown.data_type = 77
        for wrong, words in (
            (batch(2, nan, 0.0), ["batch.points", "[4, 1]"]),
            (batch(2, points(d=4), 0.0), ["batch.points", "4", "3"]),
            (batch(2, points(), float("inf")), ["batch.time", "finite"]),
            (batch(2, points()), ["batch.time is required"]),
            (batch(2, points(kind=np.float32), 0.0), ["batch.points", "FLOAT32", "FLOAT64"]),
            (dataset_pb2.SnapshotBatch(number=2, points=short, time=0), ["batch.points", "bytes"]),
            (dataset_pb2.SnapshotBatch(number=2, points=unknown, time=0), ["batch.points", "77"]),
            (dataset_pb2.SnapshotBatch(number=2, time=0), ["batch.points"]),
            (batch(0, points(), 0.0), ["batch.number"]),
            (batch(2, points(), 0.0, weights=tensor(-np.ones(10))), ["batch.weights[0]", "at least 0"]),
            (dataset_pb2.SnapshotBatch(number=2, points=tensor(points()), times=tensor(np.zeros(3))), ["batch.times", "10"]),
        ):
            with self.assert_refused(INVALID, *words):
                self.server.append("bad", [batch(1, np.ones((2, 3)), 0.0), wrong])
        self.assertEqual(self.server.append("bad", [batch(1, np.ones((2, 3)), 0.0)])[-1].row_count, 2)
        for name in ("datasets/UPPER", "datasets/" + "x" * 64, "eb", "datasets/a/b", "fields/eb", "datasets/"):
            with self.assert_refused(INVALID, "name", "datasets/"):
                self.server.datasets.CreateDataset(
                    dataset_pb2.CreateDatasetRequest(dataset=dataset_pb2.Dataset(name=name)))

    def test_what_comes_later_is_refused_as_such(self):
        self.server.create("later")
        for more, word in ((dict(row_ids=["a"] * 10), "row_ids"), (dict(velocities=tensor(points())), "velocities"),
                           (dict(condition="dose"), "condition")):
            with self.assert_refused(grpc.StatusCode.UNIMPLEMENTED, "batch." + word, "leave it"):
                self.server.append("later", [batch(1, points(), 0.0, **more)])

    def test_descriptions_have_limits_which_are_told_together(self):
        largest = dict(labels={("%02d" % i).ljust(63, "k"): "v" * 255 for i in range(64)}, time_unit="u" * 63, dimension=2,
                       axis_names=["a" * 255, "b"])
        made = self.server.create("described", **largest)
        self.assertEqual((dict(made.labels), made.time_unit, list(made.axis_names)),
                         (largest["labels"], largest["time_unit"], largest["axis_names"]))
        with self.assert_refused(INVALID, "dataset.labels must be at most 64, are 65", "dataset.labels[''] has an empty key",
                                 "dataset.time_unit must have at most 63 bytes, has 64",
                                 "dataset.axis_names[0] must have at most 255 bytes, has 256", "dataset.axis_names has 1"):
            self.server.create("too-much", labels={"": "", **{"k%d" % i: "" for i in range(64)}}, time_unit="u" * 64,
                               dimension=2, axis_names=["a" * 256])
        with self.assert_refused(INVALID, "(key) must have at most 63 bytes, has 64", "must have at most 255 bytes, has 256"):
            self.server.create("too-long", labels={"k" * 64: "", "k": "v" * 256})
        with self.assert_refused(INVALID, "2 components", "3 axes"):
            self.server.create("axes", axis_names=["x", "y", "z"])
            self.server.append("axes", [batch(1, points(d=2), 0.0)])
        with self.assert_refused(INVALID, "2 components", "dataset.transform.scale", "3 entries", "[n, 3]"):
            self.server.create("scales", transform=dataset_pb2.Transform(scale=[1, 2, 3]))
            self.server.append("scales", [batch(1, points(d=2), 0.0)])

    def test_what_is_wrong_with_a_request_is_told_however_much_it_is(self):
        with self.assert_refused(INVALID, "dataset.transform.scale[0] must be positive", "and 180 more"):
            self.server.create("zeros", transform=dataset_pb2.Transform(scale=[0] * 200))
        made = self.server.create("etag")
        with self.assert_refused(grpc.StatusCode.ABORTED, "etag 'xxx", "(10000 bytes)", made.etag):
            self.server.datasets.DeleteDataset(dataset_pb2.DeleteDatasetRequest(name=made.name, etag="x" * 10000))

    def test_a_range_of_batches_is_read(self):
        def read(first, last, name="range"):
            return [r.batch.number for r in self.server.datasets.ReadSnapshots(dataset_pb2.ReadSnapshotsRequest(
                dataset="datasets/" + name, first_batch=first, last_batch=last))]

        self.server.put("range", {float(t): points() for t in range(4)})
        self.server.create("nothing")
        for first, last, numbers in ((0, 0, [1, 2, 3, 4]), (2, 3, [2, 3]), (0, 2, [1, 2]), (3, 0, [3, 4]), (4, 4, [4])):
            self.assertEqual(read(first, last), numbers)
        self.assertEqual(read(0, 0, "nothing"), [])
        with self.assert_refused(INVALID, "first_batch is 3", "last_batch 2"):
            read(3, 2)
        with self.assert_refused(INVALID, "first_batch", "at least 1"):
            read(-1, 2)
        for first, last, name in ((5, 0, "range"), (1, 5, "range"), (1, 0, "nothing")):
            with self.assert_refused(grpc.StatusCode.OUT_OF_RANGE, "first_batch", "datasets/" + name):
                read(first, last, name)

    def test_a_message_above_the_limit_is_told_the_limit(self):
        self.server.create("large")
        with self.assert_refused(grpc.StatusCode.RESOURCE_EXHAUSTED, str(16 << 20)):
            self.server.append("large", [batch(1, np.zeros((1 << 20, 3)), 0.0)])

    def test_creation_is_idempotent_by_request_id_and_names_are_reused_after_a_delete(self):
        request = dataset_pb2.CreateDatasetRequest(dataset=dataset_pb2.Dataset(name="datasets/twice"), request_id="r1")
        first, second = self.server.datasets.CreateDataset(request), self.server.datasets.CreateDataset(request)
        self.assertEqual(first, second)
        with self.assert_refused(EXISTS, "datasets/twice"):
            self.server.create("twice")
        with self.assert_refused(INVALID, "request_id"):
            self.server.datasets.CreateDataset(dataset_pb2.CreateDatasetRequest(
                dataset=dataset_pb2.Dataset(name="datasets/other"), request_id="r1"))
        with self.assert_refused(grpc.StatusCode.ABORTED, "etag"):
            self.server.datasets.DeleteDataset(dataset_pb2.DeleteDatasetRequest(name="datasets/twice", etag="x"))
        self.server.datasets.DeleteDataset(dataset_pb2.DeleteDatasetRequest(name="datasets/twice", etag=first.etag))
        with self.assert_refused(NOT_FOUND, "datasets/twice"):
            self.server.datasets.GetDataset(dataset_pb2.GetDatasetRequest(name="datasets/twice"))
        self.assertNotEqual(self.server.create("twice").uid, first.uid)

    def test_pages_hold_every_dataset_once(self):
        for i in range(7):
            self.server.create("page-%d" % i)
        names, token = [], ""
        while True:
            page = self.server.datasets.ListDatasets(dataset_pb2.ListDatasetsRequest(page_size=3, page_token=token))
            self.assertLessEqual(len(page.datasets), 3)
            names += [d.name for d in page.datasets]
            token = page.next_page_token
            if not token:
                break
        self.assertEqual(names, sorted(set(names)))
        self.assertLessEqual({"datasets/page-%d" % i for i in range(7)}, set(names))
        with self.assert_refused(INVALID, "page_token"):
            self.server.datasets.ListDatasets(dataset_pb2.ListDatasetsRequest(page_token="nonsense"))
        with self.assert_refused(INVALID, "page_size"):
            self.server.datasets.ListDatasets(dataset_pb2.ListDatasetsRequest(page_size=-1))

    def test_pages_of_large_datasets_hold_fewer(self):
        for i in range(20):
            self.server.create("wide-%02d" % i, axis_names=["axis-%06d" % d for d in range(20000)])
        names, token = [], ""
        while True:
            page = self.server.datasets.ListDatasets(dataset_pb2.ListDatasetsRequest(page_size=1000, page_token=token))
            self.assertLess(page.ByteSize(), 4 << 20)  # what a caller takes by default
            self.assertTrue(page.datasets)
            names += [d.name for d in page.datasets]
            token = page.next_page_token
            if not token:
                break
        self.assertEqual(names, sorted(set(names)))
        self.assertLessEqual({"datasets/wide-%02d" % i for i in range(20)}, set(names))

    def test_a_simulation_ends_with_its_call(self):
        # Minutes of work.
        long = dataset_pb2.Simulation(three_gene=dataset_pb2.ThreeGeneSimulation(
            snapshots=1000, points=4000, interval=100, division=0))
        request = dataset_pb2.SimulateDatasetRequest(name="datasets/long", simulation=long)
        call = self.server.datasets.SimulateDataset.future(request)
        until(lambda: self.server.in_progress("DatasetService/SimulateDataset"), "the simulation")
        call.cancel()
        until(lambda: self.server.ended("DatasetService/SimulateDataset", "CANCELLED"), "its end")
        self.assert_late_calls_stop("DatasetService/SimulateDataset", lambda timeout: self.server.datasets.SimulateDataset(
            request, timeout=timeout))
        with self.assert_refused(NOT_FOUND):
            self.server.datasets.GetDataset(dataset_pb2.GetDatasetRequest(name="datasets/long"))
        long.three_gene.interval = 1000
        with self.assert_refused(INVALID, "snapshots", "interval", "points", "at most 1e+10"):
            self.server.datasets.SimulateDataset(dataset_pb2.SimulateDatasetRequest(name="datasets/long", simulation=long))

    def test_the_same_simulation_gives_the_same_points_and_says_its_parameters(self):
        a, b = self.server.simulate("sim-a", points=30), self.server.simulate("sim-b", points=30)
        self.assertEqual(a.content_hash, b.content_hash)
        self.assertEqual((a.simulation.branching.dimension, a.row_count), (5, 150))
        with self.assert_refused(INVALID, "points", "1"):
            self.server.simulate("sim-c", points=0)
        grown = self.server.simulate("sim-grown", points=100, snapshots=3, growth=[0.5, -0.2])
        self.assertEqual(list(grown.simulation.branching.growth), [0.5, -0.2])
        self.assertEqual([s.count for s in grown.snapshots],
                         [round(50 * (np.exp(0.5 * t) + np.exp(-0.2 * t))) for t in range(3)])
        with self.assert_refused(INVALID, "growth", "2 branches"):
            self.server.simulate("sim-e", growth=[1])
        with self.assert_refused(INVALID, "simulation"):
            self.server.datasets.SimulateDataset(dataset_pb2.SimulateDatasetRequest(name="datasets/sim-d"))


if __name__ == "__main__":
    main()
