import APIMachinery
import HTTPMessages
import KubeAPI
import Synchronization

/// `/openapi/v3`, its documents and `/openapi/v2`: each made at the first request for it, and kept as text.
final class OpenAPIPages: Sendable {
    private struct Page {
        var bytes: [UInt8]
        var tag: String
    }
    private let registry: ResourceRegistry
    /// Paths below `/openapi/v3` with group and version, in the order of discovery.
    private let versions: [(path: String, group: String, version: String)]
    private let pages = Mutex<[String: Page]>([:])

    init(_ registry: ResourceRegistry) {
        self.registry = registry
        var versions: [(path: String, group: String, version: String)] = []
        for resource in registry.resources {
            let kind = resource.groupVersionKind
            let path = kind.group.isEmpty ? "api/\(kind.version)" : "apis/\(kind.group)/\(kind.version)"
            if !versions.contains(where: { $0.path == path }) { versions.append((path, kind.group, kind.version)) }
        }
        self.versions = versions
    }

    /// The page at a path, or nil when there is none; throws 406.
    func answer(path: String, query: Query, _ request: Request) throws -> Answer? {
        let parts = path.split(separator: "/").map(String.init)
        guard parts.first == "openapi", parts.count >= 2, ["v2", "v3"].contains(parts[1]) else { return nil }
        if parts == ["openapi", "v2"], Self.wantsMessage(request.header("accept")), let page = page("v2.pb", "") {
            return ETag.answer(page.bytes, tag: page.tag, type: SwaggerProtobuf.mediaType, request)
        }
        guard let page = page(parts[1], parts.dropFirst(2).joined(separator: "/")) else { return nil }
        _ = try AnswerForm(accept: request.header("accept")) { $0.shape == .plain && $0.encoding == .json }
        var answer = ETag.answer(page.bytes, tag: page.tag, type: "application/json", request)
        if let hash = query["hash"], hash == page.tag {
            answer.headers.append((name: "cache-control", value: "public, immutable"))
        }
        return answer
    }

    /// Whether the first of the forms that we have is the message.
    private static func wantsMessage(_ accept: String?) -> Bool {
        let types = (accept ?? "").split(separator: ",").map { range in
            range.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        }
        let known = [SwaggerProtobuf.mediaType, SwaggerProtobuf.formerMediaType]
        return types.first { known.contains($0) || $0 == "application/json" || $0 == "*/*" }.map(known.contains)
            ?? false
    }

    private func page(_ form: String, _ below: String) -> Page? {
        let key = "\(form)/\(below)"
        if let known = pages.withLock({ $0[key] }) { return known }
        let document: JSON?
        if form == "v2.pb" {
            let bytes = SwaggerProtobuf.encode(OpenAPI.v2(registry))
            let page = Page(bytes: bytes, tag: ETag.of(bytes))
            pages.withLock { $0[key] = page }
            return page
        }
        if form == "v2" {
            document = below.isEmpty ? OpenAPI.v2(registry) : nil
        } else if below.isEmpty {
            document = index
        } else {
            document = versions.first { $0.path == below }.flatMap {
                OpenAPI.v3(group: $0.group, version: $0.version, registry: registry)
            }
        }
        guard let bytes = document?.bytes else { return nil }
        let page = Page(bytes: bytes, tag: ETag.of(bytes))
        pages.withLock { $0[key] = page }
        return page
    }

    /// Where each document is, with its hash so that clients may keep it (KEP-2896).
    private var index: JSON {
        let entries = versions.compactMap { version -> (name: String, value: JSON)? in
            guard let page = page("v3", version.path) else { return nil }
            let url = "/openapi/v3/\(version.path)?hash=\(page.tag)"
            return (version.path, ["serverRelativeURL": JSON(url)])
        }
        return ["paths": JSON(members: entries)]
    }
}
