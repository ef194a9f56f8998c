import ControlLoops
import KubeAPI

/// A pod's phase from its containers (kubelet's getPhase).
struct PodPhase {
    let phase: String

    init(_ pod: Pod, _ state: PodState) {
        if state.eviction != nil {
            phase = "Failed"
            return
        }
        let policy = pod.spec.restartPolicy ?? "Always"
        for container in pod.spec.initContainers where !container.isSidecar {
            let memory = state.containers[container.name ?? ""]
            if let exit = memory?.exit {
                if exit.code == 0 { continue }
                phase = policy == "Never" ? "Failed" : "Pending"
                return
            }
            phase = "Pending"
            return
        }
        for container in pod.spec.initContainers where container.isSidecar {
            let memory = state.containers[container.name ?? ""]
            if memory?.run == nil {
                phase = "Pending"
                return
            }
        }
        var running = 0
        var waiting = 0
        var succeeded = 0
        var failed = 0
        for container in pod.spec.containers {
            guard let memory = state.containers[container.name ?? ""], let run = memory.run else {
                waiting += 1
                continue
            }
            if let exit = run.exit {
                let restarts = container.restartPolicy ?? policy
                if restarts == "Always" || (restarts == "OnFailure" && exit.code != 0) {
                    // It will run again: to the pod's phase it counts as running, unless the pod is on its way out.
                    if pod.isBeingDeleted { failed += 1 } else { running += 1 }
                } else if exit.code == 0 {
                    succeeded += 1
                } else {
                    failed += 1
                }
            } else {
                running += 1
            }
        }
        if waiting > 0 {
            phase = "Pending"
        } else if running > 0 {
            phase = "Running"
        } else {
            phase = failed > 0 && succeeded < pod.spec.containers.count ? "Failed" : "Succeeded"
        }
    }

    /// The phase if it is one that a pod does not leave, else nil.
    var finished: String? { phase == "Succeeded" || phase == "Failed" ? phase : nil }
}
