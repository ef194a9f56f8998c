import Basics
import HTTPMessages
import APIMachinery
import KubeAPI

/// What is remembered of one call, to be told when it is over (audit.k8s.io/v1 Event).
struct AuditEntry: Sendable {
    let identity: String
    let received: Instant
    /// Empty for a call of this process, which has none.
    private let path: String
    private let query: String
    private let sourceAddress: String
    private let userAgent: String
    private var attributes = RequestAttributes(verb: .get, path: "", isResourceRequest: false)
    private var user = UserInfo(name: "")
    private var ruling = AuditPolicy.Ruling.nothing
    private var requestObject: JSON?
    private var responseObject: JSON?
    /// As whom the user acted.
    var impersonated: UserInfo?
    /// The answer's status, once there is one.
    var code = 200
    /// What the answer's status says, where it is no failure's.
    private var message = ""
    /// Whether the answer lasts beyond its beginning: then its end is told of, too.
    var isLong = false
    /// Who was let do it and why, and what admission has to tell of the call.
    var annotations: [String: String] = [:]

    /// For a request; its entry has the number that the client gave it, or a new one.
    init(_ request: Request, _ surroundings: Surroundings) {
        let given = request.header("audit-id") ?? ""
        let isUsable = !given.isEmpty && given.utf8.count <= 64 && given.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        identity = isUsable ? given : surroundings.uuid()
        received = surroundings.time
        path = request.path
        query = request.query
        sourceAddress = request.sourceAddress
        userAgent = request.header("user-agent") ?? ""
    }

    /// For a call of this process.
    init(of attributes: RequestAttributes, by agent: String, _ surroundings: Surroundings) {
        identity = surroundings.uuid()
        received = surroundings.time
        path = ""
        query = ""
        sourceAddress = ""
        userAgent = agent
    }

    /// The same of a call of which more is known.
    func judged(_ ruling: AuditPolicy.Ruling, _ attributes: RequestAttributes, _ user: UserInfo) -> AuditEntry {
        var entry = self
        entry.ruling = ruling
        entry.attributes = attributes
        entry.user = user
        return entry
    }

    mutating func asked(_ call: Call) {
        guard case .object(let object, _) = call.body else { return }
        // What is created has its name in the body.
        if attributes.name.isEmpty, let name = object["metadata", "name"]?.string { attributes.name = name }
        if ruling.level >= .request { requestObject = object }
    }

    mutating func answered(_ outcome: Outcome) {
        switch outcome {
        case .object(let result, let created):
            if created { code = 201 }
            // A name that the server made.
            if attributes.name.isEmpty, case .stored(let object) = result {
                attributes.name = object.key.split(separator: "/").last.map(String.init) ?? ""
            }
            if ruling.level >= .requestResponse { responseObject = result.json }
        case .success(_, let status): code = status
        case .list, .watch, .answer: break
        }
    }

    /// For a request whose credentials nobody knows: what was tried is told.
    func unknown(_ ruling: AuditPolicy.Ruling, _ target: Target, _ request: Request) -> AuditEntry {
        var entry = judged(ruling, target.attributes, UserInfo(name: ""))
        let authorization = request.header("authorization")?.lowercased() ?? ""
        let tried =
            [("basic ", "basic"), ("bearer ", "bearer")].filter { authorization.hasPrefix($0.0) }.map(\.1)
            + (request.certificate == nil ? [] : ["x509"])
        entry.message =
            tried.isEmpty
            ? "Authentication failed, no credentials provided"
            : "Authentication failed, attempted: \(tried.joined(separator: ", "))"
        entry.code = AccessControl.unauthorized.code
        return entry
    }

    /// The event of a stage; nil when the policy wants none.
    func event(_ stage: AuditPolicy.Stage, _ failure: StatusError?, _ surroundings: Surroundings) -> JSON? {
        guard ruling.level > .none, !ruling.omitStages.contains(stage) else { return nil }
        // Written as text at once: of most events nobody looks at the parts.
        var text = ObjectText()
        text.add("kind", "Event")
        text.add("apiVersion", "audit.k8s.io/v1")
        text.add("level", JSON(ruling.level.rawValue))
        text.add("auditID", JSON(identity))
        text.add("stage", JSON(stage.rawValue))
        text.add("requestURI", JSON(uri))
        text.add("verb", JSON(attributes.verb.rawValue))
        text.add("user", user.json)
        if let impersonated { text.add("impersonatedUser", impersonated.json) }
        if !sourceAddress.isEmpty { text.add("sourceIPs", JSON([sourceAddress])) }
        if !userAgent.isEmpty { text.add("userAgent", JSON(userAgent)) }
        if attributes.isResourceRequest { addReference(to: &text) }
        if stage != .requestReceived { addStatus(failure, to: &text) }
        text.add("requestReceivedTimestamp", JSON(received.rfc3339Micro))
        text.add("stageTimestamp", JSON(surroundings.microTimestamp))
        if !annotations.isEmpty { text.add("annotations", JSON(annotations)) }
        text.close()
        guard var event = try? JSON(parsing: text.bytes) else { return nil }
        if let requestObject { event["requestObject"] = requestObject }
        if let responseObject { event["responseObject"] = responseObject }
        return event
    }

    private func addStatus(_ failure: StatusError?, to text: inout ObjectText) {
        text.open("responseStatus")
        text.add("metadata", .object)
        if let failure {
            text.add("status", "Failure")
            text.add("message", JSON(failure.message))
            if failure.reason != .unknown { text.add("reason", JSON(failure.reason.rawValue)) }
        } else if !message.isEmpty {
            text.add("message", JSON(message))
        }
        text.add("code", JSON(failure?.code ?? code))
        text.close()
    }

    /// A call of this process has the path that a request for the same would have.
    var uri: String {
        if !path.isEmpty { return query.isEmpty ? path : "\(path)?\(query)" }
        var path = attributes.group.isEmpty ? "/api/" : "/apis/\(attributes.group)/"
        path += attributes.version
        if !attributes.namespace.isEmpty { path += "/namespaces/\(attributes.namespace)" }
        path += "/\(attributes.resource)"
        // What is made anew is sent to the collection.
        let isOfCollection = attributes.verb == .create && attributes.subresource == nil
        if !attributes.name.isEmpty, !isOfCollection { path += "/\(attributes.name)" }
        if let subresource = attributes.subresource { path += "/\(subresource)" }
        return path
    }

    private func addReference(to text: inout ObjectText) {
        text.open("objectRef")
        text.add("resource", JSON(attributes.resource))
        if !attributes.namespace.isEmpty { text.add("namespace", JSON(attributes.namespace)) }
        if !attributes.name.isEmpty { text.add("name", JSON(attributes.name)) }
        if !attributes.group.isEmpty { text.add("apiGroup", JSON(attributes.group)) }
        text.add("apiVersion", JSON(attributes.version))
        if let subresource = attributes.subresource { text.add("subresource", JSON(subresource.rawValue)) }
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
