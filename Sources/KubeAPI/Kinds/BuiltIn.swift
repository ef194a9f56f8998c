extension ResourceRegistry {
    /// Every built-in kind, in the order of discovery.
    public static let builtIn = ResourceRegistry([
        ConfigMaps.resource, EndpointsKind.resource, Events.core, LimitRanges.resource, Namespaces.resource,
        Nodes.resource, PersistentVolumeClaims.resource, PersistentVolumes.resource, PodTemplates.resource,
        Pods.resource, ReplicationControllers.resource, ResourceQuotas.resource, Secrets.resource,
        ServiceAccounts.resource, Services.resource,
        ControllerRevisions.resource, DaemonSets.resource, Deployments.resource, ReplicaSets.resource,
        StatefulSets.resource,
        SelfReviews.subject, SelfReviews.token,
        SelfReviews.localAccess, SelfReviews.access, SelfReviews.rules, SelfReviews.subjectAccess,
        CronJobs.resource, Jobs.resource,
        Leases.resource,
        EndpointSlices.resource,
        Events.events,
        IngressClasses.resource, Ingresses.resource, NetworkPolicies.resource,
        RuntimeClasses.resource,
        PodDisruptionBudgets.resource,
        RBACKinds.clusterRoleBindings, RBACKinds.clusterRoles, RBACKinds.roleBindings, RBACKinds.roles,
        PriorityClasses.resource,
        StorageClasses.resource,
    ])
}
