import APIMachinery
import KubeAPI

/// Looks for devices on one node for all claims of a pod at once, trying one after the other and stepping back.
struct DeviceSearch {
    /// So many devices one allocation has at most (AllocationResultsMaxSize).
    static let resultLimit = 32
    /// So many steps one search takes at most; Kubernetes has ten seconds instead.
    static let stepLimit = 100_000

    struct Taken {
        let device: Device
        let demand: DeviceDemand
    }
    private enum Stop: Error {
        /// The claim would have too many devices.
        case full
        case failed(DeviceSearchFailure)
    }
    private struct Place {
        var claim = 0
        var request = 0
        var alternative = 0
        /// How many devices the request has already.
        var count = 0
        /// Where in the list of devices to go on.
        var start = 0
    }
    private let plans: [DeviceClaimPlan]
    private let pools: [DevicePool]
    private let node: NodeInfo
    private let inventory: DeviceInventory
    /// Devices of complete pools, with their pool's number.
    private let devices: [(device: Device, pool: Int)]
    private var free: [[String: [String: Quantity]]]
    private var taken: [[Taken]]
    /// By claim and request, which alternative it is.
    private var chosen: [[Int]]
    private var inUse: [DeviceID: Int] = [:]
    private var steps = 0
    private var matches: [String: Bool] = [:]

    init(_ plans: [DeviceClaimPlan], on node: NodeInfo, _ inventory: DeviceInventory) {
        self.plans = plans
        self.node = node
        self.inventory = inventory
        pools = inventory.pools(for: node)
        free = pools.map { $0.freeCounters(inventory.isHeld) }
        devices = pools.enumerated().flatMap { number, pool in
            pool.isIncomplete || pool.isInvalid ? [] : pool.devices.map { ($0, number) }
        }
        taken = plans.map { _ in [] }
        chosen = plans.map { $0.requests.map { _ in 0 } }
    }

    /// The allocations, in the order of the claims; nil if they cannot all be had.
    mutating func allocations() throws(DeviceSearchFailure) -> [JSON]? {
        for plan in plans {
            for demand in plan.requests.flatMap(\.alternatives) where demand.count == nil {
                for pool in pools where pool.isIncomplete || pool.isInvalid {
                    let state = pool.isIncomplete ? "currently being updated" : "currently invalid"
                    throw DeviceSearchFailure(
                        "claim \(plan.name), request \(demand.ownName): asks for all devices, but resource pool "
                            + "\(pool.id.driver)/\(pool.id.name) is \(state)")
                }
            }
        }
        do throws(Stop) {
            guard try next(Place()) else {
                if pools.contains(where: \.isInvalid) {
                    throw Stop.failed(DeviceSearchFailure("invalid resource pools were encountered"))
                }
                return nil
            }
        } catch {
            if case .failed(let failure) = error { throw failure }
            return nil
        }
        return plans.indices.map { allocation(of: $0) }
    }

    // MARK: The search

    private mutating func next(_ place: Place) throws(Stop) -> Bool {
        steps += 1
        if steps > Self.stepLimit {
            throw .failed(DeviceSearchFailure("node \(node.name): timed out trying to allocate devices"))
        }
        if place.claim == plans.count { return true }
        let plan = plans[place.claim]
        if place.request == plan.requests.count {
            do throws(Stop) { return try next(Place(claim: place.claim + 1)) } catch {
                if case .full = error { return false }
                throw error
            }
        }
        let request = plan.requests[place.request]
        var areAllFull = true
        for index in request.alternatives.indices {
            do throws(Stop) {
                chosen[place.claim][place.request] = index
                if try fill(Place(claim: place.claim, request: place.request, alternative: index)) {
                    chosen[place.claim][place.request] = index
                    return true
                }
                areAllFull = false
            } catch {
                guard case .full = error else { throw error }
            }
        }
        if areAllFull { throw .full }
        return false
    }

    /// Takes one more device for a request, and then all that follows.
    private mutating func fill(_ place: Place) throws(Stop) -> Bool {
        let demand = plans[place.claim].requests[place.request].alternatives[place.alternative]
        guard let count = demand.count else { return try fillAll(place, demand) }
        if place.count >= count {
            return try next(Place(claim: place.claim, request: place.request + 1))
        }
        if taken[place.claim].count + count - place.count > Self.resultLimit { throw .full }
        for index in place.start..<max(place.start, devices.count) {
            steps += 1
            if steps > Self.stepLimit {
                throw .failed(DeviceSearchFailure("node \(node.name): timed out trying to allocate devices"))
            }
            let (device, pool) = devices[index]
            guard isFree(device, demand, place.claim), try selects(demand, device),
                take(device, pool, demand, place.claim)
            else { continue }
            var after = place
            after.count += 1
            after.start = index + 1
            if try fill(after) { return true }
            giveBack(device, pool, demand, place.claim)
        }
        return false
    }

