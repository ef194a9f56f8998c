import APIMachinery
import APIServer
import Basics
import HTTPMessages
import KubeAPI

/// Inputs for a whole server in memory, as requests. Gives a sentence for an answer of 500 or more: nothing that a client
/// sends is the server's fault.
struct FuzzServer: Sendable {
    static let names = ["bodies", "patch-requests", "queries", "tokens", "continue", "certificates"]

    private let server: ClusterServer
    /// A service account's, and a page's.
    private let token: String
    private let page: String
    private static let maps = "/api/v1/namespaces/default/configmaps"

    /// Runs `body` against a server that is ready, and ends it.
    static func run(_ body: @escaping @Sendable (FuzzServer) async throws -> Void) async throws {
        try await MemoryCluster.run { server in try await body(try await FuzzServer(server)) }
    }

    private init(_ server: ClusterServer) async throws {
        self.server = server
        func call(_ method: String, _ path: String, _ query: String = "", _ body: JSON? = nil) async -> JSON {
            let answer = await server.answer(
                Self.request(method, path, query, body?.bytes ?? [], "application/json"))
            guard case .bytes(let bytes) = answer.body else { return .null }
            return (try? JSON(parsing: bytes)) ?? .null
        }
        for name in ["m", "n", "o"] {
            _ = await call(
                "POST", Self.maps, "",
                ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": JSON(name)], "data": ["k": "v"]])
        }
        let accounts = "/api/v1/namespaces/default/serviceaccounts"
        _ = await call(
            "POST", accounts, "", ["apiVersion": "v1", "kind": "ServiceAccount", "metadata": ["name": "robot"]])
        let request: JSON = [
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": ["expirationSeconds": 600],
        ]
        token = await call("POST", "\(accounts)/robot/token", "", request)["status", "token"]?.string ?? ""
        page = await call("GET", Self.maps, "limit=1")["metadata", "continue"]?.string ?? ""
        guard !token.isEmpty, !page.isEmpty else { throw Unready() }
    }
    private struct Unready: Error {}

    func run(_ name: String, _ mutation: inout Mutation) async -> String? {
        let request = request(name, &mutation)
        let answer = await server.answer(request)
        answer.abandon()
        // 504 is for what takes too long, such as a list of a revision that is not there yet.
        guard answer.status >= 500, answer.status != 504 else { return nil }
        var text = ""
        if case .bytes(let bytes) = answer.body { text = String(decoding: bytes.prefix(600), as: UTF8.self) }
        return "\(answer.status) for \(request.method) \(request.path)?\(request.query.prefix(300)): \(text)"
    }

    private static func request(
        _ method: String, _ path: String, _ query: String = "", _ body: [UInt8] = [], _ type: String = "",
        token: String = MemoryCluster.adminToken
    ) -> Request {
        var headers = [(name: "authorization", value: "Bearer \(token)")]
        if !type.isEmpty { headers.append((name: "content-type", value: type)) }
        return Request(
            method: method, path: path, query: query, headers: headers, body: body, sourceAddress: "127.0.0.1")
    }

    private func request(_ name: String, _ mutation: inout Mutation) -> Request {
        switch name {
        case "bodies": return body(&mutation)
        case "patch-requests": return patch(&mutation)
        case "queries": return query(&mutation)
        case "tokens":
            let header = mutation.pick([token, "abcdef.0123456789abcdef", "a.b.c"])
            return Self.request("GET", Self.maps, token: mutation.mutated(header))
        case "continue":
            let page = PercentEncoding.encode(mutation.mutated(page))
            return Self.request("GET", Self.maps, "limit=1&continue=\(page)")
        default:
            var bytes = Base64.decode(FuzzSamples.certificateRequest) ?? []
            if mutation.below(2) == 0 {
                bytes = mutation.mutated(bytes, with: [])
            } else {
                // The PEM stays whole, what is in it does not.
                let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
                let der = Base64.decode(lines.dropFirst().dropLast().joined()) ?? []
                let broken = Base64.encode(mutation.mutated(der, with: []).prefix(4_096))
                bytes = Array("\(lines.first ?? "")\n\(broken)\n\(lines.last ?? "")\n".utf8)
            }
            let body: JSON = [
                "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": ["name": "c"],
                "spec": [
                    "request": JSON(Base64.encode(bytes)), "usages": ["digital signature", "server auth"],
                    "signerName": JSON(mutation.pick(["kubernetes.io/kubelet-serving", "example.com/x"])),
                ],
            ]
            return Self.request(
                "POST", "/apis/certificates.k8s.io/v1/certificatesigningrequests", "dryRun=All", body.bytes,
                "application/json")
        }
    }

    private static let collections = [
        "/api/v1/namespaces/default/pods", "/apis/apps/v1/namespaces/default/deployments",
        "/api/v1/namespaces/default/services", maps, "/apis/rbac.authorization.k8s.io/v1/clusterroles",
        "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers",
        "/apis/certificates.k8s.io/v1/certificatesigningrequests",
    ]

    private func body(_ mutation: inout Mutation) -> Request {
        let index = mutation.below(FuzzSamples.objects.count)
        let others = FuzzSamples.objects.map { Array($0.utf8) }
        let (bytes, type) =
            mutation.below(3) == 0 && index < FuzzSamples.protobuf.count
            ? (mutation.mutated(FuzzSamples.protobuf[index], with: FuzzSamples.protobuf), Protobuf.mediaType)
            : (mutation.mutated(others[index], with: others), mutation.pick(["application/json", "application/yaml"]))
        var query = "dryRun=All"
        if mutation.below(3) == 0 { query += "&fieldValidation=Strict" }
        return Self.request("POST", Self.collections[index], query, bytes, type)
    }

    private func patch(_ mutation: inout Mutation) -> Request {
        let samples = FuzzSamples.patches.map { Array($0.utf8) }
        let type = mutation.pick([
            "application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json",
            "application/apply-patch+yaml",
        ])
        let query = "dryRun=All&fieldManager=f" + (mutation.below(2) == 0 ? "&force=true" : "")
        let name = mutation.pick(["m", "new"])
        return Self.request(
            "PATCH", "\(Self.maps)/\(name)", query, mutation.mutated(mutation.pick(samples), with: samples), type)
    }

    private func query(_ mutation: inout Mutation) -> Request {
        let selector = mutation.mutated(
            mutation.pick(FuzzSamples.labelSelectors + FuzzSamples.fieldSelectors + FuzzSamples.quantities))
        let name = mutation.pick([
            "labelSelector", "fieldSelector", "limit", "resourceVersion", "resourceVersionMatch", "timeoutSeconds",
            "includeObject", "fieldValidation",
        ])
        let path = mutation.below(4) == 0 ? mutation.mutated(mutation.pick(Self.collections)) : Self.maps
        var request = Self.request(
            mutation.pick(["GET", "GET", "DELETE", "HEAD", "PUT"]), path,
            "dryRun=All&\(name)=\(PercentEncoding.encode(String(selector.prefix(8_000))))")
        if mutation.below(2) == 0 {
            request.headers.append(
                (name: "accept", value: mutation.mutated("application/json;as=Table;v=v1;g=meta.k8s.io")))
        }
        return request
    }
}
