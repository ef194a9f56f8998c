import APIMachinery
import Basics
import KubeAPI
import Kubelet

/// What a fleet wants done. Each but `unregister`, `event` and `look` is answered by a method of `Fleet`.
enum FleetOrder: Sendable {
    /// Answer with `registered`.
    case register(node: Int)
    /// The node's object goes.
    case unregister(node: Int)
    /// The Lease as it was written last; answer with `renewed`.
    case renewLease(node: Int, Lease?)
    /// Answer with `statusOfNodeWritten`.
    case writeNodeStatus(node: Int, Node)
    /// Answer with `statusWritten`, `statusOutdated`, `podIsGone` or `statusNotWritten`.
    case writeStatus(PodPlace, node: Int, Pod)
    /// Answer with `podRead`.
    case readPod(PodPlace, node: Int, ObjectKey)
    /// Answer with `happened`.
    case deletePod(PodPlace, node: Int, ObjectKey, uid: String)
    case event(node: Int, ObjectReference, isWarning: Bool, reason: String, message: String)
    /// Tell by `podChanged` how a pod is now.
    case look(ObjectKey)
}

/// A pod's place in the fleet; another pod in the same place later has another number.
struct PodPlace: Sendable, Hashable {
    var slot: Int
    var number: UInt64
}

/// All simulated nodes and their pods as one value: each event has a method that says what is to be done next.
struct Fleet: Sendable {
    enum Timer: Sendable {
        case pod(PodPlace)
        case heartbeat(Int)
        case status(Int)
        /// Tries again to be in the cluster.
        case registration(Int)
        /// Falls silent, or returns.
        case silence(Int)
    }
    private struct Slot: Sendable {
        var number: UInt64 = 0
        var pod: PlayedPod?
        /// The earliest instant at which the pod has a timer.
        var armedAt: Instant?

        /// Changes the pod where it is; nil if there is none.
        mutating func act(_ body: (inout PlayedPod) -> [PodCore.Order]) -> [PodCore.Order]? {
            guard pod != nil else { return nil }
            return body(&pod!)
        }
    }

    let stages: SimulationStages
    /// Where nodes and pods have their addresses.
    let network: ClusterNetwork
    var nodes: [PlayedNode]
    var timers = TimerQueue<Timer>()
    private let indexes: [String: Int]
    private var slots: [Slot] = []
    private var freeSlots: [Int] = []
    private var places: [ObjectKey: Int] = [:]
    private var lastNumber: UInt64 = 0
    /// Pods whose objects were deleted here, by uid, until the cluster shows it: what is seen of them until then is old.
    private var deleted: [ObjectKey: String] = [:]

    /// `network` has room for the nodes; those that are `unwanted` come when somebody asks for them.
    init(
        _ names: [String], _ stages: SimulationStages, network: ClusterNetwork, unwanted: Set<String> = []
    ) {
        self.stages = stages
        self.network = network
        nodes = names.enumerated().map { index, name in
            let chance = Chance(seed: stages.seed, of: name)
            return PlayedNode(
                name: name, index: index, hostIP: network.nodeAddress(ofNode: index).description,
                stage: stages.nodes.stages.first { $0.matches(name, chance.number("stage " + $0.name)) })
        }
        indexes = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        for name in unwanted { if let index = indexes[name] { nodes[index].standing = .unwanted } }
    }

    var podCount: Int { places.count }
    var nextDeadline: Instant? { timers.next }
    func index(ofNode name: String) -> Int? { indexes[name] }
    /// The pod of this key as the fleet plays it.
    func pod(_ key: ObjectKey) -> PlayedPod? { places[key].flatMap { slots[$0].pod } }

    // MARK: Time

