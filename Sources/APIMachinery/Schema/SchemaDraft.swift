/// Types that are put together while the program runs, as a custom kind's are; the words are the notation's (see `Schema`).
public struct SchemaDraft: Sendable {
    /// One field; its name may be any text.
    public struct Field: Sendable {
        var draft: FieldDraft
        /// `value` is what the notation has for it, such as `[Part]`; a zero value is kept.
        public init(
            _ name: String, _ value: String, listType: SchemaListType? = nil, listMapKeys: [String] = [],
            defaultValue: JSON? = nil
        ) {
            draft = FieldDraft(name: name, number: 0, valueText: value)
            draft.isPointer = true
            draft.listType = listType
            draft.listMapKeys = listMapKeys
            draft.defaultValue = defaultValue
        }
    }

    let package: String
    let aliases: [String: String]
    private(set) var types: [TypeDraft] = []

    /// `aliases` are packages by the short names under which fields speak of them.
    public init(package: String, aliases: [String: String]) {
        self.package = package
        self.aliases = aliases
    }

    /// Adds a type; those that fields name may come later.
    public mutating func add(_ name: String, isKind: Bool = false, isAtomic: Bool = false, _ fields: [Field]) {
        var type = TypeDraft(
            name: "\(package).\(name)", package: package, packageByAlias: aliases, isKind: isKind, isAtomic: isAtomic)
        if isKind { type.lines = TypeDraft.ofEveryKind }
        type.lines += fields.map { .field($0.draft) }
        types.append(type)
    }
}

extension Schema {
    /// The types of a notation and these.
    public convenience init(notation: [String], adding draft: SchemaDraft) {
        var reader = SchemaNotationReader()
        for text in notation { reader.read(text) }
        for type in draft.types { reader.add(type) }
        self.init(reader.finish())
    }
}
