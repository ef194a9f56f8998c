import APIMachinery
import KubeAPI

/// What is told of the control plane's parts (v1 ComponentStatus): in this process they live and end together, so all are as
/// healthy as the server that tells of them.
extension ClusterServer {
    static let componentStatuses = GroupResource(resource: "componentstatuses")
    private static let components = ["controller-manager", "etcd-0", "scheduler"]

    func componentStatuses(_ call: inout Call) throws -> Outcome {
        call.warnings.append(ComponentStatuses.deprecation)
        let objects = Self.components.map(status)
        guard call.attributes.verb == .list else {
            guard let object = objects.first(where: { $0["metadata", "name"]?.string == call.name }) else {
                throw StatusError.notFound(call.groupResource, call.name)
            }
            return .object(.value(object), created: false)
        }
        let selection = try selection(call)
        let items = objects.compactMap { object in
            StoredObject(key: object["metadata", "name"]?.string ?? "", stored: StoredForm.encode(object), revision: 0)
        }
        return .list(
            ListResult(items: items.filter { selection.covers($0.key) && selection.matches($0) }, revision: 0))
    }

    private func status(_ name: String) -> JSON {
        [
            "kind": "ComponentStatus", "apiVersion": "v1", "metadata": ["name": JSON(name)],
            "conditions": [["type": "Healthy", "status": "True", "message": "ok"]],
        ]
    }
}
