import APIMachinery
import Basics

/// What `kubectl get pods` shows.
enum PodColumns {
    static let all: [Resource.Column] = [
        .name,
        .text("Ready") { pod in
            let summary = PodSummary(pod)
            return "\(summary.readyContainers)/\(summary.totalContainers)"
        },
        .text("Status") { PodSummary($0).status },
        Resource.Column("Restarts", "string") { pod, now in JSON(PodSummary(pod).restartsText(now)) },
        .age,
        .text("IP", priority: 1) { Cells.orNone($0["status", "podIPs"]?[0]["ip"] ?? $0["status", "podIP"]) },
        .text("Node", priority: 1) { Cells.orNone($0["spec", "nodeName"]) },
        .text("Nominated Node", priority: 1) { Cells.orNone($0["status", "nominatedNodeName"]) },
        .text("Readiness Gates", priority: 1, readinessGates),
    ]

    private static func readinessGates(_ pod: JSON) -> String {
        let gates = (pod["spec", "readinessGates"]?.elements ?? []).map { $0["conditionType"]?.string }
        if gates.isEmpty { return Cells.none }
        let conditions = pod["status", "conditions"]?.elements ?? []
        let passed = gates.count { gate in
            conditions.first { $0["type"]?.string == gate }?["status"]?.string == "True"
        }
        return "\(passed)/\(gates.count)"
    }
}

/// A pod's state in a few words, from its phase and its containers' states.
struct PodSummary {
    private(set) var status: String
    private(set) var readyContainers = 0
    private(set) var totalContainers = 0
    private(set) var restarts = 0
    private var lastRestart: Instant?

    private let pod: JSON
    private var conditions: [JSON] { pod["status", "conditions"]?.elements ?? [] }

    init(_ pod: JSON) {
        self.pod = pod
        let reason = pod["status", "reason"]?.string ?? ""
        let phase = pod["status", "phase"]?.string ?? ""
        status = reason.isEmpty ? phase : reason
        if conditions.contains(where: {
            $0["type"]?.string == "PodScheduled" && $0["reason"]?.string == "SchedulingGated"
        }) {
            status = "SchedulingGated"
        }
        let sidecars = Set(
            (pod["spec", "initContainers"]?.elements ?? []).filter { $0["restartPolicy"]?.string == "Always" }
                .compactMap { $0["name"]?.string })
        totalContainers = (pod["spec", "containers"]?.count ?? 0) + sidecars.count
        let isInitializing = readInitContainers(sidecars)
        if !isInitializing || isTrue("Initialized") { readContainers(sidecars) }
        if pod["metadata", "deletionTimestamp"] != nil {
            if reason == "NodeLost" {
                status = "Unknown"
            } else if phase != "Succeeded", phase != "Failed" {
                status = "Terminating"
            }
        }
    }

    func restartsText(_ now: Instant) -> String {
        guard restarts > 0, let lastRestart else { return String(restarts) }
        return "\(restarts) (\(Cells.since(lastRestart.json, now)) ago)"
    }

    private func isTrue(_ condition: String) -> Bool {
        conditions.first { $0["type"]?.string == condition }?["status"]?.string == "True"
    }

    private mutating func countRestarts(_ container: JSON) {
        restarts += container["restartCount"]?.int ?? 0
        if let finished = Instant(container["lastState", "terminated", "finishedAt"]) {
            lastRestart = max(lastRestart ?? finished, finished)
        }
    }

    /// Whether an init container is still at work or has failed; the status then says so.
    private mutating func readInitContainers(_ sidecars: Set<String>) -> Bool {
        for (index, container) in (pod["status", "initContainerStatuses"]?.elements ?? []).enumerated() {
            countRestarts(container)
            let isSidecar = sidecars.contains(container["name"]?.string ?? "")
            let terminated = container["state", "terminated"]
            if let terminated, terminated["exitCode"]?.int ?? 0 == 0 { continue }
            if isSidecar, container["started"]?.bool == true {
                if container["ready"]?.bool == true { readyContainers += 1 }
                continue
            }
            let waiting = container["state", "waiting", "reason"]?.string ?? ""
            if let terminated {
                status = "Init:" + Self.reason(terminated)
            } else if !waiting.isEmpty, waiting != "PodInitializing" {
                status = "Init:" + waiting
            } else {
                status = "Init:\(index)/\(pod["spec", "initContainers"]?.count ?? 0)"
            }
            return true
        }
        return false
    }

    private mutating func readContainers(_ sidecars: Set<String>) {
        restarts = 0
        lastRestart = nil
        for container in pod["status", "initContainerStatuses"]?.elements ?? []
        where sidecars.contains(container["name"]?.string ?? "") {
            countRestarts(container)
        }
        var isAnyRunning = false
        var failure: String?
        for container in (pod["status", "containerStatuses"]?.elements ?? []).reversed() {
            countRestarts(container)
            let waiting = container["state", "waiting", "reason"]?.string ?? ""
            if !waiting.isEmpty {
                status = waiting
            } else if let terminated = container["state", "terminated"] {
                status = Self.reason(terminated)
                if terminated["exitCode"]?.int ?? 0 != 0 { failure = status }
            } else if container["ready"]?.bool == true, container["state", "running"] != nil {
                isAnyRunning = true
                readyContainers += 1
            }
        }
        guard status == "Completed" else { return }
        if isAnyRunning, isTrue("Ready") {
            status = "Running"
        } else if let failure {
            status = failure
        } else if isAnyRunning {
            status = "NotReady"
        }
    }

    private static func reason(_ terminated: JSON) -> String {
        if let reason = terminated["reason"]?.string, !reason.isEmpty { return reason }
        if let signal = terminated["signal"]?.int, signal != 0 { return "Signal:\(signal)" }
        return "ExitCode:\(terminated["exitCode"]?.int ?? 0)"
    }
}
