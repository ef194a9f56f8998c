extension KubernetesSchema {
    static let coreQuotas = """
        package io.k8s.api.core.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind LimitRange
          metadata 1 meta.ObjectMeta always
          spec 2 LimitRangeSpec always
        kind LimitRangeList
          metadata 1 meta.ListMeta always
          items 2 [LimitRange] required always
        kind ResourceQuota
          metadata 1 meta.ObjectMeta always
          spec 2 ResourceQuotaSpec always
          status 3 ResourceQuotaStatus always
        kind ResourceQuotaList
          metadata 1 meta.ListMeta always
          items 2 [ResourceQuota] required always
        type LimitRangeSpec
          limits 1 [LimitRangeItem] required always atomic
        type ResourceQuotaSpec
          hard 1 {quantity}
          scopes 2 [string:ResourceQuotaScope] atomic
          scopeSelector 3 *ScopeSelector
        type ResourceQuotaStatus
          hard 1 {quantity}
          used 2 {quantity}
        type LimitRangeItem
          type 1 string:LimitType required always
          max 2 {quantity}
          min 3 {quantity}
          default 4 {quantity}
          defaultRequest 5 {quantity}
          maxLimitRequestRatio 6 {quantity}
        type ScopeSelector atomic
          matchExpressions 1 [ScopedResourceSelectorRequirement] atomic
        type ScopedResourceSelectorRequirement
          scopeName 1 string:ResourceQuotaScope required always
          operator 2 string:ScopeSelectorOperator required always
          values 3 [string] atomic
        """
}
