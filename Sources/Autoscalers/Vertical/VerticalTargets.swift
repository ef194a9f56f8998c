import APIMachinery
import ControlLoops
import KubeAPI

/// Finds autoscalers' targets and their pods.
struct VerticalTargets: Sendable {
    /// What is followed for that.
    static let reads: [GroupResource] = [Pod.resource] + VerticalTarget.resources.values
    /// What is asked besides.
    static let calls = [Permission(.get, Permission.everything, subresource: .scale)]

    enum Answer: Sendable {
        case selector(LabelSelector)
        /// Why the target cannot be used.
        case fault(String)
    }

    let context: LoopContext

    func lookup(_ resource: GroupResource, _ key: ObjectKey) -> JSON? { context.world.cache(resource).get(key) }
    func isScalable(_ kind: GroupVersionKind) -> Bool {
        context.kinds.current.resources.contains { resource in
            resource.groupVersionKind.group == kind.group && resource.groupVersionKind.kind == kind.kind
                && resource.subresources.contains { $0.name == .scale }
        }
    }

    func selector(of autoscaler: VerticalPodAutoscaler) async -> Answer {
        guard let target = autoscaler.json["spec", "targetRef"] else { return .fault("Cannot read targetRef") }
        let (kind, name) = (target["kind"]?.string ?? "", target["name"]?.string ?? "")
        let version = target["apiVersion"]?.string ?? ""
        let key = ObjectKey(namespace: autoscaler.namespace, name: name)
        guard let resource = VerticalTarget.resources[kind] else {
            return await scaled(GroupVersionKind(apiVersion: version, kind: kind), version, key)
        }
        guard let controller = lookup(resource, key) else {
            return .fault("Cannot read targetRef. Reason: \(kind) \(key) does not exist")
        }
        guard let selector = VerticalTarget.selector(of: controller, kind: kind) else {
            return .fault("Cannot read targetRef. Reason: \(kind) \(key) has no selector")
        }
        if VerticalTarget.controller(above: controller, lookup, isScalable: isScalable) != nil {
            return .fault(
                "The target \(version).\(kind)/\(name) has a parent controller but it should point to a topmost well-known or "
                    + "scalable controller")
        }
        return .selector(selector)
    }

    /// Of a kind that only its scale tells about.
    private func scaled(_ kind: GroupVersionKind, _ version: String, _ key: ObjectKey) async -> Answer {
        func fault(_ why: String) -> Answer {
            .fault(
                "Cannot read targetRef. Reason: unhandled targetRef \(version) / \(kind.kind) / \(key.name), last error \(why)"
            )
        }
        let resources = context.kinds.current.resources.filter {
            $0.groupVersionKind.group == kind.group && $0.groupVersionKind.kind == kind.kind
        }
        guard let resource = resources.first?.groupResource else {
            return fault("no matches for kind \"\(kind.kind)\" in group \"\(kind.group)\"")
        }
        do {
            let scale = try await context.api.get(resource, key, subresource: .scale)
            let text = scale["status", "selector"]?.string ?? ""
            if text.isEmpty { return fault("resource \(key) has an empty selector for scale sub-resource") }
            return .selector(try LabelSelector(parsing: text))
        } catch {
            return fault((error as? StatusError)?.message ?? "\(error)")
        }
    }
}
