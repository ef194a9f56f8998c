import APIMachinery
import Testing

@testable import KubeAPI

/// The phase over restart policies × init, sidecar and main states × deletion (the kubelet's getPhase, KEP-753).
@Suite struct PodLifecycleTests {
    enum State: String, Sendable {
        case never, starting, running, succeeded, failed
        var progress: PodLifecycle.Progress {
            switch self {
            case .never: .init()
            case .starting: .init(isRunning: true)
            case .running: .init(isRunning: true, isStarted: true)
            case .succeeded: .init(exitCode: 0)
            case .failed: .init(exitCode: 1)
            }
        }
    }
    struct Row: Sendable, CustomTestStringConvertible {
        var policy: String
        var initial: State?
        var sidecar: State?
        var main: State
        var isOver = false
        var phase: String
        var isComplete = false
        var testDescription: String {
            "\(policy) init \(initial?.rawValue ?? "-") sidecar \(sidecar?.rawValue ?? "-") main \(main)\(isOver ? " over" : "")"
        }
    }

    private func lifecycle(_ row: Row) -> (PodLifecycle, (Container) -> PodLifecycle.Progress) {
        var spec = PodSpec()
        spec.restartPolicy = row.policy
        var initContainers: [Container] = []
        if row.initial != nil { initContainers.append(Container { $0.name = "init" }) }
        if row.sidecar != nil {
            initContainers.append(
                Container {
                    $0.name = "sidecar"
                    $0.restartPolicy = "Always"
                })
        }
        spec.initContainers = initContainers
        spec.containers = [Container { $0.name = "main" }]
        return (
            PodLifecycle(spec),
            { container in
                switch container.name {
                case "init": row.initial?.progress ?? .init()
                case "sidecar": row.sidecar?.progress ?? .init()
                default: row.main.progress
                }
            }
        )
    }

    static let rows: [Row] = [
        // Init containers hold everything back; one that failed for good ends the pod, the others run again.
        Row(policy: "Always", initial: .never, main: .never, phase: "Pending"),
        Row(policy: "Always", initial: .running, main: .never, phase: "Pending"),
        Row(policy: "Always", initial: .failed, main: .never, phase: "Pending"),
        Row(policy: "OnFailure", initial: .failed, main: .never, phase: "Pending"),
        Row(policy: "Never", initial: .failed, main: .never, phase: "Failed", isComplete: true),
        Row(policy: "Never", initial: .succeeded, main: .never, phase: "Pending"),
        Row(policy: "Never", initial: .succeeded, main: .running, phase: "Running"),
        // One that is to be told as failed is told so when its sidecar has ended, too.
        Row(policy: "Never", initial: .failed, sidecar: .running, main: .never, phase: "Pending", isComplete: true),
        // The main container alone.
        Row(policy: "Always", main: .succeeded, phase: "Running"),
        Row(policy: "Always", main: .failed, phase: "Running"),
        Row(policy: "OnFailure", main: .succeeded, phase: "Succeeded", isComplete: true),
        Row(policy: "OnFailure", main: .failed, phase: "Running"),
        Row(policy: "Never", main: .succeeded, phase: "Succeeded", isComplete: true),
        Row(policy: "Never", main: .failed, phase: "Failed", isComplete: true),
        // On its way out nothing runs again.
        Row(policy: "Always", main: .succeeded, isOver: true, phase: "Succeeded"),
        Row(policy: "Always", main: .failed, isOver: true, phase: "Failed"),
        Row(policy: "OnFailure", main: .failed, isOver: true, phase: "Failed"),
        // A sidecar that runs keeps the pod from its end; one that ended does not count.
        Row(policy: "Never", sidecar: .running, main: .succeeded, phase: "Running", isComplete: true),
        Row(policy: "OnFailure", sidecar: .running, main: .succeeded, phase: "Running", isComplete: true),
        Row(policy: "Never", sidecar: .running, main: .failed, phase: "Running", isComplete: true),
        Row(policy: "Never", sidecar: .succeeded, main: .succeeded, phase: "Succeeded", isComplete: true),
        Row(policy: "Never", sidecar: .failed, main: .succeeded, phase: "Succeeded", isComplete: true),
        Row(policy: "Never", sidecar: .failed, main: .failed, phase: "Failed", isComplete: true),
        Row(policy: "Always", sidecar: .failed, main: .running, phase: "Running"),
        Row(policy: "Always", sidecar: .starting, main: .running, phase: "Running"),
        // Before the main container ran, the sidecar has to have started.
        Row(policy: "Always", sidecar: .starting, main: .never, phase: "Pending"),
        Row(policy: "Always", sidecar: .never, main: .never, phase: "Pending"),
    ]

    @Test(arguments: rows) func phases(_ row: Row) {
        let (lifecycle, progress) = lifecycle(row)
        let hasInitialized = row.main != .never
        #expect(lifecycle.phase(hasInitialized: hasInitialized, isOver: row.isOver, progress) == row.phase)
        if !row.isOver { #expect(lifecycle.isComplete(progress) == row.isComplete) }
    }

    @Test func rolesAndRestarts() {
        let (lifecycle, _) = lifecycle(Row(policy: "Never", initial: .never, sidecar: .never, main: .never, phase: ""))
        #expect(lifecycle.role(of: "init") == .initializing)
        #expect(lifecycle.role(of: "sidecar") == .sidecar)
        #expect(lifecycle.role(of: "main") == .main)
        let own = Container { $0.restartPolicy = "OnFailure" }
        #expect(lifecycle.restarts(own, .main, afterExitCode: 1))
        #expect(!lifecycle.restarts(own, .main, afterExitCode: 0))
        #expect(!lifecycle.restarts(Container(), .main, afterExitCode: 1))
        #expect(lifecycle.restarts(Container { $0.restartPolicy = "Always" }, .sidecar, afterExitCode: 0))
    }

    @Test func aPodIsActiveUntilItEndsOrIsDeleted() {
        for (phase, isTerminal) in [
            ("", false), ("Pending", false), ("Running", false), ("Succeeded", true), ("Failed", true),
        ] {
            var pod = Pod { $0.status.phase = phase }
            #expect(pod.isTerminal == isTerminal)
            #expect(pod.isActive == !isTerminal)
            pod.metadata.deletionTimestamp = "2026-01-01T00:00:00Z"
            #expect(!pod.isActive)
        }
    }
}
