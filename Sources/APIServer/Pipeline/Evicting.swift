import APIMachinery
import KubeAPI

extension ClusterServer {
    /// POST …/eviction: a deletion that a disruption budget may refuse.
    func evict(_ call: inout Call) async throws -> Outcome {
        guard case .object(var eviction, _) = call.body else {
            throw StatusError.badRequest("the body must be an Eviction")
        }
        guard eviction["metadata", "name"]?.string == call.name else {
            throw StatusError.badRequest("name in URL does not match name in Eviction object")
        }
        let holds = try await admit(posted: &eviction, &call)
        var deletion = call
        deletion.body = .object(eviction["deleteOptions"] ?? .object, duplicateFields: [])
        var options = try DeleteRequest.options(deletion)
        let own = eviction["deleteOptions", "dryRun"]?.strings ?? []
        deletion.isDryRun = call.isDryRun || !own.isEmpty

        guard let pod = try await current(call.resource, call.key) else {
            throw StatusError.notFound(call.groupResource, call.name)
        }
        let budget = try await takeLeave(Pod(pod.json), isDryRun: deletion.isDryRun)
        // What was judged by its condition must still be as it was.
        let isJudged = options.resourceVersion == nil && budget?.isUntouched == true
        if isJudged { options.resourceVersion = String(pod.revision) }
        do {
            if !deletion.isDryRun { try await markEvicted(call, &options) }
            deletion.deleteOptions = options
            _ = try await delete(&deletion)
        } catch let error as StatusError where error.reason == .conflict && isJudged {
            throw EvictionLeave.refusal(EvictionLeave.isBehind(budget?.name ?? ""), retryAfterSeconds: 10)
        }
        holds.commit()
        return .success(
            ["kind": "Status", "apiVersion": "v1", "metadata": .object, "status": "Success", "code": 201], code: 201)
    }

    /// Asks the budget that a pod counts for, which then allows one eviction less; nil if no budget matters. An unhealthy
    /// pod may go without that.
    private func takeLeave(_ pod: Pod, isDryRun: Bool) async throws -> (name: String, isUntouched: Bool)? {
        if pod.isBeingDeleted || ["Succeeded", "Failed", "Pending"].contains(pod.phase) { return nil }
        guard let kind = registry.resource(PodDisruptionBudget.resource) else { return nil }
        var budgets: [PodDisruptionBudget] = []
        try await AdmissionView(self).forEach(PodDisruptionBudget.resource, in: pod.namespace) { object in
            let budget = PodDisruptionBudget(object)
            if budget.spec.selector?.matches(labelsOf: pod.json) == true { budgets.append(budget) }
        }
        guard let budget = budgets.first else { return nil }
        if budgets.count > 1 {
            let sentence =
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
            throw StatusError(code: 500, reason: .unknown, message: sentence)
        }
        if !pod.isReady, EvictionLeave.letsUnhealthyGo(budget) { return (budget.name, true) }
        let now = surroundings.timestamp
        let key = Call.key(kind, namespace: budget.namespace, name: budget.name)
        _ = try await change(kind, key: key, name: budget.name, isDryRun: isDryRun) { current in
            .put(try EvictionLeave.taken(PodDisruptionBudget(current.json), by: pod.name, now).json)
        }
        return (budget.name, false)
    }

    /// Says on the pod why it goes; what must be unchanged is so until then.
    private func markEvicted(_ call: Call, _ options: inout DeletionOptions) async throws {
        let now = surroundings.timestamp
        let wanted = options
        let changed = try await change(call.resource, key: call.key, name: call.name, isDryRun: false) { current in
            let uid = current.json["metadata", "uid"]?.string ?? ""
            let isSame = (wanted.uid ?? uid) == uid
            guard isSame, (wanted.resourceVersion ?? String(current.revision)) == String(current.revision) else {
                throw StatusError.conflict(
                    call.groupResource, call.name,
                    isSame
                        ? "the ResourceVersion in the precondition (\(wanted.resourceVersion ?? "")) does not match the "
                            + "ResourceVersion in record (\(current.revision)). The object might have been modified"
                        : "the UID in the precondition (\(wanted.uid ?? "")) does not match the UID in record (\(uid)). "
                            + "The object might have been deleted and then recreated")
            }
            var pod: JSON = current.json
            PodConditions.set(
                &pod, "DisruptionTarget", "True", reason: "EvictionByEvictionAPI", message: "Eviction API: evicting",
                now)
            return .put(pod)
        }
        if options.resourceVersion != nil { options.resourceVersion = String(changed.revision) }
    }
}

