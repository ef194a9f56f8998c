import APIMachinery

extension ResourceRegistry {
    /// Every built-in kind, in the order of discovery.
    public static let builtIn = ResourceRegistry([
        Resource("v1", "Namespace", plural: "namespaces", shortNames: ["ns"], isNamespaced: false),
        Resource("v1", "Node", plural: "nodes", shortNames: ["no"], isNamespaced: false),
        Resource("v1", "Pod", plural: "pods", shortNames: ["po"], categories: ["all"]),
        Resource("v1", "Service", plural: "services", shortNames: ["svc"], categories: ["all"]),
        Resource("v1", "Endpoints", plural: "endpoints", shortNames: ["ep"]),
        Resource("discovery.k8s.io/v1", "EndpointSlice", plural: "endpointslices"),
        Resource("v1", "ConfigMap", plural: "configmaps", shortNames: ["cm"]),
        Resource("v1", "Secret", plural: "secrets"),
        Resource("v1", "ServiceAccount", plural: "serviceaccounts", shortNames: ["sa"]),
        Resource("v1", "Event", plural: "events", shortNames: ["ev"]),
        Resource("events.k8s.io/v1", "Event", plural: "events", shortNames: ["ev"]),
        Resource("v1", "PersistentVolume", plural: "persistentvolumes", shortNames: ["pv"], isNamespaced: false),
        Resource("v1", "PersistentVolumeClaim", plural: "persistentvolumeclaims", shortNames: ["pvc"]),
        Resource(
            "storage.k8s.io/v1", "StorageClass", plural: "storageclasses", shortNames: ["sc"], isNamespaced: false),
        Resource("coordination.k8s.io/v1", "Lease", plural: "leases"),
        Resource("apps/v1", "Deployment", plural: "deployments", shortNames: ["deploy"], categories: ["all"]),
        Resource("apps/v1", "ReplicaSet", plural: "replicasets", shortNames: ["rs"], categories: ["all"]),
        Resource("networking.k8s.io/v1", "Ingress", plural: "ingresses", shortNames: ["ing"]),
        Resource("networking.k8s.io/v1", "IngressClass", plural: "ingressclasses", isNamespaced: false),
    ])
}
