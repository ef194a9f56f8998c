import APIMachinery
import Basics

/// All that is known of one kind in one version: routes, discovery, OpenAPI, tables, storage keys and checks are derived
/// from this value. Built-in kinds are listed in `ResourceRegistry.builtIn`; a custom kind builds the same value at run time.
/// It never changes, and is handed on with every call: hence one object, and not a copy of some thirty references.
public final class Resource: Sendable {
    /// One column of `kubectl get` (meta.k8s.io/v1 TableColumnDefinition) and how its cell is made.
    public struct Column: Sendable {
        public var name: String
        /// "string", "integer", "date" …
        public var type: String
        public var format: String
        /// 0 is always shown, 1 only with `-o wide`.
        public var priority: Int
        public var help: String
        /// The cell of an object at a time, for ages are told from now.
        public var cellAt: @Sendable (_ object: JSON, _ now: Instant) -> JSON
        /// The cell of an object where the time does not matter.
        public func cell(_ object: JSON) -> JSON { cellAt(object, Instant(secondsSince1970: 0)) }
        public init(
            _ name: String, _ type: String, format: String = "", priority: Int = 0, help: String = "",
            cell: @escaping @Sendable (JSON) -> JSON
        ) {
            self.init(name, type, format: format, priority: priority, help: help) { object, _ in cell(object) }
        }
        public init(
            _ name: String, _ type: String, format: String = "", priority: Int = 0, help: String = "",
            cellAt: @escaping @Sendable (JSON, Instant) -> JSON
        ) {
            self.name = name
            self.type = type
            self.format = format
            self.priority = priority
            self.help = help
            self.cellAt = cellAt
        }
    }

    /// A path below an object that is served by its own verbs.
    public struct Subresource: Sendable, Equatable {
        public var name: SubresourceName
        public var groupVersionKind: GroupVersionKind
        public var verbs: [Verb]
        public init(_ name: SubresourceName, _ groupVersionKind: GroupVersionKind, verbs: [Verb]) {
            self.name = name
            self.groupVersionKind = groupVersionKind
            self.verbs = verbs
        }
    }

    /// What an update of a path below an object may touch, where that is a part of the object other than its status.
    public struct Part: Sendable {
        /// Keeps all that is not of the part.
        public var prepare: @Sendable (_ new: inout JSON, _ old: JSON) -> Void
        /// What is wrong with the update, without metadata.
        public var validate: @Sendable (_ new: JSON, _ old: JSON) -> [FieldError]
        public init(
            prepare: @escaping @Sendable (inout JSON, JSON) -> Void,
            validate: @escaping @Sendable (JSON, JSON) -> [FieldError]
        ) {
            self.prepare = prepare
            self.validate = validate
        }
    }

    /// How a request's object is read where the schema alone does not say it: what is unknown is dropped, and told.
    public typealias Reader = @Sendable (_ object: JSON) throws(StatusError) -> SchemaType.Reading

    /// Where an object that scales keeps its numbers.
    public struct ScalePaths: Sendable, Equatable {
        public var replicas: [String]
        public var statusReplicas: [String]
        /// A string in the form of a query; nil where the object has none.
        public var selector: [String]?
        public init(replicas: [String], statusReplicas: [String], selector: [String]?) {
            self.replicas = replicas
            self.statusReplicas = statusReplicas
            self.selector = selector
        }
    }

    /// What OpenAPI has of a kind whose types are not in Kubernetes' own schema.
    public struct Published: Sendable {
        /// The definition's name, such as `com.example.stable.v1.CronTab`.
        public var name: String
        public var v2: JSON
        public var v3: JSON
        public init(name: String, v2: JSON, v3: JSON) {
            self.name = name
            self.v2 = v2
            self.v3 = v3
        }
    }

    /// Whether a finalizer's name must have a domain, but for those that Kubernetes knows. Custom kinds take any name.
    public enum FinalizerNames: Sendable {
        case any
        /// Looked at when the object is made; updates may bring others.
        case qualifiedWhenCreated
        case qualified
    }

    public let groupVersionKind: GroupVersionKind
    public let plural: String
    public let singular: String
    public let shortNames: [String]
    public let categories: [String]
    public let isNamespaced: Bool
    public let verbs: [Verb]
    public let subresources: [Subresource]
    public let columns: [Column]
    /// Whether PUT makes an object that is not there.
    public let allowsCreateOnUpdate: Bool
    /// Whether an update without a resourceVersion is taken.
    public let allowsUnconditionalUpdate: Bool
    /// The type of its objects; nil for a kind whose objects are taken as they come.
    public let schema: SchemaType?

