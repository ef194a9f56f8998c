extension Descriptions {
    static let coreVolumes = """
        package io.k8s.api.core.v1
        Volume: A directory that a pod's containers can mount; exactly one source besides the name.
          name: The name by which containers mount it.
          hostPath: A file or directory of the node.
          emptyDir: An empty directory that lives as long as the pod.
          secret: A Secret's keys as files.
          configMap: A ConfigMap's keys as files.
          downwardAPI: Fields of the pod as files.
          projected: Several of these in one directory.
          persistentVolumeClaim: The volume that a claim of the namespace is bound to.
          ephemeral: A claim that is made for the pod and goes with it.
          nfs: A directory of an NFS server.
          iscsi: A disk reached by iSCSI.
          fc: A disk reached by Fibre Channel.
          csi: A volume that a CSI driver makes for the pod.
          image: The files of an image.
          gitRepo: No longer supported; clone in an init container into an emptyDir.
          gcePersistentDisk: A disk of Google Compute Engine; by the CSI driver now.
          awsElasticBlockStore: A disk of Amazon EBS; by the CSI driver now.
          azureDisk: A disk of Azure; by the CSI driver now.
          azureFile: A share of Azure Files; by the CSI driver now.
          cinder: A volume of OpenStack Cinder; by the CSI driver now.
          vsphereVolume: A disk of vSphere; by the CSI driver now.
          portworxVolume: A volume of Portworx; by the CSI driver now.
          flexVolume: A volume of an older kind of plugin.
          glusterfs: No longer supported.
          rbd: No longer supported.
          cephfs: No longer supported.
          flocker: No longer supported.
          quobyte: No longer supported.
          photonPersistentDisk: No longer supported.
          scaleIO: No longer supported.
          storageos: No longer supported.
        HostPathVolumeSource: A file or directory of the node.
          path: Its path.
          type: What has to be there: DirectoryOrCreate, Directory, FileOrCreate, File, Socket, CharDevice, BlockDevice; empty asks nothing.
        EmptyDirVolumeSource: An empty directory.
          medium: Empty for the node's disk, Memory for a tmpfs, HugePages for huge pages.
          sizeLimit: The most it may hold; a pod that exceeds it is evicted.
        SecretVolumeSource: A Secret as files.
          secretName: The Secret's name.
          items: Which keys, and at which paths; every key unless said.
          defaultMode: The files' permissions; 0644 unless said.
          optional: Whether the Secret, or its keys, may be absent.
        ConfigMapVolumeSource: A ConfigMap as files.
          name: The ConfigMap's name.
          items: Which keys, and at which paths; every key unless said.
          defaultMode: The files' permissions; 0644 unless said.
          optional: Whether the ConfigMap, or its keys, may be absent.
        KeyToPath: A key as a file.
          key: The key.
          path: The file's path within the volume.
          mode: Its permissions; the volume's defaultMode unless said.
        DownwardAPIVolumeSource: Fields of the pod as files.
          items: Which fields.
          defaultMode: The files' permissions; 0644 unless said.
        DownwardAPIVolumeFile: A field of the pod as a file.
          path: The file's path within the volume.
          fieldRef: A field: metadata's labels, annotations, name, namespace or uid.
          resourceFieldRef: A request or limit of a container.
          mode: Its permissions; the volume's defaultMode unless said.
        ProjectedVolumeSource: Several sources in one directory.
          sources: The sources.
          defaultMode: The files' permissions; 0644 unless said.
        VolumeProjection: One of a projected volume's sources; exactly one is set.
          secret: Keys of a Secret.
          downwardAPI: Fields of the pod.
          configMap: Keys of a ConfigMap.
          serviceAccountToken: A token of the pod's service account, renewed in time.
          clusterTrustBundle: Certificates of a ClusterTrustBundle.
          podCertificate: A certificate made for the pod.
        SecretProjection = ConfigMapVolumeSource: A Secret's keys as files.
          name: The Secret's name.
          optional: Whether the Secret, or its keys, may be absent.
        ConfigMapProjection = ConfigMapVolumeSource: A ConfigMap's keys as files.
        DownwardAPIProjection = DownwardAPIVolumeSource: Fields of the pod as files.
        ServiceAccountTokenProjection: A token as a file.
          audience: For whom the token is; the API server unless said.
          expirationSeconds: How long it is valid, at least 600; an hour unless said.
          path: The file's path within the volume.
        PersistentVolumeClaimVolumeSource: A claim's volume.
          claimName: The claim, in the pod's namespace.
          readOnly: Whether it can only be read.
        EphemeralVolumeSource: A claim that is made for the pod.
          volumeClaimTemplate: What the claim is to be like.
        NFSVolumeSource: A directory of an NFS server.
          server: The server's name or address.
          path: The directory that it exports.
          readOnly: Whether it can only be read.
        CSIVolumeSource: A volume that a CSI driver makes for the pod.
          driver: The driver's name.
          readOnly: Whether it can only be read.
          fsType: The file system, if the driver asks.
          volumeAttributes: What the driver is told.
          nodePublishSecretRef: A Secret that the driver is given.
        ImageVolumeSource: The files of an image, to be read.
          reference: The image.
          pullPolicy: Always, IfNotPresent or Never.
        """
}
