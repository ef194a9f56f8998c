import APIMachinery
import KubeAPI

/// Nothing is written that would exceed a quota of its namespace (Kubernetes' admission plugin ResourceQuota). What a
/// write uses is added to `status.used` before it happens, and given back if it does not.
struct QuotaAdmission: ValidatingAdmission {
    static let ofNewObjects = QuotaAdmission(scope: AdmissionScope(.create, nil))
    /// Of the kinds of which an object can come to use more.
    static let ofUpdates = QuotaAdmission(
        scope: AdmissionScope(
            .update, [.pods, .services, .persistentVolumeClaims], subresources: [nil, .status, .resize]))

    let scope: AdmissionScope

    func validate(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws -> AdmissionHolds.Settle? {
        guard !request.namespace.isEmpty, QuotaUsage.isCounted(request.resource),
            !view.known(.resourceQuotas, in: request.namespace).isEmpty
        else { return nil }
        if let old = request.old,
            !QuotaUsage.isConcerned(
                request.resource, by: request.object, from: old, subresource: request.subresource)
        {
            return nil
        }
        return try await view.charge(
            QuotaQuestion(request, now: view.surroundings.time), in: request.namespace)
    }
}

/// Whoever says that less of a quota is used, or says it for the first time, may have looked before something was written
/// that was charged already, or is not charged: the server then counts itself.
struct QuotaRecount: MutatingAdmission {
    let scope = AdmissionScope(.update, [.resourceQuotas], subresources: [.status])

    func admit(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws {
        let before = ResourceAmounts(request.old?["status", "used"])
        var used = ResourceAmounts(request.object["status", "used"])
        let isLess = before.names.contains { name in
            guard let new = used[name], let old = before[name] else { return true }
            return new < old
        }
        guard isLess || used.names.contains(where: { before[$0] == nil }) else { return }
        let counted = try await view.usage(ofQuota: request.object)
        used.raise(to: counted.only((request.object["status", "hard"]?.members ?? []).map(\.name)))
        request.object["status", "used"] = used.json
    }
}
