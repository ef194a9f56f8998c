import APIMachinery
import APIServer
import HTTPMessages
import KubeAPI
import Synchronization
import Testing

@Suite struct WritingTests {
    static func type(_ name: String) -> [(name: String, value: String)] { [(name: "content-type", value: name)] }

    @Test func takesThreeKindsOfPatch() async throws {
        try await Harness.run { cluster in
            _ = try await cluster.call("POST", Harness.pods, Harness.pod("p"))
            let strategic = try await cluster.call(
                "PATCH", "\(Harness.pods)/p", ["spec": ["containers": [["name": "c", "image": "j"]]]],
                headers: Self.type("application/strategic-merge-patch+json"))
            #expect(strategic.status == 200, "\(strategic.text)")
            #expect(strategic.json["spec", "containers"]?[0]["image"]?.string == "j")
            #expect(strategic.json["spec", "containers"]?[0]["imagePullPolicy"]?.string == "Always")
            #expect(strategic.json["metadata", "generation"]?.int == 2)
            let json = try await cluster.call(
                "PATCH", "\(Harness.pods)/p",
                [["op": "add", "path": "/metadata/labels", "value": ["a": "b"]]],
                headers: Self.type("application/json-patch+json"))
            #expect(json.json["metadata", "labels"] == ["a": "b"], "\(json.text)")
            let failing = try await cluster.call(
                "PATCH", "\(Harness.pods)/p", [["op": "test", "path": "/metadata/labels/a", "value": "c"]],
                headers: Self.type("application/json-patch+json"))
            #expect(failing.status == 422)
            let same = try await cluster.call(
                "PATCH", "\(Harness.pods)/p", ["metadata": ["labels": ["a": "b"]]],
                headers: Self.type("application/merge-patch+json"))
            #expect(same.json["metadata", "resourceVersion"] == json.json["metadata", "resourceVersion"])
            let stale = try await cluster.call(
                "PATCH", "\(Harness.pods)/p", ["metadata": ["resourceVersion": "1", "labels": ["a": "x"]]],
                headers: Self.type("application/merge-patch+json"))
            #expect(stale.status == 409)
            let renamed = try await cluster.call(
                "PATCH", "\(Harness.pods)/p", ["metadata": ["name": "q"]],
                headers: Self.type("application/merge-patch+json"))
            #expect(renamed.status == 400)
        }
    }

