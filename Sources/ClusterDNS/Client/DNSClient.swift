import NIOCore
import NIOPosix

/// Finds addresses of names as a program in a pod does: by nameservers, search domains and dots of a resolv.conf.
public struct DNSClient: Sendable {
    /// Why no address was found.
    public enum Failure: Error, Sendable, Equatable {
        case noSuchName(String)
        /// The name is there, without an address.
        case noAddress(String)
        /// No nameserver answered, or none could.
        case serversFailed(String)
    }
    private let configuration: ResolverConfiguration
    private let asking: Asking

    public init(
        _ configuration: ResolverConfiguration, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.configuration = configuration
        asking = Asking(group: group, timeout: .seconds(configuration.timeoutSeconds))
    }

    /// The IPv4 addresses of a name, in the server's order; a name that is an address is its own.
    public func addresses(of name: String) async throws -> [String] {
        if IPv4(name) != nil { return [name] }
        var isThere = false
        for candidate in configuration.candidates(for: name) {
            let answer = try await ask(DNSQuestion(candidate, .a), for: name)
            let found = Self.addresses(in: answer, of: candidate)
            if !found.isEmpty { return found }
            isThere = isThere || answer.code == .noError
        }
        throw isThere ? Failure.noAddress(name) : Failure.noSuchName(name)
    }

    /// One question to the servers in turn until one answers it.
    private func ask(_ question: DNSQuestion, for name: String) async throws -> DNSMessage {
        for _ in 0..<configuration.attempts {
            for server in configuration.nameservers {
                let query = DNSMessage(
                    id: .random(in: 0 ... .max), question, datagramBytes: UInt16(Limits.largestDatagramBytes))
                do {
                    let answer = try DNSMessage(parsing: try await asking.ask(server, query.bytes()))
                    if answer.code == .noError || answer.code == .nameError { return answer }
                } catch is CancellationError {
                    throw CancellationError()
                } catch {
                    // The next server, or the next attempt.
                    continue
                }
            }
        }
        throw Failure.serversFailed(name)
    }

    /// Follows the answer's own aliases.
    static func addresses(in answer: DNSMessage, of name: DNSName) -> [String] {
        var name = name
        for _ in 0..<Limits.aliasHops {
            let found = answer.answers.filter { $0.name == name }
            let addresses = found.compactMap { if case .a(let address) = $0.data { address.description } else { nil } }
            if !addresses.isEmpty { return addresses }
            let alias = found.compactMap { if case .name(.cname, let target) = $0.data { target } else { nil } }.first
            guard let alias else { return [] }
            name = alias
        }
        return []
    }
}
