import APIMachinery
import HTTPMessages
import HTTPServer
import Records
import UserService

/// `GET /audit/events`: the audit trail, newest first, in pages.
enum AuditRoutes {
    private static let names: Set<String> = [
        "user", "verb", "resource", "namespace", "name", "code", "auditID", "since", "until", "limit", "cursor",
    ]

    static func events(_ site: Site, _ call: Call) async throws -> Answer {
        guard let database = site.parts.database else { throw Problem.noDatabase }
        for item in call.query.items where !names.contains(item.name) {
            throw Problem.badRequest("The parameter \"\(item.name)\" is not known.")
        }
        var filter = AuditFilter()
        filter.user = call.query["user"]
        filter.verb = call.query["verb"]
        filter.resource = call.query["resource"]
        filter.namespace = call.query["namespace"]
        filter.name = call.query["name"]
        filter.auditID = call.query["auditID"]
        filter.since = call.query["since"]
        filter.until = call.query["until"]
        filter.code = try number(call, "code")
        if let code = filter.code, !(0...999).contains(code) { throw Problem.badRequest("code is not a status.") }
        do {
            let page = try await Records.AuditTrail.events(
                filter, cursor: call.query["cursor"], limit: try number(call, "limit") ?? 100, in: database)
            var result: JSON = ["items": JSON(page.events)]
            if let cursor = page.nextCursor { result["nextCursor"] = JSON(cursor) }
            return Answer(
                status: 200, headers: [("content-type", "application/json"), ("cache-control", "no-store")],
                body: .bytes(result.bytes))
        } catch let error as Records.AuditTrail.BadQuery {
            throw Problem.badRequest("\(error.description).")
        }
    }

    private static func number(_ call: Call, _ name: String) throws -> Int? {
        guard let text = call.query[name] else { return nil }
        guard let number = Int(text) else { throw Problem.badRequest("\(name) is not a whole number.") }
        return number
    }
}
