import APIMachinery
import KubeAPI
import Testing

@testable import Gateway

@Suite struct ThreeWayMergeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var last, now, live, merged: String
        var testDescription: String { name }
        init(_ name: String, last: String, now: String, live: String, merged: String) {
            self.name = name
            (self.last, self.now, self.live, self.merged) = (last, now, live, merged)
        }
    }

    static func deployment(_ spec: String) -> String { "{apiVersion: apps/v1, kind: Deployment, spec: {\(spec)}}" }
    static func pod(_ containers: String) -> String { deployment("template: {spec: {containers: [\(containers)]}}") }

    static let cases: [Case] = [
        Case(
            "what others set stays", last: deployment("replicas: 2"), now: deployment("replicas: 2"),
            live: deployment("replicas: 5, revisionHistoryLimit: 10"),
            merged: deployment("replicas: 2, revisionHistoryLimit: 10")),
        Case(
            "what is left out is removed, what was never applied is not", last: deployment("replicas: 2, paused: true"),
            now: deployment(""), live: deployment("replicas: 2, paused: true, revisionHistoryLimit: 10"),
            merged: deployment("revisionHistoryLimit: 10")),
        Case(
            "null removes", last: deployment(""), now: deployment("paused: null"), live: deployment("paused: true"),
            merged: deployment("")),
        Case(
            "containers are merged by name", last: pod("{name: a, image: one}, {name: old, image: x}"),
            now: pod("{name: a, image: two}, {name: new, image: y}"),
            live: pod(
                "{name: sidecar, image: s}, {name: a, image: one, imagePullPolicy: Always}, {name: old, image: x}"),
            merged: pod(
                "{name: sidecar, image: s}, {name: a, image: two, imagePullPolicy: Always}, {name: new, image: y}")),
        Case(
            "a new order is taken over", last: pod("{name: a}, {name: b}"), now: pod("{name: b}, {name: a}"),
            live: pod("{name: a}, {name: b}"), merged: pod("{name: b}, {name: a}")),
        Case(
            "environment variables are merged by name inside containers",
            last: pod("{name: a, env: [{name: X, value: '1'}, {name: GONE, value: '1'}]}"),
            now: pod("{name: a, env: [{name: X, value: '2'}]}"),
            live: pod("{name: a, env: [{name: X, value: '1'}, {name: GONE, value: '1'}, {name: OTHER, value: o}]}"),
            merged: pod("{name: a, env: [{name: X, value: '2'}, {name: OTHER, value: o}]}")),
        Case(
            "lists without a key are replaced", last: pod("{name: a, args: [x]}"), now: pod("{name: a, args: [y]}"),
            live: pod("{name: a, args: [x, z]}"), merged: pod("{name: a, args: [y]}")),
        Case(
            "a strategy retains only what is applied", last: deployment(""),
            now: deployment("strategy: {type: Recreate}"),
            live: deployment("strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1}}"),
            merged: deployment("strategy: {type: Recreate}")),
        Case(
            "maps of strings lose what is left out", last: "{metadata: {labels: {a: '1', b: '2'}}}",
            now: "{metadata: {labels: {a: '1'}}}", live: "{metadata: {labels: {a: '1', b: '2', c: '3'}}}",
            merged: "{metadata: {labels: {a: '1', c: '3'}}}"),
        Case(
            "finalizers are a set", last: "{metadata: {finalizers: [a, b]}}", now: "{metadata: {finalizers: [b, c]}}",
            live: "{metadata: {finalizers: [other, a, b]}}", merged: "{metadata: {finalizers: [other, b, c]}}"),
    ]

    @Test(arguments: cases) func merges(one: Case) throws {
        func value(_ text: String) throws -> JSON { try YAML.document(Array(text.utf8)).value }
        let type = Schema.kubernetes(GroupVersionKind(group: "apps", version: "v1", kind: "Deployment"))
        #expect(type != nil)
        let merged = ThreeWayMerge.merge(
            last: try value(one.last), now: try value(one.now), live: try value(one.live), type: type)
        #expect(merged == (try value(one.merged)), "\(merged.text)")
    }

    @Test func theAnnotationIsInKubectlsForm() throws {
        let given = try YAML.document(
            Array("{kind: ConfigMap, apiVersion: v1, metadata: {name: a}, data: {k: v}}".utf8)
        ).value
        let annotated = LastApplied.annotated(given)
        #expect(
            annotated["metadata", "annotations", LastApplied.annotation]?.string
                == #"{"apiVersion":"v1","data":{"k":"v"},"kind":"ConfigMap","metadata":{"annotations":{},"name":"a"}}"#
                + "\n")
        #expect(LastApplied.annotated(annotated) == annotated)
    }
}
