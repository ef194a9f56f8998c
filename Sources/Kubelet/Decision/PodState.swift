import Basics
import ContainerRuntime
import ControlLoops
import KubeAPI

/// What the node knows of one pod beside its object: a value that `decide` turns into steps and `happened` brings up to
/// date. It asks nobody.
struct PodState: Sendable, Equatable {
    enum SandboxState: Sendable, Equatable {
        case absent
        case starting
        case ready(id: String, ip: String)
        case failed(why: String, retryAt: Instant)
        case stopping(id: String)
        /// Its containers' logs stay until it is removed.
        case stopped(id: String, ip: String)
        case removing
        case removed
    }
    enum VolumeState: Sendable, Equatable {
        case absent
        case preparing
        case ready
        case failed(why: String, retryAt: Instant)
    }
    /// Why the pod must stop although it was not deleted.
    struct Eviction: Sendable, Equatable {
        var reason: String
        var message: String
    }
    /// The last step before the object goes.
    enum Farewell: Sendable, Equatable { case none, deleting, done, failed(retryAt: Instant) }

    var sandbox = SandboxState.absent
    var sandboxAttempt = 0
    var volumes = VolumeState.absent
    /// By name; init and app containers share one name space.
    var containers: [String: ContainerMemory] = [:]
    var eviction: Eviction?
    var farewell = Farewell.none
    /// When the kubelet saw the pod first.
    var startedAt: Instant?
    /// Whether a phase of Succeeded or Failed was reached; it never goes back.
    var isFinished = false
    /// Whether the sandbox has run at least once.
    var hadSandbox = false
    /// The last address the pod had.
    var knownIP: String?

    var sandboxID: String? {
        switch sandbox {
        case .ready(let id, _), .stopping(let id), .stopped(let id, _): id
        default: nil
        }
    }
    var podIP: String? {
        switch sandbox {
        case .ready(_, let ip), .stopped(_, let ip): ip
        default: nil
        }
    }
}

/// What the node knows of one container of a pod.
struct ContainerMemory: Sendable, Equatable {
    enum Activity: Sendable, Equatable {
        case idle, pulling, starting
        /// `deadline` is when the kill comes.
        case stopping(deadline: Instant)
    }
    /// One run of the container.
    struct Run: Sendable, Equatable {
        var id: String
        var imageReference: String
        var startedAt: Instant?
        var exit: Exit?
    }
    struct Exit: Sendable, Equatable {
        var code: Int
        var signal: Int
        var reason: String
        var message: String
        var finishedAt: Instant
    }
    enum Image: Sendable, Equatable {
        case unknown
        case present(reference: String)
        case missing(ImageFailure)
    }
    struct ImageFailure: Sendable, Equatable {
        /// ErrImagePull, InvalidImageName, ErrImageNeverPull, ImageInspectError.
        var reason: String
        var message: String
        var failures: Int
        var at: Instant
        var image = ""
        var saidBackOff = false
    }
    struct CreateFailure: Sendable, Equatable {
        /// CreateContainerConfigError, CreateContainerError, RunContainerError.
        var reason: String
        var message: String
        var retryAt: Instant
    }

    var activity = Activity.idle
    var image = Image.unknown
    var run: Run?
    var previous: Run?
    var restartCount = 0
    var crashes = CrashBackoff()
    var createFailure: CreateFailure?
    /// What the probes last said of this run; nil before they said anything.
    var startupResult: Bool?
    var readinessResult: Bool?
    /// Why a running container must be stopped: a probe or a hook that failed.
    var mustStop: String?
    /// Set by a probe with its own terminationGracePeriodSeconds.
    var stopGraceSeconds: Int?
    /// The end for which the event BackOff was written.
    var backOffSaidFor: Instant?

    var isRunning: Bool { run != nil && run?.exit == nil && run?.startedAt != nil }
    var exit: Exit? { run?.exit }
}

/// How long a container that ended must wait before it runs again: 10 s doubling to 300 s, forgotten after twice the
/// maximum without a crash (k8s.io/client-go flowcontrol.Backoff).
struct CrashBackoff: Sendable, Equatable {
    static let initial = Duration.seconds(10)
    static let maximum = Duration.seconds(300)

    private(set) var delay: Duration?
    private var updatedAt: Instant?

    /// When it may run again after an end at this instant; nil for at once.
    func until(finishedAt: Instant) -> Instant? {
        guard let delay, let updatedAt, finishedAt - updatedAt <= Self.maximum * 2 else { return nil }
        return finishedAt + delay
    }
    /// It runs again: the next wait is longer.
    mutating func restarted(finishedAt: Instant, now: Instant) {
        if let current = delay, let updatedAt, finishedAt - updatedAt <= Self.maximum * 2 {
            delay = min(current * 2, Self.maximum)
        } else {
            delay = Self.initial
        }
        updatedAt = now
    }
}

/// What happened, in the words of the past.
enum PodEvent: Sendable, Equatable {
    case volumesPrepared
    case volumesFailed(String)
    case sandboxStarted(id: String, ip: String)
    case sandboxFailed(String)
    case sandboxStopped
    case sandboxRemoved
    case imagePulled(container: String, reference: String)
    case imageFailed(container: String, reason: String, message: String)
    case containerStarted(container: String, id: String, imageReference: String, at: Instant)
    case containerFailed(container: String, reason: String, message: String, run: ContainerMemory.Run?)
    case postStartFailed(container: String, message: String)
    case containerEnded(container: String, id: String, exit: ContainerMemory.Exit)
    case stopFailed(container: String)
    case probed(container: String, id: String, ProbeKind, isHealthy: Bool, message: String, graceSeconds: Int?)
    case objectDeleted
    case objectNotDeleted
}

enum ProbeKind: String, Sendable, Hashable, CaseIterable {
    case startup = "Startup", readiness = "Readiness", liveness = "Liveness"
}

/// What is to be done next, in the words of an order. Steps of one decision may run at the same time.
enum PodStep: Sendable, Equatable {
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
    case deleteObject
    case event(isWarning: Bool, reason: String, message: String, container: String?)
}
