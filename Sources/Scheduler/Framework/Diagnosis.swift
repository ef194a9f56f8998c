import ControlLoops

/// Why a pod fits nowhere, in Kubernetes' words, and what was done about it.
struct Diagnosis: Sendable {
    enum Nomination: Sendable {
        /// What the pod was promised before still holds.
        case kept
        /// No promise helps.
        case forgotten
        case made(String, victims: [PlacedPod])
    }
    var nodeCount: Int
    var reasons: [String: Int] = [:]
    /// Set if no node was looked at.
    var message: String?
    /// The plugins that kept it out, by name.
    var plugins: Set<String> = []
    /// Nodes that would perhaps take the pod if others left, by slot.
    var resolvable: [Int] = []
    var postFilterMessage: String?
    /// What a plugin does about it, and which.
    var remedy: (plugin: String, changes: [Change])?
    var nomination = Nomination.kept

    var isNominating: Bool { if case .made = nomination { true } else { false } }

    init(nodeCount: Int) { self.nodeCount = nodeCount }

    /// This plugin does not take the node.
    mutating func note(_ slot: Int, _ plugin: String, _ rejection: Rejection) {
        note(rejection.reasons)
        plugins.insert(plugin)
        if rejection.canBeResolved { resolvable.append(slot) }
    }
    mutating func note(_ sentences: [String], times: Int = 1) {
        for sentence in sentences { reasons[sentence, default: 0] += times }
    }

    var sentence: String {
        if nodeCount == 0, message == nil { return "no nodes available to schedule pods" }
        var text = "0/\(nodeCount) nodes are available:"
        if let message {
            text += " \(message)."
        } else if !reasons.isEmpty {
            text += " \(reasons.map { "\($0.value) \($0.key)" }.sorted().joined(separator: ", "))."
        }
        if let postFilterMessage { text += " \(postFilterMessage)" }
        return text
    }
}
