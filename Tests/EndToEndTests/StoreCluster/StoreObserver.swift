import EtcdFront
import EtcdStore
import Foundation
import Logging
import TestKit

/// Looks at each member from outside: one client each.
final class StoreObserver: Sendable {
    let clients: [EtcdClientStore]
    /// How long one look may take; a member that is paused or cut off does not answer.
    static let lookMilliseconds: Int64 = 250

    init(_ members: StoreMembers) throws {
        let tls = members.tls
        var limits = EtcdClientLimits()
        limits.restMilliseconds = 10
        limits.mostRestMilliseconds = 100
        clients = try members.endpoints.map { try EtcdClientStore([$0], tls: tls, limits: limits, logger: Self.quiet) }
    }

    static let quiet = Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }

    func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for client in clients { group.addTask { try await client.run() } }
        }
    }

    func report(_ member: Int) async -> MemberReport? {
        try? await clients[member].memberReport(withinMilliseconds: Self.lookMilliseconds)
    }

    func reports() async -> [MemberReport?] {
        await withTaskGroup(of: (Int, MemberReport?).self) { group in
            for member in clients.indices { group.addTask { (member, await self.report(member)) } }
            var reports = [MemberReport?](repeating: nil, count: clients.count)
            for await (member, report) in group { reports[member] = report }
            return reports
        }
    }

    /// The member that a majority takes for the leader, and its term.
    func leader() async throws -> (member: Int, term: UInt64) {
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            let reports = await reports()
            for (member, report) in reports.enumerated() {
                guard let report, report.leader == report.member else { continue }
                let followers = reports.count { $0?.leader == report.member && $0?.term == report.term }
                if followers * 2 > reports.count { return (member, report.term) }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw ProgramFailure(description: "there is no leader: \(await reports())")
    }

    /// How long it took, since the call, until one of the others says that it leads in a later term.
    func timeUntilOtherLeader(than old: (member: Int, term: UInt64)) async throws -> Duration {
        let clock = ContinuousClock()
        let began = clock.now
        while clock.now - began < .seconds(30) {
            let times = await withTaskGroup(of: Duration?.self) { group in
                for member in clients.indices where member != old.member {
                    group.addTask {
                        guard let report = await self.report(member) else { return nil }
                        return report.leader == report.member && report.term > old.term ? clock.now - began : nil
                    }
                }
                return await group.reduce(into: [Duration?]()) { $0.append($1) }
            }
            if let first = times.compactMap(\.self).min() { return first }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw ProgramFailure(description: "no other leader within 30 s: \(await reports())")
    }

    /// Returns once every member has applied what the furthest had when this was called.
    func waitUntilAllCaughtUp(seconds: Double = 60) async throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        var wanted: UInt64?
        while ContinuousClock.now < deadline {
            let reports = await reports()
            if wanted == nil { wanted = reports.compactMap { $0?.appliedIndex }.max() }
            if let wanted, reports.allSatisfy({ ($0?.appliedIndex ?? 0) >= wanted }) { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw ProgramFailure(description: "not all caught up within \(seconds) s: \(await reports())")
    }
}
