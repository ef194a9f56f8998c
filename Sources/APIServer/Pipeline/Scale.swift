import APIMachinery
import KubeAPI

/// autoscaling/v1 Scale of an object that has replicas.
enum Scale {
    /// Where Kubernetes' own kinds keep them.
    static let replicas = ["spec", "replicas"]

    /// Of an object with `spec.replicas` and a label selector, or with what its kind says instead. Throws 500 where the
    /// object has no replicas though its kind says that it is to be scaled.
    static func of(_ object: JSON, _ resource: Resource) throws(StatusError) -> JSON {
        guard let paths = resource.scalePaths else {
            return scale(
                object, replicas: object.at(replicas), status: object["status", "replicas"],
                selector: selector(object["spec", "selector"] ?? .object))
        }
        guard let replicas = object.at(paths.replicas) else {
            throw .internalError(
                "the spec replicas field \(JSON("." + paths.replicas.joined(separator: ".")).text) does not exist")
        }
        return scale(
            object, replicas: replicas, status: object.at(paths.statusReplicas),
            selector: paths.selector.flatMap { object.at($0)?.string } ?? "")
    }

    private static func scale(_ object: JSON, replicas: JSON?, status statusReplicas: JSON?, selector: String) -> JSON {
        var metadata: JSON = .object
        for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
            metadata[field] = object["metadata", field]
        }
        var status: JSON = ["replicas": statusReplicas ?? 0]
        if !selector.isEmpty { status["selector"] = JSON(selector) }
        return [
            "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata,
            "spec": ["replicas": replicas ?? 0], "status": status,
        ]
    }

    /// A LabelSelector as a query would write it.
    private static func selector(_ selector: JSON) -> String {
        let isObject = selector["matchLabels"]?.isObject == true || selector["matchExpressions"]?.isArray == true
        // A ReplicationController's are the labels themselves.
        let labels = isObject ? selector["matchLabels"]?.stringMap ?? [:] : selector.stringMap
        var terms = labels.sorted { $0.key < $1.key }.map {
            "\($0.key)=\($0.value)"
        }
        for expression in selector["matchExpressions"]?.elements ?? [] {
            let key = expression["key"]?.string ?? ""
            let values = (expression["values"]?.strings ?? []).sorted().joined(separator: ",")
            switch expression["operator"]?.string {
            case "In": terms.append("\(key) in (\(values))")
            case "NotIn": terms.append("\(key) notin (\(values))")
            case "Exists": terms.append(key)
            case "DoesNotExist": terms.append("!\(key)")
            default: break
            }
        }
        return terms.joined(separator: ",")
    }
}

/// status.conditions of a pod.
enum PodConditions {
    /// Sets a condition; its transition time changes only with its status.
    static func set(
        _ pod: inout JSON, _ type: String, _ status: String, reason: String? = nil, message: String? = nil,
        _ now: String
    ) {
        var conditions: [JSON] = pod["status", "conditions"]?.elements ?? []
        var condition: JSON = ["type": JSON(type), "status": JSON(status), "lastTransitionTime": JSON(now)]
        condition["reason"] = reason.map { JSON($0) }
        condition["message"] = message.map { JSON($0) }
        condition["observedGeneration"] = pod["metadata", "generation"]
        if let index = conditions.firstIndex(where: { $0["type"]?.string == type }) {
            guard conditions[index]["status"]?.string != status else { return }
            conditions[index] = condition
        } else {
            conditions.append(condition)
        }
        pod["status", "conditions"] = JSON(conditions)
    }
}
