import APIMachinery

/// Everything known of Nodes.
enum Nodes {
    static let resource = Resource(
        "v1", "Node", plural: "nodes", shortNames: ["no"], isNamespaced: false,
        subresources: [
            Resource.Subresource(
                .proxy, GroupVersionKind(group: "", version: "v1", kind: "NodeProxyOptions"),
                verbs: [.create, .delete, .get, .patch, .update]),
            .status("v1", "Node"),
        ],
        columns: ClusterColumns.nodes,
        prepareForUpdate: Strategy.update(generation: false, status: true),
        prepareForStatusUpdate: Strategy.statusUpdate, setDefaults: setDefaults, validate: NodeRules.check,
        validateUpdate: NodeRules.checkUpdate, validateStatusUpdate: NodeRules.checkUpdate,
        validateName: Validation.isDNS1123Subdomain, finalizerNames: .qualifiedWhenCreated,
        selectableFields: [
            "spec.unschedulable": { $0["spec", "unschedulable"]?.bool == true ? "true" : "false" }
        ], warnings: { new, _ in ObjectWarnings.ofNode(new) })

    private static func setDefaults(_ node: inout JSON) {
        node.update("spec") { spec in
            if !spec.lacks("podCIDR"), spec["podCIDRs"]?.isEmpty ?? true { spec["podCIDRs"] = [spec["podCIDR"] ?? ""] }
        }
        node.update("status") { status in
            if let capacity = status["capacity"] { status.setDefault("allocatable", capacity) }
        }
    }
}
