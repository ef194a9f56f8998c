extension KubernetesSchema {
    static let resource = """
        package io.k8s.api.resource.v1
        use core io.k8s.api.core.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind DeviceClass
          metadata 1 meta.ObjectMeta always
          spec 2 DeviceClassSpec required always
        kind DeviceClassList
          metadata 1 meta.ListMeta always
          items 2 [DeviceClass] required always
        kind ResourceClaim
          metadata 1 meta.ObjectMeta always
          spec 2 ResourceClaimSpec required always
          status 3 ResourceClaimStatus always
        kind ResourceClaimList
          metadata 1 meta.ListMeta always
          items 2 [ResourceClaim] required always
        kind ResourceClaimTemplate
          metadata 1 meta.ObjectMeta always
          spec 2 ResourceClaimTemplateSpec required always
        kind ResourceClaimTemplateList
          metadata 1 meta.ListMeta always
          items 2 [ResourceClaimTemplate] required always
        kind ResourceSlice
          metadata 1 meta.ObjectMeta always
          spec 2 ResourceSliceSpec required always
        kind ResourceSliceList
          metadata 1 meta.ListMeta always
          items 2 [ResourceSlice] required always
        type DeviceClassSpec
          selectors 1 [DeviceSelector] atomic
          config 2 [DeviceClassConfiguration] atomic
          extendedResourceName 4 *string
        type ResourceClaimStatus
          allocation 1 *AllocationResult
          reservedFor 2 [ResourceClaimConsumerReference] map(uid) merge(uid)
          devices 4 [AllocatedDeviceStatus] map(driver,device,pool,shareID)
        type ResourceClaimSpec
          devices 1 DeviceClaim always
        type ResourceClaimTemplateSpec
          metadata 1 meta.ObjectMeta always
          spec 2 ResourceClaimSpec required always
        type ResourceSliceSpec
          driver 1 string required always
          pool 2 ResourcePool required always
          nodeName 3 *string
          nodeSelector 4 *core.NodeSelector
          allNodes 5 *bool
          devices 6 [Device] atomic
          perDeviceNodeSelection 7 *bool
          sharedCounters 8 [CounterSet] atomic
        type DeviceSelector
          cel 1 *CELDeviceSelector
        type DeviceClassConfiguration
          deviceConfiguration 1 inline DeviceConfiguration
        type ResourceClaimConsumerReference
          apiGroup 1 string
          resource 3 string required always
          name 4 string required always
          uid 5 string:UID required always
        type AllocatedDeviceStatus
          driver 1 string required always
          pool 2 string required always
          device 3 string required always
          shareID 7 *string
          conditions 4 [meta.Condition] always map(type)
          data 5 *raw
          networkData 6 *NetworkDeviceData
        type AllocationResult
          devices 1 DeviceAllocationResult always
          nodeSelector 3 *core.NodeSelector
          allocationTimestamp 5 *time
        type DeviceClaim
          requests 1 [DeviceRequest] always atomic
          constraints 2 [DeviceConstraint] atomic
          config 3 [DeviceClaimConfiguration] atomic
        type ResourcePool
          name 1 string required always
          generation 2 int64 required always
          resourceSliceCount 3 int64 required always
        type CounterSet
          name 1 string required always
          counters 2 {Counter} required
        type Device
          name 1 string required always
          attributes 2 {DeviceAttribute}
          capacity 3 {DeviceCapacity}
          consumesCounters 4 [DeviceCounterConsumption] atomic
          nodeName 5 *string
          nodeSelector 6 *core.NodeSelector
          allNodes 7 *bool
          taints 8 [DeviceTaint] atomic
          bindsToNode 9 *bool
          bindingConditions 10 [string] atomic
          bindingFailureConditions 11 [string] atomic
          allowMultipleAllocations 12 *bool
          nodeAllocatableResourceMappings 13 {NodeAllocatableResourceMapping}
        type CELDeviceSelector
          expression 1 string required always
        type DeviceConfiguration
          opaque 1 *OpaqueDeviceConfiguration
        type NetworkDeviceData
          interfaceName 1 string
          ips 2 [string] atomic
          hardwareAddress 3 string
        type DeviceAllocationResult
          results 1 [DeviceRequestAllocationResult] atomic
          config 2 [DeviceAllocationConfiguration] atomic
        type DeviceClaimConfiguration
          requests 1 [string] atomic
          deviceConfiguration 2 inline DeviceConfiguration
        type DeviceConstraint
          requests 1 [string] atomic
          matchAttribute 2 *string:FullyQualifiedName
          distinctAttribute 3 *string:FullyQualifiedName
        type DeviceRequest
          name 1 string required always
          exactly 2 *ExactDeviceRequest
          firstAvailable 3 [DeviceSubRequest] atomic
        type Counter
          value 1 quantity required always
        type DeviceCounterConsumption
          counterSet 1 string required always
          counters 2 {Counter} required
        type DeviceAttribute
          int 2 *int64
          bool 3 *bool
          string 4 *string
          version 5 *string
          ints 6 [int64] atomic
          bools 7 [bool] atomic
          strings 8 [string] atomic
          versions 9 [string] atomic
        type NodeAllocatableResourceMapping
          capacityKey 1 *string:QualifiedName
          allocationMultiplier 2 *quantity
        type DeviceCapacity
          value 1 quantity required always
          requestPolicy 2 *CapacityRequestPolicy
        type DeviceTaint
          key 1 string required always
          value 2 string
          effect 3 string:DeviceTaintEffect required always
          timeAdded 4 *time
        type OpaqueDeviceConfiguration
          driver 1 string required always
          parameters 2 raw required always
        type DeviceAllocationConfiguration
          source 1 string:AllocationConfigSource required always
          requests 2 [string] atomic
          deviceConfiguration 3 inline DeviceConfiguration
        type DeviceRequestAllocationResult
          request 1 string required always
          driver 2 string required always
          pool 3 string required always
          device 4 string required always
          adminAccess 5 *bool
          tolerations 6 [DeviceToleration] atomic
          bindingConditions 7 [string] atomic
          bindingFailureConditions 8 [string] atomic
          shareID 9 *string:UID
          consumedCapacity 10 {quantity}
        type ExactDeviceRequest
          deviceClassName 1 string required always
          selectors 2 [DeviceSelector] atomic
          allocationMode 3 string:DeviceAllocationMode
          count 4 int64
          adminAccess 5 *bool
          tolerations 6 [DeviceToleration] atomic
          capacity 7 *CapacityRequirements
        type DeviceSubRequest
          name 1 string required always
          deviceClassName 2 string required always
          selectors 3 [DeviceSelector] atomic
          allocationMode 4 string:DeviceAllocationMode
          count 5 int64
          tolerations 6 [DeviceToleration] atomic
          capacity 7 *CapacityRequirements
        type CapacityRequestPolicy
          default 1 *quantity always
          validValues 3 [quantity] atomic
          validRange 4 *CapacityRequestPolicyRange
        type DeviceToleration
          key 1 string
          operator 2 string:DeviceTolerationOperator default "Equal"
          value 3 string
          effect 4 string:DeviceTaintEffect
          tolerationSeconds 5 *int64
        type CapacityRequirements
          requests 1 {quantity}
        type CapacityRequestPolicyRange
          min 1 *quantity required
          max 2 *quantity
          step 3 *quantity
        """
}
