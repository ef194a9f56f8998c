/// Builds one document's value from events, without recursion.
struct YAMLBuilder {
    struct Failure: Error { var reason: String }
    enum Container { case sequence, mapping }

    /// A value with what it costs to stand for it.
    struct Built {
        var value: JSON
        /// About the bytes of its text.
        var size: Int
        var depth: Int
    }

    /// A container that is open.
    struct Frame {
        var container: Container
        var anchor: String?
        var elements: [JSON] = []
        var members: [JSON.Member] = []
        var positions: [ExactString: Int] = [:]
        /// The key that waits for its value.
        var key: String?
        /// Whether what comes next is merged in (`<<`).
        var isMerging = false
        var merged: [JSON] = []
        var size = 2
        var depth = 0
    }

    private var frames: [Frame] = []
    private var anchors: [String: Built] = [:]
    private var aliasedBytes = 0
    private var root: JSON?
    private var firstLine = 1
    private var duplicates: [YAML.Duplicate] = []

    /// What has been built; nil for an empty document.
    var document: YAML.Document? {
        guard let root, !root.isNull else { return nil }
        return YAML.Document(value: root, line: firstLine, duplicates: duplicates)
    }

    mutating func open(_ container: Container, anchor: String?, line: Int) throws(Failure) {
        if frames.isEmpty { firstLine = line }
        guard frames.count < YAML.maximumDepth else { throw Failure(reason: "exceeded max depth") }
        if let frame = frames.last, frame.container == .mapping, frame.key == nil, !frame.isMerging {
            throw Failure(reason: "a mapping's key must be a scalar")
        }
        frames.append(Frame(container: container, anchor: anchor))
    }

    mutating func close() throws(Failure) {
        guard var frame = frames.popLast() else { return }
        if frame.container == .mapping { try frame.merge() }
        let value = frame.container == .mapping ? JSON(members: frame.members) : JSON(frame.elements)
        try finish(Built(value: value, size: frame.size, depth: frame.depth + 1), anchor: frame.anchor)
    }

    mutating func scalar(_ text: String, tag: String?, isPlain: Bool, anchor: String?, line: Int) throws(Failure) {
        if frames.isEmpty { firstLine = line }
        let top = frames.count - 1
        let isKey = top >= 0 && frames[top].container == .mapping && frames[top].key == nil && !frames[top].isMerging
        if isKey && isPlain && text == "<<" && tag == nil {
            frames[top].isMerging = true
            return
        }
        let value = try YAMLScalar.value(text, tag: tag, isPlain: isPlain)
        let built = Built(value: value, size: text.utf8.count + 3, depth: 0)
        guard isKey else { return try finish(built, anchor: anchor) }
        if let anchor { anchors[anchor] = built }
        try setKey(value, line: line)
        frames[top].size += built.size
    }

    mutating func alias(_ name: String, line: Int) throws(Failure) {
        guard let built = anchors[name] else { throw Failure(reason: "unknown anchor '\(name)' referenced") }
        aliasedBytes += built.size
        guard aliasedBytes <= YAML.maximumAliasedBytes else {
            throw Failure(reason: "document contains excessive aliasing")
        }
        guard frames.count + built.depth <= YAML.maximumDepth else { throw Failure(reason: "exceeded max depth") }
        if let frame = frames.last, frame.container == .mapping, frame.key == nil, !frame.isMerging {
            return try setKey(built.value, line: line)
        }
        try finish(built, anchor: nil)
    }

    /// A value is complete: it goes into the container around it.
    private mutating func finish(_ built: Built, anchor: String?) throws(Failure) {
        if let anchor { anchors[anchor] = built }
        guard !frames.isEmpty else {
            root = built.value
            return
        }
        let top = frames.count - 1
        frames[top].add(built)
    }

    private mutating func setKey(_ value: JSON, line: Int) throws(Failure) {
        guard let key = value.string ?? value.number ?? value.bool.map({ $0 ? "true" : "false" }) else {
            throw Failure(reason: "a mapping's key must be a scalar")
        }
        let top = frames.count - 1
        frames[top].key = key
        if frames[top].positions[ExactString(key)] != nil, duplicates.count < JSON.maximumDuplicatesNamed {
            duplicates.append(YAML.Duplicate(path: path, key: key, line: line))
        }
    }

    /// Where the value comes that is next, such as `spec.containers[0].name`.
    private var path: String {
        var path = ""
        for frame in frames {
            switch frame.container {
            case .sequence: path += "[\(frame.elements.count)]"
            case .mapping: path += (path.isEmpty ? "" : ".") + (frame.key ?? "<<")
            }
        }
        return path
    }
}

extension YAMLBuilder.Frame {
    mutating func add(_ built: YAMLBuilder.Built) {
        size += built.size
        depth = max(depth, built.depth)
        if container == .sequence {
            elements.append(built.value)
        } else if isMerging {
            merged.append(built.value)
            isMerging = false
        } else if let key {
            set(key, built.value)
            self.key = nil
        }
    }

    private mutating func set(_ key: String, _ value: JSON) {
        if let position = positions[ExactString(key)] {
            members[position].value = value
        } else {
            positions[ExactString(key)] = members.count
            members.append((key, value))
        }
    }

    /// Takes in what `<<` named, unless the mapping has it itself; of several mappings the first wins.
    mutating func merge() throws(YAMLBuilder.Failure) {
        for source in merged.flatMap({ $0.isArray ? $0.elements : [$0] }) {
            guard source.isObject else {
                throw YAMLBuilder.Failure(reason: "map merge requires map or sequence of maps as the value")
            }
            for member in source.members where positions[ExactString(member.name)] == nil {
                set(member.name, member.value)
            }
        }
    }
}
