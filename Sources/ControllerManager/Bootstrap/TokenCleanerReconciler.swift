import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Deletes the tokens by which nodes join when their time has passed.
struct TokenCleanerReconciler: Reconciler {
    static let name = "token-cleaner-controller"
    static let account = "token-cleaner"
    static let reads: [Interest] = [
        .mapped(Secret.self) { secret, _ in
            secret.namespace == BootstrapTokenSecret.namespace && secret.name.hasPrefix(BootstrapTokenSecret.prefix)
                ? [secret.key] : []
        }
    ]
    static let writes: [Permission] = [.delete(Secret.self)]

    let world: World
    let clock: any TimeSource

    init(_ context: LoopContext) {
        world = context.world
        clock = context.clock
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let secret = world.get(Secret.self, key), !secret.isBeingDeleted,
            let expires = BootstrapTokenSecret(secret.json)?.expires
        else { return [] }
        let now = clock.now
        return expires <= now ? [.delete(secret)] : [.again(after: expires - now)]
    }
}