    @Test func appliesOnTheServer() async throws {
        try await Harness.run { cluster in
            func apply(_ manager: String, _ yaml: String, _ query: String = "") async throws -> Harness.Reply {
                try await cluster.call(
                    "PATCH", "\(Harness.configMaps)/x?fieldManager=\(manager)\(query)",
                    headers: Self.type("application/apply-patch+yaml"),
                    text: "kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\ndata: \(yaml)\n")
            }
            #expect(try await apply("", "{a: '1'}").status == 422)
            let created = try await apply("one", "{a: '1', b: '1'}")
            #expect(created.status == 201, "\(created.text)")
            #expect(created.json["metadata", "managedFields"]?[0]["operation"]?.string == "Apply")
            let same = try await apply("one", "{a: '1', b: '1'}")
            #expect(same.status == 200)
            #expect(same.json["metadata", "resourceVersion"] == created.json["metadata", "resourceVersion"])
            let conflict = try await apply("two", "{a: '2'}")
            #expect(conflict.status == 409)
            #expect(
                conflict.message == "Apply failed with 1 conflict: conflict with \"one\": .data.a", "\(conflict.text)")
            let forced = try await apply("two", "{a: '2'}", "&force=true")
            #expect(forced.json["data"] == ["a": "2", "b": "1"])
            let less = try await apply("one", "{c: '1'}")
            #expect(less.json["data"] == ["a": "2", "c": "1"], "what one owned and sends no more is gone")
            let patched = try await cluster.call(
                "PATCH", "\(Harness.configMaps)/x?fieldManager=three", ["data": ["c": "3"]],
                headers: Self.type("application/merge-patch+json"))
            let managers = patched.json["metadata", "managedFields"]?.elements.compactMap { $0["manager"]?.string }
            #expect(managers?.contains("three") == true)
            #expect(try await apply("one", "{c: '1'}").status == 409)
            // An object of which nobody told who owns it has an owner too.
            var old: JSON = Harness.configMap("old")
            old["metadata", "managedFields"] = [.object]
            _ = try await cluster.call("POST", Harness.configMaps, old)
            let late = try await cluster.call(
                "PATCH", "\(Harness.configMaps)/old?fieldManager=one",
                headers: Self.type("application/apply-patch+yaml"),
                text: "kind: ConfigMap\napiVersion: v1\nmetadata: {name: old}\ndata: {a: other}\n")
            #expect(late.status == 409)
            #expect(late.message.contains("before-first-apply"))
        }
    }

    @Test func generatesNames() async throws {
        try await Harness.run { cluster in
            var object: JSON = Harness.configMap("")
            object["metadata"] = ["generateName": "job-"]
            let created = try await cluster.call("POST", Harness.configMaps, object)
            let name = created.json["metadata", "name"]?.string ?? ""
            #expect(name.hasPrefix("job-") && name.count == 9)
            object["metadata"] = ["generateName": JSON(String(repeating: "a", count: 70))]
            let long = try await cluster.call("POST", Harness.configMaps, object)
            #expect(long.json["metadata", "name"]?.string?.count == 63)
        }
    }

    @Test func triesAnotherNameWhenOneIsTaken() async throws {
        // A generator that says everything twice gives the same name to two objects in a row.
        let next = Mutex<UInt64>(0)
        let surroundings = Surroundings(
            random: {
                next.withLock { count in
                    count += 1
                    return count / 60 * 7
                }
            })
        try await Harness.run(surroundings: surroundings) { cluster in
            var object: JSON = Harness.configMap("")
            object["metadata"] = ["generateName": "job-"]
            var names: Set<String> = []
            for _ in 0..<20 {
                let created = try await cluster.call("POST", Harness.configMaps, object)
                guard created.status == 201 else {
                    #expect(created.status == 409)
                    continue
                }
                names.insert(created.json["metadata", "name"]?.string ?? "")
            }
            let stored = try await cluster.call("GET", Harness.configMaps)
            #expect(stored.json["items"]?.count == names.count)
            #expect(names.count > 1)
        }
    }

    @Test func dryRunChangesNothing() async throws {
        try await Harness.run { cluster in
            let made = try await cluster.call("POST", "\(Harness.configMaps)?dryRun=All", Harness.configMap("x"))
            #expect(made.status == 201)
            #expect(made.json["metadata", "uid"]?.string != nil)
            #expect(try await cluster.call("GET", "\(Harness.configMaps)/x").status == 404)
            let created = try await cluster.call("POST", Harness.configMaps, Harness.configMap("x"))
            var changed: JSON = created.json
            changed["data", "a"] = "new"
            let put = try await cluster.call("PUT", "\(Harness.configMaps)/x?dryRun=All", changed)
            #expect(put.json["data", "a"]?.string == "new")
            #expect(try await cluster.call("DELETE", "\(Harness.configMaps)/x", ["dryRun": ["All"]]).status == 200)
            #expect(try await cluster.call("GET", "\(Harness.configMaps)/x").json == created.json)
            let wrong = try await cluster.call("POST", "\(Harness.configMaps)?dryRun=Some", Harness.configMap("y"))
            #expect(wrong.status == 422)
            let service: JSON = [
                "kind": "Service", "apiVersion": "v1", "metadata": ["name": "s"],
                "spec": ["clusterIP": "127.96.9.9", "ports": [["port": 80]]],
            ]
            for query in ["?dryRun=All", ""] {
                let reply = try await cluster.call("POST", "/api/v1/namespaces/default/services\(query)", service)
                #expect(reply.status == 201, "\(reply.text)")
            }
        }
    }

    @Test func validatesFieldsAsAsked() async throws {
        try await Harness.run { cluster in
            var object: JSON = Harness.configMap("x")
            object["oops"] = 1
            let warned = try await cluster.call("POST", Harness.configMaps, object)
            #expect(warned.status == 201)
            #expect(warned.header("warning") == "299 - \"unknown field \\\"oops\\\"\"")
            #expect(warned.json["oops"] == nil)
            object["metadata", "name"] = "y"
            let ignored = try await cluster.call("POST", "\(Harness.configMaps)?fieldValidation=Ignore", object)
            #expect(ignored.status == 201)
            #expect(ignored.header("warning") == nil)
            object["metadata", "name"] = "z"
            let refused = try await cluster.call("POST", "\(Harness.configMaps)?fieldValidation=Strict", object)
            #expect(refused.status == 400)
            let wrong = try await cluster.call("POST", "\(Harness.configMaps)?fieldValidation=Loose", object)
            #expect(wrong.status == 422)
        }
    }

    @Test func losesNoConcurrentUpdate() async throws {
        try await Harness.run { cluster in
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("x", [:]))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<40 {
                    group.addTask {
                        let reply = try await cluster.call(
                            "PATCH", "\(Harness.configMaps)/x", ["data": JSON(["w\(writer)": "1"])],
                            headers: Self.type("application/merge-patch+json"))
                        #expect(reply.status == 200)
                    }
                }
                try await group.waitForAll()
            }
            let read = try await cluster.call("GET", "\(Harness.configMaps)/x")
            #expect(read.json["data"]?.count == 40)
        }
    }

    @Test func readsWhatItWrote() async throws {
        try await Harness.run { cluster in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        for number in 0..<15 {
                            let name = "w\(writer)-\(number)"
                            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap(name))
                            let read = try await cluster.call("GET", "\(Harness.configMaps)/\(name)")
                            #expect(read.status == 200)
                            let list = try await cluster.call("GET", Harness.configMaps)
                            let names = list.json["items"]?.elements.map(\.key.name) ?? []
                            #expect(names.contains(name))
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func refusesObjectsThatAreTooLarge() async throws {
        try await Harness.run(Configuration(objectLimitBytes: 20_000)) { cluster in
            let big: JSON = Harness.configMap("x", ["a": String(repeating: "x", count: 30_000)])
            let reply = try await cluster.call("POST", Harness.configMaps, big)
            #expect(reply.status == 413)
            #expect(reply.json["reason"]?.string == "RequestEntityTooLarge")
        }
    }

    @Test func putCreatesSomeKinds() async throws {
        try await Harness.run { cluster in
            let lease: JSON = [
                "kind": "Lease", "apiVersion": "coordination.k8s.io/v1", "metadata": ["name": "l"],
                "spec": ["holderIdentity": "me"],
            ]
            let path = "/apis/coordination.k8s.io/v1/namespaces/default/leases/l"
            #expect(try await cluster.call("PUT", path, lease).status == 201)
            let unconditional = try await cluster.call("PUT", path, lease)
            #expect(unconditional.status == 422)
            #expect(unconditional.message.contains("must be specified for an update"))
            #expect(try await cluster.call("PUT", "\(Harness.configMaps)/x", Harness.configMap("x")).status == 404)
        }
    }

    @Test func eventsAreOneThingInTwoForms() async throws {
        try await Harness.run { cluster in
            let event: JSON = [
                "kind": "Event", "apiVersion": "v1", "metadata": ["name": "e"],
                "involvedObject": ["kind": "Pod", "name": "p", "namespace": "default"], "message": "said",
                "reason": "Spoke", "type": "Normal", "count": 2,
            ]
            #expect(try await cluster.call("POST", "/api/v1/namespaces/default/events", event).status == 201)
            let base = "/apis/events.k8s.io/v1/namespaces/default/events"
            let newer = try await cluster.call("GET", "\(base)?fieldSelector=regarding.name%3Dp")
            let item: JSON = newer.json["items"]?[0] ?? .null
            #expect(item["apiVersion"]?.string == "events.k8s.io/v1")
            #expect(item["note"]?.string == "said")
            #expect(item["deprecatedCount"]?.int == 2)
            #expect(item["regarding", "name"]?.string == "p")
            let patched = try await cluster.call(
                "PATCH", "/api/v1/namespaces/default/events/e", ["count": 3],
                headers: Self.type("application/merge-patch+json"))
            #expect(patched.status == 200, "\(patched.text)")
            let again = try await cluster.call("GET", "\(base)/e")
            #expect(again.json["deprecatedCount"]?.int == 3)
            let other: JSON = [
                "kind": "Event", "apiVersion": "events.k8s.io/v1", "metadata": ["name": "f"],
                "eventTime": "2026-01-02T03:04:05.000006Z", "reportingController": "example.com/c",
                "reportingInstance": "c-1", "action": "Speak", "reason": "Spoke", "type": "Normal", "note": "more",
                "regarding": ["kind": "Pod", "name": "p", "namespace": "default"],
            ]
            let posted = try await cluster.call("POST", base, other)
            #expect(posted.status == 201, "\(posted.text)")
            let core = try await cluster.call("GET", "/api/v1/namespaces/default/events/f")
            #expect(core.json["message"]?.string == "more")
            #expect(core.json["involvedObject", "name"]?.string == "p")
            #expect(core.json["reportingComponent"]?.string == "example.com/c")
            let watch = try await cluster.watch("\(base)?watch=1&resourceVersion=0")
            let first = try await watch.next()
            #expect(first?["object", "note"]?.string == "said")
        }
    }
}

@Suite struct SubresourceTests {
    static let deployments = "/apis/apps/v1/namespaces/default/deployments"
    static let deployment: JSON = [
        "kind": "Deployment", "apiVersion": "apps/v1", "metadata": ["name": "d"],
        "spec": [
            "replicas": 2, "selector": ["matchLabels": ["app": "d"]],
            "template": [
                "metadata": ["labels": ["app": "d"]], "spec": ["containers": [["name": "c", "image": "i"]]],
            ],
        ],
    ]

    @Test func scalesAWorkload() async throws {
        try await Harness.run { cluster in
            #expect(try await cluster.call("POST", Self.deployments, Self.deployment).status == 201)
            let scale = try await cluster.call("GET", "\(Self.deployments)/d/scale")
            #expect(scale.json["kind"]?.string == "Scale")
            #expect(scale.json["spec", "replicas"]?.int == 2)
            #expect(scale.json["status", "selector"]?.string == "app=d")
            var wanted: JSON = scale.json
            wanted["spec", "replicas"] = 5
            let put = try await cluster.call("PUT", "\(Self.deployments)/d/scale", wanted)
            #expect(put.json["spec", "replicas"]?.int == 5, "\(put.text)")
            let stale = try await cluster.call("PUT", "\(Self.deployments)/d/scale", wanted)
            #expect(stale.status == 409)
            let patched = try await cluster.call(
                "PATCH", "\(Self.deployments)/d/scale", ["spec": ["replicas": 1]], headers: DeletionTests.merge)
            #expect(patched.json["spec", "replicas"]?.int == 1)
            let deployment = try await cluster.call("GET", "\(Self.deployments)/d")
            #expect(deployment.json["spec", "replicas"]?.int == 1)
            #expect(deployment.json["metadata", "generation"]?.int == 3)
            let negative = try await cluster.call(
                "PATCH", "\(Self.deployments)/d/scale", ["spec": ["replicas": -1]], headers: DeletionTests.merge)
            #expect(negative.status == 422)
        }
    }

    @Test func statusAndSpecAreApart() async throws {
        try await Harness.run { cluster in
            let created = try await cluster.call("POST", Self.deployments, Self.deployment)
            var both: JSON = created.json
            both["spec", "replicas"] = 9
            both["status"] = ["replicas": 4]
            let status = try await cluster.call("PUT", "\(Self.deployments)/d/status", both)
            #expect(status.json["status", "replicas"]?.int == 4, "\(status.text)")
            #expect(status.json["spec", "replicas"]?.int == 2)
            both["metadata", "resourceVersion"] = nil
            both["status"] = ["replicas": 8]
            let main = try await cluster.call("PUT", "\(Self.deployments)/d", both)
            #expect(main.json["status", "replicas"]?.int == 4)
            #expect(main.json["spec", "replicas"]?.int == 9)
        }
    }

    @Test func bindsAPodOnce() async throws {
        try await Harness.run { cluster in
            _ = try await cluster.call("POST", Harness.pods, Harness.pod("p"))
            let binding: JSON = [
                "kind": "Binding", "apiVersion": "v1", "metadata": ["name": "p"],
                "target": ["kind": "Node", "name": "n1"],
            ]
            let bound = try await cluster.call("POST", "\(Harness.pods)/p/binding", binding)
            #expect(bound.status == 201)
            let pod = try await cluster.call("GET", "\(Harness.pods)/p")
            #expect(pod.json["spec", "nodeName"]?.string == "n1")
            #expect(pod.json["status", "conditions"]?[0]["type"]?.string == "PodScheduled")
            let again = try await cluster.call("POST", "\(Harness.pods)/p/binding", binding)
            #expect(again.status == 409)
            #expect(again.message.hasSuffix("pod p is already assigned to node \"n1\""))
        }
    }

    @Test func evictsAPod() async throws {
        try await Harness.run { cluster in
            _ = try await cluster.call("POST", Harness.pods, Harness.pod("p", node: "n"))
            let eviction: JSON = [
                "kind": "Eviction", "apiVersion": "policy/v1", "metadata": ["name": "p"],
                "deleteOptions": ["gracePeriodSeconds": 3],
            ]
            let reply = try await cluster.call("POST", "\(Harness.pods)/p/eviction", eviction)
            #expect(reply.status == 201, "\(reply.text)")
            let pod = try await cluster.call("GET", "\(Harness.pods)/p")
            #expect(pod.json["metadata", "deletionGracePeriodSeconds"]?.int == 3)
        }
    }

    @Test func logsComeFromTheNode() async throws {
        let node = RecordingNode()
        try await Harness.run(nodes: node) { cluster in
            _ = try await cluster.call("POST", Harness.pods, Harness.pod("p", node: "n1"))
            let log = try await cluster.call("GET", "\(Harness.pods)/p/log?tailLines=5&timestamps=true")
            #expect(log.text == "one\ntwo\n")
            #expect(log.header("content-type")?.hasPrefix("text/plain") == true)
            let asked = node.options.withLock { $0 }
            #expect(asked?.container == "c")
            #expect(asked?.tailLines == 5)
            #expect(asked?.timestamps == true)
            let wrong = try await cluster.call("GET", "\(Harness.pods)/p/log?container=nope")
            #expect(wrong.status == 400)
            #expect(wrong.message == "container nope is not valid for pod p")
            #expect(try await cluster.call("GET", "\(Harness.pods)/p/log?tailLines=-1").status == 422)
        }
    }
}
