import APIMachinery
import HTTPMessages
import KubeAPI

/// The way of a call, whoever makes it.
extension ClusterServer {
    /// The one way in: may the user do this → `work` → what the audit trail keeps of it. Requests of remote clients and
    /// calls of loops in this process pass here alike. Throws `StatusError` 403, or what `work`
    /// throws. `work` gets the trail's entry to fill in, nil when nothing is kept of the call; then `entry` is not made; and
    /// as whom it is to work: `request` may ask to act as somebody else. `arrive` is told who it is before he is judged, and
    /// may throw.
    func serve<Result: Sendable>(
        _ attributes: RequestAttributes, as user: UserInfo, by request: Request? = nil,
        entry: @autoclosure () -> AuditEntry, arrive: (UserInfo) async throws -> Void = { _ in },
        _ work: (inout AuditEntry?, UserInfo) async throws -> Result
    ) async throws -> Result {
        let ruling = configuration.auditPolicy.ruling(attributes, user)
        metrics.recordAudit(ruling.level)
        var kept: AuditEntry?
        if ruling.level > .none {
            let new = entry().judged(ruling, attributes, user)
            kept = new
            if let lost = await record(new, at: .requestReceived) { throw lost.refusal(of: new.uri) }
        }
        do {
            var actor = user
            if let request {
                actor = try await access.actor(user, request)
                if actor != user { kept?.impersonated = actor }
            }
            try await arrive(actor)
            let decision = await access.authorizer.authorize(actor, attributes)
            kept?.annotations = [
                "authorization.k8s.io/decision": decision.isAllowed ? "allow" : "forbid",
                "authorization.k8s.io/reason": decision.reason,
            ]
            try access.check(decision, actor, attributes)
            let result = try await work(&kept, actor)
            if let kept { await record(kept, at: kept.isLong ? .responseStarted : .responseComplete) }
            return result
        } catch {
            if let kept {
                let isFault = Self.isOwnFault(error)
                let failure = isFault ? AuditEntry.panic(error) : Self.statusError(error, log)
                await record(kept, at: isFault ? .panic : .responseComplete, failure)
            }
            throw error
        }
    }

    // MARK: Calls of this process

    /// Does what a loop of this process asks, if its user may: no HTTP, no encoding.
    func serve(_ call: inout Call) async throws -> Outcome {
        let (attributes, agent) = (call.attributes, call.userAgent)
        return try await serve(
            attributes, as: call.user, entry: AuditEntry(of: attributes, by: agent, surroundings)
        ) { entry, _ in
            entry?.asked(call)
            defer { entry?.annotations.merge(call.auditAnnotations) { $1 } }
            let outcome = try await perform(&call)
            entry?.answered(outcome)
            return outcome
        }
    }

    // MARK: Requests

    /// Answers one request: find what it names → authenticate → `serve` (understand → do → render).
    public func answer(_ request: Request) async -> Answer {
        let began = surroundings.uptime()
        let entry = AuditEntry(request, surroundings)
        var attributes: RequestAttributes?
        var place: FlowControl.Place?
        var seat: FlowControl.Seat?
        var warnings: [String] = []
        var answer: Answer
        do {
            let target = try Target(request)
            attributes = target.attributes
            if !target.attributes.isLong { try RequestTimeout.check(target.query) }
            let user = try await identify(request, target, entry)
            answer = try await serve(
                target.attributes, as: user, by: request, entry: entry,
                arrive: { actor in
                    place = flow.place(actor, target.attributes)
                    if let place { seat = try await enter(place, target) }
                }
            ) { entry, user in
                let answer =
                    target.attributes.isResourceRequest
                    ? try await answerResource(request, target, user, &entry, &warnings)
                    : try await answerPage(request, target)
                entry?.code = answer.status
                return audited(answer, target.attributes, &entry)
            }
        } catch {
            answer = Self.failureAnswer(Self.statusError(error, log))
        }
        seat?.leave()
        answer.headers.reserveCapacity(answer.headers.count + 6)
        for warning in WarningHeaders.values(warnings) { answer.headers.append((name: "warning", value: warning)) }
        answer.headers.append((name: "audit-id", value: entry.identity))
        if let place { answer.headers += place.assignment.headers }
        if !answer.headers.contains(where: { $0.name == "cache-control" }) {
            answer.headers.append((name: "cache-control", value: "no-cache, private"))
        }
        if let attributes {
            count(attributes, request, answer, nanoseconds: surroundings.uptime() - began)
            if !attributes.isLong { return Compression.compressed(answer, for: request) }
        }
        return answer
    }

    /// Waits for a seat. What joins a client with something else lasts as long as both wish, and takes none.
    private func enter(_ place: FlowControl.Place, _ target: Target) async throws -> FlowControl.Seat? {
        let attributes = target.attributes
        if attributes.subresource == .log || attributes.subresource?.isConnection == true {
            return nil
        }
        let name = GroupResource(group: attributes.group, resource: attributes.resource)
        let seats = FlowCost.seats(attributes, target.query) { cache.cache(name)?.figures.objectCount ?? 0 }
        return try await flow.enter(place, seats: seats)
    }

    private func answerResource(
        _ request: Request, _ target: Target, _ user: UserInfo, _ entry: inout AuditEntry?,
        _ warnings: inout [String]
    ) async throws -> Answer {
        if let group = provided.group(target.attributes.group, version: target.attributes.version) {
            return try await answerProvided(group, request, target)
        }
        var call = try understand(request, target, user)
        if !call.resource.deprecation.isEmpty { call.warnings.append(call.resource.deprecation) }
        // Also of what is refused afterwards.
        defer { warnings = call.warnings }
        entry?.asked(call)
        defer { entry?.annotations.merge(call.auditAnnotations) { $1 } }
        // What a connection brings is not this server's to render.
        let accept = call.isConnection ? nil : request.header("accept")
        let form = try AnswerForm(accept: accept) { form in
            switch form.shape {
            case .discovery: return false
            // An answer to a question has no columns, and a table no form in protobuf.
            case .table: return !Review.answers(call.resource) && form.encoding != .protobuf
            case .metadata(let version): return form.encoding != .protobuf || version == "v1"
            case .plain: return form.encoding != .protobuf || call.resource.hasProtobufForm
            }
        }
        let outcome: Outcome
        if call.isLong {
            outcome = counted(try await perform(&call, request), call, request)
        } else {
            let isWrite = !call.attributes.verb.isRead
            guard limits.enter(isWrite: isWrite) else { throw Limits.tooMany }
            defer { limits.leave(isWrite: isWrite) }
            outcome = try await perform(&call, request)
        }
        entry?.answered(outcome)
        return Rendering.answer(outcome, call, form) { [surroundings] in surroundings.time }
    }
}