    /// Removes what a client may not set (such as status) and sets what every new object has (generation, phase).
    public let prepareForCreate: @Sendable (_ new: inout JSON) -> Void
    /// Keeps what an update of the main resource may not change (such as status) and counts the generation.
    public let prepareForUpdate: @Sendable (_ new: inout JSON, _ old: JSON) -> Void
    /// Keeps all but status (and what belongs to it).
    public let prepareForStatusUpdate: @Sendable (_ new: inout JSON, _ old: JSON) -> Void
    /// Fills in the defaults of what is created or updated.
    public let setDefaults: @Sendable (_ object: inout JSON) -> Void
    /// What is wrong with a new object, without what is true for all kinds (metadata).
    public let validate: @Sendable (_ object: JSON) -> [FieldError]
    public let validateUpdate: @Sendable (_ new: JSON, _ old: JSON) -> [FieldError]
    public let validateStatusUpdate: @Sendable (_ new: JSON, _ old: JSON) -> [FieldError]
    /// What is wrong with a name: a sentence each, none for a valid one.
    public let validateName: @Sendable (_ name: String) -> [String]
    /// Which finalizers its objects may have.
    public let finalizerNames: FinalizerNames
    /// What an object gets when it is to be deleted, and holds it until what it stands for is gone.
    public let deletionFinalizer: String?
    /// What is changed by paths below an object that are neither its status nor calls of their own.
    public let parts: [SubresourceName: Part]
    /// Between this version and the one in which its objects are stored; nil where that is the same.
    public let conversion: VersionConversion?
    /// Values for field selectors besides metadata.name and metadata.namespace, by field label.
    public let selectableFields: [String: @Sendable (JSON) -> String]
    /// Sentences for the Warning header about this object.
    public let warnings: @Sendable (_ new: JSON, _ old: JSON?) -> [String]
    /// The same about an update of its status.
    public let statusWarnings: @Sendable (_ new: JSON, _ old: JSON) -> [String]
    /// A sentence for the Warning header of every answer about the kind; empty for a kind that is not deprecated.
    public let deprecation: String

    public let groupResource: GroupResource
    public let listKind: String
    /// What reads a request's object instead of the schema; nil where that does.
    public let reader: Reader?
    /// nil: a label selector and `replicas` at Kubernetes' own places.
    public let scalePaths: ScalePaths?
    public let published: Published?
    /// Whether its objects are Events, in either of their groups: they belong to nobody and vanish by themselves.
    public let isEvents: Bool

