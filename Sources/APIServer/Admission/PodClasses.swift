import APIMachinery
import KubeAPI

/// A pod's priority is that of its class; without one of the class marked as global default, or 0 (Kubernetes' admission
/// plugin Priority).
struct PodPriority: MutatingAdmission {
    let scope = AdmissionScope([.create, .update], [.pods])

    func admit(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws {
        if let old = request.old {
            for field in ["priority", "preemptionPolicy"] where request.object["spec", field] == nil {
                request.object["spec", field] = old["spec", field]
            }
            return
        }
        let given = request.object["spec", "priorityClassName"]?.string ?? ""
        let found = given.isEmpty ? try await view.defaultPriorityClass() : try await named(given, request, view)
        if let found { request.object["spec", "priorityClassName"] = JSON(found.key.name) }
        let priority = found?["value"]?.int ?? 0
        if let set = request.object["spec", "priority"]?.int, set != priority {
            throw request.forbidden(
                "the integer value of priority (\(set)) must not be provided in pod spec; priority admission controller "
                    + "computed \(priority) from the given PriorityClass name")
        }
        request.object["spec", "priority"] = JSON(priority)
        let policy = found?["preemptionPolicy"]?.string ?? "PreemptLowerPriority"
        if let set = request.object["spec", "preemptionPolicy"]?.string, set != policy {
            throw request.forbidden(
                "the string value of PreemptionPolicy (\(set)) must not be provided in pod spec; priority admission "
                    + "controller computed \(policy) from the given PriorityClass name")
        }
        request.object["spec", "preemptionPolicy"] = JSON(policy)
    }

    private func named(_ name: String, _ request: AdmissionRequest, _ view: AdmissionView) async throws -> JSON {
        guard let found = try await view.object(.priorityClasses, name) else {
            throw request.forbidden("no PriorityClass with name \(name) was found")
        }
        return found
    }
}

/// There is at most one global default.
struct SingleDefaultPriority: ValidatingAdmission {
    let scope = AdmissionScope([.create, .update], [.priorityClasses])

    func validate(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws -> AdmissionHolds.Settle? {
        guard request.object["globalDefault"]?.bool == true, let other = try await view.defaultPriorityClass(),
            other.key.name != request.name
        else { return nil }
        throw request.forbidden(
            "PriorityClass \(other.key.name) is already marked as default. Only one default can exist")
    }
}

/// A pod with a RuntimeClass gets its overhead, and goes where it says (Kubernetes' admission plugin RuntimeClass).
struct PodRuntimeClass: MutatingAdmission {
    let scope = AdmissionScope(.create, [.pods])

    func admit(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws {
        guard let name = request.object["spec", "runtimeClassName"]?.string, !name.isEmpty else {
            return try checkOverhead(of: &request, .object)
        }
        guard let found = try await view.object(.runtimeClasses, name) else {
            throw request.forbidden("pod rejected: RuntimeClass \"\(name)\" not found")
        }
        try checkOverhead(of: &request, found["overhead", "podFixed"] ?? .object)
        for (key, value) in found["scheduling", "nodeSelector"]?.members ?? [] {
            if let own = request.object["spec", "nodeSelector", key]?.string, own != value.string {
                throw request.forbidden(
                    "conflict: runtimeClass.scheduling.nodeSelector[\(key)] = \(value.string ?? ""); "
                        + "pod.spec.nodeSelector[\(key)] = \(own)")
            }
            request.object["spec", "nodeSelector", key] = value
        }
        let own = request.object["spec", "tolerations"]?.elements ?? []
        let added = (found["scheduling", "tolerations"]?.elements ?? []).filter { !own.contains($0) }
        if !added.isEmpty { request.object["spec", "tolerations"] = JSON(own + added) }
    }

    /// Sets the class's overhead; a pod may name none of its own.
    private func checkOverhead(of request: inout AdmissionRequest, _ wanted: JSON) throws {
        let own: JSON = request.object["spec", "overhead"] ?? .object
        if own.isEmpty {
            if !wanted.isEmpty { request.object["spec", "overhead"] = wanted }
            return
        }
        if wanted.isEmpty {
            throw request.forbidden(
                "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead")
        }
        guard Self.areEqual(own, wanted) else {
            throw request.forbidden("pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead")
        }
    }

    /// Quantities are equal by what they mean.
    private static func areEqual(_ one: JSON, _ other: JSON) -> Bool {
        one.members.count == other.members.count
            && one.members.allSatisfy { name, value in
                guard let first = try? Quantity(value.string ?? ""),
                    let second = try? Quantity(other[name]?.string ?? "")
                else {
                    return value == other[name]
                }
                return first == second
            }
    }
}

extension AdmissionView {
    /// The PriorityClass marked as global default; of several the one of least value.
    fileprivate func defaultPriorityClass() async throws -> JSON? {
        var found: JSON?
        try await forEach(.priorityClasses) { object in
            guard object["globalDefault"]?.bool == true else { return }
            if (found?["value"]?.int ?? .max) > (object["value"]?.int ?? 0) { found = object }
        }
        return found
    }
}
