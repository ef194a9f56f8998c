import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import Logging

/// The service accounts' tokens of this node's pods: each is asked for once and again after four fifths of its life.
actor PodTokens {
    /// How long before a token is asked for again that could not be had.
    static let retryNanoseconds: Int64 = 10_000_000_000
    /// A token is renewed after a day at the latest, however long it holds.
    static let longestNanoseconds: Int64 = 24 * 3_600 * 1_000_000_000

    struct Failure: Error, CustomStringConvertible { var description: String }

    private struct Held {
        var token: String
        var renewal: Instant
        var expiry: Instant
    }
    private let api: any ClusterAPI
    private let clock: any TimeSource
    /// By the pod's uid.
    private var held: [String: [VolumePlanner.TokenRequestKey: Held]] = [:]

    init(api: any ClusterAPI, clock: any TimeSource) {
        self.api = api
        self.clock = clock
    }

    /// The tokens that the pod's volumes ask for. Throws when one cannot be had and there is none that still holds.
    func tokens(_ pod: Pod) async throws -> [VolumePlanner.TokenRequestKey: String] {
        var tokens: [VolumePlanner.TokenRequestKey: String] = [:]
        for key in VolumePlanner.tokenRequests(pod) { tokens[key] = try await token(pod, key).token }
        return tokens
    }

    /// Those that a driver of volumes wants, as it is told them: a JSON object by audience.
    func forDriver(_ pod: Pod, _ requests: [VolumePlanner.TokenRequestKey]) async throws -> String {
        var tokens: JSON = .object
        for request in requests {
            let held = try await token(pod, request)
            tokens[request.audience] = ["token": JSON(held.token), "expirationTimestamp": JSON(held.expiry.rfc3339)]
        }
        return tokens.text
    }

    /// Whether a token of the pod has to be asked for: it is due, or not known here because the pod was adopted.
    func areDue(_ pod: Pod) -> Bool {
        let known = held[pod.uid] ?? [:]
        return VolumePlanner.tokenRequests(pod).contains { key in
            known[key].map { $0.renewal <= clock.now } ?? true
        }
    }

    /// The pod is gone.
    func forget(_ uid: String) { held[uid] = nil }

    private func token(_ pod: Pod, _ key: VolumePlanner.TokenRequestKey) async throws -> Held {
        if let present = held[pod.uid]?[key], clock.now < present.renewal { return present }
        do {
            let fresh = try await request(pod, key)
            held[pod.uid, default: [:]][key] = fresh
            return fresh
        } catch {
            guard var present = held[pod.uid]?[key], clock.now < present.expiry else {
                throw Failure(description: "failed to fetch token: \(error)")
            }
            present.renewal = Instant(nanoseconds: clock.now.nanoseconds + Self.retryNanoseconds)
            held[pod.uid]?[key] = present
            return present
        }
    }

    private func request(_ pod: Pod, _ key: VolumePlanner.TokenRequestKey) async throws -> Held {
        var request: JSON = [
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
            "metadata": ["namespace": JSON(pod.namespace)],
        ]
        request["spec", "expirationSeconds"] = JSON(key.seconds)
        request["spec", "audiences"] = JSON(key.audience.isEmpty ? [] : [key.audience])
        request["spec", "boundObjectRef"] = [
            "kind": "Pod", "apiVersion": "v1", "name": JSON(pod.name), "uid": JSON(pod.uid),
        ]
        let began = clock.now
        let answer = try await api.create(
            ServiceAccount.resource, request, name: pod.spec.serviceAccountName ?? "default", subresource: .token)
        guard let token = answer["status", "token"]?.string, !token.isEmpty,
            let expiry = answer["status", "expirationTimestamp"]?.string.flatMap({ Instant(rfc3339: $0) })
        else { throw Failure(description: "the server's answer has no token") }
        let life = max(0, expiry.nanoseconds - began.nanoseconds)
        return Held(
            token: token,
            renewal: Instant(nanoseconds: began.nanoseconds + min(life / 5 * 4, Self.longestNanoseconds)),
            expiry: expiry)
    }
}
