import Basics

/// A route's path, such as "/user/{id}".
struct PathTemplate: Sendable, Equatable {
    enum Segment: Sendable, Equatable { case literal(String), parameter(String) }
    let text: String
    private let segments: [Segment]

    init(_ text: String) {
        self.text = text
        segments = text.split(separator: "/").map { part in
            part.hasPrefix("{") && part.hasSuffix("}")
                ? .parameter(String(part.dropFirst().dropLast())) : .literal(String(part))
        }
    }

    /// The parameters' values if the decoded segments fit.
    func match(_ path: [String]) -> [String: String]? {
        guard path.count == segments.count else { return nil }
        var parameters: [String: String] = [:]
        for (segment, part) in zip(segments, path) {
            switch segment {
            case .literal(let text): guard text == part else { return nil }
            case .parameter(let name): parameters[name] = part
            }
        }
        return parameters
    }
}

extension PercentEncoding {
    /// A path's segments, decoded; nil if it is not well formed, holds a zero byte or tries to climb ("..").
    static func segments(ofPath path: String) -> [String]? {
        guard path.hasPrefix("/") else { return nil }
        var segments: [String] = []
        for part in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let segment = decode(part), segment != ".", segment != "..",
                !segment.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == 0 })
            else {
                return nil
            }
            segments.append(segment)
        }
        if segments.last == "" { segments.removeLast() }
        return segments
    }
}

/// A request's query, decoded: names in the order sent.
struct Query: Sendable {
    let items: [(name: String, value: String)]

    /// Nil if the percent-encoding is not well formed or holds a zero byte.
    init?(_ text: String) {
        var items: [(name: String, value: String)] = []
        for part in text.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(pair[0], plusIsSpace: true),
                let value = PercentEncoding.decode(pair.count > 1 ? pair[1] : "", plusIsSpace: true),
                !name.utf8.contains(0), !value.utf8.contains(0)
            else { return nil }
            items.append((name, value))
        }
        self.items = items
    }
    init(items: [(name: String, value: String)]) { self.items = items }

    subscript(_ name: String) -> String? { items.first { $0.name == name }?.value }

    /// Without these names, and with others added, as it goes into a request.
    func text(without names: Set<String> = [], adding more: [(name: String, value: String)] = []) -> String {
        (items.filter { !names.contains($0.name) } + more)
            .map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }.joined(separator: "&")
    }
}
