import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// The pod's claims on devices can be had on the node: those that are allocated may be used there, and for the others there
/// are devices. They are allocated and reserved for the pod before it is bound (KEP-4381).
struct DynamicResources: FilterPlugin, PostFilterPlugin, ScorePlugin, PreBindPlugin {
    static let name = "DynamicResources"
    static let wakes: Set<ClusterEvent> = [.devices, .nodeAdded, .nodeLabels, .nodeAllocatable]
    /// The allocation, the pod's reservation, and the finalizer that keeps the claim while it is allocated.
    static let writes: [Permission] = [.patch(ResourceClaim.self), .patchStatus(ResourceClaim.self)]
    static let finalizer = "resource.kubernetes.io/delete-protection"
    /// So many alternatives a request has at most; the first of them scores most.
    private static let alternativeLimit = 8

    /// What is known of the pod's claims before nodes are looked at.
    private struct Prepared {
        var claims: [JSON]
        /// Of those that are allocated.
        var selectors: [NodeRequirement] = []
        var plans: [DeviceClaimPlan] = []
    }

    private func prepared(_ pod: PendingPod, _ view: CycleView) throws(DeviceSearchFailure) -> Prepared? {
        guard pod.object["spec", "resourceClaims"]?.isEmpty == false else { return nil }
        let claims = try PodClaims(pod.object, view.world).claims
        if claims.isEmpty { return nil }
        var prepared = Prepared(claims: claims)
        let classes = view.world.cache(DeviceClass.resource)
        for claim in claims {
            if let allocation = claim["status", "allocation"] {
                if let selector = allocation["nodeSelector"] {
                    prepared.selectors.append(NodeRequirement(selector: selector))
                }
                continue
            }
            if view.cache.devices.isAllocating(claim.key, claim.uid) {
                throw DeviceSearchFailure("resource claim \(claim.key) is in the process of being allocated")
            }
            prepared.plans.append(try DeviceClaimPlan(claim) { classes.get(ObjectKey(name: $0)) })
        }
        return prepared
    }

    func prepare(_ pod: PendingPod, _ view: CycleView) -> FilterStep {
        do throws(DeviceSearchFailure) {
            guard let prepared = try prepared(pod, view) else { return .skip }
            let devices = view.cache.devices
            return .check { node, _ in
                if !prepared.selectors.allSatisfy({ $0.matches(node.name, node.labels) }) {
                    return .resolvable("resourceclaim not available on the node")
                }
                if prepared.plans.isEmpty { return nil }
                var search = DeviceSearch(prepared.plans, on: node, devices)
                do throws(DeviceSearchFailure) {
                    return try search.allocations() == nil ? .resolvable("cannot allocate all claims") : nil
                } catch { return .resolvable(error.sentence) }
            }
        } catch { return .reject(error.sentence) }
    }

    // MARK: PostFilter

    /// A claim that is allocated where the pod cannot run, and that nobody else uses, is allocated anew.
    func postFilter(
        _ pod: PendingPod, _ view: CycleView, _ filters: PreparedFilters, _ diagnosis: Diagnosis,
        _ random: inout SplitMix64
    ) -> PostFilterStep {
        let claims = (try? PodClaims(pod.object, view.world).claims) ?? []
        if claims.isEmpty || filters.refusal != nil {
            return .nothing("no new claims to deallocate", forgets: false)
        }
        guard diagnosis.plugins.contains(Self.name) else { return .nothing("still not schedulable", forgets: false) }
        for claim in claims {
            guard let selector = claim["status", "allocation", "nodeSelector"] else { continue }
            let requirement = NodeRequirement(selector: selector)
            let isElsewhere = view.cache.nodes.contains { slot in
                let node = view.cache[slot]
                return !requirement.matches(node.name, node.labels)
            }
            let users = (claim["status", "reservedFor"]?.elements ?? []).map { $0["uid"]?.string ?? "" }
            guard isElsewhere, users.allSatisfy({ $0 == pod.uid }) else { continue }
            let patch: JSON = [
                "metadata": Self.guarding(claim),
                "status": ["allocation": .null, "reservedFor": .null, "devices": .null],
            ]
            return .change(
                [.patch(ResourceClaim.resource, claim.key, .merge, patch, subresource: .status)],
                "deallocation of ResourceClaim completed")
        }
        return .nothing("still not schedulable", forgets: false)
    }

