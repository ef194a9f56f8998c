extension Descriptions {
    static let coreNodes = """
        package io.k8s.api.core.v1
        Node: A machine that runs pods.
          spec: What it may be used for.
          status: What it has and how it is, as it told last.
        NodeSpec: What a node may be used for.
          podCIDR: The addresses that its pods get.
          podCIDRs: The same, one range of each family.
          providerID: The machine's name at its provider.
          unschedulable: Whether no new pods are placed on it (kubectl cordon).
          taints: Keep pods away that do not tolerate them.
          externalID: No longer used.
          configSource: No longer used.
        NodeStatus: What a node has and how it is.
          capacity: What it has.
          allocatable: What pods may have of that.
          conditions: Ready, MemoryPressure, DiskPressure, PIDPressure, NetworkUnavailable.
          addresses: Its addresses and names.
          daemonEndpoints: Where its kubelet listens.
          nodeInfo: Its machine, kernel and programs.
          images: Images that are there.
          volumesInUse: Volumes that its pods use.
          volumesAttached: Volumes that are attached to it.
          runtimeHandlers: The handlers that a RuntimeClass can name.
          features: What its runtime can do.
          declaredFeatures: What its kubelet can do.
          phase: No longer used.
          config: No longer used.
        NodeCondition: One aspect of a node's state.
          type: Ready, MemoryPressure, DiskPressure, PIDPressure or NetworkUnavailable.
          status: True, False or Unknown.
          lastHeartbeatTime: When the node last told it.
        NodeAddress: An address of a node.
          type: Hostname, InternalIP, ExternalIP, InternalDNS or ExternalDNS.
          address: The address or name.
        NodeSystemInfo: A node's machine, kernel and programs.
          machineID: The number in /etc/machine-id.
          systemUUID: The machine's own number.
          bootID: Another after each start.
          kernelVersion: The kernel's version.
          osImage: The operating system's name.
          containerRuntimeVersion: The container runtime and its version.
          kubeletVersion: The kubelet's version.
          kubeProxyVersion: No longer filled in truly.
          operatingSystem: linux or windows.
          architecture: amd64, arm64 and so on.
          swap: How much swap there is.
        ResourceQuota: Limits for all of a namespace together.
          spec: The limits.
          status: The limits and what is used of them.
        ResourceQuotaSpec: Limits for all of a namespace together.
          hard: The most, by name: cpu, requests.memory, limits.cpu, pods, services.nodeports, count/jobs.batch and so on.
          scopes: Which objects count: Terminating, NotTerminating, BestEffort, NotBestEffort, PriorityClass and others.
          scopeSelector: The same, with values.
        ResourceQuotaStatus: What is used of a quota.
          hard: The limits in force.
          used: What is used.
        LimitRange: Limits and defaults for each pod, container or claim of a namespace.
          spec: The limits.
        LimitRangeSpec: Limits and defaults.
          limits: One for each type.
        LimitRangeItem: Limits and defaults for one type of object.
          type: Pod, Container or PersistentVolumeClaim.
          max: The most that may be asked for.
          min: The least that may be asked for.
          default: The limits of who names none.
          defaultRequest: The requests of who names none.
          maxLimitRequestRatio: How many times its request a limit may be.
        ReplicationController: Keeps a number of pods; Deployments and ReplicaSets came after it.
          spec: How many, and what they are like.
          status: How many there are.
        ReplicationControllerSpec: A number of pods.
          replicas: How many; 1 unless said.
          minReadySeconds: How long a pod has to be ready to count as available.
          selector: Labels of the pods that count; those of the template unless said.
          template: What the pods are like.
        """
    static let coreStorage = """
        package io.k8s.api.core.v1
        PersistentVolume: Storage that outlives pods.
          spec: What it is and who may use it.
          status: Whether it is used.
        PersistentVolumeSpec = Volume: What a volume is.
          capacity: Its size, as storage.
          accessModes: ReadWriteOnce, ReadOnlyMany, ReadWriteMany, ReadWriteOncePod.
          claimRef: The claim it is bound to.
          persistentVolumeReclaimPolicy: What becomes of it without its claim: Retain, Delete or Recycle.
          storageClassName: The class it belongs to.
          mountOptions: Options with which it is mounted.
          volumeMode: Filesystem (the default) or Block.
          nodeAffinity: The nodes from which it can be reached.
          volumeAttributesClassName: The class of its attributes.
          hostPath: A directory of the node; for clusters of one node.
          local: A disk or directory of a node.
          nfs: A directory of an NFS server.
          csi: A volume of a CSI driver.
          iscsi: A disk reached by iSCSI.
          fc: A disk reached by Fibre Channel.
        PersistentVolumeStatus: How a volume is.
          phase: Pending, Available, Bound, Released or Failed.
          lastPhaseTransitionTime: When the phase last changed.
        PersistentVolumeClaim: Asks for storage; pods mount it by its name.
          spec: What is asked for.
          status: What it got.
        PersistentVolumeClaimSpec: The storage that is asked for.
          accessModes: ReadWriteOnce, ReadOnlyMany, ReadWriteMany, ReadWriteOncePod.
          resources: The size, as requests.storage; it may grow later where the class allows it.
          volumeName: The volume; filled in when it is bound.
          selector: Labels that the volume must have.
          storageClassName: The class; the default one unless said, and none at all when it is "".
          volumeMode: Filesystem (the default) or Block.
          dataSource: A snapshot or claim to begin with.
          dataSourceRef: The same, of any kind and namespace.
          volumeAttributesClassName: The class of attributes wanted.
        PersistentVolumeClaimStatus: What a claim got.
          phase: Pending, Bound or Lost.
          accessModes: What the volume can do.
          capacity: The volume's size.
          conditions: How a change of size is going.
          allocatedResources: The size that is being made.
          allocatedResourceStatuses: How far that is.
          currentVolumeAttributesClassName: The class of attributes it has.
          modifyVolumeStatus: How a change of attributes is going.
        PersistentVolumeClaimCondition = io.k8s.apimachinery.pkg.apis.meta.v1.Condition: One aspect of a claim's state.
        VolumeResourceRequirements: A size.
          limits: The most.
          requests: The least.
        LocalVolumeSource: A disk or directory of a node.
          path: Its path there.
          fsType: The file system of a disk.
        """
}
