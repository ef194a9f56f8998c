extension KubernetesSchema {
    static let storage = """
        package io.k8s.api.storage.v1
        use core io.k8s.api.core.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind StorageClass
          metadata 1 meta.ObjectMeta always
          provisioner 2 string required always
          parameters 3 {string}
          reclaimPolicy 4 *string:PersistentVolumeReclaimPolicy
          mountOptions 5 [string] atomic
          allowVolumeExpansion 6 *bool
          volumeBindingMode 7 *string:VolumeBindingMode
          allowedTopologies 8 [core.TopologySelectorTerm] atomic
        kind StorageClassList
          metadata 1 meta.ListMeta always
          items 2 [StorageClass] required always
        """
}
