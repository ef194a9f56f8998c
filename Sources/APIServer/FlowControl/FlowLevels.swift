import APIMachinery
import KubeAPI

/// All priority levels and their requests, as a value: how the server's seats are shared among levels, and who borrows whose.
///
/// A level has its nominal share. Of that it keeps at least what it does not lend; what is left over anywhere may be borrowed,
/// up to the borrower's limit, until it is wanted back: a lender waits for requests that run to end, and for nothing else.
struct FlowLevels: Sendable {
    /// What a PriorityLevelConfiguration says.
    struct Configuration: Sendable, Equatable {
        var name: String
        var uid: String
        var isExempt = false
        var shares = 0
        var lendablePercent = 0
        var borrowingLimitPercent: Int?
        var shape = FairQueues.Shape()

        init(_ level: JSON) {
            name = level["metadata", "name"]?.string ?? ""
            uid = level.uid
            let spec = level["spec"] ?? .object
            isExempt = spec["type"]?.string == "Exempt"
            let part = spec[isExempt ? "exempt" : "limited"] ?? .object
            shares = part["nominalConcurrencyShares"]?.int ?? (isExempt ? 0 : 30)
            lendablePercent = part["lendablePercent"]?.int ?? 0
            borrowingLimitPercent = part["borrowingLimitPercent"]?.int
            if let queuing = part["limitResponse", "queuing"], part["limitResponse", "type"]?.string == "Queue" {
                shape = FairQueues.Shape(
                    queueCount: min(queuing["queues"]?.int ?? 64, Self.mostQueues),
                    handSize: min(queuing["handSize"]?.int ?? 8, Self.largestHand),
                    lengthLimit: queuing["queueLengthLimit"]?.int ?? 50)
            }
        }
        /// What is configured beyond these is not made; flows then share queues sooner.
        static let mostQueues = 4096
        static let largestHand = 64
    }

    /// The seats of a level, in force.
    struct Limits: Sendable, Equatable {
        var nominal = 0
        /// What no other level gets.
        var least = 0
        var most = 0
    }

    private struct Level: Sendable {
        var configuration: Configuration
        var limits = Limits()
        var queues: FairQueues
    }

    /// All that may run at once, exempt requests aside.
    let seats: Int
    /// By name, in order, so that what waits is looked at in turn.
    private var levels: [Level] = []
    private var places: [String: Int] = [:]
    private var turn = 0
    private var seatsInUse = 0
    /// How many wait, of all levels: while nobody does, nobody is looked for when a request ends.
    private var waitingCount = 0

    init(seats: Int) { self.seats = max(1, seats) }

    // MARK: Configuration

    /// Takes what is configured now. A level that is gone goes when its last request has.
    mutating func configure(_ configurations: [Configuration]) {
        var wanted: [String: Configuration] = [:]
        for configuration in configurations where !configuration.isExempt { wanted[configuration.name] = configuration }
        levels.removeAll { level in
            wanted[level.configuration.name] == nil && level.queues.seatsInUse + level.queues.waitingCount == 0
        }
        for index in levels.indices {
            if let configuration = wanted.removeValue(forKey: levels[index].configuration.name) {
                levels[index].configuration = configuration
                levels[index].queues.reshape(configuration.shape)
            } else {
                levels[index].configuration.shares = 0
            }
        }
        levels += wanted.values.map { Level(configuration: $0, queues: FairQueues($0.shape)) }
        levels.sort { $0.configuration.name < $1.configuration.name }
        places = [:]
        let sum = max(1, levels.reduce(0) { $0 + $1.configuration.shares })
        for index in levels.indices {
            let configuration = levels[index].configuration
            places[configuration.name] = index
            let nominal = (seats * configuration.shares + sum - 1) / sum
            let least = nominal - nominal * configuration.lendablePercent / 100
            let most = configuration.borrowingLimitPercent.map { nominal + nominal * $0 / 100 } ?? seats
            levels[index].limits = Limits(nominal: nominal, least: least, most: max(1, min(most, seats)))
        }
    }

