import APIMachinery
import ContainerRuntime
import KubeAPI

/// Carries out a pod's resize, unless a limit would be less than what is used.
struct PodResizer: Sendable {
    let work: PodWork
    private var context: PodContext { work.context }

    func resize(_ plan: ResizePlan, _ report: PodWork.Report) async {
        // What nobody limits needs no change.
        guard context.runtime.information.can(.limits) || context.cgroups != nil else {
            for change in plan.changes {
                await report(.containerResized(container: change.name, id: change.id, change.after))
            }
            return await report(.resizeEnded(PodAllocation(work.pod), error: nil))
        }
        if let why = await refusal(plan) { return await report(.resizeEnded(nil, error: why)) }
        var failure: String?
        var undone: Set<String> = []
        for (place, order) in plan.orders.enumerated() {
            do { try await carryOut(order) } catch {
                failure = "\(error)"
                undone = Set(plan.orders[place...].compactMap(\.containerID))
                break
            }
        }
        for change in plan.changes where !undone.contains(change.id) {
            await report(.containerResized(container: change.name, id: change.id, change.after))
        }
        if failure == nil { await context.cgroups?.note(work.pod) }
        await report(.resizeEnded(failure == nil ? PodAllocation(work.pod) : nil, error: failure))
    }

    private func carryOut(_ order: ResizePlan.Order) async throws {
        switch order {
        case .pod(let resources):
            guard let cgroups = context.cgroups else { return }
            try cgroups.tree.set(cgroups.names.of(work.pod), resources)
        case .container(_, let id, let resources): try await context.runtime.updateContainerResources(id, resources)
        }
    }

    /// Kubernetes' sentence for limits below what is used; nil when there are none.
    private func refusal(_ plan: ResizePlan) async -> String? {
        guard !plan.decreases.isEmpty else { return nil }
        let stats = (try? await context.runtime.stats()) ?? []
        let errors = plan.decreases.compactMap { decrease -> String? in
            guard let name = decrease.container else {
                guard let cgroups = context.cgroups,
                    let used = cgroups.tree.usage(cgroups.names.of(work.pod))?.memoryBytes, used >= decrease.bytes
                else { return nil }
                return "attempting to set pod memory limit (\(decrease.bytes)) below current usage (\(used))"
            }
            let id = plan.changes.first { $0.name == name }?.id
            guard let own = stats.first(where: { $0.id == id }), case let used = own.usageBytes ?? own.residentBytes,
                used >= decrease.bytes
            else { return nil }
            return
                "attempting to set container \"\(name)\" memory limit (\(decrease.bytes)) below current usage (\(used))"
        }
        if errors.isEmpty { return nil }
        return "cannot decrease memory limits: "
            + (errors.count == 1 ? errors[0] : "[\(errors.joined(separator: ", "))]")
    }
}
