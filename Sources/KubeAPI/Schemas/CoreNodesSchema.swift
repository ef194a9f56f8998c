extension KubernetesSchema {
    static let coreNodes = """
        package io.k8s.api.core.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind Node
          metadata 1 meta.ObjectMeta always
          spec 2 NodeSpec always
          status 3 NodeStatus always
        kind NodeList
          metadata 1 meta.ListMeta always
          items 2 [Node] required always
        type NodeSpec
          podCIDR 1 string
          externalID 2 string
          providerID 3 string
          unschedulable 4 bool
          taints 5 [Taint] atomic
          configSource 6 *NodeConfigSource
          podCIDRs 7 [string] set merge
        type NodeStatus
          capacity 1 {quantity}
          allocatable 2 {quantity}
          phase 3 string:NodePhase
          conditions 4 [NodeCondition] map(type) merge(type)
          addresses 5 [NodeAddress] map(type) merge(type)
          daemonEndpoints 6 NodeDaemonEndpoints always
          nodeInfo 7 NodeSystemInfo always
          images 8 [ContainerImage] atomic
          volumesInUse 9 [string:UniqueVolumeName] atomic
          volumesAttached 10 [AttachedVolume] atomic
          config 11 *NodeConfigStatus
          runtimeHandlers 12 [NodeRuntimeHandler] atomic
          features 13 *NodeFeatures
          declaredFeatures 14 [string] atomic
        type Taint
          key 1 string required always
          value 2 string
          effect 3 string:TaintEffect required always
          timeAdded 4 *time
        type NodeConfigSource
          configMap 2 *ConfigMapNodeConfigSource
        type NodeCondition
          type 1 string:NodeConditionType required always
          status 2 string:ConditionStatus required always
          lastHeartbeatTime 3 time always
          lastTransitionTime 4 time always
          reason 5 string
          message 6 string
        type NodeAddress
          type 1 string:NodeAddressType required always
          address 2 string required always
        type NodeDaemonEndpoints
          kubeletEndpoint 1 DaemonEndpoint always
        type NodeSystemInfo
          machineID 1 string required always
          systemUUID 2 string required always
          bootID 3 string required always
          kernelVersion 4 string required always
          osImage 5 string required always
          containerRuntimeVersion 6 string required always
          kubeletVersion 7 string required always
          kubeProxyVersion 8 string required always
          operatingSystem 9 string required always
          architecture 10 string required always
          swap 11 *NodeSwapStatus
        type ContainerImage
          names 1 [string] always atomic
          sizeBytes 2 int64
        type AttachedVolume
          name 1 string:UniqueVolumeName required always
          devicePath 2 string required always
        type NodeConfigStatus
          assigned 1 *NodeConfigSource
          active 2 *NodeConfigSource
          lastKnownGood 3 *NodeConfigSource
          error 4 string
        type NodeRuntimeHandler
          name 1 string always
          features 2 *NodeRuntimeHandlerFeatures
        type NodeFeatures
          supplementalGroupsPolicy 1 *bool
        type ConfigMapNodeConfigSource
          namespace 1 string required always
          name 2 string required always
          uid 3 string:UID
          resourceVersion 4 string
          kubeletConfigKey 5 string required always
        type DaemonEndpoint
          Port 1 int32 required always
        type NodeSwapStatus
          capacity 1 *int64
        type NodeRuntimeHandlerFeatures
          recursiveReadOnlyMounts 1 *bool
          userNamespaces 2 *bool
        """
}
