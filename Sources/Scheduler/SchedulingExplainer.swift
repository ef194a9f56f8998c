import APIMachinery
import Basics
import KubeAPI
import Synchronization

/// Asks the scheduler that runs what it thinks of a pod. Answers come between two pods, from the state with which it decides.
public final class SchedulingExplainer: Sendable {
    /// Who asks while so many wait is refused.
    static let waitingLimit = 64

    struct Question: Sendable {
        var key: ObjectKey
        var answer: CheckedContinuation<JSON, any Error>
    }
    private struct State: Sendable {
        /// Wakes the loop; nil while none runs here.
        var wake: (@Sendable () -> Void)?
        var questions: [Question] = []
    }
    private let state = Mutex(State())

    public init() {}

    /// What every node is to the pod; 404 if there is no such pod, 503 where no scheduler runs.
    public func explain(_ key: ObjectKey) async throws -> JSON {
        try await withCheckedThrowingContinuation { continuation in
            let wake = state.withLock { state in
                guard state.questions.count < Self.waitingLimit, let wake = state.wake else {
                    return nil as (@Sendable () -> Void)?
                }
                state.questions.append(Question(key: key, answer: continuation))
                return wake
            }
            if let wake { wake() } else { continuation.resume(throwing: Self.unavailable) }
        }
    }

    // MARK: The loop's side

    func open(_ wake: @escaping @Sendable () -> Void) { state.withLock { $0.wake = wake } }
    func take() -> [Question] {
        state.withLock { state in
            defer { state.questions = [] }
            return state.questions
        }
    }
    func close() {
        state.withLock { $0.wake = nil }
        for question in take() { question.answer.resume(throwing: Self.unavailable) }
    }

    private static let unavailable = StatusError(
        code: 503, reason: .serviceUnavailable, message: "the scheduler does not run here, or has too much to answer")
}

extension SchedulerState {
    /// What the scheduler would say of the pod now, with how it stands in the queue.
    func explain(_ key: ObjectKey) throws(StatusError) -> JSON {
        guard let object = podObject(key) else { throw .notFound(Pod.resource, key.name) }
        // As if it had no node.
        var unbound = object
        if unbound["spec"]?["nodeName"] != nil { unbound["spec", "nodeName"] = nil }
        let pod = PendingPod(unbound)
        var result: JSON = [
            "namespace": JSON(key.namespace), "name": JSON(key.name), "schedulerName": JSON(pod.schedulerName),
        ]
        let node = object["spec"]?["nodeName"]?.string ?? ""
        if !node.isEmpty { result["node"] = JSON(node) }
        result["state"] = JSON(standing(pod, isBound: !node.isEmpty))
        if let history = queue.history(of: key) { result["attempts"] = JSON(history.attempts) }
        if let promised = object["status"]?["nominatedNodeName"]?.string { result["nominatedNode"] = JSON(promised) }
        guard let (evaluation, sentence) = evaluate(pod) else { return result }
        if let sentence { result["message"] = JSON(sentence) }
        for member in evaluation.json.members { result[member.name] = member.value }
        return result
    }

    private func standing(_ pod: PendingPod, isBound: Bool) -> String {
        if isBound { return "scheduled" }
        if pod.object.isBeingDeleted { return "beingDeleted" }
        return switch queue.place(of: pod.key) {
        case .active: "active"
        case .backingOff: "backingOff"
        case .unschedulable: "unschedulable"
        case .gated: "gated"
        case .inCycle: "binding"
        case nil: "notOurs"
        }
    }
}
