/// Kubernetes' own patch: like a merge patch, but lists are merged by key where the type says so, and `$patch`,
/// `$retainKeys`, `$setElementOrder/…` and `$deleteFromPrimitiveList/…` say what a plain value cannot
/// (k8s.io/apimachinery util/strategicpatch).
public enum StrategicMergePatch {
    /// `type` is the object's; what it does not know is merged without keys: objects by member, lists whole. Throws 400
    /// for a patch that is not one or does not fit the object.
    public static func apply(_ patch: JSON, to object: JSON, type: SchemaType?) throws(StatusError) -> JSON {
        guard patch.isObject else {
            throw .badRequest(
                "error decoding patch: json: cannot unmarshal \(patch.goKind) into Go value of type map[string]interface {}"
            )
        }
        do {
            let context = MergeContext(type)
            return try StrategicMerge.merge(MemberTable(patch), into: object, context)
        } catch {
            throw .badRequest(error.sentence)
        }
    }
}

/// What the schema says of the value that is being merged.
struct MergeContext {
    private var schema: Schema?
    private var value: SchemaValue?

    init(_ type: SchemaType?) {
        schema = type?.schema
        value = type.map { .object($0.index) }
    }

    private init(_ schema: Schema?, _ value: SchemaValue?) {
        self.schema = schema
        self.value = value
    }

    private var field: (String) -> SchemaField? {
        guard let schema, case .object(let index) = value else { return { _ in nil } }
        return schema.type(at: index).field
    }

    func strategy(of name: String) -> MergeStrategy { MergeStrategy(field(name)) }

    /// The context of a member's value; for a list, of its elements.
    func member(_ name: String) -> MergeContext {
        let member: SchemaValue? = if case .map(let inner) = value { inner } else { field(name)?.value }
        if case .list(let element) = member { return MergeContext(schema, element) }
        return MergeContext(schema, member)
    }
}

/// How a field is merged.
struct MergeStrategy {
    var merges = false
    var replaces = false
    var mergeKey: String?

    init(_ field: SchemaField?) {
        let words = field?.patchStrategy.split(separator: ",") ?? []
        merges = words.contains("merge")
        replaces = words.contains("replace")
        mergeKey = field?.mergeKey
    }
}

/// The names of the members of a patch that are not the object's.
enum Directive {
    static let patch = "$patch"
    static let retainKeys = "$retainKeys"
    static let setElementOrder = "$setElementOrder/"
    static let deleteFromPrimitiveList = "$deleteFromPrimitiveList/"

    static func isOne(_ name: String) -> Bool {
        name == patch || name == retainKeys || name.hasPrefix(setElementOrder)
            || name.hasPrefix(deleteFromPrimitiveList)
    }

    /// A value that is new to the object: without directives and nulls; nil if it is marked by `$patch` itself.
    static func stripped(_ value: JSON) -> JSON? {
        if value.isArray { return JSON(value.elements.compactMap { stripped($0) }) }
        guard value.isObject else { return value }
        let members = value.members
        if members.contains(where: { $0.name == patch }) { return .none }
        return JSON(
            members: members.compactMap { member in
                if member.value.isNull || isOne(member.name) { return nil }
                return stripped(member.value).map { (name: member.name, value: $0) }
            })
    }
}
