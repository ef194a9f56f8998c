import APIMachinery
import Basics
import KubeAPI

/// One autoscaler's pods at one look: which may be changed now, and how; a value that is told what was done.
struct UpdateRound: Sendable {
    enum Decision: Sendable, Equatable {
        case resize
        case evict
        /// Not now, and why.
        case wait(String)
    }
    /// The pods of one controller.
    private struct Group: Sendable {
        var configured: Int
        var running = 0
        var tolerance: Int
        var evicted = 0
        var resized = 0
        /// Whether one more of its pods may be disturbed.
        var mayDisturb: Bool {
            running - (evicted + resized) > configured - tolerance
                || configured == running && tolerance == 0 && evicted == 0 && resized == 0
        }
    }
    private var groups: [String: Group] = [:]
    private let mode: VerticalPolicy.Mode
    private let settings: VerticalSettings

    /// `configured` is how many pods a controller wants; nil where that is not known.
    init(
        _ pods: [JSON], _ policy: VerticalPolicy, _ settings: VerticalSettings,
        configured: (_ kind: String, _ name: String) -> Int?
    ) {
        mode = policy.mode
        self.settings = settings
        let byController = Dictionary(grouping: pods.filter { Self.group($0) != nil }) { Self.group($0) ?? "" }
        for (group, pods) in byController {
            guard pods.count >= policy.minReplicas ?? settings.minReplicas, let owner = pods[0].controller else {
                continue
            }
            let kind = owner["kind"]?.string ?? ""
            let count = kind == "Job" ? pods.count : configured(kind, owner["name"]?.string ?? "")
            guard let count else { continue }
            groups[group] = Group(
                configured: count, running: pods.count { !Self.isPending($0) },
                tolerance: Int(Double(count) * settings.evictionTolerance))
        }
    }

    private static func group(_ pod: JSON) -> String? {
        pod.controller.map { "\($0["kind"]?.string ?? "")/\($0["name"]?.string ?? "")" }
    }
    private static func isPending(_ pod: JSON) -> Bool { pod["status", "phase"]?.string == "Pending" }

    /// The condition of a resize that is not done.
    private static func resize(_ pod: JSON) -> JSON? {
        let conditions = (pod["status", "conditions"]?.elements ?? []).filter { $0["status"]?.string == "True" }
        return conditions.first { $0["type"]?.string == "PodResizePending" }
            ?? conditions.first { $0["type"]?.string == "PodResizeInProgress" }
    }
    static func isResizing(_ pod: JSON) -> Bool { resize(pod) != nil }

    private static let unknown = "its controller has too few pods, or is not known"
    private static let busy = "others of its controller are away or being changed"

    /// What is to be done to a pod that should be changed. `resizing` is for how long it has been seen being resized.
    func decision(_ pod: JSON, resizing: Duration) -> Decision {
        guard mode.resizes else { return eviction(pod, resizing: resizing) }
        guard let group = Self.group(pod).flatMap({ groups[$0] }) else { return .wait(Self.unknown) }
        if Self.isPending(pod) { return .wait("it does not run yet") }
        if Self.isResizing(pod) {
            let stuck = hasStuck(pod, resizing) && group.mayDisturb
            return stuck && mode == .inPlaceOrRecreate ? .evict : .wait("it is being resized")
        }
        return group.mayDisturb ? .resize : .wait(Self.busy)
    }

    /// The same where a resize cannot be had.
    func eviction(_ pod: JSON, resizing: Duration) -> Decision {
        guard let group = Self.group(pod).flatMap({ groups[$0] }) else { return .wait(Self.unknown) }
        if mode == .inPlace { return .wait("it cannot be resized, and is not to be evicted") }
        if Self.isPending(pod) { return .evict }
        if Self.isResizing(pod), !hasStuck(pod, resizing) { return .wait("it is being resized") }
        return group.mayDisturb ? .evict : .wait(Self.busy)
    }

    /// Whether a resize that is not done will not be.
    private func hasStuck(_ pod: JSON, _ resizing: Duration) -> Bool {
        guard let condition = Self.resize(pod) else { return false }
        let reason = condition["reason"]?.string ?? ""
        if condition["type"]?.string == "PodResizePending" {
            return reason != "Deferred" || resizing > settings.deferredResizeTimeout
        }
        let isQuiet = reason.isEmpty && (condition["message"]?.string ?? "").isEmpty
        return !isQuiet || resizing > settings.resizeTimeout
    }

    mutating func evicted(_ pod: JSON) {
        guard let name = Self.group(pod), !Self.isPending(pod) else { return }
        groups[name]?.evicted += 1
    }
    mutating func resized(_ pod: JSON) {
        guard let name = Self.group(pod) else { return }
        groups[name]?.resized += 1
    }
}
