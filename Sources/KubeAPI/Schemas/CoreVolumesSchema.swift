extension KubernetesSchema {
    static let coreVolumes = """
        package io.k8s.api.core.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        type Volume
          name 1 string required always
          volumeSource 2 inline VolumeSource
        type VolumeSource
          hostPath 1 *HostPathVolumeSource
          emptyDir 2 *EmptyDirVolumeSource
          gcePersistentDisk 3 *GCEPersistentDiskVolumeSource
          awsElasticBlockStore 4 *AWSElasticBlockStoreVolumeSource
          gitRepo 5 *GitRepoVolumeSource
          secret 6 *SecretVolumeSource
          nfs 7 *NFSVolumeSource
          iscsi 8 *ISCSIVolumeSource
          glusterfs 9 *GlusterfsVolumeSource
          persistentVolumeClaim 10 *PersistentVolumeClaimVolumeSource
          rbd 11 *RBDVolumeSource
          flexVolume 12 *FlexVolumeSource
          cinder 13 *CinderVolumeSource
          cephfs 14 *CephFSVolumeSource
          flocker 15 *FlockerVolumeSource
          downwardAPI 16 *DownwardAPIVolumeSource
          fc 17 *FCVolumeSource
          azureFile 18 *AzureFileVolumeSource
          configMap 19 *ConfigMapVolumeSource
          vsphereVolume 20 *VsphereVirtualDiskVolumeSource
          quobyte 21 *QuobyteVolumeSource
          azureDisk 22 *AzureDiskVolumeSource
          photonPersistentDisk 23 *PhotonPersistentDiskVolumeSource
          portworxVolume 24 *PortworxVolumeSource
          scaleIO 25 *ScaleIOVolumeSource
          projected 26 *ProjectedVolumeSource
          storageos 27 *StorageOSVolumeSource
          csi 28 *CSIVolumeSource
          ephemeral 29 *EphemeralVolumeSource
          image 30 *ImageVolumeSource
        type GCEPersistentDiskVolumeSource
          pdName 1 string required always
          fsType 2 string
          partition 3 int32
          readOnly 4 bool
        type AWSElasticBlockStoreVolumeSource
          volumeID 1 string required always
          fsType 2 string
          partition 3 int32
          readOnly 4 bool
        type HostPathVolumeSource
          path 1 string required always
          type 2 *string:HostPathType
        type NFSVolumeSource
          server 1 string required always
          path 2 string required always
          readOnly 3 bool
        type FCVolumeSource
          targetWWNs 1 [string] atomic
          lun 2 *int32
          fsType 3 string
          readOnly 4 bool
          wwids 5 [string] atomic
        type FlockerVolumeSource
          datasetName 1 string
          datasetUUID 2 string
        type VsphereVirtualDiskVolumeSource
          volumePath 1 string required always
          fsType 2 string
          storagePolicyName 3 string
          storagePolicyID 4 string
        type QuobyteVolumeSource
          registry 1 string required always
          volume 2 string required always
          readOnly 3 bool
          user 4 string
          group 5 string
          tenant 6 string
        type AzureDiskVolumeSource
          diskName 1 string required always
          diskURI 2 string required always
          cachingMode 3 *string:AzureDataDiskCachingMode default "ReadWrite"
          fsType 4 *string default "ext4"
          readOnly 5 *bool default false
          kind 6 *string:AzureDataDiskKind default "Shared"
        type PhotonPersistentDiskVolumeSource
          pdID 1 string required always
          fsType 2 string
        type PortworxVolumeSource
          volumeID 1 string required always
          fsType 2 string
          readOnly 3 bool
        type EmptyDirVolumeSource
          medium 1 string:StorageMedium
          sizeLimit 2 *quantity
        type GitRepoVolumeSource
          repository 1 string required always
          revision 2 string
          directory 3 string
        type SecretVolumeSource
          secretName 1 string
          items 2 [KeyToPath] atomic
          defaultMode 3 *int32
          optional 4 *bool
        type ISCSIVolumeSource
          targetPortal 1 string required always
          iqn 2 string required always
          lun 3 int32 required always
          iscsiInterface 4 string default "default"
          fsType 5 string
          readOnly 6 bool
          portals 7 [string] atomic
          chapAuthDiscovery 8 bool
          secretRef 10 *LocalObjectReference
          chapAuthSession 11 bool
          initiatorName 12 *string
        type GlusterfsVolumeSource
          endpoints 1 string required always
          path 2 string required always
          readOnly 3 bool
        type RBDVolumeSource
          monitors 1 [string] required always atomic
          image 2 string required always
          fsType 3 string
          pool 4 string default "rbd"
          user 5 string default "admin"
          keyring 6 string default "/etc/ceph/keyring"
          secretRef 7 *LocalObjectReference
          readOnly 8 bool
        type FlexVolumeSource
          driver 1 string required always
          fsType 2 string
          secretRef 3 *LocalObjectReference
          readOnly 4 bool
          options 5 {string}
        type CinderVolumeSource
          volumeID 1 string required always
          fsType 2 string
          readOnly 3 bool
          secretRef 4 *LocalObjectReference
        type CephFSVolumeSource
          monitors 1 [string] required always atomic
          path 2 string
          user 3 string
          secretFile 4 string
          secretRef 5 *LocalObjectReference
          readOnly 6 bool
        type DownwardAPIVolumeSource
          items 1 [DownwardAPIVolumeFile] atomic
          defaultMode 2 *int32
        type AzureFileVolumeSource
          secretName 1 string required always
          shareName 2 string required always
          readOnly 3 bool
        type ConfigMapVolumeSource
          localObjectReference 1 inline LocalObjectReference
          items 2 [KeyToPath] atomic
          defaultMode 3 *int32
          optional 4 *bool
        type ProjectedVolumeSource
          sources 1 [VolumeProjection] always atomic
          defaultMode 2 *int32
        type ScaleIOVolumeSource
          gateway 1 string required always
          system 2 string required always
          secretRef 3 *LocalObjectReference required always
          sslEnabled 4 bool
          protectionDomain 5 string
          storagePool 6 string
          storageMode 7 string default "ThinProvisioned"
          volumeName 8 string
          fsType 9 string default "xfs"
          readOnly 10 bool
        type StorageOSVolumeSource
          volumeName 1 string
          volumeNamespace 2 string
          fsType 3 string
          readOnly 4 bool
          secretRef 5 *LocalObjectReference
        type CSIVolumeSource
          driver 1 string required always
          readOnly 2 *bool
          fsType 3 *string
          volumeAttributes 4 {string}
          nodePublishSecretRef 5 *LocalObjectReference
        type EphemeralVolumeSource
          volumeClaimTemplate 1 *PersistentVolumeClaimTemplate
        type ImageVolumeSource
          reference 1 string
          pullPolicy 2 string:PullPolicy
        type KeyToPath
          key 1 string required always
          path 2 string required always
          mode 3 *int32
        type DownwardAPIVolumeFile
          path 1 string required always
          fieldRef 2 *ObjectFieldSelector
          resourceFieldRef 3 *ResourceFieldSelector
          mode 4 *int32
        type VolumeProjection
          secret 1 *SecretProjection
          downwardAPI 2 *DownwardAPIProjection
          configMap 3 *ConfigMapProjection
          serviceAccountToken 4 *ServiceAccountTokenProjection
          clusterTrustBundle 5 *ClusterTrustBundleProjection
          podCertificate 6 *PodCertificateProjection
        type SecretProjection
          localObjectReference 1 inline LocalObjectReference
          items 2 [KeyToPath] atomic
          optional 4 *bool
        type DownwardAPIProjection
          items 1 [DownwardAPIVolumeFile] atomic
        type ConfigMapProjection
          localObjectReference 1 inline LocalObjectReference
          items 2 [KeyToPath] atomic
          optional 4 *bool
        type ServiceAccountTokenProjection
          audience 1 string
          expirationSeconds 2 *int64
          path 3 string required always
        type ClusterTrustBundleProjection
          name 1 *string
          signerName 2 *string
          labelSelector 3 *meta.LabelSelector
          path 4 string required always
          optional 5 *bool
        type PodCertificateProjection
          signerName 1 string required
          keyType 2 string required
          maxExpirationSeconds 3 *int32
          credentialBundlePath 4 string
          keyPath 5 string
          certificateChainPath 6 string
          userAnnotations 7 {string}
        """
}
