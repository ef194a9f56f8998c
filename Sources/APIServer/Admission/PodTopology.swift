import APIMachinery
import KubeAPI

/// A pod gets the labels of its node that tell the zone and the region, for what runs in it to read (Kubernetes' admission
/// plugin PodTopologyLabels).
struct PodTopology: MutatingAdmission {
    private static let labels = ["topology.kubernetes.io/region", "topology.kubernetes.io/zone"]
    /// A new pod that has its node already, and a binding, whose labels become the pod's.
    let scope = AdmissionScope(.create, [.pods], subresources: [nil, .binding])

    func admit(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws {
        let name: String
        if request.subresource == .binding {
            guard request.object["target", "kind"]?.string == "Node" else { return }
            name = request.object["target", "name"]?.string ?? ""
        } else {
            name = request.object["spec", "nodeName"]?.string ?? ""
        }
        guard !name.isEmpty, let node = try await view.object(.nodes, name) else { return }
        for label in Self.labels {
            if let value = node["metadata", "labels", label] { request.object["metadata", "labels", label] = value }
        }
    }
}

/// A pod that asks for devices tolerates nodes that are kept for whoever needs them (Kubernetes' admission plugin
/// ExtendedResourceToleration).
struct ExtendedResourceToleration: MutatingAdmission {
    let scope = AdmissionScope([.create, .update], [.pods])

    func admit(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws {
        let names = PodResources.extendedResources(of: request.object["spec"] ?? .object)
        if names.isEmpty { return }
        var tolerations: [JSON] = request.object["spec", "tolerations"]?.elements ?? []
        for name in names {
            let wanted: JSON = ["key": JSON(name), "operator": "Exists", "effect": "NoSchedule"]
            let same = tolerations.firstIndex { toleration in
                ["key", "operator", "effect"].allSatisfy { toleration[$0] == wanted[$0] }
            }
            if let same { tolerations[same] = wanted } else { tolerations.append(wanted) }
        }
        request.object["spec", "tolerations"] = JSON(tolerations)
    }
}
