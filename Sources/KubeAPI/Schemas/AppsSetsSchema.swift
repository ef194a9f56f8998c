extension KubernetesSchema {
    static let appsSets = """
        package io.k8s.api.apps.v1
        use core io.k8s.api.core.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind StatefulSet
          metadata 1 meta.ObjectMeta always
          spec 2 StatefulSetSpec always
          status 3 StatefulSetStatus always
        kind StatefulSetList
          metadata 1 meta.ListMeta always
          items 2 [StatefulSet] required always
        kind DaemonSet
          metadata 1 meta.ObjectMeta always
          spec 2 DaemonSetSpec always
          status 3 DaemonSetStatus always
        kind DaemonSetList
          metadata 1 meta.ListMeta always
          items 2 [DaemonSet] required always
        kind ControllerRevision
          metadata 1 meta.ObjectMeta always
          data 2 raw
          revision 3 int64 required always
        kind ControllerRevisionList
          metadata 1 meta.ListMeta always
          items 2 [ControllerRevision] required always
        type StatefulSetStatus
          observedGeneration 1 int64
          replicas 2 int32 required always
          readyReplicas 3 int32
          currentReplicas 4 int32
          updatedReplicas 5 int32
          currentRevision 6 string
          updateRevision 7 string
          collisionCount 9 *int32
          conditions 10 [StatefulSetCondition] map(type) merge(type)
          availableReplicas 11 int32 always
        type StatefulSetSpec
          replicas 1 *int32
          selector 2 *meta.LabelSelector required always
          template 3 core.PodTemplateSpec required always
          volumeClaimTemplates 4 [core.PersistentVolumeClaim] atomic
          serviceName 5 string always
          podManagementPolicy 6 string:PodManagementPolicyType
          updateStrategy 7 StatefulSetUpdateStrategy always
          revisionHistoryLimit 8 *int32
          minReadySeconds 9 int32
          persistentVolumeClaimRetentionPolicy 10 *StatefulSetPersistentVolumeClaimRetentionPolicy
          ordinals 11 *StatefulSetOrdinals
        type DaemonSetSpec
          selector 1 *meta.LabelSelector required always
          template 2 core.PodTemplateSpec required always
          updateStrategy 3 DaemonSetUpdateStrategy always
          minReadySeconds 4 int32
          revisionHistoryLimit 6 *int32
        type DaemonSetStatus
          currentNumberScheduled 1 int32 required always
          numberMisscheduled 2 int32 required always
          desiredNumberScheduled 3 int32 required always
          numberReady 4 int32 required always
          observedGeneration 5 int64
          updatedNumberScheduled 6 int32
          numberAvailable 7 int32
          numberUnavailable 8 int32
          collisionCount 9 *int32
          conditions 10 [DaemonSetCondition] map(type) merge(type)
        type StatefulSetCondition
          type 1 string:StatefulSetConditionType required always
          status 2 string:ConditionStatus required always
          lastTransitionTime 3 time always
          reason 4 string
          message 5 string
        type StatefulSetOrdinals
          start 1 int32 always
        type StatefulSetPersistentVolumeClaimRetentionPolicy
          whenDeleted 1 string:PersistentVolumeClaimRetentionPolicyType
          whenScaled 2 string:PersistentVolumeClaimRetentionPolicyType
        type StatefulSetUpdateStrategy
          type 1 string:StatefulSetUpdateStrategyType
          rollingUpdate 2 *RollingUpdateStatefulSetStrategy
        type DaemonSetUpdateStrategy
          type 1 string:DaemonSetUpdateStrategyType
          rollingUpdate 2 *RollingUpdateDaemonSet
        type DaemonSetCondition
          type 1 string:DaemonSetConditionType required always
          status 2 string:ConditionStatus required always
          lastTransitionTime 3 time always
          reason 4 string
          message 5 string
        type RollingUpdateStatefulSetStrategy
          partition 1 *int32
          maxUnavailable 2 *int-or-string
        type RollingUpdateDaemonSet
          maxUnavailable 1 *int-or-string
          maxSurge 2 *int-or-string
        """
}
