"""Tests that have a Kubernetes cluster each: pytest samples/testing

Needs pytest and kubernetes from PyPI, and skiff on the PATH (or in the variable SKIFF).
"""

import json
import os
import subprocess

import pytest
from kubernetes import client, config, watch


@pytest.fixture
def cluster():
    """A cluster of this test's own. It ends when its standard input closes, so also when pytest dies, and leaves nothing."""
    command = [os.environ.get("SKIFF", "skiff"), "up", "--ephemeral"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as skiff:
        facts = json.loads(skiff.stdout.readline())
        yield config.new_client_from_config(facts["kubeconfig"])
        skiff.stdin.close()


def container(*command):
    return client.V1Container(name="main", image="busybox", command=list(command))


def pods(labels, *containers, **spec):
    return client.V1PodTemplateSpec(
        metadata=client.V1ObjectMeta(labels=labels), spec=client.V1PodSpec(containers=list(containers), **spec)
    )


def test_a_deployment_gets_its_pods(cluster):
    apps = client.AppsV1Api(cluster)
    labels = {"app": "sleeper"}
    apps.create_namespaced_deployment(
        "default",
        client.V1Deployment(
            metadata=client.V1ObjectMeta(name="sleeper"),
            spec=client.V1DeploymentSpec(
                replicas=2,
                selector=client.V1LabelSelector(match_labels=labels),
                template=pods(labels, container("sleep", "1000")),
            ),
        ),
    )
    for event in watch.Watch().stream(apps.list_namespaced_deployment, "default", timeout_seconds=60):
        if event["object"].status.ready_replicas == 2:
            break
    names = client.CoreV1Api(cluster).list_namespaced_pod("default", label_selector="app=sleeper").items
    assert len(names) == 2


def test_a_job_runs_to_its_end(cluster):
    batch, core = client.BatchV1Api(cluster), client.CoreV1Api(cluster)
    template = pods({"job": "sum"}, container("sh", "-c", "echo $((6 * 7))"), restart_policy="Never")
    batch.create_namespaced_job(
        "default", client.V1Job(metadata=client.V1ObjectMeta(name="sum"), spec=client.V1JobSpec(template=template))
    )
    for event in watch.Watch().stream(batch.list_namespaced_job, "default", timeout_seconds=60):
        if event["object"].status.succeeded == 1:
            break
    pod = core.list_namespaced_pod("default", label_selector="job=sum").items[0].metadata.name
    assert core.read_namespaced_pod_log(pod, "default").strip() == "42"


def test_a_watch_tells_every_change_once(cluster):
    core = client.CoreV1Api(cluster)
    # Another test's objects are in another cluster.
    listed = core.list_namespaced_config_map("default", label_selector="set=a")
    assert not listed.items
    for number in range(3):
        metadata = client.V1ObjectMeta(name=f"c{number}", labels={"set": "a"})
        core.create_namespaced_config_map("default", client.V1ConfigMap(metadata=metadata))
    core.delete_namespaced_config_map("c1", "default")
    seen = []
    changes = watch.Watch()
    for event in changes.stream(
        core.list_namespaced_config_map,
        "default",
        label_selector="set=a",
        resource_version=listed.metadata.resource_version,
        timeout_seconds=30,
    ):
        seen.append((event["type"], event["object"].metadata.name))
        if len(seen) == 4:
            changes.stop()
    assert seen == [("ADDED", "c0"), ("ADDED", "c1"), ("ADDED", "c2"), ("DELETED", "c1")]
