import APIMachinery
import Basics
import KubeAPI

/// Turns notes into few writes, as a value: a repeated note counts up the event that is there, many notes that differ in
/// their message alone are combined, and an object that is talked about without end is muted for a while. The figures
/// and what counts as the same are client-go's (tools/record/events_cache.go).
struct EventCorrelator: Sendable {
    /// Who tells.
    struct Source: Sendable {
        var component: String
        /// The node on which it is; empty for a component of the whole cluster.
        var host: String
    }
    /// What to write for a note.
    enum Write: Sendable {
        case create(JSON)
        /// Counts up the event of this key; if it is gone, `orElse` is created.
        case patch(ObjectKey, JSON, orElse: JSON)
    }
    /// From so many different messages on, those of one object, type and reason are combined …
    static let similarLimit = 10
    /// … unless none came for so long.
    static let similarSpan = Duration.seconds(600)
    /// Notes about one object that pass at once; each five minutes bring one more.
    static let burst = 25.0
    static let refillPerSecond = 1.0 / 300
    static let memoryLimit = 4_096
    /// A longer message is cut (core/v1 Event allows no more).
    static let messageLimit = 1_024

    private struct Known: Sendable {
        var key: ObjectKey
        var count: Int
        var first: Instant
    }
    private struct Similar: Sendable {
        var messages: Set<String>
        var last: Instant
    }
    private struct Bucket: Sendable {
        var tokens: Double
        var filled: Instant
    }
    private let source: Source
    private var known: [String: Known] = [:]
    private var similar: [String: Similar] = [:]
    private var buckets: [String: Bucket] = [:]

    init(_ source: Source) { self.source = source }

    /// nil if the note is one too many.
    mutating func write(for note: EventNote, _ now: Instant) -> Write? {
        forgetIfFull()
        let message = String(note.message.prefix(Self.messageLimit))
        // The revision at which an object was seen makes it no other.
        let object = Self.text(note.regarding, ["kind", "namespace", "name", "uid", "apiVersion"])
        let group = "\(object)\n\(note.type.rawValue)\n\(note.reason)"
        let isSimilar = countSimilar(group, message, now)
        guard take(from: object, now) else { return nil }
        let told = isSimilar ? "(combined from similar events): \(message)" : message
        let identity = isSimilar ? group : "\(group)\n\(Self.text(note.regarding, ["fieldPath"]))\n\(message)"
        if var entry = known[identity] {
            entry.count += 1
            known[identity] = entry
            let patch: JSON = [
                "count": JSON(entry.count), "lastTimestamp": JSON(now.rfc3339), "message": JSON(told),
            ]
            return .patch(
                entry.key, patch, orElse: event(note, told, entry.key, count: entry.count, first: entry.first, now))
        }
        let namespace = note.regarding["namespace"]?.string ?? ""
        let stamp = String(UInt64(bitPattern: now.nanoseconds) &+ UInt64(known.count), radix: 16)
        let key = ObjectKey(
            namespace: namespace.isEmpty ? "default" : namespace,
            name: "\(note.regarding["name"]?.string ?? "").\(stamp)")
        known[identity] = Known(key: key, count: 1, first: now)
        return .create(event(note, told, key, count: 1, first: now, now))
    }

    private static func text(_ reference: JSON, _ fields: [String]) -> String {
        fields.map { reference[$0]?.string ?? "" }.joined(separator: "\n")
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
        var entry = similar[group] ?? Similar(messages: [], last: now)
        if now - entry.last > Self.similarSpan { entry.messages = [] }
        entry.last = now
        entry.messages.insert(message)
        let isSimilar = entry.messages.count >= Self.similarLimit
        // One less is kept, so that the next other message is one too many as well.
        if isSimilar { entry.messages.remove(message) }
        similar[group] = entry
        return isSimilar
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
        var origin: JSON = ["component": JSON(source.component)]
        if !source.host.isEmpty { origin["host"] = JSON(source.host) }
        return [
            "apiVersion": "v1", "kind": "Event",
            "metadata": ["name": JSON(key.name), "namespace": JSON(key.namespace)],
            "involvedObject": note.regarding, "reason": JSON(note.reason), "message": JSON(message),
            "source": origin, "type": JSON(note.type.rawValue), "count": JSON(count),
            "firstTimestamp": JSON(first.rfc3339), "lastTimestamp": JSON(now.rfc3339),
            "reportingComponent": JSON(source.component), "reportingInstance": JSON(source.host),
        ]
    }
}
