extension KubernetesSchema {
    static let networking = """
        package io.k8s.api.networking.v1
        use core io.k8s.api.core.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind Ingress
          metadata 1 meta.ObjectMeta always
          spec 2 IngressSpec always
          status 3 IngressStatus always
        kind IngressList
          metadata 1 meta.ListMeta always
          items 2 [Ingress] required always
        kind IngressClass
          metadata 1 meta.ObjectMeta always
          spec 2 IngressClassSpec always
        kind IngressClassList
          metadata 1 meta.ListMeta always
          items 2 [IngressClass] required always
        type IngressSpec
          defaultBackend 1 *IngressBackend
          tls 2 [IngressTLS] atomic
          rules 3 [IngressRule] atomic
          ingressClassName 4 *string
        type IngressStatus
          loadBalancer 1 IngressLoadBalancerStatus always
        type IngressClassSpec
          controller 1 string
          parameters 2 *IngressClassParametersReference
        type IngressBackend
          resource 3 *core.TypedLocalObjectReference
          service 4 *IngressServiceBackend
        type IngressTLS
          hosts 1 [string] atomic
          secretName 2 string
        type IngressRule
          host 1 string
          ingressRuleValue 2 inline IngressRuleValue
        type IngressLoadBalancerStatus
          ingress 1 [IngressLoadBalancerIngress] atomic
        type IngressClassParametersReference
          apiGroup 1 *string
          kind 2 string required always
          name 3 string required always
          scope 4 *string always
          namespace 5 *string
        type IngressServiceBackend
          name 1 string required always
          port 2 ServiceBackendPort always
        type IngressRuleValue
          http 1 *HTTPIngressRuleValue
        type IngressLoadBalancerIngress
          ip 1 string
          hostname 2 string
          ports 4 [IngressPortStatus] atomic
        type ServiceBackendPort atomic
          name 1 string
          number 2 int32
        type HTTPIngressRuleValue
          paths 1 [HTTPIngressPath] required always atomic
        type IngressPortStatus
          port 1 int32 required always
          protocol 2 string:Protocol required always
          error 3 *string
        type HTTPIngressPath
          path 1 string
          backend 2 IngressBackend required always
          pathType 3 *string:PathType required always
        """
}
