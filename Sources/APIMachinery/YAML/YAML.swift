/// YAML as Kubernetes' clients send it: YAML 1.1 as sigs.k8s.io/yaml reads it (yes, no, on and off are booleans, 017 is
/// octal), turned into JSON, and JSON written as kubectl users expect.
public enum YAML {
    /// One document of a stream.
    public struct Document: Sendable {
        public var value: JSON
        /// Counted from 1, where the document's content starts.
        public var line: Int
        /// Keys that came before in the same mapping; the last one counts.
        public var duplicates: [Duplicate]
    }
    public struct Duplicate: Sendable, Equatable, CustomStringConvertible {
        /// The path from the document's root, such as `spec.containers[0].name`.
        public var path: String
        public var key: String
        public var line: Int
        /// In the words of strict decoding: `line 5: key "name" already set in map`.
        public var description: String { "line \(line): key \(JSON(key).text) already set in map" }
    }

    /// Nesting deeper than this is refused.
    public static let maximumDepth = JSON.maximumDepth
    /// What aliases may add to the text, in bytes, so that a few lines cannot stand for gigabytes.
    public static let maximumAliasedBytes = 4 << 20

    /// All documents of a stream, empty ones left out; also of a stream of JSON objects, one after the other.
    public static func documents(_ bytes: [UInt8]) throws(YAMLError) -> [Document] {
        let bytes = ByteOrderMark.removed(from: bytes)
        if let documents = JSONStream.documents(bytes) { return documents }
        return try YAMLReader.documents(bytes)
    }
    public static func documents(_ text: String) throws(YAMLError) -> [Document] { try documents(Array(text.utf8)) }

    /// The only document of a text, as the body of a request is; null for an empty one.
    public static func document(_ bytes: [UInt8]) throws(YAMLError) -> Document {
        let all = try documents(bytes)
        guard all.count <= 1 else {
            throw YAMLError(line: all[1].line, column: 1, reason: "expected a single document in the stream")
        }
        return all.first ?? Document(value: .null, line: 1, duplicates: [])
    }
}

/// Why a text is not YAML that we accept.
public struct YAMLError: Error, Equatable, CustomStringConvertible {
    /// Both count from 1.
    public var line: Int
    public var column: Int
    public var reason: String
    public init(line: Int, column: Int, reason: String) {
        self.line = line
        self.column = column
        self.reason = reason
    }
    /// As the API server words it.
    public var description: String { "error converting YAML to JSON: yaml: line \(line): \(reason)" }
}
