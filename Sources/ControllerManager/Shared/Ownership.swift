import APIMachinery
import ControlLoops
import KubeAPI

/// Which dependents a controller has, by its selector and their owner references: it adopts what matches and has no
/// controller, and releases what it controls and matches no more.
struct Claim<Dependent: Kind> {
    /// Those that are its own now, adopted ones included.
    private(set) var claimed: [Dependent] = []
    private(set) var changes: [Change] = []

    init(of owner: some Kind, _ selector: LabelSelector, owned: [Dependent], orphans: [Dependent]) {
        for dependent in owned {
            if selector.matches(labelsOf: dependent.json) {
                claimed.append(dependent)
            } else if !dependent.isBeingDeleted, !owner.isBeingDeleted {
                let others = dependent.metadata.ownerReferences.filter { $0.uid != owner.uid }
                changes.append(Self.setOwners(dependent, others))
            }
        }
        if owner.isBeingDeleted { return }
        for dependent in orphans where !dependent.isBeingDeleted && selector.matches(labelsOf: dependent.json) {
            var owners = dependent.metadata.ownerReferences.filter { $0.uid != owner.uid }
            owners.append(OwnerReference(controlling: owner))
            changes.append(Self.setOwners(dependent, owners))
            claimed.append(dependent)
        }
    }

    private static func setOwners(_ dependent: Dependent, _ owners: [OwnerReference]) -> Change {
        .patch(
            dependent,
            [
                "metadata": [
                    "uid": JSON(dependent.uid), "resourceVersion": JSON(String(dependent.json.revision)),
                    "ownerReferences": JSON(owners.map(\.json)),
                ]
            ])
    }
}

extension OwnerReference {
    /// A reference to the controller of an object, which keeps its owner from vanishing before it.
    init(controlling owner: some Kind) {
        self.init([
            "apiVersion": JSON(type(of: owner).groupVersionKind.apiVersion),
            "kind": JSON(type(of: owner).groupVersionKind.kind), "name": JSON(owner.name), "uid": JSON(owner.uid),
            "controller": true, "blockOwnerDeletion": true,
        ])
    }
}

/// Names of indexes that several loops share.
enum Indexes {
    /// Objects without a controller, by namespace.
    static let orphans = "orphans"
    /// Objects by "namespace/label=value", for each of their labels.
    static let labels = "labels"

    static func addOrphans(to cache: ObjectCache) {
        cache.addIndex(orphans) { object in object.controller == nil ? [object.key.namespace] : [] }
    }
    static func addLabels(to cache: ObjectCache) {
        cache.addIndex(labels) { object in
            let namespace = object.key.namespace
            return (object["metadata"]?["labels"]?.members ?? []).map { member in
                label(namespace, member.name, member.value.string ?? "")
            }
        }
    }
    static func label(_ namespace: String, _ name: String, _ value: String) -> String {
        "\(namespace)/\(name)=\(value)"
    }
}
