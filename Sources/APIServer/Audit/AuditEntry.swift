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
        var members: [JSON.Member] = []
        members.reserveCapacity(18)
        members.append(("kind", "Event"))
        members.append(("apiVersion", "audit.k8s.io/v1"))
        members.append(("level", JSON(ruling.level.rawValue)))
        members.append(("auditID", JSON(identity)))
        members.append(("stage", JSON(stage.rawValue)))
        members.append(("requestURI", JSON(uri)))
        members.append(("verb", JSON(attributes.verb.rawValue)))
        members.append(("user", user.json))
        if let impersonated { members.append(("impersonatedUser", impersonated.json)) }
        if !sourceAddress.isEmpty { members.append(("sourceIPs", JSON([sourceAddress]))) }
        if !userAgent.isEmpty { members.append(("userAgent", JSON(userAgent))) }
        if attributes.isResourceRequest { members.append(("objectRef", reference)) }
        if stage != .requestReceived { members.append(("responseStatus", status(failure))) }
        members.append(("requestReceivedTimestamp", JSON(received.rfc3339Micro)))
        members.append(("stageTimestamp", JSON(surroundings.microTimestamp)))
        if !annotations.isEmpty { members.append(("annotations", JSON(annotations))) }
        if let requestObject { members.append(("requestObject", requestObject)) }
        if let responseObject { members.append(("responseObject", responseObject)) }
        // Its text is what it is kept as.
        return JSON(members: members).frozen
    }

    private func status(_ failure: StatusError?) -> JSON {
        var members: [JSON.Member] = [("metadata", .object)]
        if let failure {
            members.append(("status", "Failure"))
            members.append(("message", JSON(failure.message)))
            if failure.reason != .unknown { members.append(("reason", JSON(failure.reason.rawValue))) }
        } else if !message.isEmpty {
            members.append(("message", JSON(message)))
        }
        members.append(("code", JSON(failure?.code ?? code)))
        return JSON(members: members)
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

    private var reference: JSON {
        var members: [JSON.Member] = [("resource", JSON(attributes.resource))]
        members.reserveCapacity(6)
        if !attributes.namespace.isEmpty { members.append(("namespace", JSON(attributes.namespace))) }
        if !attributes.name.isEmpty { members.append(("name", JSON(attributes.name))) }
        if !attributes.group.isEmpty { members.append(("apiGroup", JSON(attributes.group))) }
        members.append(("apiVersion", JSON(attributes.version)))
        if let subresource = attributes.subresource { members.append(("subresource", JSON(subresource.rawValue))) }
        return JSON(members: members)
    }
}
