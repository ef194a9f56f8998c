import APIServer
import KubeAPI
import Testing

@testable import APIMachinery

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

    /// kubectl asks for it when it applies what no document of OpenAPI 3 describes, such as a List.
    @Test func describesItselfInTheOlderFormAsAMessage() async throws {
        try await Harness.run { cluster in
            let plain = try await cluster.call("GET", "/openapi/v2")
            #expect(plain.header("content-type") == "application/json")
            for type in [SwaggerProtobuf.mediaType, SwaggerProtobuf.formerMediaType] {
                let message = try await cluster.call("GET", "/openapi/v2", headers: [(name: "accept", value: type)])
                #expect(message.header("content-type") == SwaggerProtobuf.mediaType)
                var reader = ProtobufReader(message.bytes)
                var counts: [Int: Int] = [:]
                var version = ""
                while let (number, field) = try reader.next() {
                    if number == 1 { version = try field.string() }
                    guard number > 7 else { continue }
                    var inner = try field.message()
                    while try inner.next() != nil { counts[number, default: 0] += 1 }
                }
                #expect(version == "2.0")
                #expect(counts == [8: plain.json["paths"]?.count ?? 0, 9: plain.json["definitions"]?.count ?? 0])
            }
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
            let other = try await cluster.call(
                "GET", "/openapi/v2", headers: [(name: "accept", value: "application/xml")])
            #expect(other.status == 406)
            #expect(try await cluster.call("GET", "/openapi/v3/apis/nope/v1").status == 404)
        }
    }
}
