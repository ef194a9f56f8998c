import APIMachinery
import KubeAPI

/// One rule that looks at every object before it is written, and may complete or refuse it.
protocol AdmissionStep: Sendable {
    /// `old` is nil for a new object. Throws `StatusError` to refuse.
    func admit(_ object: inout JSON, old: JSON?, _ call: inout Call, _ server: ClusterServer) async throws
}

extension ClusterServer {
    /// The steps, in their order.
    static let standardAdmission: [any AdmissionStep] = [
        PodServiceAccount(), PodPriority(), PodTolerations(), DefaultStorageClass(), DefaultIngressClass(),
        VolumePhaseTime(), NodeNotReadyTaint(),
    ]

    func admit(_ object: inout JSON, old: JSON?, _ call: inout Call) async throws {
        for step in admission { try await step.admit(&object, old: old, &call, self) }
    }
}
