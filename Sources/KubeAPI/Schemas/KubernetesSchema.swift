import APIMachinery

/// The schema notation of the built-in kinds, one text per group of types. These texts are the source: the typed views
/// under `Views/` and the OpenAPI documents are made from them.
enum KubernetesSchema {
    static let notation: [String] = [
        apps, authentication, authorization, autoscaling, coordination, coreContainers, coreNodes, coreObjects,
        corePersistentVolumes, corePods, coreServices, coreVolumes, discovery, events, meta, networking, policy,
        storage,
    ]
}

extension Schema {
    /// The types of every built-in kind, read at first use.
    public static let kubernetes = Schema(notation: KubernetesSchema.notation)
}
