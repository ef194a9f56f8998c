import APIMachinery
import ControlLoops
import KubeAPI

/// Keeps a VolumeAttributesClass that is to go for as long as a claim or a volume names it.
struct AttributesClassReconciler: Reconciler {
    static let name = "volumeattributesclass-protection-controller"
    static let reads: [Interest] = [
        .every(VolumeAttributesClass.self),
        .mapped(PersistentVolumeClaim.self) { claim, _ in
            QuotaScope.attributesClasses(of: claim.json).map { ObjectKey(name: $0) }
        },
        .mapped(PersistentVolume.self) { volume, _ in
            VolumeNames.attributesClass(of: volume.json).map { [ObjectKey(name: $0)] } ?? []
        },
    ]
    static let writes: [Permission] = [.patch(VolumeAttributesClass.self)]
    /// Claims, and volumes, by the classes they name.
    private static let index = "attributes-class"

    let world: World

    init(_ context: LoopContext) {
        world = context.world
        world.cache(PersistentVolumeClaim.self).addIndex(Self.index) { QuotaScope.attributesClasses(of: $0) }
        world.cache(PersistentVolume.self).addIndex(Self.index) { volume in
            VolumeNames.attributesClass(of: volume).map { [$0] } ?? []
        }
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let attributes = world.get(VolumeAttributesClass.self, key) else { return [] }
        let isProtected = attributes.finalizers.contains(VolumeNames.attributesClassProtection)
        if attributes.isBeingDeleted {
            guard isProtected, !isUsed(key.name) else { return [] }
            let rest = attributes.finalizers.filter { $0 != VolumeNames.attributesClassProtection }
            return [.patch(attributes, attributes.metadataPatch(finalizers: rest))]
        }
        if isProtected { return [] }
        let finalizers = attributes.finalizers + [VolumeNames.attributesClassProtection]
        return [.patch(attributes, attributes.metadataPatch(finalizers: finalizers))]
    }

    private func isUsed(_ name: String) -> Bool {
        !world.cache(PersistentVolumeClaim.self).indexed(Self.index, name).isEmpty
            || !world.cache(PersistentVolume.self).indexed(Self.index, name).isEmpty
    }
}
