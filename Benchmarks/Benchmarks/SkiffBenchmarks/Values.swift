import APIMachinery
import Benchmark
import KubeAPI
import KeyValueCore

/// Reading, changing and writing a pod of 4.6 KB.
func measureJSON() {
    let bytes = SamplePod.small.grown(to: 4_600).bytes
    Benchmark("JSON: parse a pod") { benchmark in
        for _ in benchmark.scaledIterations { blackHole(try JSON(parsing: bytes)) }
    }
    Benchmark("JSON: change one deep field and write") { benchmark, pod in
        for _ in benchmark.scaledIterations {
            var changed = pod
            changed["spec"]?["containers"]?[0]["image"] = "nginx"
            blackHole(changed.bytes)
        }
    } setup: {
        try JSON(parsing: bytes)
    }
    Benchmark("JSON: set resourceVersion, with tape") { benchmark, pod in
        for number in benchmark.scaledIterations { blackHole(pod.settingResourceVersion(Int64(number))) }
    } setup: {
        try JSON(parsing: bytes)
    }
}

/// What every request with a body goes through: only fields that the kind has, of the types it says.
func measureSchemas() {
    let bytes = SamplePod.small.grown(to: 4_600).bytes
    Benchmark("Schema: read a pod") { benchmark, pod in
        guard let resource = ResourceRegistry.builtIn.resource(Pod.resource), let schema = resource.schema else {
            return benchmark.error("there is no schema of pods")
        }
        for _ in benchmark.scaledIterations {
            blackHole(
                try schema.readRequest(
                    pod, as: resource.groupVersionKind, duplicateFields: [], validation: .strict))
        }
    } setup: {
        try JSON(parsing: bytes)
    }
}

private let value = [UInt8](repeating: 120, count: 512)
private func key(_ number: Int) -> [UInt8] { Array("/registry/pods/default/pod-\(number % 10_000)".utf8) }

private func filled() throws -> KeyValueState {
    var state = KeyValueState()
    for number in 0..<10_000 {
        _ = try state.apply(.transact(Transaction(success: [.put(key: key(number), value: value)])))
    }
    return state
}

/// The store's tree with 10,000 keys.
func measureKeys() {
    Benchmark("Key tree: put") { benchmark, filled in
        var state = filled
        for number in benchmark.scaledIterations {
            blackHole(
                try state.apply(.transact(Transaction(success: [.put(key: key(number * 7), value: value)]))))
        }
    } setup: {
        try filled()
    }
    Benchmark("Key tree: get") { benchmark, state in
        for number in benchmark.scaledIterations {
            blackHole(try state.range(RangeRequest(.key(key(number * 7)))))
        }
    } setup: {
        try filled()
    }
    Benchmark("Key tree: list 500") { benchmark, state in
        for _ in benchmark.scaledIterations {
            blackHole(try state.range(RangeRequest(.prefix(Array("/registry/pods/".utf8)), limit: 500)))
        }
    } setup: {
        try filled()
    }
}
