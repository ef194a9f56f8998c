import APIMachinery
import KubeAPI

/// The numbers of a rolling update, resolved against the wanted replicas: surge rounds up, unavailability rounds down,
/// and they are not both zero.
struct RolloutLimits: Equatable {
    var maxSurge: Int
    var maxUnavailable: Int

    init(_ deployment: Deployment) {
        let replicas = deployment.spec.replicas ?? 1
        guard deployment.isRolling else {
            maxSurge = 0
            maxUnavailable = 0
            return
        }
        let given = deployment.spec.strategy?.rollingUpdate
        maxSurge = Self.resolve(given?.maxSurge ?? "25%", of: replicas, roundsUp: true)
        maxUnavailable = Self.resolve(given?.maxUnavailable ?? "25%", of: replicas, roundsUp: false)
        if maxSurge == 0, maxUnavailable == 0 { maxUnavailable = 1 }
        maxUnavailable = min(maxUnavailable, replicas)
    }

    /// A number, or a percentage of the total (intstr.IntOrString).
    static func resolve(_ value: JSON, of total: Int, roundsUp: Bool) -> Int {
        if let number = value.int { return max(0, number) }
        guard let text = value.string, text.hasSuffix("%"), let percent = Int(text.dropLast()), percent >= 0 else {
            return 0
        }
        let (product, hasOverflowed) = percent.multipliedReportingOverflow(by: total)
        if hasOverflowed { return total }
        return product / 100 + (roundsUp && product % 100 != 0 ? 1 : 0)
    }
}

extension Deployment {
    var isRolling: Bool { spec.strategy?.type ?? "RollingUpdate" == "RollingUpdate" }
    var replicas: Int { spec.replicas ?? 1 }
    /// nil if none is set (or the largest number, which means the same).
    var progressDeadlineSeconds: Int? { spec.progressDeadlineSeconds.flatMap { $0 >= Int(Int32.max) ? nil : $0 } }
}
