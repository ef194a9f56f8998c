/// What is to be done about a query: a value made of the zone's answer and the rules of the protocol.
enum Response: Sendable, Equatable {
    case answer(DNSMessage)
    /// Ask another server for the same, and pass on what it says.
    case forward
    /// Ask another server for this name, and add what it says to the answer.
    case complete(DNSMessage, target: DNSName)
}

/// Turns queries into responses with a zone.
struct Responder: Sendable {
    /// nil for what must not be answered: what is an answer itself.
    static func respond(to query: DNSMessage, zone: Zone, turn: Int = 0) -> Response? {
        guard !query.isResponse else { return nil }
        // RFC 6891 §6.1.3: before anything is made of the rest.
        if let version = query.ednsVersion, version > 0 { return .answer(query.reply(.badVersion)) }
        guard query.opcode == 0 else { return .answer(query.reply(.notImplemented)) }
        guard query.questions.count == 1, let question = query.questions.first else {
            return .answer(query.reply(.formatError))
        }
        guard question.recordClass == DNSQuestion.internet else { return .answer(query.reply(.refused)) }
        var reply = query.reply()
        reply.isAuthoritative = true
        return follow(question, reply, zone: zone, turn: turn)
    }

    /// Follows other names within the zone.
    private static func follow(_ first: DNSQuestion, _ reply: DNSMessage, zone: Zone, turn: Int) -> Response {
        var reply = reply
        var question = first
        for _ in 0..<Limits.aliasHops {
            switch zone.answer(question, turn: turn) {
            case .records(let records, let additional):
                reply.answers += records
                reply.additionals = additional + reply.additionals
                return .answer(reply)
            case .alias(let record, let target):
                reply.answers.append(record)
                if question.type == .cname { return .answer(reply) }
                question.name = target
            case .noData:
                reply.authorities = [zone.authority]
                return .answer(reply)
            case .noName:
                reply.code = .nameError
                reply.authorities = [zone.authority]
                return .answer(reply)
            case .elsewhere:
                return reply.answers.isEmpty ? .forward : .complete(reply, target: question.name)
            }
        }
        reply.code = .serverFailure
        return .answer(reply)
    }
}