/// What a PodDisruptionBudget says to an eviction.
enum EvictionLeave {
    /// More evictions at once are not waited for.
    private static let mostDisrupted = 2_000
    private static let condition = "DisruptionAllowed"

    /// Whether a pod that is not ready may go, since it does not count or nobody is missed.
    static func letsUnhealthyGo(_ budget: PodDisruptionBudget) -> Bool {
        if budget.spec.unhealthyPodEvictionPolicy == "AlwaysAllow" { return true }
        let desired = budget.status.desiredHealthy ?? 0
        return (budget.status.currentHealthy ?? 0) >= desired && desired > 0
    }

    /// The budget after one pod has got leave to go; throws 429 if it gives none.
    static func taken(_ budget: PodDisruptionBudget, by pod: String, _ now: String) throws -> PodDisruptionBudget {
        let status = budget.status
        if (status.observedGeneration ?? 0) < (budget.metadata.generation ?? 0) {
            throw refusal(isBehind(budget.name), retryAfterSeconds: 10)
        }
        let resource = GroupResource(group: "policy", resource: "poddisruptionbudget")
        let allowed = status.disruptionsAllowed ?? 0
        if allowed < 0 { throw StatusError.forbidden(resource, budget.name, "pdb disruptions allowed is negative") }
        if (status.disruptedPods?.members.count ?? 0) > mostDisrupted {
            throw StatusError.forbidden(
                resource, budget.name,
                "DisruptedPods map too big - too many evictions not confirmed by PDB controller")
        }
        if allowed == 0 { throw refusal(whyNot(budget)) }
        var new = budget
        new.status.disruptionsAllowed = allowed - 1
        new.json.set(["status", "disruptedPods", pod], to: JSON(now))
        if allowed == 1 {
            var conditions = status.conditions
            for index in conditions.indices where conditions[index].type == condition {
                if conditions[index].status != "False" { conditions[index].lastTransitionTime = now }
                conditions[index].status = "False"
                conditions[index].reason = "InsufficientPods"
            }
            new.status.conditions = conditions
        }
        return new
    }

    private static func whyNot(_ budget: PodDisruptionBudget) -> String {
        let (name, status) = (budget.name, budget.status)
        let refusing = status.conditions.first { $0.type == condition && $0.status == "False" }
        let message = refusing?.message ?? ""
        let desired = status.desiredHealthy ?? 0
        let current = status.currentHealthy ?? 0
        if refusing?.reason == "SyncFailed", !message.isEmpty {
            return
                "The disruption budget \(name) does not allow evicting pods currently because it failed sync: \(message)"
        }
        if current <= desired {
            return "The disruption budget \(name) needs \(desired) healthy pods and has \(current) currently"
        }
        let start = "The disruption budget \(name) does not allow evicting pods currently"
        return message.isEmpty ? start : "\(start) (\(refusing?.reason ?? "")): \(message)"
    }

    static func isBehind(_ name: String) -> String {
        "The disruption budget \(name) is still being processed by the server."
    }

    static func refusal(_ why: String, retryAfterSeconds: Int? = nil) -> StatusError {
        StatusError(
            code: 429, reason: .tooManyRequests,
            message: "Cannot evict pod as it would violate the pod's disruption budget.",
            causes: [.init(reason: "DisruptionBudget", message: why, field: "")], retryAfterSeconds: retryAfterSeconds)
    }
}
