import APIMachinery
import KubeAPI

/// Carries out the changes of one turn, and remembers which had effect and what the world must have seen before the key
/// may be looked at again.
public struct ChangeExecutor: Sendable {
    /// Something written that the world will see in a moment.
    enum Trace: Sendable {
        case revision(GroupResource, Int64)
        /// The object was deleted or told to go, or is not what we thought; it was at this revision when we looked.
        case departure(GroupResource, ObjectKey, Int64)
    }
    /// What came of one change.
    private struct Written: Sendable {
        /// The object that came of it; null for a deletion.
        var object: JSON
        var trace: Trace?
        var hadEffect: Bool
    }
    /// At most so many changes of a batch are under way at once.
    static let batchLimit = 64
    /// A deletion that the world has not seen for so long is asked about at the server.
    static let departurePatience = Duration.seconds(5)

    private let context: LoopContext
    /// Nobody can wait for others.
    private let followed: Set<GroupResource>
    private let recorder: EventRecorder
    private var traces: [Trace] = []
    private var wrote: Set<Int64> = []
    private var again: Duration?
    private var hasWanted = false
    private var hadEffect = false

    /// `followed` are the resources that the world follows for the loop.
    public init(_ context: LoopContext, followed: some Sequence<GroupResource>, recorder: EventRecorder) {
        self.context = context
        self.followed = Set(followed)
        self.recorder = recorder
    }

    /// What the turn came to; without an outcome, by what had effect.
    public func turn(_ outcome: Turn.Outcome? = nil) -> Turn {
        Turn(outcome ?? (hadEffect ? .changed : hasWanted ? .fruitless : .idle), again: again, wrote: wrote)
    }

    /// Throws the first failure.
    public mutating func execute(_ changes: [Change]) async throws {
        for change in changes {
            switch change {
            case .note(let note): recorder.record(note)
            case .again(let delay): again = min(delay, again ?? delay)
            case .batch(let batch): try await execute(batch)
            case .perform(_, let body):
                hasWanted = true
                try await body()
                hadEffect = true
            default:
                hasWanted = true
                take(try await write(change))
            }
        }
    }

    private mutating func take(_ written: Written) {
        hadEffect = hadEffect || written.hadEffect
        guard let trace = written.trace else { return }
        traces.append(trace)
        switch trace {
        case .revision(_, let revision), .departure(_, _, let revision): wrote.insert(revision)
        }
    }

    private mutating func execute(_ batch: Batch) async throws {
        hasWanted = hasWanted || !batch.changes.isEmpty
        var rest = batch.changes[...]
        var size = 1
        while !rest.isEmpty {
            let part = rest.prefix(size)
            rest = rest.dropFirst(part.count)
            size = min(size * 2, Self.batchLimit)
            var failure: StatusError?
            let frozen = self
            await withTaskGroup(of: (Change, Result<Written, StatusError>).self) { group in
                for change in part {
                    group.addTask {
                        do { return (change, .success(try await frozen.write(change))) } catch {
                            return (change, .failure(error as? StatusError ?? .internalError("\(error)")))
                        }
                    }
                }
                for await (change, result) in group {
                    switch result {
                    case .success(let written):
                        take(written)
                        if let note = batch.succeeded(change, written.object) { recorder.record(note) }
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

    private func write(_ change: Change) async throws -> Written {
        switch change {
        case .create(let resource, let object):
            return seen(resource, try await context.api.create(resource, object), before: nil)
        case .update(let resource, let object, let subresource):
            let before = revision(resource, object.key) ?? object.revision
            return seen(
                resource, try await context.api.update(resource, object, subresource: subresource), before: before)
        case .patch(let resource, let key, let kind, let patch, let subresource):
            let before = revision(resource, key)
            let new = try await context.api.patch(resource, key, kind, patch, subresource: subresource)
            return seen(resource, new, before: before)
        case .post(let resource, let key, let object, let subresource):
            let trace = departure(resource, key)
            let answer = try await context.api.create(resource, object, name: key.name, subresource: subresource)
            return Written(object: answer, trace: trace, hadEffect: true)
        case .delete(let resource, let key, let options):
            let trace = departure(resource, key)
            do {
                try await context.api.delete(resource, key, options)
            } catch let error as StatusError where error.code == 404 {
                // It is gone.
            } catch let error as StatusError where error.reason == .conflict && options.resourceVersion == nil {
                // Another has its name: what was to go is not there any more.
            }
            // Whether it goes is seen when the world is waited for.
            return Written(object: .null, trace: trace, hadEffect: trace == nil)
        case .batch, .note, .again, .perform: return Written(object: .null, trace: nil, hadEffect: false)
        }
    }

    private func revision(_ resource: GroupResource, _ key: ObjectKey) -> Int64? {
        followed.contains(resource) ? context.world.cache(resource).get(key)?.revision : nil
    }
    /// A write that leaves an object at the revision at which we saw it has changed nothing.
    private func seen(_ resource: GroupResource, _ object: JSON, before: Int64?) -> Written {
        let revision = object.revision
        return Written(
            object: object, trace: followed.contains(resource) ? .revision(resource, revision) : nil,
            hadEffect: revision != before)
    }
    private func departure(_ resource: GroupResource, _ key: ObjectKey) -> Trace? {
        revision(resource, key).map { .departure(resource, key, $0) }
    }
}

// MARK: - Waiting

extension ChangeExecutor {
    /// Returns once the world has seen all that was written.
    public mutating func waitUntilSeen() async throws {
        for trace in traces {
            switch trace {
            case .revision(let resource, let revision):
                try await context.world.cache(resource).wait(untilRevision: revision)
            case .departure(let resource, let key, let revision):
                guard try await waitUntilDeparted(resource, key, revision) else { continue }
                hadEffect = true
                // Being marked has a revision, which is this turn's doing.
                if let marked = context.world.cache(resource).get(key)?.revision { wrote.insert(marked) }
            }
        }
    }

    /// Returns once the object is gone, other or marked; false if it stays as it was, at the server too.
    private func waitUntilDeparted(_ resource: GroupResource, _ key: ObjectKey, _ revision: Int64) async throws -> Bool
    {
        let cache = context.world.cache(resource)
        while true {
            if Self.hasDeparted(cache.get(key), revision) { return true }
            let isSeen = try await withThrowingTaskGroup(of: Bool.self) { [clock = context.clock] group in
                group.addTask {
                    try await cache.wait(until: key) { Self.hasDeparted($0, revision) }
                    return true
                }
                group.addTask {
                    try await clock.sleep(for: Self.departurePatience)
                    return false
                }
                defer { group.cancelAll() }
                return try await group.next() ?? false
            }
            if isSeen { return true }
            do {
                if !Self.hasDeparted(try await context.api.get(resource, key), revision) { return false }
            } catch let error as StatusError where error.code == 404 {
                // It is gone; the world is behind.
            }
        }
    }
    private static func hasDeparted(_ object: JSON?, _ revision: Int64) -> Bool {
        object.map { $0.revision != revision || $0.isBeingDeleted } ?? true
    }
}

extension StatusError {
    /// Creating in a namespace that is being deleted: harmless, all will go.
    public var saysNamespaceIsTerminating: Bool {
        reason == .forbidden && causes.contains { $0.reason == "NamespaceTerminating" }
    }
}
