import APIMachinery
import KubeAPI

/// The cluster for loops in this process: the same way in and the same pipeline, with values instead of bytes.
struct LocalClient: ClusterAPI {
    let server: ClusterServer
    let user: UserInfo
    /// What the caller calls itself.
    var agent = ""
    var isOwn = false
    /// The store's term in which the loop works, if it may only write as long as that lasts.
    var term: (@Sendable () -> UInt64?)?

    func get(_ resource: GroupResource, _ key: ObjectKey) async throws -> JSON {
        try await object(call(.get, resource, key.namespace, key.name))
    }

    func get(_ resource: GroupResource, _ key: ObjectKey, subresource: SubresourceName) async throws -> JSON {
        let call = try call(.get, resource, key.namespace, key.name, subresource)
        guard call.resource.subresources.contains(where: { $0.name == call.subresource }) else {
            throw ClusterServer.notServed
        }
        return try await object(call)
    }

    func list(
        _ resource: GroupResource, namespace: String, labelSelector: String, fieldSelector: String
    ) async throws -> ObjectList {
        var call = try call(.list, resource, namespace, "")
        call.query = Self.query(labelSelector, fieldSelector)
        call.attributes.fieldSelector = (try? FieldSelector(parsing: fieldSelector)) ?? .everything
        guard case .list(let list) = try await perform(&call) else { throw ClusterServer.notServed }
        return ObjectList(items: list.items.map(\.json), revision: list.revision)
    }

    func watch(
        _ resource: GroupResource, namespace: String, labelSelector: String, fieldSelector: String,
        from revision: Int64
    ) async throws -> any ClusterWatch {
        var call = try call(.watch, resource, namespace, "")
        call.query = Self.query(labelSelector, fieldSelector)
        call.attributes.fieldSelector = (try? FieldSelector(parsing: fieldSelector)) ?? .everything
        if revision > 0 { call.query["resourceVersion"] = String(revision) }
        call.query["allowWatchBookmarks"] = "true"
        guard case .watch(let reader) = try await perform(&call) else { throw ClusterServer.notServed }
        return LocalWatch(reader: reader, served: ServedForm(stored: resource))
    }

    func create(_ resource: GroupResource, _ object: JSON, name: String?, subresource: SubresourceName?) async throws
        -> JSON
    {
        let key = object.key
        var call = try call(.create, resource, key.namespace, name ?? "", subresource)
        call.body = .object(object, duplicateFields: [])
        return try await self.object(call)
    }

    func update(_ resource: GroupResource, _ object: JSON, subresource: SubresourceName?) async throws -> JSON {
        let key = object.key
        var call = try call(.update, resource, key.namespace, key.name, subresource)
        call.body = .object(object, duplicateFields: [])
        return try await self.object(call)
    }

    func patch(
        _ resource: GroupResource, _ key: ObjectKey, _ kind: PatchKind, _ patch: JSON, subresource: SubresourceName?
    ) async throws -> JSON {
        var call = try call(.patch, resource, key.namespace, key.name, subresource)
        call.body = .patch(kind, patch)
        return try await object(call)
    }

    func delete(_ resource: GroupResource, _ key: ObjectKey, _ options: DeletionOptions) async throws {
        var call = try call(.delete, resource, key.namespace, key.name)
        call.deleteOptions = options
        _ = try await perform(&call)
    }

    // MARK: Calls

    private func call(
        _ verb: Verb, _ name: GroupResource, _ namespace: String, _ object: String,
        _ subresource: SubresourceName? = nil
    ) throws -> Call {
        guard let resource = server.registry.resource(name) else { throw ClusterServer.notServed }
        let attributes = RequestAttributes(
            verb: verb, group: name.group, version: resource.groupVersionKind.version, resource: name.resource,
            subresource: subresource,
            namespace: resource.isNamespaced ? namespace : "", name: object, path: "",
            isResourceRequest: true)
        var call = Call(
            user: user, attributes: attributes, resource: resource, query: Query(), fieldValidation: .ignore)
        call.isOwn = isOwn
        call.isWarned = false
        call.userAgent = agent
        return call
    }

    private func perform(_ call: inout Call) async throws -> Outcome {
        let began = server.surroundings.uptime()
        var failure: (any Error)?
        defer { server.count(local: call, failure, nanoseconds: server.surroundings.uptime() - began) }
        do {
            guard let term = term?() else { return try await server.serve(&call) }
            return try await Storage.$term.withValue(term) { try await server.serve(&call) }
        } catch let error as CancellationError {
            failure = error
            throw error
        } catch {
            let status = ClusterServer.statusError(error, server.log)
            failure = status
            throw status
        }
    }

    private func object(_ call: Call) async throws -> JSON {
        var call = call
        switch try await perform(&call) {
        case .object(let result, _): return result.json
        case .success(let status, _): return status
        default: throw ClusterServer.notServed
        }
    }

    private static func query(_ labels: String, _ fields: String) -> Query {
        var query = Query()
        if !labels.isEmpty { query["labelSelector"] = labels }
        if !fields.isEmpty { query["fieldSelector"] = fields }
        return query
    }
}

/// A watch for a loop in this process.
private struct LocalWatch: ClusterWatch {
    let reader: WatchReader
    let served: ServedForm

    func next() async throws -> [WatchEvent]? {
        guard let pieces = await reader.next() else { return nil }
        var events: [WatchEvent] = []
        events.reserveCapacity(pieces.count)
        for piece in pieces {
            switch piece {
            case .initial(let object): events.append(.added(served.serve(object.json)))
            case .event(.added, let event): events.append(.added(served.serve(event.object.json)))
            case .event(.modified, let event): events.append(.modified(served.serve(event.object.json)))
            case .event(.deleted, let event): events.append(.deleted(served.serve(event.shown(as: .deleted).json)))
            case .text: break  // only for who polls
            case .bookmark(let revision, _): events.append(.bookmark(revision))
            case .failure(let error):
                if events.isEmpty { throw error }
                return events
            }
        }
        return events
    }
    func cancel() { reader.cancel() }
}
