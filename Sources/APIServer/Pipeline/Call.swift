import APIMachinery
import HTTPMessages
import KubeAPI

/// A request for an object or a collection, understood: what the pipeline works on, whether it came over HTTP or from a
/// loop in this process.
struct Call: Sendable {
    enum Body: Sendable {
        case none
        /// An object that was decoded already; names of members that came twice in its text.
        case object(JSON, duplicateFields: DuplicateFields)
        case patch(PatchKind, JSON)
    }

    var user: UserInfo
    var attributes: RequestAttributes
    var resource: Resource
    var query: Query
    var body: Body = .none
    var fieldValidation = FieldValidation.warn
    var isDryRun = false
    /// Whether the server itself makes the object: its own address may be one that validation refuses to clients.
    var isOwn = false
    /// Who tells which fields the writer owns: the write, or an apply that has told it already.
    enum Ownership: Sendable { case recorded, decided }
    var ownership = Ownership.recorded
    /// The writer's name in managedFields: as the query says, else as the client calls itself, else the user's.
    var userAgent = ""
    var manager: String {
        let asked = query.text("fieldManager")
        if !asked.isEmpty { return asked }
        let agent = userAgent.prefix { $0 != "/" && $0 != " " }
        return agent.isEmpty ? user.name : String(agent)
    }
    /// A deletion's options, where they are known as a value.
    var deleteOptions: DeletionOptions?
    /// Whether somebody reads warnings: a loop of this process does not.
    var isWarned = true
    /// Sentences for the Warning header.
    var warnings: [String] = []
    /// What admission tells the audit trail.
    var auditAnnotations: [String: String] = [:]

    var name: String { attributes.name }
    var namespace: String { attributes.namespace }
    var subresource: SubresourceName? { attributes.subresource }
    /// Whether the request is for whom it connects to, and not about an object.
    var isConnection: Bool { subresource?.isConnection == true }
    /// Watches, logs and upgrades last long and take no place among the requests in flight.
    var isLong: Bool { attributes.isLong }
    var groupResource: GroupResource { resource.groupResource }

    /// The key below the resource's prefix.
    var key: String { Self.key(resource, namespace: namespace, name: name) }

    static func key(_ resource: Resource, namespace: String, name: String) -> String {
        resource.isNamespaced ? "\(namespace)/\(name)" : name
    }
}

/// What a call gives, before anyone renders it.
enum Outcome: Sendable {
    case object(ObjectResult, created: Bool)
    case list(ListResult)
    case watch(WatchReader)
    /// A Status that tells of success.
    case success(JSON, code: Int)
    /// An answer that is not an object: a log, an upgrade.
    case answer(Answer)
}

/// One object: as it is stored, or as it would be (dry run, subresources).
enum ObjectResult: Sendable {
    case stored(StoredObject)
    case value(JSON)

    var json: JSON {
        switch self {
        case .stored(let object): object.json
        case .value(let json): json
        }
    }
    var text: [UInt8] {
        switch self {
        case .stored(let object): object.text
        case .value(let json): json.bytes
        }
    }
}

/// A list as of one revision.
struct ListResult: Sendable {
    var items: [StoredObject]
    var revision: Int64
    /// The token for the next page; empty at the end.
    var continueToken = ""
    var remainingItemCount: Int?

    /// The same with its items as the resource shows them.
    func served(_ resource: Resource) -> ListResult {
        let form = ServedForm(resource)
        if form.isAsStored { return self }
        var list = self
        list.items = items.map { form.serve($0) }
        return list
    }
}
