import APIMachinery
import Basics
import CustomResources
import KubeAPI
import Synchronization

/// Which definitions are served, and a signal for whoever looks after them.
final class DefinitionBook: Sendable {
    /// What a definition's kinds were made from, and the kinds.
    struct Entry: Sendable {
        let fingerprint: JSON
        let resources: [Resource]
    }
    private let entries = Mutex<[GroupResource: Entry]>([:])
    /// An element when definitions may have changed.
    let news: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init() { (news, signal) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    func ring() { signal.yield() }

    var served: [GroupResource: Entry] {
        get { entries.withLock { $0 } }
        set { entries.withLock { $0 = newValue } }
    }
}

extension ClusterServer {
    /// How long after a look that could not be finished, or while objects of a definition that goes are still there, it is
    /// looked again.
    private static let lookingAgain = Duration.milliseconds(200)
    /// So many objects of a kind that goes are deleted side by side.
    private static let deletions = 16

    /// Follows the definitions until the task is cancelled.
    func keepCustomKinds() async throws {
        for await _ in definitions.news where hasBootstrapped {
            do {
                if try await serveDefinitions() { continue }
            } catch let error as StatusError {
                log.debug("The definitions could not be seen to", metadata: ["error": "\(error)"])
            }
            try await surroundings.sleep(Self.lookingAgain)
            definitions.ring()
        }
    }

    /// Serves what the definitions say now, tells so in their status, and empties those that go. False if something is left
    /// to be done.
    @discardableResult func serveDefinitions() async throws -> Bool {
        let all = storedDefinitions()
        let now = surroundings.time
        var told: [JSON] = []
        var going: [JSON] = []
        var current: [JSON] = []
        // Each sees the names that those before it have been given in this turn.
        for (index, definition) in all.enumerated() {
            if definition["metadata", "deletionTimestamp"] != nil {
                going.append(definition)
                current.append(definition)
                continue
            }
            let updated = DefinitionStatus.updated(definition, among: current + all[(index + 1)...], now: now)
            if let updated { told.append(updated) }
            current.append(updated ?? definition)
        }
        try await serve(definitions: current)
        var isDone = true
        for definition in told {
            do {
                _ = try await ownClient.updateStatus(CustomResourceDefinitions.name, definition)
            } catch let error as StatusError where [404, 409].contains(error.code) {
                isDone = false
            }
        }
        for definition in going where try await !empty(definition, now) { isDone = false }
        return isDone
    }

    private func storedDefinitions() -> [JSON] {
        guard let cache = cache.cache(CustomResourceDefinitions.name) else { return [] }
        var stored: [JSON] = []
        cache.snapshot(reached: 0).tree.forEach { object in
            if let newest = cache.newest(object.key) { stored.append(newest.json) }
            return true
        }
        return stored.sorted { Self.age($0) < Self.age($1) }
    }
    /// Who came first has the better right to a name.
    private static func age(_ definition: JSON) -> (String, String) {
        (definition["metadata", "creationTimestamp"]?.string ?? "", definition["metadata", "name"]?.string ?? "")
    }

    /// Puts the definitions' kinds in the place of those that are served.
    private func serve(definitions all: [JSON]) async throws {
        let served = definitions.served
        var wanted: [GroupResource: DefinitionBook.Entry] = [:]
        for definition in all {
            let fingerprint: JSON = [
                "uid": definition["metadata", "uid"] ?? .null, "spec": definition["spec"] ?? .null,
                "names": definition["status", "acceptedNames"] ?? .null,
                "isGoing": JSON(definition["metadata", "deletionTimestamp"] != nil),
            ]
            let name = GroupResource(
                group: definition["spec", "group"]?.string ?? "",
                resource: definition["status", "acceptedNames", "plural"]?.string ?? "")
            // What is built in stays what it is.
            if ResourceRegistry.builtIn.resource(name) != nil || name == CustomResourceDefinitions.name { continue }
            if let entry = served[name], entry.fingerprint == fingerprint {
                wanted[name] = entry
                continue
            }
            let resources = CustomKind.resources(of: definition)
            if !resources.isEmpty {
                wanted[name] = DefinitionBook.Entry(fingerprint: fingerprint, resources: resources)
            }
        }
        let gone = served.keys.filter { wanted[$0] == nil }
        let changed = wanted.filter { served[$0.key]?.fingerprint != $0.value.fingerprint }
        if gone.isEmpty, changed.isEmpty { return }
        try await serve { registry in
            for name in gone { registry.remove(name) }
            for (name, entry) in changed {
                registry.remove(name)
                for resource in entry.resources { registry.put(resource) }
            }
        }
        definitions.served = wanted
    }

    // MARK: Going

    /// Deletes the objects of a definition that is to go, and then lets go of it. False while some are left.
    private func empty(_ definition: JSON, _ now: Instant) async throws -> Bool {
        guard definition["metadata", "finalizers"]?.strings.contains(CustomResourceDefinitions.cleanup) == true else {
            return true
        }
        let api = ownClient
        let name = GroupResource(
            group: definition["spec", "group"]?.string ?? "",
            resource: definition["status", "acceptedNames", "plural"]?.string ?? "")
        var definition = definition
        do {
            if let updated = DefinitionStatus.terminating(
                definition, "InstanceDeletionInProgress", "CustomResource deletion is in progress", now: now)
            {
                definition = try await api.updateStatus(CustomResourceDefinitions.name, updated)
            }
            if definitions.served[name] != nil, try await !deleteAll(name, api) { return false }
            var freed = definition
            let finalizers = (definition["metadata", "finalizers"]?.strings ?? []).filter {
                $0 != CustomResourceDefinitions.cleanup
            }
            freed["metadata", "finalizers"] = finalizers.isEmpty ? Optional<JSON>.none : JSON(finalizers)
            _ = try await api.update(CustomResourceDefinitions.name, freed)
            return true
        } catch let error as StatusError where [404, 409].contains(error.code) {
            return error.code == 404
        }
    }

    /// Whether nothing is left of a resource.
    private func deleteAll(_ name: GroupResource, _ api: LocalClient) async throws -> Bool {
        let objects = try await api.list(name, namespace: "", labelSelector: "", fieldSelector: "").items
        if objects.isEmpty { return true }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, object) in objects.enumerated() {
                if index >= Self.deletions { try await group.next() }
                // What is marked waits for its finalizers.
                if object["metadata", "deletionTimestamp"] != nil { continue }
                group.addTask {
                    do {
                        try await api.delete(name, object.key, DeletionOptions())
                    } catch let error as StatusError where error.code == 404 {
                        return
                    }
                }
            }
            try await group.waitForAll()
        }
        return false
    }
}
