import APIMachinery
import Basics
import KubeAPI
import Testing

@testable import ClusterClient

@Suite struct RetryPolicyTests {
    @Test(
        arguments: [
            // What is certainly not done is done again, whatever it is.
            (RetryPolicy.Failure.notSent, 1, false, Duration.milliseconds(100)),
            (.notSent, 3, true, .milliseconds(400)),
            (.notSent, 4, true, nil),
            (.unknown, 1, true, .milliseconds(100)), (.unknown, 1, false, nil),
            (.timedOut, 1, true, nil),
            (.answered(code: 429, retryAfterSeconds: nil), 2, false, .milliseconds(200)),
            (.answered(code: 429, retryAfterSeconds: 3), 1, false, .seconds(3)),
            (.answered(code: 503, retryAfterSeconds: 1), 1, false, .seconds(1)),
            (.answered(code: 503, retryAfterSeconds: nil), 1, true, nil),
            (.answered(code: 503, retryAfterSeconds: 3_600), 1, true, nil),
            (.answered(code: 409, retryAfterSeconds: 1), 1, true, nil),
            (.answered(code: 404, retryAfterSeconds: nil), 1, true, nil),
        ] as [(RetryPolicy.Failure, Int, Bool, Duration?)])
    func whatIsMadeAgain(failure: RetryPolicy.Failure, attempt: Int, isRead: Bool, pause: Duration?) {
        #expect(RetryPolicy(tries: 4).pause(after: failure, attempt: attempt, isRead: isRead) == pause)
    }

    @Test func eventsAreCutFromBytesAsTheyCome() throws {
        var lines = WatchLines(limit: 200)
        let text = """
            {"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"7"}}}
            {"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9"}}}

            {"type":"ERROR","object":{"kind":"Status","status":"Failure","message":"too old","reason":"Expired","code":410}}

            """
        var seen: [String] = []
        for byte in text.utf8 {
            let (events, failure) = try lines.received([byte])
            for event in events {
                switch event {
                case .added(let object): seen.append("added \(object.key) \(object.revision)")
                case .bookmark(let revision): seen.append("bookmark \(revision)")
                default: seen.append("other")
                }
            }
            if let failure { seen.append("\(failure.code) \(failure.reason.rawValue) \(failure.message)") }
        }
        #expect(seen == ["added a 7", "bookmark 9", "410 Expired too old"])
        #expect(throws: WatchLines.Malformed.self) { try lines.received([UInt8](repeating: 0x20, count: 201)) }
        var others = WatchLines(limit: 200)
        #expect(throws: WatchLines.Malformed.self) { try others.received(Array("[]\n".utf8)) }
        #expect(throws: WatchLines.Malformed.self) {
            try others.received(Array(#"{"type":"NEW","object":{}}"#.utf8) + [10])
        }
    }

    @Test func placesOfWhatIsKnownAndWhatIsAsked() async throws {
        let paths = ResourcePaths()
        let none: (String) async throws -> JSON = { _ in throw StatusError(code: 404, answer: "") }
        let pods = try await paths.place(Pod.resource, none)
        #expect(pods.path(namespace: "a b", name: "web", subresource: .log) == "/api/v1/namespaces/a%20b/pods/web/log")
        #expect(pods.path(namespace: "") == "/api/v1/pods")
        let nodes = try await paths.place(Node.resource, none)
        #expect(nodes.path(namespace: "ignored", name: "n") == "/api/v1/nodes/n")
        #expect(try await paths.place(Lease.resource, none).root == "/apis/coordination.k8s.io/v1")
        let cups = GroupResource(group: "example.com", resource: "cups")
        await #expect(throws: StatusError.self) { try await paths.place(cups, none) }
        let asked = try await paths.place(cups) { path in
            path == "/apis/example.com"
                ? ["preferredVersion": ["version": "v2"], "versions": [["version": "v1"], ["version": "v2"]]]
                : path == "/apis/example.com/v1"
                    ? ["resources": [["name": "cups", "kind": "Cup", "namespaced": true]]] : ["resources": []]
        }
        #expect(asked == ResourcePlace(root: "/apis/example.com/v1", resource: cups, kind: "Cup", isNamespaced: true))
        #expect(try await paths.place(cups, none) == asked)
    }
}
