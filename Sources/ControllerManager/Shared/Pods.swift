import APIMachinery
import Basics
import ControlLoops
import KubeAPI

extension Pod {
    var phase: String { json["status"]?["phase"]?.string ?? "" }
    /// Succeeded or Failed: its containers have ended for good.
    var isFinished: Bool { phase == "Succeeded" || phase == "Failed" }
    /// Counts for its controller: neither finished nor on its way out.
    var isActive: Bool { !isFinished && !isBeingDeleted }
    func condition(_ type: String) -> JSON? {
        json["status"]?["conditions"]?.elements.first { $0["type"]?.string == type }
    }
    var isReady: Bool { condition("Ready")?["status"]?.string == "True" }
    /// When it became ready (or unready).
    var readyChanged: Instant? {
        condition("Ready")?["lastTransitionTime"]?.string.flatMap { Instant(rfc3339: $0) }
    }
    /// When it will have been ready for this long: nil if it is not ready.
    func availableAt(minReadySeconds: Int) -> Instant? {
        guard isReady else { return nil }
        if minReadySeconds == 0 { return .distantPast }
        return readyChanged.map { $0 + .seconds(minReadySeconds) }
    }
    var created: Instant? { json["metadata"]?["creationTimestamp"]?.string.flatMap { Instant(rfc3339: $0) } }
    var nodeName: String { json["spec"]?["nodeName"]?.string ?? "" }
}

extension Kind {
    var created: Instant? { json["metadata"]?["creationTimestamp"]?.string.flatMap { Instant(rfc3339: $0) } }
}
