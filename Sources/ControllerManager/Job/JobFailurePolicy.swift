import APIMachinery
import ControlLoops
import KubeAPI

/// What a Job's pod failure policy says of one failed pod (KEP-3329).
enum JobFailureVerdict: Equatable {
    /// Counts toward the back-off limit, as every failure does without a policy.
    case counts
    /// Is replaced and not counted.
    case ignored
    /// Ends the Job, with this message.
    case failsJob(String)
    /// Ends the pod's index.
    case failsIndex
}

extension Job {
    /// The first rule that fits decides.
    func verdict(on pod: Pod) -> JobFailureVerdict {
        for (position, rule) in (spec.podFailurePolicy?.rules ?? []).enumerated() {
            guard let fact = Self.match(rule, pod) else { continue }
            switch rule.action {
            case "Ignore": return .ignored
            case "FailIndex" where spec.backoffLimitPerIndex != nil: return .failsIndex
            case "FailJob":
                return .failsJob("\(fact) matching FailJob rule at index \(position)")
            case "Count": return .counts
            default: continue
            }
        }
        return .counts
    }

    /// What of a pod fits a rule, in words; nil if nothing does.
    private static func match(_ rule: PodFailurePolicyRule, _ pod: Pod) -> String? {
        if let codes = rule.onExitCodes {
            guard pod.phase == "Failed" else { return nil }
            let values = Set(codes.values.compactMap(\.int))
            for list in ["containerStatuses", "initContainerStatuses"] {
                for status in pod.json["status", list]?.elements ?? [] {
                    let name = status["name"]?.string ?? ""
                    guard codes.containerName == nil || codes.containerName == name,
                        let code = status["state", "terminated", "exitCode"]?.int
                    else { continue }
                    let fits = codes.operator == "In" ? values.contains(code) : code != 0 && !values.contains(code)
                    if fits {
                        return "Container \(name) for pod \(pod.namespace)/\(pod.name) failed with exit code \(code)"
                    }
                }
            }
            return nil
        }
        for pattern in rule.onPodConditions {
            let fits = (pod.json["status", "conditions"]?.elements ?? []).contains {
                $0["type"]?.string == pattern.type && $0["status"]?.string == pattern.status ?? "True"
            }
            if fits { return "Pod \(pod.namespace)/\(pod.name) has condition \(pattern.type ?? "")" }
        }
        return nil
    }
}
