import ContainerRuntime
import KubeAPI

/// Runs a lifecycle hook: a command, an HTTP request or a pause.
struct HookRunner: Sendable {
    let context: PodContext
    let pod: Pod
    let podIP: String
    let container: Container
    let id: String

    /// nil when it went well, else why not. Without a time-out (0) it takes as long as it takes.
    func run(_ hook: LifecycleHandler, timeoutSeconds: Int) async -> String? {
        if let action = hook.exec {
            do {
                let result = try await context.runtime.execSync(
                    id, command: action.command, timeoutSeconds: timeoutSeconds)
                if result.exitCode == 0 { return nil }
                let output = String(decoding: (result.standardOutput + result.standardError).prefix(500), as: UTF8.self)
                return "command '\(action.command.joined(separator: " "))' exited with \(result.exitCode): \(output)"
            } catch {
                return "\(error)"
            }
        }
        if let action = hook.httpGet {
            let target = ProbeRunner.Target(
                podIP: podIP, hostIP: context.configuration.nodeIP, container: container, id: id)
            let outcome = await context.probes.get(action, target, timeoutSeconds > 0 ? timeoutSeconds : 60)
            switch outcome {
            case .unhealthy(let why), .unknown(let why, _): return why
            case .healthy, .warning: return nil
            }
        }
        if let action = hook.sleep {
            let seconds = action.seconds ?? 0
            try? await context.clock.sleep(for: .seconds(timeoutSeconds > 0 ? min(seconds, timeoutSeconds) : seconds))
            return nil
        }
        return "invalid handler: no action"
    }
}
