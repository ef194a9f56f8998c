import APIMachinery
import ControlLoops
import KubeAPI

/// The templates that a StatefulSet or DaemonSet has had, each in a ControllerRevision that it owns; the newest has the
/// highest number. Going back to an older template gives its revision a new number.
struct RevisionHistory {
    /// On revisions and on pods: which template they are of.
    static let hashLabel = "controller-revision-hash"

    /// By number.
    private(set) var revisions: [ControllerRevision]
    /// That of the template as it is now; `changes` make it what it should be.
    private(set) var update: ControllerRevision
    private(set) var collisionCount: Int
    private(set) var changes: [Change] = []

    /// `named` finds a revision by its name, whoever owns it: two templates of one hash are told apart by counting.
    init(
        of owner: some Kind, template: JSON, owned: [ControllerRevision], collisionCount: Int,
        named: (String) -> ControllerRevision?
    ) {
        let data = Self.data(template)
        revisions = owned.sorted { ($0.revision ?? 0, $0.name) < ($1.revision ?? 0, $1.name) }
        self.collisionCount = collisionCount
        let next = (revisions.last?.revision ?? 0) + 1
        if let same = revisions.last(where: { $0.json["data"] == data }) {
            update = same
            if same.uid != revisions.last?.uid {
                update.revision = next
                revisions.removeAll { $0.uid == same.uid }
                revisions.append(update)
                changes.append(.update(update))
            }
            return
        }
        var revision = Self.new(owner, template, data, next, self.collisionCount)
        while let taken = named(revision.name), taken.json["data"] != data {
            self.collisionCount += 1
            revision = Self.new(owner, template, data, next, self.collisionCount)
        }
        update = revision
        revisions.append(revision)
        changes.append(.create(revision))
    }

    subscript(name: String?) -> ControllerRevision? { revisions.first { $0.name == name } }

    /// The oldest that nobody needs, so that no more than `limit` of these remain.
    func surplus(beyond limit: Int, live: Set<String>) -> [Change] {
        guard limit >= 0 else { return [] }
        let idle = revisions.filter { !live.contains($0.name) && $0.name != update.name }
        return idle.prefix(max(0, idle.count - limit)).map { .delete($0) }
    }

    /// What is kept of a template: a patch that puts it back whole. Clients compare its bytes with those that Kubernetes
    /// would write, so names are sorted.
    private static func data(_ template: JSON) -> JSON {
        var template = template
        template["$patch"] = "replace"
        return ["spec": ["template": template.sortedKeys]]
    }

    /// The template that a revision keeps.
    static func template(_ revision: ControllerRevision) -> PodTemplateSpec {
        var template = revision.json["data", "spec", "template"] ?? .object
        template["$patch"] = nil
        return PodTemplateSpec(template)
    }

    /// The longest part of an owner's name that a revision's name has.
    private static let longestPrefix = 223

    private static func new(
        _ owner: some Kind, _ template: JSON, _ data: JSON, _ number: Int, _ collisionCount: Int
    ) -> ControllerRevision {
        let hash = TemplateHash(PodTemplateSpec(template), collisions: collisionCount).text
        return ControllerRevision { revision in
            revision.metadata = ObjectMeta { meta in
                meta.name = "\(owner.name.prefix(longestPrefix))-\(hash)"
                meta.namespace = owner.namespace
                meta.labels = PodTemplateSpec(template).metadata.labels
                meta.labels[hashLabel] = hash
                meta.annotations = owner.metadata.annotations
                meta.ownerReferences = [OwnerReference(controlling: owner)]
            }
            revision.json["data"] = data
            revision.revision = number
        }
    }
}
