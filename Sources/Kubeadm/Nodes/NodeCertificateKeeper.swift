import APIMachinery
import Basics
import Foundation
import KubeAPI
import Logging

/// Gets a node's certificates from its cluster by requests (CertificateSigningRequest), and new ones before they end, as
/// the kubelet does. Whoever shows them is told by `adopt`, without a restart.
///
/// The key of a request is kept until there is an answer, and the request's name is made of it: a node that is started
/// again waits for the answer to the request that it has made.
public actor NodeCertificateKeeper {
    /// What a certificate is for.
    public enum Purpose: Sendable {
        /// To be the node, to the API server.
        case client
        /// For those who call the kubelet, by these names.
        case serving(CertificateAuthority.SubjectNames)

        var signer: String {
            switch self {
            case .client: "kubernetes.io/kube-apiserver-client-kubelet"
            case .serving: "kubernetes.io/kubelet-serving"
            }
        }
        var usages: [String] {
            switch self {
            case .client: ["digital signature", "client auth"]
            case .serving: ["digital signature", "server auth"]
            }
        }
        var names: CertificateAuthority.SubjectNames {
            if case .serving(let names) = self { names } else { .init(dnsNames: [], addresses: []) }
        }
    }
    /// Why a request has no certificate; a sentence.
    public struct Refusal: Error, Equatable, CustomStringConvertible { public var description: String }

    /// Between two looks at a request that nobody has decided.
    private static let looking = Backoff(base: .milliseconds(100), limit: .seconds(5), jitter: 0)
    /// After a failure.
    private static let failing = Backoff(base: .seconds(2), limit: .seconds(300))
    /// The longest between two looks: somebody may set the clock.
    private static let longestPause = Duration.seconds(3_600)

    private let node: String
    private let purpose: Purpose
    private let files: NodeCertificateFiles
    private let api: @Sendable () -> any ClusterAPI
    private let clock: any TimeSource
    private let logger: Logger
    private let adopt: @Sendable (KeyPair) throws -> Void
    private var random: SplitMix64
    /// The chance in when a certificate is replaced, which stays for its life.
    private var chance: (pem: String, share: Double)?
    private var current: KeyPair?

    /// `current` is what is shown at the start, nil when nothing is; `api` is asked at each turn for the cluster as one who
    /// may ask for a certificate.
    public init(
        node: String, purpose: Purpose, files: NodeCertificateFiles, current: KeyPair?,
        clock: any TimeSource = SystemClock(), random: SplitMix64 = SplitMix64(), logger: Logger,
        api: @escaping @Sendable () -> any ClusterAPI, adopt: @escaping @Sendable (KeyPair) throws -> Void
    ) {
        self.node = node
        self.purpose = purpose
        self.files = files
        self.current = current
        self.clock = clock
        self.random = random
        self.logger = logger
        self.api = api
        self.adopt = adopt
    }

    /// What a certificate's life says of when another takes its place: somewhere from 70 to 90 % of it, so that not all nodes
    /// ask at once. `share` is chance, 0 … 1.
    static func deadline(_ life: CertificateLife, share: Double) -> Date {
        life.begin.addingTimeInterval(life.end.timeIntervalSince(life.begin) * (0.7 + 0.2 * share))
    }

    /// Replaces until the task is cancelled.
    public func run() async {
        var failures = 0
        while !Task.isCancelled {
            let pause = pause()
            if pause > .zero {
                try? await clock.sleep(for: min(pause, Self.longestPause))
                continue
            }
            do {
                let pair = try await obtain()
                try adopt(pair)
                current = pair
                failures = 0
                logger.notice(
                    "The node has a new certificate",
                    metadata: [
                        "for": "\(files.name)", "until": "\(CertificateLife(pem: pair.certificatePEM)?.end ?? now)",
                    ])
            } catch is CancellationError {
                return
            } catch {
                logger.warning(
                    "The node has no new certificate yet", metadata: ["for": "\(files.name)", "error": "\(error)"])
                try? await clock.sleep(for: Self.failing.delay(afterFailures: failures))
                failures += 1
            }
        }
    }

    private var now: Date { Date(timeIntervalSince1970: Double(clock.now.nanoseconds) / 1e9) }

    /// How long what is there is good enough.
    private func pause() -> Duration {
        guard let current, let life = CertificateLife(pem: current.certificatePEM) else { return .zero }
        if chance?.pem != current.certificatePEM {
            chance = (current.certificatePEM, Double.random(in: 0...1, using: &random))
        }
        let rest = Self.deadline(life, share: chance?.share ?? 0).timeIntervalSince(now)
        return rest > 0 ? .milliseconds(Int64((rest * 1_000).rounded(.up))) : .zero
    }

    // MARK: One request

    /// Asks, and waits until somebody has decided; the answer is in the files then. Throws `Refusal`, or what the cluster
    /// answers.
    public func obtain() async throws -> KeyPair {
        let kept = files.pendingKey()
        let request: CertificateRequest
        do { request = try self.request(kept) } catch  where kept != nil {
            // What is there is no key.
            request = try self.request(nil)
        }
        if kept != request.privateKeyPEM { try files.writePending(request.privateKeyPEM) }
        do {
            let certificate = try await answer(request)
            guard request.isAnswered(by: certificate) else {
                throw Refusal(description: "the certificate that was issued is not for the request's key and subject")
            }
            let pair = KeyPair(
                certificatePEM: Self.lines(certificate), privateKeyPEM: Self.lines(request.privateKeyPEM))
            try files.write(pair, now: now)
            files.removePending()
            return pair
        } catch let refusal as Refusal {
            // The next request is another.
            files.removePending()
            throw refusal
        }
    }

    private static func lines(_ text: String) -> String { text.hasSuffix("\n") ? text : text + "\n" }

    private func request(_ key: String?) throws -> CertificateRequest {
        try CertificateRequest(
            commonName: "system:node:\(node)", organizations: ["system:nodes"], names: purpose.names,
            privateKeyPEM: key)
    }

    private func answer(_ request: CertificateRequest) async throws -> String {
        let name = "node-csr-\(request.keyDigest)"
        let wanted: JSON = [
            "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
            "metadata": ["name": JSON(name)],
            "spec": [
                "request": JSON(Base64.encode(Array(request.requestPEM.utf8))), "signerName": JSON(purpose.signer),
                "usages": JSON(purpose.usages.map { JSON($0) }),
            ],
        ]
        var looks = 0
        while true {
            let found: JSON
            do {
                found = try await api().get(CertificateSigningRequest.resource, ObjectKey(name: name))
            } catch let error as StatusError where error.code == 404 {
                found = try await api().create(CertificateSigningRequest.resource, wanted)
                logger.info("A certificate was asked for", metadata: ["request": "\(name)", "for": "\(files.name)"])
            }
            if let text = found["status", "certificate"]?.string, let bytes = Base64.decode(text), !bytes.isEmpty {
                return String(decoding: bytes, as: UTF8.self)
            }
            for condition in found["status", "conditions"]?.elements ?? [] {
                guard let type = condition["type"]?.string, ["Denied", "Failed"].contains(type) else { continue }
                let words = [condition["reason"]?.string, condition["message"]?.string].compactMap { $0 }
                throw Refusal(
                    description: "the request \(name) \(type == "Denied" ? "is denied" : "failed"): "
                        + words.joined(separator: ", "))
            }
            try await clock.sleep(for: Self.looking.longestDelay(afterFailures: looks))
            looks += 1
        }
    }
}