    // MARK: Score

    /// Nodes where earlier alternatives can be had are better.
    func prepare(_ pod: PendingPod, _ view: CycleView, _ feasible: [NodeInfo]) -> ScoreStep {
        guard let prepared = try? prepared(pod, view),
            prepared.claims.contains(where: { claim in
                claim["spec", "devices", "requests"]?.elements.contains { $0["firstAvailable"] != nil } == true
            })
        else { return .skip }
        let devices = view.cache.devices
        return .count({ node in Self.score(prepared, node, devices) }, isReversed: false)
    }

    private static func score(_ prepared: Prepared, _ node: NodeInfo, _ devices: DeviceInventory) -> Int {
        var search = DeviceSearch(prepared.plans, on: node, devices)
        var made = ((try? search.allocations()) ?? nil) ?? []
        var score = 0
        for claim in prepared.claims {
            guard let allocation = claim["status", "allocation"] ?? (made.isEmpty ? nil : made.removeFirst())
            else { continue }
            let used = Set((allocation["devices", "results"]?.elements ?? []).compactMap { $0["request"]?.string })
            for request in claim["spec", "devices", "requests"]?.elements ?? [] {
                let name = request["name"]?.string ?? ""
                for (index, alternative) in (request["firstAvailable"]?.elements ?? []).enumerated()
                where used.contains("\(name)/\(alternative["name"]?.string ?? "")") {
                    score += alternativeLimit - index
                }
            }
        }
        return score
    }

    // MARK: PreBind

    func preBind(_ pod: PendingPod, _ node: String, _ view: CycleView) -> PreBindStep {
        do throws(DeviceSearchFailure) {
            guard let prepared = try prepared(pod, view), let node = view.cache.node(node) else { return .ready }
            var search = DeviceSearch(prepared.plans, on: node, view.cache.devices)
            // The node had room for them a moment ago.
            guard var made = try search.allocations() else { return .wait(for: []) }
            var changes: [Change] = []
            var holds: [PreBindStep.Hold] = []
            for claim in prepared.claims {
                let users = claim["status", "reservedFor"]?.elements ?? []
                let isReserved = users.contains { $0["uid"]?.string == pod.uid }
                if claim["status", "allocation"] != nil, isReserved { continue }
                let allocation = claim["status", "allocation"] == nil && !made.isEmpty ? made.removeFirst() : nil
                changes += Self.changes(claim, allocation, users, pod)
                if let allocation {
                    holds.append(PreBindStep.Hold(claim: claim.key, uid: claim.uid, allocation: allocation))
                }
            }
            return changes.isEmpty ? .ready : .wait(for: changes, holding: holds)
        } catch { return .wait(for: []) }
    }

    private static func guarding(_ claim: JSON) -> JSON {
        ["uid": JSON(claim.uid), "resourceVersion": JSON(String(claim.revision))]
    }
    private static func changes(
        _ claim: JSON, _ allocation: JSON?, _ users: [JSON], _ pod: PendingPod
    ) -> [Change] {
        var changes: [Change] = []
        var guarding = guarding(claim)
        if allocation != nil {
            let finalizers = claim["metadata", "finalizers"]?.strings ?? []
            if !finalizers.contains(finalizer) {
                var metadata = guarding
                metadata["finalizers"] = JSON(finalizers + [finalizer])
                changes.append(.patch(ResourceClaim.resource, claim.key, .merge, ["metadata": metadata]))
                // That gives it another revision; and nobody else allocates.
                guarding = ["uid": JSON(claim.uid)]
            }
        }
        let consumer: JSON = ["resource": "pods", "name": JSON(pod.key.name), "uid": JSON(pod.uid)]
        var status: JSON = ["reservedFor": JSON(users + [consumer])]
        if let allocation { status["allocation"] = allocation }
        changes.append(
            .patch(
                ResourceClaim.resource, claim.key, .merge, ["metadata": guarding, "status": status],
                subresource: .status))
        return changes
    }
}
