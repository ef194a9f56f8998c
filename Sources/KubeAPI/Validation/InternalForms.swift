import APIMachinery

/// Values as Kubernetes' sentences show them: by the names and in the order of the fields of its internal types, those that are
/// not set included.
enum InternalForms {
    private enum Zero { case null, text, number, object }
    private struct Field {
        var name: String
        var member: String
        var zero: Zero
        var type: String?
        var isList: Bool
    }

    /// A line is a type and fields of it: `Name[/member][:zero][>Type | *Type]`. The member is the name with its first letter small;
    /// the zero is n (null), s (""), i (0) or o (an object of the type, never null); `*` are lists of the type.
    private static let notation = """
        AppArmorProfile Type:s LocalhostProfile
        CELDeviceSelector Expression:s
        Capabilities Add Drop
        DaemonSetUpdateStrategy Type:s RollingUpdate>RollingUpdateDaemonSet
        DeploymentStrategy Type:s RollingUpdate>RollingUpdateDaemonSet
        DeviceAttribute IntValue/int BoolValue/bool StringValue/string VersionValue/version
        DeviceAttribute IntValues/ints BoolValues/bools StringValues/strings VersionValues/versions
        DeviceClaim Requests*DeviceRequest Constraints*DeviceConstraint Config
        DeviceConstraint Requests MatchAttribute DistinctAttribute
        DeviceRequest Name:s Exactly>ExactDeviceRequest FirstAvailable
        DeviceSelector CEL/cel>CELDeviceSelector
        ExactDeviceRequest DeviceClassName:s Selectors*DeviceSelector AllocationMode:s Count:i AdminAccess Tolerations Capacity
        FlowDistinguisherMethod Type:s
        FlowSchemaSpec PriorityLevelConfiguration:o>PriorityLevelConfigurationReference MatchingPrecedence:i DistinguisherMethod>FlowDistinguisherMethod
        FlowSchemaSpec Rules
        NodeAddress Type:s Address:s
        NonResourceAttributes Path:s Verb:s
        ParentReference Group:s Resource:s Namespace:s Name:s
        PodDisruptionBudgetSpec MinAvailable Selector MaxUnavailable UnhealthyPodEvictionPolicy
        PodResourceClaim Name:s ResourceClaimName ResourceClaimTemplateName
        PriorityLevelConfigurationReference Name:s
        ResourceClaimSpec Devices:o>DeviceClaim
        RoleRef APIGroup/apiGroup:s Kind:s Name:s
        RollingUpdateDaemonSet MaxUnavailable:i MaxSurge:i
        RollingUpdateStatefulSetStrategy Partition:i MaxUnavailable
        SELinuxOptions User:s Role:s Type:s Level:s
        SeccompProfile Type:s LocalhostProfile
        SecurityContext Capabilities>Capabilities Privileged SELinuxOptions/seLinuxOptions>SELinuxOptions WindowsOptions>WindowsOptions
        SecurityContext RunAsUser RunAsGroup RunAsNonRoot ReadOnlyRootFilesystem AllowPrivilegeEscalation ProcMount
        SecurityContext SeccompProfile>SeccompProfile AppArmorProfile>AppArmorProfile
        ServiceCIDRSpec CIDRs/cidrs
        ServicePort Name:s Protocol:s AppProtocol Port:i TargetPort:i NodePort:i
        StatefulSetUpdateStrategy Type:s RollingUpdate>RollingUpdateStatefulSetStrategy
        SuccessPolicy Rules*SuccessPolicyRule
        SuccessPolicyRule SucceededIndexes SucceededCount
        Taint Key:s Value:s Effect:s TimeAdded
        Toleration Key:s Operator:s Value:s Effect:s TolerationSeconds
        VolumeAttachmentSource PersistentVolumeName InlineVolumeSpec
        VolumeAttachmentSpec Attacher:s Source:o>VolumeAttachmentSource NodeName:s
        WindowsOptions GMSACredentialSpecName/gmsaCredentialSpecName GMSACredentialSpec/gmsaCredentialSpec RunAsUserName HostProcess
        """

    private static let types: [String: [Field]] = notation.split(separator: "\n").reduce(into: [:]) { types, line in
        let words = line.split(separator: " ").map(String.init)
        types[words[0], default: []] += words.dropFirst().map(field)
    }

    private static func field(_ word: String) -> Field {
        var rest = Substring(word)
        var type: String?
        let mark = rest.firstIndex { $0 == ">" || $0 == "*" }
        let isList = mark.map { rest[$0] == "*" } ?? false
        if let mark {
            type = String(rest[rest.index(after: mark)...])
            rest = rest[..<mark]
        }
        let sides = rest.split(separator: ":")
        let names = sides[0].split(separator: "/").map(String.init)
        let zero: Zero =
            switch sides.count > 1 ? sides[1] : "n" {
            case "s": .text
            case "i": .number
            case "o": .object
            default: .null
            }
        let member = names.count > 1 ? names[1] : names[0].prefix(1).lowercased() + names[0].dropFirst()
        return Field(name: names[0], member: member, zero: zero, type: type, isList: isList)
    }

    /// The value in the form of an internal type; itself where the type is not known.
    static func of(_ value: JSON?, _ type: String) -> JSON {
        guard let value, !value.isNull else { return .null }
        guard value.isObject, let fields = types[type] else { return value }
        return JSON(
            members: fields.map { field in (name: field.name, value: form(value[field.member], field)) })
    }

    private static func form(_ value: JSON?, _ field: Field) -> JSON {
        guard let value, !value.isNull else {
            switch field.zero {
            case .text: return ""
            case .number: return 0
            case .object: return of(.object, field.type ?? "")
            case .null: return .null
            }
        }
        guard let type = field.type else { return value }
        return field.isList ? JSON(value.elements.map { of($0, type) }) : of(value, type)
    }
}
