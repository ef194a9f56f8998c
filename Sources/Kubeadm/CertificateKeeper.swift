import Basics
import CoreMetrics
import Foundation
import Instruments
import Logging
import Synchronization

/// Renews a cluster's certificates while it runs, and tells of it. What serves them is told by `adopt`, without a restart.
public final class CertificateKeeper: Sendable {
    /// What a person should know.
    public enum News: Sendable, Equatable {
        /// `name` is the file's, such as "apiserver".
        case renewed(name: String, until: Date)
        /// What was there is still served.
        case failed(reason: String)
        /// Nobody can renew an authority: all that trust it have to be told of another.
        case authorityEnds(name: String, at: Date)
    }
    /// The certificates of one cluster; those of the store only where its API is served.
    public struct Certificates: Sendable {
        public var cluster: PKI
        public var store: StorePKI?
        public init(cluster: PKI, store: StorePKI?) {
            self.cluster = cluster
            self.store = store
        }
        var all: [NamedCertificate] { cluster.certificates + (store?.certificates ?? []) }
    }
    /// Names that the servers' certificates are for.
    public struct Names: Sendable {
        public var cluster: CertificateAuthority.SubjectNames
        public var store: CertificateAuthority.SubjectNames
        public init(cluster: CertificateAuthority.SubjectNames, store: CertificateAuthority.SubjectNames) {
            self.cluster = cluster
            self.store = store
        }
    }

    /// The longest between two looks: somebody may set the clock, or change the files.
    static let longestPause = Duration.seconds(3_600)
    /// After a failure, such as a full disk.
    static let retryPause = Duration.seconds(60)

    private static let ends = MetricFamily.gauge(
        "skiff_certificate_expiration_timestamp_seconds", "When a certificate ends, in seconds since unix epoch.",
        labels: ["name"])
    private static let renewals = MetricFamily.counter(
        "skiff_certificate_renewals_total", "Certificates that were replaced before their end.", labels: ["name"])
    private static let failures = MetricFamily.counter(
        "skiff_certificate_renewal_failures_total", "Attempts to renew certificates that failed.")

    private struct State {
        /// What is served.
        var certificates: Certificates
        /// The certificates of each name that were not told as renewed, or have been.
        var told: [String: String]
        var toldAuthorities: Set<String> = []
        /// The failure that was told last.
        var toldFailure: String?
    }
    private let state: Mutex<State>
    private let directory: DataDirectory
    private let names: Names
    private let clock: any TimeSource
    private let logger: Logger
    private let metrics: any MetricsFactory
    private let adopt: @Sendable (Certificates) throws -> Void
    private let tell: @Sendable (News) -> Void

    /// `adopt` is called with all certificates when one was replaced, and again if it throws.
    public init(
        _ certificates: Certificates, in directory: DataDirectory, names: Names, clock: any TimeSource = SystemClock(),
        metrics: any MetricsFactory, logger: Logger, adopt: @escaping @Sendable (Certificates) throws -> Void,
        tell: @escaping @Sendable (News) -> Void
    ) {
        let replaced = Set(certificates.cluster.replaced + (certificates.store?.replaced ?? []))
        let others = certificates.all.filter { !replaced.contains($0.name) }
        state = Mutex(
            State(certificates: certificates, told: Dictionary(others.map { ($0.name, $0.pem) }) { $1 }))
        self.directory = directory
        self.names = names
        self.clock = clock
        self.metrics = metrics
        self.logger = logger
        self.adopt = adopt
        self.tell = tell
    }

    /// Keeps until the task is cancelled.
    public func run() async {
        tellOfRenewed(state.withLock { $0.certificates })
        while true {
            let pause = turn()
            do { try await clock.sleep(for: pause) } catch { return }
        }
    }

    /// Renews what is to be renewed now; returns how long nothing is to be done.
    func turn() -> Duration {
        let now = Date(timeIntervalSince1970: Double(clock.now.secondsSince1970))
        let served = state.withLock { $0.certificates }
        do {
            let found = Certificates(
                cluster: try served.cluster.renewed(in: directory, serverNames: names.cluster, now: now),
                store: try served.store?.renewed(in: directory, serverNames: names.store, now: now))
            if found.all != served.all {
                tellOfRenewed(found)
                try adopt(found)
                state.withLock { $0.certificates = found }
            }
            state.withLock { $0.toldFailure = nil }
        } catch {
            failed("\(error)")
            return Self.retryPause
        }
        return look(at: now)
    }

    private func tellOfRenewed(_ certificates: Certificates) {
        for certificate in certificates.all {
            let before = state.withLock { $0.told.updateValue(certificate.pem, forKey: certificate.name) }
            guard before != certificate.pem, let life = CertificateLife(pem: certificate.pem) else { continue }
            metrics.counter(Self.renewals, certificate.name).increment()
            logger.notice(
                "A certificate was renewed", metadata: ["name": "\(certificate.name)", "until": "\(life.end)"])
            tell(.renewed(name: certificate.name, until: life.end))
        }
    }

    /// Shows every end, and warns of authorities that cannot sign for a leaf's whole life any more.
    private func look(at now: Date) -> Duration {
        let served = state.withLock { $0.certificates }
        var next = Self.longestPause
        for certificate in served.all {
            guard let life = CertificateLife(pem: certificate.pem) else { continue }
            metrics.gauge(Self.ends, certificate.name).set(life.end.timeIntervalSince1970)
            if certificate.name.split(separator: "/").last == "ca" {
                let isEnding = life.end.timeIntervalSince(now) < CertificateAuthority.leafLifetimeSeconds
                guard isEnding, state.withLock({ $0.toldAuthorities.insert(certificate.name).inserted }) else {
                    continue
                }
                logger.warning(
                    "An authority ends; nothing can be renewed beyond",
                    metadata: ["name": "\(certificate.name)", "at": "\(life.end)"])
                tell(.authorityEnds(name: certificate.name, at: life.end))
            } else {
                let rest = Duration.seconds(max(1, life.renewal.timeIntervalSince(now).rounded(.up)))
                next = min(next, rest)
            }
        }
        return next
    }

    private func failed(_ reason: String) {
        metrics.counter(Self.failures).increment()
        let isNew = state.withLock { state in
            defer { state.toldFailure = reason }
            return state.toldFailure != reason
        }
        guard isNew else { return }
        logger.error("Certificates could not be renewed", metadata: ["error": "\(reason)"])
        tell(.failed(reason: reason))
    }
}
