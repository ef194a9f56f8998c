extension Descriptions {
    static let verticalAutoscaling = """
        package io.k8s.api.autoscaling.v1
        VerticalPodAutoscaler: Gives pods' containers the requests that fit what they use.
          spec: Of which pods, and how.
          status: What was found out.
        VerticalPodAutoscalerSpec: Of which pods, and how.
          targetRef: The controller whose pods are meant, such as a Deployment: the topmost of them.
          updatePolicy: What is done to pods that run.
          resourcePolicy: Bounds for what is recommended.
          recommenders: Who recommends: none for the default, or one name.
          startupBoost: More processor while a pod starts; behind a feature gate that is off.
        VerticalPodAutoscalerRecommenderSelector: Who recommends.
          name: Its name.
        PodUpdatePolicy: What is done to pods that run.
          updateMode: Off, Initial for new pods, Recreate to evict others too, InPlaceOrRecreate to resize them or else evict; Auto is Recreate.
          minReplicas: With fewer pods none is touched; 2 unless said.
          evictionRequirements: What has to be so for a pod to be touched; all of them.
          evictAfterOOMSeconds: Within how many seconds of its start an end for want of memory is a reason to evict; behind a feature gate that is off.
        EvictionRequirement: A condition for touching a pod.
          resources: Of which resources; one of them is enough.
          changeRequirement: TargetHigherThanRequests or TargetLowerThanRequests.
        PodResourcePolicy: Bounds for what is recommended.
          containerPolicies: For each container.
        ContainerResourcePolicy: Bounds for what is recommended for a container.
          containerName: The container; * for those that have no policy of their own.
          mode: Auto, or Off for a container that is left alone.
          minAllowed: The least that is recommended.
          maxAllowed: The most that is recommended.
          controlledResources: What is recommended: cpu, memory; both unless said.
          controlledValues: RequestsAndLimits keeps limits in proportion to requests, RequestsOnly leaves them.
          oomBumpUpRatio: How many times more memory is recommended after an end for want of it; behind a feature gate that is off.
          oomMinBumpUp: How much more memory at least; behind a feature gate that is off.
          memoryAggregationIntervalSeconds: Of memory the greatest use within so many seconds counts; behind a feature gate that is off.
          memoryAggregationIntervalCount: How many such intervals are remembered; behind a feature gate that is off.
          startupBoost: More processor while the container starts; behind a feature gate that is off.
        StartupBoost: More of a resource while a pod starts.
          cpu: More processor.
        GenericStartupBoost: More of a resource.
          type: Factor or Quantity.
          factor: How many times more.
          quantity: How much more.
          durationSeconds: For how long after the pod was ready.
        VerticalPodAutoscalerStatus: What was found out.
          recommendation: What the containers should ask for.
          conditions: RecommendationProvided, LowConfidence, NoPodsMatched, ConfigUnsupported, ConfigDeprecated.
          observedGeneration: The generation of the spec that was looked at.
        RecommendedPodResources: What a pod's containers should ask for.
          containerRecommendations: For each container.
        RecommendedContainerResources: What a container should ask for.
          containerName: The container.
          target: What it should ask for, within its policy.
          lowerBound: What asks for less is changed.
          upperBound: What asks for more is changed.
          uncappedTarget: What it should ask for if it had no policy.
        VerticalPodAutoscalerCondition = io.k8s.apimachinery.pkg.apis.meta.v1.Condition: One aspect of an autoscaler's state.
        VerticalPodAutoscalerCheckpoint: What is remembered of a container's use, for after a restart.
          spec: Of which container.
          status: What is remembered.
        VerticalPodAutoscalerCheckpointSpec: Of which container.
          vpaObjectName: The VerticalPodAutoscaler.
          containerName: The container.
        VerticalPodAutoscalerCheckpointStatus: What is remembered.
          lastUpdateTime: When it was written.
          version: The form of what is remembered.
          cpuHistogram: Of the processor.
          memoryHistogram: Of memory.
          firstSampleStart: When it was first measured.
          lastSampleStart: When it was last measured.
          totalSamplesCount: How often it was measured.
        HistogramCheckpoint: How much weight values have had.
          referenceTimestamp: When a weight of one counts as one.
          bucketWeights: By the bucket's number, in ten-thousandths of the greatest.
          totalWeight: Of all buckets.
        """
}
