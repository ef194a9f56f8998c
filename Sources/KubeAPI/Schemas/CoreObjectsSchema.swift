extension KubernetesSchema {
    static let coreObjects = """
        package io.k8s.api.core.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind Namespace
          metadata 1 meta.ObjectMeta always
          spec 2 NamespaceSpec always
          status 3 NamespaceStatus always
        kind NamespaceList
          metadata 1 meta.ListMeta always
          items 2 [Namespace] required always
        kind ConfigMap
          metadata 1 meta.ObjectMeta always
          data 2 {string}
          binaryData 3 {bytes}
          immutable 4 *bool
        kind ConfigMapList
          metadata 1 meta.ListMeta always
          items 2 [ConfigMap] required always
        kind Secret
          metadata 1 meta.ObjectMeta always
          data 2 {bytes}
          type 3 string:SecretType
          stringData 4 {string}
          immutable 5 *bool
        kind SecretList
          metadata 1 meta.ListMeta always
          items 2 [Secret] required always
        kind ServiceAccount
          metadata 1 meta.ObjectMeta always
          secrets 2 [ObjectReference] map(name) merge(name)
          imagePullSecrets 3 [LocalObjectReference] atomic
          automountServiceAccountToken 4 *bool
        kind ServiceAccountList
          metadata 1 meta.ListMeta always
          items 2 [ServiceAccount] required always
        kind Event
          metadata 1 meta.ObjectMeta required always
          involvedObject 2 ObjectReference required always
          reason 3 string
          message 4 string
          source 5 EventSource always
          firstTimestamp 6 time always
          lastTimestamp 7 time always
          count 8 int32
          type 9 string
          eventTime 10 micro-time always
          series 11 *EventSeries
          action 12 string
          related 13 *ObjectReference
          reportingComponent 14 string always
          reportingInstance 15 string always
        kind EventList
          metadata 1 meta.ListMeta always
          items 2 [Event] required always
        kind Binding
          metadata 1 meta.ObjectMeta always
          target 2 ObjectReference required always
        type NamespaceSpec
          finalizers 1 [string:FinalizerName] atomic
        type NamespaceStatus
          phase 1 string:NamespacePhase
          conditions 2 [NamespaceCondition] map(type) merge(type)
        type ObjectReference atomic
          kind 1 string
          namespace 2 string
          name 3 string
          uid 4 string:UID
          apiVersion 5 string
          resourceVersion 6 string
          fieldPath 7 string
        type LocalObjectReference atomic
          name 1 string default ""
        type EventSource
          component 1 string
          host 2 string
        type EventSeries
          count 1 int32
          lastObservedTime 2 micro-time always
        type NamespaceCondition
          type 1 string:NamespaceConditionType required always
          status 2 string:ConditionStatus required always
          lastTransitionTime 4 time always
          reason 5 string
          message 6 string
        type SecretReference atomic
          name 1 string
          namespace 2 string
        """
}
