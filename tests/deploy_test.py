"""What is deployed fits what is built: ports, flags, users, packages."""

import json
import os
import re
import subprocess
import tempfile
import unittest

import yaml
from harness import Server, free_port

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
        self.assertRegex(self.dockerfile, r'(?m)^COPY deploy/health.sh /usr/local/bin/actionmatch-health$')
        self.assertRegex(self.dockerfile, r'(?m)^HEALTHCHECK .* CMD \["actionmatch-health"\]$')
        self.assertEqual(re.findall(r"(?m)^EXPOSE (.*)$", self.dockerfile), ["7447 7448"])

    def test_kubernetes_fits_the_image(self):
        deployment = yaml.safe_load(read("deploy", "kubernetes", "deployment.yaml"))
        pod = deployment["spec"]["template"]["spec"]
        self.assertEqual(pod["securityContext"]["runAsUser"], 10001)
        self.assertTrue(pod["securityContext"]["runAsNonRoot"])
        self.assertFalse(pod["automountServiceAccountToken"])
        containers = {c["name"]: c for c in pod["containers"]}
        ports = {p["name"]: p["containerPort"] for p in containers["serve"]["ports"]}
        self.assertEqual(ports, {"grpc": 7447, "metrics": 7448})
        for name, container in containers.items():
            self.assertEqual(container["imagePullPolicy"], "IfNotPresent")
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
        for service in compose["services"].values():
            self.assertTrue("build" in service or re.search(r":v[0-9.]+$", service["image"]), service)
        path = os.path.join(SOURCE, "deploy", "prometheus", "prometheus.yml")
        subprocess.run(["promtool", "check", "config", path], check=True, stdout=subprocess.DEVNULL)
        target = yaml.safe_load(read("deploy", "prometheus", "prometheus.yml"))["scrape_configs"][0]
        self.assertEqual(target["static_configs"][0]["targets"], ["actionmatch:7448"])

    def test_the_health_check_knows_both_roles(self):
        def well(pid):
            return subprocess.run([os.path.join(SOURCE, "deploy", "health.sh"), str(pid)],
                                  capture_output=True).returncode == 0

        address = "127.0.0.1:%d" % free_port()
        with Server(arguments=["--workers", "0"], metrics_listen=address) as server:
            self.assertTrue(well(server.process.pid))
            self.assertNotIn("actionmatch_calls_total{", server.http("/metrics")[1])
            with subprocess.Popen([os.path.join(BIN, "actionmatchd"), "work", "--data-dir", server.data_dir],
                                  stderr=subprocess.DEVNULL) as worker:
                self.assertTrue(well(worker.pid))
                worker.terminate()
            self.assertFalse(well(worker.pid))
        self.assertFalse(well(server.process.pid))

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
