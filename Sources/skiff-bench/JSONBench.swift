import APIMachinery
import ArgumentParser
import Foundation
import Fuzzing

/// `skiff-bench json`: how long a pod's JSON takes to read, change and write, and what keeping it costs.
struct JSONBench: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "json", abstract: "Reads, changes and writes one pod.")

    @Option(help: "A pod's JSON; without it a built-in one.")
    var pod: String?
    @Option(help: "How often each is done.")
    var runs = 50_000
    @Option(help: "How many pods are kept to measure their memory.")
    var kept = 20_000

    func run() throws {
        let given = try pod.map { try JSON(parsing: Array(Data(contentsOf: URL(fileURLWithPath: $0)))) }
        let bytes = (given ?? SamplePod.small).grown(to: 4600).bytes
        let value = try JSON(parsing: bytes)
        print("pod: \(bytes.count) bytes")
        var sink = 0
        func report(_ name: String, _ work: () throws -> Void) rethrows {
            print("\(name): \(shown(try microsecondsPerRun(runs, work))) µs")
        }
        try report("parse") { sink &+= try JSON(parsing: bytes).count }
        report("read three fields") {
            sink &+= value["metadata", "name"]?.string?.utf8.count ?? 0
            sink &+= value["spec"]?["containers"]?[0]["image"]?.string?.utf8.count ?? 0
            sink &+= value["status", "phase"]?.string?.utf8.count ?? 0
        }
        report("change one field and write") {
            var changed = value
            changed["metadata", "resourceVersion"] = "123456"
            sink &+= changed.bytes.count
        }
        report("change one deep field and write") {
            var changed = value
            changed["spec"]?["containers"]?[0]["image"] = "nginx"
            sink &+= changed.bytes.count
        }
        var changed = value
        changed["status", "phase"] = "Failed"
        report("freeze after a change") { sink &+= changed.frozen.count }
        report("set resourceVersion, with tape") { sink &+= value.settingResourceVersion(123_456).count }
        try report("compare with an equal value") { sink &+= value == (try JSON(parsing: bytes)) ? 1 : 0 }
        try reportMemory(bytes)
        if sink == 0 { print() }
    }

    private func reportMemory(_ bytes: [UInt8]) throws {
        let before = residentBytes()
        let pods = try (0..<kept).map { index in
            var copy = bytes
            copy.withUnsafeMutableBufferPointer { $0[0] = UInt8(ascii: "{") }
            return try JSON(parsing: copy).settingResourceVersion(Int64(index))
        }
        let each = (residentBytes() - before) / max(pods.count, 1)
        print("kept with its tape: \(each) bytes per pod")
    }
}
