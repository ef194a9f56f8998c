import APIMachinery
import KubeAPI

/// How many pods of which sort are where, changed by a step with each pod and node: for affinity between pods and for
/// spreading.
///
/// A selection that somebody asks for is counted from then on; one that nobody asks for is forgotten in time.
struct PodIndex {
    /// So many selections are counted at most.
    static let selectionLimit = 2_048

    struct Counter {
        let selection: PodSelection
        /// By slot.
        fileprivate(set) var perNode = Counts()
        /// By domain, by the topology's number.
        fileprivate(set) var byTopology: [Int: Counts] = [:]
        fileprivate var lastUse = 0
    }
    /// What pods on nodes say of the company that they want, each term once.
    enum Wish: Hashable { case requiredAffinity, requiredAntiAffinity, preferredAffinity, preferredAntiAffinity }
    struct Carried {
        let wish: Wish
        let term: PodTerm
        let topology: Int
        /// How many pods say so, by slot and by domain.
        fileprivate(set) var perNode = Counts()
        fileprivate(set) var counts = Counts()
    }
    private struct Said: Hashable {
        var wish: Wish
        var term: PodTerm
    }
    private struct Class {
        var pod: PodClass
        /// How many are on which slot.
        var nodes: [Int: Int] = [:]
        /// The counters that count them.
        var counters: [Int] = []
    }

    private(set) var topologies: [Topology] = []
    private(set) var namespaces: NamespaceLabels = [:]
    private var topologyNumbers: [String: Int] = [:]
    private var counters: [Int: Counter] = [:]
    private var numbers: [PodSelection: Int] = [:]
    private var carried: [Said: Carried] = [:]
    private var classes: [PodClass: Class] = [:]
    private var lastNumber = 0
    private var lastUse = 0

    // MARK: Asking

    func topology(_ key: String) -> Int? { topologyNumbers[key] }
    /// What was registered; pods are counted by slot and in the topologies that were asked for.
    func counter(_ selection: PodSelection) -> Counter? { numbers[selection].flatMap { counters[$0] } }
    /// What pods on nodes say, if they mean a pod of this sort.
    func carried(_ wish: Wish, meaning pod: PodClass) -> [Carried] {
        if carried.isEmpty { return [] }
        return carried.values.filter { $0.wish == wish && $0.term.selection.matches(pod, namespaces) }
    }
    var isCarryingNothing: Bool { carried.isEmpty }

    /// Whether every one of so many nodes has the label.
    func covers(_ topology: Int, _ nodeCount: Int) -> Bool { topologies[topology].covered == nodeCount }

    // MARK: Steps

    mutating func add(_ pod: PlacedPod, _ slot: Int, _ number: Int) {
        let sort = pod.podClass
        if classes[sort] == nil { classes[sort] = newClass(sort) }
        classes[sort]?.nodes[slot, default: 0] += number
        if classes[sort]?.nodes[slot] == 0 { classes[sort]?.nodes[slot] = nil }
        for id in classes[sort]?.counters ?? [] { step(id, slot, number) }
        if classes[sort]?.nodes.isEmpty == true { classes[sort] = nil }
        let terms = pod.terms
        for term in terms.requiredAffinity { carry(.requiredAffinity, term, slot, number) }
        for term in terms.requiredAntiAffinity { carry(.requiredAntiAffinity, term, slot, number) }
        for term in terms.preferredAffinity { carry(.preferredAffinity, term, slot, number) }
        for term in terms.preferredAntiAffinity { carry(.preferredAntiAffinity, term, slot, number) }
    }

    /// A node has these labels now; nil if it is none any more.
    mutating func relabel(_ slot: Int, _ labels: [String: String]?) {
        for topology in topologies.indices {
            let (from, to) = topologies[topology].move(slot, to: labels?[topologies[topology].key])
            if from == to { continue }
            for id in counters.keys {
                guard let number = counters[id]?.perNode[slot], number != 0 else { continue }
                counters[id]?.byTopology[topology]?.add(-number, at: from)
                counters[id]?.byTopology[topology]?.add(number, at: to)
            }
            for said in carried.keys where carried[said]?.topology == topology {
                let number = carried[said]?.perNode[slot] ?? 0
                carried[said]?.counts.add(-number, at: from)
                carried[said]?.counts.add(number, at: to)
            }
        }
    }

