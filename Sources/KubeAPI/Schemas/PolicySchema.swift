extension KubernetesSchema {
    static let policy = """
        package io.k8s.api.policy.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind Eviction
          metadata 1 meta.ObjectMeta always
          deleteOptions 2 *meta.DeleteOptions
        kind PodDisruptionBudget
          metadata 1 meta.ObjectMeta always
          spec 2 PodDisruptionBudgetSpec always
          status 3 PodDisruptionBudgetStatus always
        kind PodDisruptionBudgetList
          metadata 1 meta.ListMeta always
          items 2 [PodDisruptionBudget] required always
        type PodDisruptionBudgetSpec
          minAvailable 1 *int-or-string
          selector 2 *meta.LabelSelector replace
          maxUnavailable 3 *int-or-string
          unhealthyPodEvictionPolicy 4 *string:UnhealthyPodEvictionPolicyType
        type PodDisruptionBudgetStatus
          observedGeneration 1 int64
          disruptedPods 2 {time}
          disruptionsAllowed 3 int32 always
          currentHealthy 4 int32 always
          desiredHealthy 5 int32 always
          expectedPods 6 int32 always
          conditions 7 [meta.Condition] map(type) merge(type)
        """
}
