import APIMachinery
import Basics
import KubeAPI

/// How much a pod needs to be changed; a value (VerticalPodAutoscaler's updater).
struct UpdatePriority: Sendable, Equatable, Comparable {
    /// Whether something that it asks for is beyond the bounds, or is not asked for.
    var isOutside = false
    /// Whether it should ask for more of something.
    var isScaleUp = false
    /// How far it is from what it should ask for, as parts of what it asks for, added up over resources.
    var difference = 0.0

    /// More is more urgent.
    static func < (left: UpdatePriority, right: UpdatePriority) -> Bool {
        left.isScaleUp != right.isScaleUp ? right.isScaleUp : left.difference < right.difference
    }

    init(_ pod: JSON, _ recommendation: PodRecommendation) {
        let observed = VerticalAnnotations.observed(in: pod)
        var asked: [String: Int] = [:]
        var wanted: [String: Int] = [:]
        for container in recommendation.containers where observed?.contains(container.name) ?? true {
            let requests = PodRecommendation.held(container.name, pod).requests
            for name in container.target.names {
                guard let target = container.target[name] else { continue }
                wanted[name, default: 0] += target.milliValue
                guard let request = requests[name] else {
                    (isScaleUp, isOutside) = (true, true)
                    continue
                }
                asked[name, default: 0] += request.milliValue
                if target.milliValue > request.milliValue { isScaleUp = true }
                if let lower = container.lower[name], request < lower { isOutside = true }
                if let upper = container.upper[name], upper < request { isOutside = true }
            }
        }
        for (name, amount) in wanted {
            let request = max(Double(asked[name] ?? 0), 1)
            difference += abs(request - Double(amount)) / request
        }
    }

    /// Why a pod is left as it is; nil for one that is to be changed.
    static func objection(
        to pod: JSON, _ priority: UpdatePriority, _ recommendation: PodRecommendation, _ policy: VerticalPolicy,
        _ now: Instant, _ settings: VerticalSettings
    ) -> String? {
        if recommendation.containers.isEmpty { return "nothing is recommended of it" }
        let ranOut = hasRunOutOfMemory(pod, policy, settings)
        if !priority.isOutside, !ranOut {
            guard let start = Instant(pod["status", "startTime"]) else { return "it has not started" }
            if now - start < settings.lifetimeThreshold { return "it is within the bounds, and young" }
            if priority.difference < settings.updateThreshold { return "it is near enough to the target" }
        }
        if ranOut, priority.difference == 0 { return "it has what is recommended" }
        if !isAdmitted(pod, recommendation, policy) { return "the eviction requirements are not fulfilled" }
        return nil
    }

    /// Whether one of its containers ended for want of memory soon after it began.
    private static func hasRunOutOfMemory(
        _ pod: JSON, _ policy: VerticalPolicy, _ settings: VerticalSettings
    ) -> Bool {
        let observed = VerticalAnnotations.observed(in: pod)
        return (pod["status", "containerStatuses"]?.elements ?? []).contains { status in
            let name = status["name"]?.string ?? ""
            guard observed?.contains(name) ?? true, !policy.isOff(name) else { return false }
            let end = status["lastState"]?["terminated"]
            guard end?["reason"]?.string == "OOMKilled", let start = Instant(end?["startedAt"]),
                let finish = Instant(end?["finishedAt"])
            else { return false }
            return finish - start < settings.quickOutOfMemory
        }
    }

    /// Whether the autoscaler's eviction requirements let it be changed.
    private static func isAdmitted(
        _ pod: JSON, _ recommendation: PodRecommendation, _ policy: VerticalPolicy
    ) -> Bool {
        if policy.evictionRequirements.isEmpty { return true }
        return recommendation.containers.contains { container in
            let requests = PodRecommendation.held(container.name, pod).requests
            guard requests["cpu"] != nil, requests["memory"] != nil else { return true }
            return policy.evictionRequirements.allSatisfy { requirement in
                requirement.resources.contains { name in
                    let (now, then) = (requests[name]?.milliValue ?? 0, container.target[name]?.milliValue ?? 0)
                    switch requirement.changeRequirement {
                    case "TargetHigherThanRequests": return then > now
                    case "TargetLowerThanRequests": return then < now
                    default: return false
                    }
                }
            }
        }
    }
}
