import Basics
import ControlLoops
import Foundation
import Testing

@testable import Kubelet

@Suite struct LogTests {
    private let time = "2026-01-01T00:00:0"

    private func write(_ path: String, _ lines: [String]) throws {
        try FileManager.default.createDirectory(
            atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
        try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: false, encoding: .utf8)
    }
    private func read(_ path: String, _ change: (inout ContainerLogOptions) -> Void = { _ in }) async throws -> String {
        var options = ContainerLogOptions()
        change(&options)
        let stream = ContainerLogStream(path: path, options: options, clock: SystemClock()) { false }
        var bytes: [UInt8] = []
        while let piece = try await stream.next() { bytes += piece }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func optionsChooseWhatIsShown() async throws {
        let path = FileManager.default.temporaryDirectory.path + "/log-" + UUID().uuidString + "/0.log"
        try write(
            path + ".\(time)0.000000000Z", ["\(time)0.000000000Z stdout F oldest", "\(time)1.000000000Z stdout F old"])
        try write(
            path,
            [
                "\(time)2.000000000Z stdout P par", "\(time)2.000000000Z stdout F tial",
                "\(time)3.000000000Z stderr F error",
                "not a line", "\(time)4.000000000Z stdout F last",
            ])
        #expect(try await read(path) == "oldest\nold\npartial\nerror\nlast\n")
        #expect(try await read(path) { $0.tailLines = 1 } == "last\n")
        #expect(try await read(path) { $0.tailLines = 6 } == "old\npartial\nerror\nlast\n")
        #expect(try await read(path) { $0.tailLines = 0 } == "")
        #expect(try await read(path) { $0.tailLines = 100 } == "oldest\nold\npartial\nerror\nlast\n")
        #expect(try await read(path) { $0.limitBytes = 8 } == "oldest\no")
        #expect(try await read(path) { $0.sinceTime = "2026-01-01T00:00:03Z" } == "error\nlast\n")
        #expect(try await read(path) { $0.stream = "stderr" } == "error\n")
        #expect(
            try await read(path) {
                $0.timestamps = true
                $0.tailLines = 1
            } == "\(time)4.000000000Z last\n")
        #expect(try await read(path + "-missing") == "")
    }

    @Test func anyBytesAreReadWithoutHarm() {
        var generator = SplitMix64(seed: 99)
        let alphabet = Array("2026 stdoutFP:\n\u{0}\u{ff}".utf8)
        for _ in 0..<5_000 {
            let bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator) ?? 0
            }
            _ = LogLine(bytes[...])
        }
    }
}
