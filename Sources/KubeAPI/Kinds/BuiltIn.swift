extension ResourceRegistry {
    /// Every built-in kind, in the order of discovery.
    public static let builtIn = ResourceRegistry([
        ConfigMaps.resource, EndpointsKind.resource, Events.core, Namespaces.resource, Nodes.resource,
        PersistentVolumeClaims.resource, PersistentVolumes.resource, Pods.resource, Secrets.resource,
        ServiceAccounts.resource, Services.resource,
        Deployments.resource, ReplicaSets.resource,
        SelfReviews.subject, SelfReviews.access, SelfReviews.rules,
        Leases.resource,
        EndpointSlices.resource,
        Events.events,
        IngressClasses.resource, Ingresses.resource,
        StorageClasses.resource,
    ])
}
