import APIMachinery
import KubeAPI
import Synchronization

/// Priority and fairness: says of each remote request to which flow schema and priority level it belongs, and lets it in when
/// its level has a seat for it. It follows the caches of both kinds; what is decided is decided by `FlowLevels`.
final class FlowControl: Sendable {
    static let schemas = GroupResource(group: "flowcontrol.apiserver.k8s.io", resource: "flowschemas")
    static let levels = GroupResource(group: "flowcontrol.apiserver.k8s.io", resource: "prioritylevelconfigurations")

    /// How long a request waits for a seat.
    static let longestWait: Int64 = 15_000_000_000
    /// What a client is told to wait that was turned away.
    private static let retrySeconds = 1

    /// A schema and its level: what is the same for all requests that belong there.
    final class Assignment: Sendable {
        let schema: String
        let level: String
        let isExempt: Bool
        /// What every answer tells of it.
        let headers: [(name: String, value: String)]

        init(schema: String, schemaUID: String, level: String, levelUID: String, isExempt: Bool) {
            self.schema = schema
            self.level = level
            self.isExempt = isExempt
            headers = [
                (name: "x-kubernetes-pf-flowschema-uid", value: schemaUID),
                (name: "x-kubernetes-pf-prioritylevel-uid", value: levelUID),
            ]
        }
    }
    /// Where a request belongs.
    struct Place: Sendable {
        let assignment: Assignment
        let flow: UInt64
        var level: String { assignment.level }
    }

    /// What is configured: schemas whose level is there, in the order in which they are tried.
    private final class Table: Sendable {
        let entries: [(rules: FlowRules, assignment: Assignment)]
        init(_ rules: [FlowRules] = [], _ levels: [String: FlowLevels.Configuration] = [:]) {
            entries = rules.sorted { ($0.precedence, $0.name) < ($1.precedence, $1.name) }.compactMap { rules in
                levels[rules.level].map { level in
                    let assignment = Assignment(
                        schema: rules.name, schemaUID: rules.uid, level: level.name, levelUID: level.uid,
                        isExempt: level.isExempt)
                    return (rules, assignment)
                }
            }
        }
    }
    /// A request that did not get a seat at once. What becomes of it may be known before it has begun to wait.
    private enum Waiter {
        case queued
        case decided(Bool)
        case waits(CheckedContinuation<Bool, Never>)
    }
    private struct State {
        var schemas: [String: JSON] = [:]
        var levelObjects: [String: JSON] = [:]
        var table = Table()
        var levels: FlowLevels
        var lastIdentity: FairQueues.Identity = 0
        var waiting: [FairQueues.Identity: Waiter] = [:]
        /// Whether something changed since the statuses were last told.
        var isChanged = true
    }
    private let state: Mutex<State>
    /// What became of requests, by level.
    private let tallies = Mutex<[String: Tally]>([:])
    private let uptime: @Sendable () -> Int64
    private let metrics: FlowMetrics

    init(seats: Int, metrics: FlowMetrics, uptime: @escaping @Sendable () -> Int64) {
        state = Mutex(State(levels: FlowLevels(seats: seats)))
        self.metrics = metrics
        self.uptime = uptime
    }

    // MARK: What is configured