    mutating func timePassed(at now: Instant) -> [FleetOrder] {
        var orders: [FleetOrder] = []
        while let timer = timers.take(at: now) {
            switch timer {
            case .pod(let place):
                guard slots[place.slot].number == place.number, let pod = slots[place.slot].pod else { continue }
                slots[place.slot].armedAt = nil
                // The returning node asks for all of its pods.
                if nodes[pod.node].isSilent { continue }
                orders += play(place.slot, now) { $0.due(at: now) }
            case .heartbeat(let index): orders += heartbeat(index, now)
            case .status(let index): orders += statusDue(index, now)
            case .registration(let index): orders += register(index)
            case .silence(let index): orders += silenceDue(index, now)
            }
        }
        return orders
    }

    // MARK: News of pods

    /// A pod as the cluster has it now; nil for one that is gone.
    mutating func podChanged(_ key: ObjectKey, _ pod: Pod?, at now: Instant) -> [FleetOrder] {
        var orders: [FleetOrder] = []
        if let uid = deleted[key] {
            if pod?.uid == uid { return [] }
            deleted[key] = nil
        }
        if let slot = places[key], let known = slots[slot].pod {
            if nodes[known.node].isSilent {
                nodes[known.node].missed.insert(key)
                return []
            }
            if let pod, pod.uid == known.pod.uid { return play(slot, now) { $0.changed(pod, at: now) } }
            orders = play(slot, now) { $0.gone(at: now) }
            // It ends at its own time; the key is its successor's.
            if places[key] == slot { places[key] = nil }
        }
        guard let pod, let index = indexes[pod.nodeName], !pod.isTerminal || pod.isBeingDeleted else { return orders }
        if nodes[index].isSilent {
            nodes[index].missed.insert(key)
            return orders
        }
        return orders + begin(pod, index, now)
    }

    private mutating func begin(_ pod: Pod, _ index: Int, _ now: Instant) -> [FleetOrder] {
        let requests = pod.isTerminal ? [:] : PodRequests(pod.json).amounts
        var orders: [FleetOrder] = []
        var state = PodState()
        let resumed = pod.isBeingDeleted && pod.isTerminal ? nil : PodState(resuming: pod)
        if let resumed {
            state = resumed
        } else if !pod.isBeingDeleted, let refusal = refusal(of: pod, requests, index) {
            state = PodState(refused: refusal)
            orders.append(
                .event(
                    node: index, pod.reference(), isWarning: true, reason: refusal.reason, message: refusal.message))
        }
        let usesNodeAddress = pod.json["spec", "hostNetwork"]?.bool == true
        let ordinal = usesNodeAddress ? nil : nodes[index].takeAddress(ordinal(of: resumed?.knownIP, index))
        let address = ordinal.flatMap { base(index)?.advanced(by: $0)?.description } ?? nodes[index].hostIP
        let played = PlayedPod(
            pod, state, PodPlay(pod, stages, address: address), node: index, ordinal: ordinal,
            hostIP: nodes[index].hostIP, requests: requests)
        let slot = freeSlots.popLast() ?? slots.count
        if slot == slots.count { slots.append(Slot()) }
        lastNumber += 1
        slots[slot] = Slot(number: lastNumber, pod: played)
        places[pod.key] = slot
        nodes[index].add(slot, requests)
        return orders + play(slot, now) { resumed == nil ? $0.begin(at: now) : $0.resume(at: now) }
    }

    private func refusal(of pod: Pod, _ requests: [String: Int], _ index: Int) -> PodAdmission.Refusal? {
        if nodes[index].fitsPlainly(pod, requests) { return nil }
        let others = nodes[index].pods.compactMap { slots[$0].pod?.pod }.filter { !$0.isTerminal }
        return PodAdmission(of: nodes[index].object, beside: others).refusal(pod)
    }
    private func base(_ index: Int) -> IPAddress? { network.podCIDR(ofNode: index)?.first }
    private func ordinal(of address: String?, _ index: Int) -> Int? {
        guard let address = address.flatMap({ IPAddress($0) }), let base = base(index), address > base else {
            return nil
        }
        return Int(clamping: address.value - base.value)
    }

    // MARK: Answers

