import APIMachinery
import Basics
import ControlLoops
@testable import ControllerManager
import KubeAPI
import LoopTestKit
import TestKit

/// A world that a script moves: what a reconciler wants is carried out in the caches at once, in the simplest way that is
/// right (names are counted, graceful deletion waits for the script), and told line by line.
final class WorldScript {
    let clock = ManualClock()
    let world: World
    let context: LoopContext
    private var revision: Int64 = 1
    private var made = 0

    init() {
        let cluster = TestCluster()
        world = World(cluster)
        context = LoopContext(world: world, api: cluster, clock: clock)
    }

    /// "name=value" words after a command; a word without a value is there with "".
    static func options(_ line: String) -> (words: [String], options: [String: String]) {
        var words: [String] = []
        var options: [String: String] = [:]
        for word in line.split(separator: " ").map(String.init) {
            let pair = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if pair.count == 2 { options[pair[0]] = pair[1] } else { words.append(word) }
        }
        return (words, options)
    }

    /// Puts an object into its cache, as a watch would.
    @discardableResult
    func put<T: Kind>(_ object: T) -> T {
        T(put(object.json, T.resource))
    }
    @discardableResult
    private func put(_ object: JSON, _ resource: GroupResource) -> JSON {
        revision += 1
        var object = object
        object["metadata", "resourceVersion"] = JSON(String(revision))
        if object["metadata", "uid"] == nil { object["metadata", "uid"] = JSON("u\(revision)") }
        if object["metadata", "creationTimestamp"] == nil {
            object["metadata", "creationTimestamp"] = JSON(clock.now.rfc3339)
        }
        world.cache(resource).apply([.modified(object)])
        return object
    }

    func edit<T: Kind>(_ type: T.Type, _ name: String, namespace: String = "default", _ change: (inout T) -> Void) {
        guard var object = world.get(T.self, ObjectKey(namespace: namespace, name: name)) else { return }
        change(&object)
        put(object)
        sweep(T.resource, object.key)
    }

    /// An object on its way out is gone once nothing holds it.
    private func sweep(_ resource: GroupResource, _ key: ObjectKey) {
        guard let object = world.cache(resource).get(key), object["metadata", "deletionTimestamp"] != nil,
            object["metadata", "finalizers"]?.isEmpty ?? true, object["status", "phase"]?.string != "Running"
        else { return }
        remove(resource, key)
    }
    func remove(_ resource: GroupResource, _ key: ObjectKey) {
        guard var object = world.cache(resource).get(key) else { return }
        revision += 1
        object["metadata", "resourceVersion"] = JSON(String(revision))
        world.cache(resource).apply([.deleted(object)])
    }

    /// Carries changes out and tells them, events as "event REASON: MESSAGE".
    func carryOut(_ changes: [Change]) -> [String] { changes.flatMap(carryOut) }

    private func carryOut(_ change: Change) -> [String] {
        switch change {
        case .create(let resource, let object): return [created(resource, object).line]
        case .update(let resource, let object, let subresource):
            put(object, resource)
            guard subresource == .status else { return ["update \(resource.resource) \(object.key.name)"] }
            return ["status \(object.key.name) \(Self.brief(object["status"] ?? .object))"]
        case .patch(let resource, let key, _, let patch, _):
            guard let object = world.cache(resource).get(key) else { return ["patch of nothing"] }
            guard let patched = try? MergePatch.apply(patch, to: object) else { return ["a patch that cannot be"] }
            put(patched, resource)
            sweep(resource, key)
            let fields = patch["metadata"]?.members.map(\.name).filter { $0 != "uid" && $0 != "resourceVersion" } ?? []
            let names = patch.members.map(\.name).filter { $0 != "metadata" } + fields
            return ["patch \(resource.resource) \(key.name) \(names.joined(separator: ","))"]
        case .delete(let resource, let key, let options):
            delete(resource, key)
            return ["delete \(resource.resource) \(key.name)\(options.propagation.map { " \($0.rawValue)" } ?? "")"]
        case .post(let resource, let key, _, let subresource):
            return ["\(subresource) \(resource.resource) \(key.name)"]
        case .batch(let batch):
            return batch.changes.flatMap { change -> [String] in
                guard case .create(let resource, let object) = change else {
                    return carryOut(change) + event(batch.succeeded(change, .null))
                }
                let made = created(resource, object)
                return [made.line] + event(batch.succeeded(change, made.object))
            }
        case .note(let note): return event(note)
        case .again(let delay): return ["again after \(delay)"]
        case .perform(let name, _): return ["perform \(name)"]
        }
    }

    private func event(_ note: EventNote?) -> [String] { note.map { ["event \($0.reason): \($0.message)"] } ?? [] }

    private func created(_ resource: GroupResource, _ object: JSON) -> (object: JSON, line: String) {
        var object = object
        if object["metadata", "name"]?.string?.isEmpty ?? true {
            made += 1
            object["metadata", "name"] = JSON("\(object["metadata", "generateName"]?.string ?? "")\(made)")
        }
        if resource == Pod.resource, object["status"] == nil { object["status"] = ["phase": "Pending"] }
        object = put(object, resource)
        return (object, "create \(resource.resource) \(object.key.name)")
    }

    /// A pod that runs is only marked: it ends when the script says so.
    private func delete(_ resource: GroupResource, _ key: ObjectKey) {
        guard var object = world.cache(resource).get(key) else { return }
        object["metadata", "deletionTimestamp"] = JSON(clock.now.rfc3339)
        put(object, resource)
        sweep(resource, key)
    }

    /// The members of a status that say something, in order.
    private static func brief(_ status: JSON) -> String {
        status.members.filter { $0.name != "conditions" && !$0.name.hasSuffix("Time") }.sorted { $0.name < $1.name }
            .filter { !$0.value.isEmptyObject }
            .map { "\($0.name)=\($0.value.string ?? $0.value.text)" }.joined(separator: " ")
    }

    func conditions(_ object: (some Kind)?) -> String {
        (object?.json["status", "conditions"]?.elements ?? []).map { condition in
            let words = ["type", "status", "reason", "message"].map { condition[$0]?.string ?? "" }
            return "\(words[0])=\(words[1]) \(words[2]): \(words[3])"
        }.joined(separator: "\n")
    }
}

extension JSON {
    fileprivate var isEmptyObject: Bool { isObject && isEmpty }
}
