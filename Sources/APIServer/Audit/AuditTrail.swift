import APIMachinery
import Basics

/// What is remembered of one request, to be told when it is over (audit.k8s.io/v1 Event).
struct AuditTrail: Sendable {
    let identity: String
    let received: Instant
    let path: String
    let query: String
    let verb: String
    let sourceAddress: String
    let userAgent: String
    var attributes: RequestAttributes?
    var user: UserInfo?
    var level = AuditPolicy.Level.none
    var omitStages: [String] = []
    var requestObject: JSON?
    var responseObject: JSON?

    init(_ request: Request, _ surroundings: Surroundings) {
        let given = request.header("audit-id") ?? ""
        let isUsable = !given.isEmpty && given.utf8.count <= 64 && given.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        identity = isUsable ? given : surroundings.uuid()
        received = surroundings.time
        path = request.path
        query = request.query
        verb = request.method.lowercased()
        sourceAddress = request.sourceAddress
        userAgent = request.header("user-agent") ?? ""
    }

    /// The event of `stage`; nil when the policy wants none.
    func event(stage: String, status: Int, failure: StatusError?, _ surroundings: Surroundings) -> JSON? {
        guard level > .none, !omitStages.contains(stage) else { return nil }
        // Written as text at once: of most events nobody looks at the parts.
        var text = ObjectText()
        text.add("kind", "Event")
        text.add("apiVersion", "audit.k8s.io/v1")
        text.add("level", JSON(level.rawValue))
        text.add("auditID", JSON(identity))
        text.add("stage", JSON(stage))
        text.add("requestURI", JSON(query.isEmpty ? path : "\(path)?\(query)"))
        text.add("verb", JSON(attributes?.verb ?? verb))
        text.add("user", (user ?? UserInfo(name: "")).json)
        if !sourceAddress.isEmpty { text.add("sourceIPs", JSON([sourceAddress])) }
        if !userAgent.isEmpty { text.add("userAgent", JSON(userAgent)) }
        if let attributes, attributes.isResourceRequest { Self.add(attributes, to: &text) }
        text.open("responseStatus")
        text.add("metadata", .object)
        if let failure {
            text.add("status", "Failure")
            text.add("message", JSON(failure.message))
            if failure.reason != .unknown { text.add("reason", JSON(failure.reason.rawValue)) }
        }
        text.add("code", JSON(status))
        text.close()
        text.add("requestReceivedTimestamp", JSON(received.rfc3339Micro))
        text.add("stageTimestamp", JSON(surroundings.microTimestamp))
        text.close()
        guard var event = try? JSON(parsing: text.bytes) else { return nil }
        if level >= .request, let requestObject { event["requestObject"] = requestObject }
        if level >= .requestResponse, let responseObject { event["responseObject"] = responseObject }
        return event
    }

    private static func add(_ attributes: RequestAttributes, to text: inout ObjectText) {
        text.open("objectRef")
        text.add("resource", JSON(attributes.resource))
        if !attributes.namespace.isEmpty { text.add("namespace", JSON(attributes.namespace)) }
        if !attributes.name.isEmpty { text.add("name", JSON(attributes.name)) }
        if !attributes.group.isEmpty { text.add("apiGroup", JSON(attributes.group)) }
        text.add("apiVersion", JSON(attributes.version))
        if !attributes.subresource.isEmpty { text.add("subresource", JSON(attributes.subresource)) }
        text.close()
    }
}

/// An object's text, written member by member.
struct ObjectText {
    private(set) var bytes: [UInt8] = []

    init() {
        bytes.reserveCapacity(1_024)
        bytes.append(UInt8(ascii: "{"))
    }

    mutating func add(_ name: StaticString, _ value: JSON) {
        begin(name)
        value.write(to: &bytes)
    }
    /// Begins an object as a member; `close` ends it.
    mutating func open(_ name: StaticString) {
        begin(name)
        bytes.append(UInt8(ascii: "{"))
    }
    mutating func close() { bytes.append(UInt8(ascii: "}")) }

    private mutating func begin(_ name: StaticString) {
        if bytes.last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }
}
