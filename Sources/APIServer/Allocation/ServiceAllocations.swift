import APIMachinery
import KubeAPI
import Synchronization

/// Which cluster IPs and node ports are taken. The stored Services are the truth: this is derived from them at start and
/// kept in step by every write; a value is reserved before its Service is written, so no two Services ever get the same.
final class ServiceAllocations: Sendable {
    /// What one write took and gives up.
    struct Reservation: Sendable {
        fileprivate var taken = Values()
        fileprivate var freedOnCommit = Values()
    }
    struct Values: Sendable, Equatable {
        var addresses: Set<UInt32> = []
        var ports: Set<Int> = []
    }

    private let range: AddressRange
    private let ports: ClosedRange<Int>
    private let random: @Sendable () -> UInt64
    private let used = Mutex(Values())

    init(range: AddressRange, ports: ClosedRange<Int>, random: @escaping @Sendable () -> UInt64) {
        self.range = range
        self.ports = ports
        self.random = random
    }

    /// Starts from the Services that are stored.
    func load(_ services: [JSON]) {
        used.withLock { used in
            for service in services {
                let values = Self.values(of: service)
                used.addresses.formUnion(values.addresses)
                used.ports.formUnion(values.ports)
            }
        }
    }

    /// Fills in the addresses and ports that a Service needs and lacks, and takes those it names; nil for other kinds.
    /// Throws 422 for what cannot be had.
    func reserve(_ object: inout JSON, old: JSON?, _ resource: Resource) throws -> Reservation? {
        guard resource.groupResource == GroupResource(resource: "services") else { return nil }
        var request = ServiceRequest(object, old: old, range: range, ports: ports)
        let held: Values = old.map(Self.values) ?? Values()
        let (reservation, errors) = used.withLock { used -> (Reservation, [FieldError]) in
            var reservation = Reservation()
            let errors = request.fill(used: used, held: held, taken: &reservation.taken, random: random)
            guard errors.isEmpty else { return (Reservation(), errors) }
            used.addresses.formUnion(reservation.taken.addresses)
            used.ports.formUnion(reservation.taken.ports)
            return (reservation, [])
        }
        guard errors.isEmpty else {
            throw StatusError.invalid(resource.groupVersionKind, object["metadata", "name"]?.string ?? "", errors)
        }
        object = request.service
        let now = Self.values(of: object)
        var result = reservation
        result.freedOnCommit.addresses = held.addresses.subtracting(now.addresses)
        result.freedOnCommit.ports = held.ports.subtracting(now.ports)
        return result
    }

    /// The write happened.
    func commit(_ reservation: Reservation?) { reservation.map { free($0.freedOnCommit) } }
    /// The write did not happen.
    func release(_ reservation: Reservation?) { reservation.map { free($0.taken) } }
    /// An object is gone from the store.
    func removed(_ object: JSON, _ resource: Resource) {
        if resource.groupResource == GroupResource(resource: "services") { free(Self.values(of: object)) }
    }

    private func free(_ values: Values) {
        guard values != Values() else { return }
        used.withLock { used in
            used.addresses.subtract(values.addresses)
            used.ports.subtract(values.ports)
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
