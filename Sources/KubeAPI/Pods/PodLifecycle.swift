import APIMachinery

extension Pod {
    /// `status.phase`; empty before anybody wrote one.
    public var phase: String { json["status"]?["phase"]?.string ?? "" }
    /// Succeeded or Failed: its containers have ended for good, and nothing leads back.
    public var isTerminal: Bool { PodLifecycle.isTerminal(phase: phase) }
    /// Counts for its controller: neither terminal nor on its way out.
    public var isActive: Bool { !isTerminal && !isBeingDeleted }
    /// The node it is bound to; empty while it waits for one.
    public var nodeName: String { json["spec"]?["nodeName"]?.string ?? "" }
    public func condition(_ type: String) -> JSON? {
        json["status"]?["conditions"]?.elements.first { $0["type"]?.string == type }
    }
    public var isReady: Bool { condition("Ready")?["status"]?.string == "True" }
}

extension Container {
    /// An init container that goes on running beside the others (KEP-753); only of meaning among init containers.
    public var isSidecar: Bool { PodLifecycle.isSidecar(json) }
}

/// What a pod's containers have done and will do, and what follows for the whole pod (the kubelet's getPhase, KEP-753):
/// the one place that knows restart policies.
public struct PodLifecycle: Sendable {
    /// What a container is to its pod.
    public enum Role: Sendable, Equatable { case initializing, sidecar, main, ephemeral }

    /// How far a container is.
    public struct Progress: Sendable, Equatable {
        public var isRunning: Bool
        /// It runs, and its startup probe, if it has one, has succeeded.
        public var isStarted: Bool
        /// Of the newest run, if that has ended.
        public var exitCode: Int?
        public init(isRunning: Bool = false, isStarted: Bool = false, exitCode: Int? = nil) {
            self.isRunning = isRunning
            self.isStarted = isStarted
            self.exitCode = exitCode
        }
        public var hasRun: Bool { isRunning || exitCode != nil }
    }

    public let initContainers: [Container]
    public let containers: [Container]
    /// The pod's.
    public let restartPolicy: String

    public init(_ spec: PodSpec) {
        initContainers = spec.initContainers
        containers = spec.containers
        restartPolicy = spec.restartPolicy ?? "Always"
    }

    public static func isTerminal(phase: String?) -> Bool { phase == "Succeeded" || phase == "Failed" }
    /// The same as `Container.isSidecar` for who has no view.
    public static func isSidecar(_ initContainer: JSON) -> Bool { initContainer["restartPolicy"]?.string == "Always" }

    public func role(of name: String?) -> Role {
        guard let container = initContainers.first(where: { $0.name == name }) else {
            return containers.contains { $0.name == name } ? .main : .ephemeral
        }
        return container.isSidecar ? .sidecar : .initializing
    }

    /// Whether a container runs again after it ended with this code, as long as the pod is not on its way out.
    public func restarts(_ container: Container, _ role: Role, afterExitCode code: Int) -> Bool {
        if role != .ephemeral, role != .initializing || code != 0, Self.hasRule(container, forExitCode: code) {
            return true
        }
        switch role {
        case .sidecar: return true
        case .ephemeral: return false
        // Init containers that failed run again unless the pod never restarts anything.
        case .initializing: return code != 0 && (container.restartPolicy ?? restartPolicy) != "Never"
        case .main:
            let policy = container.restartPolicy ?? restartPolicy
            return policy == "Always" || (policy == "OnFailure" && code != 0)
        }
    }

    /// Whether one of its own rules wants it to run again (KEP-5307); they count only beside a policy of its own.
    private static func hasRule(_ container: Container, forExitCode code: Int) -> Bool {
        guard container.restartPolicy != nil else { return false }
        let rule = container.restartPolicyRules.first { rule in
            let codes = rule.json["exitCodes"]
            let isListed = (codes?["values"]?.elements ?? []).contains { $0.int == code }
            return codes?["operator"]?.string == "NotIn" ? !isListed : isListed
        }
        return rule?.json["action"]?.string == "Restart"
    }

    /// Whether nothing of the pod's own work is left: its main containers have ended for good, or can never start because an
    /// init container failed for good. Sidecars do not count; they are to be stopped then.
    public func isComplete(_ progress: (Container) -> Progress) -> Bool {
        if hasFailedToInitialize(progress) { return true }
        return containers.allSatisfy { container in
            let now = progress(container)
            guard !now.isRunning, let code = now.exitCode else { return false }
            return !restarts(container, .main, afterExitCode: code)
        }
    }
    private func hasFailedToInitialize(_ progress: (Container) -> Progress) -> Bool {
        initContainers.contains { container in
            guard !container.isSidecar, let code = progress(container).exitCode, code != 0 else { return false }
            return !restarts(container, .initializing, afterExitCode: code)
        }
    }

    /// The pod's phase. `hasInitialized` is whether a main container has started since the sandbox was made; `isOver` whether
    /// the pod is on its way out and nothing of it runs any more. A phase that a pod does not leave is told only when
    /// nothing runs, sidecars included.
    public func phase(hasInitialized: Bool, isOver: Bool, _ progress: (Container) -> Progress) -> String {
        let sidecars = initContainers.filter(\.isSidecar).map(progress)
        let mains = containers.map(progress)
        let isAnyRunning =
            mains.contains(where: \.isRunning) || initContainers.contains { progress($0).isRunning }
        if hasFailedToInitialize(progress) { return isAnyRunning ? "Pending" : "Failed" }
        let isInitializing = initContainers.contains { container in
            let now = progress(container)
            return !container.isSidecar && (now.isRunning || !now.hasRun)
        }
        let isSidecarPending = sidecars.contains { $0.isRunning ? !$0.isStarted : !$0.hasRun }
        if isInitializing || (isSidecarPending && !hasInitialized) || mains.contains(where: { !$0.hasRun }) {
            return "Pending"
        }
        if isAnyRunning { return "Running" }
        let isAnyRestarting = zip(containers, mains).contains { container, now in
            now.exitCode.map { restarts(container, .main, afterExitCode: $0) } ?? false
        }
        // It will run again: to the pod's phase it counts as running, unless the pod is on its way out.
        if isAnyRestarting, !isOver { return "Running" }
        return mains.allSatisfy { $0.exitCode == 0 } ? "Succeeded" : "Failed"
    }
}
