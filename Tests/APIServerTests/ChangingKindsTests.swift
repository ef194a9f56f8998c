import APIMachinery
import ControlLoops
import ControllerManager
import EtcdStore
import KeyValueCore
import KubeAPI
import Testing

@testable import APIServer

/// Kinds that come, change and go while the server and its loops run, as custom resources will.
@Suite struct ChangingKindsTests {
    private static let schema = Schema(notation: [
        """
        package io.example.v1
        use meta io.k8s.apimachinery.pkg.apis.meta.v1
        kind Widget
          metadata 1 meta.ObjectMeta always
          spec 2 WidgetSpec
        type WidgetSpec
          size 1 int32
        """,
        """
        package io.k8s.apimachinery.pkg.apis.meta.v1
        type ObjectMeta
          name 1 string
          namespace 5 string
          uid 6 string
          resourceVersion 7 string
          creationTimestamp 8 time
          deletionTimestamp 9 time
          deletionGracePeriodSeconds 10 *int64
          labels 11 {string}
          ownerReferences 13 [any]
          finalizers 14 [string]
        """,
    ])
    private static let name = GroupResource(group: "example.com", resource: "widgets")
    private static let root = "/apis/example.com/v1"
    private static let widgets = "\(root)/namespaces/default/widgets"

    private static func kind(size: @escaping @Sendable (JSON) -> [FieldError] = { _ in [] }) -> Resource {
        Resource(
            "example.com/v1", "Widget", plural: "widgets", shortNames: ["wd"],
            columns: [.init("Size", "integer") { $0["spec", "size"] ?? 0 }],
            schema: schema.type(named: "io.example.v1.Widget"), validate: size,
            validateName: Validation.isDNS1123Subdomain, finalizerNames: .any)
    }
    private static func widget(_ name: String, size: JSON = 1, owner: JSON? = nil) -> JSON {
        var widget: JSON = [
            "apiVersion": "example.com/v1", "kind": "Widget", "metadata": ["name": JSON(name)], "spec": ["size": size],
        ]
        if let owner {
            widget["metadata", "ownerReferences"] = [
                [
                    "apiVersion": "v1", "kind": "ConfigMap", "name": owner["metadata", "name"] ?? "",
                    "uid": owner["metadata", "uid"] ?? "",
                ]
            ]
        }
        return widget
    }

    /// Every page that tells what there is, with its entity tag where it has one.
    private static func pages(_ cluster: Harness) async throws -> [String: (tag: String?, text: String)] {
        var pages: [String: (tag: String?, text: String)] = [:]
        let aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
        for (path, accept) in [
            ("/apis", "application/json"), ("/apis", aggregated), ("/openapi/v2", "application/json"),
            ("/openapi/v3", "application/json"),
        ] {
            let reply = try await cluster.call("GET", path, headers: [(name: "accept", value: accept)])
            #expect(reply.status == 200)
            pages[path + (accept == aggregated ? " aggregated" : "")] = (reply.header("etag"), reply.text)
        }
        return pages
    }

