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
        let key = object.key
        var reference: JSON = [
            "kind": JSON(Swift.type(of: object).groupVersionKind.kind),
            "apiVersion": JSON(Swift.type(of: object).groupVersionKind.apiVersion), "name": JSON(key.name),
            "uid": JSON(object.uid), "resourceVersion": JSON(String(object.json.revision)),
        ]
        if !key.namespace.isEmpty { reference["namespace"] = JSON(key.namespace) }
        self.init(regarding: reference, type, reason, message)
    }
    public init(regarding: JSON, _ type: Severity, _ reason: String, _ message: String) {
        self.regarding = regarding
        self.type = type
        self.reason = reason
        self.message = message
    }
}