    /// Selections by a namespace's labels are counted anew when they are asked for again.
    mutating func set(namespace: String, _ labels: [String: String]?) {
        if namespaces[namespace] == labels { return }
        namespaces[namespace] = labels
        for id in counters.keys where counters[id]?.selection.looksAtNamespaceLabels == true { forget(id) }
    }

    /// Counts a selection from now on, in these topologies. `labels` are those of every known node, by slot.
    mutating func register(_ selection: PodSelection, _ keys: [String], _ labels: () -> [(slot: Int, [String: String])])
    {
        let needed = keys.map { topology($0, labels) }
        lastUse += 1
        let id = numbers[selection] ?? newCounter(selection)
        counters[id]?.lastUse = lastUse
        for topology in needed where counters[id]?.byTopology[topology] == nil {
            guard let perNode = counters[id]?.perNode else { continue }
            var counts = Counts()
            for (slot, number) in perNode.values.enumerated() where number != 0 {
                counts.add(Int(number), at: topologies[topology].domain(of: slot))
            }
            counters[id]?.byTopology[topology] = counts
        }
    }

    // MARK: Helpers

    private mutating func topology(_ key: String, _ labels: () -> [(slot: Int, [String: String])]) -> Int {
        if let number = topologyNumbers[key] { return number }
        var topology = Topology(key: key)
        for (slot, labels) in labels() { _ = topology.move(slot, to: labels[key]) }
        topologies.append(topology)
        topologyNumbers[key] = topologies.count - 1
        return topologies.count - 1
    }

    private mutating func newCounter(_ selection: PodSelection) -> Int {
        if counters.count >= Self.selectionLimit { forgetHalf() }
        lastNumber += 1
        var counter = Counter(selection: selection)
        for sort in classes.keys where selection.matches(sort, namespaces) {
            classes[sort]?.counters.append(lastNumber)
            for (slot, number) in classes[sort]?.nodes ?? [:] { counter.perNode.add(number, at: slot) }
        }
        counters[lastNumber] = counter
        numbers[selection] = lastNumber
        return lastNumber
    }
    private func newClass(_ pod: PodClass) -> Class {
        Class(
            pod: pod, counters: counters.filter { $0.value.selection.matches(pod, namespaces) }.map(\.key).sorted())
    }
    private mutating func forget(_ id: Int) {
        guard let counter = counters.removeValue(forKey: id) else { return }
        numbers[counter.selection] = nil
        for sort in classes.keys { classes[sort]?.counters.removeAll { $0 == id } }
    }
    /// Those that were asked for longest ago.
    private mutating func forgetHalf() {
        let uses = counters.values.map(\.lastUse).sorted()
        let middle = uses[uses.count / 2]
        for id in counters.keys where counters[id]?.lastUse ?? 0 < middle { forget(id) }
    }

    private mutating func step(_ id: Int, _ slot: Int, _ number: Int) {
        counters[id]?.perNode.add(number, at: slot)
        for topology in topologies.indices {
            counters[id]?.byTopology[topology]?.add(number, at: topologies[topology].domain(of: slot))
        }
    }
    private mutating func carry(_ wish: Wish, _ term: PodTerm, _ slot: Int, _ number: Int) {
        let said = Said(wish: wish, term: term)
        guard let topology = topologyNumbers[term.topologyKey] else { return }
        var entry = carried[said] ?? Carried(wish: wish, term: term, topology: topology)
        carried[said] = nil
        entry.perNode.add(number, at: slot)
        entry.counts.add(number, at: topologies[topology].domain(of: slot))
        if entry.perNode.total > 0 { carried[said] = entry }
    }
    /// Topologies of terms must be there before a pod that says them is added.
    mutating func prepare(_ terms: PodTerms, _ labels: () -> [(slot: Int, [String: String])]) {
        for list in [
            terms.requiredAffinity, terms.requiredAntiAffinity, terms.preferredAffinity, terms.preferredAntiAffinity,
        ] {
            for term in list { _ = topology(term.topologyKey, labels) }
        }
    }
}
