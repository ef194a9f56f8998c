/// Reads schema notation (see `Schema`) and links the names in it once everything is read.
struct SchemaNotationReader {
    private var package = ""
    private var packageByAlias: [String: String] = [:]
    private var types: [TypeDraft] = []
    private var indexByName: [String: Int] = [:]
    private var problems: [String] = []

    /// Adds the types of one text; every text begins with its own `package` and `use` lines.
    mutating func read(_ text: String) {
        package = ""
        packageByAlias = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ")
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            if line.first == " " {
                readField(line, words)
            } else {
                readHead(line, words)
            }
        }
    }

    private mutating func readHead(_ line: Substring, _ words: [Substring]) {
        switch (words[0], words.count) {
        case ("package", 2): package = String(words[1])
        case ("use", 3): packageByAlias[String(words[1])] = String(words[2])
        case ("type", 2...), ("kind", 2...):
            let name = "\(package).\(words[1])"
            guard indexByName[name] == nil else {
                problems.append("\(name) is there twice")
                return
            }
            indexByName[name] = types.count
            var draft = TypeDraft(
                name: name, package: package, packageByAlias: packageByAlias, isKind: words[0] == "kind",
                isAtomic: words.dropFirst(2).contains("atomic"))
            if draft.isKind { draft.lines = TypeDraft.ofEveryKind }
            types.append(draft)
        default: problems.append("cannot read \(line)")
        }
    }

    /// Adds a type that is not from a text.
    mutating func add(_ type: TypeDraft) {
        guard indexByName[type.name] == nil else {
            problems.append("\(type.name) is there twice")
            return
        }
        indexByName[type.name] = types.count
        types.append(type)
    }

    private mutating func readField(_ line: Substring, _ words: [Substring]) {
        guard !types.isEmpty, words.count >= 3, let number = Int(words[1]) else {
            problems.append("cannot read \(line)")
            return
        }
        if words[2] == "inline", words.count == 4 {
            types[types.count - 1].lines.append(.inlined(String(words[3]), number: number))
            return
        }
        var draft = FieldDraft(name: String(words[0]), number: number, valueText: String(words[2]))
        for (index, word) in words.enumerated().dropFirst(3) {
            if word == "default" {
                let text = line[(words[index].endIndex)...].drop { $0 == " " }
                draft.defaultValue = try? JSON(parsing: String(text))
                if draft.defaultValue == nil { problems.append("cannot read the default of \(line)") }
                break
            }
            if !draft.read(flag: word) { problems.append("cannot read \(word) in \(line)") }
        }
        types[types.count - 1].lines.append(.field(draft))
    }

    /// Links all names; afterwards the reader is used up.
    mutating func finish() -> (records: [TypeRecord], problems: [String]) {
        var zeros: [Int: JSON] = [:]
        let members = types.indices.map { flattened($0) }
        let records = types.indices.map { index in
            TypeRecord(
                name: types[index].name, isKind: types[index].isKind, isAtomic: types[index].isAtomic,
                fields: members[index].fields, membersByNumber: members[index].byNumber,
                zero: zero(index, members.map(\.fields), &zeros, depth: 0))
        }
        return (records, problems)
    }

    private mutating func flattened(_ index: Int) -> (fields: [FieldRecord], byNumber: [Int: TypeRecord.Member]) {
        var fields: [FieldRecord] = []
        var byNumber: [Int: TypeRecord.Member] = [:]
        for line in types[index].lines {
            switch line {
            case .field(let draft):
                guard let value = value(draft.valueText, in: types[index]) else {
                    problems.append("\(types[index].name).\(draft.name): no type \(draft.valueText)")
                    continue
                }
                if draft.number > 0 { byNumber[draft.number] = .field(fields.count) }
                fields.append(FieldRecord(draft, value: value))
            case .inlined(let name, let number):
                guard let inner = typeIndex(name, in: types[index]), inner != index else {
                    problems.append("\(types[index].name): no type \(name)")
                    continue
                }
                byNumber[number] = .inlined(inner)
                fields.append(contentsOf: flattened(inner).fields)
            }
        }
        return (fields, byNumber)
    }

    private func zero(_ index: Int, _ fields: [[FieldRecord]], _ known: inout [Int: JSON], depth: Int) -> JSON {
        if let zero = known[index] { return zero }
        guard depth < 32 else { return .object }
        var zero: JSON = .object
        for field in fields[index] where field.isAlwaysWritten {
            zero[field.name] = field.zero { self.zero($0, fields, &known, depth: depth + 1) }
        }
        known[index] = zero
        return zero
    }

    private func value(_ text: String, in type: TypeDraft) -> SchemaValue? {
        switch text {
        case "string": return .string(goType: "")
        case "bool": return .boolean
        case "int32": return .int32
        case "int64": return .int64
        case "double": return .double
        case "bytes": return .bytes
        case "time": return .time
        case "micro-time": return .microTime
        case "duration": return .duration
        case "quantity": return .quantity
        case "int-or-string": return .intOrString
        case "any": return .any
        case "raw", "fields": return .rawObject
        default: break
        }
        if text.hasPrefix("string:") { return .string(goType: String(text.dropFirst(7))) }
        if text.hasPrefix("["), text.hasSuffix("]") {
            return value(String(text.dropFirst().dropLast()), in: type).map { .list($0) }
        }
        if text.hasPrefix("{"), text.hasSuffix("}") {
            return value(String(text.dropFirst().dropLast()), in: type).map { .map($0) }
        }
        return typeIndex(text, in: type).map { .object($0) }
    }

    private func typeIndex(_ name: String, in type: TypeDraft) -> Int? {
        if let dot = name.firstIndex(of: "."), let package = type.packageByAlias[String(name[..<dot])] {
            return indexByName["\(package)\(name[dot...])"]
        }
        return indexByName["\(type.package).\(name)"]
    }
}

