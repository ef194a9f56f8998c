import APIMachinery
import KubeAPI

/// Keys of objects by a value that is read from each, such as the node of a pod.
struct ObjectIndex: Sendable {
    /// The values under which an object is found; none leaves it out.
    let values: @Sendable (JSON) -> [String]
    private var keys: [String: Set<ObjectKey>] = [:]

    init(_ values: @escaping @Sendable (JSON) -> [String]) { self.values = values }

    /// Every value under which something is found.
    var all: [String] { Array(keys.keys) }

    subscript(value: String) -> Set<ObjectKey> { keys[value] ?? [] }

    mutating func update(_ key: ObjectKey, old: JSON?, new: JSON?) {
        let before: [String] = old.map(values) ?? []
        let after: [String] = new.map(values) ?? []
        if before == after { return }
        for value in before where !after.contains(value) {
            keys[value]?.remove(key)
            if keys[value]?.isEmpty == true { keys[value] = nil }
        }
        for value in after { keys[value, default: []].insert(key) }
    }

    /// By the uid of the controller owner reference.
    static var controller: ObjectIndex {
        ObjectIndex { object in object.controller?["uid"]?.string.map { [$0] } ?? [] }
    }
    /// By spec.nodeName.
    static var node: ObjectIndex {
        ObjectIndex { object in
            let node = object["spec"]?["nodeName"]?.string ?? ""
            return node.isEmpty ? [] : [node]
        }
    }
}
