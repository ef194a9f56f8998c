extension KubernetesSchema {
    static let coordination = """
        package io.k8s.api.coordination.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind Lease
          metadata 1 meta.ObjectMeta always
          spec 2 LeaseSpec always
        kind LeaseList
          metadata 1 meta.ListMeta always
          items 2 [Lease] required always
        type LeaseSpec
          holderIdentity 1 *string
          leaseDurationSeconds 2 *int32
          acquireTime 3 *micro-time
          renewTime 4 *micro-time
          leaseTransitions 5 *int32
          strategy 6 *string:CoordinatedLeaseStrategy
          preferredHolder 7 *string
        """
}
