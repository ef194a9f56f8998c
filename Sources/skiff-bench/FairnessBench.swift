import APIMachinery
import ArgumentParser
import Foundation
import OutboundHTTP

/// `skiff-bench fairness`: how long a quiet client waits alone, and beside one that asks for all it can, over HTTP, of a
/// server that is running already. Both are service accounts, made here and removed after.
struct FairnessBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fairness", abstract: "Measures what a greedy client does to another's waiting time.")

    @Option(help: "The server, such as http://127.0.0.1:8080.")
    var server: String
    @Option(help: "The file that has the administrator's bearer token.")
    var tokenFile: String
    @Option(help: "Requests that the greedy client has open at once.")
    var greed = 64
    @Option(help: "Objects that each of its lists has.")
    var objects = 500
    @Option(help: "How long each part lasts.")
    var seconds = 10.0

    /// One of its own for each run: the last one may still be going.
    private static let namespace = "fairness-\(UInt32.random(in: .min ... .max))"
    private static let maps = "/api/v1/namespaces/\(namespace)/configmaps"

    func run() async throws {
        let admin = try String(contentsOfFile: tokenFile, encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let (quiet, greedy) = (OutboundClient(maximumTransfers: 4), OutboundClient(maximumTransfers: greed))
        defer {
            quiet.shutdown()
            greedy.shutdown()
        }
        let tokens = try await prepare(quiet, admin)
        // The first requests pay for connections and caches.
        _ = try await measure(quiet, tokens.quiet, seconds: min(1, seconds))
        let alone = try await measure(quiet, tokens.quiet, seconds: seconds)
        let server = server
        let (beside, answers) = try await withThrowingTaskGroup(of: [Int: Int].self) { group in
            for _ in 0..<greed { group.addTask { await Self.devour(greedy, server, tokens.greedy) } }
            try await Task.sleep(for: .seconds(min(1, seconds)))
            let result = try await measure(quiet, tokens.quiet, seconds: seconds)
            group.cancelAll()
            return (result, try await group.reduce(into: [:]) { $0.merge($1) { $0 + $1 } })
        }
        _ = try await Self.call(quiet, server, "DELETE", "/api/v1/namespaces/\(Self.namespace)", nil, admin)
        print("alone:  \(Self.text(alone))")
        print("beside: \(Self.text(beside)); the greedy client's answers: \(answers)")
        print(
            "p99 is \(shown(Self.quantile(beside, 0.99) / Self.quantile(alone, 0.99))) times the quiet value; 3 is the most"
        )
    }

    /// Asks for lists, one after the other, until the task is cancelled; gives how many answers there were of each status.
    private static func devour(_ client: OutboundClient, _ server: String, _ token: String) async -> [Int: Int] {
        var answers: [Int: Int] = [:]
        while !Task.isCancelled {
            guard let answer = try? await call(client, server, "GET", maps, nil, token) else { continue }
            answers[answer.status, default: 0] += 1
            if answer.status == 429 { try? await Task.sleep(for: .milliseconds(100)) }
        }
        return answers
    }

    /// Milliseconds of each request of a client that asks for one small object, ten milliseconds after each answer.
    private func measure(_ client: OutboundClient, _ token: String, seconds: Double) async throws -> [Double] {
        var times: [Double] = []
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            let began = ContinuousClock.now
            let answer = try await Self.call(client, server, "GET", "\(Self.maps)/map-0", nil, token)
            guard answer.status == 200 else { throw Refused(description: "\(answer.status) \(answer.body.text)") }
            times.append((ContinuousClock.now - began) / .milliseconds(1))
            try await Task.sleep(for: .milliseconds(10))
        }
        return times.sorted()
    }
    private struct Refused: Error, CustomStringConvertible { var description: String }

    private static func quantile(_ sorted: [Double], _ part: Double) -> Double {
        sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]
    }
    private static func text(_ sorted: [Double]) -> String {
        "\(sorted.count) requests, p50 \(shown(quantile(sorted, 0.5))) ms, p99 \(shown(quantile(sorted, 0.99))) ms, "
            + "longest \(shown(sorted.last ?? 0)) ms"
    }

    // MARK: What is asked for, and by whom

    private func prepare(_ client: OutboundClient, _ admin: String) async throws -> (quiet: String, greedy: String) {
        func make(_ path: String, _ object: JSON) async throws -> JSON {
            let answer = try await Self.call(client, server, "POST", path, object, admin)
            guard answer.status < 300 else { throw Refused(description: "\(answer.status) \(answer.body.text)") }
            return answer.body
        }
        let space: JSON = JSON(Self.namespace)
        _ = try await make(
            "/api/v1/namespaces", ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": space]])
        let text = String(repeating: "x", count: 1_000)
        for number in 0..<objects {
            _ = try await make(
                Self.maps,
                [
                    "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": JSON("map-\(number)")],
                    "data": ["text": JSON(text)],
                ])
        }
        var tokens: [String] = []
        let accounts = "/api/v1/namespaces/\(Self.namespace)/serviceaccounts"
        for name in ["quiet", "greedy"] {
            _ = try await make(
                accounts, ["apiVersion": "v1", "kind": "ServiceAccount", "metadata": ["name": JSON(name)]])
            let token = try await make(
                "\(accounts)/\(name)/token",
                ["apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": ["expirationSeconds": 3600]])
            tokens.append(token["status", "token"]?.string ?? "")
        }
        let subjects = ["quiet", "greedy"].map { name -> JSON in
            ["kind": "ServiceAccount", "name": JSON(name), "namespace": space]
        }
        _ = try await make(
            "/apis/rbac.authorization.k8s.io/v1/namespaces/\(Self.namespace)/rolebindings",
            [
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": ["name": "view"],
                "roleRef": ["apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"],
                "subjects": JSON(subjects),
            ])
        return (tokens[0], tokens[1])
    }

    private static func call(
        _ client: OutboundClient, _ server: String, _ method: String, _ path: String, _ body: JSON?, _ token: String
    ) async throws -> (status: Int, body: JSON) {
        var request = OutboundRequest(server + path)
        request.method = method
        request.headers = [("authorization", "Bearer \(token)"), ("content-type", "application/json")]
        request.body = body?.bytes ?? []
        request.tls.isInsecure = true
        let answer = try await client.send(request)
        let bytes = try await answer.body.collect()
        // A long list's text is not looked at.
        return (answer.status, bytes.count > 100_000 ? .null : (try? JSON(parsing: bytes)) ?? .null)
    }
}
