import APIMachinery

/// What one Service needs of node ports, its health check's included, and how its spec reads once it has them. Ports
/// belong to a Service, whatever their protocols: two of its ports may have one node port.
struct NodePortRequest {
    private(set) var spec: JSON
    /// Newly taken, none of which another Service has.
    private(set) var taken: Set<Int> = []
    /// The stored Service's spec; nil for a new one.
    private let old: JSON?
    private let range: ClosedRange<Int>
    private let used: Set<Int>

    init(spec: JSON, old: JSON?, range: ClosedRange<Int>, used: Set<Int>) {
        self.spec = spec
        self.old = old
        self.range = range
        self.used = used
    }

    mutating func fill(_ random: () -> UInt64) throws(AllocationError) {
        keepFormer()
        if Self.mayHavePorts(spec) {
            if old == nil { try fillNew(random) } else { try fillChanged(random) }
        }
        if Self.needsHealthCheck(spec), !(old.map(Self.needsHealthCheck) ?? false) {
            try fillHealthCheck(random)
        }
    }

    // MARK: What a Service has and needs

    private static func mayHavePorts(_ spec: JSON) -> Bool {
        ["NodePort", "LoadBalancer"].contains(spec["type"]?.string ?? "")
    }
    /// Whether ports without a node port are given one.
    private static func allocates(_ spec: JSON) -> Bool {
        spec["type"]?.string == "NodePort"
            || spec["type"]?.string == "LoadBalancer"
                && spec["allocateLoadBalancerNodePorts"]?.bool != false
    }
    private static func needsHealthCheck(_ spec: JSON) -> Bool {
        spec["type"]?.string == "LoadBalancer" && spec["externalTrafficPolicy"]?.string == "Local"
    }
    private static func nodePorts(_ spec: JSON) -> Set<Int> {
        Set((spec["ports"]?.elements ?? []).map(nodePort).filter { $0 != 0 })
    }
    private static func nodePort(_ port: JSON) -> Int { port["nodePort"]?.int ?? 0 }

    // MARK: Steps

    /// An update that leaves out what the server has given out keeps it: ports by their names.
    private mutating func keepFormer() {
        guard let old else { return }
        if Self.allocates(old), Self.allocates(spec) {
            let shared = Self.nodePorts(old).intersection(Self.nodePorts(spec))
            var former: [String: Int] = [:]
            for port in old["ports"]?.elements ?? [] {
                former[port["name"]?.string ?? ""] = Self.nodePort(port)
            }
            eachPort { port, _ in
                guard Self.nodePort(port) == 0, let number = former[port["name"]?.string ?? ""],
                    number != 0,
                    !shared.contains(number)
                else { return }
                port["nodePort"] = JSON(number)
            }
        }
        if Self.needsHealthCheck(old), Self.needsHealthCheck(spec),
            spec["healthCheckNodePort"]?.int ?? 0 == 0
        {
            spec["healthCheckNodePort"] = old["healthCheckNodePort"]
        }
    }

    /// Ports of one number (53 by TCP and by UDP) share a node port, unless they name different ones.
    private mutating func fillNew(_ random: () -> UInt64) throws(AllocationError) {
        var byPort: [Int: Int] = [:]
        let allocates = Self.allocates(spec)
        let all = spec["ports"]?.elements ?? []
        var filled = all
        for (index, port) in all.enumerated() {
            let given = Self.nodePort(port)
            if given == 0, !allocates { continue }
            let number = port["port"]?.int ?? 0
            if let known = byPort[number] {
                if given == 0 { filled[index]["nodePort"] = JSON(known) }
                if given != 0, given != known { try take(given, index) }
                continue
            }
            let asked = all.lazy.filter { $0["port"]?.int ?? 0 == number }.map(Self.nodePort).first {
                $0 != 0
            }
            let nodePort: Int
            if let asked {
                try take(asked, index)
                nodePort = asked
            } else {
                nodePort = try takeAny(random)
            }
            byPort[number] = nodePort
            filled[index]["nodePort"] = JSON(nodePort)
        }
        if filled != all { spec["ports"] = JSON(filled) }
    }

    /// What the Service has is its own, by any of its ports; a port that lacks one gets one for itself.
    private mutating func fillChanged(_ random: () -> UInt64) throws(AllocationError) {
        let held = old.map(Self.nodePorts) ?? []
        let allocates = Self.allocates(spec)
        let all = spec["ports"]?.elements ?? []
        var filled = all
        for (index, port) in all.enumerated() {
            let given = Self.nodePort(port)
            if given != 0 {
                if !held.contains(given), !taken.contains(given) { try take(given, index) }
            } else if allocates {
                filled[index]["nodePort"] = JSON(try takeAny(random))
            }
        }
        if filled != all { spec["ports"] = JSON(filled) }
    }

    private mutating func fillHealthCheck(_ random: () -> UInt64) throws(AllocationError) {
        let asked = spec["healthCheckNodePort"]?.int ?? 0
        if asked != 0 {
            if let why = whyNot(asked) {
                throw .noneLeft("failed to allocate requested HealthCheck NodePort \(asked): \(why)")
            }
            taken.insert(asked)
        } else {
            guard let free = freePort(random) else {
                throw .noneLeft("failed to allocate a HealthCheck NodePort 0: range is full")
            }
            taken.insert(free)
            spec["healthCheckNodePort"] = JSON(free)
        }
    }

    private mutating func eachPort(_ change: (inout JSON, Int) -> Void) {
        let all = spec["ports"]?.elements ?? []
        var changed = all
        for index in changed.indices { change(&changed[index], index) }
        if changed != all { spec["ports"] = JSON(changed) }
    }

    // MARK: Taking

    private func whyNot(_ number: Int) -> String? {
        if !range.contains(number) {
            return "provided port is not in the valid range. The range of valid ports is "
                + "\(range.lowerBound)-\(range.upperBound)"
        }
        return used.contains(number) || taken.contains(number)
            ? "provided port is already allocated" : nil
    }

    private mutating func take(_ number: Int, _ index: Int) throws(AllocationError) {
        if let why = whyNot(number) {
            throw .invalid(
                .init(.invalid, "spec.ports[\(index)].nodePort", "Invalid value: \(number): \(why)"))
        }
        taken.insert(number)
    }

    private mutating func takeAny(_ random: () -> UInt64) throws(AllocationError) -> Int {
        guard let free = freePort(random) else {
            throw .noneLeft("failed to allocate a nodePort: range is full")
        }
        taken.insert(free)
        return free
    }

    /// From the upper part of the range first, for the lower one is left to those who name a port (KEP-3668).
    private func freePort(_ random: () -> UInt64) -> Int? {
        let first = range.lowerBound + min(86, range.count / 16)
        let count = range.upperBound - first + 1
        let start = Int(random() % UInt64(count))
        func isFree(_ number: Int) -> Bool { !used.contains(number) && !taken.contains(number) }
        for step in 0..<count {
            let candidate = first + (start + step) % count
            if isFree(candidate) { return candidate }
        }
        return (range.lowerBound..<first).first(where: isFree)
    }
}
