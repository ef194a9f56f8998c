import APIMachinery
import Basics
import Collections
import ControlLoops
import KubeAPI

/// Pods that wait for a node, as a value: those to try now (by priority, then by age), those that failed and wait out
/// their back-off, and those that fit nowhere until the cluster changes.
struct SchedulingQueue {
    /// Kubernetes' figures.
    static let firstBackoff = Duration.seconds(1)
    static let longestBackoff = Duration.seconds(10)
    /// What fits nowhere is tried again after this long even without news.
    static let longestRest = Duration.seconds(300)

    struct Entry {
        var pod: PendingPod
        var added: Instant
        var attempts = 0
        /// The plugins that kept it out last time.
        var plugins: Set<String> = []
        /// When its back-off is over.
        var ready = Instant.distantPast
        var rested = Instant.distantFuture
        var place = Place.active
        /// Tells a valid mention in a heap from one left behind.
        var ticket = 0
    }
    enum Place { case active, backingOff, unschedulable, gated, inCycle }

    private struct Active: Comparable {
        var priority: Int
        var added: Instant
        var ticket: Int
        var key: ObjectKey
        static func < (left: Active, right: Active) -> Bool {
            if left.priority != right.priority { return left.priority > right.priority }
            return (left.added, left.ticket) < (right.added, right.ticket)
        }
    }
    private struct Timed: Comparable {
        var due: Instant
        var ticket: Int
        var key: ObjectKey
        static func < (left: Timed, right: Timed) -> Bool { (left.due, left.ticket) < (right.due, right.ticket) }
    }
    var firstBackoff = Self.firstBackoff
    var longestBackoff = Self.longestBackoff
    private var entries: [ObjectKey: Entry] = [:]
    private var active = Heap<Active>()
    private var timed = Heap<Timed>()
    private var lastTicket = 0
    private var unschedulable: Set<ObjectKey> = []
    private var counts: [Place: Int] = [:]

    var count: Int { entries.count }
    func count(at place: Place) -> Int { counts[place] ?? 0 }
    /// How often a pod was tried, and since when it waits; nil for one that is not known.
    func history(of key: ObjectKey) -> (attempts: Int, added: Instant)? {
        entries[key].map { ($0.attempts, $0.added) }
    }
    func place(of key: ObjectKey) -> Place? { entries[key]?.place }

    /// Adds a pod, or takes in how it is now; a changed pod that fitted nowhere is tried again.
    mutating func update(_ pod: PendingPod, _ now: Instant) {
        guard var entry = entries[pod.key], entry.pod.uid == pod.uid else {
            let entry = Entry(pod: pod, added: now)
            return put(entry, pod.gates.isEmpty ? .active : .gated, now)
        }
        let hasChanged =
            entry.pod.object["spec"] != pod.object["spec"]
            || entry.pod.object["metadata", "labels"] != pod.object["metadata", "labels"]
            || entry.pod.object["status", "resourceClaimStatuses"] != pod.object["status", "resourceClaimStatuses"]
        entry.pod = pod
        switch entry.place {
        case .gated: put(entry, pod.gates.isEmpty ? .active : .gated, now)
        case .unschedulable where hasChanged: put(entry, now < entry.ready ? .backingOff : .active, now)
        default: entries[pod.key] = entry
        }
    }

    mutating func remove(_ key: ObjectKey) {
        if let entry = entries.removeValue(forKey: key) { counts[entry.place, default: 0] -= 1 }
        unschedulable.remove(key)
    }

    /// The next pod to try; it stays known until it is removed or given back.
    mutating func pop(_ now: Instant) -> PendingPod? {
        while let first = timed.min, first.due <= now {
            _ = timed.popMin()
            guard let entry = entries[first.key], entry.ticket == first.ticket else { continue }
            put(entry, .active, now)
        }
        while let first = active.popMin() {
            guard var entry = entries[first.key], entry.ticket == first.ticket, entry.place == .active else { continue }
            counts[entry.place, default: 0] -= 1
            counts[.inCycle, default: 0] += 1
            entry.place = .inCycle
            entry.attempts += 1
            entries[first.key] = entry
            return entry.pod
        }
        return nil
    }

    /// The pod fitted nowhere: it rests until news that helps one of these plugins, and its back-off is over. What only
    /// waits for something that is under way has no back-off.
    mutating func rest(_ key: ObjectKey, plugins: Set<String>, backsOff: Bool = true, _ now: Instant) {
        guard var entry = entries[key] else { return }
        entry.plugins = plugins
        entry.ready = backsOff ? now + backoff(entry.attempts) : now
        entry.rested = now + Self.longestRest
        put(entry, .unschedulable, now)
    }

    /// The pod that was given out is to be tried again now.
    mutating func activate(_ key: ObjectKey, _ now: Instant) {
        guard let entry = entries[key], entry.place == .inCycle else { return }
        put(entry, .active, now)
    }

    /// Something else went wrong (such as binding): it comes again after its back-off.
    mutating func retry(_ key: ObjectKey, _ now: Instant) {
        guard var entry = entries[key] else { return }
        entry.ready = now + backoff(entry.attempts)
        put(entry, .backingOff, now)
    }

    /// Wakes what the news may help; `wakes` are the news that each plugin cares for, and `helps` says whether a plugin
    /// that cares for them thinks that they matter to this pod.
    mutating func wake(
        _ news: Set<ClusterEvent>, _ wakes: [String: Set<ClusterEvent>], _ now: Instant,
        _ isHelped: (PendingPod, _ plugin: String) -> Bool = { _, _ in true }
    ) {
        if news.isEmpty { return }
        for key in unschedulable {
            guard let entry = entries[key] else { continue }
            let helps =
                entry.plugins.isEmpty
                || entry.plugins.contains {
                    !(wakes[$0]?.isDisjoint(with: news) ?? false) && isHelped(entry.pod, $0)
                }
            if helps { put(entry, now < entry.ready ? .backingOff : .active, now) }
        }
    }

    /// This pod is to be tried again, once its back-off is over.
    mutating func wake(_ key: ObjectKey, _ now: Instant) {
        guard let entry = entries[key], entry.place == .unschedulable else { return }
        put(entry, now < entry.ready ? .backingOff : .active, now)
    }

    /// When something comes back by itself; nil if nothing does.
    mutating func nextDue() -> Instant? {
        while let first = timed.min {
            if entries[first.key]?.ticket == first.ticket { return first.due }
            _ = timed.popMin()
        }
        return nil
    }

    private func backoff(_ attempts: Int) -> Duration {
        Backoff(base: firstBackoff, limit: longestBackoff, jitter: 0).longestDelay(afterFailures: attempts - 1)
    }

    private mutating func put(_ entry: Entry, _ place: Place, _ now: Instant) {
        var entry = entry
        let key = entry.pod.key
        if let before = entries[key] { counts[before.place, default: 0] -= 1 }
        counts[place, default: 0] += 1
        lastTicket += 1
        entry.ticket = lastTicket
        entry.place = place
        if place == .unschedulable { unschedulable.insert(key) } else { unschedulable.remove(key) }
        switch place {
        case .active:
            active.insert(
                Active(priority: entry.pod.priority, added: entry.added, ticket: entry.ticket, key: key))
        case .backingOff: timed.insert(Timed(due: entry.ready, ticket: entry.ticket, key: key))
        case .unschedulable: timed.insert(Timed(due: entry.rested, ticket: entry.ticket, key: key))
        case .gated, .inCycle: break
        }
        entries[key] = entry
    }
}
