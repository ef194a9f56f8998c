import APIMachinery
import Synchronization

/// Which resource has which cache. Readers take the present version, whose parts never change; the feed and whoever adds a
/// cache agree here on who brings a change to a cache that is being filled.
final class CacheTable: Sendable {
    final class Version: Sendable {
        /// By the prefix of their keys in the store.
        let caches: [String: ResourceCache]
        /// By the resource that is asked for: two may be served from one cache.
        let byResource: [GroupResource: ResourceCache]

        init(_ caches: [String: ResourceCache] = [:], _ resources: [GroupResource] = []) {
            self.caches = caches
            byResource = Dictionary(
                resources.compactMap { resource in caches[StoredForm.prefix(resource)].map { (resource, $0) } },
                uniquingKeysWith: { first, _ in first })
        }

        /// Splits `/registry/[group/]resource/` from `[namespace/]name`; nil for keys of no resource here.
        func place(_ bytes: [UInt8]) -> (prefix: String, key: String)? {
            let slash = UInt8(ascii: "/")
            guard bytes.count > StoredForm.root.utf8.count,
                let first = bytes[StoredForm.root.utf8.count...].firstIndex(of: slash)
            else { return nil }
            let short = String(decoding: bytes[...first], as: UTF8.self)
            if caches[short] != nil { return (short, String(decoding: bytes[(first + 1)...], as: UTF8.self)) }
            guard let second = bytes[(first + 1)...].firstIndex(of: slash) else { return nil }
            let long = String(decoding: bytes[...second], as: UTF8.self)
            guard caches[long] != nil else { return nil }
            return (long, String(decoding: bytes[(second + 1)...], as: UTF8.self))
        }
    }
    private struct State {
        var current = Version()
        /// What the feed has brought for caches that are being filled, by their prefix.
        var arrived: [String: [ResourceCache.Change]] = [:]
    }
    private let state = Mutex(State())

    var current: Version { state.withLock { $0.current } }

    /// Puts these in the place of all that are there.
    func replace(_ caches: [String: ResourceCache], _ resources: [GroupResource]) {
        let version = Version(caches, resources)
        state.withLock { $0.current = version }
    }

    /// Adds a cache that is yet to be filled: from now on the feed's changes are kept for it.
    func add(_ cache: ResourceCache, prefix: String) {
        state.withLock { state in
            var caches = state.current.caches
            caches[prefix] = cache
            state.current = Version(caches, Array(state.current.byResource.keys))
            state.arrived[prefix] = []
        }
    }

    /// Whether the changes wait until their cache is filled.
    func keeps(_ changes: [ResourceCache.Change], for prefix: String) -> Bool {
        state.withLock { state in
            guard !state.arrived.isEmpty, state.arrived[prefix] != nil else { return false }
            state.arrived[prefix]?.append(contentsOf: changes)
            return true
        }
    }

    /// Fills a cache with these objects, all as of `revision`, and with what has come since; from now on the feed brings
    /// its changes to it.
    func fill(_ prefix: String, _ objects: [StoredObject], revision: Int64) {
        state.withLock { state in
            let changes = state.arrived.removeValue(forKey: prefix) ?? []
            state.current.caches[prefix]?.load(objects, revision: revision)
            state.current.caches[prefix]?.apply(changes)
        }
    }

    /// Leaves out a cache that could not be filled.
    func abandon(_ prefix: String) {
        state.withLock { state in
            state.arrived[prefix] = nil
            var caches = state.current.caches
            caches[prefix] = nil
            state.current = Version(caches, Array(state.current.byResource.keys))
        }
    }

    /// Serves exactly these resources from the caches that are there; gives the caches that nobody asks for any longer.
    func serve(_ resources: [GroupResource]) -> [ResourceCache] {
        let wanted = Set(resources.map { StoredForm.prefix($0) })
        return state.withLock { state in
            let unwanted = state.current.caches.filter { !wanted.contains($0.key) }
            for prefix in unwanted.keys { state.arrived[prefix] = nil }
            state.current = Version(state.current.caches.filter { wanted.contains($0.key) }, resources)
            return Array(unwanted.values)
        }
    }
}
