extension KubernetesSchema {
    static let node = """
        package io.k8s.api.node.v1
        use core io.k8s.api.core.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind RuntimeClass
          metadata 1 meta.ObjectMeta always
          handler 2 string required always
          overhead 3 *Overhead
          scheduling 4 *Scheduling
        kind RuntimeClassList
          metadata 1 meta.ListMeta always
          items 2 [RuntimeClass] required always
        type Scheduling
          nodeSelector 1 {string} atomic
          tolerations 2 [core.Toleration] atomic
        type Overhead
          podFixed 1 {quantity}
        """
}
