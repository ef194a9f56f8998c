import APIMachinery

/// Events, in both their forms.
enum EventRules {
    private static let maximumWord = 128
    private static let maximumNote = 1024

    /// `isCore` is the form of the core group; `about` is the field that names the object the event is about.
    static func check(_ event: JSON, isCore: Bool) -> [FieldError] {
        var checker = FieldChecker()
        let about = isCore ? "involvedObject" : "regarding"
        let namespace = event["metadata", "namespace"]?.string ?? ""
        let other = event[about, "namespace"]?.string ?? ""
        func mismatch() {
            checker.invalid("involvedObject.namespace", JSON(other), "does not match event.namespace")
        }
        if event.lacks("eventTime") {
            if other.isEmpty ? !["", "default"].contains(namespace) : namespace != other { mismatch() }
            if !isCore { checker.required("eventTime") }
        } else {
            if other.isEmpty, namespace != "default", namespace != "kube-system" { mismatch() }
            checkNewFields(&checker, event, isCore: isCore)
        }
        if !isCore { checkStrictly(&checker, event) }
        return checker.errors
    }

    private static func checkNewFields(_ checker: inout FieldChecker, _ event: JSON, isCore: Bool) {
        let controller = isCore ? "reportingComponent" : "reportingController"
        if event.lacks(controller) { checker.required(controller) }
        checker.check(controller, event[controller]?.string ?? "", Validation.isQualifiedName)
        for field in ["reportingInstance", "action", "reason"] {
            if event.lacks(field) { checker.required(field) }
            if event[field]?.string?.utf8.count ?? 0 > maximumWord {
                checker.invalid(field, "", "can have at most \(maximumWord) characters")
            }
        }
        if event[isCore ? "message" : "note"]?.string?.utf8.count ?? 0 > maximumNote {
            checker.invalid("message", "", "can have at most \(maximumNote) characters")
        }
    }

    private static func checkStrictly(_ checker: inout FieldChecker, _ event: JSON) {
        if let series = event["series"] {
            if series["count"]?.int ?? 0 < 2 { checker.invalid("series.count", "", "should be at least 2") }
            if series.lacks("lastObservedTime") { checker.required("series.lastObservedTime") }
        }
        let type = event["type"]?.string ?? ""
        if type != "Normal", type != "Warning" { checker.invalid("type", "", "has invalid value: \(type)") }
        for (field, name) in [
            ("deprecatedFirstTimestamp", "firstTimestamp"), ("deprecatedLastTimestamp", "lastTimestamp"),
        ] where !event.lacks(field) {
            checker.invalid(name, "", "needs to be unset")
        }
        if event["deprecatedCount"]?.int ?? 0 != 0 { checker.invalid("count", "", "needs to be unset") }
        let source = event["deprecatedSource"] ?? .object
        if !source.lacks("component") || !source.lacks("host") {
            checker.invalid("source", "", "needs to be unset")
        }
    }

    /// In events.k8s.io only the series may change.
    static func checkUpdate(_ new: JSON, _ old: JSON) -> [FieldError] {
        var checker = FieldChecker()
        for (field, name) in [
            ("regarding", "involvedObject"), ("reason", "reason"), ("note", "message"), ("type", "type"),
            ("eventTime", "eventTime"), ("action", "action"), ("related", "related"),
            ("reportingController", "reportingController"), ("reportingInstance", "reportingInstance"),
        ] {
            checker.immutable(name, new[field], old[field])
        }
        return checker.errors
    }
}
