import APIMachinery
import KubeAPI
import Synchronization

/// What the vertical autoscaler thought at its last look at each autoscaler, for people who ask.
public final class VerticalExplainer: Sendable {
    private struct Answer: Sendable {
        var recommendation = JSON.object
        var updates: JSON?
    }
    private let answers = Mutex<[ObjectKey: Answer]>([:])

    public init() {}

    /// nil for one that was not looked at (yet, or here).
    public func explanation(_ key: ObjectKey) -> JSON? {
        answers.withLock { answers in
            answers[key].map { answer in
                var json = answer.recommendation
                json["updates"] = answer.updates
                return json
            }
        }
    }

    func keep(recommendation: JSON, _ key: ObjectKey) {
        answers.withLock { $0[key, default: Answer()].recommendation = recommendation }
    }
    func keep(updates: JSON?, _ key: ObjectKey) { answers.withLock { $0[key]?.updates = updates } }
    func keep(only keys: Set<ObjectKey>) { answers.withLock { $0 = $0.filter { keys.contains($0.key) } } }
}