    func limits(_ name: String) -> Limits? { places[name].map { levels[$0].limits } }

    // MARK: Events

    /// A request comes; one that is wider than its level takes all of it.
    mutating func arrive(
        _ identity: FairQueues.Identity, level name: String, flow: UInt64, seats: Int, at now: Int64
    ) -> FairQueues.Entry {
        guard let place = places[name] else { return .refused }
        let wanted = max(1, min(seats, levels[place].limits.nominal))
        let room = self.room(for: place)
        let entry = levels[place].queues.arrive(
            identity, flow: flow, seats: wanted, at: now, canTake: { $0 <= room })
        if entry == .runs { seatsInUse += wanted }
        if entry == .waits { waitingCount += 1 }
        return entry
    }

    /// A request is done; those that may run for it.
    mutating func finish(_ identity: FairQueues.Identity, level name: String, at now: Int64) -> [FairQueues.Identity] {
        if let place = places[name] {
            let before = levels[place].queues.seatsInUse
            levels[place].queues.finish(identity, at: now)
            seatsInUse -= before - levels[place].queues.seatsInUse
        }
        return startWaiting(at: now)
    }

    mutating func giveUp(_ identity: FairQueues.Identity, level name: String) -> Bool {
        guard let place = places[name], levels[place].queues.giveUp(identity) else { return false }
        waitingCount -= 1
        return true
    }

    mutating func expire(before time: Int64) -> [FairQueues.Identity] {
        if waitingCount == 0 { return [] }
        var expired: [FairQueues.Identity] = []
        for place in levels.indices { expired += levels[place].queues.expire(before: time) }
        waitingCount -= expired.count
        return expired
    }

    /// Starts what waits and may run, the levels in turn.
    mutating func startWaiting(at now: Int64) -> [FairQueues.Identity] {
        var started: [FairQueues.Identity] = []
        var idle = 0
        while waitingCount > 0, idle < levels.count {
            turn = (turn + 1) % levels.count
            idle += 1
            guard levels[turn].queues.waitingCount > 0 else { continue }
            let room = self.room(for: turn)
            let before = levels[turn].queues.seatsInUse
            guard room > 0, let identity = levels[turn].queues.next(at: now, canTake: { $0 <= room }) else { continue }
            seatsInUse += levels[turn].queues.seatsInUse - before
            waitingCount -= 1
            started.append(identity)
            idle = 0
        }
        return started
    }

    // MARK: Sharing

    /// How many more seats a level may take now: its own first, then what nobody keeps.
    private func room(for place: Int) -> Int {
        let used = levels[place].queues.seatsInUse
        let own = levels[place].limits.least - used
        var kept = 0
        for other in levels.indices where other != place {
            kept += max(0, levels[other].limits.least - levels[other].queues.seatsInUse)
        }
        let free = seats - seatsInUse - kept
        // A level that has nothing at work may always begin with one request.
        let least = used == 0 ? 1 : 0
        return max(least, min(levels[place].limits.most - used, max(own, free)))
    }

    struct Figures: Sendable, Equatable {
        var level: String
        var limits: Limits
        var seatsInUse: Int
        var waiting: Int
    }
    func dumps(configured names: Set<String>) -> [FlowControl.Dump] {
        levels.map {
            FlowControl.Dump(
                name: $0.configuration.name, queues: $0.queues.figures, waiting: $0.queues.waitingCount,
                executing: $0.queues.runningCount, isQuiescing: !names.contains($0.configuration.name))
        }
    }

    var figures: [Figures] {
        levels.map {
            Figures(
                level: $0.configuration.name, limits: $0.limits, seatsInUse: $0.queues.seatsInUse,
                waiting: $0.queues.waitingCount)
        }
    }
}
