import APIMachinery
import Basics
import ControlLoops
import Crypto
import KubeAPI

/// Signs what whoever wants to join is told of the cluster (`kube-public/cluster-info`) by each token that is for it, so
/// that he can tell it from anybody else's (KEP bootstrap discovery): a detached JSON Web Signature (RFC 7515, appendix F).
struct BootstrapSignerReconciler: Reconciler {
    static let name = "bootstrap-signer-controller"
    static let account = "bootstrap-signer"
    static let reads: [Interest] = [
        .mapped(ConfigMap.self) { map, _ in map.key == info ? [info] : [] },
        .mapped(Secret.self) { secret, _ in
            secret.namespace == BootstrapTokenSecret.namespace && secret.name.hasPrefix(BootstrapTokenSecret.prefix)
                ? [info] : []
        },
    ]
    static let writes: [Permission] = [.update(ConfigMap.self)]
    private static let info = ObjectKey(namespace: "kube-public", name: "cluster-info")
    private static let prefix = "jws-kubeconfig-"

    let world: World
    let clock: any TimeSource

    init(_ context: LoopContext) {
        world = context.world
        clock = context.clock
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let map = world.get(ConfigMap.self, key), !map.isBeingDeleted,
            let content = map.json["data", "kubeconfig"]?.string
        else { return [] }
        let tokens = world.all(Secret.self, in: BootstrapTokenSecret.namespace)
            .compactMap { BootstrapTokenSecret($0.json) }.filter { $0.signsClusterInfo && !$0.hasExpired(clock.now) }
        var data = (map.json["data"]?.stringMap ?? [:]).filter { !$0.key.hasPrefix(Self.prefix) }
        for token in tokens { data[Self.prefix + token.identity] = Self.signature(of: content, by: token) }
        let next = tokens.compactMap(\.expires).min().map { [Change.again(after: $0 - clock.now)] } ?? []
        if data == map.json["data"]?.stringMap { return next }
        var new = map
        new.json["data"] = JSON(data)
        return [.update(new)] + next
    }

    static func signature(of content: String, by token: BootstrapTokenSecret) -> String {
        let header = Base64URL.encode(Array("{\"alg\":\"HS256\",\"kid\":\"\(token.identity)\"}".utf8))
        let signed = "\(header).\(Base64URL.encode(Array(content.utf8)))"
        let code = HMAC<SHA256>.authenticationCode(
            for: Array(signed.utf8), using: SymmetricKey(data: Array(token.secret.utf8)))
        return "\(header)..\(Base64URL.encode(Array(code)))"
    }
}
