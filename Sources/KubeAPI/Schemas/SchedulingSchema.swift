extension KubernetesSchema {
    static let scheduling = """
        package io.k8s.api.scheduling.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind PriorityClass
          metadata 1 meta.ObjectMeta always
          value 2 int32 always
          globalDefault 3 bool
          description 4 string
          preemptionPolicy 5 *string:PreemptionPolicy
        kind PriorityClassList
          metadata 1 meta.ListMeta always
          items 2 [PriorityClass] required always
        """
}
