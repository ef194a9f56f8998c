import Basics

/// A route's path, such as "/user/{id}".
public struct PathTemplate: Sendable, Equatable {
    enum Segment: Sendable, Equatable { case literal(String), parameter(String) }
    public let text: String
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
    public static func segments(ofPath path: String) -> [String]? {
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

/// A request's query or form, decoded: names in the order sent.
public struct Query: Sendable {
    public let items: [(name: String, value: String)]

    /// Nil if the percent-encoding is not well formed or, unless those may be, holds a zero byte.
    public init?(_ text: String, zeroBytes: Bool = false) {
        var items: [(name: String, value: String)] = []
        for part in text.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(pair[0], plusIsSpace: true),
                let value = PercentEncoding.decode(pair.count > 1 ? pair[1] : "", plusIsSpace: true),
                zeroBytes || !name.utf8.contains(0) && !value.utf8.contains(0)
            else { return nil }
            items.append((name, value))
        }
        self.items = items
    }
    public init(items: [(name: String, value: String)]) { self.items = items }

    public subscript(_ name: String) -> String? { items.first { $0.name == name }?.value }

    /// Without these names, and with others added, as it goes into a request.
    public func text(without names: Set<String> = [], adding more: [(name: String, value: String)] = []) -> String {
        (items.filter { !names.contains($0.name) } + more)
            .map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }.joined(separator: "&")
    }
}
