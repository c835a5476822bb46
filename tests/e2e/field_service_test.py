"""FieldService over a real socket: what each call promises, and what it refuses."""

import grpc
import numpy as np
from harness import (EXISTS, INVALID, NOT_FOUND, PRECONDITION, TrainedTest, array, batch, dataset_pb2, field_pb2, main,
                     metrics_pb2, points, spec, tensor, tensor_pb2)


class Fields(TrainedTest):
    def evaluate(self, x, time, *quantities, **more):
        return self.server.fields.Evaluate(field_pb2.EvaluateRequest(
            field=self.field.name, points=tensor(x), time=time, quantities=quantities, **more))

    def test_velocity_is_the_gradient_of_the_value_and_divergence_its_trace(self):
        x, t, h = points(20, 5), 1.3, 1e-3
        answer = self.evaluate(x, t, *range(1, 6))
        velocity = array(answer.velocity)
        for d in range(5):
            step = np.zeros(5)
            step[d] = h
            slope = (array(self.evaluate(x + step, t, 1).value) - array(self.evaluate(x - step, t, 1).value)) / (2 * h)
            np.testing.assert_allclose(slope, velocity[:, d], atol=2e-2 * np.abs(velocity).max())
        rate = (array(self.evaluate(x, t + h, 1).value) - array(self.evaluate(x, t - h, 1).value)) / (2 * h)
        np.testing.assert_allclose(rate, array(answer.time_derivative), atol=2e-2 * np.abs(rate).max() + 1e-2)
        trace = sum((array(self.evaluate(x + h * np.eye(5)[d], t).velocity) - array(
            self.evaluate(x - h * np.eye(5)[d], t).velocity))[:, d] for d in range(5)) / (2 * h)
        np.testing.assert_allclose(trace, array(answer.divergence), atol=2e-2 * np.abs(trace).max() + 1e-2)
        np.testing.assert_array_equal(array(answer.growth), 0)

    def test_the_mask_and_the_type_of_the_points_decide_the_answer(self):
        answer = self.evaluate(points(4, 5, np.float32), 1.0)
        self.assertTrue(answer.HasField("velocity"))
        self.assertFalse(answer.HasField("value"))
        self.assertEqual(answer.velocity.data_type, tensor_pb2.DATA_TYPE_FLOAT32)

    def test_one_time_for_each_point_is_the_same_as_each_alone(self):
        x, t = points(6, 5), np.linspace(0, 4, 6)
        together = array(self.server.fields.Evaluate(field_pb2.EvaluateRequest(
            field=self.field.name, points=tensor(x), times=tensor(t))).velocity)
        alone = np.concatenate([array(self.evaluate(x[i:i + 1], t[i]).velocity) for i in range(6)])
        np.testing.assert_array_equal(together, alone)

    def test_bad_evaluations_are_refused(self):
        with self.assert_refused(grpc.StatusCode.OUT_OF_RANGE, "9"):
            self.evaluate(points(2, 5), 9.0)
        self.evaluate(points(2, 5), 9.0, extrapolate=True)
        for time in (float("nan"), float("inf")):
            with self.assert_refused(INVALID, "time must be finite"):
                self.evaluate(points(2, 5), time, extrapolate=True)
        with self.assert_refused(INVALID, "points", "5"):
            self.evaluate(points(2, 4), 1.0)
        with self.assert_refused(INVALID, "quantities[1]"):
            self.evaluate(points(2, 5), 1.0, 1, 1)
        with self.assert_refused(INVALID, "quantities[0]"):
            self.evaluate(points(2, 5), 1.0, 42)
        with self.assert_refused(INVALID, "time is required"):
            self.server.fields.Evaluate(field_pb2.EvaluateRequest(field=self.field.name, points=tensor(points(2, 5))))
        with self.assert_refused(NOT_FOUND, "fields/nowhere"):
            self.server.fields.Evaluate(field_pb2.EvaluateRequest(field="fields/nowhere", points=tensor(points()), time=0))

    def test_export_and_import_give_the_same_field(self):
        chunks = [r.chunk for r in self.server.fields.ExportField(field_pb2.ExportFieldRequest(name=self.field.name))]
        requests = [field_pb2.ImportFieldRequest(name="fields/copy" if i == 0 else "", chunk=c) for i, c in enumerate(chunks)]
        copy = self.server.fields.ImportField(iter(requests))
        self.assertEqual(copy.file_hash, self.field.file_hash)
        self.assertEqual(copy.train, self.field.train)
        with self.assert_refused(EXISTS, "fields/copy"):
            self.server.fields.ImportField(iter(requests))
        damaged = bytearray(b"".join(chunks))
        damaged[len(damaged) // 2] ^= 1
        with self.assert_refused(INVALID, "imported file"):
            self.server.fields.ImportField(iter([field_pb2.ImportFieldRequest(name="fields/broken", chunk=bytes(damaged))]))
        with self.assert_refused(INVALID, "name"):
            self.server.fields.ImportField(iter([]))
        self.server.fields.DeleteField(field_pb2.DeleteFieldRequest(name="fields/copy"))
        with self.assert_refused(NOT_FOUND, "fields/copy"):
            self.server.field("fields/copy")

    def test_pages_hold_every_field_once(self):
        chunks = [r.chunk for r in self.server.fields.ExportField(field_pb2.ExportFieldRequest(name=self.field.name))]
        made = ["fields/page-%d" % i for i in range(4)]
        for name in made:
            self.server.fields.ImportField(iter([field_pb2.ImportFieldRequest(name=name, chunk=c) for c in chunks]))
        names, token = [], ""
        while True:
            page = self.server.fields.ListFields(field_pb2.ListFieldsRequest(page_size=2, page_token=token))
            self.assertLessEqual(len(page.fields), 2)
            names += [f.name for f in page.fields]
            token = page.next_page_token
            if not token:
                break
        self.assertEqual(names, sorted(set(names)))
        self.assertLessEqual({self.field.name, *made}, set(names))

    def score(self, dataset="cells", field=None, **more):
        return self.server.fields.ScoreField(field_pb2.ScoreFieldRequest(
            field=field or self.field.name, dataset="datasets/" + dataset, **more))

    def test_scores_beat_copying_and_tell_which_rows_they_are_of(self):
        test = self.score(subset=metrics_pb2.SUBSET_TEST)
        self.assertFalse(test.seen_in_training)
        self.assertTrue(self.score().seen_in_training)
        for score in test.from_previous:
            self.assertLess(score.w1, score.copy_w1)
            self.assertLess(score.w2, score.copy_w2)
        for score in list(test.from_previous) + list(test.from_first):
            self.assertLessEqual(score.w1, score.w2)
            self.assertGreater(score.floor_w1, 0)
            self.assertLessEqual(score.floor_w1, score.floor_w2)
            # Of clouds that all but coincide: between 0 and 1, and near 0.
            self.assertNotEqual(score.mmd2, 0)
            self.assertLess(abs(score.mmd2), 0.2)
            self.assertLess(score.observed_count, 50)
        self.assertEqual([s.time for s in test.from_previous], [1, 2, 3, 4])
        self.assertEqual({s.source_time for s in test.from_first}, {0})
        for score in self.score(seed=5).from_previous:
            self.assertEqual((score.distance, score.split_seed, score.floor_seed, list(score.member_seeds)),
                             (metrics_pb2.DISTANCE_EXACT, self.field.train.seed, 5, [self.field.train.seed]))
        counts = {s: sum(x.observed_count for x in self.score(subset=s).from_previous) for s in (1, 2, 3, 4)}
        self.assertEqual(counts[1], counts[2] + counts[3] + counts[4])

    def test_a_dataset_without_snapshots_is_told_so(self):
        self.server.create("empty")
        with self.assert_refused(PRECONDITION, "datasets/empty holds no snapshots", "AppendSnapshots"):
            self.score("empty")

    def test_a_time_without_weight_is_told_by_name(self):
        self.server.create("weightless")
        self.server.append("weightless", [batch(1, points(d=5), 0.0),
                                          batch(2, points(d=5), 1.5, weights=tensor(np.zeros(10)))])
        for call in (lambda: self.score("weightless"),
                     lambda: self.server.fields.EvaluateDensity(field_pb2.EvaluateDensityRequest(
                         field=self.field.name, points=tensor(points(d=5)), time=2.0,
                         gaussian_of_dataset="datasets/weightless"))):
            with self.assert_refused(PRECONDITION, "datasets/weightless", "time 1.5", "positive weight"):
                call()

    def test_points_divided_by_another_transform_are_refused(self):
        data = [batch(1, points(d=5), 0.0), batch(2, points(d=5), 1.5)]
        self.server.create("divided", transform=dataset_pb2.Transform(scale=[1, 2, 3, 4, 5]))
        self.server.append("divided", data)
        with self.assert_refused(PRECONDITION, "datasets/divided were divided by a transform", self.field.name, "by none"):
            self.score("divided")
        made = self.server.train("divided", "divided", spec(20))
        self.assertEqual(list(made.transform.scale), [1, 2, 3, 4, 5])
        self.server.create("as-they-were")
        self.server.append("as-they-were", data)
        for call in (lambda name: self.score(name, field=made.name),
                     lambda name: self.server.fields.EvaluateDensity(field_pb2.EvaluateDensityRequest(
                         field=made.name, points=tensor(points(d=5)), time=1.0, gaussian_of_dataset="datasets/" + name)),
                     lambda name: self.server.sample(made.name, [1.0], dataset=(name, 0.0))):
            call("divided")
            with self.assert_refused(PRECONDITION, "datasets/as-they-were", "divided by no transform", "the scale of fields/divided"):
                call("as-they-were")

    def test_a_split_of_another_dataset_is_refused(self):
        self.server.simulate("elsewhere", points=20)
        self.assertFalse(self.score("elsewhere").seen_in_training)
        with self.assert_refused(PRECONDITION, "datasets/elsewhere"):
            self.score("elsewhere", subset=metrics_pb2.SUBSET_TEST)


if __name__ == "__main__":
    main()
