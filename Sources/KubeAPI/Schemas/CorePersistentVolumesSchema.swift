extension KubernetesSchema {
    static let corePersistentVolumes = """
        package io.k8s.api.core.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind PersistentVolume
          metadata 1 meta.ObjectMeta always
          spec 2 PersistentVolumeSpec always
          status 3 PersistentVolumeStatus always
        kind PersistentVolumeList
          metadata 1 meta.ListMeta always
          items 2 [PersistentVolume] required always
        kind PersistentVolumeClaim
          metadata 1 meta.ObjectMeta always
          spec 2 PersistentVolumeClaimSpec always
          status 3 PersistentVolumeClaimStatus always
        kind PersistentVolumeClaimList
          metadata 1 meta.ListMeta always
          items 2 [PersistentVolumeClaim] required always
        type PersistentVolumeSpec
          capacity 1 {quantity}
          persistentVolumeSource 2 inline PersistentVolumeSource
          accessModes 3 [string:PersistentVolumeAccessMode] atomic
          claimRef 4 *ObjectReference granular
          persistentVolumeReclaimPolicy 5 string:PersistentVolumeReclaimPolicy
          storageClassName 6 string
          mountOptions 7 [string] atomic
          volumeMode 8 *string:PersistentVolumeMode
          nodeAffinity 9 *VolumeNodeAffinity
          volumeAttributesClassName 10 *string
        type PersistentVolumeStatus
          phase 1 string:PersistentVolumePhase
          message 2 string
          reason 3 string
          lastPhaseTransitionTime 4 *time
        type PersistentVolumeClaimSpec
          accessModes 1 [string:PersistentVolumeAccessMode] atomic
          resources 2 VolumeResourceRequirements always
          volumeName 3 string
          selector 4 *meta.LabelSelector
          storageClassName 5 *string
          volumeMode 6 *string:PersistentVolumeMode
          dataSource 7 *TypedLocalObjectReference
          dataSourceRef 8 *TypedObjectReference
          volumeAttributesClassName 9 *string
        type PersistentVolumeClaimStatus
          phase 1 string:PersistentVolumeClaimPhase
          accessModes 2 [string:PersistentVolumeAccessMode] atomic
          capacity 3 {quantity}
          conditions 4 [PersistentVolumeClaimCondition] map(type) merge(type)
          allocatedResources 5 {quantity}
          allocatedResourceStatuses 7 {string:ClaimResourceStatus} granular
          currentVolumeAttributesClassName 8 *string
          modifyVolumeStatus 9 *ModifyVolumeStatus
        type PersistentVolumeSource
          gcePersistentDisk 1 *GCEPersistentDiskVolumeSource
          awsElasticBlockStore 2 *AWSElasticBlockStoreVolumeSource
          hostPath 3 *HostPathVolumeSource
          glusterfs 4 *GlusterfsPersistentVolumeSource
          nfs 5 *NFSVolumeSource
          rbd 6 *RBDPersistentVolumeSource
          iscsi 7 *ISCSIPersistentVolumeSource
          cinder 8 *CinderPersistentVolumeSource
          cephfs 9 *CephFSPersistentVolumeSource
          fc 10 *FCVolumeSource
          flocker 11 *FlockerVolumeSource
          flexVolume 12 *FlexPersistentVolumeSource
          azureFile 13 *AzureFilePersistentVolumeSource
          vsphereVolume 14 *VsphereVirtualDiskVolumeSource
          quobyte 15 *QuobyteVolumeSource
          azureDisk 16 *AzureDiskVolumeSource
          photonPersistentDisk 17 *PhotonPersistentDiskVolumeSource
          portworxVolume 18 *PortworxVolumeSource
          scaleIO 19 *ScaleIOPersistentVolumeSource
          local 20 *LocalVolumeSource
          storageos 21 *StorageOSPersistentVolumeSource
          csi 22 *CSIPersistentVolumeSource
        type VolumeNodeAffinity
          required 1 *NodeSelector
        type VolumeResourceRequirements
          limits 1 {quantity}
          requests 2 {quantity}
        type TypedLocalObjectReference atomic
          apiGroup 1 *string always
          kind 2 string required always
          name 3 string required always
        type TypedObjectReference
          apiGroup 1 *string always
          kind 2 string required always
          name 3 string required always
          namespace 4 *string
        type PersistentVolumeClaimCondition
          type 1 string:PersistentVolumeClaimConditionType required always
          status 2 string:ConditionStatus required always
          lastProbeTime 3 time always
          lastTransitionTime 4 time always
          reason 5 string
          message 6 string
        type ModifyVolumeStatus
          targetVolumeAttributesClassName 1 string
          status 2 string:PersistentVolumeClaimModifyVolumeStatus required always
        type GlusterfsPersistentVolumeSource
          endpoints 1 string required always
          path 2 string required always
          readOnly 3 bool
          endpointsNamespace 4 *string
        type RBDPersistentVolumeSource
          monitors 1 [string] required always atomic
          image 2 string required always
          fsType 3 string
          pool 4 string default "rbd"
          user 5 string default "admin"
          keyring 6 string default "/etc/ceph/keyring"
          secretRef 7 *SecretReference
          readOnly 8 bool
        type ISCSIPersistentVolumeSource
          targetPortal 1 string required always
          iqn 2 string required always
          lun 3 int32 required always
          iscsiInterface 4 string default "default"
          fsType 5 string
          readOnly 6 bool
          portals 7 [string] atomic
          chapAuthDiscovery 8 bool
          secretRef 10 *SecretReference
          chapAuthSession 11 bool
          initiatorName 12 *string
        type CinderPersistentVolumeSource
          volumeID 1 string required always
          fsType 2 string
          readOnly 3 bool
          secretRef 4 *SecretReference
        type CephFSPersistentVolumeSource
          monitors 1 [string] required always atomic
          path 2 string
          user 3 string
          secretFile 4 string
          secretRef 5 *SecretReference
          readOnly 6 bool
        type FlexPersistentVolumeSource
          driver 1 string required always
          fsType 2 string
          secretRef 3 *SecretReference
          readOnly 4 bool
          options 5 {string}
        type AzureFilePersistentVolumeSource
          secretName 1 string required always
          shareName 2 string required always
          readOnly 3 bool
          secretNamespace 4 *string always
        type ScaleIOPersistentVolumeSource
          gateway 1 string required always
          system 2 string required always
          secretRef 3 *SecretReference required always
          sslEnabled 4 bool
          protectionDomain 5 string
          storagePool 6 string
          storageMode 7 string default "ThinProvisioned"
          volumeName 8 string
          fsType 9 string default "xfs"
          readOnly 10 bool
        type LocalVolumeSource
          path 1 string required always
          fsType 2 *string
        type StorageOSPersistentVolumeSource
          volumeName 1 string
          volumeNamespace 2 string
          fsType 3 string
          readOnly 4 bool
          secretRef 5 *ObjectReference
        type CSIPersistentVolumeSource
          driver 1 string required always
          volumeHandle 2 string required always
          readOnly 3 bool
          fsType 4 string
          volumeAttributes 5 {string}
          controllerPublishSecretRef 6 *SecretReference
          nodeStageSecretRef 7 *SecretReference
          nodePublishSecretRef 8 *SecretReference
          controllerExpandSecretRef 9 *SecretReference
          nodeExpandSecretRef 10 *SecretReference
        type PersistentVolumeClaimVolumeSource
          claimName 1 string required always
          readOnly 2 bool
        type PersistentVolumeClaimTemplate
          metadata 1 meta.ObjectMeta always
          spec 2 PersistentVolumeClaimSpec required always
        """
}
