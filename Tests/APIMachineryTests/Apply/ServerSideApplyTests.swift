import Basics
import TestKit
import Testing

@testable import APIMachinery

@Suite struct ServerSideApplyTests {
    static let schema = Schema(notation: [
        """
        package test.v1
        kind Thing
          metadata 1 Meta always
          spec 2 Spec always
          status 3 Status always
        type Meta
          name 1 string
          labels 2 {string}
          finalizers 3 [string] set merge
          managedFields 4 [any] atomic
          annotations 5 {string}
        type Spec
          replicas 1 *int32
          containers 2 [Container] map(name) merge(name)
          selector 3 *Selector
          args 4 [string] atomic
          strategy 5 Strategy always
        type Container
          name 1 string
          image 2 string
          ports 3 [Port] map(containerPort,protocol) merge(containerPort)
          env 4 [Env] map(name)
        type Env
          name 1 string
          value 2 string
        type Port
          containerPort 1 int32
          protocol 2 string default "TCP"
          name 3 string
        type Selector atomic
          matchLabels 1 {string}
        type Strategy
          type 1 string
        type Status
          phase 1 string
        """
    ])
    let type = schema.type(named: "test.v1.Thing")

    func manager(_ name: String, at seconds: Int64 = 0, subresource: String = "") -> ServerSideApply.Manager {
        ServerSideApply.Manager(
            name: name, subresource: subresource, time: Instant(secondsSince1970: 1_767_323_045 + seconds))
    }
    func thing(_ spec: String) throws -> JSON {
        var thing = try JSON(parsing: #"{"apiVersion":"v1","kind":"Thing","metadata":{"name":"x"},"spec":\#(spec)}"#)
        if thing["spec"]?.isEmpty == true { thing["spec"] = .none }
        return thing
    }
    func apply(
        _ spec: String, to live: JSON?, _ name: String, at seconds: Int64 = 0, force: Bool = false
    ) throws -> JSON {
        try ServerSideApply.apply(
            try thing(spec), to: live, type: type, manager: manager(name, at: seconds), force: force)
    }
    func owned(_ object: JSON, _ name: String) -> String? {
        let entries = object["metadata", "managedFields"]?.elements ?? []
        return entries.first { $0["manager"]?.string == name }?["fieldsV1"]?.text
    }

    @Test func createsAndOwnsWhatItNames() throws {
        #expect(Self.schema.problems == [])
        let live = try apply(
            #"{"replicas":3,"containers":[{"name":"a","image":"i","ports":[{"containerPort":80}]}]}"#, to: nil, "me")
        #expect(live["spec", "replicas"] == 3)
        #expect(
            live["metadata", "managedFields"]?.text
                == #"[{"manager":"me","operation":"Apply","apiVersion":"v1","time":"2026-01-02T03:04:05Z","fieldsType":"FieldsV1","#
                + #""fieldsV1":{"f:spec":{"f:containers":{"k:{\"name\":\"a\"}":{".":{},"f:image":{},"f:name":{},"f:ports":{"#
                + #""k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{}}}}},"f:replicas":{}}}}]"#
        )
    }

    @Test func changesNothingWhenAppliedAgain() throws {
        let live = try apply(#"{"replicas":3}"#, to: nil, "me")
        let again = try apply(#"{"replicas":3}"#, to: live, "me", at: 60)
        #expect(again.text == live.text)
    }

    @Test func removesWhatItNamesNoMore() throws {
        var live = try apply(
            #"{"replicas":3,"args":["a"],"containers":[{"name":"a","image":"i","env":[{"name":"E","value":"1"}]},{"name":"b"}]}"#,
            to: nil, "me")
        live = try apply(#"{"containers":[{"name":"a","image":"j"}]}"#, to: live, "me", at: 1)
        #expect(live["spec"]?.text == #"{"containers":[{"name":"a","image":"j"}]}"#)
        #expect(
            owned(live, "me")
                == #"{"f:spec":{"f:containers":{"k:{\"name\":\"a\"}":{".":{},"f:image":{},"f:name":{}}}}}"#)
    }

    @Test func keepsWhatOthersOwn() throws {
        var live = try apply(#"{"replicas":3,"containers":[{"name":"a","image":"i"}]}"#, to: nil, "me")
        live = try apply(
            #"{"replicas":3,"containers":[{"name":"a","env":[{"name":"E","value":"1"}]},{"name":"b"}]}"#, to: live,
            "you", at: 1)
        #expect(
            live["spec", "containers"]?.text
                == #"[{"name":"a","image":"i","env":[{"name":"E","value":"1"}]},{"name":"b"}]"#)
        // Both own replicas and the container, so neither vanishes with one of them.
        live = try apply("{}", to: live, "me", at: 2)
        #expect(
            live["spec"]?.text
                == #"{"replicas":3,"containers":[{"name":"a","env":[{"name":"E","value":"1"}]},{"name":"b"}]}"#)
        #expect(owned(live, "me") == nil && owned(live, "you") != nil)
        live = try apply("{}", to: live, "you", at: 3)
        #expect(live["spec"]?.isEmpty ?? true)
    }

    @Test func refusesConflictsUnlessForced() throws {
        let live = try apply(#"{"replicas":3,"args":["a"]}"#, to: nil, "me")
        var failure = #expect(throws: StatusError.self) { try apply(#"{"replicas":4}"#, to: live, "you", at: 1) }
        #expect(
            failure?.code == 409
                && failure?.message == #"Apply failed with 1 conflict: conflict with "me": .spec.replicas"#)
        #expect(
            failure?.causes == [
                .init(reason: "FieldManagerConflict", message: #"conflict with "me""#, field: ".spec.replicas")
            ])
        failure = #expect(throws: StatusError.self) { try apply(#"{"replicas":4,"args":[]}"#, to: live, "you", at: 1) }
        #expect(
            failure?.message == "Apply failed with 2 conflicts: conflicts with \"me\":\n- .spec.args\n- .spec.replicas")
        let forced = try apply(#"{"replicas":4}"#, to: live, "you", at: 1, force: true)
        #expect(forced["spec", "replicas"] == 4)
        #expect(
            owned(forced, "me") == #"{"f:spec":{"f:args":{}}}"#
                && owned(forced, "you") == #"{"f:spec":{"f:replicas":{}}}"#)
    }

    @Test func updatesTakeOwnership() throws {
        var new = try thing(
            #"{"replicas":1,"containers":[{"name":"a","image":"i"}],"selector":{"matchLabels":{"a":"b"}}}"#)
        new["metadata", "labels"] = ["l": "1"]
        let created = ServerSideApply.recordUpdate(from: nil, to: new, type: type, manager: manager("kubectl"))
        #expect(
            owned(created, "kubectl")
                == #"{"f:metadata":{"f:labels":{".":{},"f:l":{}}},"f:spec":{"f:containers":{".":{},"k:{\"name\":\"a\"}":{".":{},"f:image":{},"f:name":{}}},"#
                + #""f:replicas":{},"f:selector":{}}}"#)
        var changed = created
        changed["spec", "replicas"] = 5
        changed["status", "phase"] = "Ready"
        let updated = ServerSideApply.recordUpdate(
            from: created, to: changed, type: type, manager: manager("scaler", at: 5), ignoring: [["status"]])
        #expect(owned(updated, "scaler") == #"{"f:spec":{"f:replicas":{}}}"#)
        #expect(owned(updated, "kubectl")?.contains("f:replicas") == false)
        let failure = #expect(throws: StatusError.self) { try apply(#"{"replicas":6}"#, to: updated, "me", at: 9) }
        #expect(
            failure?.message
                == #"Apply failed with 1 conflict: conflict with "scaler" using v1 at 2026-01-02T03:04:10Z: .spec.replicas"#
        )
        // The same again changes nothing, and what was removed nobody owns.
        let same = ServerSideApply.recordUpdate(
            from: updated, to: updated, type: type, manager: manager("other", at: 9))
        #expect(same == updated)
        var less = updated
        less["spec", "replicas"] = .none
        let fewer = ServerSideApply.recordUpdate(from: updated, to: less, type: type, manager: manager("other", at: 9))
        #expect(owned(fewer, "scaler") == nil && owned(fewer, "other") == nil)
        less["metadata", "managedFields"] = [.object]
        let reset = ServerSideApply.recordUpdate(from: updated, to: less, type: type, manager: manager("other"))
        #expect(reset["metadata", "managedFields"] == nil)
    }

    /// A null takes the value away, and is an opinion like any other.
    @Test func nullsTakeAway() throws {
        let live = try apply(#"{"replicas":3,"args":["a"]}"#, to: nil, "me")
        #expect(throws: StatusError.self) { try apply(#"{"replicas":null}"#, to: live, "other") }
        let taken = try apply(#"{"replicas":null}"#, to: live, "other", force: true)
        #expect(taken["spec", "replicas"]?.isNull == true, "the reader of the result drops it")
        #expect(owned(taken, "other") == #"{"f:spec":{"f:replicas":{}}}"#)
        #expect(owned(taken, "me") == #"{"f:spec":{"f:args":{}}}"#)
        let nothing = try apply(#"{"replicas":null}"#, to: try apply(#"{"args":["a"]}"#, to: nil, "me"), "other")
        #expect(nothing["spec"] == ["args": ["a"]])
    }

    /// What kubectl applied by itself it takes over without a conflict, unless others have changed it since.
    @Test func takesOverFromTheClientsOwnApply() throws {
        let annotation = "kubectl.kubernetes.io/last-applied-configuration"
        func live(_ replicas: Int, applied: Int) throws -> JSON {
            var object = try thing(#"{"replicas":\#(replicas)}"#)
            object["metadata", "annotations"] = .object
            object["metadata", "annotations", annotation] = JSON(
                #"{"apiVersion":"v1","kind":"Thing","metadata":{"name":"x"},"spec":{"replicas":\#(applied)}}"#)
            return ServerSideApply.recordUpdate(
                from: nil, to: object, type: type, manager: manager("kubectl-client-side-apply"))
        }
        let taken = try apply(#"{"replicas":3}"#, to: try live(1, applied: 1), "kubectl")
        #expect(taken["spec", "replicas"]?.int == 3)
        #expect(
            taken["metadata", "annotations"]?[annotation]?.string
                == #"{"apiVersion":"v1","kind":"Thing","metadata":{"name":"x"},"spec":{"replicas":3}}"# + "\n")
        #expect(throws: StatusError.self) { try apply(#"{"replicas":3}"#, to: try live(2, applied: 1), "kubectl") }
        #expect(throws: StatusError.self) { try apply(#"{"replicas":3}"#, to: try live(1, applied: 1), "other") }
    }

    @Test func mergesListsInTheAppliersOrder() throws {
        var live = try thing(#"{"containers":[{"name":"s"},{"name":"a"},{"name":"b"},{"name":"t"}]}"#)
        live = ServerSideApply.recordUpdate(from: nil, to: live, type: type, manager: manager("kubectl"))
        live = try apply(#"{"containers":[{"name":"b"},{"name":"n"},{"name":"a"}]}"#, to: live, "me", at: 1)
        #expect(live["spec", "containers"]?.elements.compactMap { $0["name"]?.string } == ["s", "b", "t", "n", "a"])
    }

    @Test func setsAreUnited() throws {
        var config = try thing("{}")
        config["metadata", "finalizers"] = ["a", "b"]
        var live = try ServerSideApply.apply(config, to: nil, type: type, manager: manager("me"), force: false)
        config["metadata", "finalizers"] = ["c"]
        live = try ServerSideApply.apply(config, to: live, type: type, manager: manager("you", at: 1), force: false)
        #expect(live["metadata", "finalizers"] == ["a", "b", "c"])
        #expect(owned(live, "you") == #"{"f:metadata":{"f:finalizers":{"v:\"c\"":{}}}}"#)
        config["metadata", "finalizers"] = .none
        live = try ServerSideApply.apply(config, to: live, type: type, manager: manager("me", at: 2), force: false)
        #expect(live["metadata", "finalizers"] == ["c"])
    }

    @Test func refusesWhatCannotBeApplied() throws {
        func refusal(_ spec: String) -> String? {
            do {
                _ = try apply(spec, to: nil, "me")
                return nil
            } catch { return (error as? StatusError)?.message }
        }
        let start = "failed to create typed patch object (/x; v1, Kind=Thing): .spec.containers"
        #expect(
            refusal(#"{"containers":[{"image":"i"}]}"#)
                == "\(start): element 0: associative list with keys has an element that omits all key fields [\"name\"] (and "
                + "doesn't have default values for any key fields)")
        #expect(
            refusal(#"{"containers":[{"name":"a"},{"name":"a"}]}"#)
                == "\(start): duplicate entries for key [name=\"a\"]")
        #expect(
            refusal(#"{"containers":[{"name":"a","env":[{"name":"b"},{"name":"b"}]}]}"#)
                == "\(start)[name=\"a\"].env: duplicate entries for key [name=\"b\"]")
        var config = try thing("{}")
        config["metadata", "managedFields"] = [["manager": "x"]]
        #expect(throws: StatusError.badRequest("metadata.managedFields must be nil")) {
            try ServerSideApply.apply(config, to: nil, type: type, manager: manager("me"), force: true)
        }
    }

    @Test func keepsFewManagersOfUpdates() throws {
        var object = try thing(#"{"replicas":0}"#)
        for index in 0..<15 {
            var changed = object
            changed["metadata", "labels", "l\(index)"] = "1"
            object = ServerSideApply.recordUpdate(
                from: object, to: changed, type: type, manager: manager("m\(index)", at: Int64(index)))
        }
        let entries = object["metadata", "managedFields"]?.elements ?? []
        #expect(entries.count == 10 && entries[0]["manager"] == "ancient-changes")
        let all = entries.reduce(FieldSet()) { $0.union(FieldSet($1["fieldsV1"] ?? .null)) }
        #expect(all.paths.filter { $0.hasPrefix(".metadata.labels.") }.count == 15)
    }

    /// Whatever two appliers send: what each sent last is there, nothing else is, and applying again changes nothing.
    @Test(arguments: 0..<20 as Range<UInt64>) func whatIsAppliedIsThere(_ seed: UInt64) throws {
        var dice = SplitMix64(seed: seed)
        var live: JSON?
        var sent: [String: FieldSet] = [:]
        for step in 0..<30 {
            let name = ["me", "you"].randomElement(using: &dice) ?? "me"
            var config = try thing("{}")
            if dice.chance(50) { config["spec", "replicas"] = JSON(Int.random(in: 0..<3, using: &dice)) }
            let containers = ["a", "b", "c"].shuffled(using: &dice).prefix(Int.random(in: 0..<4, using: &dice)).map {
                (name: String) -> JSON in
                dice.chance(50)
                    ? ["name": JSON(name)]
                    : ["name": JSON(name), "image": JSON(Int.random(in: 0..<2, using: &dice).description)]
            }
            if !containers.isEmpty { config["spec", "containers"] = JSON(containers) }
            if dice.chance(40) { config["metadata", "labels"] = [["x", "y"].randomElement(using: &dice) ?? "x": "1"] }
            let applied = try ServerSideApply.apply(
                config, to: live, type: type, manager: manager(name, at: Int64(step)), force: true)
            let context = ApplyContext(type)
            sent[name] = context.fields(of: config)
            #expect(
                try ServerSideApply.apply(
                    config, to: applied, type: type, manager: manager(name, at: 999), force: false) == applied)
            #expect(try context.merge(applied, config) == applied, "seed \(seed)")
            var plain = applied
            plain["metadata"]?["managedFields"] = .none
            let all = sent.values.reduce(FieldSet()) { $0.union($1) }
            #expect(context.fields(of: plain).subtracting(all).paths == [], "seed \(seed)")
            live = applied
        }
    }
}
