import APIMachinery
import Basics
import ControlLoops
import KubeAPI

extension Pod {
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
}

extension Kind {
    var created: Instant? { json["metadata"]?["creationTimestamp"]?.string.flatMap { Instant(rfc3339: $0) } }
}
