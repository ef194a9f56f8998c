import Testing

@testable import APIMachinery

/// A small schema with every construct of the notation.
private let schema = Schema(notation: [
    """
    package io.k8s.api.core.v1
    use meta io.k8s.meta.v1
    kind Service
      metadata 1 meta.ObjectMeta always
      spec 2 ServiceSpec always
      status 3 ServiceStatus always
    type ServicePort
      name 1 string
      protocol 2 string:Protocol default "TCP"
      port 3 int32 required always
      targetPort 4 int-or-string
      appProtocol 6 *string
    type ServiceSpec
      ports 1 [ServicePort] map(port,protocol) merge(port)
      selector 2 {string} atomic
      paused 3 bool
      limits 4 {quantity}
      minimum 5 *int32
      source 6 inline Source
    type Source
      secret 1 *Key
    type Key
      key 1 string required always
      value 2 bytes
    type ServiceStatus
      loadBalancer 1 LoadBalancer always
    type LoadBalancer
      note 1 string
    """,
    """
    package io.k8s.meta.v1
    type ObjectMeta
      name 1 string
      labels 11 {string}
      creationTimestamp 8 time
      finalizers 14 [string] set merge
    """,
])

private func service() throws -> SchemaType { try #require(schema.type(named: "io.k8s.api.core.v1.Service")) }

private func failure(_ text: String) throws -> String {
    do {
        _ = try service().read(JSON(parsing: text))
        return "no failure"
    } catch let error as SchemaTypeError { return error.description }
}

@Suite struct SchemaNotationTests {
    @Test func readsEveryConstruct() throws {
        #expect(schema.problems == [])
        let spec = try #require(schema.type(named: "io.k8s.api.core.v1.ServiceSpec"))
        let ports = try #require(spec.field("ports"))
        #expect(ports.type?.shortName == "ServicePort")
        #expect(ports.listType == .map)
        #expect(ports.listMapKeys == ["port", "protocol"])
        #expect(ports.mergesInPatch && ports.mergeKey == "port" && ports.patchStrategy == "merge")
        #expect(spec.field("selector")?.isAtomicMap == true)
        let finalizers = schema.type(named: "io.k8s.meta.v1.ObjectMeta")?.field("finalizers")
        #expect(finalizers?.listType == .set && finalizers?.mergesInPatch == true && finalizers?.mergeKey == nil)
        #expect(ports.type?.field("protocol")?.defaultValue == "TCP")
        #expect(try service().field("metadata")?.type?.name == "io.k8s.meta.v1.ObjectMeta")
    }

    @Test func inlinedTypesAreFlatInJSONAndNestedInProtobuf() throws {
        let spec = try #require(schema.type(named: "io.k8s.api.core.v1.ServiceSpec"))
        #expect(spec.field("secret")?.type?.shortName == "Key")
        #expect(spec.field("source") == nil)
        guard case .inlined(let source) = spec.protobufMember(6) else {
            Issue.record("number 6 is not inlined")
            return
        }
        #expect(source.shortName == "Source")
        guard case .field(let ports) = spec.protobufMember(1) else {
            Issue.record("number 1 is not a field")
            return
        }
        #expect(ports.name == "ports")
        #expect(spec.protobufMember(99) == nil)
    }

    @Test(arguments: ["type", "  field without number", "type A\n  x 1 Nope", "type A\n  x 1 string nonsense"])
    func tellsWhatItCannotRead(text: String) {
        #expect(Schema(notation: ["package p\n" + text]).problems.count == 1)
    }
}

@Suite struct SchemaReadingTests {
    @Test func keepsWhatIsInForm() throws {
        let object = try JSON(
            parsing: #"""
                {"apiVersion":"v1","kind":"Service","metadata":{"name":"a","creationTimestamp":"2026-01-02T03:04:05Z"},
                "spec":{"ports":[{"port":80,"targetPort":"http"}],"limits":{"cpu":"1"},"minimum":0},
                "status":{"loadBalancer":{}}}
                """#)
        let reading = try service().read(object)
        #expect(reading.unknownFields == [])
        #expect(reading.value == object)
    }

    @Test func dropsUnknownFieldsAndTellsTheirPaths() throws {
        let object = try JSON(
            parsing: #"{"metadata":{"oops":1},"spec":{"ports":[{"port":1},{"port":2,"a":{}}],"x":1},"zz":[]}"#)
        let reading = try service().read(object, form: .asWritten)
        #expect(reading.unknownFields == ["metadata.oops", "spec.ports[1].a", "spec.x", "zz"])
        #expect(reading.value == ["metadata": .object, "spec": ["ports": [["port": 1], ["port": 2]]]])
    }

    @Test func writesTheCanonicalForm() throws {
        let object = try JSON(
            parsing: #"""
                {"metadata":{"name":"","labels":null,"finalizers":[],"creationTimestamp":"2026-01-02T03:04:05+02:00"},
                "spec":{"paused":false,"minimum":0,"selector":{"a":null},"limits":{"cpu":1}, "secret":{}}}
                """#)
        let reading = try service().read(object)
        #expect(
            reading.value == [
                "metadata": ["creationTimestamp": "2026-01-02T01:04:05Z"],
                "spec": ["minimum": 0, "selector": ["a": ""], "limits": ["cpu": "1"], "secret": ["key": ""]],
                "status": ["loadBalancer": .object],
            ])
    }

    @Test func speaksAsGoDoes() throws {
        let start = "json: cannot unmarshal"
        #expect(try failure("[]") == "\(start) array into Go value of type v1.Service")
        #expect(
            try failure(#"{"spec":{"ports":[{"port":"x"}]}}"#)
                == "\(start) string into Go struct field ServicePort.spec.ports.port of type int32")
        #expect(
            try failure(#"{"spec":{"ports":[{"port":4.5}]}}"#)
                == "\(start) number 4.5 into Go struct field ServicePort.spec.ports.port of type int32")
        #expect(
            try failure(#"{"spec":{"ports":{}}}"#)
                == "\(start) object into Go struct field ServiceSpec.spec.ports of type []v1.ServicePort")
        #expect(
            try failure(#"{"spec":{"selector":{"a":1}}}"#)
                == "\(start) number into Go struct field ServiceSpec.spec.selector of type string")
        #expect(
            try failure(#"{"spec":{"secret":{"value":"a"}}}"#) == "illegal base64 data at input byte 1")
        #expect(
            try failure(#"{"spec":{"limits":{"cpu":"x"}}}"#)
                == "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
        #expect(
            try failure(#"{"spec":{"ports":[{"targetPort":true}]}}"#)
                == "\(start) bool into Go value of type int32")
    }

    @Test func validatesFieldsAsAsked() throws {
        let kind = GroupVersionKind(group: "", version: "v1", kind: "Service")
        let object: JSON = ["dataa": 1]
        let warned = try service().readRequest(object, as: kind, duplicateFields: ["a.b"], validation: .warn)
        #expect(warned.warnings == ["duplicate field \"a.b\"", "unknown field \"dataa\""])
        #expect(try service().readRequest(object, as: kind, validation: .ignore).warnings == [])
        #expect {
            try service().readRequest(object, as: kind, validation: .strict)
        } throws: { error in
            (error as? StatusError)?.message
                == "Service in version \"v1\" cannot be handled as a Service: strict decoding error: unknown field \"dataa\""
        }
    }

    /// As in Go's decoder: what comes first in the text is told first, and what is below an unknown member is not read.
    @Test func strictSentencesFollowTheText() throws {
        let kind = GroupVersionKind(group: "", version: "v1", kind: "Service")
        let text = #"""
            {"zzz":{"a":1,"a":2},"spec":{"ports":[{"port":1,"oops":1,"port":2}],"selector":{"a":"1","a":"2"}},
            "zzz":1,"spec":{"ports":[{"port":3,"oops":1}],"b":1}}
            """#
        var duplicates: DuplicateFields = []
        let object = try JSON(parsing: Array(text.utf8), duplicates: &duplicates)
        let read = try service().readRequest(object, as: kind, duplicateFields: duplicates, validation: .warn)
        #expect(
            read.warnings == [
                "unknown field \"zzz\"", "unknown field \"spec.ports[0].oops\"",
                "duplicate field \"spec.ports[0].port\"", "duplicate field \"spec.selector.a\"",
                "duplicate field \"spec\"", "unknown field \"spec.b\"",
            ])
        // Doubled only where nobody reads: nothing to tell but the unknown member.
        var inside: DuplicateFields = []
        let other = try JSON(parsing: Array(#"{"zzz":{"a":1,"a":2}}"#.utf8), duplicates: &inside)
        #expect(
            try service().readRequest(other, as: kind, duplicateFields: inside, validation: .warn).warnings
                == ["unknown field \"zzz\""])
    }

    @Test func timesAreWrittenInUTC() {
        #expect(TimeText.canonical("2024-02-29T23:30:00-01:00", microseconds: false) == "2024-03-01T00:30:00Z")
        #expect(TimeText.canonical("2024-02-29T23:30:00.5Z", microseconds: true) == "2024-02-29T23:30:00.500000Z")
        #expect(TimeText.canonical("1969-12-31T23:00:00Z", microseconds: false) == "1969-12-31T23:00:00Z")
        #expect(TimeText.canonical("1970-01-01T00:00:00+00:30", microseconds: false) == "1969-12-31T23:30:00Z")
        #expect(TimeText.canonical("2024-13-01T00:00:00Z", microseconds: false) == nil)
        #expect(TimeText.canonical("yesterday", microseconds: false) == nil)
    }
}
