/// The filters of a profile, made ready for one pod.
struct PreparedFilters {
    /// In the profile's order, without those that have nothing to check.
    private(set) var checks: [(plugin: String, check: FilterCheck)] = []
    /// Set if no node will do, and which plugin says so.
    private(set) var refusal: (plugin: String, message: String)?
    private let pod: PendingPod
    private let nominations: Nominations

    init(_ filters: [any FilterPlugin], _ pod: PendingPod, _ view: CycleView) {
        self.pod = pod
        nominations = view.nominations
        for plugin in filters {
            switch plugin.prepare(pod, view) {
            case .skip: continue
            case .check(let check): checks.append((type(of: plugin).name, check))
            case .reject(let message):
                refusal = (type(of: plugin).name, message)
                return
            }
        }
    }

    /// What the first filter says that does not take the node, also with those on it who were promised room there and are
    /// no less important. `change` is how the node, a copy, differs from what was prepared for.
    func rejection(_ node: NodeInfo, _ change: NodeChange) -> (plugin: String, rejection: Rejection)? {
        rejectionBesideNominated(node, change) ?? first(node, change)
    }

    /// The same of those promised room alone; nil also if there are none.
    func rejectionBesideNominated(
        _ node: NodeInfo, _ change: NodeChange = .none
    ) -> (plugin: String, rejection: Rejection)? {
        if nominations.isEmpty { return nil }
        let others = nominations.pods(on: node.name, atLeast: pod.priority, except: pod.key)
        if others.isEmpty { return nil }
        let copy = node.copy()
        var change = change
        for other in others {
            copy.add(other)
            change.added.append(other)
        }
        return first(copy, change)
    }

    private func first(_ node: NodeInfo, _ change: NodeChange) -> (plugin: String, rejection: Rejection)? {
        for (plugin, check) in checks {
            if let rejection = check(node, change) { return (plugin, rejection) }
        }
        return nil
    }
}
