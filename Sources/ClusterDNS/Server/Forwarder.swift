import NIOCore
import Synchronization

/// Asks other servers for names that are not the cluster's.
final class Forwarder: Sendable {
    private let servers: [Nameserver]
    private let asking: Asking
    private let cache = Mutex(AnswerCache())
    private let running = Mutex(0)

    init(_ servers: [Nameserver], group: any EventLoopGroup) {
        self.servers = servers
        asking = Asking(group: group, timeout: .seconds(Limits.forwardTimeoutSeconds))
    }

    func cached(_ query: [UInt8]) -> [UInt8]? { cache.withLock { $0.take(query, now: .now()) } }

    /// The answer to a query, with the query's id; nil when no server gave one, or too many are being asked.
    func forward(_ query: [UInt8]) async -> [UInt8]? {
        guard query.count > 12, begin() else { return nil }
        defer { running.withLock { $0 -= 1 } }
        for _ in 0..<Limits.forwardAttempts {
            for server in servers {
                // An id of our own, so that who sees the client's cannot guess it.
                var own = query
                own[0] = .random(in: 0 ... .max)
                own[1] = .random(in: 0 ... .max)
                guard !Task.isCancelled else { return nil }
                guard var answer = try? await asking.ask(server, own) else { continue }
                answer[0] = query[0]
                answer[1] = query[1]
                // SERVFAIL and REFUSED: another server may know better.
                guard [0, 3].contains(answer[3] & 0x0F) else { continue }
                cache.withLock { $0.put(answer, to: query, now: .now()) }
                return answer
            }
        }
        return nil
    }

    private func begin() -> Bool {
        running.withLock { running in
            guard running < Limits.forwardedQueries else { return false }
            running += 1
            return true
        }
    }
}
