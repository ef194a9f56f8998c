import APIMachinery
import Basics
import KubeAPI

@testable import Autoscalers

/// An autoscaler with a target whose pods do what a script says:
///
/// - `autoscaler min=1 max=10 target=50 [tolerance=0.2] [up=window:0,Max,pods:4/15,percent:100/15] [down=…]`; the target is
///   in percent of what each pod asks for
/// - `look after=15s load=400 [missing=1] [unready=1] [pending=1] [broken]`: the load, in percent of one pod's request, falls on
///   the pods that work alike; what the autoscaler decides is done at once
/// - `replicas 3`: somebody else scales
/// - `clock back=1h`: somebody sets the time of day
final class HorizontalScript {
    private var autoscaler = HorizontalPodAutoscaler()
    private var decision = HorizontalDecision(settings: HorizontalSettings())
    private var history = ScalingHistory()
    private var replicas = 1
    private var now = Instant(rfc3339: "2026-01-01T01:00:00Z") ?? Instant(nanoseconds: 0)
    private var uptime: Int64 = 1_000_000_000
    private var elapsed = 0

    private struct Unknown: Error { var command: String }

    func answer(_ line: String) throws -> String {
        var (words, options) = ([String](), [String: String]())
        for word in line.split(separator: " ").map(String.init) {
            let pair = word.split(separator: "=", maxSplits: 1).map(String.init)
            if pair.count == 2 { options[pair[0]] = pair[1] } else { words.append(word) }
        }
        switch words.first {
        case "autoscaler":
            try make(options)
            return ""
        case "replicas":
            replicas = Int(words[1]) ?? 0
            return ""
        case "clock":
            now = now - .seconds(Self.seconds(options["back"]))
            return ""
        case "look": return look(options, isBroken: words.contains("broken"))
        default: throw Unknown(command: line)
        }
    }

    private static func seconds(_ text: String?) -> Int {
        guard let text, let unit = text.last, let number = Int(text.dropLast()) else { return 0 }
        return number * (unit == "h" ? 3600 : unit == "m" ? 60 : 1)
    }

    private func make(_ options: [String: String]) throws {
        func number(_ name: String, _ other: Int) -> JSON { JSON(options[name].flatMap { Int($0) } ?? other) }
        var spec: JSON = [
            "minReplicas": number("min", 1), "maxReplicas": number("max", 10),
            "metrics": [
                [
                    "type": "Resource",
                    "resource": [
                        "name": "cpu",
                        "target": ["type": "Utilization", "averageUtilization": number("target", 50)],
                    ],
                ]
            ],
        ]
        if options["up"] != nil || options["down"] != nil {
            spec["behavior"] = [
                "scaleUp": rules(options["up"] ?? "window:0,Max,pods:4/15,percent:100/15"),
                "scaleDown": rules(options["down"] ?? "Max,percent:100/15"),
            ]
        }
        autoscaler = HorizontalPodAutoscaler(["metadata": ["name": "web", "namespace": "default"], "spec": spec])
        decision.settings.tolerance = options["tolerance"].flatMap { Double($0) } ?? 0.1
        replicas = options["replicas"].flatMap { Int($0) } ?? 1
        history = ScalingHistory()
        (elapsed, uptime) = (0, 1_000_000_000)
    }

    private func rules(_ text: String) -> JSON {
        var rules: JSON = ["policies": .array]
        for word in text.split(separator: ",").map(String.init) {
            let pair = word.split(separator: ":").map(String.init)
            switch pair[0] {
            case "window": rules["stabilizationWindowSeconds"] = JSON(Int(pair[1]) ?? 0)
            case "tolerance": rules["tolerance"] = JSON(pair[1])
            case "pods", "percent":
                let parts = pair[1].split(separator: "/").compactMap { Int($0) }
                rules["policies"] = JSON(
                    (rules["policies"]?.elements ?? []) + [
                        [
                            "type": pair[0] == "pods" ? "Pods" : "Percent", "value": JSON(parts[0]),
                            "periodSeconds": JSON(parts[1]),
                        ]
                    ])
            default: rules["selectPolicy"] = JSON(pair[0])
            }
        }
        return rules
    }

    private func look(_ options: [String: String], isBroken: Bool) -> String {
        func count(_ name: String) -> Int { options[name].flatMap { Int($0) } ?? 0 }
        let after = Self.seconds(options["after"])
        elapsed += after
        uptime += Int64(after) * 1_000_000_000
        now = now + .seconds(after)
        let (missing, unready, pending) = (count("missing"), count("unready"), count("pending"))
        let working = max(replicas - missing - unready - pending, 0)
        let share = working == 0 ? 0 : count("load") * 10 / working
        var samples: [String: PodSample] = [:]
        let pods = (0..<replicas).map { index -> ScaledPod in
            let name = "web-\(index)"
            let isPending = index >= working + missing + unready
            let isUnready = index >= working + missing && !isPending
            let isMissing = index >= working && !isUnready && !isPending
            if !isMissing, !isPending {
                samples[name] = PodSample(value: isUnready ? 1000 : share, time: now, window: .seconds(15))
            }
            let ready: JSON = ["type": "Ready", "status": isUnready ? "False" : "True"]
            return ScaledPod(
                Pod([
                    "metadata": ["name": JSON(name)],
                    "spec": ["containers": [["name": "c", "resources": ["requests": ["cpu": "1"]]]]],
                    "status": [
                        "phase": isPending ? "Pending" : "Running", "conditions": [ready],
                        "startTime": isUnready ? now.json : "2025-12-31T00:00:00Z",
                    ],
                ]))
        }
        let reading: MetricReading =
            isBroken
            ? .failed(MetricFailure("no metrics returned from resource metrics API")) : .pods(samples)
        let view = HorizontalView(
            autoscaler: autoscaler,
            scale: ScaleState(
                namespace: "default", replicas: replicas, statusReplicas: replicas, selector: "app=web"),
            pods: pods, claimants: [autoscaler.key], readings: [reading], now: now, uptime: uptime)
        var verdict = decision.verdict(view, &history)
        decision.settle(&verdict, view, error: nil, &history)
        let before = replicas
        replicas = verdict.rescale?.replicas ?? replicas
        autoscaler.json["status"] = verdict.status.json
        var words = ["\(elapsed)s", "\(before) → \(replicas)"]
        if let usage = verdict.proposals.first??.status["resource", "current", "averageUtilization"]?.number {
            words.insert("\(usage)%", at: 1)
        }
        let told = (verdict.status.json["conditions"]?.elements ?? []).compactMap { condition -> String? in
            let isTrue = condition["status"]?.string == "True"
            switch condition["type"]?.string {
            case "AbleToScale": return verdict.outcome?.ability.reason ?? condition["reason"]?.string
            case "ScalingActive": return isTrue ? nil : "!\(condition["reason"]?.string ?? "")"
            case "ScalingLimited": return isTrue ? condition["reason"]?.string : nil
            default: return nil
            }
        }
        return (words + told).joined(separator: "  ")
    }
}
