import APIMachinery
import Basics
import KubeAPI
import TestKit
import Testing

@testable import Autoscalers

/// Decisions against the slow reference, on histories by chance.
@Suite struct ReferenceTests {
    static let histories = 5_000
    private static let parts = 10

    @Test(arguments: 0..<parts) func decisionsAreTheReferences(_ part: Int) {
        for seed in 0..<Self.histories / Self.parts {
            if let difference = Self.difference(seed: UInt64(part * 100_000 + seed)) {
                Issue.record("history \(part * 100_000 + seed): \(difference)")
                return
            }
        }
    }

    private static func difference(seed: UInt64) -> String? {
        var chance = SplitMix64(seed: seed)
        func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &chance) }
        var reference = SlowReference()
        reference.least = pick(1...3)
        reference.most = reference.least + pick(0...9)
        switch pick(0...4) {
        case 0: reference.target = .utilization(pick(10...150))
        case 1: reference.target = .average(pick(1...900))
        case 2:
            reference.target = .average(pick(1...900))
            reference.isProcessor = false
        case 3: reference.target = .value(pick(1...2_000))
        default: reference.target = .valuePerPod(pick(1...2_000))
        }
        if case .utilization = reference.target {
        } else if case .average = reference.target {
        } else {
            reference.isProcessor = false
        }
        if pick(0...2) > 0 {
            reference.up = rules(&chance)
            reference.down = rules(&chance)
        }
        reference.tolerance = [0, 0.1, 0.25][pick(0...2)]
        var settings = HorizontalSettings()
        settings.tolerance = reference.tolerance
        let decision = HorizontalDecision(settings: settings)
        let autoscaler = autoscaler(reference)
        var history = ScalingHistory()
        var replicas = pick(0...12) == 0 ? 0 : pick(1...8)
        var now = 1_000_000
        for step in 0..<8 {
            now += [1, 14, 15, 15, 30, 60, 299, 301][pick(0...7)]
            if pick(0...9) == 0 { replicas = pick(0...12) }
            let pods = (0..<min(replicas, 7)).map { pod($0, now, &chance) }
            let values = (0..<pick(1...3)).map { _ in pick(0...3_000) }
            let view = view(autoscaler, reference, pods, values, replicas, now)
            var verdict = decision.verdict(view, &history)
            decision.settle(&verdict, view, error: nil, &history)
            let expected = reference.look(pods, values: values, current: replicas, now: now)
            let got = verdict.failure == nil ? verdict.rescale?.replicas ?? replicas : nil
            guard got == expected else {
                return "step \(step): \(replicas) → \(got ?? -1), the reference \(expected ?? -1)"
            }
            if let got { replicas = got }
        }
        return nil
    }

    private static func rules(_ chance: inout SplitMix64) -> SlowReference.Rules {
        func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &chance) }
        return SlowReference.Rules(
            window: [0, 0, 15, 60, 300][pick(0...4)], selection: ["Max", "Max", "Min", "Disabled"][pick(0...3)],
            policies: (0..<pick(1...3)).map { _ in
                .init(isPercent: pick(0...1) == 0, value: pick(1...120), period: [1, 15, 60, 300][pick(0...3)])
            })
    }

    private static func pod(_ index: Int, _ now: Int, _ chance: inout SplitMix64) -> SlowReference.Pod {
        func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &chance) }
        var pod = SlowReference.Pod(name: "p\(index)")
        pod.isLeaving = pick(0...9) == 0
        pod.isPending = !pod.isLeaving && pick(0...6) == 0
        pod.ready = [true, true, true, false, nil][pick(0...4)]
        pod.started = now - [5, 100, 299, 300, 4_000][pick(0...4)]
        pod.readySince = pod.started + [1, 29, 31][pick(0...2)]
        pod.request = pick(1...2_000)
        if pick(0...4) > 0 { pod.sample = (pick(0...2_500), now - pick(0...20)) }
        if pod.isPending { pod.sample = nil }
        return pod
    }

    // MARK: The same for ours

    private static func time(_ seconds: Int) -> Instant { Instant(secondsSince1970: Int64(seconds)) }

    private static func json(_ rules: SlowReference.Rules) -> JSON {
        [
            "stabilizationWindowSeconds": JSON(rules.window), "selectPolicy": JSON(rules.selection),
            "policies": JSON(
                rules.policies.map {
                    [
                        "type": $0.isPercent ? "Percent" : "Pods", "value": JSON($0.value),
                        "periodSeconds": JSON($0.period),
                    ] as JSON
                }),
        ]
    }

    private static func autoscaler(_ reference: SlowReference) -> HorizontalPodAutoscaler {
        func milli(_ value: Int) -> JSON { Quantity(milli: value).json }
        let metric: JSON
        switch reference.target {
        case .utilization(let percent):
            metric = [
                "type": "Resource",
                "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": JSON(percent)]],
            ]
        case .average(let value) where reference.isProcessor:
            metric = [
                "type": "Resource",
                "resource": ["name": "cpu", "target": ["type": "AverageValue", "averageValue": milli(value)]],
            ]
        case .average(let value):
            metric = [
                "type": "Pods",
                "pods": ["metric": ["name": "m"], "target": ["type": "AverageValue", "averageValue": milli(value)]],
            ]
        case .value(let value):
            metric = [
                "type": "External",
                "external": ["metric": ["name": "m"], "target": ["type": "Value", "value": milli(value)]],
            ]
        case .valuePerPod(let value):
            metric = [
                "type": "External",
                "external": [
                    "metric": ["name": "m"], "target": ["type": "AverageValue", "averageValue": milli(value)],
                ],
            ]
        }
        var spec: JSON = [
            "minReplicas": JSON(reference.least), "maxReplicas": JSON(reference.most), "metrics": [metric],
        ]
        if let up = reference.up, let down = reference.down {
            spec["behavior"] = ["scaleUp": json(up), "scaleDown": json(down)]
        }
        return HorizontalPodAutoscaler(["metadata": ["name": "a", "namespace": "n"], "spec": spec])
    }

    private static func view(
        _ autoscaler: HorizontalPodAutoscaler, _ reference: SlowReference, _ pods: [SlowReference.Pod], _ values: [Int],
        _ replicas: Int, _ now: Int
    ) -> HorizontalView {
        var samples: [String: PodSample] = [:]
        for pod in pods {
            guard let (value, at) = pod.sample else { continue }
            samples[pod.name] = PodSample(value: value, time: time(at), window: .seconds(15))
        }
        let isOfPods =
            if case .value = reference.target { false } else if case .valuePerPod = reference.target { false } else {
                true
            }
        return HorizontalView(
            autoscaler: autoscaler,
            scale: ScaleState(namespace: "n", replicas: replicas, statusReplicas: replicas, selector: "a=b"),
            pods: pods.map(scaled), readings: [isOfPods ? .pods(samples) : .external(values)], now: time(now),
            uptime: Int64(now) * 1_000_000_000)
    }

    private static func scaled(_ pod: SlowReference.Pod) -> ScaledPod {
        var conditions: JSON = .array
        if let ready = pod.ready {
            conditions = [
                [
                    "type": "Ready", "status": ready ? "True" : "False",
                    "lastTransitionTime": time(pod.readySince).json,
                ]
            ]
        }
        var metadata: JSON = ["name": JSON(pod.name)]
        if pod.isLeaving { metadata["deletionTimestamp"] = time(pod.started).json }
        return ScaledPod(
            Pod([
                "metadata": metadata,
                "spec": [
                    "containers": [
                        ["name": "c", "resources": ["requests": ["cpu": Quantity(milli: pod.request).json]]]
                    ]
                ],
                "status": [
                    "phase": pod.isPending ? "Pending" : "Running", "conditions": conditions,
                    "startTime": time(pod.started).json,
                ],
            ]))
    }
}
