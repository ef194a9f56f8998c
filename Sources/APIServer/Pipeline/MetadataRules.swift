import APIMachinery
import KubeAPI

/// Labels, annotations, finalizers and owner references, whatever the kind: the rules are `KubeAPI`'s.
enum MetadataRules {
    static func validate(_ metadata: JSON) -> [FieldError] { ObjectMetaRules.errors(inMetadata: metadata) }
}
