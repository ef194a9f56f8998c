extension KubernetesSchema {
    static let discovery = """
        package io.k8s.api.discovery.v1
        use core io.k8s.api.core.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind EndpointSlice
          metadata 1 meta.ObjectMeta always
          endpoints 2 [Endpoint] always atomic
          ports 3 [EndpointPort] always atomic
          addressType 4 string:AddressType required always
        kind EndpointSliceList
          metadata 1 meta.ListMeta always
          items 2 [EndpointSlice] required always
        type Endpoint
          addresses 1 [string] required always set
          conditions 2 EndpointConditions always
          hostname 3 *string
          targetRef 4 *core.ObjectReference
          deprecatedTopology 5 {string}
          nodeName 6 *string
          zone 7 *string
          hints 8 *EndpointHints
        type EndpointPort atomic
          name 1 *string
          protocol 2 *string:Protocol
          port 3 *int32
          appProtocol 4 *string
        type EndpointConditions
          ready 1 *bool
          serving 2 *bool
          terminating 3 *bool
        type EndpointHints
          forZones 1 [ForZone] atomic
          forNodes 2 [ForNode] atomic
        type ForZone
          name 1 string required always
        type ForNode
          name 1 string required always
        """
}
