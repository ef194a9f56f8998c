extension KubernetesSchema {
    static let autoscalingV2 = """
        package io.k8s.api.autoscaling.v2
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind HorizontalPodAutoscaler
          metadata 1 meta.ObjectMeta always
          spec 2 HorizontalPodAutoscalerSpec required always
          status 3 HorizontalPodAutoscalerStatus always
        kind HorizontalPodAutoscalerList
          metadata 1 meta.ListMeta always
          items 2 [HorizontalPodAutoscaler] required always
        type HorizontalPodAutoscalerSpec
          scaleTargetRef 1 CrossVersionObjectReference required always
          minReplicas 2 *int32
          maxReplicas 3 int32 required always
          metrics 4 [MetricSpec] atomic
          behavior 5 *HorizontalPodAutoscalerBehavior
        type HorizontalPodAutoscalerStatus
          observedGeneration 1 *int64
          lastScaleTime 2 *time
          currentReplicas 3 int32
          desiredReplicas 4 int32 required always
          currentMetrics 5 [MetricStatus] always atomic
          conditions 6 [HorizontalPodAutoscalerCondition] map(type) merge(type)
        type HorizontalPodAutoscalerBehavior
          scaleUp 1 *HPAScalingRules
          scaleDown 2 *HPAScalingRules
        type CrossVersionObjectReference
          kind 1 string required always
          name 2 string required always
          apiVersion 3 string
        type MetricSpec
          type 1 string:MetricSourceType required always
          object 2 *ObjectMetricSource
          pods 3 *PodsMetricSource
          resource 4 *ResourceMetricSource
          containerResource 7 *ContainerResourceMetricSource
          external 5 *ExternalMetricSource
        type HorizontalPodAutoscalerCondition
          type 1 string:HorizontalPodAutoscalerConditionType required always
          status 2 string:ConditionStatus required always
          lastTransitionTime 3 time always
          reason 4 string
          message 5 string
        type MetricStatus
          type 1 string:MetricSourceType required always
          object 2 *ObjectMetricStatus
          pods 3 *PodsMetricStatus
          resource 4 *ResourceMetricStatus
          containerResource 7 *ContainerResourceMetricStatus
          external 5 *ExternalMetricStatus
        type HPAScalingRules
          stabilizationWindowSeconds 3 *int32
          selectPolicy 1 *string:ScalingPolicySelect
          policies 2 [HPAScalingPolicy] atomic
          tolerance 4 *quantity
        type ContainerResourceMetricSource
          name 1 string:ResourceName required always
          target 2 MetricTarget required always
          container 3 string required always
        type PodsMetricSource
          metric 1 MetricIdentifier required always
          target 2 MetricTarget required always
        type ExternalMetricSource
          metric 1 MetricIdentifier required always
          target 2 MetricTarget required always
        type ResourceMetricSource
          name 1 string:ResourceName required always
          target 2 MetricTarget required always
        type ObjectMetricSource
          describedObject 1 CrossVersionObjectReference required always
          target 2 MetricTarget required always
          metric 3 MetricIdentifier required always
        type ResourceMetricStatus
          name 1 string:ResourceName required always
          current 2 MetricValueStatus required always
        type ContainerResourceMetricStatus
          name 1 string:ResourceName required always
          current 2 MetricValueStatus required always
          container 3 string required always
        type ObjectMetricStatus
          metric 1 MetricIdentifier required always
          current 2 MetricValueStatus required always
          describedObject 3 CrossVersionObjectReference required always
        type ExternalMetricStatus
          metric 1 MetricIdentifier required always
          current 2 MetricValueStatus required always
        type PodsMetricStatus
          metric 1 MetricIdentifier required always
          current 2 MetricValueStatus required always
        type HPAScalingPolicy
          type 1 string:HPAScalingPolicyType required always
          value 2 int32 required always
          periodSeconds 3 int32 required always
        type MetricTarget
          type 1 string:MetricTargetType required always
          value 2 *quantity
          averageValue 3 *quantity
          averageUtilization 4 *int32
        type MetricIdentifier
          name 1 string required always
          selector 2 *meta.LabelSelector
        type MetricValueStatus
          value 1 *quantity
          averageValue 2 *quantity
          averageUtilization 3 *int32
        """
}
