"""What is deployed fits what is built: ports, flags, users, packages."""

import json
import os
import re
import subprocess
import tempfile
import unittest

import yaml

SOURCE = os.environ["ACTIONMATCH_SOURCE"]
BIN = os.environ["ACTIONMATCH_BIN"]


def read(*parts):
    with open(os.path.join(SOURCE, *parts)) as file:
        return file.read()


class Deploy(unittest.TestCase):
    def setUp(self):
        self.dockerfile = read("Dockerfile")
        self.help = {role: subprocess.run([os.path.join(BIN, "actionmatchd"), role, "--help"], capture_output=True,
                                          text=True, check=True).stdout for role in ("serve", "work")}

    def test_the_image_is_set_up_by_variables_that_the_server_knows_and_is_not_root(self):
        known = "".join(self.help.values())
        variables = re.findall(r"ACTIONMATCH_\w+(?==)", self.dockerfile)
        self.assertEqual(len(variables), 3 + 1)  # and the option of the build
        for variable in variables:
            if variable != "ACTIONMATCH_TESTS":
                self.assertIn(variable, known)
        self.assertRegex(self.dockerfile, r"(?m)^USER 10001$")
        self.assertIn("HEALTHCHECK", self.dockerfile)
        self.assertEqual(re.findall(r"(?m)^EXPOSE (.*)$", self.dockerfile), ["7447 7448"])

    def test_kubernetes_fits_the_image(self):
        deployment = yaml.safe_load(read("deploy", "kubernetes", "deployment.yaml"))
        pod = deployment["spec"]["template"]["spec"]
        self.assertEqual(pod["securityContext"]["runAsUser"], 10001)
        self.assertTrue(pod["securityContext"]["runAsNonRoot"])
        containers = {c["name"]: c for c in pod["containers"]}
        ports = {p["name"]: p["containerPort"] for p in containers["serve"]["ports"]}
        self.assertEqual(ports, {"grpc": 7447, "metrics": 7448})
        for name, container in containers.items():
            self.assertTrue(container["securityContext"]["readOnlyRootFilesystem"])
            self.assertEqual(container["securityContext"]["capabilities"]["drop"], ["ALL"])
            self.assertIn("limits", container["resources"])
            self.assertIn("/data", [m["mountPath"] for m in container["volumeMounts"]])
            role, *flags = container["args"]
            self.assertEqual(role, name)
            for flag in flags:
                self.assertIn(flag.split("=")[0], self.help[role])
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            self.assertIn(probe, containers["serve"])
        service = yaml.safe_load(read("deploy", "kubernetes", "service.yaml"))
        self.assertEqual({p["name"]: p["port"] for p in service["spec"]["ports"]}, ports)
        kustomization = yaml.safe_load(read("deploy", "kubernetes", "kustomization.yaml"))
        for resource in kustomization["resources"]:
            self.assertTrue(list(yaml.safe_load_all(read("deploy", "kubernetes", resource))))
        claims = [v["persistentVolumeClaim"]["claimName"] for v in pod["volumes"] if "persistentVolumeClaim" in v]
        self.assertEqual(claims, [yaml.safe_load(read("deploy", "kubernetes", "volume.yaml"))["metadata"]["name"]])

    def test_compose_and_prometheus_fit_the_image(self):
        compose = yaml.safe_load(read("deploy", "compose.yaml"))
        self.assertEqual(compose["services"]["actionmatch"]["ports"], ["127.0.0.1:7447:7447"])
        self.assertIn("data:/data", compose["services"]["actionmatch"]["volumes"])
        path = os.path.join(SOURCE, "deploy", "prometheus", "prometheus.yml")
        subprocess.run(["promtool", "check", "config", path], check=True, stdout=subprocess.DEVNULL)
        target = yaml.safe_load(read("deploy", "prometheus", "prometheus.yml"))["scrape_configs"][0]
        self.assertEqual(target["static_configs"][0]["targets"], ["actionmatch:7448"])

    def test_every_line_of_packages_names_a_package_its_role_and_its_purpose(self):
        names = []
        for line in read("deploy", "packages.txt").splitlines():
            self.assertRegex(line, r"^[a-z0-9][a-z0-9.+-]+ +(build|run|test) +\S.*$")
            names.append(line.split()[0])
        self.assertEqual(len(names), len(set(names)))

    def test_scripts_refuse_what_they_do_not_know_and_say_what_they_know(self):
        for words, command in ((["no role bulid", "build, run and test"], ["install.sh", "build", "bulid"]),
                               (["--whiten is about files"], ["demo.sh", "--whiten"]),
                               (["--weights-key needs a value"], ["demo.sh", "--weights-key"]),
                               (["no option --weight"], ["demo.sh", "--weight"])):
            script, *arguments = command
            done = subprocess.run([os.path.join(SOURCE, "deploy", script), *arguments], capture_output=True, text=True)
            self.assertEqual(done.returncode, 2, command)
            for word in words:
                self.assertIn(word, done.stderr)

    def test_a_plain_build_needs_no_test_packages_and_the_presets_build_the_tests(self):
        with tempfile.TemporaryDirectory() as build:
            subprocess.run(["cmake", "-S", SOURCE, "-B", build], check=True, stdout=subprocess.DEVNULL)
            with open(os.path.join(build, "CMakeCache.txt")) as file:
                self.assertNotIn("GTest", file.read())
        for preset in json.loads(read("CMakePresets.json"))["configurePresets"]:
            self.assertEqual(preset["cacheVariables"]["ACTIONMATCH_TESTS"], "ON", preset["name"])

    def test_no_other_openblas_than_the_openmp_build_is_asked_for(self):
        asked = re.findall(r"(?m)^(libopenblas\S+)", read("deploy", "packages.txt"))
        self.assertEqual(sorted(asked), ["libopenblas-openmp-dev", "libopenblas0-openmp"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
