// Generated from the schema notation; do not edit.
// swift-format-ignore-file

import APIMachinery

public struct EventsEvent: Kind {
    public static let groupVersionKind = GroupVersionKind(group: "events.k8s.io", version: "v1", kind: "Event")
    public static let resource = GroupResource(group: "events.k8s.io", resource: "events")
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var action: String? { get { json["action"]?.string } set { json["action"] = newValue.map { JSON($0) } } }
    public var deprecatedCount: Int? { get { json["deprecatedCount"]?.int } set { json["deprecatedCount"] = newValue.map { JSON($0) } } }
    public var deprecatedFirstTimestamp: String? { get { json["deprecatedFirstTimestamp"]?.string } set { json["deprecatedFirstTimestamp"] = newValue.map { JSON($0) } } }
    public var deprecatedLastTimestamp: String? { get { json["deprecatedLastTimestamp"]?.string } set { json["deprecatedLastTimestamp"] = newValue.map { JSON($0) } } }
    public var deprecatedSource: EventSource? { get { json["deprecatedSource"].map { EventSource($0) } } set { json["deprecatedSource"] = newValue?.json } }
    public var eventTime: String? { get { json["eventTime"]?.string } set { json["eventTime"] = newValue.map { JSON($0) } } }
    public var metadata: ObjectMeta { get { ObjectMeta(json["metadata"] ?? .object) } set { json["metadata"] = newValue.json } }
    public var note: String? { get { json["note"]?.string } set { json["note"] = newValue.map { JSON($0) } } }
    public var reason: String? { get { json["reason"]?.string } set { json["reason"] = newValue.map { JSON($0) } } }
    public var regarding: ObjectReference? { get { json["regarding"].map { ObjectReference($0) } } set { json["regarding"] = newValue?.json } }
    public var related: ObjectReference? { get { json["related"].map { ObjectReference($0) } } set { json["related"] = newValue?.json } }
    public var reportingController: String? { get { json["reportingController"]?.string } set { json["reportingController"] = newValue.map { JSON($0) } } }
    public var reportingInstance: String? { get { json["reportingInstance"]?.string } set { json["reportingInstance"] = newValue.map { JSON($0) } } }
    public var series: EventsEventSeries? { get { json["series"].map { EventsEventSeries($0) } } set { json["series"] = newValue?.json } }
    public var type: String? { get { json["type"]?.string } set { json["type"] = newValue.map { JSON($0) } } }
}

public struct EventsEventSeries: JSONView {
    public var json: JSON
    public init(_ json: JSON) { self.json = json }
    public var count: Int? { get { json["count"]?.int } set { json["count"] = newValue.map { JSON($0) } } }
    public var lastObservedTime: String? { get { json["lastObservedTime"]?.string } set { json["lastObservedTime"] = newValue.map { JSON($0) } } }
}