    /// All devices that are meant, or none.
    private mutating func fillAll(_ place: Place, _ demand: DeviceDemand) throws(Stop) -> Bool {
        var all: [(device: Device, pool: Int)] = []
        for (device, pool) in devices where try selects(demand, device) { all.append((device, pool)) }
        if all.isEmpty { return false }
        if taken[place.claim].count + all.count > Self.resultLimit { throw .full }
        var mine: [(device: Device, pool: Int)] = []
        var isDone = true
        for (device, pool) in all {
            isDone = isFree(device, demand, place.claim) && take(device, pool, demand, place.claim)
            if !isDone { break }
            mine.append((device, pool))
        }
        if isDone, try next(Place(claim: place.claim, request: place.request + 1)) { return true }
        for (device, pool) in mine.reversed() { giveBack(device, pool, demand, place.claim) }
        return false
    }

    private func isFree(_ device: Device, _ demand: DeviceDemand, _ claim: Int) -> Bool {
        if demand.hasAdminAccess { return !taken[claim].contains { $0.device.id == device.id } }
        return inUse[device.id] == nil && !inventory.isHeld(device.id)
    }

    private mutating func selects(_ demand: DeviceDemand, _ device: Device) throws(Stop) -> Bool {
        if device.needsBinding || !device.place.includes(node) { return false }
        let key = "\(demand.name) \(device.id.driver)/\(device.id.pool)/\(device.id.name)"
        if plans.count == 1, let known = matches[key] { return known }
        do throws(DeviceSearchFailure) {
            let isMatch = try demand.selects(device)
            matches[key] = isMatch
            return isMatch
        } catch { throw .failed(error) }
    }

    private mutating func take(_ device: Device, _ pool: Int, _ demand: DeviceDemand, _ claim: Int) -> Bool {
        guard demand.tolerates(device), DevicePool.hasRoom(device, in: free[pool]),
            plans[claim].constraints.allSatisfy({ $0.allows(device, for: demand, beside: taken[claim]) })
        else { return false }
        DevicePool.take(device, from: &free[pool])
        taken[claim].append(Taken(device: device, demand: demand))
        inUse[device.id, default: 0] += 1
        return true
    }
    private mutating func giveBack(_ device: Device, _ pool: Int, _ demand: DeviceDemand, _ claim: Int) {
        DevicePool.give(device, to: &free[pool])
        taken[claim].removeLast()
        inUse.drop(device.id)
    }

    // MARK: What came of it (resource.k8s.io/v1 AllocationResult)

    private func allocation(of claim: Int) -> JSON {
        let plan = plans[claim]
        var devices: JSON = ["results": JSON(taken[claim].map(Self.result))]
        let configuration = configuration(of: claim)
        if !configuration.isEmpty { devices["config"] = JSON(configuration) }
        var allocation: JSON = ["devices": devices]
        if let selector = nodeSelector(plan, claim) { allocation["nodeSelector"] = selector }
        return allocation
    }

    private static func result(_ taken: Taken) -> JSON {
        let id = taken.device.id
        var result: JSON = [
            "request": JSON(taken.demand.name), "driver": JSON(id.driver), "pool": JSON(id.pool),
            "device": JSON(id.name),
        ]
        if taken.demand.hasAdminAccess { result["adminAccess"] = true }
        if let tolerations = taken.demand.tolerationList { result["tolerations"] = tolerations }
        return result
    }

    /// First what classes say, then what the claim says.
    private func configuration(of claim: Int) -> [JSON] {
        let plan = plans[claim]
        let demands = plan.requests.indices.map { plan.requests[$0].alternatives[chosen[claim][$0]] }
        var list: [JSON] = []
        var classes: [String] = []
        for demand in demands where !classes.contains(demand.deviceClass.key.name) {
            let name = demand.deviceClass.key.name
            classes.append(name)
            let names = demands.filter { $0.deviceClass.key.name == name }.map(\.name)
            for configuration in demand.deviceClass["spec", "config"]?.elements ?? [] {
                var entry = configuration
                entry["source"] = "FromClass"
                entry["requests"] = JSON(names)
                list.append(entry)
            }
        }
        for configuration in plan.claim["spec", "devices", "config"]?.elements ?? [] {
            let names = configuration["requests"]?.strings ?? []
            let isUsed =
                names.isEmpty
                || zip(plan.requests, demands).contains { names.contains($0.name) || names.contains($1.name) }
            if !isUsed { continue }
            var entry = configuration
            entry["source"] = "FromClaim"
            list.append(entry)
        }
        return list
    }

    /// Where the devices can be used; nil is everywhere.
    private func nodeSelector(_ plan: DeviceClaimPlan, _ claim: Int) -> JSON? {
        var term: JSON = .object
        for taken in taken[claim] {
            let place = taken.device.whereabouts
            if case .node = place { return Self.onlyNode(node.name) }
            if taken.device.bindsToNode { return Self.onlyNode(node.name) }
            guard case .selected(_, let selector) = place, let first = selector["nodeSelectorTerms"]?.elements.first
            else { continue }
            for field in ["matchFields", "matchExpressions"] {
                var list = term[field]?.elements ?? []
                for requirement in first[field]?.elements ?? [] where !list.contains(requirement) {
                    list.append(requirement)
                }
                if !list.isEmpty { term[field] = JSON(list) }
            }
        }
        return term.isEmpty ? nil : ["nodeSelectorTerms": [term]]
    }
    private static func onlyNode(_ name: String) -> JSON {
        [
            "nodeSelectorTerms": [
                ["matchFields": [["key": "metadata.name", "operator": "In", "values": [JSON(name)]]]]
            ]
        ]
    }
}
