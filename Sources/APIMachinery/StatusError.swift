/// The one error that clients of the cluster API see: Kubernetes' `Status` with `status: Failure`.
public struct StatusError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Kubernetes' machine-readable reasons (metav1.StatusReason).
    public enum Reason: String, Sendable {
        case unknown = "", unauthorized = "Unauthorized", forbidden = "Forbidden", notFound = "NotFound"
        case alreadyExists = "AlreadyExists", conflict = "Conflict", gone = "Gone", invalid = "Invalid"
        case serverTimeout = "ServerTimeout", timeout = "Timeout", tooManyRequests = "TooManyRequests"
        case badRequest = "BadRequest", methodNotAllowed = "MethodNotAllowed", notAcceptable = "NotAcceptable"
        case requestEntityTooLarge = "RequestEntityTooLarge", unsupportedMediaType = "UnsupportedMediaType"
        case internalError = "InternalError", expired = "Expired", serviceUnavailable = "ServiceUnavailable"
        case storeReadError = "StorageReadError"
    }
    /// One thing that is wrong with one field (metav1.StatusCause).
    public struct Cause: Sendable, Equatable {
        public var reason: String
        public var message: String
        public var field: String
        public init(reason: String, message: String, field: String) {
            self.reason = reason
            self.message = message
            self.field = field
        }
    }

    /// HTTP status code.
    public var code: Int
    public var reason: Reason
    public var message: String
    public var group: String
    /// The resource's plural name, or the kind for invalid objects, as Kubernetes fills `details.kind`.
    public var kind: String
    public var name: String
    public var uid: String
    public var causes: [Cause]
    public var retryAfterSeconds: Int?
    /// Where a list whose pages have expired goes on, as `metadata.continue`; empty for other errors.
    public var continueToken = ""

    public init(
        code: Int, reason: Reason, message: String, group: String = "", kind: String = "", name: String = "",
        uid: String = "", causes: [Cause] = [], retryAfterSeconds: Int? = nil
    ) {
        self.code = code
        self.reason = reason
        self.message = message
        self.group = group
        self.kind = kind
        self.name = name
        self.uid = uid
        self.causes = causes
        self.retryAfterSeconds = retryAfterSeconds
    }

    public var description: String { message }

    public static func notFound(_ resource: GroupResource, _ name: String) -> StatusError {
        StatusError(
            code: 404, reason: .notFound, message: "\(resource) \"\(name)\" not found", group: resource.group,
            kind: resource.resource, name: name)
    }
    public static func alreadyExists(_ resource: GroupResource, _ name: String) -> StatusError {
        StatusError(
            code: 409, reason: .alreadyExists, message: "\(resource) \"\(name)\" already exists",
            group: resource.group, kind: resource.resource, name: name)
    }
    /// `why` is the sentence after the colon.
    public static func conflict(_ resource: GroupResource, _ name: String, _ why: String) -> StatusError {
        StatusError(
            code: 409, reason: .conflict,
            message: "Operation cannot be fulfilled on \(resource) \"\(name)\": \(why)", group: resource.group,
            kind: resource.resource, name: name)
    }
    public static func badRequest(_ message: String) -> StatusError {
        StatusError(code: 400, reason: .badRequest, message: message)
    }
    public static func internalError(_ message: String) -> StatusError {
        StatusError(code: 500, reason: .internalError, message: "Internal error occurred: \(message)")
    }

    /// The Status object as it goes over the wire.
    public var json: JSON {
        var status: JSON = [
            "kind": "Status", "apiVersion": "v1", "metadata": .object, "status": "Failure", "message": JSON(message),
        ]
        if !continueToken.isEmpty { status["metadata"] = ["continue": JSON(continueToken)] }
        if reason != .unknown { status["reason"] = JSON(reason.rawValue) }
        var details: JSON = .object
        if !name.isEmpty { details["name"] = JSON(name) }
        if !group.isEmpty { details["group"] = JSON(group) }
        if !kind.isEmpty { details["kind"] = JSON(kind) }
        if !uid.isEmpty { details["uid"] = JSON(uid) }
        if !causes.isEmpty {
            details["causes"] = JSON(
                causes.map { cause in
                    var told: JSON = ["reason": JSON(cause.reason)]
                    if !cause.message.isEmpty { told["message"] = JSON(cause.message) }
                    if !cause.field.isEmpty { told["field"] = JSON(cause.field) }
                    return told
                })
        }
        if let retryAfterSeconds { details["retryAfterSeconds"] = JSON(retryAfterSeconds) }
        if !details.isEmpty { status["details"] = details }
        status["code"] = JSON(code)
        return status
    }
}
