import APIMachinery

/// The schema notation of the built-in kinds, one text per group of types. These texts are the source: the typed views
/// under `Views/` and the OpenAPI documents are made from them.
enum KubernetesSchema {
    static let notation: [String] = [
        apps, appsSets, authentication, authorization, autoscaling, autoscalingV2, batch, certificates, coordination,
        coreContainers, coreControllers, coreNodes, coreObjects, corePersistentVolumes, corePods, coreQuotas,
        coreServices, coreVolumes, discovery, events, flowControl, meta, networking, networkPolicies, node, policy,
        rbac, resource, scheduling, storage, storageDrivers, apiExtensions, verticalAutoscaling,
    ]
}

extension Schema {
    /// The types of every built-in kind, read at first use.
    public static let kubernetes = Schema(notation: KubernetesSchema.notation)
}
