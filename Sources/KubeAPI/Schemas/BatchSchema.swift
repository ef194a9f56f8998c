extension KubernetesSchema {
    static let batch = """
        package io.k8s.api.batch.v1
        use core io.k8s.api.core.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind Job
          metadata 1 meta.ObjectMeta always
          spec 2 JobSpec always
          status 3 JobStatus always
        kind JobList
          metadata 1 meta.ListMeta always
          items 2 [Job] required always
        kind CronJob
          metadata 1 meta.ObjectMeta always
          spec 2 CronJobSpec required always
          status 3 CronJobStatus always
        kind CronJobList
          metadata 1 meta.ListMeta always
          items 2 [CronJob] required always
        type JobSpec
          parallelism 1 *int32
          completions 2 *int32
          activeDeadlineSeconds 3 *int64
          podFailurePolicy 11 *PodFailurePolicy
          successPolicy 16 *SuccessPolicy
          backoffLimit 7 *int32
          backoffLimitPerIndex 12 *int32
          maxFailedIndexes 13 *int32
          selector 4 *meta.LabelSelector
          manualSelector 5 *bool
          template 6 core.PodTemplateSpec required always
          ttlSecondsAfterFinished 8 *int32
          completionMode 9 *string:CompletionMode
          suspend 10 *bool
          podReplacementPolicy 14 *string:PodReplacementPolicy
          managedBy 15 *string
        type JobStatus
          conditions 1 [JobCondition] atomic merge(type)
          startTime 2 *time
          completionTime 3 *time
          active 4 int32
          succeeded 5 int32
          failed 6 int32
          terminating 11 *int32
          completedIndexes 7 string
          failedIndexes 10 *string
          uncountedTerminatedPods 8 *UncountedTerminatedPods
          ready 9 *int32
        type CronJobStatus
          active 1 [core.ObjectReference] atomic
          lastScheduleTime 4 *time
          lastSuccessfulTime 5 *time
        type CronJobSpec
          schedule 1 string required always
          timeZone 8 *string
          startingDeadlineSeconds 2 *int64
          concurrencyPolicy 3 string:ConcurrencyPolicy
          suspend 4 *bool
          jobTemplate 5 JobTemplateSpec required always
          successfulJobsHistoryLimit 6 *int32
          failedJobsHistoryLimit 7 *int32
        type PodFailurePolicy
          rules 1 [PodFailurePolicyRule] required always atomic
        type SuccessPolicy
          rules 1 [SuccessPolicyRule] required always atomic
        type JobCondition
          type 1 string:JobConditionType required always
          status 2 string:ConditionStatus required always
          lastProbeTime 3 time always
          lastTransitionTime 4 time always
          reason 5 string
          message 6 string
        type UncountedTerminatedPods
          succeeded 1 [string:UID] set
          failed 2 [string:UID] set
        type JobTemplateSpec
          metadata 1 meta.ObjectMeta always
          spec 2 JobSpec always
        type PodFailurePolicyRule
          action 1 string:PodFailurePolicyAction required always
          onExitCodes 2 *PodFailurePolicyOnExitCodesRequirement
          onPodConditions 3 [PodFailurePolicyOnPodConditionsPattern] atomic
        type SuccessPolicyRule
          succeededIndexes 1 *string
          succeededCount 2 *int32
        type PodFailurePolicyOnExitCodesRequirement
          containerName 1 *string
          operator 2 string:PodFailurePolicyOnExitCodesOperator required always
          values 3 [int32] required always set
        type PodFailurePolicyOnPodConditionsPattern
          type 1 string:PodConditionType required always
          status 2 string:ConditionStatus always
        """
}
