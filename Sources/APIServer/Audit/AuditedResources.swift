import APIMachinery
import KubeAPI

/// Which resources an audit rule is about (audit.k8s.io/v1 GroupResources).
struct AuditedResources: Sendable {
    /// `pods`, `pods/status`, `*/status`, `pods/*`, `*`.
    struct Pattern: Sendable {
        enum Below: Sendable, Equatable {
            /// The objects themselves.
            case none
            case named(SubresourceName)
            /// The objects and all that is below them.
            case any
            /// All that is below the objects.
            case some
        }
        /// nil for every resource.
        var resource: String?
        var below: Below

        init(_ resource: String?, _ below: Below) {
            self.resource = resource
            self.below = below
        }
        init(_ text: String) {
            if text == "*" {
                self.init(nil, .any)
                return
            }
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            let resource = parts[0] == "*" && parts.count == 2 ? nil : String(parts[0])
            guard parts.count == 2 else {
                self.init(resource, .none)
                return
            }
            self.init(resource, parts[1] == "*" ? .some : .named(SubresourceName(rawValue: String(parts[1]))))
        }

        func fits(_ attributes: RequestAttributes) -> Bool {
            if let resource, resource != attributes.resource { return false }
            switch below {
            case .none: return attributes.subresource == nil
            case .named(let name): return attributes.subresource == name
            case .any: return true
            case .some: return attributes.subresource != nil
            }
        }
    }

    /// nil for every group.
    var group: String?
    /// Empty for all of the group.
    var patterns: [Pattern]
    /// Names of objects; empty for all.
    var names: [String] = []

    init(group: String?, _ patterns: [Pattern]) {
        self.group = group
        self.patterns = patterns
    }
    /// As a policy has it.
    init(_ json: JSON) {
        group = json["group"]?.string ?? ""
        patterns = (json["resources"]?.strings ?? []).map { Pattern($0) }
        names = json["resourceNames"]?.strings ?? []
    }

    func fit(_ attributes: RequestAttributes) -> Bool {
        if let group, group != attributes.group { return false }
        guard !patterns.isEmpty else { return true }
        return (names.isEmpty || names.contains(attributes.name)) && patterns.contains { $0.fits(attributes) }
    }
}
