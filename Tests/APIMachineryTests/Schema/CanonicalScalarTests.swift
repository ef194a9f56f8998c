import Testing

@testable import APIMachinery

/// What Go reads in several forms and writes in one comes back in that one, wherever the schema has such a value.
@Suite struct CanonicalScalarTests {
    private static let schema = Schema(notation: [
        """
        package p
        type T
          bytes 1 *bytes
          blobs 2 {bytes}
          time 3 *time
          micro 4 *micro-time
          size 5 *quantity
          sizes 6 {quantity}
          span 7 *duration
          small 8 *int32
          big 9 *int64
          port 10 *int-or-string
          texts 11 [string]
          numbers 12 [int32]
          items 13 [Item]
        type Item
          name 1 string always
          note 2 string
        """
    ])
    private func read(_ text: String) throws -> String {
        let type = try #require(Self.schema.type(named: "p.T"))
        return try type.read(JSON(parsing: text)).value.text
    }

    @Test(arguments: [
        // Line ends, and bits to spare in the last letter.
        (#"{"bytes":"aGVs\nbG8=\r\n"}"#, #"{"bytes":"aGVsbG8="}"#),
        (#"{"bytes":"YR=="}"#, #"{"bytes":"YQ=="}"#),
        (#"{"bytes":"YWJ="}"#, #"{"bytes":"YWI="}"#),
        (#"{"blobs":{"a":"YQ=\n=","b":"","c":null}}"#, #"{"blobs":{"a":"YQ==","b":"","c":""}}"#),
        (#"{"time":"2026-01-02T03:04:05.999+01:00"}"#, #"{"time":"2026-01-02T02:04:05Z"}"#),
        (#"{"micro":"2026-01-02T03:04:05.123456-02:30"}"#, #"{"micro":"2026-01-02T05:34:05.123456Z"}"#),
        (#"{"size":"1Gi "}"#, #"{"size":"1Gi"}"#),
        (#"{"size":" 0.5"}"#, #"{"size":"500m"}"#),
        (#"{"size":1.5}"#, #"{"size":"1500m"}"#),
        (#"{"size":"1024Mi"}"#, #"{"size":"1Gi"}"#),
        (#"{"sizes":{"cpu":" 1000m ","memory":null}}"#, #"{"sizes":{"cpu":"1","memory":"0"}}"#),
        (#"{"span":"90m"}"#, #"{"span":"1h30m0s"}"#),
        (#"{"small":-0,"big":-0,"port":-0}"#, #"{"small":0,"big":0,"port":0}"#),
        (
            #"{"texts":["a",null],"numbers":[null,1],"items":[null]}"#,
            #"{"texts":["a",""],"numbers":[0,1],"items":[{"name":""}]}"#
        ),
    ])
    func comesBackCanonical(_ written: String, _ stored: String) throws {
        #expect(try read(written) == stored)
        #expect(try read(stored) == stored)
    }

    /// A tab is an escape in JSON, which Kubernetes' quantities do not know.
    @Test(arguments: [
        #"{"size":"1Gi\t"}"#, #"{"size":""}"#, #"{"size":"  "}"#, #"{"size":"1 Gi"}"#, #"{"span":"90"}"#,
        #"{"bytes":"YQ= ="}"#, #"{"bytes":"YQ"}"#,
    ])
    func staysRefused(_ text: String) { #expect(throws: SchemaTypeError.self) { try read(text) } }
}
