extension KubernetesSchema {
    /// autoscaling.k8s.io/v1, as the autoscaler project publishes it. Its types have no protobuf form there; these numbers are
    /// ours.
    static let verticalAutoscaling = """
        package io.k8s.api.autoscaling.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        use horizontal io.k8s.api.autoscaling.v2
        kind VerticalPodAutoscaler
          metadata 1 meta.ObjectMeta always
          spec 2 VerticalPodAutoscalerSpec required always
          status 3 *VerticalPodAutoscalerStatus
        kind VerticalPodAutoscalerList
          metadata 1 meta.ListMeta always
          items 2 [VerticalPodAutoscaler] required always
        type VerticalPodAutoscalerSpec
          targetRef 1 *horizontal.CrossVersionObjectReference required
          updatePolicy 2 *PodUpdatePolicy
          resourcePolicy 3 *PodResourcePolicy
          recommenders 4 [VerticalPodAutoscalerRecommenderSelector]
          startupBoost 5 *StartupBoost
        type VerticalPodAutoscalerRecommenderSelector
          name 1 string required always
        type PodUpdatePolicy
          updateMode 1 *string:UpdateMode
          minReplicas 2 *int32
          evictionRequirements 3 [EvictionRequirement]
          evictAfterOOMSeconds 4 *int32
        type EvictionRequirement
          resources 1 [string:ResourceName] required
          changeRequirement 2 string:EvictionChangeRequirement required
        type PodResourcePolicy
          containerPolicies 1 [ContainerResourcePolicy]
        type ContainerResourcePolicy
          containerName 1 string
          mode 2 *string:ContainerScalingMode
          minAllowed 3 {quantity}
          maxAllowed 4 {quantity}
          controlledResources 5 [string:ResourceName]
          controlledValues 6 *string:ContainerControlledValues
          oomBumpUpRatio 7 *quantity
          oomMinBumpUp 8 *quantity
          memoryAggregationIntervalSeconds 9 *int32
          memoryAggregationIntervalCount 10 *int64
          startupBoost 11 *StartupBoost
        type StartupBoost
          cpu 1 *GenericStartupBoost
        type GenericStartupBoost
          type 1 string:StartupBoostType required
          factor 2 *int32
          quantity 3 *quantity
          durationSeconds 4 *int32
        type VerticalPodAutoscalerStatus
          recommendation 1 *RecommendedPodResources
          conditions 2 [VerticalPodAutoscalerCondition]
          observedGeneration 3 *int64
        type RecommendedPodResources
          containerRecommendations 1 [RecommendedContainerResources]
        type RecommendedContainerResources
          containerName 1 string
          target 2 {quantity} required
          lowerBound 3 {quantity}
          upperBound 4 {quantity}
          uncappedTarget 5 {quantity}
        type VerticalPodAutoscalerCondition
          type 1 string:VerticalPodAutoscalerConditionType required always
          status 2 string:ConditionStatus required always
          lastTransitionTime 3 *time
          reason 4 string
          message 5 string
          observedGeneration 6 int64
        kind VerticalPodAutoscalerCheckpoint
          metadata 1 meta.ObjectMeta always
          spec 2 *VerticalPodAutoscalerCheckpointSpec
          status 3 *VerticalPodAutoscalerCheckpointStatus
        kind VerticalPodAutoscalerCheckpointList
          metadata 1 meta.ListMeta always
          items 2 [VerticalPodAutoscalerCheckpoint] required always
        type VerticalPodAutoscalerCheckpointSpec
          vpaObjectName 1 string
          containerName 2 string
        type VerticalPodAutoscalerCheckpointStatus
          lastUpdateTime 1 *time
          version 2 string
          cpuHistogram 3 *HistogramCheckpoint
          memoryHistogram 4 *HistogramCheckpoint
          firstSampleStart 5 *time
          lastSampleStart 6 *time
          totalSamplesCount 7 int64
        type HistogramCheckpoint
          referenceTimestamp 1 *time
          bucketWeights 2 {int64}
          totalWeight 3 double
        """
}
