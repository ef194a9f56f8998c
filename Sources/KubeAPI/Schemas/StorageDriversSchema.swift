extension KubernetesSchema {
    static let storageDrivers = """
        package io.k8s.api.storage.v1
        use core io.k8s.api.core.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind CSIDriver
          metadata 1 meta.ObjectMeta always
          spec 2 CSIDriverSpec required always
        kind CSIDriverList
          metadata 1 meta.ListMeta always
          items 2 [CSIDriver] required always
        kind CSINode
          metadata 1 meta.ObjectMeta always
          spec 2 CSINodeSpec required always
        kind CSINodeList
          metadata 1 meta.ListMeta always
          items 2 [CSINode] required always
        kind CSIStorageCapacity
          metadata 1 meta.ObjectMeta always
          nodeTopology 2 *meta.LabelSelector
          storageClassName 3 string required always
          capacity 4 *quantity
          maximumVolumeSize 5 *quantity
        kind CSIStorageCapacityList
          metadata 1 meta.ListMeta always
          items 2 [CSIStorageCapacity] required always
        kind VolumeAttachment
          metadata 1 meta.ObjectMeta always
          spec 2 VolumeAttachmentSpec required always
          status 3 VolumeAttachmentStatus always
        kind VolumeAttachmentList
          metadata 1 meta.ListMeta always
          items 2 [VolumeAttachment] required always
        kind VolumeAttributesClass
          metadata 1 meta.ObjectMeta always
          driverName 2 string required always
          parameters 3 {string}
        kind VolumeAttributesClassList
          metadata 1 meta.ListMeta always
          items 2 [VolumeAttributesClass] required always
        type CSIDriverSpec
          attachRequired 1 *bool
          podInfoOnMount 2 *bool
          volumeLifecycleModes 3 [string:VolumeLifecycleMode] set
          storageCapacity 4 *bool
          fsGroupPolicy 5 *string:FSGroupPolicy
          tokenRequests 6 [TokenRequest] atomic
          requiresRepublish 7 *bool
          seLinuxMount 8 *bool
          nodeAllocatableUpdatePeriodSeconds 9 *int64
          serviceAccountTokenInSecrets 10 *bool
          preventPodSchedulingIfMissing 11 *bool
        type CSINodeSpec
          drivers 1 [CSINodeDriver] required always map(name) merge(name)
        type VolumeAttachmentStatus
          attached 1 bool required always
          attachmentMetadata 2 {string}
          attachError 3 *VolumeError
          detachError 4 *VolumeError
        type VolumeAttachmentSpec
          attacher 1 string required always
          source 2 VolumeAttachmentSource required always
          nodeName 3 string required always
        type TokenRequest
          audience 1 string required always
          expirationSeconds 2 *int64
        type CSINodeDriver
          name 1 string required always
          nodeID 2 string required always
          topologyKeys 3 [string] always atomic
          allocatable 4 *VolumeNodeResources
        type VolumeError
          time 1 time always
          message 2 string
          errorCode 3 *int32
        type VolumeAttachmentSource
          persistentVolumeName 1 *string
          inlineVolumeSpec 2 *core.PersistentVolumeSpec
        type VolumeNodeResources
          count 1 *int32
        """
}
