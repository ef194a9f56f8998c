import APIMachinery
import HTTPMessages
import Synchronization

/// How much is taken in at once; what is beyond is refused with 429 or 413, never queued.
final class Limits: Sendable {
    private let reads: Int
    private let writes: Int
    private let objectBytes: Int
    private let readsNow = Atomic<Int>(0)
    private let writesNow = Atomic<Int>(0)
    private let proxiedNow = Atomic<Int>(0)
    /// Requests that are passed on to pods, Services and nodes, at once.
    static let mostProxied = 1024

    init(_ configuration: Configuration) {
        reads = configuration.readsInFlight
        writes = configuration.writesInFlight
        objectBytes = configuration.objectLimitBytes
    }

    /// Takes a place for a request; false when there is none.
    func enter(isWrite: Bool) -> Bool {
        if isWrite {
            if writesNow.add(1, ordering: .relaxed).newValue <= writes { return true }
        } else {
            if readsNow.add(1, ordering: .relaxed).newValue <= reads { return true }
        }
        leave(isWrite: isWrite)
        return false
    }
    func leave(isWrite: Bool) {
        if isWrite {
            writesNow.subtract(1, ordering: .relaxed)
        } else {
            readsNow.subtract(1, ordering: .relaxed)
        }
    }

    /// A place for a request that is passed on; throws 429 when there is none.
    func proxyPlace() throws -> ProxyPlace {
        let now = proxiedNow.add(1, ordering: .relaxed).newValue
        let place = ProxyPlace { [self] in proxiedNow.subtract(1, ordering: .relaxed) }
        guard now <= Self.mostProxied else { throw Self.tooMany }
        return place
    }

    /// What is at work now.
    var inFlight: (reads: Int, writes: Int) {
        (readsNow.load(ordering: .relaxed), writesNow.load(ordering: .relaxed))
    }

    func checkSize(_ bytes: Int) throws {
        guard bytes <= objectBytes else {
            throw StatusError(
                code: 413, reason: .requestEntityTooLarge,
                message: "Request entity too large: limit is \(objectBytes)")
        }
    }

    static let tooMany = StatusError(
        code: 429, reason: .tooManyRequests, message: "Too many requests, please try again later.",
        retryAfterSeconds: 1)
}
