import APIMachinery
import KubeAPI

/// Something worth telling a person about an object; it becomes a core/v1 Event.
public struct EventNote: Sendable {
    public enum Severity: String, Sendable { case normal = "Normal", warning = "Warning" }
    /// The object it is about, as a core/v1 ObjectReference.
    public var regarding: JSON
    public var type: Severity
    /// In one word, such as "SuccessfulCreate".
    public var reason: String
    public var message: String

    public init(_ object: some Kind, _ type: Severity, _ reason: String, _ message: String) {
        var reference = object.json.reference
        reference["kind"] = JSON(Swift.type(of: object).groupVersionKind.kind)
        reference["apiVersion"] = JSON(Swift.type(of: object).groupVersionKind.apiVersion)
        self.init(regarding: reference, type, reason, message)
    }
    public init(regarding: JSON, _ type: Severity, _ reason: String, _ message: String) {
        self.regarding = regarding
        self.type = type
        self.reason = reason
        self.message = message
    }
}

extension JSON {
    /// A core/v1 ObjectReference to an object, of its kind as it says itself.
    public var reference: JSON {
        let key = key
        var reference: JSON = ["name": JSON(key.name), "uid": JSON(uid), "resourceVersion": JSON(String(revision))]
        for field in ["kind", "apiVersion"] where self[field] != nil { reference[field] = self[field] }
        if !key.namespace.isEmpty { reference["namespace"] = JSON(key.namespace) }
        return reference
    }
}
