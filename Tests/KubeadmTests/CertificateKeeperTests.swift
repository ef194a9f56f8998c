import Basics
import ExpositionTestKit
import Foundation
import Logging
import PrometheusExport
import Synchronization
import TestKit
import Testing

@testable import Kubeadm

/// Certificates of a process that runs for years.
@Suite final class CertificateKeeperTests: Sendable {
    private static let day = 86_400
    private static let leaves = [
        "apiserver", "admin", "ingress", "kubelet", "apiserver-kubelet-client", "etcd/server", "etcd/peer",
        "etcd/healthcheck-client",
    ]
    private let clock = ManualClock()
    private let registry = PrometheusRegistry()
    private let adopted = Mutex<[CertificateKeeper.Certificates]>([])
    private let news = Mutex<[CertificateKeeper.News]>([])
    private let cannotAdopt = Mutex(false)
    private let directory: DataDirectory
    private let names = CertificateAuthority.SubjectNames(dnsNames: ["localhost"], addresses: ["127.0.0.1"])

    private struct Refused: Error {}

    init() throws {
        directory = try DataDirectory(
            path: FileManager.default.temporaryDirectory.path + "/keeper-\(UUID().uuidString)")
    }

    private var now: Date { Date(timeIntervalSince1970: Double(clock.now.secondsSince1970)) }

    private func keeper() throws -> CertificateKeeper {
        CertificateKeeper(
            .init(
                cluster: try PKI(directory: directory, serverNames: names, now: now),
                store: try StorePKI(directory: directory, serverNames: names, now: now)), in: directory,
            names: .init(cluster: names, store: names), clock: clock, metrics: registry, logger: Logger(label: "test"),
            adopt: { [self] certificates in
                if cannotAdopt.withLock({ $0 }) { throw Refused() }
                adopted.withLock { $0.append(certificates) }
            }, tell: { [self] what in news.withLock { $0.append(what) } })
    }

    private func takeNews() -> [CertificateKeeper.News] {
        news.withLock { news in
            defer { news = [] }
            return news
        }
    }
    private var renewedNames: [String] {
        takeNews().compactMap { if case .renewed(let name, _) = $0 { name } else { nil } }
    }
    private func page() async -> ExpositionParser.Page { ExpositionParser.parse(await registry.page()) }

    @Test func leavesAreReplacedAtTwoThirdsAndToldOnce() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory.path) }
        let keeper = try keeper()
        #expect(keeper.turn() == CertificateKeeper.longestPause)
        #expect(adopted.withLock { $0.isEmpty } && takeNews() == [])
        let shown = await page()
        let end = try #require(shown.value("skiff_certificate_expiration_timestamp_seconds", ["name": "apiserver"]))
        #expect(end == now.timeIntervalSince1970 + CertificateAuthority.leafLifetimeSeconds)

        // The next look is when it is time.
        let third = CertificateAuthority.leafLifetimeSeconds / 3
        clock.advance(by: .seconds(2 * third - 600))
        let pause = keeper.turn()
        #expect(pause > .seconds(60) && pause < .seconds(600))
        #expect(takeNews() == [])
        clock.advance(by: pause)
        #expect(keeper.turn() == CertificateKeeper.longestPause)
        #expect(renewedNames == Self.leaves)
        let after = try #require(adopted.withLock { $0.last })
        #expect(after.all.allSatisfy { (CertificateLife(pem: $0.pem)?.end ?? .distantPast) > now })
        #expect(await page().value("skiff_certificate_renewals_total", ["name": "apiserver"]) == 1)
        // What is served is what is on disk, and the next start finds nothing to do.
        let found = try PKI(directory: directory, serverNames: names, now: now)
        #expect(found.server == after.cluster.server && found.replaced == [])
        _ = keeper.turn()
        #expect(adopted.withLock { $0.count } == 1 && takeNews() == [])
    }

    @Test func nothingEndsInTenYearsAndTheAuthoritiesEndIsTold() throws {
        defer { try? FileManager.default.removeItem(atPath: directory.path) }
        let keeper = try keeper()
        var served = try PKI(directory: directory, serverNames: names, now: now)
        var told: [String] = []
        for day in stride(from: 0, to: 3_649, by: 30) {
            _ = keeper.turn()
            served = adopted.withLock { $0.last?.cluster } ?? served
            for certificate in served.certificates {
                let end = try #require(CertificateLife(pem: certificate.pem)?.end)
                #expect(end > now.addingTimeInterval(29), "\(certificate.name) on day \(day)")
            }
            for case .authorityEnds(let name, _) in takeNews() {
                #expect(day > 3_649 - 365 - 31)
                told.append(name)
            }
            clock.advance(by: .seconds(30 * Self.day))
        }
        #expect(told == ["ca", "etcd/ca"])
    }

    @Test func whatCannotBeWrittenIsToldOnceAndTriedAgain() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory.path) }
        let keeper = try keeper()
        let obstacle = directory.file("pki/apiserver.key.new")
        try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: false)
        clock.advance(by: .seconds(300 * Self.day))
        #expect(keeper.turn() == CertificateKeeper.retryPause)
        let first = takeNews()
        guard case .failed(let reason)? = first.first, first.count == 1 else {
            Issue.record("\(first)")
            return
        }
        #expect(reason.contains("apiserver.key"))
        #expect(keeper.turn() == CertificateKeeper.retryPause)
        #expect(takeNews() == [] && adopted.withLock { $0.isEmpty })
        #expect(await page().sum("skiff_certificate_renewal_failures_total") == 2)
        try FileManager.default.removeItem(atPath: obstacle)
        #expect(keeper.turn() == CertificateKeeper.longestPause)
        #expect(renewedNames == Self.leaves)
    }

    @Test func whoCannotServeANewOneIsAskedAgain() throws {
        defer { try? FileManager.default.removeItem(atPath: directory.path) }
        let keeper = try keeper()
        cannotAdopt.withLock { $0 = true }
        clock.advance(by: .seconds(300 * Self.day))
        #expect(keeper.turn() == CertificateKeeper.retryPause)
        cannotAdopt.withLock { $0 = false }
        #expect(keeper.turn() == CertificateKeeper.longestPause)
        #expect(adopted.withLock { $0.count } == 1)
        #expect(renewedNames == Self.leaves)
    }

    @Test func anAuthorityThatIsGoneFromDiskIsNotReplacedWhileItSigns() throws {
        defer { try? FileManager.default.removeItem(atPath: directory.path) }
        let keeper = try keeper()
        let before = try PKI(directory: directory, serverNames: names, now: now).authority
        try FileManager.default.removeItem(atPath: directory.file("pki/ca.crt"))
        clock.advance(by: .seconds(300 * Self.day))
        _ = keeper.turn()
        #expect(adopted.withLock { $0.last?.cluster.authority } == before)
    }
}
