import APIMachinery
import KubeAPI

/// Carries out changes and remembers what the world must have seen before the key may be looked at again.
struct ChangeExecutor: Sendable {
    /// Something written that the world will see in a moment.
    enum Trace: Sendable {
        case revision(GroupResource, Int64)
        /// The object was deleted or told to go, or is not what we thought; it was at this revision when we looked.
        case departure(GroupResource, ObjectKey, Int64)
    }
    /// At most so many changes of a batch are under way at once.
    static let batchLimit = 64

    let api: any ClusterAPI
    let world: World
    /// Only these resources are followed by the world for this loop; nobody can wait for others.
    let followed: Set<GroupResource>
    let recorder: EventRecorder
    let again: @Sendable (Duration) -> Void
    private(set) var traces: [Trace] = []

    init(
        api: any ClusterAPI, world: World, followed: Set<GroupResource>, recorder: EventRecorder,
        again: @escaping @Sendable (Duration) -> Void
    ) {
        self.api = api
        self.world = world
        self.followed = followed
        self.recorder = recorder
        self.again = again
    }

    /// Throws the first failure.
    mutating func execute(_ changes: [Change]) async throws {
        for change in changes {
            switch change {
            case .note(let note): recorder.record(note)
            case .again(let delay): again(delay)
            case .batch(let batch): try await execute(batch)
            case .perform(_, let body): try await body()
            default:
                let (_, trace) = try await write(change)
                if let trace { traces.append(trace) }
            }
        }
    }

    /// Returns once the world has seen all that was written.
    func waitUntilSeen() async throws {
        for trace in traces {
            switch trace {
            case .revision(let resource, let revision):
                try await world.cache(resource).wait(untilRevision: revision)
            case .departure(let resource, let key, let revision):
                try await world.cache(resource).wait(until: key) { object in
                    object.map { $0.revision != revision || $0["metadata"]?["deletionTimestamp"] != nil } ?? true
                }
            }
        }
    }

    private mutating func execute(_ batch: Batch) async throws {
        var rest = batch.changes[...]
        var size = 1
        while !rest.isEmpty {
            let part = rest.prefix(min(size, Self.batchLimit))
            rest = rest.dropFirst(part.count)
            size *= 2
            var failure: StatusError?
            let frozen = self
            await withTaskGroup(of: (Change, Result<(JSON, Trace?), StatusError>).self) { group in
                for change in part {
                    group.addTask {
                        do { return (change, .success(try await frozen.write(change))) } catch {
                            return (change, .failure(error as? StatusError ?? .internalError("\(error)")))
                        }
                    }
                }
                for await (change, result) in group {
                    switch result {
                    case .success((let object, let trace)):
                        if let trace { traces.append(trace) }
                        if let note = batch.succeeded(change, object) { recorder.record(note) }
                    case .failure(let error): failure = failure ?? error
                    }
                }
            }
            if let failure {
                if !failure.saysNamespaceIsTerminating { try await execute(batch.failed(failure)) }
                throw failure
            }
        }
    }

    private func write(_ change: Change) async throws -> (JSON, Trace?) {
        switch change {
        case .create(let resource, let object):
            let new = try await api.create(resource, object)
            return (new, seen(resource, new))
        case .update(let resource, let object, let subresource):
            let new = try await api.update(resource, object, subresource: subresource)
            return (new, seen(resource, new))
        case .patch(let resource, let key, let kind, let patch, let subresource):
            let new = try await api.patch(resource, key, kind, patch, subresource: subresource)
            return (new, seen(resource, new))
        case .post(let resource, let key, let object, let subresource):
            let trace = departure(resource, key)
            return (
                try await api.create(resource, object, name: key.name, subresource: subresource), trace
            )
        case .delete(let resource, let key, let options):
            let trace = departure(resource, key)
            do {
                try await api.delete(resource, key, options)
            } catch let error as StatusError where error.code == 404 || error.reason == .conflict {
                // It is gone, or another has its name: what was to go is not there any more.
            }
            return (.null, trace)
        case .batch, .note, .again, .perform: return (.null, nil)
        }
    }
    private func seen(_ resource: GroupResource, _ object: JSON) -> Trace? {
        followed.contains(resource) ? .revision(resource, object.revision) : nil
    }
    private func departure(_ resource: GroupResource, _ key: ObjectKey) -> Trace? {
        guard followed.contains(resource), let object = world.cache(resource).get(key) else { return nil }
        return .departure(resource, key, object.revision)
    }
}

extension StatusError {
    /// Creating in a namespace that is being deleted: harmless, all will go.
    public var saysNamespaceIsTerminating: Bool {
        reason == .forbidden && causes.contains { $0.reason == "NamespaceTerminating" }
    }
}
