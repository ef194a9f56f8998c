import APIMachinery
import Basics
import ControlLoops
import KubeAPI

/// Puts a token into each secret that is for one, and removes those whose account is gone.
struct TokenSecretReconciler: Reconciler {
    static let name = "serviceaccount-token-controller"
    private static let index = "service-account"
    static let reads: [Interest] = [
        Interest(Secret.resource) { change, _ in
            TokenSecrets.isOne(change.new ?? change.old ?? .null) ? [change.key] : []
        },
        .mapped(ServiceAccount.self) { account, world in
            world.cache(Secret.self).indexed(index, account.key.description).map(\.key)
        },
    ]
    static let writes: [Permission] = [
        .update(Secret.self), .delete(Secret.self), .update(ServiceAccount.self),
        Permission(.get, ServiceAccount.resource),
    ]

    let world: World
    private let api: any ClusterAPI
    /// Nobody signs where there is none.
    private let signer: (any SecretTokenSigner)?
    /// The cluster's CA in PEM.
    private let certificate: String

    init(_ context: LoopContext, certificate: String, signer: (any SecretTokenSigner)?) {
        world = context.world
        api = context.acting(as: Self.identity).api
        self.certificate = certificate
        self.signer = signer
        world.cache(Secret.self).addIndex(Self.index) { secret in
            guard TokenSecrets.isOne(secret) else { return [] }
            return [TokenSecrets.account(of: secret)?.description].compactMap { $0 }
        }
    }

    func reconcile(_ key: ObjectKey) -> [Change] {
        guard let secret = world.get(Secret.self, key) else { return forget(key) }
        guard TokenSecrets.isOne(secret.json), !secret.isBeingDeleted, let owner = TokenSecrets.account(of: secret.json)
        else { return [] }
        guard let account = world.get(ServiceAccount.self, owner), TokenSecrets.isOf(account, secret.json) else {
            return [.perform("delete token \(key) if its account is gone", { try await removeOrphan(secret, owner) })]
        }
        return complete(secret, account)
    }

    private func complete(_ secret: Secret, _ account: ServiceAccount) -> [Change] {
        var new = secret
        func put(_ name: String, _ text: String) { new.json["data", name] = JSON(Base64.encode(Array(text.utf8))) }
        let authority = Base64.encode(Array(certificate.utf8))
        if !certificate.isEmpty, secret.json["data", "ca.crt"]?.string != authority { put("ca.crt", certificate) }
        if secret.json["data", "namespace"]?.string ?? "" == "" { put("namespace", secret.namespace) }
        if secret.json["data", "token"]?.string ?? "" == "", let signer {
            do {
                let token = try signer.token(
                    namespace: account.namespace, account: account.name, uid: account.uid, secret: secret.name)
                put("token", token)
            } catch {
                return [.perform("sign the token of \(secret.key)", { throw error })]
            }
        }
        if new == secret { return [] }
        new.json["metadata", "annotations", TokenSecrets.accountUID] = JSON(account.uid)
        return [.update(new)]
    }

    /// The server is asked: an account may have been made so short a time ago that it is not in memory yet.
    private func removeOrphan(_ secret: Secret, _ owner: ObjectKey) async throws {
        do {
            let account = ServiceAccount(try await api.get(ServiceAccount.resource, owner))
            if TokenSecrets.isOf(account, secret.json) { return }
        } catch let error as StatusError where error.code == 404 {}
        do {
            try await api.delete(Secret.resource, secret.key, DeletionOptions(uid: secret.uid))
        } catch let error as StatusError where error.code == 404 {}
    }

    /// An account does not name a token that is gone.
    private func forget(_ key: ObjectKey) -> [Change] {
        world.all(ServiceAccount.self, in: key.namespace).compactMap { account in
            let references = TokenSecrets.references(account)
            let rest = references.filter { $0["name"]?.string != key.name }
            if rest.count == references.count || account.isBeingDeleted { return nil }
            var new = account
            new.json["secrets"] = rest.isEmpty ? nil : JSON(rest)
            return .update(new)
        }
    }
}
