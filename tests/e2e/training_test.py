"""Every path, form of the loss and head trains to the end, and what is held out stays out."""

import numpy as np
from harness import RNG, ServiceTest, array, field_pb2, main, metrics_pb2, spec, tensor, train_spec_pb2

PATH, FORM, HEAD = train_spec_pb2.PathSpec, train_spec_pb2.TrainingSpec, train_spec_pb2.PotentialSpec


def tiny(**settings):
    return spec(60, hidden=[16], training_learning_rate=1e-2, training_warmup_steps=0, **settings)


class Training(ServiceTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        x = RNG.standard_normal((60, 2))
        cls.cells = {t: x + [2 * t, 0] for t in (0.0, 1.0, 2.0, 3.0)}
        cls.server.put("cells", cls.cells)

    def score(self, field, **more):
        return self.server.fields.ScoreField(field_pb2.ScoreFieldRequest(
            field=field.name, dataset="datasets/cells", **more)).from_previous

    def test_every_choice_trains_to_the_end_and_follows_the_population(self):
        for name, settings, path, form in (
            ("observed", dict(path_kind=PATH.KIND_OBSERVED), PATH.KIND_OBSERVED, FORM.FORM_ACTION),
            ("linear", dict(path_kind=PATH.KIND_LINEAR), PATH.KIND_LINEAR, FORM.FORM_CONDITIONAL),
            ("action", dict(path_kind=PATH.KIND_OT, training_form=FORM.FORM_ACTION), PATH.KIND_OT, FORM.FORM_ACTION),
            ("value", dict(potential_head=HEAD.HEAD_VALUE), PATH.KIND_OT, FORM.FORM_CONDITIONAL),
            ("quadratic", dict(potential_head=HEAD.HEAD_QUADRATIC), PATH.KIND_OT, FORM.FORM_CONDITIONAL),
        ):
            with self.subTest(name):
                field = self.server.train("cells", name, tiny(**settings))
                self.assertEqual((field.resolved.path, field.resolved.form), (path, form))
                velocity = array(self.server.fields.Evaluate(field_pb2.EvaluateRequest(
                    field=field.name, points=tensor(self.cells[1.0]), time=1.0)).velocity)
                self.assertGreater(velocity[:, 0].mean(), 0.5)
                for score in self.score(field):
                    self.assertLess(score.w1, score.copy_w1)

    def test_held_out_times_are_measured_and_not_trained_on(self):
        held_out = tiny()
        held_out.hold_out.test_times.append(1.0)
        field = self.server.train("cells", "held-out", held_out)
        self.assertEqual(list(field.snapshot_times), [0, 2, 3])
        self.assertEqual({s.time for s in field.scores if s.subset == metrics_pb2.SUBSET_TEST}, {1})
        test = self.score(field, subset=metrics_pb2.SUBSET_TEST)
        self.assertEqual([(s.time, s.observed_count) for s in test], [(1, 60)])
        self.assertTrue(np.isfinite(test[0].w1))
        self.assertEqual([s.time for s in self.score(field, subset=metrics_pb2.SUBSET_TRAIN)], [3])


if __name__ == "__main__":
    main()
