import APIMachinery
import Basics
import KubeAPI

/// What a write would use of a quota, and whether the quota has that much.
struct QuotaQuestion: Sendable {
    private let request: AdmissionRequest
    private let usage: ResourceAmounts
    /// What is used more than by the object as it is; nil for a new one.
    private let growth: ResourceAmounts?
    var isDryRun: Bool { request.isDryRun }

    init(_ request: AdmissionRequest, now: Instant) {
        self.request = request
        let usage = QuotaUsage.of(request.object, request.resource, now: now)
        self.usage = usage
        growth = request.old.map { usage - QuotaUsage.of($0, request.resource, now: now) }
    }

    func refusal(_ why: String) -> StatusError { request.forbidden(why) }

    /// Why the quota can say nothing of the object yet; nil if it can, or does not count it.
    func objection(_ quota: QuotaState) -> String? {
        guard quota.counts(request.object, request.resource) else { return nil }
        let names = quota.names(countedBy: request.resource)
        if request.resource == .pods, let lack = QuotaUsage.lack(in: request.object, of: names) {
            return "failed quota: \(quota.name): \(lack)"
        }
        if names.contains(where: { quota.used[$0] == nil }) {
            return "status unknown for quota: \(quota.name), resources: \(names.joined(separator: ","))"
        }
        let negative = usage.negativeNames
        return negative.isEmpty
            ? nil : "quota usage is negative for resource(s): \(negative.joined(separator: ","))"
    }

    /// What is to be added to what is used; empty when the quota is not concerned.
    func charge(_ quota: QuotaState) -> ResourceAmounts {
        guard quota.counts(request.object, request.resource) else { return ResourceAmounts() }
        var added = usage
        if let growth, let old = request.old, quota.counts(old, request.resource) { added = growth }
        return added.withoutZeros.only(quota.hard.names)
    }

    /// Why the quota has not that much; nil if it has.
    func excess(_ charge: ResourceAmounts, _ quota: QuotaState) -> String? {
        if request.subresource == .status { return nil }
        var sum = quota.used
        sum += charge
        let exceeded = sum.only(charge.names).names(above: quota.hard)
        if exceeded.isEmpty { return nil }
        return "exceeded quota: \(quota.name), requested: \(charge.only(exceeded).sentence), "
            + "used: \(quota.used.only(exceeded).sentence), limited: \(quota.hard.only(exceeded).sentence)"
    }
}
