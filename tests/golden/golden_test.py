"""Files that earlier releases wrote open, resume and answer as they did: bit for bit on the processor that wrote them,
within 1e-5 elsewhere. make_golden.py says what the files are."""

import json
import os
import shutil
import tempfile
import unittest

import numpy as np

from harness import SOURCE, Server, field_pb2, job_pb2, main
from make_golden import QUANTITIES, answers, export, processor, weights_hash

GOLDEN = os.path.join(SOURCE, "tests", "golden")
TOLERANCE = 1e-5


def parameters(data):
    """{name: array} of the float32 parameters in a field's file."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    result = {}
    for name, entry in header.items():
        if name.startswith("member."):
            first, last = entry["data_offsets"]
            result[name] = np.frombuffer(data[8 + length + first:8 + length + last], "<f4")
    return result


class GoldenTest(unittest.TestCase):
    """Each test is about every folder tests/golden/FORMAT."""

    @classmethod
    def setUpClass(cls):
        cls.formats = sorted(name for name in os.listdir(GOLDEN) if os.path.isdir(os.path.join(GOLDEN, name, "data")))
        cls.folder = tempfile.TemporaryDirectory()
        cls.servers, cls.golden, cls.answers = {}, {}, {}
        for name in cls.formats:
            data = os.path.join(cls.folder.name, name)
            shutil.copytree(os.path.join(GOLDEN, name, "data"), data)
            with open(os.path.join(GOLDEN, name, "golden.json")) as file:
                cls.golden[name] = json.load(file)
            cls.answers[name] = np.load(os.path.join(GOLDEN, name, "answers.npz"))
            cls.servers[name] = Server(data, arguments=["--log-level", "warning"])

    @classmethod
    def tearDownClass(cls):
        for server in cls.servers.values():
            server.stop()
        cls.folder.cleanup()

    def each(self):
        self.assertTrue(self.formats, "there are no golden files")
        for name in self.formats:
            with self.subTest(format=name):
                exact = self.golden[name]["processor"] == processor()
                yield self.servers[name], self.golden[name], name, exact

    def assert_same(self, found, expected, exact, what):
        self.assertEqual(found.shape, expected.shape, what)
        if exact:
            self.assertEqual(found.tobytes(), expected.tobytes(), what)
        else:
            scale = max(1.0, float(np.abs(expected).max()))
            np.testing.assert_allclose(found, expected, rtol=TOLERANCE, atol=TOLERANCE * scale, err_msg=what)

    def test_datasets_are_there_with_their_hashes(self):
        for server, golden, _, _ in self.each():
            shown = {d["name"]: d for d in server.cli_json("dataset", "list")}
            for name, expected in golden["datasets"].items():
                self.assertEqual(shown["datasets/" + name]["contentHash"], expected["content_hash"])
                self.assertEqual(shown["datasets/" + name]["uid"], expected["uid"])
                copy = os.path.join(self.folder.name, name + ".npz")
                server.cli("dataset", "get", name, "--out", copy)
                again = server.cli_json("dataset", "put", name + "-again", copy)
                self.assertTrue(again)

    def test_stored_fields_answer_as_they_did(self):
        for server, golden, name, exact in self.each():
            for field, expected in golden["fields"].items():
                found = server.field("fields/" + field)
                self.assertEqual(found.file_hash, expected["file_hash"])
                for key, value in answers(server, found).items():
                    self.assert_same(value, self.answers[name]["%s.%s" % (field, key)], exact, "%s: %s" % (field, key))

    def test_exported_files_come_in_again_and_answer_the_same(self):
        for server, golden, name, exact in self.each():
            for field, expected in golden["fields"].items():
                path = os.path.join(GOLDEN, name, "fields", field + ".safetensors")
                with open(path, "rb") as file:
                    self.assertEqual(weights_hash(file.read()), expected["weights_hash"])
                server.cli("field", "import", path, "--field", field + "-in")
                found = server.field("fields/" + field + "-in")
                for key in QUANTITIES:
                    self.assert_same(answers(server, found)[key], self.answers[name]["%s.%s" % (field, key)], exact,
                                     "%s: %s" % (field, key))

    def test_a_job_under_way_goes_on_to_the_field_that_it_would_have_made(self):
        for server, golden, name, exact in self.each():
            last = server.wait("jobs/under-way")[-1].job
            self.assertEqual(last.state, job_pb2.Job.STATE_SUCCEEDED, last.error)
            self.assertGreater(last.attempt, 1)
            self.assertNotIn("checkpoint_unusable", server.logs())
            found = export(server, "fields/under-way")
            if exact:
                self.assertEqual(weights_hash(found), golden["fields"]["whole"]["weights_hash"])
            with open(os.path.join(GOLDEN, name, "fields", "whole.safetensors"), "rb") as file:
                expected = parameters(file.read())
            for key, value in parameters(found).items():
                self.assert_same(value, expected[key], exact, key)

    def test_jobs_and_their_history_are_there(self):
        for server, golden, _, _ in self.each():
            names = {j["name"] for j in server.cli_json("job", "list")}
            self.assertLessEqual({"jobs/" + f for f in golden["fields"]}, names)
            self.assertTrue(any(m.progress for m in server.wait("jobs/whole")))
            self.assertEqual(len(server.fields.ListFields(field_pb2.ListFieldsRequest(page_size=1)).fields), 1)


if __name__ == "__main__":
    main()
