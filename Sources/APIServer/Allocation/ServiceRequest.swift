import APIMachinery

/// Why a Service cannot have what it needs.
enum AllocationError: Error {
    case invalid(FieldError)
    /// Nothing is left to give, or what was asked for cannot be told by a field: a sentence.
    case noneLeft(String)
}

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

    /// Fills in the service and gives what it newly takes.
    mutating func fill(
        used: ServiceAllocations.Values, held: ServiceAllocations.Values, random: () -> UInt64
    ) throws(AllocationError) -> ServiceAllocations.Values {
        var taken = ServiceAllocations.Values()
        var spec: JSON = service["spec"] ?? .object
        let type = spec["type"]?.string ?? "ClusterIP"
        let oldType = old?["spec", "type"]?.string ?? (old == nil ? "" : "ClusterIP")
        if type == "ExternalName" {
            // For the rules to see what was asked for.
            if let address = spec["clusterIP"], address.string?.isEmpty == false, spec["clusterIPs"] == nil {
                spec["clusterIPs"] = JSON([address])
            }
            if !oldType.isEmpty, oldType != type {
                for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
                    spec[field] = nil
                }
            }
        } else if !isContradiction(&spec, isOfAddress: oldType != "ExternalName") {
            try checkFamilies(spec)
            try fillAddress(&spec, used, held, &taken, random)
        }
        var request = NodePortRequest(spec: spec, old: old?["spec"], range: ports, used: used.ports)
        try request.fill(random)
        taken.ports = request.taken
        service["spec"] = request.spec
        return taken
    }

    /// Whether the rules will refuse the addresses that are asked for, whatever is free.
    private func isContradiction(_ spec: inout JSON, isOfAddress: Bool) -> Bool {
        let (first, all) = (spec["clusterIP"]?.string ?? "", spec["clusterIPs"]?.strings ?? [])
        guard let old else {
            let families = all.compactMap { IPAddress($0)?.isIPv6 }
            return !all.isEmpty && (first != all[0] || families.count > 1 && Set(families).count == 1)
        }
        let kept = old["spec", "clusterIP"]?.string ?? ""
        guard isOfAddress, !kept.isEmpty, kept != "None", !first.isEmpty, first != kept else { return false }
        if all == old["spec", "clusterIPs"]?.strings ?? [] { spec["clusterIPs"] = JSON([first]) }
        return true
    }

    /// The cluster's addresses are of one family.
    private func checkFamilies(_ spec: JSON) throws(AllocationError) {
        guard old == nil, spec["clusterIP"]?.string != "None" else { return }
        if spec["ipFamilyPolicy"]?.string == "RequireDualStack" {
            throw .invalid(
                .init(
                    .invalid, "spec.ipFamilyPolicy",
                    "Invalid value: \"RequireDualStack\": this cluster is not configured for dual-stack services"))
        }
        if let index = spec["ipFamilies"]?.strings.firstIndex(of: "IPv6"), spec["ipFamilies"]?.count == 1 {
            throw .invalid(
                .init(
                    .invalid, "spec.ipFamilies[\(index)]",
                    "Invalid value: \"IPv6\": not configured on this cluster"))
        }
    }

    private func fillAddress(
        _ spec: inout JSON, _ used: ServiceAllocations.Values, _ held: ServiceAllocations.Values,
        _ taken: inout ServiceAllocations.Values, _ random: () -> UInt64
    ) throws(AllocationError) {
        var address = spec["clusterIP"]?.string ?? ""
        if address.isEmpty, let first = spec["clusterIPs"]?.strings.first { address = first }
        if address.isEmpty, let kept = old?["spec", "clusterIP"]?.string { address = kept }
        if address.isEmpty {
            guard let free = freeAddress(used, random) else {
                throw .noneLeft("failed to allocate a serviceIP: range is full")
            }
            taken.addresses.insert(free)
            address = AddressRange.text(free)
        } else if address != "None" {
            let shown = "Invalid value: [\"\(address)\"]: failed to allocate IP \(address): "
            guard let number = AddressRange.number(address) else {
                throw .invalid(
                    .init(
                        .invalid, "spec.clusterIPs[0]",
                        "Invalid value: \"\(address)\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
                    ))
            }
            if !held.addresses.contains(number) {
                guard range.contains(number), number != range.base else {
                    throw .invalid(
                        .init(
                            .invalid, "spec.clusterIPs",
                            "\(shown)the provided IP (\(address)) is not in the valid range. "
                                + "The range of valid IPs is \(range)"))
                }
                guard !used.addresses.contains(number) else {
                    throw .invalid(
                        .init(.invalid, "spec.clusterIPs", "\(shown)provided IP is already allocated"))
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
}