    /// Objects under these keys (nil: all) have changed, by the feed or by an acknowledged write.
    func changed(_ cache: ResourceCache, _ keys: [String]?) {
        resume(true) { state in
            var objects = cache.resource == Self.schemas ? state.schemas : state.levelObjects
            if let keys {
                for key in keys { objects[key] = cache.newest(key)?.json }
            } else {
                objects = [:]
                cache.snapshot(reached: 0).tree.forEach { object in
                    if let newest = cache.newest(object.key) { objects[object.key] = newest.json }
                    return true
                }
            }
            if cache.resource == Self.schemas { state.schemas = objects } else { state.levelObjects = objects }
            let configurations = state.levelObjects.values.map { FlowLevels.Configuration($0) }
            state.table = Table(
                state.schemas.values.map { FlowRules($0) },
                Dictionary(configurations.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first }))
            state.levels.configure(configurations)
            state.isChanged = true
            return state.levels.startWaiting(at: uptime())
        }
    }

    /// Schemas whose status does not say whether their level is there, each as it should be; empty if nothing has changed.
    func danglingNews(_ now: String) -> [JSON] {
        state.withLock { state in
            guard state.isChanged else { return [] }
            state.isChanged = false
            return state.schemas.values.compactMap { FlowSchemaStatus.updated($0, state.levelObjects, now) }
        }
    }
    func tellAgain() { state.withLock { $0.isChanged = true } }

    // MARK: Requests

    /// Where a request belongs; nil while nothing is configured yet.
    func place(_ user: UserInfo, _ attributes: RequestAttributes) -> Place? {
        let table = state.withLock { $0.table }
        for (rules, assignment) in table.entries where rules.match(user, attributes) {
            // Who is exempt waits in no queue.
            return Place(assignment: assignment, flow: assignment.isExempt ? 0 : rules.flow(user, attributes))
        }
        return nil
    }

    /// A seat, given back when it is let go of or `leave` is called.
    final class Seat: Sendable {
        private let control: FlowControl
        private let identity: FairQueues.Identity
        private let level: String
        private let isLeft = Atomic<Bool>(false)
        fileprivate init(_ control: FlowControl, _ identity: FairQueues.Identity, _ level: String) {
            self.control = control
            self.identity = identity
            self.level = level
        }
        func leave() {
            if !isLeft.exchange(true, ordering: .relaxed) { control.leave(identity, level) }
        }
        deinit { leave() }
    }

    /// Lets a request in, when there is room for it; throws 429 when there is none in time. nil for who is exempt.
    func enter(_ place: Place, seats: Int) async throws -> Seat? {
        if place.assignment.isExempt {
            tally(place) { $0.dispatched += 1 }
            metrics.recordDispatch(place)
            return nil
        }
        let (identity, entry) = state.withLock { state in
            state.lastIdentity += 1
            let identity = state.lastIdentity
            let entry = state.levels.arrive(
                identity, level: place.level, flow: place.flow, seats: seats, at: uptime())
            if entry == .waits { state.waiting[identity] = .queued }
            return (identity, entry)
        }
        switch entry {
        case .refused:
            metrics.record(.full, of: place)
            tally(place) { $0.rejected += 1 }
            throw Self.tooMany
        case .runs: break
        case .waits:
            let mayRun = await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in wait(identity, continuation) }
            } onCancel: {
                giveUp(identity, place.level)
            }
            guard mayRun else {
                metrics.record(.late, of: place)
                let isCancelled = Task.isCancelled
                tally(place) { if isCancelled { $0.cancelled += 1 } else { $0.timedOut += 1 } }
                throw Self.tooMany
            }
        }
        tally(place) { $0.dispatched += 1 }
        metrics.recordDispatch(place)
        return Seat(self, identity, place.level)
    }

    private func wait(_ identity: FairQueues.Identity, _ continuation: CheckedContinuation<Bool, Never>) {
        let decision = state.withLock { state -> Bool? in
            guard case .decided(let mayRun)? = state.waiting[identity] else {
                state.waiting[identity] = .waits(continuation)
                return nil
            }
            state.waiting[identity] = nil
            return mayRun
        }
        if let decision { continuation.resume(returning: decision) }
    }

    private func giveUp(_ identity: FairQueues.Identity, _ level: String) {
        resume(false) { state in state.levels.giveUp(identity, level: level) ? [identity] : [] }
    }

    fileprivate func leave(_ identity: FairQueues.Identity, _ level: String) {
        resume(true) { state in state.levels.finish(identity, level: level, at: uptime()) }
    }

    /// Turns away who has waited too long.
    func tick() { resume(false) { state in state.levels.expire(before: uptime() - Self.longestWait) } }

    /// Tells those whom a change concerns what became of them.
    private func resume(_ mayRun: Bool, _ change: (inout State) -> [FairQueues.Identity]) {
        let waiters = state.withLock { state in
            change(&state).compactMap { identity -> CheckedContinuation<Bool, Never>? in
                if case .waits(let continuation)? = state.waiting[identity] {
                    state.waiting[identity] = nil
                    return continuation
                }
                state.waiting[identity] = .decided(mayRun)
                return nil
            }
        }
        for waiter in waiters { waiter.resume(returning: mayRun) }
    }

    // MARK: Dumps

    struct Tally: Sendable {
        var dispatched = 0
        var rejected = 0
        var timedOut = 0
        var cancelled = 0
    }
    private func tally(_ place: Place, _ count: (inout Tally) -> Void) {
        tallies.withLock { count(&$0[place.level, default: Tally()]) }
    }

    /// A level as it is now.
    struct Dump: Sendable {
        var name: String
        var queues: [FairQueues.QueueFigures] = []
        var waiting = 0
        var executing = 0
        /// It is not configured any more, and goes when its last request has.
        var isQuiescing = false
        var tally = Tally()
        var isIdle: Bool { waiting + executing == 0 }
    }

    /// All levels by name, those of exempt requests too, of which nobody counts how many are at work.
    var dump: [Dump] {
        let tallies = tallies.withLock { $0 }
        return state.withLock { state in
            let names = Set(state.levelObjects.values.map { $0["metadata", "name"]?.string ?? "" })
            let exempt = names.subtracting(state.levels.figures.map(\.level)).map { Dump(name: $0) }
            return (state.levels.dumps(configured: names) + exempt).sorted { $0.name < $1.name }
        }.map { dump in
            var dump = dump
            dump.tally = tallies[dump.name] ?? Tally()
            return dump
        }
    }

    /// Shows what is there now.
    func showFigures() { metrics.show(state.withLock { $0.levels.figures }) }

    static let tooMany = StatusError(
        code: 429, reason: .tooManyRequests, message: "Too many requests, please try again later.",
        retryAfterSeconds: retrySeconds)
}

/// The condition Dangling of a FlowSchema: whether the level that it names is there.
enum FlowSchemaStatus {
    /// The schema with the condition as it should be; nil if it is.
    static func updated(_ schema: JSON, _ levels: [String: JSON], _ now: String) -> JSON? {
        let level = schema["spec", "priorityLevelConfiguration", "name"]?.string ?? ""
        let isThere = levels[level] != nil
        let reference = "This FlowSchema references the PriorityLevelConfiguration object named \(JSON(level).text)"
        let message = reference + (isThere ? " and it exists" : " but there is no such object")
        var conditions = schema["status", "conditions"]?.elements ?? []
        let place = conditions.firstIndex { $0["type"]?.string == "Dangling" }
        let status = isThere ? "False" : "True"
        let before = place.map { conditions[$0] }
        if before?["status"]?.string == status, before?["message"]?.string == message { return nil }
        let condition: JSON = [
            "type": "Dangling", "status": JSON(status),
            "lastTransitionTime": before?["status"]?.string == status
                ? before?["lastTransitionTime"] ?? JSON(now) : JSON(now),
            "reason": isThere ? "Found" : "NotFound", "message": JSON(message),
        ]
        if let place { conditions[place] = condition } else { conditions.append(condition) }
        var updated = schema
        updated.set(["status", "conditions"], to: JSON(conditions))
        return updated
    }
}
