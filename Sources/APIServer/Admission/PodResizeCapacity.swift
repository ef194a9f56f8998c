import APIMachinery
import KubeAPI

/// A pod on a node is not resized to more than the node can ever give (Kubernetes' admission plugin PodResizeValidator); what
/// it cannot give now is the kubelet's to defer.
struct PodResizeCapacity: ValidatingAdmission {
    let scope = AdmissionScope(.update, [.pods], subresources: [.resize])

    func validate(_ request: inout AdmissionRequest, _ view: AdmissionView) async throws -> AdmissionHolds.Settle? {
        let spec = request.object["spec"] ?? .object
        guard let name = spec["nodeName"]?.string, !name.isEmpty, spec != request.old?["spec"] else { return nil }
        guard let node = try await view.object(.nodes, name) else {
            throw request.forbidden("node \"\(name)\" not found")
        }
        if let system = node["metadata", "labels", "kubernetes.io/os"]?.string, system != "linux" {
            throw Self.refusal(
                request, "UnsupportedPlatform",
                "pod resize is only supported on linux nodes, node \"\(name)\" is \"\(system)\"")
        }
        let lacks = Self.lacks(spec, ResourceAmounts(node["status", "allocatable"]))
        if lacks.isEmpty { return nil }
        throw Self.refusal(
            request, "NodeCapacity",
            "node didn't have enough allocatable resources: \(lacks.joined(separator: "; "))")
    }

    private static func lacks(_ spec: JSON, _ allocatable: ResourceAmounts) -> [String] {
        var requests = PodResources(ofSpec: spec).requests
        requests += ResourceAmounts(spec["overhead"])
        return ["cpu", "memory"].compactMap { name in
            let (asked, given) = (requests[name] ?? .zero, allocatable[name] ?? .zero)
            guard asked > given else { return nil }
            let (wanted, most) =
                name == "cpu" ? (asked.milliValue, given.milliValue) : (asked.value, given.value)
            return "\(name), requested: \(wanted), allocatable: \(most)"
        }
    }
    private static func refusal(_ request: AdmissionRequest, _ cause: String, _ why: String) -> StatusError {
        var error = request.forbidden(why)
        error.causes = [.init(reason: cause, message: "", field: "")]
        return error
    }
}
