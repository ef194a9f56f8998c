import Basics
import ContainerRuntime
import KubeAPI

/// What a container may do, by its own security context and its pod's: what the container says counts
/// (pkg/securitycontext, DetermineEffectiveSecurityContext; pkg/kubelet/kuberuntime, security_context.go).
struct ContainerSecurity {
    let pod: Pod
    let container: Container
    /// Below which are the files of seccomp that pods name.
    let seccompProfileRoot: String

    private var own: SecurityContext? { container.securityContext }
    private var whole: PodSecurityContext? { pod.spec.securityContext }

    var mustNotBeRoot: Bool { own?.runAsNonRoot ?? whole?.runAsNonRoot ?? false }

    /// `image` is wanted where the user must not be root.
    func security(_ image: RuntimeImage?) throws -> ContainerConfiguration.Security {
        var security = ContainerConfiguration.Security()
        security.user = own?.runAsUser ?? whole?.runAsUser
        security.group = own?.runAsGroup ?? whole?.runAsGroup
        security.supplementalGroups =
            (whole?.fsGroup.map { [$0] } ?? []) + (whole?.supplementalGroups ?? []).compactMap(\.int)
        if whole?.supplementalGroupsPolicy == "Strict" { security.hasOnlyTheseGroups = true }
        security.isPrivileged = own?.privileged == true
        security.hasReadOnlyRoot = own?.readOnlyRootFilesystem == true
        security.addedCapabilities = own?.capabilities?.add
        security.droppedCapabilities = own?.capabilities?.drop
        security.allowsPrivilegeEscalation = own?.allowPrivilegeEscalation ?? true
        if own?.procMount == "Unmasked" { security.hasUnmaskedProc = true }
        try checkUser(security.user, image)
        security.seccomp = try seccomp()
        security.appArmor = try appArmor()
        return security
    }

    private func checkUser(_ user: Int?, _ image: RuntimeImage?) throws {
        guard mustNotBeRoot else { return }
        let place = "(pod: \"\(pod.name)_\(pod.namespace)(\(pod.uid))\", container: \(container.name ?? ""))"
        if let user {
            guard user == 0 else { return }
            throw refusal("container's runAsUser breaks non-root policy \(place)")
        }
        if let name = image?.userName {
            throw refusal(
                "container has runAsNonRoot and image has non-numeric user (\(name)), cannot verify user is non-root \(place)"
            )
        }
        if image?.user ?? 0 == 0 { throw refusal("container has runAsNonRoot and image will run as root \(place)") }
    }

    private func seccomp() throws -> SecurityProfile {
        guard let profile = own?.seccompProfile ?? whole?.seccompProfile else { return .unconfined }
        switch profile.type {
        case "RuntimeDefault": return .runtimeDefault
        case "Localhost":
            guard let name = profile.localhostProfile, !name.isEmpty else {
                throw refusal("localhostProfile must be set if seccompProfile type is Localhost.")
            }
            return .localhost("\(seccompProfileRoot)/\(name)")
        default: return .unconfined
        }
    }

    private func appArmor() throws -> SecurityProfile? {
        guard let profile = AppArmor.profile(of: container, in: pod) else { return nil }
        switch profile.type {
        case "RuntimeDefault": return .runtimeDefault
        case "Unconfined": return .unconfined
        case "Localhost":
            guard let name = profile.localhostProfile else { throw refusal("missing localhost apparmor profile name") }
            return .localhost(name)
        default: throw refusal("unknown apparmor profile type: \"\(profile.type ?? "")\"")
        }
    }

    private func refusal(_ sentence: String) -> ContainerEnvironment.Failure {
        ContainerEnvironment.Failure(description: sentence)
    }
}

/// Rules of paths and rights that a kernel may have (pkg/security/apparmor).
enum AppArmor {
    private static let annotation = "container.apparmor.security.beta.kubernetes.io/"

    /// Whether this machine's kernel has it and uses it.
    static let isEnabled =
        KernelFile.text(of: "/sys/module/apparmor/parameters/enabled").hasPrefix("Y")
        && !KernelFile.text(of: "/sys/kernel/security/apparmor/profiles").isEmpty

    static func profile(of container: Container, in pod: Pod) -> AppArmorProfile? {
        if let own = container.securityContext?.appArmorProfile { return own }
        if let text = pod.metadata.annotations[annotation + (container.name ?? "")] {
            return AppArmorProfile { profile in
                switch text {
                case "runtime/default": profile.type = "RuntimeDefault"
                case "unconfined": profile.type = "Unconfined"
                default:
                    profile.type = "Localhost"
                    profile.localhostProfile = text.hasPrefix("localhost/") ? String(text.dropFirst(10)) : text
                }
            }
        }
        return pod.spec.securityContext?.appArmorProfile
    }

    /// Why a node cannot run the pod; nil when it can, or when nothing of it asks.
    static func refusal(_ pod: Pod, isEnabled: Bool = isEnabled) -> String? {
        let containers = pod.spec.initContainers + pod.spec.containers + pod.ephemeralContainers
        let profiles = containers.compactMap { profile(of: $0, in: pod) }
        guard profiles.contains(where: { $0.type != "Unconfined" }) else { return nil }
        guard isEnabled else { return "AppArmor is not enabled on the host" }
        let isNameless = profiles.contains { profile in
            profile.type == "Localhost" && (profile.localhostProfile ?? "").allSatisfy(\.isWhitespace)
        }
        return isNameless ? "invalid empty AppArmor profile name: \"\"" : nil
    }
}
