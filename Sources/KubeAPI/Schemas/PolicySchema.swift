extension KubernetesSchema {
    static let policy = """
        package io.k8s.api.policy.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind Eviction
          metadata 1 meta.ObjectMeta always
          deleteOptions 2 *meta.DeleteOptions
        """
}
