extension KubernetesSchema {
    static let events = """
        package io.k8s.api.events.v1
        use core io.k8s.api.core.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind Event
          metadata 1 meta.ObjectMeta always
          eventTime 2 micro-time required always
          series 3 *EventSeries
          reportingController 4 string
          reportingInstance 5 string
          action 6 string
          reason 7 string
          regarding 8 core.ObjectReference always
          related 9 *core.ObjectReference
          note 10 string
          type 11 string
          deprecatedSource 12 core.EventSource always
          deprecatedFirstTimestamp 13 time always
          deprecatedLastTimestamp 14 time always
          deprecatedCount 15 int32
        kind EventList
          metadata 1 meta.ListMeta always
          items 2 [Event] required always
        type EventSeries
          count 1 int32 required always
          lastObservedTime 2 micro-time required always
        """
}
