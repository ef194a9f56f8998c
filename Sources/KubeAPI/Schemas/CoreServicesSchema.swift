extension KubernetesSchema {
    static let coreServices = """
        package io.k8s.api.core.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind Service
          metadata 1 meta.ObjectMeta always
          spec 2 ServiceSpec always
          status 3 ServiceStatus always
        kind ServiceList
          metadata 1 meta.ListMeta always
          items 2 [Service] required always
        kind Endpoints
          metadata 1 meta.ObjectMeta always
          subsets 2 [EndpointSubset] atomic
        kind EndpointsList
          metadata 1 meta.ListMeta always
          items 2 [Endpoints] required always
        type ServiceSpec
          ports 1 [ServicePort] map(port,protocol) merge(port)
          selector 2 {string} atomic
          clusterIP 3 string
          type 4 string:ServiceType
          externalIPs 5 [string] atomic
          sessionAffinity 7 string:ServiceAffinity
          loadBalancerIP 8 string
          loadBalancerSourceRanges 9 [string] atomic
          externalName 10 string
          externalTrafficPolicy 11 string:ServiceExternalTrafficPolicy
          healthCheckNodePort 12 int32
          publishNotReadyAddresses 13 bool
          sessionAffinityConfig 14 *SessionAffinityConfig
          ipFamilyPolicy 17 *string:IPFamilyPolicy
          clusterIPs 18 [string] atomic
          ipFamilies 19 [string:IPFamily] atomic
          allocateLoadBalancerNodePorts 20 *bool
          loadBalancerClass 21 *string
          internalTrafficPolicy 22 *string:ServiceInternalTrafficPolicy
          trafficDistribution 23 *string
        type ServiceStatus
          loadBalancer 1 LoadBalancerStatus always
          conditions 2 [meta.Condition] map(type) merge(type)
        type EndpointSubset
          addresses 1 [EndpointAddress] atomic
          notReadyAddresses 2 [EndpointAddress] atomic
          ports 3 [EndpointPort] atomic
        type ServicePort
          name 1 string
          protocol 2 string:Protocol default "TCP"
          port 3 int32 required always
          targetPort 4 int-or-string
          nodePort 5 int32
          appProtocol 6 *string
        type SessionAffinityConfig
          clientIP 1 *ClientIPConfig
        type LoadBalancerStatus
          ingress 1 [LoadBalancerIngress] atomic
        type EndpointAddress atomic
          ip 1 string required always
          targetRef 2 *ObjectReference
          hostname 3 string
          nodeName 4 *string
        type EndpointPort atomic
          name 1 string
          port 2 int32 required always
          protocol 3 string:Protocol
          appProtocol 4 *string
        type ClientIPConfig
          timeoutSeconds 1 *int32
        type LoadBalancerIngress
          ip 1 string
          hostname 2 string
          ipMode 3 *string:LoadBalancerIPMode
          ports 4 [PortStatus] atomic
        type PortStatus
          port 1 int32 required always
          protocol 2 string:Protocol required always
          error 3 *string
        """
}
