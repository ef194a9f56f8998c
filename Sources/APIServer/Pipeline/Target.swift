import APIMachinery
import Basics
import HTTPMessages
import KubeAPI

/// What a request's method, path and query name, before anyone looks whether it exists.
struct Target: Sendable {
    var attributes: RequestAttributes
    var query: Query
    /// A watch asked for by the old form of the path, `/api/v1/watch/…`, or by the query.
    var isWatch = false

    /// Throws 400 for broken escapes.
    init(_ request: Request) throws {
        query = try Query(request.query)
        let path = request.path
        let segments = Self.segments(path)
        guard let first = segments.first,
            first == "api" && segments.count >= 3 || first == "apis" && segments.count >= 4
        else {
            attributes = RequestAttributes(
                verb: Verb(rawValue: request.method.lowercased()), path: path, isResourceRequest: false)
            return
        }
        var parts: [String] = []
        parts.reserveCapacity(segments.count)
        for (index, segment) in segments.enumerated() {
            // What follows a proxy is a path of whom it leads to, in a form that is his.
            if first == "api", Self.isBehindProxy(index, segments) { break }
            guard let part = PercentEncoding.decode(segment), !part.utf8.contains(UInt8(ascii: "/")) else {
                throw StatusError.badRequest("invalid URL escape in the path: \"\(segment)\"")
            }
            parts.append(part)
        }
        let group = first == "api" ? "" : parts[1]
        let version = first == "api" ? parts[1] : parts[2]
        parts.removeFirst(first == "api" ? 2 : 3)
        if parts[0] == "watch", parts.count > 1 {
            isWatch = true
            parts.removeFirst()
        }
        var namespace = ""
        if parts[0] == "namespaces", parts.count > 1 {
            namespace = parts[1]
            if parts.count > 2, parts[2] != "status", parts[2] != "finalize" { parts.removeFirst(2) }
        }
        let resource = parts[0]
        let name = parts.count > 1 ? parts[1] : ""
        let subresource = Self.subresource(parts.dropFirst(2))
        if request.method == "GET", query.flag("watch"), subresource == nil { isWatch = true }
        let verb: Verb =
            switch request.method {
            case "POST": .create
            case "GET", "HEAD": isWatch ? .watch : name.isEmpty ? .list : .get
            case "PUT": .update
            case "PATCH": .patch
            case "DELETE": name.isEmpty ? .deleteCollection : .delete
            default: Verb(rawValue: request.method.lowercased())
            }
        attributes = RequestAttributes(
            verb: verb, group: group, version: version, resource: resource, subresource: subresource,
            namespace: namespace, name: name, path: path, isResourceRequest: true)
        // What cannot be read is refused when the call is understood.
        if let text = query["fieldSelector"], [.list, .watch, .deleteCollection].contains(verb),
            let selector = try? FieldSelector(parsing: text)
        {
            attributes.fieldSelector = selector
        }
    }

    /// What is between a path's slashes, where there is something.
    private static func segments(_ path: String) -> [Substring] {
        let bytes = path.utf8
        var segments: [Substring] = []
        segments.reserveCapacity(8)
        var start = bytes.startIndex
        var index = start
        while index < bytes.endIndex {
            if bytes[index] == UInt8(ascii: "/") {
                if start < index { segments.append(path[start..<index]) }
                start = bytes.index(after: index)
            }
            index = bytes.index(after: index)
        }
        if start < index { segments.append(path[start..<index]) }
        return segments
    }

    private static func isBehindProxy(_ index: Int, _ segments: [Substring]) -> Bool {
        switch index {
        case 5: segments[4] == "proxy" && segments[2] == "nodes"
        case 7: segments[6] == "proxy" && segments[2] == "namespaces" && ["pods", "services"].contains(segments[4])
        default: false
        }
    }

    /// What the path goes on with below an object.
    private static func subresource(_ parts: ArraySlice<String>) -> SubresourceName? {
        guard let first = parts.first else { return nil }
        let name = SubresourceName(rawValue: first)
        return parts.count == 1 ? name : SubresourceName(rawValue: parts.joined(separator: "/"))
    }
}
