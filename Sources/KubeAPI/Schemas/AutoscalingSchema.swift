extension KubernetesSchema {
    static let autoscaling = """
        package io.k8s.api.autoscaling.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind Scale
          metadata 1 meta.ObjectMeta always
          spec 2 ScaleSpec always
          status 3 ScaleStatus always
        type ScaleSpec
          replicas 1 int32 default 0
        type ScaleStatus
          replicas 1 int32 required always
          selector 2 string
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
          targetCPUUtilizationPercentage 4 *int32
        type HorizontalPodAutoscalerStatus
          observedGeneration 1 *int64
          lastScaleTime 2 *time
          currentReplicas 3 int32 required always
          desiredReplicas 4 int32 required always
          currentCPUUtilizationPercentage 5 *int32
        type CrossVersionObjectReference atomic
          kind 1 string required always
          name 2 string required always
          apiVersion 3 string
        """
}
