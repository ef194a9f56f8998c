import APIMachinery
import KubeAPI

/// A device of the whole cluster.
struct DeviceID: Hashable, Sendable {
    var driver: String
    var pool: String
    var name: String
}

/// Where a device can be used.
enum DevicePlace: Sendable {
    case node(String)
    case everywhere
    case selected(NodeRequirement, selector: JSON)
    /// Each device says so itself.
    case perDevice
    case nowhere

    init(_ holder: JSON) {
        if let name = holder["nodeName"]?.string, !name.isEmpty {
            self = .node(name)
        } else if let selector = holder["nodeSelector"] {
            self = .selected(NodeRequirement(selector: selector), selector: selector)
        } else if holder["allNodes"]?.bool == true {
            self = .everywhere
        } else if holder["perDeviceNodeSelection"]?.bool == true {
            self = .perDevice
        } else {
            self = .nowhere
        }
    }
    func includes(_ node: NodeInfo) -> Bool {
        switch self {
        case .node(let name): name == node.name
        case .everywhere, .perDevice: true
        case .selected(let requirement, _): requirement.matches(node.name, node.labels)
        case .nowhere: false
        }
    }
}

/// One device of a slice, read once.
final class Device: Sendable {
    struct Taint: Sendable {
        var key: String
        var value: String
        var effect: String
    }
    let id: DeviceID
    let value: DeviceValue
    let attributes: JSON
    /// Those that keep claims away.
    let taints: [Taint]
    /// Which nodes its slice lets it be used on by itself.
    let place: DevicePlace
    /// Where it or its slice is.
    let whereabouts: DevicePlace
    /// How much of its pool's counters it takes, by set and counter.
    let counters: [String: [String: Quantity]]
    let bindsToNode: Bool
    /// Its driver says when it is ready, after the allocation; this is not waited for, so it is not given away.
    let needsBinding: Bool

    init(_ device: JSON, _ spec: JSON) {
        let driver = spec["driver"]?.string ?? ""
        id = DeviceID(
            driver: driver, pool: spec["pool", "name"]?.string ?? "", name: device["name"]?.string ?? "")
        value = DeviceValue(device, driver: driver)
        attributes = device["attributes"] ?? .object
        taints = (device["taints"]?.elements ?? []).map { taint in
            Taint(
                key: taint["key"]?.string ?? "", value: taint["value"]?.string ?? "",
                effect: taint["effect"]?.string ?? "")
        }.filter { $0.effect == "NoSchedule" || $0.effect == "NoExecute" }
        let isPerDevice = spec["perDeviceNodeSelection"]?.bool == true
        place = isPerDevice ? DevicePlace(device) : .everywhere
        whereabouts = DevicePlace(isPerDevice ? device : spec)
        var counters: [String: [String: Quantity]] = [:]
        for taken in device["consumesCounters"]?.elements ?? [] {
            counters[taken["counterSet"]?.string ?? ""] = DeviceSlice.quantities(taken["counters"])
        }
        self.counters = counters
        bindsToNode = device["bindsToNode"]?.bool == true
        needsBinding = device["bindingConditions"]?.isEmpty == false
    }

    /// The attribute of a full name, which may stand without its domain if that is the driver's.
    func attribute(_ name: String) -> JSON? {
        if let value = attributes[name] { return value }
        guard let slash = name.firstIndex(of: "/"), name[..<slash] == id.driver else { return nil }
        return attributes[String(name[name.index(after: slash)...])]
    }
}

/// A ResourceSlice, read once.
final class DeviceSlice: Sendable {
    let name: String
    let pool: PoolID
    let generation: Int
    /// How many slices its pool has.
    let siblings: Int
    let place: DevicePlace
    let devices: [Device]
    /// What devices of the pool share, by set and counter.
    let sharedCounters: [String: [String: Quantity]]

    init(_ slice: JSON) {
        let spec = slice["spec"] ?? .object
        name = slice.key.name
        pool = PoolID(driver: spec["driver"]?.string ?? "", name: spec["pool", "name"]?.string ?? "")
        generation = spec["pool", "generation"]?.int ?? 0
        siblings = spec["pool", "resourceSliceCount"]?.int ?? 0
        place = DevicePlace(spec)
        devices = (spec["devices"]?.elements ?? []).map { Device($0, spec) }
        var shared: [String: [String: Quantity]] = [:]
        for set in spec["sharedCounters"]?.elements ?? [] {
            shared[set["name"]?.string ?? ""] = Self.quantities(set["counters"])
        }
        sharedCounters = shared
    }

    fileprivate static func quantities(_ counters: JSON?) -> [String: Quantity] {
        var result: [String: Quantity] = [:]
        for counter in counters?.members ?? [] {
            result[counter.name] = (try? Quantity(counter.value["value"] ?? .null)) ?? .zero
        }
        return result
    }
    /// Whether a node can use any of it.
    func isOf(_ node: NodeInfo) -> Bool {
        if !sharedCounters.isEmpty { return true }
        if case .perDevice = place { return devices.contains { $0.place.includes(node) } }
        return place.includes(node)
    }
}

struct PoolID: Hashable, Sendable {
    var driver: String
    var name: String
}
