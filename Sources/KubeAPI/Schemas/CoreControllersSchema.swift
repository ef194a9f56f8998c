extension KubernetesSchema {
    static let coreControllers = """
        package io.k8s.api.core.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind ReplicationController
          metadata 1 meta.ObjectMeta always
          spec 2 ReplicationControllerSpec always
          status 3 ReplicationControllerStatus always
        kind ReplicationControllerList
          metadata 1 meta.ListMeta always
          items 2 [ReplicationController] required always
        kind PodTemplate
          metadata 1 meta.ObjectMeta always
          template 2 PodTemplateSpec always
        kind PodTemplateList
          metadata 1 meta.ListMeta always
          items 2 [PodTemplate] required always
        type ReplicationControllerSpec
          replicas 1 *int32 default 1
          minReadySeconds 4 int32 default 0
          selector 2 {string} atomic
          template 3 *PodTemplateSpec
        type ReplicationControllerStatus
          replicas 1 int32 required always
          fullyLabeledReplicas 2 int32
          readyReplicas 4 int32
          availableReplicas 5 int32
          observedGeneration 3 int64
          conditions 6 [ReplicationControllerCondition] map(type) merge(type)
        type ReplicationControllerCondition
          type 1 string:ReplicationControllerConditionType required always
          status 2 string:ConditionStatus required always
          lastTransitionTime 3 time always
          reason 4 string
          message 5 string
        kind ComponentStatus
          metadata 1 meta.ObjectMeta always
          conditions 2 [ComponentCondition] map(type) merge(type)
        kind ComponentStatusList
          metadata 1 meta.ListMeta always
          items 2 [ComponentStatus] required always
        type ComponentCondition
          type 1 string:ComponentConditionType required always
          status 2 string:ConditionStatus required always
          message 3 string
          error 4 string
        """
}
