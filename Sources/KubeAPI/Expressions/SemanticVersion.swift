import CEL

/// A version as semver.org 2.0.0 has it.
public struct SemanticVersion: Sendable, Equatable, Comparable, CustomStringConvertible {
    public let major: UInt64
    public let minor: UInt64
    public let patch: UInt64
    private let prerelease: [String]
    private let build: String?

    /// nil for what is none. `isNormalized` lets "v1.2" be 1.2.0.
    public init?(_ text: String, isNormalized: Bool = false) {
        var rest = text[...]
        if isNormalized, rest.first == "v" { rest.removeFirst() }
        var build: String?
        if let plus = rest.firstIndex(of: "+") {
            build = String(rest[rest.index(after: plus)...])
            rest = rest[..<plus]
        }
        var prerelease: [String] = []
        if let dash = rest.firstIndex(of: "-") {
            prerelease = rest[rest.index(after: dash)...].split(separator: ".", omittingEmptySubsequences: false)
                .map(String.init)
            rest = rest[..<dash]
        }
        var parts = rest.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if isNormalized {
            while parts.count < 3 { parts.append("0") }
            parts = parts.map { part in
                let digits = part.drop { $0 == "0" }
                return part.isEmpty ? part : digits.isEmpty ? "0" : String(digits)
            }
        }
        let numbers = parts.map { Self.number($0) }
        let isWord = { (word: String) in
            !word.isEmpty && word.utf8.allSatisfy { Self.isDigit($0) || Self.isLetter($0) || $0 == UInt8(ascii: "-") }
        }
        guard numbers.count == 3, let major = numbers[0], let minor = numbers[1], let patch = numbers[2],
            prerelease.allSatisfy({ word in
                isWord(word) && (!word.utf8.allSatisfy(Self.isDigit) || Self.number(word) != nil)
            }),
            build.map({ $0.split(separator: ".", omittingEmptySubsequences: false).map(String.init).allSatisfy(isWord) }
            )
                ?? true
        else { return nil }
        (self.major, self.minor, self.patch) = (major, minor, patch)
        self.prerelease = prerelease
        self.build = build
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }
    /// Without zeros before it.
    private static func number(_ text: String) -> UInt64? {
        guard !text.isEmpty, text.utf8.allSatisfy(isDigit), text == "0" || !text.hasPrefix("0") else { return nil }
        return UInt64(text)
    }

    /// What is built from it makes no difference.
    public static func == (left: SemanticVersion, right: SemanticVersion) -> Bool {
        (left.major, left.minor, left.patch) == (right.major, right.minor, right.patch)
            && left.prerelease == right.prerelease
    }
    public static func < (left: SemanticVersion, right: SemanticVersion) -> Bool {
        let (mine, other) = ((left.major, left.minor, left.patch), (right.major, right.minor, right.patch))
        if mine != other { return mine < other }
        if left.prerelease.isEmpty || right.prerelease.isEmpty {
            return !left.prerelease.isEmpty && right.prerelease.isEmpty
        }
        for (mine, other) in zip(left.prerelease, right.prerelease) where mine != other {
            switch (UInt64(mine), UInt64(other)) {
            case (let mine?, let other?): return mine < other
            case (nil, nil): return mine < other
            case (let mine, _): return mine != nil
            }
        }
        return left.prerelease.count < right.prerelease.count
    }
    public var description: String {
        "\(major).\(minor).\(patch)" + (prerelease.isEmpty ? "" : "-" + prerelease.joined(separator: "."))
            + (build.map { "+\($0)" } ?? "")
    }
}

/// A version in an expression.
public struct VersionValue: ForeignValue, CustomStringConvertible {
    public static let type = ValueType.named("kubernetes.Semver")
    let version: SemanticVersion
    public init(_ version: SemanticVersion) { self.version = version }
    public func isEqual(to other: any ForeignValue) -> Bool { (other as? VersionValue)?.version == version }
    public var description: String { version.description }
}

/// Kubernetes' library for versions.
public enum VersionLibrary {
    private static let type = VersionValue.type

    public static let functions: [Function] =
        [[ValueType.string], [.string, .bool]].flatMap { parameters in
            [
                Function("semver", parameters, type) { arguments throws(EvaluationError) in
                    guard let version = read(arguments) else {
                        throw EvaluationError("No Major.Minor.Patch elements found")
                    }
                    return .foreign(VersionValue(version))
                },
                Function("isSemver", parameters, .bool) { .bool(read($0) != nil) },
            ]
        } + [
            part("major", \.major), part("minor", \.minor), part("patch", \.patch),
            .member("isGreaterThan", [type, type], .bool) { arguments throws(EvaluationError) in
                .bool(try version(arguments[0]) > version(arguments[1]))
            },
            .member("isLessThan", [type, type], .bool) { arguments throws(EvaluationError) in
                .bool(try version(arguments[0]) < version(arguments[1]))
            },
            .member("compareTo", [type, type], .int) { arguments throws(EvaluationError) in
                let (left, right) = (try version(arguments[0]), try version(arguments[1]))
                return .int(left == right ? 0 : left < right ? -1 : 1)
            },
        ]

    private static func read(_ arguments: [Value]) -> SemanticVersion? {
        guard let text = arguments[0].string else { return nil }
        return SemanticVersion(text, isNormalized: arguments.count > 1 && arguments[1].bool == true)
    }
    private static func version(_ value: Value) throws(EvaluationError) -> SemanticVersion {
        guard case .foreign(let foreign) = value, let found = foreign as? VersionValue else {
            throw EvaluationError("no such overload")
        }
        return found.version
    }
    private static func part(
        _ name: String, _ path: KeyPath<SemanticVersion, UInt64> & Sendable
    ) -> Function {
        .member(name, [type], .int) { arguments throws(EvaluationError) in
            .int(Int64(clamping: try version(arguments[0])[keyPath: path]))
        }
    }
}
