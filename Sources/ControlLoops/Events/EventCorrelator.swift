import APIMachinery
import Basics
import KubeAPI

/// Turns notes into few writes, as a value: a repeated note counts up the event that is there, many notes that differ in
/// their message alone are combined, and an object that is talked about without end is muted for a while.
struct EventCorrelator: Sendable {
    /// What to write for a note.
    enum Write: Sendable {
        case create(JSON)
        /// Counts up the event of this key; if it is gone, `orElse` is created.
        case patch(ObjectKey, JSON, orElse: JSON)
    }
    /// client-go's figures.
    static let similarLimit = 10
    static let similarSpan = Duration.seconds(600)
    static let burst = 25.0
    static let refillPerSecond = 1.0 / 300
    static let memoryLimit = 4_096

    private struct Known: Sendable {
        var key: ObjectKey
        var count: Int
        var first: Instant
    }
    private struct Similar: Sendable {
        var messages: Set<String>
        var since: Instant
    }
    private struct Bucket: Sendable {
        var tokens: Double
        var filled: Instant
    }
    let component: String
    private var known: [String: Known] = [:]
    private var similar: [String: Similar] = [:]
    private var buckets: [String: Bucket] = [:]

    init(component: String) { self.component = component }

    /// nil if the note is one too many.
    mutating func write(for note: EventNote, _ now: Instant) -> Write? {
        forgetIfFull()
        let object = note.regarding.text
        guard take(from: object, now) else { return nil }
        let group = "\(object)\n\(note.type.rawValue)\n\(note.reason)"
        let isSimilar = countSimilar(group, note.message, now)
        let message = isSimilar ? "(combined from similar events): \(note.message)" : note.message
        let identity = isSimilar ? group : "\(group)\n\(note.message)"
        if var entry = known[identity] {
            entry.count += 1
            known[identity] = entry
            let patch: JSON = [
                "count": JSON(entry.count), "lastTimestamp": JSON(now.rfc3339), "message": JSON(message),
            ]
            return .patch(
                entry.key, patch,
                orElse: event(note, message, entry.key, count: entry.count, first: entry.first, now))
        }
        let namespace = note.regarding["namespace"]?.string ?? "default"
        let stamp = String(UInt64(bitPattern: now.nanoseconds) &+ UInt64(known.count), radix: 16)
        let key = ObjectKey(namespace: namespace, name: "\(note.regarding["name"]?.string ?? "").\(stamp)")
        known[identity] = Known(key: key, count: 1, first: now)
        return .create(event(note, message, key, count: 1, first: now, now))
    }

    private mutating func take(from object: String, _ now: Instant) -> Bool {
        var bucket = buckets[object] ?? Bucket(tokens: Self.burst, filled: now)
        let elapsed = (now - bucket.filled) / .seconds(1)
        bucket.tokens = min(Self.burst, bucket.tokens + max(0, elapsed) * Self.refillPerSecond)
        bucket.filled = now
        let isAllowed = bucket.tokens >= 1
        if isAllowed { bucket.tokens -= 1 }
        buckets[object] = bucket
        return isAllowed
    }

    private mutating func countSimilar(_ group: String, _ message: String, _ now: Instant) -> Bool {
        var entry = similar[group] ?? Similar(messages: [], since: now)
        if now - entry.since > Self.similarSpan { entry = Similar(messages: [], since: now) }
        if entry.messages.count < Self.similarLimit { entry.messages.insert(message) }
        similar[group] = entry
        return !entry.messages.contains(message)
    }

    /// What is forgotten is only that an event was written before.
    private mutating func forgetIfFull() {
        if known.count >= Self.memoryLimit { known = [:] }
        if similar.count >= Self.memoryLimit { similar = [:] }
        if buckets.count >= Self.memoryLimit { buckets = [:] }
    }

    private func event(
        _ note: EventNote, _ message: String, _ key: ObjectKey, count: Int, first: Instant, _ now: Instant
    ) -> JSON {
        [
            "apiVersion": "v1", "kind": "Event",
            "metadata": ["name": JSON(key.name), "namespace": JSON(key.namespace)],
            "involvedObject": note.regarding, "reason": JSON(note.reason), "message": JSON(message),
            "source": ["component": JSON(component)], "type": JSON(note.type.rawValue), "count": JSON(count),
            "firstTimestamp": JSON(first.rfc3339), "lastTimestamp": JSON(now.rfc3339),
            "reportingComponent": JSON(component), "reportingInstance": "",
        ]
    }
}
