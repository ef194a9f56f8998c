import Basics
import ControlLoops
import KubeAPI

/// What the node knows of one pod beside its object: a value that `decide` turns into steps and `happened` brings up to
/// date. It asks nobody. Only `PodCore` holds one that can change.
package struct PodState: Sendable, Equatable {
    /// Why the pod must stop although it was not deleted.
    package struct Eviction: Sendable, Equatable {
        var reason: String
        var message: String
        /// nil is the pod's own.
        var graceSeconds: Int?
        /// Because the node is short of something, through no limit of the pod's own.
        var isForNode = false
    }
    package init() {}
    /// Of a pod that the node does not take.
    package init(refused refusal: PodAdmission.Refusal) {
        isRefused = true
        eviction = Eviction(reason: refusal.reason, message: "Pod was rejected: " + refusal.message)
    }

    package var sandbox = SandboxState.absent
    /// How many sandboxes the pod had before this one.
    var sandboxAttempt = 0
    package var volumes = VolumeState.absent
    /// How often in a row they could not be made.
    var volumeFailures = 0
    /// By name; init and app containers share one name space.
    package var containers: [String: ContainerMemory] = [:]
    var eviction: Eviction?
    /// The last step, once nothing of the pod is left here.
    var objectDeletion = ObjectDeletion.due
    /// When the kubelet saw the pod first.
    package var startedAt: Instant?
    /// Whether the pod's own work is over, so that what still runs is to be stopped; it never goes back.
    var isComplete = false
    /// The node did not take the pod; `eviction` says why. Nothing of it was ever made.
    var isRefused = false
    /// Whether a main container has started since the sandbox was made: from then on the pod counts as initialized, even
    /// while a sidecar restarts.
    package var hasInitialized = false
    /// What the node agreed to give it; nil before it took the pod.
    var allocation: PodAllocation?
    var resize = ResizeState()
    /// The last address the pod had.
    package var knownIP: String?

    var sandboxID: String? {
        switch sandbox {
        case .ready(let id, _), .lost(let id, _), .stopping(let id, _), .stopped(let id, _): id
        default: nil
        }
    }
    var podIP: String? {
        switch sandbox {
        case .ready(_, let ip), .lost(_, let ip), .stopping(_, let ip), .stopped(_, let ip): ip
        default: nil
        }
    }
}

/// What the node knows of one container of a pod.
package struct ContainerMemory: Sendable, Equatable {
    package enum Activity: Sendable, Equatable {
        case idle, pulling, starting
        /// `deadline` is when the kill comes.
        case stopping(deadline: Instant)
    }
    /// One run of the container.
    package struct Run: Sendable, Equatable {
        package var id: String
        var imageReference: String
        /// As the spec had it; nil when it is not known any more.
        var image: String?
        package var startedAt: Instant?
        package var exit: Exit?
        /// What it has in effect; nil when it is not known.
        var granted: GrantedResources?
        package init(
            id: String, imageReference: String, image: String? = nil, startedAt: Instant? = nil, exit: Exit? = nil
        ) {
            self.init(
                id: id, imageReference: imageReference, image: image, startedAt: startedAt, exit: exit, granted: nil)
        }
        init(
            id: String, imageReference: String, image: String? = nil, startedAt: Instant? = nil, exit: Exit? = nil,
            granted: GrantedResources?
        ) {
            self.id = id
            self.imageReference = imageReference
            self.image = image
            self.startedAt = startedAt
            self.exit = exit
            self.granted = granted
        }
    }
    package struct Exit: Sendable, Equatable {
        var code: Int
        var signal: Int
        var reason: String
        var message: String
        var finishedAt: Instant
        package init(code: Int, signal: Int, reason: String, message: String, finishedAt: Instant) {
            self.code = code
            self.signal = signal
            self.reason = reason
            self.message = message
            self.finishedAt = finishedAt
        }
    }
    package enum Image: Sendable, Equatable {
        case unknown
        case present(reference: String)
        case missing(ImageFailure)
    }
    package struct ImageFailure: Sendable, Equatable {
        /// ErrImagePull, InvalidImageName, ErrImageNeverPull, ImageInspectError.
        var reason: String
        var message: String
        package var failures: Int
        var at: Instant
        var saidBackOff = false
    }
    package struct CreateFailure: Sendable, Equatable {
        /// CreateContainerConfigError, CreateContainerError, RunContainerError.
        var reason: String
        var message: String
        var retryAt: Instant
        /// It left a run behind, whose end says when the next may begin.
        var leftRun = false
    }

    package init() {}
    var activity = Activity.idle
    package var image = Image.unknown
    package var run: Run?
    var previous: Run?
    package var restartCount = 0
    var crashes = CrashBackoff()
    var createFailure: CreateFailure?
    /// What the probes last said of this run; nil before they said anything.
    package var startupResult: Bool?
    package var readinessResult: Bool?
    /// Why a running container must be stopped: a probe or a hook that failed.
    var mustStop: String?
    /// It ends because its image is another, or a resize asks for it, and runs again.
    var isChanging = false
    /// Set by a probe with its own terminationGracePeriodSeconds.
    var stopGraceSeconds: Int?
    /// The end for which the event BackOff was written.
    var backOffSaidFor: Instant?

    package var isRunning: Bool { run != nil && run?.exit == nil && run?.startedAt != nil }
    var exit: Exit? { run?.exit }
}

extension ContainerMemory {
    func progress(_ container: Container) -> PodLifecycle.Progress {
        // Between two runs of one that changes it counts as running.
        if isChanging, !isRunning { return PodLifecycle.Progress(isRunning: true) }
        return PodLifecycle.Progress(
            isRunning: isRunning,
            isStarted: isRunning && activity != .starting
                && (container.startupProbe == nil || startupResult == true),
            exitCode: exit?.code)
    }
}

extension PodState {
    func progress(_ container: Container) -> PodLifecycle.Progress {
        containers[container.name ?? ""]?.progress(container) ?? PodLifecycle.Progress()
    }
    /// Whether the sandbox is no more, nor its start under way.
    var isGone: Bool {
        switch sandbox {
        case .stopped, .removing, .removed: true
        case .absent, .failed, .starting, .ready, .lost, .stopping: false
        }
    }
    /// Whether something of the pod runs or is being started, stopped or fetched.
    var isAnythingRunning: Bool { containers.values.contains { $0.isRunning || $0.activity != .idle } }
}
