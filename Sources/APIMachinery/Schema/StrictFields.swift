/// Members of a request's object whose name came before in the same object, as the reader of its text found them.
public struct DuplicateFields: Sendable, ExpressibleByArrayLiteral {
    /// Such as `spec.containers[0].name`.
    public var paths: [String]
    /// The text as it was sent, every member in its place; nil where there is no such text.
    let sent: JSON?

    /// From a reader that knows paths only.
    public init(_ paths: [String]) {
        self.paths = paths
        sent = nil
    }
    public init(arrayLiteral paths: String...) { self.init(paths) }

    fileprivate init(_ paths: [String], sent: JSON) {
        self.paths = paths
        self.sent = sent
    }
}

extension JSON {
    /// Reads one value and tells which members came twice; of those the last one counts.
    public init(parsing bytes: [UInt8], duplicates: inout DuplicateFields) throws(JSONError) {
        let (value, paths, sent) = try Self.parse(bytes)
        duplicates = paths.isEmpty ? [] : DuplicateFields(paths, sent: sent)
        self = value
    }
}

extension SchemaType {
    /// What strict reading says of the text of an object of this type, a sentence each in the order of the text: members
    /// that the type does not know, and members that came before.
    func strictSentences(_ sent: JSON) -> [String] {
        var reader = StrictFieldReader(schema: schema)
        reader.readObject(sent, index)
        return reader.sentences
    }
}

/// Walks a text beside its type. What is inside of a member that the type does not know, or takes as it comes, is not
/// looked at, as in Go's decoder.
private struct StrictFieldReader {
    /// So many sentences are told of one text.
    static let maximumSentences = 100

    private enum Step {
        case member(String)
        case element(Int)
    }

    let schema: Schema
    private(set) var sentences: [String] = []
    private var told: Set<String> = []
    private var path: [Step] = []

    init(schema: Schema) { self.schema = schema }

    mutating func readObject(_ json: JSON, _ typeIndex: Int) {
        let type = schema.records[typeIndex]
        var seen: Set<ExactString> = []
        for member in json.members {
            path.append(.member(member.name))
            if let index = type.fieldIndex(member.name) {
                if !seen.insert(ExactString(member.name)).inserted { tell("duplicate field") }
                read(member.value, type.fields[index].value)
            } else {
                tell("unknown field")
            }
            path.removeLast()
        }
    }

    private mutating func read(_ json: JSON, _ value: SchemaValue) {
        switch value {
        case .object(let index): readObject(json, index)
        case .list(let element):
            for (position, item) in json.elements.enumerated() {
                path.append(.element(position))
                read(item, element)
                path.removeLast()
            }
        case .map(let element):
            var seen: Set<ExactString> = []
            for member in json.members {
                path.append(.member(member.name))
                if !seen.insert(ExactString(member.name)).inserted { tell("duplicate field") }
                read(member.value, element)
                path.removeLast()
            }
        default: break
        }
    }

    private mutating func tell(_ what: String) {
        guard sentences.count < Self.maximumSentences else { return }
        var text = ""
        for step in path {
            switch step {
            case .member(let name): text += text.isEmpty ? name : ".\(name)"
            case .element(let index): text += "[\(index)]"
            }
        }
        let sentence = "\(what) \"\(text)\""
        if told.insert(sentence).inserted { sentences.append(sentence) }
    }
}
