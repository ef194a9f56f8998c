import APIMachinery
import KubeAPI
import Synchronization

/// Which cluster IPs and node ports are taken. The stored Services are the truth: this is derived from them at start and
/// kept in step by every write; a value is reserved before its Service is written, so no two Services ever get the same.
final class ServiceAllocations: Sendable {
    /// What one write has taken, until it ends: by `commit` when the Service is written, else by `release`, or with the
    /// value itself when an error passes by. It ends once, for ending consumes it.
    struct Reservation: ~Copyable, Sendable {
        private let allocations: ServiceAllocations
        /// What the Service had and gives up by the write.
        private let former: Values
        /// What is free again when this ends.
        private var freedAtEnd: Values

        fileprivate init(_ allocations: ServiceAllocations, taken: Values = Values(), former: Values = Values()) {
            self.allocations = allocations
            self.former = former
            freedAtEnd = taken
        }
        deinit { allocations.free(freedAtEnd) }

        /// The write happened.
        consuming func commit() { freedAtEnd = former }
        /// The write did not happen.
        consuming func release() {}
        /// Nobody knows whether the write happened: what it took stays taken until `settleDoubts` has looked.
        consuming func keepTaken() {
            allocations.doubt(freedAtEnd)
            freedAtEnd = Values()
        }
    }
    struct Values: Sendable, Equatable {
        var addresses: Set<UInt32> = []
        var ports: Set<Int> = []
    }

    private struct State {
        var used = Values()
        /// Held by IPAddresses that are not the cluster's own: no Service gets them.
        var foreign: Set<UInt32> = []
        /// Taken by writes of which nobody knows whether they happened, and since when.
        var doubts: [(values: Values, since: Int64)] = []
    }
    /// So long after it began a write that is not to be seen did not happen. Kubernetes' repair waits as long.
    static let doubtNanoseconds: Int64 = 600 * 1_000_000_000

    private let range: AddressRange
    private let ports: ClosedRange<Int>
    private let random: @Sendable () -> UInt64
    private let uptime: @Sendable () -> Int64
    private let state = Mutex(State())

    init(
        range: AddressRange, ports: ClosedRange<Int>, random: @escaping @Sendable () -> UInt64,
        uptime: @escaping @Sendable () -> Int64
    ) {
        self.range = range
        self.ports = ports
        self.random = random
        self.uptime = uptime
    }

    /// Starts from the Services that are stored.
    func load(_ services: [JSON]) {
        let values = Self.values(of: services)
        state.withLock { state in
            state.used.addresses.formUnion(values.addresses)
            state.used.ports.formUnion(values.ports)
        }
    }

    /// IPAddresses under these keys (nil: all) have changed, by the feed or by an acknowledged write.
    func addressesChanged(_ cache: ResourceCache, _ keys: [String]?) {
        func isForeign(_ object: JSON) -> Bool {
            object["metadata", "labels"]?[IPAddresses.managerLabel]?.string != IPAddresses.manager
        }
        state.withLock { state in
            guard let keys else {
                state.foreign = []
                cache.snapshot(reached: 0).tree.forEach { object in
                    if let number = AddressRange.number(object.key), isForeign(object.json) {
                        state.foreign.insert(number)
                    }
                    return true
                }
                return
            }
            for key in keys {
                guard let number = AddressRange.number(key) else { continue }
                if let object = cache.newest(key)?.json, isForeign(object) {
                    state.foreign.insert(number)
                } else {
                    state.foreign.remove(number)
                }
            }
        }
    }

    /// Whether there is something for `settleDoubts`.
    var hasDoubts: Bool { state.withLock { !$0.doubts.isEmpty } }

    /// Gives back what writes of an unknown outcome took long ago and no stored Service has.
    func settleDoubts(stored services: [JSON]) {
        let held = Self.values(of: services)
        let old = uptime() - Self.doubtNanoseconds
        state.withLock { state in
            for doubt in state.doubts where doubt.since <= old {
                state.used.addresses.subtract(doubt.values.addresses.subtracting(held.addresses))
                state.used.ports.subtract(doubt.values.ports.subtracting(held.ports))
            }
            state.doubts.removeAll { $0.since <= old }
        }
    }
    private func doubt(_ values: Values) {
        guard values != Values() else { return }
        let since = uptime()
        state.withLock { $0.doubts.append((values, since)) }
    }

    /// Fills in the addresses and ports that a Service needs and lacks, and takes those it names; other kinds take
    /// nothing. Throws 422 for what cannot be had, and 500 when nothing is left, as Kubernetes
    /// does.
    func reserve(_ object: inout JSON, old: JSON?, _ resource: Resource) throws -> Reservation {
        guard resource.groupResource == GroupResource(resource: "services") else { return Reservation(self) }
        var request = ServiceRequest(object, old: old, range: range, ports: ports)
        let held: Values = old.map(Self.values) ?? Values()
        let taken: Values
        do throws(AllocationError) {
            taken = try state.withLock { state throws(AllocationError) in
                var used = state.used
                if !state.foreign.isEmpty { used.addresses.formUnion(state.foreign) }
                let taken = try request.fill(used: used, held: held, random: random)
                state.used.addresses.formUnion(taken.addresses)
                state.used.ports.formUnion(taken.ports)
                return taken
            }
        } catch {
            switch error {
            case .invalid(let fault):
                let name = object["metadata", "name"]?.string ?? ""
                throw StatusError.invalid(resource.groupVersionKind, name, [fault])
            case .noneLeft(let sentence): throw StatusError.internalError(sentence)
            }
        }
        object = request.service
        let now = Self.values(of: object)
        let former = Values(
            addresses: held.addresses.subtracting(now.addresses), ports: held.ports.subtracting(now.ports))
        return Reservation(self, taken: taken, former: former)
    }

    /// An object is gone from the store.
    func removed(_ object: JSON, _ resource: Resource) {
        if resource.groupResource == GroupResource(resource: "services") { free(Self.values(of: object)) }
    }

    private func free(_ values: Values) {
        guard values != Values() else { return }
        state.withLock { state in
            state.used.addresses.subtract(values.addresses)
            state.used.ports.subtract(values.ports)
            // The write was seen after all, and its Service is gone.
            for index in state.doubts.indices {
                state.doubts[index].values.addresses.subtract(values.addresses)
                state.doubts[index].values.ports.subtract(values.ports)
            }
        }
    }

    private static func values(of services: [JSON]) -> Values {
        services.reduce(into: Values()) { all, service in
            let values = values(of: service)
            all.addresses.formUnion(values.addresses)
            all.ports.formUnion(values.ports)
        }
    }
    static func values(of service: JSON) -> Values {
        let spec: JSON = service["spec"] ?? .object
        var values = Values()
        for address in (spec["clusterIPs"]?.strings ?? []) + [spec["clusterIP"]?.string ?? ""] {
            if let number = AddressRange.number(address) { values.addresses.insert(number) }
        }
        for port in spec["ports"]?.elements ?? [] {
            if let number = port["nodePort"]?.int, number != 0 { values.ports.insert(number) }
        }
        if let number = spec["healthCheckNodePort"]?.int, number != 0 { values.ports.insert(number) }
        return values
    }
}