/// A type as the notation says it, names not yet looked up.
struct TypeDraft {
    enum Line {
        case field(FieldDraft)
        case inlined(String, number: Int)
    }
    var name: String
    var package: String
    var packageByAlias: [String: String]
    var isKind: Bool
    var isAtomic: Bool
    var lines: [Line] = []

    static let ofEveryKind: [Line] = [
        .field(FieldDraft(name: "apiVersion", number: 0, valueText: "string")),
        .field(FieldDraft(name: "kind", number: 0, valueText: "string")),
    ]
}

/// A field as the notation says it.
struct FieldDraft {
    var name: String
    var number: Int
    var isPointer: Bool
    var valueText: String
    var isRequired = false
    var isAlwaysWritten = false
    var listType: SchemaListType?
    var listMapKeys: [String] = []
    var patchStrategies: [String] = []
    var mergeKey: String?
    var defaultValue: JSON?

    init(name: String, number: Int, valueText: String) {
        self.name = name
        self.number = number
        isPointer = valueText.hasPrefix("*")
        self.valueText = isPointer ? String(valueText.dropFirst()) : valueText
    }

    /// Takes one word after the value; false if it means nothing.
    mutating func read(flag word: Substring) -> Bool {
        switch word {
        case "required": isRequired = true
        case "always": isAlwaysWritten = true
        case "atomic": listType = .atomic
        case "set": listType = .set
        case "granular": break
        case "merge", "retainKeys", "replace": patchStrategies.append(String(word))
        default:
            guard word.hasSuffix(")"), let open = word.firstIndex(of: "(") else { return false }
            let inside = word[word.index(after: open)...].dropLast()
            switch word[..<open] {
            case "map":
                listType = .map
                listMapKeys = inside.split(separator: ",").map { String($0) }
            case "merge":
                patchStrategies.append("merge")
                mergeKey = String(inside)
            default: return false
            }
        }
        return true
    }
}
