import APIMachinery

/// What one Service needs of addresses and ports, and how its fields read once it has them.
struct ServiceRequest {
    private(set) var service: JSON
    private let old: JSON?
    private let range: AddressRange
    private let ports: ClosedRange<Int>

    /// The lower part of a range is left to those who name an address or port (KEP-3070, KEP-3668).
    private static let reservedLow = 16

    init(_ service: JSON, old: JSON?, range: AddressRange, ports: ClosedRange<Int>) {
        self.service = service
        self.old = old
        self.range = range
        self.ports = ports
    }

    /// Fills in the service; what is newly taken is added to `taken`.
    mutating func fill(
        used: ServiceAllocations.Values, held: ServiceAllocations.Values, taken: inout ServiceAllocations.Values,
        random: () -> UInt64
    ) -> [FieldError] {
        var spec: JSON = service["spec"] ?? .object
        let type = spec["type"]?.string ?? "ClusterIP"
        let oldType = old?["spec", "type"]?.string ?? (old == nil ? "" : "ClusterIP")
        var errors: [FieldError] = []
        if type == "ExternalName" {
            if !oldType.isEmpty, oldType != type {
                for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] { spec[field] = nil }
            }
        } else {
            errors += fillAddress(&spec, used, held, &taken, random)
        }
        let needsPorts =
            type == "NodePort" || (type == "LoadBalancer" && spec["allocateLoadBalancerNodePorts"]?.bool != false)
        errors += fillPorts(
            &spec, isNeeded: needsPorts, mayHave: type == "NodePort" || type == "LoadBalancer", used, held, &taken,
            random)
        service["spec"] = spec
        return errors
    }

    private func fillAddress(
        _ spec: inout JSON, _ used: ServiceAllocations.Values, _ held: ServiceAllocations.Values,
        _ taken: inout ServiceAllocations.Values, _ random: () -> UInt64
    ) -> [FieldError] {
        var address = spec["clusterIP"]?.string ?? ""
        if address.isEmpty, let first = spec["clusterIPs"]?.strings.first { address = first }
        if address.isEmpty, let kept = old?["spec", "clusterIP"]?.string { address = kept }
        if address.isEmpty {
            guard let free = freeAddress(used, random) else {
                return [.init(.internalError, "spec.clusterIPs", "failed to allocate a serviceIP: range is full")]
            }
            taken.addresses.insert(free)
            address = AddressRange.text(free)
        } else if address != "None" {
            let shown = "Invalid value: [\"\(address)\"]: failed to allocate IP \(address): "
            guard let number = AddressRange.number(address) else {
                return [
                    .init(
                        .invalid, "spec.clusterIPs[0]",
                        "Invalid value: \"\(address)\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")
                ]
            }
            if !held.addresses.contains(number) {
                guard range.contains(number), number != range.base else {
                    return [
                        .init(
                            .invalid, "spec.clusterIPs",
                            "\(shown)the provided network does not match the current range")
                    ]
                }
                guard !used.addresses.contains(number) else {
                    return [.init(.invalid, "spec.clusterIPs", "\(shown)provided IP is already allocated")]
                }
                taken.addresses.insert(number)
            }
        }
        spec["clusterIP"] = JSON(address)
        if (spec["clusterIPs"]?.elements ?? []).isEmpty || spec["clusterIPs"]?.strings.first != address {
            spec["clusterIPs"] = JSON([address])
        }
        if (spec["ipFamilies"]?.elements ?? []).isEmpty { spec["ipFamilies"] = ["IPv4"] }
        if spec["ipFamilyPolicy"] == nil { spec["ipFamilyPolicy"] = "SingleStack" }
        return []
    }

    private func freeAddress(_ used: ServiceAllocations.Values, _ random: () -> UInt64) -> UInt32? {
        let first = min(UInt32(256), max(UInt32(Self.reservedLow), range.size / 16))
        let count = range.size - 1 - first
        let start = UInt32(truncatingIfNeeded: random() % UInt64(count))
        for step in 0..<count {
            let candidate = range[first + (start + step) % count]
            if !used.addresses.contains(candidate) { return candidate }
        }
        return (1..<first).map { range[$0] }.first { !used.addresses.contains($0) }
    }

    private func fillPorts(
        _ spec: inout JSON, isNeeded: Bool, mayHave: Bool, _ used: ServiceAllocations.Values,
        _ held: ServiceAllocations.Values, _ taken: inout ServiceAllocations.Values, _ random: () -> UInt64
    ) -> [FieldError] {
        var elements: [JSON] = spec["ports"]?.elements ?? []
        let before: [JSON] = old?["spec", "ports"]?.elements ?? []
        var errors: [FieldError] = []
        for (index, port) in elements.enumerated() {
            var number = port["nodePort"]?.int ?? 0
            let field = "spec.ports[\(index)].nodePort"
            if !mayHave {
                // A type that has no node ports drops those its predecessor had; others are refused by validation.
                if number != 0, held.ports.contains(number) { elements[index]["nodePort"] = nil }
                continue
            }
            if number == 0 {
                guard isNeeded else { continue }
                number = before.first { Self.isSame($0, port) }?["nodePort"]?.int ?? 0
                if number == 0 || isTaken(number, by: elements) {
                    guard let free = freePort(used, taken, random) else {
                        errors.append(.init(.internalError, field, "failed to allocate a nodePort: range is full"))
                        continue
                    }
                    number = free
                    taken.ports.insert(number)
                }
                elements[index]["nodePort"] = JSON(number)
            } else if !held.ports.contains(number), !taken.ports.contains(number) {
                if !ports.contains(number) {
                    errors.append(
                        .init(
                            .invalid, field,
                            "Invalid value: \(number): provided port is not in the valid range. The range of valid ports is "
                                + "\(ports.lowerBound)-\(ports.upperBound)"))
                } else if used.ports.contains(number) {
                    errors.append(
                        .init(.invalid, field, "Invalid value: \(number): provided port is already allocated"))
                } else {
                    taken.ports.insert(number)
                }
            }
        }
        if !elements.isEmpty { spec["ports"] = JSON(elements) }
        return errors
    }

    private static func isSame(_ left: JSON, _ right: JSON) -> Bool {
        left["port"]?.int == right["port"]?.int
            && (left["protocol"]?.string ?? "TCP") == (right["protocol"]?.string ?? "TCP")
    }
    private func isTaken(_ number: Int, by elements: [JSON]) -> Bool {
        elements.contains { $0["nodePort"]?.int == number }
    }

    private func freePort(
        _ used: ServiceAllocations.Values, _ taken: ServiceAllocations.Values, _ random: () -> UInt64
    ) -> Int? {
        let first = ports.lowerBound + min(86, ports.count / 16)
        let count = ports.upperBound - first + 1
        let start = Int(random() % UInt64(count))
        for step in 0..<count {
            let candidate = first + (start + step) % count
            if !used.ports.contains(candidate), !taken.ports.contains(candidate) { return candidate }
        }
        return (ports.lowerBound..<first).first { !used.ports.contains($0) && !taken.ports.contains($0) }
    }
}
