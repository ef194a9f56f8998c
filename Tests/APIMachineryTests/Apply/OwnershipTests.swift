import Basics
import TestKit
import Testing

@testable import APIMachinery

/// The quick ways of telling who owns what, held against the close walks.
@Suite struct OwnershipTests {
    private static let schema = Schema(notation: [
        """
        package test.v1
        kind Thing
          metadata 1 Meta always
          spec 2 Spec always
          status 3 Status always
        type Meta
          name 1 string
          uid 2 string
          labels 3 {string}
          annotations 4 {string}
          finalizers 5 [string] set merge
          owners 6 [Owner] map(uid)
          managedFields 7 [any] atomic
        type Owner atomic
          uid 1 string required always
          name 2 string always
        type Spec
          replicas 1 *int32
          containers 2 [Container] map(name) merge(name) always
          selector 3 *Selector
          args 4 [string] atomic
          strategy 5 Strategy always
          extra 6 any
          items 7 {Item}
          limit 8 quantity always
          text 9 *string always
        type Container
          name 1 string required always
          image 2 string
          ports 3 [Port] map(containerPort,protocol) merge(containerPort)
          resources 4 Resources always
          started 5 time always
        type Resources
          limits 1 {quantity}
        type Port
          containerPort 1 int32 always
          protocol 2 string default "TCP"
          name 3 string
        type Selector atomic
          matchLabels 1 {string}
        type Strategy
          type 1 string
          rolling 2 *Rolling
        type Rolling
          surge 1 *int-or-string
        type Item
          path 1 string
        type Status
          phase 1 string
          conditions 2 [Condition] map(type)
        type Condition
          type 1 string always
          status 2 string always
        """
    ])
    private let type = schema.type(named: "test.v1.Thing")
    private func manager(_ name: String, at seconds: Int64 = 0, _ subresource: String = "") -> ServerSideApply.Manager {
        ServerSideApply.Manager(
            name: name, subresource: subresource, time: Instant(secondsSince1970: 1_767_323_045 + seconds))
    }

