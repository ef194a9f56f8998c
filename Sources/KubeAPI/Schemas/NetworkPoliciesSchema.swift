extension KubernetesSchema {
    static let networkPolicies = """
        package io.k8s.api.networking.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind NetworkPolicy
          metadata 1 meta.ObjectMeta always
          spec 2 NetworkPolicySpec always
        kind NetworkPolicyList
          metadata 1 meta.ListMeta always
          items 2 [NetworkPolicy] required always
        kind ServiceCIDR
          metadata 1 meta.ObjectMeta always
          spec 2 ServiceCIDRSpec always
          status 3 ServiceCIDRStatus always
        kind ServiceCIDRList
          metadata 1 meta.ListMeta always
          items 2 [ServiceCIDR] required always
        kind IPAddress
          metadata 1 meta.ObjectMeta always
          spec 2 IPAddressSpec required always
        kind IPAddressList
          metadata 1 meta.ListMeta always
          items 2 [IPAddress] required always
        type NetworkPolicySpec
          podSelector 1 meta.LabelSelector always
          ingress 2 [NetworkPolicyIngressRule] atomic
          egress 3 [NetworkPolicyEgressRule] atomic
          policyTypes 4 [string:PolicyType] atomic
        type ServiceCIDRStatus
          conditions 1 [meta.Condition] map(type) merge(type)
        type ServiceCIDRSpec
          cidrs 1 [string] atomic
        type IPAddressSpec
          parentRef 1 *ParentReference required
        type NetworkPolicyEgressRule
          ports 1 [NetworkPolicyPort] atomic
          to 2 [NetworkPolicyPeer] atomic
        type NetworkPolicyIngressRule
          ports 1 [NetworkPolicyPort] atomic
          from 2 [NetworkPolicyPeer] atomic
        type ParentReference
          group 1 string
          resource 2 string required
          namespace 3 string
          name 4 string required
        type NetworkPolicyPeer
          podSelector 1 *meta.LabelSelector
          namespaceSelector 2 *meta.LabelSelector
          ipBlock 3 *IPBlock
        type NetworkPolicyPort
          protocol 1 *string:Protocol
          port 2 *int-or-string
          endPort 3 *int32
        type IPBlock
          cidr 1 string required always
          except 2 [string] atomic
        """
}
