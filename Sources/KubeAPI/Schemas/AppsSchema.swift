extension KubernetesSchema {
    static let apps = """
        package io.k8s.api.apps.v1
        use core io.k8s.api.core.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind Deployment
          metadata 1 meta.ObjectMeta always
          spec 2 DeploymentSpec always
          status 3 DeploymentStatus always
        kind DeploymentList
          metadata 1 meta.ListMeta always
          items 2 [Deployment] required always
        kind ReplicaSet
          metadata 1 meta.ObjectMeta always
          spec 2 ReplicaSetSpec always
          status 3 ReplicaSetStatus always
        kind ReplicaSetList
          metadata 1 meta.ListMeta always
          items 2 [ReplicaSet] required always
        type DeploymentSpec
          replicas 1 *int32
          selector 2 *meta.LabelSelector required always
          template 3 core.PodTemplateSpec required always
          strategy 4 DeploymentStrategy always retainKeys
          minReadySeconds 5 int32
          revisionHistoryLimit 6 *int32
          paused 7 bool
          progressDeadlineSeconds 9 *int32
        type DeploymentStatus
          observedGeneration 1 int64
          replicas 2 int32
          updatedReplicas 3 int32
          availableReplicas 4 int32
          unavailableReplicas 5 int32
          conditions 6 [DeploymentCondition] map(type) merge(type)
          readyReplicas 7 int32
          collisionCount 8 *int32
          terminatingReplicas 9 *int32
        type ReplicaSetSpec
          replicas 1 *int32
          selector 2 *meta.LabelSelector required always
          template 3 core.PodTemplateSpec always
          minReadySeconds 4 int32
        type ReplicaSetStatus
          replicas 1 int32 required always
          fullyLabeledReplicas 2 int32
          observedGeneration 3 int64
          readyReplicas 4 int32
          availableReplicas 5 int32
          conditions 6 [ReplicaSetCondition] map(type) merge(type)
          terminatingReplicas 7 *int32
        type DeploymentStrategy
          type 1 string:DeploymentStrategyType
          rollingUpdate 2 *RollingUpdateDeployment
        type DeploymentCondition
          type 1 string:DeploymentConditionType required always
          status 2 string:ConditionStatus required always
          reason 4 string
          message 5 string
          lastUpdateTime 6 time always
          lastTransitionTime 7 time always
        type ReplicaSetCondition
          type 1 string:ReplicaSetConditionType required always
          status 2 string:ConditionStatus required always
          lastTransitionTime 3 time always
          reason 4 string
          message 5 string
        type RollingUpdateDeployment
          maxUnavailable 1 *int-or-string
          maxSurge 2 *int-or-string
        """
}