    private func fields(_ members: String) throws -> String? {
        let type = try #require(type)
        let object = try type.read(JSON(parsing: #"{"apiVersion":"v1","kind":"Thing",\#(members)}"#)).value
        let close = ServerSideApply.recordUpdate(
            from: nil, to: object, type: type, manager: manager("m"), ignoring: [["status"]])
        let quick = ServerSideApply.ownership(ofNew: object, type: type, manager: manager("m"), ignoring: [["status"]])
        #expect(quick?.canonicalText == close["metadata", "managedFields"]?.canonicalText)
        // The tape that is written beside the text is the one that parsing would make.
        if let fields = quick?[0]["fieldsV1"], case .slice(let made, 0) = fields.node,
            case .slice(let parsed, _) = try JSON(parsing: fields.text).node
        {
            #expect(made.text == parsed.text && made.tape == parsed.tape)
        }
        return quick?[0]["fieldsV1"]?.text
    }

    @Test func ofANewObjectIsWhatItHas() throws {
        #expect(Self.schema.problems == [])
        #expect(try fields(#""metadata":{"name":"x","uid":"u"}"#) == nil)
        #expect(
            try fields(#""metadata":{"name":"x","labels":{"b":"1","a":"2"},"finalizers":["z/y","a/b"]}"#)
                == #"{"f:metadata":{"f:finalizers":{".":{},"v:\"a/b\"":{},"v:\"z/y\"":{}},"#
                + #""f:labels":{".":{},"f:a":{},"f:b":{}}}}"#)
        #expect(
            try fields(
                #""metadata":{},"spec":{"containers":[{"name":"web","image":"i","ports":[{"containerPort":443,"#
                    + #""protocol":"TCP"},{"containerPort":80,"protocol":"TCP"}]},{"name":"app","resources":"#
                    + #"{"limits":{"cpu":"1"}}}],"strategy":{"type":"a","rolling":{"surge":"25%"}},"#
                    + #""selector":{"matchLabels":{"a":"b"}}}"#)
                == #"{"f:spec":{"f:containers":{"k:{\"name\":\"app\"}":{".":{},"f:name":{},"f:resources":{".":{},"#
                + #""f:limits":{".":{},"f:cpu":{}}},"f:started":{}},"k:{\"name\":\"web\"}":{".":{},"f:image":{},"#
                + #""f:name":{},"f:ports":{".":{},"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"#
                + #""f:containerPort":{},"f:protocol":{}},"k:{\"containerPort\":443,\"protocol\":\"TCP\"}":{".":{},"#
                + #""f:containerPort":{},"f:protocol":{}}},"f:resources":{},"f:started":{}}},"f:selector":{},"#
                + #""f:strategy":{"f:rolling":{".":{},"f:surge":{}},"f:type":{}}}}"#)
    }

    /// Pieces of objects from which cases are put together.
    private static let pieces = [
        #""replicas":0"#, #""replicas":3"#, #""containers":[]"#,
        #""containers":[{"name":"a"},{"name":"b","image":"x"}]"#,
        #""containers":[{"name":"a"},{"name":"a"}]"#, #""containers":[{"name":"a\"b","ports":[{"containerPort":1}]}]"#,
        #""args":["a"]"#, #""strategy":{}"#, #""strategy":{"rolling":{}}"#, #""strategy":{"rolling":{"surge":0}}"#,
        #""extra":{"a":{"b":[1]},"c":{}}"#, #""extra":[1]"#, #""items":{"x":{"path":"p"},"w":{}}"#, #""limit":"0""#,
        #""limit":"2""#, #""text":"""#, #""text":"0""#, #""selector":{}"#, #""selector":{"matchLabels":{"x":"y"}}"#,
    ]
    private static let metas = [
        #"{}"#, #"{"labels":{},"annotations":{"a\u0062":"c"}}"#,
        #"{"owners":[{"uid":"1","name":"n"}],"labels":{"z":""}}"#,
    ]

    @Test func ofNewObjectsIsWhatTheCloseWalksSay() throws {
        for first in Self.pieces {
            for second in Self.pieces where first.prefix(6) != second.prefix(6) {
                let meta = Self.metas[(first.count + second.count) % Self.metas.count]
                _ = try fields(#""metadata":\#(meta),"spec":{\#(first),\#(second)},"status":{"phase":"p"}"#)
            }
        }
    }

    /// A loop that writes the same fields again and again takes a short way, which says what the long one says.
    @Test func ofRepeatedWritesIsTheSameByEitherWay() throws {
        func object(_ phase: String, _ conditions: String, _ replicas: Int) throws -> JSON {
            let type = try #require(type)
            return try type.read(
                JSON(
                    parsing:
                        #"{"apiVersion":"v1","kind":"Thing","metadata":{"name":"x"},"spec":{"replicas":\#(replicas)},"#
                        + #""status":{"phase":"\#(phase)","conditions":\#(conditions)}}"#)
            ).value
        }
        var live = try object("a", "[]", 1)
        live["metadata", "managedFields"] = ServerSideApply.ownership(
            ofNew: live, type: type, manager: manager("creator"), ignoring: [["status"]])
        var times: [String] = []
        let steps: [(String, String, Int, String)] = [
            ("b", "[]", 1, "loop"), ("c", "[]", 1, "loop"), ("c", #"[{"type":"R","status":"T"}]"#, 1, "loop"),
            ("d", #"[{"type":"R","status":"F"}]"#, 1, "loop"), ("e", #"[{"type":"R","status":"F"}]"#, 1, "other"),
            ("f", "[]", 1, "loop"), ("f", "[]", 2, "loop"), ("g", "[]", 3, "creator"), ("g", "[]", 3, "creator"),
        ]
        for (number, step) in steps.enumerated() {
            let new = try object(step.0, step.1, step.2)
            let who = manager(step.3, at: Int64(number), step.3 == "loop" ? "status" : "")
            let quick = ServerSideApply.recordUpdate(from: live, to: new, type: type, manager: who)
            // The long way: what nobody could know to be a repetition.
            var managed = ManagedFields(live["metadata", "managedFields"])
            let difference = ApplyContext(type).difference(from: without(live), to: new)
            let taken = difference.modified.union(difference.added)
            for index in managed.entries.indices {
                managed.entries[index].fields = managed.entries[index].fields
                    .subtracting(taken.union(difference.removed))
            }
            if !taken.isEmpty {
                var mine = ManagedFields.Entry(
                    manager: who.name, isApply: false, apiVersion: "v1", subresource: who.subresource,
                    time: who.time.rfc3339, fields: taken)
                let index = managed.entries.firstIndex { $0.isSame(as: mine) }
                if let index {
                    mine.fields = mine.fields.union(managed.entries[index].fields)
                    managed.entries[index] = mine
                } else {
                    managed.entries.append(mine)
                }
            }
            #expect(quick["metadata", "managedFields"]?.canonicalText == managed.json?.canonicalText, "step \(number)")
            live = quick
            times.append(live["metadata", "managedFields"]?.elements.last?["time"]?.string ?? "")
        }
        #expect(Set(times).count == steps.count - 1)
    }
    private func without(_ object: JSON) -> JSON {
        var object = object
        object["metadata"]?["managedFields"] = .none
        return object
    }
}