    mutating func statusWritten(_ place: PodPlace, _ pod: Pod, at now: Instant) -> [FleetOrder] {
        answer(place, now) { $0.statusWritten(pod, at: now) }
    }
    mutating func statusOutdated(_ place: PodPlace, at now: Instant) -> [FleetOrder] {
        answer(place, now) { $0.statusOutdated(at: now) }
    }
    mutating func statusNotWritten(_ place: PodPlace, at now: Instant) -> [FleetOrder] {
        answer(place, now) { $0.statusNotWritten(at: now) }
    }
    mutating func podIsGone(_ place: PodPlace, at now: Instant) -> [FleetOrder] {
        answer(place, now) { $0.gone(at: now) }
    }
    mutating func podRead(_ place: PodPlace, _ pod: Pod?, at now: Instant) -> [FleetOrder] {
        answer(place, now) { $0.podRead(pod, at: now) }
    }
    mutating func happened(_ place: PodPlace, _ event: PodEvent, at now: Instant) -> [FleetOrder] {
        let pod = slots[place.slot].number == place.number ? slots[place.slot].pod?.pod : nil
        if event == .objectDeleted, let pod { deleted[pod.key] = pod.uid }
        return answer(place, now) { $0.happened(event, at: now) }
    }
    private mutating func answer(
        _ place: PodPlace, _ now: Instant, _ body: (inout PlayedPod) -> [PodCore.Order]
    ) -> [FleetOrder] {
        guard slots[place.slot].number == place.number else { return [] }
        return play(place.slot, now, body)
    }

    // MARK: A pod's turn

    /// Lets something happen to a pod, and turns what its core orders into orders of the fleet.
    mutating func play(
        _ slot: Int, _ now: Instant, _ body: (inout PlayedPod) -> [PodCore.Order]
    ) -> [FleetOrder] {
        guard slots[slot].pod != nil, var orders = slots[slot].act(body) else { return [] }
        var result: [FleetOrder] = []
        let place = PodPlace(slot: slot, number: slots[slot].number)
        while !orders.isEmpty {
            var more: [PodCore.Order] = []
            for order in orders {
                guard let pod = slots[slot].pod else { return result }
                switch order {
                case .end:
                    remove(slot)
                    return result
                case .writeStatus where nodes[pod.node].isSilent:
                    more += slots[slot].act { $0.statusNotWritten(at: now) } ?? []
                case .readPod where nodes[pod.node].isSilent:
                    more += slots[slot].act { $0.podRead(nil, at: now) } ?? []
                case .step(.deleteObject) where nodes[pod.node].isSilent:
                    more += slots[slot].act { $0.happened(.objectNotDeleted, at: now) } ?? []
                case .writeStatus(let new): result.append(.writeStatus(place, node: pod.node, new))
                case .readPod: result.append(.readPod(place, node: pod.node, pod.pod.key))
                case .step(.deleteObject):
                    result.append(.deletePod(place, node: pod.node, pod.pod.key, uid: pod.pod.uid))
                case .step(.event(let isWarning, let reason, let message, let container)):
                    let reference = pod.pod.reference(container: container)
                    result.append(
                        .event(node: pod.node, reference, isWarning: isWarning, reason: reason, message: message))
                case .step, .wake, .pause, .refreshVolumes: break
                }
            }
            orders = more
        }
        if slots[slot].pod?.isOver == true {
            remove(slot)
        } else if let deadline = slots[slot].pod?.nextDeadline, deadline < slots[slot].armedAt ?? .distantFuture {
            slots[slot].armedAt = deadline
            timers.add(.pod(place), at: deadline)
        }
        return result
    }

    private mutating func remove(_ slot: Int) {
        guard let pod = slots[slot].pod else { return }
        if places[pod.pod.key] == slot { places[pod.pod.key] = nil }
        nodes[pod.node].remove(slot, pod.requests, ordinal: pod.ordinal)
        slots[slot] = Slot()
        freeSlots.append(slot)
    }
}
