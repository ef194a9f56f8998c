import APIMachinery
import Basics
import Foundation
import HTTPMessages
import KubeAPI
import TestKit
import Testing

@testable import APIServer

@Suite struct CompressionTests {
    private static let gzip = (name: "accept-encoding", value: "br, gzip")

    /// What another program makes of it.
    private static func unpacked(_ bytes: [UInt8]) throws -> [UInt8] {
        let directory = TemporaryDirectory()
        let path = "\(directory.path)/answer"
        try Data(bytes).write(to: URL(fileURLWithPath: path + ".gz"))
        let result = try Program.run("gzip", ["-d", path + ".gz"])
        #expect(result.exitCode == 0)
        return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    @Test func longAnswersAreCompressedForWhoTakesThat() async throws {
        try await Harness.run { cluster in
            // Noise compresses badly, so that zlib gives more than it holds back.
            var chance = SplitMix64(seed: 7)
            for number in 0..<8 {
                let noise = String((0..<200_000).map { _ in Character(UnicodeScalar(UInt8(33 + chance.next() % 90))) })
                let made = try await cluster.call(
                    "POST", Harness.configMaps, Harness.configMap("map-\(number)", ["a": noise]),
                    headers: [Self.gzip])
                #expect(made.status == 201)
                #expect(made.header("content-encoding") == "gzip")
            }
            let kinds = ["application/json", "application/yaml", Protobuf.mediaType]
            // At one revision, as others' writes move that of a list.
            let revision = try #require(
                try await cluster.call("GET", Harness.configMaps).json["metadata", "resourceVersion"]?.string)
            let list = "\(Harness.configMaps)?resourceVersion=\(revision)&resourceVersionMatch=Exact"
            for path in [list, Harness.configMaps + "/map-3"] {
                for kind in kinds {
                    let accept = (name: "accept", value: kind)
                    let plain = try await cluster.call("GET", path, headers: [accept])
                    #expect(plain.header("content-encoding") == nil)
                    let packed = try await cluster.call("GET", path, headers: [accept, Self.gzip])
                    #expect(packed.header("content-encoding") == "gzip")
                    #expect(packed.header("vary") == "Accept-Encoding")
                    #expect(packed.header("content-length") == nil)
                    #expect(packed.bytes.count < plain.bytes.count)
                    #expect(try Self.unpacked(packed.bytes) == plain.bytes)
                }
            }
        }
    }

    @Test func shortAnswersAndWatchesAreNot() async throws {
        try await Harness.run { cluster in
            let edge = String(repeating: "x", count: Compression.thresholdBytes)
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("long", ["a": edge]))
            _ = try await cluster.call("POST", Harness.configMaps, Harness.configMap("short"))
            let short = try await cluster.call("GET", Harness.configMaps + "/short", headers: [Self.gzip])
            #expect(short.header("content-encoding") == nil)
            let long = Harness.configMaps + "/long"
            for header in ["br", "gzip;q=0", "x-gzip", ""] {
                let answer = try await cluster.call("GET", long, headers: [(name: "accept-encoding", value: header)])
                #expect(answer.header("content-encoding") == nil)
            }
            let request = cluster.request("GET", Harness.configMaps + "?watch=1", headers: [Self.gzip])
            let watch = await cluster.server.answer(request)
            #expect(!watch.headers.contains { $0.name == "content-encoding" })
            watch.abandon()
        }
    }
}
