import Basics
import ControlLoops

/// What happened, in the words of the past.
package enum PodEvent: Sendable, Equatable {
    case volumesPrepared
    case volumesFailed(String)
    case sandboxStarted(id: String, ip: String)
    case sandboxFailed(String)
    /// It ended by itself, as when its shim was killed, and takes no containers any more.
    case sandboxLost(id: String)
    case sandboxStopped
    case sandboxRemoved
    case imagePulled(container: String, reference: String)
    case imageFailed(container: String, reason: String, message: String)
    case containerStarted(
        container: String, id: String, imageReference: String, at: Instant, isMain: Bool, image: String? = nil,
        granted: GrantedResources? = nil)
    case containerFailed(container: String, reason: String, message: String, run: ContainerMemory.Run?)
    case postStartFailed(container: String, message: String)
    case containerEnded(container: String, id: String, exit: ContainerMemory.Exit)
    case stopFailed(container: String)
    case probed(container: String, id: String, ProbeKind, isHealthy: Bool, message: String, graceSeconds: Int?)
    case objectDeleted
    case objectNotDeleted
    /// The node agrees to what the pod of this generation wants.
    case resizeAllocated(PodAllocation, generation: Int)
    /// The node cannot give it that, for now or ever.
    case resizePending(ResizeState.Pending)
    /// The container goes on with other limits.
    case containerResized(container: String, id: String, GrantedResources)
    /// A step ended; the allocation is what the pod's cgroup has now, nil when that is not sure.
    case resizeEnded(PodAllocation?, error: String?)
    /// It uses more of the node than it may, and must go soon.
    case evicted(message: String, graceSeconds: Int = 1, isForNode: Bool = false)
    /// Its node ends in order.
    case nodeShutsDown(graceSeconds: Int)
    /// Something that the pod refers to is another: a ConfigMap, a Secret, a claim, a volume.
    case dependencyChanged
}

package enum ProbeKind: String, Sendable, Hashable, CaseIterable {
    case startup = "Startup", readiness = "Readiness", liveness = "Liveness"
}

/// What is to be done next, in the words of an order. Steps of one decision may run at the same time.
package enum PodStep: Sendable, Equatable {
    case prepareVolumes
    case startSandbox(attempt: Int)
    case stopSandbox(id: String)
    /// Containers and logs go with it, and the pod's volumes.
    case removeSandbox
    case pull(container: String)
    /// Create, start, postStart hook.
    case start(container: String, attempt: Int)
    /// preStop hook, signal, grace, kill.
    case stop(container: String, id: String, graceSeconds: Int, message: String)
    /// Other limits for what runs.
    case resize(ResizePlan)
    case deleteObject
    case event(isWarning: Bool, reason: String, message: String, container: String?)
}
