import APIMachinery
import Basics
import MariaDB

/// Which audit events are asked for; nil and empty ask for all.
public struct AuditFilter: Sendable, Equatable {
    public var user: String?
    public var verb: String?
    public var resource: String?
    public var namespace: String?
    public var name: String?
    public var code: Int?
    public var auditID: String?
    /// RFC 3339; `since` is included, `until` is not.
    public var since: String?
    public var until: String?
    public init() {}
}

/// A page of audit events, newest first.
public struct AuditPage: Sendable, Equatable {
    public var events: [JSON]
    /// Asks for the next page; nil on the last one.
    public var nextCursor: String?
}

extension AuditTrail {
    /// Why a query cannot be asked.
    public struct BadQuery: Error, Equatable, CustomStringConvertible {
        public var description: String
    }
    public static let pageLimit = 500

    /// Events that fit the filter, newest first. Throws `BadQuery` or `DatabaseError`.
    public static func events(
        _ filter: AuditFilter, cursor: String? = nil, limit: Int = 100, in database: Database
    ) async throws -> AuditPage {
        guard (1...pageLimit).contains(limit) else {
            throw BadQuery(description: "limit must be from 1 to \(pageLimit)")
        }
        var (conditions, values) = try conditions(filter)
        // An empty one is none, as a page's form sends it.
        if let cursor, !cursor.isEmpty {
            guard let id = Int64(cursor), id > 0 else {
                throw BadQuery(description: "cursor is not one that was given out")
            }
            conditions.append("id < ?")
            values.append(.int(id))
        }
        let filterText = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
        // One more than asked for tells whether there is another page.
        values.append(.int(Int64(limit + 1)))
        let rows = try await database.query(
            "SELECT id, event FROM audit_events\(filterText) ORDER BY id DESC LIMIT ?", values)
        let page = rows.prefix(limit)
        return AuditPage(
            events: page.compactMap { row in row[1].text.flatMap { try? JSON(parsing: $0) } },
            nextCursor: rows.count > limit ? page.last?[0].int.map(String.init) : nil)
    }

    private static func conditions(_ filter: AuditFilter) throws -> ([String], [SQLValue]) {
        var conditions: [String] = []
        var values: [SQLValue] = []
        let texts = [
            ("user_name", filter.user), ("verb", filter.verb), ("resource", filter.resource),
            ("namespace", filter.namespace), ("name", filter.name), ("audit_id", filter.auditID),
        ]
        for case (let column, let value?) in texts {
            // The database refuses to compare an ASCII column with other text, which no event has there.
            if column == asciiColumn, !value.utf8.allSatisfy({ $0 < 0x80 }) {
                conditions.append("FALSE")
                continue
            }
            conditions.append("\(column) = ?")
            values.append(.text(value))
        }
        if let code = filter.code {
            conditions.append("code = ?")
            values.append(.int(Int64(code)))
        }
        for case (let comparison, let value?) in [
            ("requested_at >= ?", filter.since), ("requested_at < ?", filter.until),
        ] {
            guard let time = time(value) else {
                throw BadQuery(description: "\"\(value)\" is not a time like 2026-11-23T18:00:00Z")
            }
            conditions.append(comparison)
            values.append(.text(time))
        }
        return (conditions, values)
    }
    private static let asciiColumn = "audit_id"

    /// A moment as the database has it, to the microsecond; its years begin with 1000, which is long before any event.
    private static func time(_ text: String) -> String? {
        guard let instant = Instant(rfc3339: text) else { return nil }
        return AuditRow.time(instant.rfc3339Micro) ?? "1000-01-01 00:00:00"
    }
}
