import APIMachinery
import Basics
import ControlLoops
import KubeAPI
import OutboundHTTP

/// A program beside the scheduler that is asked about pods over HTTP (an Extender of KubeSchedulerConfiguration; its messages
/// are those of k8s.io/kube-scheduler/extender/v1).
struct Extender: Sendable {
    /// What keeps a pod out that an extender keeps out; no news is known to help it, so that all does.
    static let plugin = "Extender"
    /// Without a slash at its end.
    var url: String
    /// Paths below it; nil for what it is not asked.
    var filterVerb: String?
    var prioritizeVerb: String?
    var bindVerb: String?
    var weight = 1
    var timeout = Duration.seconds(5)
    var tls = OutboundRequest.TLS()
    /// It knows the nodes itself, so that names are enough.
    var knowsNodes = false
    /// If it fails, things go on without it.
    var isIgnorable = false
    /// It is asked only about pods that want one of these; empty is all pods.
    var managedResources: Set<String> = []

    func isInterested(in pod: PendingPod) -> Bool {
        if managedResources.isEmpty { return true }
        let spec = pod.object["spec"]
        let containers = (spec?["containers"]?.elements ?? []) + (spec?["initContainers"]?.elements ?? [])
        return containers.contains { container in
            ["requests", "limits"].contains { list in
                container["resources"]?[list]?.members.contains { managedResources.contains($0.name) } == true
            }
        }
    }
}

/// A pod for which nodes were found, and about which extenders are asked before one is chosen.
struct Inquiry: Sendable {
    var pod: PendingPod
    /// Names.
    var nodes: [String]
    var diagnosis: Diagnosis
    var attempt: SchedulerMetrics.Attempt
}

/// What extenders said of a pod.
enum ExtenderVerdict: Sendable {
    struct Refusal: Sendable {
        var node: String
        var reason: String
        var canBeResolved: Bool
    }
    /// The nodes that are left, who refuses which, and what to add to the nodes' totals.
    case answered(nodes: [String], refusals: [Refusal], scores: [String: Int])
    /// One that matters could not be asked.
    case failed(String)
}

/// Asks extenders, one after the other, each about the nodes that those before it left.
struct ExtenderCaller: Sendable {
    /// Answers may be so large.
    private static let longestAnswer = 64 << 20
    let client: OutboundClient
    let world: World

    func ask(_ extenders: [Extender], about inquiry: Inquiry) async -> ExtenderVerdict {
        var nodes = inquiry.nodes
        var refusals: [ExtenderVerdict.Refusal] = []
        for extender in extenders where extender.isInterested(in: inquiry.pod) && !nodes.isEmpty {
            guard let verb = extender.filterVerb else { continue }
            do {
                let answer = try await call(extender, verb, arguments(extender, inquiry.pod, nodes))
                if let error = answer["Error"]?.string, !error.isEmpty { throw Failure(description: error) }
                let left = Self.names(answer, extender)
                for (field, canBeResolved) in [("FailedNodes", true), ("FailedAndUnresolvableNodes", false)] {
                    for member in answer[field]?.members ?? [] {
                        refusals.append(
                            ExtenderVerdict.Refusal(
                                node: member.name, reason: member.value.string ?? "", canBeResolved: canBeResolved))
                    }
                }
                nodes.removeAll { !left.contains($0) }
            } catch {
                if !extender.isIgnorable { return .failed("\(error)") }
            }
        }
        var scores: [String: Int] = [:]
        for extender in extenders where extender.isInterested(in: inquiry.pod) && nodes.count > 1 {
            guard let verb = extender.prioritizeVerb else { continue }
            // Whoever cannot say what it prefers does not matter, as for Kubernetes.
            guard let answer = try? await call(extender, verb, arguments(extender, inquiry.pod, nodes)) else {
                continue
            }
            for entry in answer.elements {
                guard let host = entry["Host"]?.string, let score = entry["Score"]?.int else { continue }
                // They count from 0 to 10, we to 100.
                scores[host, default: 0] += min(max(score, 0), 10) * 10 * extender.weight
            }
        }
        return .answered(nodes: nodes, refusals: refusals, scores: scores)
    }

    /// Throws what the extender says, or why it could not be asked.
    func bind(_ pod: PendingPod, to node: String, _ extender: Extender) async throws {
        let answer = try await call(
            extender, extender.bindVerb ?? "",
            [
                "PodName": JSON(pod.key.name), "PodNamespace": JSON(pod.key.namespace), "PodUID": JSON(pod.uid),
                "Node": JSON(node),
            ])
        if let error = answer["Error"]?.string, !error.isEmpty { throw Failure(description: error) }
    }

    struct Failure: Error, CustomStringConvertible { var description: String }

    private func arguments(_ extender: Extender, _ pod: PendingPod, _ nodes: [String]) -> JSON {
        if extender.knowsNodes { return ["Pod": pod.object, "Nodes": .null, "NodeNames": JSON(nodes)] }
        let objects = nodes.compactMap { world.cache(Node.resource).get(ObjectKey(name: $0)) }
        return ["Pod": pod.object, "Nodes": ["metadata": .object, "items": JSON(objects)], "NodeNames": .null]
    }
    private static func names(_ answer: JSON, _ extender: Extender) -> Set<String> {
        if extender.knowsNodes || answer["Nodes"]?.isObject != true { return Set(answer["NodeNames"]?.strings ?? []) }
        return Set((answer["Nodes"]?["items"]?.elements ?? []).map(\.key.name))
    }

    private func call(_ extender: Extender, _ verb: String, _ body: JSON) async throws -> JSON {
        var request = OutboundRequest("\(extender.url)/\(verb)")
        request.method = "POST"
        request.headers = [(name: "content-type", value: "application/json")]
        request.body = body.bytes
        request.timeout = extender.timeout
        request.tls = extender.tls
        request.maximumBodyBytes = Self.longestAnswer
        let response = try await client.send(request)
        let bytes = try await response.body.collect()
        guard response.status == 200 else {
            throw Failure(description: "failed \(verb) with extender at URL \(extender.url), code \(response.status)")
        }
        return try JSON(parsing: bytes)
    }
}
