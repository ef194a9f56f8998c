import APIMachinery

/// Everything known of Events, which the core group and events.k8s.io show in two forms of one stored object.
enum Events {
    static let core = Resource(
        "v1", "Event", plural: "events", shortNames: ["ev"], columns: EventColumns.core, allowsCreateOnUpdate: true,
        validate: { EventRules.check($0, isCore: true) },
        validateUpdate: { new, _ in EventRules.check(new, isCore: true) },
        finalizerNames: .any, selectableFields: coreFields)
    static let events = Resource(
        "events.k8s.io/v1", "Event", plural: "events", shortNames: ["ev"], columns: EventColumns.events,
        allowsCreateOnUpdate: true,
        validate: { EventRules.check($0, isCore: false) },
        validateUpdate: { EventRules.check($0, isCore: false) + EventRules.checkUpdate($0, $1) },
        finalizerNames: .any, selectableFields: newFields)

    private static let coreFields: [String: @Sendable (JSON) -> String] = {
        var fields: [String: @Sendable (JSON) -> String] = [
            "reason": { $0["reason"]?.string ?? "" },
            "type": { $0["type"]?.string ?? "" },
            "source": { $0["source", "component"]?.string ?? $0["reportingComponent"]?.string ?? "" },
            "reportingComponent": { $0["reportingComponent"]?.string ?? "" },
        ]
        for name in ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"] {
            fields["involvedObject.\(name)"] = { $0["involvedObject", name]?.string ?? "" }
        }
        return fields
    }()

    private static let newFields: [String: @Sendable (JSON) -> String] = {
        var fields: [String: @Sendable (JSON) -> String] = [
            "reason": { $0["reason"]?.string ?? "" },
            "type": { $0["type"]?.string ?? "" },
            "reportingController": { $0["reportingController"]?.string ?? "" },
        ]
        for name in ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"] {
            fields["regarding.\(name)"] = { $0["regarding", name]?.string ?? "" }
        }
        return fields
    }()
}