    @Test func aKindIsServedFromTheMomentItComesUntilItGoes() async throws {
        try await Harness.run { cluster in
            #expect(try await cluster.call("GET", Self.widgets).status == 404)
            let before = try await Self.pages(cluster)
            try await cluster.server.serve { $0.put(Self.kind()) }

            // Made, listed, watched, shown.
            let watch = try await cluster.watch("\(Self.root)/widgets?watch=1")
            #expect(try await cluster.call("POST", Self.widgets, Self.widget("a")).status == 201)
            let list = try await cluster.call("GET", Self.widgets)
            #expect(list.json["kind"]?.string == "WidgetList")
            #expect(list.json["items"]?.elements.map { $0["spec", "size"]?.int } == [1])
            let typed = try await cluster.call("POST", Self.widgets, Self.widget("b", size: "big"))
            #expect(typed.message.contains("cannot unmarshal string into Go struct field WidgetSpec.spec.size"))
            let table = try await cluster.call(
                "GET", Self.widgets, headers: [(name: "accept", value: "application/json;as=Table;v=v1;g=meta.k8s.io")])
            #expect(table.json["rows"]?[0]["cells"] == [1])
            #expect(try await watch.next()?.brief == "ADDED a")

            // Found by those who ask what there is, under new tags.
            let with = try await Self.pages(cluster)
            for (path, page) in with {
                #expect(page.text.contains("example.com"), "\(path)")
                #expect(page.tag == nil || page.tag != before[path]?.tag, "\(path)")
            }
            #expect(try await cluster.call("GET", Self.root).json["resources"]?[0]["shortNames"]?.strings == ["wd"])
            let described = try await cluster.call("GET", "/openapi/v3/apis/example.com/v1")
            #expect(described.json["components", "schemas", "io.example.v1.WidgetSpec"] != nil, "\(described.text)")

            // Changed: the same objects under other rules.
            try await cluster.server.serve {
                $0.put(
                    Self.kind { widget in
                        widget["spec", "size"]?.int ?? 0 > 5
                            ? [FieldError(.invalid, "spec.size", "Invalid value: 6: too big")] : []
                    })
            }
            #expect(try await cluster.call("POST", Self.widgets, Self.widget("c", size: 6)).status == 422)
            #expect(try await cluster.call("GET", "\(Self.widgets)/a").status == 200)
            _ = try await cluster.call("POST", Self.widgets, Self.widget("d"))
            #expect(try await watch.next()?.brief == "ADDED d", "a watch goes on when its kind only changes")

            // Gone: its watches end, and nothing tells of it.
            try await cluster.server.serve { $0.remove(Self.name) }
            #expect(try await watch.next() == nil)
            #expect(try await cluster.call("GET", Self.widgets).status == 404)
            #expect(try await cluster.call("GET", Self.root).status == 404)
            let after = try await Self.pages(cluster)
            for (path, page) in after { #expect(page.tag == before[path]?.tag && page.text == before[path]?.text) }
            #expect(try await cluster.call("GET", "/openapi/v3/apis/example.com/v1").status == 404)

            // Back: what is stored is there again, and watches from then on miss nothing.
            try await cluster.server.serve { $0.put(Self.kind()) }
            let again = try await cluster.call("GET", Self.widgets)
            #expect(again.json["items"]?.elements.map { $0["metadata", "name"]?.string } == ["a", "d"])
            let version = again.json["metadata", "resourceVersion"]?.string ?? ""
            let later = try await cluster.watch("\(Self.widgets)?watch=1&resourceVersion=\(version)")
            _ = try await cluster.call("DELETE", "\(Self.widgets)/a")
            #expect(try await later.next()?.brief == "DELETED a")
        }
    }

    /// A kind is told by its group too: one named like a kind of ours is none of ours.
    @Test func aKindNamedEventsIsKeptAndOneWithoutASchemaIsDescribed() async throws {
        try await Harness.run { cluster in
            try await cluster.server.serve {
                $0.put(Resource("example.com/v1", "Event", plural: "events", schema: Self.kind().schema))
                $0.put(Resource("example.com/v1", "Free", plural: "frees", subresources: [Self.status]))
            }
            let event: JSON = ["apiVersion": "example.com/v1", "kind": "Event", "metadata": ["name": "e"]]
            let made = try await cluster.call("POST", "\(Self.root)/namespaces/default/events", event)
            #expect(made.status == 201, "\(made.text)")
            let key = Array("/registry/example.com/events/default/e".utf8)
            let stored = try await cluster.store.range(RangeRequest(.key(key)))
            #expect(stored.keyValues.map(\.lease) == [0])
            let free: JSON = [
                "apiVersion": "example.com/v1", "kind": "Free", "metadata": ["name": "f"], "any": ["thing": [1, 2]],
            ]
            let kept = try await cluster.call("POST", "\(Self.root)/namespaces/default/frees", free)
            #expect(kept.json["any", "thing"] == [1, 2], "\(kept.text)")
            let page = try await cluster.call("GET", "/openapi/v3\(Self.root)")
            #expect(page.json["paths", "\(Self.root)/namespaces/{namespace}/frees/{name}/status"] != nil)
        }
    }
    private static let status = Resource.Subresource(
        .status, GroupVersionKind(group: "example.com", version: "v1", kind: "Free"),
        verbs: [.get, .patch, .update])

    /// Kinds are added while others are written: no object is missed or seen twice.
    @Test func aKindThatComesAmongWritesMissesNothing() async throws {
        try await Harness.run { cluster in
            try await cluster.server.serve { $0.put(Self.kind()) }
            let total = 150
            let writer = Task {
                for number in 0..<total {
                    // While its kind is away a write is refused; then it is tried again.
                    while try await cluster.call("POST", Self.widgets, Self.widget("w\(number)")).status != 201 {
                        await Task.yield()
                    }
                }
            }
            for _ in 0..<10 {
                try await cluster.server.serve { $0.remove(Self.name) }
                try await cluster.server.serve { $0.put(Self.kind()) }
                let list = try await cluster.call("GET", Self.widgets)
                let names = list.json["items"]?.elements.compactMap { $0["metadata", "name"]?.string } ?? []
                #expect(Set(names).count == names.count)
                let version = list.json["metadata", "resourceVersion"]?.string ?? ""
                let watch = try await cluster.watch("\(Self.widgets)?watch=1&resourceVersion=\(version)")
                guard names.count < total else { break }
                let next = try await watch.next()
                #expect(next?.brief == "ADDED w\(names.count)")
            }
            try await writer.value
            let list = try await cluster.call("GET", Self.widgets)
            #expect(list.json["items"]?.count == total)
        }
    }

    /// The loops that deal with every kind deal with this one too.
    @Test(.timeLimit(.minutes(1))) func loopsFollowTheKindsThatAreServed() async throws {
        try await Harness.run { cluster in
            let world = World(cluster.api)
            let context = LoopContext(world: world, api: cluster.api, kinds: cluster.server.resources)
            let wanted = ["generic-garbage-collector", "namespace-controller"]
            let loops = Controllers.controllers(context).filter { wanted.contains($0.name) }
            #expect(loops.count == 2)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await world.run() }
                for loop in loops { group.addTask { try await loop.run() } }
                try await cluster.server.serve { $0.put(Self.kind()) }

                // Collected with its owner.
                let owner = try await cluster.call("POST", Harness.configMaps, Harness.configMap("owner"))
                _ = try await cluster.call("POST", Self.widgets, Self.widget("owned", owner: owner.json))
                _ = try await cluster.call("POST", Self.widgets, Self.widget("free"))
                _ = try await cluster.call("DELETE", "\(Harness.configMaps)/owner?propagationPolicy=Background")
                try await Self.wait(cluster, "\(Self.widgets)/owned", status: 404)
                #expect(try await cluster.call("GET", "\(Self.widgets)/free").status == 200)

                // Deleted with its namespace.
                let namespaces = "/api/v1/namespaces"
                _ = try await cluster.call(
                    "POST", namespaces, ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "away"]])
                _ = try await cluster.call("POST", "\(Self.root)/namespaces/away/widgets", Self.widget("inside"))
                _ = try await cluster.call("DELETE", "\(namespaces)/away")
                try await Self.wait(cluster, "\(namespaces)/away", status: 404)
                let left = try await cluster.call("GET", "\(Self.root)/widgets")
                #expect(left.json["items"]?.elements.map { $0["metadata", "name"]?.string } == ["free"])

                // Once it is gone it holds up no namespace.
                try await cluster.server.serve { $0.remove(Self.name) }
                _ = try await cluster.call(
                    "POST", namespaces, ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "later"]])
                _ = try await cluster.call("DELETE", "\(namespaces)/later")
                try await Self.wait(cluster, "\(namespaces)/later", status: 404)

                // And when it is back it is looked after again.
                try await cluster.server.serve { $0.put(Self.kind()) }
                let second = try await cluster.call("POST", Harness.configMaps, Harness.configMap("second"))
                _ = try await cluster.call("POST", Self.widgets, Self.widget("again", owner: second.json))
                _ = try await cluster.call("DELETE", "\(Harness.configMaps)/second?propagationPolicy=Background")
                try await Self.wait(cluster, "\(Self.widgets)/again", status: 404)
                group.cancelAll()
            }
        }
    }

    private static func wait(_ cluster: Harness, _ path: String, status: Int) async throws {
        while try await cluster.call("GET", path).status != status { try await Task.sleep(for: .milliseconds(2)) }
    }
}
