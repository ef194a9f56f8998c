import APIMachinery

/// What is remembered of one request, to be told when it is over (audit.k8s.io/v1 Event).
struct AuditTrail: Sendable {
    let identity: String
    let received: Timestamp
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
        var event: JSON = [
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": JSON(level.rawValue), "auditID": JSON(identity),
            "stage": JSON(stage), "requestURI": JSON(query.isEmpty ? path : "\(path)?\(query)"),
            "verb": JSON(attributes?.verb ?? verb),
        ]
        event["user"] = (user ?? UserInfo(name: "")).json
        if !sourceAddress.isEmpty { event["sourceIPs"] = JSON([sourceAddress]) }
        if !userAgent.isEmpty { event["userAgent"] = JSON(userAgent) }
        if let attributes, attributes.isResourceRequest { event["objectRef"] = Self.reference(attributes) }
        var response: JSON = ["metadata": .object]
        if let failure {
            response["status"] = "Failure"
            response["message"] = JSON(failure.message)
            if failure.reason != .unknown { response["reason"] = JSON(failure.reason.rawValue) }
        }
        response["code"] = JSON(status)
        event["responseStatus"] = response
        if level >= .request, let requestObject { event["requestObject"] = requestObject }
        if level >= .requestResponse, let responseObject { event["responseObject"] = responseObject }
        event["requestReceivedTimestamp"] = JSON(received.microText)
        event["stageTimestamp"] = JSON(surroundings.microTimestamp)
        return event
    }

    private static func reference(_ attributes: RequestAttributes) -> JSON {
        var reference: JSON = ["resource": JSON(attributes.resource)]
        if !attributes.namespace.isEmpty { reference["namespace"] = JSON(attributes.namespace) }
        if !attributes.name.isEmpty { reference["name"] = JSON(attributes.name) }
        if !attributes.group.isEmpty { reference["apiGroup"] = JSON(attributes.group) }
        reference["apiVersion"] = JSON(attributes.version)
        if !attributes.subresource.isEmpty { reference["subresource"] = JSON(attributes.subresource) }
        return reference
    }
}