    public init(
        _ apiVersion: String, _ kind: String, plural: String, shortNames: [String] = [], categories: [String] = [],
        isNamespaced: Bool = true,
        verbs: [Verb] = [.create, .delete, .deleteCollection, .get, .list, .patch, .update, .watch],
        subresources: [Subresource] = [], columns: [Column] = [], schema: SchemaType? = nil,
        allowsCreateOnUpdate: Bool = false, allowsUnconditionalUpdate: Bool = true,
        prepareForCreate: @escaping @Sendable (inout JSON) -> Void = { _ in },
        prepareForUpdate: @escaping @Sendable (inout JSON, JSON) -> Void = { _, _ in },
        prepareForStatusUpdate: @escaping @Sendable (inout JSON, JSON) -> Void = { _, _ in },
        setDefaults: @escaping @Sendable (inout JSON) -> Void = { _ in },
        validate: @escaping @Sendable (JSON) -> [FieldError] = { _ in [] },
        validateUpdate: @escaping @Sendable (JSON, JSON) -> [FieldError] = { _, _ in [] },
        validateStatusUpdate: @escaping @Sendable (JSON, JSON) -> [FieldError] = { _, _ in [] },
        validateName: @escaping @Sendable (String) -> [String] = { _ in [] },
        finalizerNames: FinalizerNames = .qualified, deletionFinalizer: String? = nil,
        parts: [SubresourceName: Part] = [:],
        conversion: VersionConversion? = nil, selectableFields: [String: @Sendable (JSON) -> String] = [:],
        warnings: @escaping @Sendable (JSON, JSON?) -> [String] = { _, _ in [] },
        statusWarnings: @escaping @Sendable (JSON, JSON) -> [String] = { _, _ in [] }, deprecation: String = "",
        singular: String? = nil, listKind: String? = nil, reader: Reader? = nil, scalePaths: ScalePaths? = nil,
        published: Published? = nil
    ) {
        self.groupVersionKind = GroupVersionKind(apiVersion: apiVersion, kind: kind)
        self.plural = plural
        groupResource = GroupResource(group: groupVersionKind.group, resource: plural)
        isEvents = plural == "events" && ["", "events.k8s.io"].contains(groupVersionKind.group)
        self.singular = singular ?? kind.lowercased()
        self.listKind = listKind ?? "\(kind)List"
        self.reader = reader
        self.scalePaths = scalePaths
        self.published = published
        self.shortNames = shortNames
        self.categories = categories
        self.isNamespaced = isNamespaced
        self.verbs = verbs
        self.subresources = subresources
        self.columns = columns
        self.allowsCreateOnUpdate = allowsCreateOnUpdate
        self.allowsUnconditionalUpdate = allowsUnconditionalUpdate
        self.schema = schema ?? Schema.kubernetes(groupVersionKind)
        self.prepareForCreate = prepareForCreate
        self.prepareForUpdate = prepareForUpdate
        self.prepareForStatusUpdate = prepareForStatusUpdate
        self.setDefaults = setDefaults
        self.validate = validate
        self.validateUpdate = validateUpdate
        self.validateStatusUpdate = validateStatusUpdate
        self.validateName = validateName
        self.finalizerNames = finalizerNames
        self.deletionFinalizer = deletionFinalizer
        self.parts = parts
        self.conversion = conversion
        self.selectableFields = selectableFields
        self.warnings = warnings
        self.statusWarnings = statusWarnings
        self.deprecation = deprecation
    }
}

extension Resource {
    /// Whether its objects are sent and taken as protobuf: custom kinds' are not, and a definition's schemas are JSON.
    public var hasProtobufForm: Bool {
        published == nil && groupVersionKind.group != "apiextensions.k8s.io"
            && Schema.kubernetes(groupVersionKind) != nil
    }
    /// Whether its objects are stored in this version.
    public var isStoredVersion: Bool { conversion?.isOfStoredVersion ?? true }

    /// Everything that is wrong with a new object that is ready to be written: metadata first, then what the kind asks
    /// (unless only the metadata is to be looked at).
    public func errors(creating object: JSON, onlyMetadata: Bool = false) -> [FieldError] {
        let errors = ObjectMetaRules.errors(creating: object, self) + (onlyMetadata ? [] : validate(object))
        return errors.isEmpty ? ObjectMetaRules.errors(inPathOf: object) : errors
    }
    /// Everything that is wrong with an object's update; `new` has the resourceVersion it is to replace.
    public func errors(updating new: JSON, from old: JSON, onlyMetadata: Bool = false) -> [FieldError] {
        ObjectMetaRules.errors(updating: new, from: old, self) + (onlyMetadata ? [] : validateUpdate(new, old))
    }
    /// Everything that is wrong with an update of an object's status.
    public func errors(updatingStatusOf new: JSON, from old: JSON) -> [FieldError] {
        ObjectMetaRules.errors(updating: new, from: old, self, ofStatus: true) + validateStatusUpdate(new, old)
    }
    /// Everything that is wrong with an update of one of an object's parts.
    public func errors(updating part: Part, of new: JSON, from old: JSON) -> [FieldError] {
        ObjectMetaRules.errors(updating: new, from: old, self, ofStatus: true) + part.validate(new, old)
    }
}

/// How objects of one version become those of the version that is stored, and back, with nothing lost on the way.
public struct VersionConversion: Sendable {
    /// A stored object as this version shows it.
    public var serve: @Sendable (JSON) -> JSON
    /// An object of this version as it is stored.
    public var store: @Sendable (JSON) -> JSON
    /// Whether this is the stored version, whose objects are completed when they are read.
    public var isOfStoredVersion: Bool
    public init(
        isOfStoredVersion: Bool = false, serve: @escaping @Sendable (JSON) -> JSON,
        store: @escaping @Sendable (JSON) -> JSON
    ) {
        self.isOfStoredVersion = isOfStoredVersion
        self.serve = serve
        self.store = store
    }
}
