import APIMachinery
import APIServer
import KubeAPI
import Testing

@Suite struct FormsTests {
    @Test func takesProtobufBodies() async throws {
        try await Harness.run { cluster in
            func post(_ method: String, _ path: String, _ object: JSON) async throws -> Harness.Reply {
                let kind = GroupVersionKind(
                    apiVersion: object["apiVersion"]?.string ?? "", kind: object["kind"]?.string ?? "")
                var request = cluster.request(
                    method, path, headers: [(name: "content-type", value: Protobuf.mediaType)])
                let version = GroupVersionKind(group: "", version: "v1", kind: kind.kind)
                request.body = try Protobuf.encode(
                    object, type: try #require(Schema.kubernetes(kind) ?? Schema.kubernetes(version)))
                let answer = await cluster.server.answer(request)
                guard case .bytes(let bytes) = answer.body else { throw HarnessError(description: "no bytes") }
                return Harness.Reply(status: answer.status, headers: answer.headers, bytes: bytes)
            }
            let made = try await post("POST", Harness.pods, Harness.pod("p"))
            #expect(made.status == 201, "\(made.text)")
            #expect(made.json["spec", "containers"]?[0]["image"]?.string == "i")
            let deleted = try await post(
                "DELETE", "\(Harness.pods)/p",
                ["kind": "DeleteOptions", "apiVersion": "apps/v1", "gracePeriodSeconds": 0])
            #expect(deleted.status == 200, "\(deleted.text)")
            let damaged = try await cluster.call(
                "POST", Harness.pods, headers: [(name: "content-type", value: Protobuf.mediaType)], text: "k8s\u{0}xx")
            #expect(damaged.status == 400)
        }
    }

    @Test func describesItself() async throws {
        try await Harness.run { cluster in
            let index = try await cluster.call("GET", "/openapi/v3")
            let url = index.json["paths", "apis/apps/v1", "serverRelativeURL"]?.string ?? ""
            #expect(url.hasPrefix("/openapi/v3/apis/apps/v1?hash="))
            let document = try await cluster.call("GET", url)
            #expect(document.header("cache-control") == "public, immutable")
            #expect(document.json["components", "schemas", "io.k8s.api.apps.v1.Deployment"] != nil)
            #expect(document.json["paths", "/apis/apps/v1/namespaces/{namespace}/deployments/{name}"] != nil)
            let tag = document.header("etag") ?? ""
            let again = try await cluster.call("GET", url, headers: [(name: "if-none-match", value: tag)])
            #expect(again.status == 304)
            let swagger = try await cluster.call("GET", "/openapi/v2")
            #expect(swagger.json["swagger"]?.string == "2.0")
            let protobuf = try await cluster.call(
                "GET", "/openapi/v2",
                headers: [
                    (name: "accept", value: "application/com.github.proto-openapi.spec.v2@v1.0+protobuf")
                ])
            #expect(protobuf.status == 406)
            #expect(try await cluster.call("GET", "/openapi/v3/apis/nope/v1").status == 404)
        }
    }
}
