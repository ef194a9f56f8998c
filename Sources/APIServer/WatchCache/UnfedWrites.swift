/// What clients were told of and the feed has not brought yet, so that whoever wrote something reads it. As large as what
/// is on its way from the store.
struct UnfedWrites: Sendable {
    enum Found: Sendable {
        case written(StoredObject)
        case removed
    }
    private var writes: [String: (revision: Int64, found: Found)] = [:]

    var isEmpty: Bool { writes.isEmpty }

    /// The newest that was written of an object; nil when the feed has brought all of it.
    func find(_ key: String) -> Found? { writes.isEmpty ? nil : writes[key]?.found }

    /// The object that was written at this very revision.
    func written(_ key: String, at revision: Int64) -> StoredObject? {
        guard !writes.isEmpty, let write = writes[key], write.revision == revision,
            case .written(let object) = write.found
        else { return nil }
        return object
    }

    /// The same for all objects whose key begins so.
    func all(below prefix: String) -> [String: Found] {
        writes.isEmpty ? [:] : writes.filter { $0.key.hasPrefix(prefix) }.mapValues(\.found)
    }

    /// A client is about to be told of this (nil: it was removed); `fed` is how far the feed is.
    mutating func note(_ key: String, _ object: StoredObject?, revision: Int64, fed: Int64) {
        guard revision > fed, revision > writes[key]?.revision ?? 0 else { return }
        writes[key] = (revision, object.map { .written($0) } ?? .removed)
    }

    /// The feed has brought a change of the object.
    mutating func feed(_ key: String, revision: Int64) {
        if !writes.isEmpty, let written = writes[key], written.revision <= revision { writes[key] = nil }
    }

    /// Everything up to `revision` has been loaded.
    mutating func load(revision: Int64) { writes = writes.filter { $0.value.revision > revision } }
}
