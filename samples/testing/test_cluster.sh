#!/usr/bin/env bash
# Tests that have a Kubernetes cluster each: bash samples/testing/test_cluster.sh
# Needs kubectl, and skiff on the PATH (or in the variable SKIFF).
set -euo pipefail

# Runs a function with KUBECONFIG set to a cluster of its own, which is gone after it, whatever becomes of this script.
with_cluster() {
    coproc CLUSTER { exec "${SKIFF:-skiff}" up --ephemeral 2>/dev/null; }
    local facts pid=$CLUSTER_PID input=${CLUSTER[1]}
    read -r facts <&"${CLUSTER[0]}"
    KUBECONFIG=$(sed 's/.*"kubeconfig":"\([^"]*\)".*/\1/' <<<"$facts") HOME=${TMPDIR:-/tmp} "$1"
    exec {input}>&-
    wait "$pid"
    echo "ok $1"
}

a_deployment_gets_its_pods() {
    kubectl create deployment sleeper --image=busybox --replicas=2 -- sleep 1000
    kubectl rollout status deployment/sleeper --timeout=60s
    test "$(kubectl get pods -l app=sleeper --no-headers | wc -l)" = 2
}

a_job_runs_to_its_end() {
    kubectl create job sum --image=busybox -- sh -c 'echo $((6 * 7))'
    kubectl wait --for=condition=complete job/sum --timeout=60s
    test "$(kubectl logs job/sum)" = 42
}

with_cluster a_deployment_gets_its_pods
with_cluster a_job_runs_to_its_end
