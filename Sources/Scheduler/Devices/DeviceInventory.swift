import APIMachinery
import ControlLoops
import KubeAPI

/// All devices and who holds them, a value kept up by small steps. What was just allocated counts at once, before the
/// cluster shows it.
struct DeviceInventory {
    /// A claim whose allocation is being written.
    struct Assumed {
        var pod: ObjectKey
        var uid: String
        var devices: [DeviceID]
    }
    private var slices: [String: DeviceSlice] = [:]
    private var ofNode: [String: Set<String>] = [:]
    /// Slices that several nodes may use.
    private var shared: Set<String> = []
    private var ofPool: [PoolID: Set<String>] = [:]
    private var holdings: [ObjectKey: [DeviceID]] = [:]
    private var holders: [DeviceID: Int] = [:]
    private var assumed: [ObjectKey: Assumed] = [:]

    func isHeld(_ device: DeviceID) -> Bool { holders[device] != nil }
    /// Whether an allocation of this claim is under way.
    func isAllocating(_ claim: ObjectKey, _ uid: String) -> Bool { assumed[claim]?.uid == uid }

    // MARK: Steps

    mutating func update(slice name: String, _ object: JSON?) {
        if let old = slices.removeValue(forKey: name) {
            ofPool[old.pool]?.remove(name)
            if ofPool[old.pool]?.isEmpty == true { ofPool[old.pool] = nil }
            shared.remove(name)
            if case .node(let node) = old.place {
                ofNode[node]?.remove(name)
                if ofNode[node]?.isEmpty == true { ofNode[node] = nil }
            }
        }
        guard let object else { return }
        let slice = DeviceSlice(object)
        slices[name] = slice
        ofPool[slice.pool, default: []].insert(name)
        if case .node(let node) = slice.place, slice.sharedCounters.isEmpty {
            ofNode[node, default: []].insert(name)
        } else {
            shared.insert(name)
        }
    }

    mutating func update(claim key: ObjectKey, _ object: JSON?) {
        let allocation = object?["status", "allocation"]
        // It is shown now, or never will be.
        if let entry = assumed[key], allocation != nil || object?.uid != entry.uid { drop(key) }
        if let old = holdings.removeValue(forKey: key) { count(old, -1) }
        guard let allocation else { return }
        let devices = Self.devices(of: allocation)
        holdings[key] = devices
        count(devices, 1)
    }

    mutating func assume(_ claim: ObjectKey, _ uid: String, _ allocation: JSON, for pod: ObjectKey) {
        drop(claim)
        let entry = Assumed(pod: pod, uid: uid, devices: Self.devices(of: allocation))
        count(entry.devices, 1)
        assumed[claim] = entry
    }
    /// What was assumed for the pod was not written.
    mutating func forget(pod: ObjectKey) {
        if assumed.isEmpty { return }
        for (claim, entry) in assumed where entry.pod == pod { drop(claim) }
    }
    private mutating func drop(_ claim: ObjectKey) {
        if let entry = assumed.removeValue(forKey: claim) { count(entry.devices, -1) }
    }
    private mutating func count(_ devices: [DeviceID], _ number: Int) {
        for device in devices {
            let sum = (holders[device] ?? 0) + number
            holders[device] = sum > 0 ? sum : nil
        }
    }

    /// Those that an allocation takes; who only looks takes nothing.
    private static func devices(of allocation: JSON) -> [DeviceID] {
        (allocation["devices", "results"]?.elements ?? []).filter { $0["adminAccess"]?.bool != true }.map { result in
            DeviceID(
                driver: result["driver"]?.string ?? "", pool: result["pool"]?.string ?? "",
                name: result["device"]?.string ?? "")
        }
    }

    // MARK: Pools

    /// What a node may use, by driver and name.
    func pools(for node: NodeInfo) -> [DevicePool] {
        var found: [PoolID: [DeviceSlice]] = [:]
        for name in (ofNode[node.name] ?? []).union(shared) {
            guard let slice = slices[name], slice.isOf(node) else { continue }
            let newest = found[slice.pool]?.first?.generation ?? slice.generation
            if slice.generation > newest { found[slice.pool] = [] }
            if slice.generation >= newest { found[slice.pool, default: []].append(slice) }
        }
        return found.compactMap { id, mine in
            let all = (ofPool[id] ?? []).compactMap { slices[$0] }
            let generation = mine[0].generation
            // There is a newer one, of which the node has nothing.
            if all.contains(where: { $0.generation > generation }) { return nil }
            let current = all.filter { $0.generation == generation }
            return DevicePool(id, mine, all: current)
        }.sorted { ($0.id.driver, $0.id.name) < ($1.id.driver, $1.id.name) }
    }
}

/// A pool as one node sees it.
struct DevicePool {
    let id: PoolID
    /// Its driver is still publishing it.
    let isIncomplete: Bool
    /// It contradicts itself.
    let isInvalid: Bool
    /// Devices that the node may use.
    let devices: [Device]
    /// What is left of the pool's counters once devices in use have had theirs, by set and counter.
    private let shared: [String: [String: Quantity]]
    private let all: [Device]

    init(_ id: PoolID, _ slices: [DeviceSlice], all: [DeviceSlice]) {
        self.id = id
        isIncomplete = all.count != slices[0].siblings
        devices = isIncomplete ? [] : slices.sorted { $0.name < $1.name }.flatMap(\.devices)
        self.all = all.flatMap(\.devices)
        var shared: [String: [String: Quantity]] = [:]
        var isInvalid = Set(devices.map(\.id)).count != devices.count
        for (name, counters) in all.flatMap(\.sharedCounters) {
            if shared.updateValue(counters, forKey: name) != nil { isInvalid = true }
        }
        for device in self.all {
            for (set, counters) in device.counters where counters.keys.contains(where: { shared[set]?[$0] == nil }) {
                isInvalid = true
            }
        }
        self.shared = shared
        self.isInvalid = isInvalid && !isIncomplete
    }

    func freeCounters(_ isHeld: (DeviceID) -> Bool) -> [String: [String: Quantity]] {
        if shared.isEmpty { return shared }
        var free = shared
        for device in all where !device.counters.isEmpty && isHeld(device.id) { Self.take(device, from: &free) }
        return free
    }
    static func take(_ device: Device, from free: inout [String: [String: Quantity]]) {
        for (set, counters) in device.counters {
            for (name, amount) in counters {
                let left = free[set]?[name] ?? .zero
                free[set]?[name] = left - amount
            }
        }
    }
    static func give(_ device: Device, to free: inout [String: [String: Quantity]]) {
        for (set, counters) in device.counters {
            for (name, amount) in counters {
                let left = free[set]?[name] ?? .zero
                free[set]?[name] = left + amount
            }
        }
    }
    static func hasRoom(_ device: Device, in free: [String: [String: Quantity]]) -> Bool {
        device.counters.allSatisfy { set, counters in
            counters.allSatisfy { name, amount in !((free[set]?[name] ?? .zero) < amount) }
        }
    }
}
